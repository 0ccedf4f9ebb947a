//! The expected content and answers of a collection, kept in a map and computed by brute force.

use std::collections::BTreeMap;

use anyhow::Context;
use semsearch_corpus::Document;
use semsearch_index::{FlatIndex, Index, SearchParams, Vectors};
use semsearch_vector::{Matrix, normalise};

use crate::encoder::{DIMENSION, Models, Which};

/// The documents that a collection should hold.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    by_id: BTreeMap<String, Entry>,
    /// The number of documents added so far; a changed document counts again.
    next: u64,
    /// The active model.
    model: Which,
}

#[derive(Clone, Debug)]
struct Entry {
    order: u64,
    document: Document,
    /// The vectors by the first model and by the second.
    vectors: [Vec<f32>; 2],
}

impl Entry {
    fn vector(&self, model: Which) -> &[f32] {
        let [first, second] = &self.vectors;
        if model == Which::First { first } else { second }
    }
}

/// A document and its score.
pub type Scored = (String, f32);

impl Expected {
    /// The number of documents.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether no paper is expected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Adds a document. It is new, replaces the document with its id, or equals that document.
    pub fn put(&mut self, document: &Document, models: &Models) {
        if self.by_id.get(&document.id).is_some_and(|entry| entry.document == *document) {
            return;
        }
        let passage = document.passage();
        let vectors = [Which::First, Which::Second].map(|which| models.of(which).vector(&passage));
        let entry = Entry { order: self.next, document: document.clone(), vectors };
        self.by_id.insert(document.id.clone(), entry);
        self.next += 1;
    }

    /// The active model.
    #[must_use]
    pub fn model(&self) -> Which {
        self.model
    }

    /// Makes a model the active one.
    pub fn switch(&mut self, model: Which) {
        self.model = model;
    }

    /// Removes the documents with these ids.
    pub fn remove(&mut self, ids: &[String]) {
        self.by_id.retain(|id, _| !ids.contains(id));
    }

    /// Removes the documents of a year.
    pub fn remove_year(&mut self, year: i32) {
        self.by_id.retain(|_, entry| entry.document.year != Some(year));
    }

    /// All ids, in alphabetical order.
    pub fn ids(&self) -> impl Iterator<Item = &String> {
        self.by_id.keys()
    }

    /// The document with an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Document> {
        self.by_id.get(id).map(|entry| &entry.document)
    }

    /// All documents, in the order in which they were added.
    #[must_use]
    pub fn documents(&self) -> Vec<&Document> {
        self.entries(|_| true).into_iter().map(|entry| &entry.document).collect()
    }

    fn entries(&self, keep: impl Fn(&Document) -> bool) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.by_id.values().filter(|entry| keep(&entry.document)).collect();
        entries.sort_unstable_by_key(|entry| entry.order);
        entries
    }

    /// The `k` best of the documents that `keep` accepts, by brute force; equal scores in the order of documents.
    ///
    /// # Errors
    /// If the query cannot be compared with the documents.
    pub fn best(
        &self,
        models: &Models,
        question: &str,
        k: usize,
        keep: impl Fn(&Document) -> bool,
    ) -> anyhow::Result<Vec<Scored>> {
        let entries = self.entries(keep);
        let mut rows = Matrix::new(DIMENSION);
        entries.iter().for_each(|entry| rows.push(entry.vector(self.model)));
        let index = FlatIndex::new(Vectors::new(rows)?);
        let mut query = models.of(self.model).vector(question);
        normalise(&mut query);
        let hits = index.search(&query, &SearchParams::new(k))?;
        hits.into_iter()
            .map(|hit| {
                let entry = entries.get(hit.id.index()).context("a hit is one of the rows")?;
                Ok((entry.document.id.clone(), hit.score))
            })
            .collect()
    }

    /// The score of a document, computed in f64.
    #[must_use]
    pub fn score(&self, models: &Models, question: &str, id: &str) -> Option<f64> {
        let query = models.of(self.model).vector(question);
        let product = |(a, b): (&f32, &f32)| f64::from(*a) * f64::from(*b);
        self.by_id.get(id).map(|entry| entry.vector(self.model).iter().zip(&query).map(product).sum())
    }

    /// A hash of the active model and of all documents in order.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(self.model, self.documents())
    }
}

/// A hash of a model and of documents in order.
#[must_use]
pub fn digest<'a>(model: Which, documents: impl IntoIterator<Item = &'a Document>) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[u8::from(model == Which::Second)]);
    for document in documents {
        hasher.update(document.id.as_bytes());
        hasher.update(&document.content_hash());
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::papers::paper;

    #[test]
    fn a_changed_document_goes_to_the_end_and_an_unchanged_one_stays() {
        let models = Models::new();
        let mut expected = Expected::default();
        for document in [paper(1, 0), paper(2, 0), paper(3, 0), paper(1, 1), paper(2, 0)] {
            expected.put(&document, &models);
        }
        let ids: Vec<&str> = expected.documents().iter().map(|document| &*document.id).collect();
        assert_eq!(ids, ["p2", "p3", "p1"]);
        let question = paper(3, 0).passage();
        let best = expected.best(&models, &question, 2, |_| true).unwrap();
        assert_eq!(best[0].0, "p3");
        assert!((f64::from(best[0].1) - expected.score(&models, &question, "p3").unwrap()).abs() < 1e-5);
        expected.remove_year(2003);
        expected.remove(&["p2".to_owned()]);
        assert_eq!(expected.ids().collect::<Vec<_>>(), ["p1"]);
    }
}
