//! Deduplication: records into documents, one by one.
//!
//! A record becomes a new document or part of an earlier document that is the same paper. The id of the merged document
//! depends on where the ids come from ([`IdOrigin`]):
//!
//! - A name within a file replaces an id made from a title, and a given id replaces both.
//! - The first of two given ids stays. The second is noted in `extra.merged_ids`.
//! - The first of two names within files stays. All of them are noted in the places of the document.
//! - The `_id` of a benchmark corpus always stays, because its judgements name it.
//!
//! Two papers under one given id are an error. Two papers under one name within files are ordinary: the second gets a
//! number, and so does a later paper whose given id is such a name already.
//!
//! With `keep_duplicates`, only records that share a given id, or a name within one file, are merged.
//!
//! # Adding to a collection
//!
//! A record may also be one of the existing documents of a collection. The first record of an existing document opens
//! the document again:
//!
//! - A new *edition* is a record with the document's given id, or a record whose made id or name fits and that comes from
//!   the file the document was first read from. A record that is not recognised as the paper may still be one by its
//!   name in the file ([`is_edition`]). What an edition says counts. Where it is silent, the value of the existing
//!   document stays if that document was also read from other files; otherwise the value goes, since the author of the
//!   file may have taken it back.
//! - Any other record of the same paper fills gaps of the existing document, which keeps its id.
//! - A record without an abstract cannot be recognised as a paper. If its id is made from its title, and title,
//!   abstract and file are those of an existing document, it is the same *record* again.
//!
//! Later records of the paper are merged into the opened document as into any other. After the last record, the opened
//! document gets back its places in files that were not read this time. If it then says nothing new, it is unchanged.
//! Files are told apart by their names without folders, as in [`Source`](crate::Source).
//!
//! So if all records of a paper can be recognised by each other, the papers are the same whether their records are read
//! at once, one after another, or in another order. The exception is a record that alone holds two papers together:
//! papers once told apart stay apart.
//!
//! Cost beside the documents, which are in a [`Spool`]: 22 to 25 bytes a document, and 10 to 11 bytes for each of its
//! three to five identities, one more for a name within a file; while adding, 20 more for each existing document that is opened.

use std::borrow::Cow;
use std::path::Path;

use crate::document::Document;
use crate::duplicates::{Evidence, same_paper};
use crate::editions::is_edition;
use crate::error::ReadError;
use crate::existing::{Each, ExistingDocuments, ResolvedRecord};
use crate::gathered::{Gathered, History, Home, origin_of};
use crate::growth::push;
use crate::id_allocator::{IdAllocator, IdKey};
use crate::identity_table::IdentityTable;
use crate::merge::{note_names, put_places_back};
use crate::numbered::is_made_from;
use crate::record::{IdOrigin, Record};
use crate::report::{Merge, Numbered, Replaced};
use crate::spool::{FileSpool, Spool};

/// Takes records in, and hands documents out when all are known.
pub(crate) struct Deduplicator<'k, S> {
    gathered: Gathered<'k, S>,
    /// The id of each document as far as it is allocated.
    ids: Vec<IdKey>,
}

/// What became of a document, other than nothing worth a message.
pub(crate) enum Outcome<'a> {
    /// It was merged of several records.
    Merged(&'a Merge),
    /// It got a number.
    Numbered(&'a Numbered),
    /// It took the place of another paper.
    Replaced(&'a Replaced),
}

impl<'k, S: Spool> Deduplicator<'k, S> {
    /// A deduplicator that puts documents into `documents`, an empty spool.
    pub(crate) fn new(documents: S, existing: Option<&'k dyn ExistingDocuments>, keep_duplicates: bool) -> Self {
        Deduplicator { gathered: Gathered::new(documents, existing, keep_duplicates), ids: Vec::new() }
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.gathered.documents.len()
    }

    /// How many documents of the collection a record of another source was found to be.
    pub(crate) fn joined(&self) -> u64 {
        self.gathered.histories.iter().filter(|history| history.is_joined).count() as u64
    }

    /// The existing documents.
    pub(crate) fn existing(&self) -> Option<&'k dyn ExistingDocuments> {
        self.gathered.opened.existing()
    }

    /// Takes a record in, as a document of its own or as part of an earlier one. `path` is where it was read.
    pub(crate) fn add(&mut self, record: Record, path: &Path) -> Result<(), ReadError> {
        let Record { mut document, mut id_origin } = record;
        match self.gathered.home(&mut document, &mut id_origin, path)? {
            Home::New => self.push(document, id_origin, None),
            Home::Here(index, by) => self.merge(index, document, id_origin, by),
            Home::Existing(number, existing, by) => self.open(number, *existing, document, id_origin, by),
        }
    }

    fn push(&mut self, document: Document, id_origin: IdOrigin, replaces: Option<u64>) -> Result<(), ReadError> {
        let index = self.gathered.documents.len();
        if index >= IdentityTable::LARGEST {
            return Err(ReadError::TooMany { most: IdentityTable::LARGEST });
        }
        push(&mut self.ids, IdKey::of(&document.id));
        push(&mut self.gathered.histories, History { id_origin, merged_by: 0, records: 1, is_joined: false });
        self.gathered.opened.add(index, replaces);
        self.gathered.make_findable(index, &document);
        self.gathered.documents.push(document)
    }

    /// Opens an existing document for a record of it.
    fn open(
        &mut self,
        number: u64,
        mut existing: Document,
        mut document: Document,
        id_origin: IdOrigin,
        by: Evidence,
    ) -> Result<(), ReadError> {
        let file = document.source.first().map(|place| place.file.clone());
        let is_elsewhere = existing.source.iter().any(|place| Some(&place.file) != file.as_ref());
        let was_here = existing.source.iter().any(|place| Some(&place.file) == file.as_ref());
        let comes_first = existing.source.first().map(|place| &place.file) == file.as_ref();
        let has_its_id = match id_origin {
            IdOrigin::Made => is_made_from(&existing.id, &document.id) && comes_first,
            IdOrigin::Local => comes_first && speaks_first(&existing, &document),
            _ => existing.id == document.id,
        };
        // Places come back at the end, once it is known which files were read again.
        existing.source.clear();
        let opened = if has_its_id {
            document.id.clone_from(&existing.id);
            document.judged |= existing.judged;
            for id in existing.merged_ids() {
                document.note_merged_id(id);
            }
            if is_elsewhere {
                document.absorb(existing);
            }
            document
        } else {
            note_names(&mut existing, &document, id_origin);
            existing.absorb(document);
            existing
        };
        let index = self.gathered.documents.len();
        self.push_opened(opened, number)?;
        if !was_here {
            self.gathered.histories[index].is_joined = true;
            if by != Evidence::Id {
                self.gathered.histories[index].merged_by |= bit(by);
            }
        }
        Ok(())
    }

    fn push_opened(&mut self, opened: Document, number: u64) -> Result<(), ReadError> {
        let origin = origin_of(&opened);
        self.push(opened, origin, Some(number))
    }

    fn merge(&mut self, index: usize, other: Document, origin: IdOrigin, by: Evidence) -> Result<(), ReadError> {
        let mut first = self.gathered.documents.get(index)?.into_owned();
        let is_opened = self.gathered.opened.contains(index);
        let history = &mut self.gathered.histories[index];
        // The id of an existing document stays what it is.
        if !is_opened && origin > history.id_origin {
            if history.id_origin < IdOrigin::Given {
                first.id.clone_from(&other.id);
                self.ids[index] = IdKey::of(&first.id);
            }
            history.id_origin = origin;
        }
        history.merged_by |= bit(by);
        history.records = history.records.saturating_add(1);
        note_names(&mut first, &other, origin);
        first.absorb(other);
        self.gathered.make_findable(index, &first);
        self.gathered.documents.replace(index, first)
    }

    /// The allocator of unique ids. Frees the identity table, so nothing can be looked up afterwards.
    fn allocator(&mut self) -> IdAllocator<'k> {
        self.gathered.table = IdentityTable::default();
        let ids = self.ids.iter().zip(&self.gathered.histories);
        let given = ids.filter(|(_, history)| history.id_origin >= IdOrigin::Given).map(|(id, _)| *id);
        IdAllocator::new(given, self.gathered.opened.existing())
    }

    fn merge_of(&self, index: usize, document: &Document) -> Option<Merge> {
        let History { merged_by, records, is_joined, .. } = self.gathered.histories[index];
        let by: Vec<Evidence> = Evidence::ALL.into_iter().filter(|&by| merged_by & bit(by) != 0).collect();
        (!by.is_empty()).then(|| Merge::of(document, by, records.into(), is_joined))
    }
}

impl Deduplicator<'_, Vec<Document>> {
    /// All documents, with unique ids, the documents that were merged of several records, and how many got a number.
    pub(crate) fn into_documents(mut self) -> Result<(Vec<Document>, Vec<Merge>, u64), ReadError> {
        let mut allocator = self.allocator();
        let (mut merges, mut numbered) = (Vec::new(), 0);
        for index in 0..self.gathered.documents.len() {
            if !self.gathered.has_given_id(index) {
                let is_numbered = allocator.allocate(&mut self.gathered.documents[index].id)?;
                numbered += u64::from(is_numbered && self.gathered.documents[index].keys().next().is_some());
            }
            merges.extend(self.merge_of(index, &self.gathered.documents[index]));
        }
        Ok((self.gathered.documents, merges, numbered))
    }
}

impl Deduplicator<'_, FileSpool> {
    /// Hands every document to `each`, with its unique id. What became of it is told to `on_outcome` first.
    pub(crate) fn for_each<E: From<ReadError>>(
        mut self,
        on_outcome: &mut dyn FnMut(Outcome<'_>) -> Result<(), ReadError>,
        each: &mut Each<'_, E>,
    ) -> Result<(), E> {
        let mut allocator = self.allocator();
        for index in 0..self.gathered.documents.len() {
            let mut document = self.gathered.documents.get(index)?.into_owned();
            let (mut unchanged, mut is_as_put_away) = (false, true);
            let replaces = self.gathered.opened.replaced_by(index);
            if let Some(number) = replaces {
                let existing = self.gathered.opened.document(number)?;
                put_places_back(&mut document, &existing);
                unchanged = document.content_hash() == existing.content_hash();
                is_as_put_away = false;
                if !unchanged && !same_paper(&existing, &document) && !is_edition(&existing, &document) {
                    on_outcome(Outcome::Replaced(&Replaced::of(&existing, &document)))?;
                }
            } else if !self.gathered.has_given_id(index) {
                is_as_put_away = !allocator.allocate(&mut document.id)?;
                if !is_as_put_away && let Some(numbered) = Numbered::of(&document) {
                    on_outcome(Outcome::Numbered(&numbered))?;
                }
            }
            if let Some(merge) = self.merge_of(index, &document) {
                on_outcome(Outcome::Merged(&merge))?;
            }
            let json = if is_as_put_away {
                Cow::Borrowed(self.gathered.documents.json(index)?)
            } else {
                Cow::Owned(self.gathered.documents.written_as(&document)?)
            };
            each(ResolvedRecord { document: &document, json: &json, replaces, unchanged })?;
        }
        Ok(())
    }
}

fn bit(by: Evidence) -> u8 {
    1 << by as u8
}

/// Whether this is the first of the records that an existing document was read from in their file.
fn speaks_first(existing: &Document, document: &Document) -> bool {
    let Some(here) = document.source.first() else { return false };
    let mut there = existing.source.iter().filter(|place| place.file == here.file);
    let first = there.next();
    there.next().is_none() || first.is_some_and(|first| first.key.is_none() || first.key == here.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use IdOrigin::{Given, Judged, Made};

    /// Documents of the same text under these ids, gathered in this order.
    fn gathered(ids: &[(&str, IdOrigin)]) -> Vec<Document> {
        let mut gathered = Deduplicator::new(Vec::new(), None, false);
        for &(id, id_origin) in ids {
            let document = Document {
                id: id.into(),
                title: "On Tides".into(),
                r#abstract: "The moon pulls at the sea.".into(),
                ..Document::default()
            };
            gathered.add(Record { document, id_origin }, Path::new("x")).unwrap();
        }
        gathered.into_documents().unwrap().0
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
        let mut gathered = Deduplicator::new(Vec::new(), None, false);
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
