//! What two models of a collection find for the same queries.

use rayon::prelude::*;
use semsearch_embed::{Encoder, Fingerprint};
use semsearch_store::{Collection, CollectionError, DocId, SegmentedIndex};

use super::compare::{Comparison, Described, Rankings, compare};
use super::coverage::entries;
use super::error::SwitchError;
use super::fitting::encode_queries;

/// The number of documents ranked for each query.
const DEPTH: usize = 100;

/// A query to compare two models with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SampleQuery {
    /// The query.
    pub text: String,
    /// The document whose title the query is, if it is one. Both rankings leave it out: any model finds a paper by its
    /// title.
    pub own: Option<DocId>,
}

impl SampleQuery {
    /// A query that is not the title of a document.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        SampleQuery { text: text.into(), own: None }
    }
}

/// The titles of at most `most` documents, spread over the collection by the hash of their passages.
///
/// # Errors
/// [`CollectionError`] if documents cannot be read.
pub fn sample_queries(collection: &Collection, most: usize) -> Result<Vec<SampleQuery>, CollectionError> {
    let mut queries = Vec::new();
    for entry in entries(collection, &collection.manifest().active)? {
        if queries.len() == most {
            break;
        }
        let text = collection.document(entry.id)?.title;
        if !text.trim().is_empty() {
            queries.push(SampleQuery { text, own: Some(entry.id) });
        }
    }
    Ok(queries)
}

/// Compares what the models of `old` and `new` find by exact search. Both have to have embedded all of `collection`. At
/// most `examples` examples are of each kind of [`Pick`](super::Pick). `None` without queries.
///
/// # Errors
/// [`CollectionError::Incomplete`] if a model has not embedded everything, or [`SwitchError`] if a step fails.
pub fn compare_models(
    collection: &Collection,
    old: &dyn Encoder,
    new: &dyn Encoder,
    queries: &[SampleQuery],
    examples: usize,
) -> Result<Option<Comparison>, SwitchError> {
    let ranked = |encoder: &dyn Encoder| -> Result<Vec<Vec<DocId>>, SwitchError> {
        let index = SegmentedIndex::of(collection, fingerprint_of(collection, encoder)?)?;
        let texts: Vec<String> = queries.iter().map(|query| query.text.clone()).collect();
        let vectors = encode_queries(encoder, &texts)?;
        let rank = |(number, query): (usize, &SampleQuery)| {
            // One more, in place of the document whose title the query is.
            let hits = index.truth(vectors.row(number), DEPTH + 1)?;
            let others = hits.into_iter().map(|hit| hit.id).filter(|&id| Some(id) != query.own);
            Ok(others.take(DEPTH).collect())
        };
        queries.par_iter().enumerate().map(rank).collect()
    };
    if queries.is_empty() {
        return Ok(None);
    }
    let (by_old, by_new) = (ranked(old)?, ranked(new)?);
    let rankings: Vec<Rankings<DocId>> = queries
        .iter()
        .zip(by_old.into_iter().zip(by_new))
        .map(|(query, (old, new))| Rankings { query: query.text.clone(), old, new })
        .collect();
    let describe = |id: DocId| -> Result<Described, SwitchError> {
        let document = collection.document(id).map_err(CollectionError::from)?;
        Ok(Described { id: document.id, title: document.title })
    };
    compare(&rankings, examples, describe)
}

/// The fingerprint of the collection's vectors that queries of this encoder can be compared with.
fn fingerprint_of<'a>(collection: &'a Collection, encoder: &dyn Encoder) -> Result<&'a str, CollectionError> {
    let space = encoder.fingerprint().space();
    let model = collection.manifest().models.iter().find(|model| Fingerprint::space_of(&model.fingerprint) == space);
    model.map(|model| &*model.fingerprint).ok_or_else(|| CollectionError::Incomplete {
        path: collection.root().to_owned(),
        segment: collection.segments().first().map_or_else(String::new, |segment| segment.record().name.clone()),
        fingerprint: encoder.fingerprint().to_string(),
    })
}
