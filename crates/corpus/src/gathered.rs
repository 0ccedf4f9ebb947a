//! The documents so far, and where a record belongs among them.
//!
//! Lookups go from the sure to the likely: who has the record's given id, who has its name in the same file and is the same
//! paper, which paper has its content, and at last what only the record's place tells. Existing documents of a collection
//! are asked along with those that were read.

use std::path::Path;

use crate::document::{Document, Source};
use crate::duplicates::{Evidence, evidence, same_paper, same_text};
use crate::editions::{is_edition, is_same_record};
use crate::error::{Mismatch, ReadError, snippet};
use crate::existing::ExistingDocuments;
use crate::identifiers;
use crate::identity::Identity;
use crate::identity_table::{IdentityTable, MOST_PER_IDENTITY};
use crate::numbered::is_made_from;
use crate::opened::Opened;
use crate::record::IdOrigin;
use crate::spool::Spool;

/// The documents so far, and the tables that find a repeated paper among them.
pub(crate) struct Gathered<'k, S> {
    pub(crate) documents: S,
    pub(crate) histories: Vec<History>,
    pub(crate) table: IdentityTable,
    pub(crate) opened: Opened<'k>,
    keep_duplicates: bool,
}

/// How a document came about.
#[derive(Clone, Copy)]
pub(crate) struct History {
    pub(crate) id_origin: IdOrigin,
    /// The evidence by which its records were recognised: a bit for each of [`Evidence::ALL`].
    pub(crate) merged_by: u8,
    /// Its records among the inputs, at most as many as the number holds.
    pub(crate) records: u16,
    /// Whether it is a document of the collection that came from other sources only.
    pub(crate) is_joined: bool,
}

/// Where a record belongs.
pub(crate) enum Home {
    /// In a new document.
    New,
    /// In a document that was read or opened.
    Here(usize, Evidence),
    /// In an existing document that no record has opened yet.
    Existing(u64, Box<Document>, Evidence),
}

/// Who has the given id of a record.
enum Holder {
    /// Nobody.
    None,
    /// The paper itself, which is here.
    Paper(Home),
    /// Another paper, by a name that is only good within a file.
    Namesake,
}

impl<'k, S: Spool> Gathered<'k, S> {
    /// Nothing yet, to be put into `documents`, an empty spool.
    pub(crate) fn new(documents: S, existing: Option<&'k dyn ExistingDocuments>, keep_duplicates: bool) -> Self {
        Gathered {
            documents,
            histories: Vec::new(),
            table: IdentityTable::default(),
            opened: Opened::new(existing),
            keep_duplicates,
        }
    }

    /// Where a record belongs. Notes the record's name in its file, and that a given id is only that.
    pub(crate) fn home(
        &mut self,
        document: &mut Document,
        id_origin: &mut IdOrigin,
        path: &Path,
    ) -> Result<Home, ReadError> {
        if *id_origin >= IdOrigin::Given {
            match self.holder(document, path)? {
                Holder::None => {}
                Holder::Paper(home) => return Ok(home),
                Holder::Namesake => *id_origin = IdOrigin::Local,
            }
        }
        if *id_origin == IdOrigin::Local {
            for place in &mut document.source {
                place.key = Some(document.id.clone());
            }
            if let Some(home) = self.named_so(document, is_same)? {
                return Ok(home);
            }
        }
        if !self.keep_duplicates
            && let Some(home) = self.same_paper(document, *id_origin)?
        {
            return Ok(home);
        }
        let home = match id_origin {
            IdOrigin::Made => self.same_record(document)?,
            IdOrigin::Local => match self.earlier_edition(document)? {
                None if !self.keep_duplicates => self.same_elsewhere(document)?,
                home => home,
            },
            _ => None,
        };
        Ok(home.unwrap_or(Home::New))
    }

    /// Who already has the given id of `document`.
    fn holder(&mut self, document: &Document, path: &Path) -> Result<Holder, ReadError> {
        let identity = Identity::of_id(&document.id);
        let mut namesake = None;
        for index in self.table.find(identity) {
            let has_final_id = self.has_final_id(index);
            let held = self.documents.get(index)?;
            let is_own = held.id == document.id && has_final_id;
            if !is_own && !held.merged_ids().any(|id| id == document.id) {
                continue;
            }
            if same_paper(&held, document) {
                return Ok(Holder::Paper(Home::Here(index, Evidence::Id)));
            }
            let Some(number) = self.opened.replaced_by(index) else {
                return Err(repeated_id(path, document, &held));
            };
            // An id that an earlier run merged away may have become another paper's since.
            if is_own {
                let existing = self.opened.document(number)?;
                if is_name_of(document, &existing) {
                    return Err(repeated_id(path, document, &existing));
                }
                namesake = Some(existing);
            }
        }
        let mut merged_into = None;
        for number in self.opened.find(identity)? {
            let existing = self.opened.document(number)?;
            let is_paper = same_paper(&existing, document);
            if existing.id == document.id {
                if is_paper || is_name_of(document, &existing) || is_edition(&existing, document) {
                    return Ok(Holder::Paper(Home::Existing(number, Box::new(existing), Evidence::Id)));
                }
                namesake = Some(existing);
            } else if merged_into.is_none() && is_paper && existing.merged_ids().any(|id| id == document.id) {
                merged_into = Some(Home::Existing(number, Box::new(existing), Evidence::Id));
            }
        }
        match (merged_into, namesake) {
            (Some(home), _) => Ok(Holder::Paper(home)),
            // Judgements name the document by its id, so it cannot get a number.
            (None, Some(namesake)) if document.judged => Err(repeated_id(path, document, &namesake)),
            (None, Some(_)) => Ok(Holder::Namesake),
            (None, None) => Ok(Holder::None),
        }
    }

    pub(crate) fn has_given_id(&self, index: usize) -> bool {
        self.histories[index].id_origin >= IdOrigin::Given
    }

    /// Whether the document keeps the id that it has now.
    pub(crate) fn has_final_id(&self, index: usize) -> bool {
        self.has_given_id(index) || self.opened.contains(index)
    }

    /// The document that has the name of `document` in a file of the same name, and that `is_it` accepts. The one that was
    /// read from the same line, if several are.
    fn named_so(
        &mut self,
        document: &Document,
        is_it: fn(&Document, &Document) -> bool,
    ) -> Result<Option<Home>, ReadError> {
        let Some((file, key)) = document.keys().next() else { return Ok(None) };
        let identity = Identity::of_key(file, key);
        for index in self.table.find(identity) {
            let held = self.documents.get(index)?;
            if held.keys().any(|named| named == (file, key)) && is_it(&held, document) {
                return Ok(Some(Home::Here(index, Evidence::Id)));
            }
        }
        Ok(self.existing_named_so(document, is_it)?.map(existing_home))
    }

    /// The existing document that `document` is a corrected record of, by its name in a file of the same name.
    fn earlier_edition(&mut self, document: &Document) -> Result<Option<Home>, ReadError> {
        Ok(self.existing_named_so(document, is_edition)?.map(existing_home))
    }

    fn existing_named_so(
        &mut self,
        document: &Document,
        is_it: fn(&Document, &Document) -> bool,
    ) -> Result<Option<(u64, Document)>, ReadError> {
        let Some(here) = document.source.first() else { return Ok(None) };
        let Some(key) = &here.key else { return Ok(None) };
        let mut numbers = self.opened.find(Identity::of_key(&here.file, key))?;
        numbers.extend(self.opened.find(Identity::of_id(key))?);
        numbers.dedup();
        let mut first = None;
        for number in numbers {
            let existing = self.opened.document(number)?;
            // Before names within files were noted, they were ids.
            let is_named_so = existing.source.iter().any(|place| {
                place.file == here.file && place.key.as_ref().map_or(existing.is_called(key), |named| named == key)
            });
            if !is_named_so || !is_it(&existing, document) {
                continue;
            }
            if existing.source.iter().any(|place| place.file == here.file && place.line == here.line) {
                return Ok(Some((number, existing)));
            }
            first = first.or(Some((number, existing)));
        }
        Ok(first)
    }

    /// The document that has the name of `document` in another file, and agrees with it in all they say.
    fn same_elsewhere(&mut self, document: &Document) -> Result<Option<Home>, ReadError> {
        let is_it = |held: &Document| {
            held.keys().any(|(_, key)| document.keys().any(|(_, named)| named == key)) && is_same_record(held, document)
        };
        let text = Identity::of_text(&document.title, &document.r#abstract);
        let title = Identity::of_title(&document.title);
        for identity in text.into_iter().chain(title) {
            for number in self.opened.find(identity)?.into_iter().take(MOST_PER_IDENTITY) {
                let existing = self.opened.document(number)?;
                if is_it(&existing) {
                    return Ok(Some(Home::Existing(number, Box::new(existing), Evidence::Id)));
                }
            }
            for index in self.table.find(identity) {
                if is_it(&*self.documents.get(index)?) {
                    return Ok(Some(Home::Here(index, Evidence::Id)));
                }
            }
        }
        Ok(None)
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

    /// Enters the identities of a document that later records may be looked up by.
    pub(crate) fn make_findable(&mut self, index: usize, document: &Document) {
        let own_id = self.has_final_id(index).then_some(document.id.as_str());
        for (file, key) in document.keys() {
            self.table.insert(Identity::of_key(file, key), index);
        }
        for id in own_id.into_iter().chain(document.merged_ids()) {
            self.table.insert(Identity::of_id(id), index);
        }
        if !self.keep_duplicates {
            for identity in by_content(document) {
                self.table.insert(identity, index);
            }
        }
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

/// The origin of an existing document's id, which is always kept.
pub(crate) fn origin_of(existing: &Document) -> IdOrigin {
    match existing.judged {
        true => IdOrigin::Judged,
        false if existing.is_named_in_a_file() => IdOrigin::Local,
        false => IdOrigin::Given,
    }
}

/// Whether two records of one name in one file are the same paper.
fn is_same(one: &Document, other: &Document) -> bool {
    evidence(one, other).is_some() || is_same_record(one, other)
}

/// Whether the given id of `document` is an id of the existing document, and not just its name within a file.
fn is_name_of(document: &Document, existing: &Document) -> bool {
    let is_own = |place: &Source| place.key.is_none() && document.source.iter().any(|here| here.file == place.file);
    !existing.is_named_in_a_file() || existing.source.iter().any(is_own)
}

fn existing_home((number, existing): (u64, Document)) -> Home {
    Home::Existing(number, Box::new(existing), Evidence::Id)
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
