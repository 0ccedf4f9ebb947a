//! Records into documents, one by one.
//!
//! A record becomes a document of its own, or part of the earlier document it repeats. Which id the document
//! then has depends on where ids come from ([`IdOrigin`]): a given one replaces one made from a title, the
//! first of two given ones stays and the second is noted in `extra.merged_ids`, and the `_id` of a benchmark
//! corpus is never given up, since its judgements would lead nowhere.

//!
//! Cost beside the documents, which stand on a [`Shelf`]: some 200 bytes each.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use crate::corpus::Each;
use crate::document::Document;
use crate::duplicates::{Duplicates, TextKey, same_paper};
use crate::error::{Mismatch, ReadError, snippet};
use crate::ids::{IdKey, Settler};
use crate::known::Arrival;
use crate::readers::{IdOrigin, Record};
use crate::shelf::{FileShelf, Shelf};

/// The documents so far, and what finds a repeated one among them.
pub(crate) struct Gathered<S> {
    documents: S,
    /// The id of each document and where it comes from.
    ids: Vec<(IdKey, IdOrigin)>,
    /// Every id a user gave, and the document it leads to.
    given: HashMap<IdKey, usize>,
    duplicates: Duplicates,
}

impl<S: Shelf> Gathered<S> {
    /// Gathers documents on an empty shelf.
    pub(crate) fn on(shelf: S) -> Self {
        Gathered { documents: shelf, ids: Vec::new(), given: HashMap::new(), duplicates: Duplicates::default() }
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.documents.len()
    }

    /// Takes a record in, as a document of its own or as part of an earlier one. `path` is where it was read.
    pub(crate) fn add(&mut self, record: Record, path: &Path) -> Result<(), ReadError> {
        let Record { document, id_origin } = record;
        let (text, id) = (TextKey::of(&document), IdKey::of(&document.id));

        let holder = self.given.get(&id).copied().filter(|_| id_origin != IdOrigin::Made);
        let repeated = match holder {
            Some(holder) => {
                let held = self.documents.get(holder)?;
                if !same_paper(&held, &document) {
                    return Err(repeated_id(path, &document, &held));
                }
                Some(holder)
            }
            None => {
                let may_merge = |index: usize| may_share_a_document(id_origin, self.ids[index].1);
                self.duplicates.find(text, &document, &mut self.documents, may_merge)?
            }
        };

        let index = repeated.unwrap_or(self.documents.len());
        if id_origin != IdOrigin::Made {
            self.given.insert(id, index);
        }
        self.duplicates.insert(text, index);
        match repeated {
            Some(_) => self.merge(index, document, id_origin),
            None => {
                self.ids.push((id, id_origin));
                self.documents.push(document)
            }
        }
    }

    fn merge(&mut self, index: usize, other: Document, origin: IdOrigin) -> Result<(), ReadError> {
        let mut first = self.documents.get(index)?.into_owned();
        let (first_id, first_origin) = &mut self.ids[index];
        if *first_origin == IdOrigin::Made && origin != IdOrigin::Made {
            first.id = other.id.clone();
            *first_id = IdKey::of(&first.id);
        } else if origin != IdOrigin::Made && first.id != other.id {
            note_id(&mut first, &other.id);
        }
        *first_origin = origin.max(*first_origin);
        first.absorb(other);
        self.documents.replace(index, first)
    }

    fn settler(&self) -> Settler {
        Settler::new(self.ids.iter().filter(|(_, origin)| *origin != IdOrigin::Made).map(|(id, _)| *id))
    }
}

impl Gathered<Vec<Document>> {
    /// All documents, with unique ids.
    pub(crate) fn into_documents(mut self) -> Vec<Document> {
        let mut settler = self.settler();
        for (document, (_, origin)) in self.documents.iter_mut().zip(&self.ids) {
            if *origin == IdOrigin::Made {
                settler.settle(&mut document.id);
            }
        }
        self.documents
    }
}

impl Gathered<FileShelf> {
    /// Hands every document to `each`, with its unique id, together with its JSON.
    pub(crate) fn for_each<E: From<ReadError>>(mut self, each: &mut Each<'_, E>) -> Result<(), E> {
        let mut settler = self.settler();
        for (index, (_, origin)) in self.ids.iter().enumerate() {
            let mut document = self.documents.get(index)?.into_owned();
            let proposed = document.id.clone();
            if *origin == IdOrigin::Made {
                settler.settle(&mut document.id);
            }
            let json = if document.id == proposed {
                Cow::Borrowed(self.documents.json(index)?)
            } else {
                Cow::Owned(self.documents.written_as(&document)?)
            };
            each(Arrival { document: &document, json: &json, replaces: None, unchanged: false })?;
        }
        Ok(())
    }
}

fn may_share_a_document(one: IdOrigin, other: IdOrigin) -> bool {
    let is_judged = one.max(other) == IdOrigin::Judged;
    !is_judged || one.min(other) == IdOrigin::Made
}

/// Keeps the id of a record that went into a document of another id.
fn note_id(document: &mut Document, id: &str) {
    let noted = document.extra.entry("merged_ids").or_insert_with(|| Value::Array(Vec::new()));
    // A user's own field of that name stays as it is, unless it is a list too.
    if let Value::Array(ids) = noted
        && !ids.iter().any(|noted| noted == id)
    {
        ids.push(Value::String(id.to_owned()));
    }
}

fn repeated_id(path: &Path, document: &Document, holder: &Document) -> ReadError {
    let line = document.source.first().map_or(0, |source| source.line);
    let first =
        holder.source.first().map_or_else(String::new, |source| format!("{}, line {}", source.file, source.line));
    let found = format!("{}, which {first} gives to {}", snippet(&document.id), snippet(&holder.passage()));
    Mismatch::new("an id of its own for every paper", found).at(path, line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use IdOrigin::{Given, Judged, Made};

    /// Documents of the same text under these ids, gathered in this order.
    fn gathered(ids: &[(&str, IdOrigin)]) -> Vec<Document> {
        let mut gathered = Gathered::on(Vec::new());
        for &(id, id_origin) in ids {
            let document = Document {
                id: id.into(),
                title: "On Tides".into(),
                r#abstract: "The moon pulls at the sea.".into(),
                ..Document::default()
            };
            gathered.add(Record { document, id_origin }, Path::new("x")).unwrap();
        }
        gathered.into_documents()
    }

    fn ids(of: &[(&str, IdOrigin)]) -> Vec<String> {
        gathered(of).into_iter().map(|document| document.id).collect()
    }

    #[test]
    fn a_given_id_replaces_a_made_one_in_either_order() {
        assert_eq!(ids(&[("on-tides", Made), ("a", Given)]), ["a"]);
        assert_eq!(ids(&[("a", Given), ("on-tides", Made)]), ["a"]);
    }

    #[test]
    fn a_second_given_id_is_noted() {
        let documents = gathered(&[("a", Given), ("b", Given), ("c", Given), ("b", Given)]);
        assert_eq!(documents.len(), 1);
        assert_eq!(documents[0].id, "a");
        assert_eq!(documents[0].extra["merged_ids"], serde_json::json!(["b", "c"]));
    }

    #[test]
    fn judged_documents_keep_their_ids() {
        assert_eq!(ids(&[("1", Judged), ("2", Judged), ("1", Judged)]), ["1", "2"]);
        assert_eq!(ids(&[("a", Given), ("1", Judged)]), ["a", "1"]);
        assert_eq!(ids(&[("1", Judged), ("a", Given)]), ["1", "a"]);
        assert_eq!(ids(&[("on-tides", Made), ("1", Judged), ("2", Judged)]), ["1", "2"]);
    }

    #[test]
    fn an_id_that_was_merged_away_still_stands_for_its_paper() {
        let mut gathered = Gathered::on(Vec::new());
        let mut add = |id: &str, title: &str| {
            let (title, r#abstract) = (title.into(), format!("{title} and nothing else"));
            let document = Document { id: id.into(), title, r#abstract, ..Document::default() };
            gathered.add(Record { document, id_origin: Given }, Path::new("x"))
        };
        add("a", "On Tides").unwrap();
        add("b", "On Tides").unwrap();
        assert!(add("b", "On Winds").is_err());
    }
}
