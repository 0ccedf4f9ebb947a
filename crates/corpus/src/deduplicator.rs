//! Deduplication: records into documents, one by one.
//!
//! A record becomes a new document or part of an earlier document that is the same paper. The id of the merged document
//! depends on where the ids come from ([`IdOrigin`]):
//!
//! - A given id replaces one made from a title.
//! - The first of two given ids stays. The second is noted in `extra.merged_ids`.
//! - The `_id` of a benchmark corpus always stays, because its judgements name it.
//!
//! With `keep_duplicates`, only records that share a given id are merged.
//!
//! # Adding to a collection
//!
//! A record may also be one of the existing documents of a collection. The first record of an existing document opens
//! the document again:
//!
//! - A new *edition* is a record with the document's given id, or a record whose made id fits and that comes from the
//!   file the document was first read from. What an edition says counts. Where it is silent, the value of the existing
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
//! Cost beside the documents, which are in a [`Spool`]: 18 to 21 bytes a document, and 10 to 11 bytes for each of its
//! three to five identities; while adding, 20 more for each existing document that is opened.

use std::borrow::Cow;
use std::path::Path;

use crate::document::Document;
use crate::duplicates::{Evidence, evidence, same_paper, same_text};
use crate::error::{Mismatch, ReadError, snippet};
use crate::existing::{Each, ExistingDocuments, ResolvedRecord};
use crate::growth::push;
use crate::id_allocator::{IdAllocator, IdKey, is_made_from};
use crate::identifiers;
use crate::identity::Identity;
use crate::identity_table::{IdentityTable, MOST_PER_IDENTITY};
use crate::merge::{note_names, put_places_back};
use crate::opened::Opened;
use crate::record::{IdOrigin, Record};
use crate::report::Merge;
use crate::spool::{FileSpool, Spool};

/// The documents so far, and the tables that find a repeated paper among them.
pub(crate) struct Deduplicator<'k, S> {
    documents: S,
    /// The id of each document as far as it is allocated.
    ids: Vec<IdKey>,
    histories: Vec<History>,
    table: IdentityTable,
    opened: Opened<'k>,
    keep_duplicates: bool,
}

/// How a document came about.
#[derive(Clone, Copy)]
struct History {
    id_origin: IdOrigin,
    /// The evidence by which its records were recognised: a bit for each of [`Evidence::ALL`].
    merged_by: u8,
}

/// Where a record belongs.
enum Home {
    /// In a new document.
    New,
    /// In a document that was read or opened.
    Here(usize, Evidence),
    /// In an existing document that no record has opened yet.
    Existing(u64, Box<Document>, Evidence),
}

impl<'k, S: Spool> Deduplicator<'k, S> {
    /// A deduplicator that puts documents into `documents`, an empty spool.
    pub(crate) fn new(documents: S, existing: Option<&'k dyn ExistingDocuments>, keep_duplicates: bool) -> Self {
        Deduplicator {
            documents,
            ids: Vec::new(),
            histories: Vec::new(),
            table: IdentityTable::default(),
            opened: Opened::new(existing),
            keep_duplicates,
        }
    }

    /// How many documents there are.
    pub(crate) fn len(&self) -> usize {
        self.documents.len()
    }

    /// Takes a record in, as a document of its own or as part of an earlier one. `path` is where it was read.
    pub(crate) fn add(&mut self, record: Record, path: &Path) -> Result<(), ReadError> {
        let Record { document, id_origin } = record;
        match self.home(&document, id_origin, path)? {
            Home::New => self.push(document, id_origin, None),
            Home::Here(index, by) => self.merge(index, document, id_origin, by),
            Home::Existing(number, existing, by) => self.open(number, *existing, document, id_origin, by),
        }
    }

    fn home(&mut self, document: &Document, id_origin: IdOrigin, path: &Path) -> Result<Home, ReadError> {
        if id_origin != IdOrigin::Made
            && let Some(home) = self.holder(document, path)?
        {
            return Ok(home);
        }
        if !self.keep_duplicates
            && let Some(home) = self.same_paper(document, id_origin)?
        {
            return Ok(home);
        }
        if id_origin == IdOrigin::Made
            && let Some(home) = self.same_record(document)?
        {
            return Ok(home);
        }
        Ok(Home::New)
    }

    /// The document that already has the given id of `document`.
    fn holder(&mut self, document: &Document, path: &Path) -> Result<Option<Home>, ReadError> {
        let identity = Identity::of_id(&document.id);
        for index in self.table.find(identity) {
            let held = self.documents.get(index)?;
            let is_own = held.id == document.id && self.histories[index].id_origin != IdOrigin::Made;
            if !is_own && !held.merged_ids().any(|id| id == document.id) {
                continue;
            }
            if same_paper(&held, document) {
                return Ok(Some(Home::Here(index, Evidence::Id)));
            }
            // An id that an earlier run merged away may have become another paper's since.
            if is_own || !self.opened.contains(index) {
                return Err(repeated_id(path, document, &held));
            }
        }
        let mut merged_into = None;
        for number in self.opened.find(identity)? {
            let existing = self.opened.document(number)?;
            if existing.id == document.id {
                return Ok(Some(Home::Existing(number, Box::new(existing), Evidence::Id)));
            }
            if merged_into.is_none() && same_paper(&existing, document) {
                merged_into = Some(Home::Existing(number, Box::new(existing), Evidence::Id));
            }
        }
        Ok(merged_into)
    }

    /// The document that is the same paper by its content: the one with the surest evidence, existing documents first,
    /// then the earliest.
    fn same_paper(&mut self, document: &Document, id_origin: IdOrigin) -> Result<Option<Home>, ReadError> {
        let mut best: Option<(Evidence, Home)> = None;
        for identity in by_content(document) {
            let mut consider = |by: Option<Evidence>, home: &dyn Fn(Evidence) -> Home| {
                if let Some(by) = by.filter(|by| best.as_ref().is_none_or(|(best, _)| by < best)) {
                    best = Some((by, home(by)));
                }
            };
            for number in self.opened.find(identity)?.into_iter().take(MOST_PER_IDENTITY) {
                let existing = self.opened.document(number)?;
                if may_share_a_document(id_origin, origin_of(&existing)) {
                    consider(evidence(&existing, document), &|by| {
                        Home::Existing(number, Box::new(existing.clone()), by)
                    });
                }
            }
            for index in self.table.find(identity) {
                if may_share_a_document(id_origin, self.histories[index].id_origin) {
                    consider(evidence(&*self.documents.get(index)?, document), &|by| Home::Here(index, by));
                }
            }
            if best.as_ref().is_some_and(|(by, _)| *by < Evidence::TitleAndYear) {
                break;
            }
        }
        Ok(best.map(|(_, home)| home))
    }

    /// The existing document that this very record was read into before, where only the record's place tells.
    fn same_record(&mut self, document: &Document) -> Result<Option<Home>, ReadError> {
        let here = document.source.first();
        let identity = Identity::of_text(&document.title, &document.r#abstract);
        let mut first = None;
        for number in self
            .opened
            .find(identity.unwrap_or_else(|| Identity::of_id(&document.id)))?
            .into_iter()
            .take(MOST_PER_IDENTITY)
        {
            let existing = self.opened.document(number)?;
            let is_there = existing.source.iter().any(|place| Some(&place.file) == here.map(|here| &here.file));
            if !is_there || !is_made_from(&existing.id, &document.id) || !same_text(&existing, document) {
                continue;
            }
            if existing.source.iter().any(|place| Some(place) == here) {
                return Ok(Some(Home::Existing(number, Box::new(existing), Evidence::Id)));
            }
            first = first.or(Some((number, existing)));
        }
        Ok(first.map(|(number, existing)| Home::Existing(number, Box::new(existing), Evidence::Id)))
    }

    fn push(&mut self, document: Document, id_origin: IdOrigin, replaces: Option<u64>) -> Result<(), ReadError> {
        let index = self.documents.len();
        if index >= IdentityTable::LARGEST {
            return Err(ReadError::TooMany { most: IdentityTable::LARGEST });
        }
        push(&mut self.ids, IdKey::of(&document.id));
        push(&mut self.histories, History { id_origin, merged_by: 0 });
        self.opened.add(index, replaces);
        self.make_findable(index, &document);
        self.documents.push(document)
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
        let index = self.documents.len();
        self.push_opened(opened, number)?;
        if by != Evidence::Id && !was_here {
            self.histories[index].merged_by |= bit(by);
        }
        Ok(())
    }

    fn push_opened(&mut self, opened: Document, number: u64) -> Result<(), ReadError> {
        let origin = origin_of(&opened);
        self.push(opened, origin, Some(number))
    }

    fn merge(&mut self, index: usize, other: Document, origin: IdOrigin, by: Evidence) -> Result<(), ReadError> {
        let mut first = self.documents.get(index)?.into_owned();
        let history = &mut self.histories[index];
        if history.id_origin == IdOrigin::Made && origin != IdOrigin::Made {
            first.id.clone_from(&other.id);
            self.ids[index] = IdKey::of(&first.id);
        }
        history.id_origin = origin.max(history.id_origin);
        history.merged_by |= bit(by);
        note_names(&mut first, &other, origin);
        first.absorb(other);
        self.make_findable(index, &first);
        self.documents.replace(index, first)
    }

    /// Enters the identities of a document that later records may be looked up by.
    fn make_findable(&mut self, index: usize, document: &Document) {
        let own_id = (self.histories[index].id_origin != IdOrigin::Made).then_some(document.id.as_str());
        for id in own_id.into_iter().chain(document.merged_ids()) {
            self.table.insert(Identity::of_id(id), index);
        }
        if !self.keep_duplicates {
            for identity in by_content(document) {
                self.table.insert(identity, index);
            }
        }
    }

    /// The allocator of unique ids. Frees the identity table, so nothing can be looked up afterwards.
    fn allocator(&mut self) -> IdAllocator<'k> {
        self.table = IdentityTable::default();
        let ids = self.ids.iter().zip(&self.histories);
        let given = ids.filter(|(_, history)| history.id_origin != IdOrigin::Made).map(|(id, _)| *id);
        IdAllocator::new(given, self.opened.existing())
    }

    fn merge_of(&self, index: usize, document: &Document) -> Option<Merge> {
        let merged_by = self.histories[index].merged_by;
        let by: Vec<Evidence> = Evidence::ALL.into_iter().filter(|&by| merged_by & bit(by) != 0).collect();
        (!by.is_empty()).then(|| Merge::of(document, by))
    }
}

impl Deduplicator<'_, Vec<Document>> {
    /// All documents, with unique ids, and the documents that were merged of several records.
    pub(crate) fn into_documents(mut self) -> Result<(Vec<Document>, Vec<Merge>), ReadError> {
        let mut allocator = self.allocator();
        let mut merges = Vec::new();
        for index in 0..self.documents.len() {
            if self.histories[index].id_origin == IdOrigin::Made {
                allocator.allocate(&mut self.documents[index].id)?;
            }
            merges.extend(self.merge_of(index, &self.documents[index]));
        }
        Ok((self.documents, merges))
    }
}

impl Deduplicator<'_, FileSpool> {
    /// Hands every document to `each`, with its unique id. A document of several records is told to `on_merge` first.
    pub(crate) fn for_each<E: From<ReadError>>(
        mut self,
        on_merge: &mut dyn FnMut(&Merge) -> Result<(), ReadError>,
        each: &mut Each<'_, E>,
    ) -> Result<(), E> {
        let mut allocator = self.allocator();
        for index in 0..self.documents.len() {
            let mut document = self.documents.get(index)?.into_owned();
            let (mut unchanged, mut is_as_put_away) = (false, true);
            let replaces = self.opened.replaced_by(index);
            if let Some(number) = replaces {
                let existing = self.opened.document(number)?;
                put_places_back(&mut document, &existing);
                unchanged = document.content_hash() == existing.content_hash();
                is_as_put_away = false;
            } else if self.histories[index].id_origin == IdOrigin::Made {
                is_as_put_away = !allocator.allocate(&mut document.id)?;
            }
            if let Some(merge) = self.merge_of(index, &document) {
                on_merge(&merge)?;
            }
            let json = if is_as_put_away {
                Cow::Borrowed(self.documents.json(index)?)
            } else {
                Cow::Owned(self.documents.written_as(&document)?)
            };
            each(ResolvedRecord { document: &document, json: &json, replaces, unchanged })?;
        }
        Ok(())
    }
}

/// The identities of a paper other than its ids, the surest first.
fn by_content(document: &Document) -> impl Iterator<Item = Identity> {
    let Document { title, r#abstract, .. } = document;
    let dois = document.doi.clone().into_iter().chain(document.merged_ids().filter_map(identifiers::doi));
    let arxiv_ids = document.arxiv.clone().into_iter().chain(document.merged_ids().filter_map(identifiers::arxiv));
    let text = Identity::of_title(r#abstract).and_then(|_| Identity::of_text(title, r#abstract));
    let dois = dois.map(|doi| Identity::of_doi(&doi));
    dois.chain(arxiv_ids.map(|id| Identity::of_arxiv(&id))).chain(text).chain(Identity::of_title(title))
}

fn bit(by: Evidence) -> u8 {
    1 << by as u8
}

/// The origin of an existing document's id, which is always kept.
fn origin_of(existing: &Document) -> IdOrigin {
    if existing.judged { IdOrigin::Judged } else { IdOrigin::Given }
}

fn may_share_a_document(one: IdOrigin, other: IdOrigin) -> bool {
    let is_judged = one.max(other) == IdOrigin::Judged;
    !is_judged || one.min(other) == IdOrigin::Made
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
