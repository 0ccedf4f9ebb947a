//! Records into documents, one by one.
//!
//! A record becomes a document of its own, or part of an earlier one that is the same paper. Which id the document
//! then has depends on where ids come from ([`IdOrigin`]): a given one replaces one made from a title, the
//! first of two given ones stays and the second is noted in `extra.merged_ids`, and the `_id` of a benchmark
//! corpus is never given up, since its judgements would lead nowhere. Told to keep duplicates, nothing is merged but
//! records of one given id.
//!
//! # Adding to a collection
//!
//! Earlier documents are also those that are known already. The first record that is one of them opens it again:
//!
//! - A record with the given id of a known document, or with an id made from its title, out of the file the document
//!   was first read from, is a new *edition*: what it says counts. What it does not say is taken from the known
//!   document where that was also read from other files; otherwise it may have been taken back, and goes.
//! - Any other record of the same paper fills gaps of the known document, which keeps its id.
//! - A record whose id is made from its title, and whose paper cannot be recognised because it has no abstract, is the
//!   same *record* again if title, abstract and file are those of a known document.
//!
//! Later records of the paper are merged into the opened document as into any other. When all are read, its places in
//! files that told nothing of it this time are put back, and what then says nothing new is unchanged. Files are told
//! apart by their names without folders, as in [`Source`](crate::Source).
//!
//! So for papers whose records can all be recognised by each other, it makes no difference to which papers there are
//! whether they are read at once, one after another, or in which order. Only where one record holds two papers
//! together that share nothing else does it, as papers once told apart stay apart.
//!
//! Cost beside the documents, which stand on a [`Shelf`]: 18 to 21 bytes each, and 10 to 11 for everything a document can be
//! recognised by, of which there are three to five; while adding, 20 more for each known document that is opened.

use std::borrow::Cow;
use std::path::Path;

use crate::document::Document;
use crate::duplicates::{Evidence, evidence, same_paper, same_text};
use crate::error::{Mismatch, ReadError, snippet};
use crate::existing::{Arrival, Each, Known};
use crate::growth::push;
use crate::identifiers;
use crate::identity::Identity;
use crate::ids::{IdKey, Settler, is_made_from};
use crate::merge::{note_names, put_places_back};
use crate::opened::Opened;
use crate::record::{IdOrigin, Record};
use crate::report::Merge;
use crate::shelf::{FileShelf, Shelf};
use crate::table::{FELLOWS, Table};

/// The documents so far, and what finds a repeated one among them.
pub(crate) struct Gathered<'k, S> {
    documents: S,
    /// The id of each document as far as it is settled.
    ids: Vec<IdKey>,
    histories: Vec<History>,
    table: Table,
    opened: Opened<'k>,
    keep_duplicates: bool,
}

/// How a document came about.
#[derive(Clone, Copy)]
struct History {
    id_origin: IdOrigin,
    /// By what its records were recognised: a bit for each of [`Evidence::ALL`].
    merged_by: u8,
}

/// Where a record belongs.
enum Home {
    /// In a document of its own.
    New,
    /// In one that was read or opened.
    Here(usize, Evidence),
    /// In a known document that no record has opened yet.
    Known(u64, Box<Document>, Evidence),
}

impl<'k, S: Shelf> Gathered<'k, S> {
    /// Gathers documents on an empty shelf.
    pub(crate) fn on(documents: S, known: Option<&'k dyn Known>, keep_duplicates: bool) -> Self {
        Gathered {
            documents,
            ids: Vec::new(),
            histories: Vec::new(),
            table: Table::default(),
            opened: Opened::new(known),
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
            Home::Known(number, known, by) => self.open(number, *known, document, id_origin, by),
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

    /// The document that has the id a user gave to this one.
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
            if is_own || !self.opened.is(index) {
                return Err(repeated_id(path, document, &held));
            }
        }
        let mut merged_into = None;
        for number in self.opened.find(identity)? {
            let known = self.opened.document(number)?;
            if known.id == document.id {
                return Ok(Some(Home::Known(number, Box::new(known), Evidence::Id)));
            }
            if merged_into.is_none() && same_paper(&known, document) {
                merged_into = Some(Home::Known(number, Box::new(known), Evidence::Id));
            }
        }
        Ok(merged_into)
    }

    /// The document that is the same paper by what it says: the one of which that is surest, known ones first, then the
    /// earliest.
    fn same_paper(&mut self, document: &Document, id_origin: IdOrigin) -> Result<Option<Home>, ReadError> {
        let mut best: Option<(Evidence, Home)> = None;
        for identity in by_content(document) {
            let mut consider = |by: Option<Evidence>, home: &dyn Fn(Evidence) -> Home| {
                if let Some(by) = by.filter(|by| best.as_ref().is_none_or(|(best, _)| by < best)) {
                    best = Some((by, home(by)));
                }
            };
            for number in self.opened.find(identity)?.into_iter().take(FELLOWS) {
                let known = self.opened.document(number)?;
                if may_share_a_document(id_origin, origin_of(&known)) {
                    consider(evidence(&known, document), &|by| Home::Known(number, Box::new(known.clone()), by));
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

    /// The known document that this very record was read into before, where only its place tells.
    fn same_record(&mut self, document: &Document) -> Result<Option<Home>, ReadError> {
        let here = document.source.first();
        let identity = Identity::of_text(&document.title, &document.r#abstract);
        let mut first = None;
        for number in
            self.opened.find(identity.unwrap_or_else(|| Identity::of_id(&document.id)))?.into_iter().take(FELLOWS)
        {
            let known = self.opened.document(number)?;
            let is_there = known.source.iter().any(|place| Some(&place.file) == here.map(|here| &here.file));
            if !is_there || !is_made_from(&known.id, &document.id) || !same_text(&known, document) {
                continue;
            }
            if known.source.iter().any(|place| Some(place) == here) {
                return Ok(Some(Home::Known(number, Box::new(known), Evidence::Id)));
            }
            first = first.or(Some((number, known)));
        }
        Ok(first.map(|(number, known)| Home::Known(number, Box::new(known), Evidence::Id)))
    }

    fn push(&mut self, document: Document, id_origin: IdOrigin, replaces: Option<u64>) -> Result<(), ReadError> {
        let index = self.documents.len();
        if index >= Table::LARGEST {
            return Err(ReadError::TooMany { most: Table::LARGEST });
        }
        push(&mut self.ids, IdKey::of(&document.id));
        push(&mut self.histories, History { id_origin, merged_by: 0 });
        self.opened.note(index, replaces);
        self.make_findable(index, &document);
        self.documents.push(document)
    }

    /// Opens a known document for a record of it.
    fn open(
        &mut self,
        number: u64,
        mut known: Document,
        mut document: Document,
        id_origin: IdOrigin,
        by: Evidence,
    ) -> Result<(), ReadError> {
        let file = document.source.first().map(|place| place.file.clone());
        let is_elsewhere = known.source.iter().any(|place| Some(&place.file) != file.as_ref());
        let was_here = known.source.iter().any(|place| Some(&place.file) == file.as_ref());
        let comes_first = known.source.first().map(|place| &place.file) == file.as_ref();
        let has_its_id = match id_origin {
            IdOrigin::Made => is_made_from(&known.id, &document.id) && comes_first,
            _ => known.id == document.id,
        };
        // Places come back at the end, once it is known which files were read again.
        known.source.clear();
        let opened = if has_its_id {
            document.id.clone_from(&known.id);
            document.judged |= known.judged;
            for id in known.merged_ids() {
                document.note_merged_id(id);
            }
            if is_elsewhere {
                document.absorb(known);
            }
            document
        } else {
            note_names(&mut known, &document, id_origin);
            known.absorb(document);
            known
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

    /// Lets a document be found by all that tells its paper, as far as anybody will look for that.
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

    /// What makes ids unique; nothing can be found any more.
    fn settler(&mut self) -> Settler<'k> {
        self.table = Table::default();
        let ids = self.ids.iter().zip(&self.histories);
        let given = ids.filter(|(_, history)| history.id_origin != IdOrigin::Made).map(|(id, _)| *id);
        Settler::new(given, self.opened.existing())
    }

    fn merge_of(&self, index: usize, document: &Document) -> Option<Merge> {
        let merged_by = self.histories[index].merged_by;
        let by: Vec<Evidence> = Evidence::ALL.into_iter().filter(|&by| merged_by & bit(by) != 0).collect();
        (!by.is_empty()).then(|| Merge::of(document, by))
    }
}

impl Gathered<'_, Vec<Document>> {
    /// All documents, with unique ids, and those that several records went into.
    pub(crate) fn into_documents(mut self) -> Result<(Vec<Document>, Vec<Merge>), ReadError> {
        let mut settler = self.settler();
        let mut merges = Vec::new();
        for index in 0..self.documents.len() {
            if self.histories[index].id_origin == IdOrigin::Made {
                settler.settle(&mut self.documents[index].id)?;
            }
            merges.extend(self.merge_of(index, &self.documents[index]));
        }
        Ok((self.documents, merges))
    }
}

impl Gathered<'_, FileShelf> {
    /// Hands every document to `each`, with its unique id, after telling `on_merge` if several records went into it.
    pub(crate) fn for_each<E: From<ReadError>>(
        mut self,
        on_merge: &mut dyn FnMut(&Merge) -> Result<(), ReadError>,
        each: &mut Each<'_, E>,
    ) -> Result<(), E> {
        let mut settler = self.settler();
        for index in 0..self.documents.len() {
            let mut document = self.documents.get(index)?.into_owned();
            let (mut unchanged, mut is_as_put_away) = (false, true);
            let replaces = self.opened.number(index);
            if let Some(number) = replaces {
                let known = self.opened.document(number)?;
                put_places_back(&mut document, &known);
                unchanged = document.content_hash() == known.content_hash();
                is_as_put_away = false;
            } else if self.histories[index].id_origin == IdOrigin::Made {
                is_as_put_away = !settler.settle(&mut document.id)?;
            }
            if let Some(merge) = self.merge_of(index, &document) {
                on_merge(&merge)?;
            }
            let json = if is_as_put_away {
                Cow::Borrowed(self.documents.json(index)?)
            } else {
                Cow::Owned(self.documents.written_as(&document)?)
            };
            each(Arrival { document: &document, json: &json, replaces, unchanged })?;
        }
        Ok(())
    }
}

/// What a paper is recognised by, ids left out, the surest first.
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

/// A known document's id is kept whatever it came from.
fn origin_of(known: &Document) -> IdOrigin {
    if known.judged { IdOrigin::Judged } else { IdOrigin::Given }
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
        let mut gathered = Gathered::on(Vec::new(), None, false);
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
        let mut gathered = Gathered::on(Vec::new(), None, false);
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
