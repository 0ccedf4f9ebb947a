//! Entries that get fields from others.
//!
//! An entry whose `crossref` names another entry, its parent, gets the parent's venue and date where it has none of its
//! own. `xdata` names entries of that kind, whose fields an entry gets where it has no fields of these names. BibTeX wants
//! a parent behind its children, other programs write it in front of them. So possible parents are remembered, at most
//! [`MOST_PARENTS`], and entries whose parent has not been read wait for it, at most [`MOST_WAITING`] of
//! [`MOST_WAITING_BYTES`] together. Beyond these bounds, all waiting entries go on without.

use std::collections::HashMap;

use super::entry::Entry;
use super::record::{paper, take_date, take_plain};
use crate::date::Date;
use crate::document::Document;

/// The most possible parents that are remembered.
const MOST_PARENTS: usize = 1 << 14;

/// The most bytes of all parents.
const MOST_PARENT_BYTES: usize = 16 << 20;

/// The most entries that wait for their parent.
pub(super) const MOST_WAITING: usize = 1 << 12;

/// The most bytes of the file that the waiting entries take.
const MOST_WAITING_BYTES: usize = 16 << 20;

/// The longest venue, and the most bytes of fields, that one parent passes on.
const LONGEST_PARENT: usize = 16 << 10;

/// The most parents of one entry, those of its parents among them.
const MOST_STEPS: usize = 32;

/// An entry that may want the fields of others.
struct Child {
    entry: Entry,
    /// The keys that are still to be looked up, in lower case.
    wanted: Vec<String>,
    steps: usize,
    /// The bytes of the entry.
    bytes: usize,
    venue: Option<String>,
    date: Option<Date>,
}

impl Child {
    fn new(entry: Entry, bytes: usize) -> Child {
        let mut wanted = keys_in(entry.get("xdata").unwrap_or_default());
        wanted.extend(entry.get("crossref").map(|named| named.trim().to_lowercase()).filter(|named| !named.is_empty()));
        wanted.reverse();
        Child { entry, wanted, steps: 0, bytes, venue: None, date: None }
    }

    /// The next key to look up.
    fn wants(&mut self) -> Option<String> {
        self.steps += 1;
        self.wanted.pop().filter(|_| self.steps <= MOST_STEPS)
    }

    fn into_document(self) -> (u64, Document) {
        let line = self.entry.line;
        let mut document = paper(self.entry);
        document.venue = document.venue.or(self.venue);
        document.date = document.date.or(self.date);
        document.year = document.year.or(document.date.as_ref().map(Date::year));
        (line, document)
    }
}

/// The keys of a list such as `seas, press`.
fn keys_in(list: &str) -> Vec<String> {
    list.split(',').map(|key| key.trim().to_lowercase()).filter(|key| !key.is_empty()).collect()
}

/// The fields that an entry passes on.
enum Parent {
    Container { venue: Option<String>, date: Option<Date> },
    Data(Vec<(String, String)>),
}

impl Parent {
    /// The fields that `entry` passes on; `None` if it is not of a kind that does.
    fn of(entry: &Entry) -> Option<Parent> {
        const KINDS: [&str; 9] = [
            "proceedings",
            "mvproceedings",
            "collection",
            "mvcollection",
            "book",
            "mvbook",
            "periodical",
            "conference",
            "reference",
        ];
        if entry.kind == "xdata" {
            return Some(Parent::Data(entry.fields.clone()));
        }
        if !KINDS.contains(&entry.kind.as_str()) {
            return None;
        }
        let mut entry = Entry { fields: entry.fields.clone(), kind: String::new(), key: String::new(), line: 0 };
        let venue = take_plain(&mut entry, &["booktitle", "title"]);
        Some(Parent::Container { venue, date: take_date(&mut entry) })
    }

    fn bytes(&self) -> usize {
        match self {
            Parent::Container { venue, .. } => venue.as_ref().map_or(0, String::len),
            Parent::Data(fields) => fields.iter().map(|(name, value)| name.len() + value.len()).sum(),
        }
    }

    /// Fills the gaps of an entry.
    fn give_to(&self, child: &mut Child) {
        match self {
            Parent::Container { venue, date } => {
                child.venue = child.venue.take().or_else(|| venue.clone());
                child.date = child.date.or(*date);
            }
            Parent::Data(fields) => {
                for (name, value) in fields {
                    if name == "xdata" {
                        child.wanted.extend(keys_in(value).into_iter().rev());
                    } else if child.entry.get(name).is_none_or(|own| own.trim().is_empty()) {
                        child.entry.fields.push((name.clone(), value.clone()));
                    }
                }
            }
        }
    }
}

/// The parents that were read and the entries that wait for others.
#[derive(Default)]
pub(super) struct Family {
    parents: HashMap<String, Parent>,
    parent_bytes: usize,
    waiting: HashMap<String, Vec<Child>>,
    waiting_count: usize,
    /// Bytes of all entries that waited since the last time that none did.
    waiting_bytes: usize,
    /// Documents that wait for nothing, with their lines.
    ready: Vec<(u64, Document)>,
}

impl Family {
    /// Adds an entry of so many bytes and returns the documents that are now complete, with their lines.
    pub(super) fn add(&mut self, entry: Entry, bytes: usize) -> Vec<(u64, Document)> {
        let key = entry.key.to_lowercase();
        if let Some(parent) = Parent::of(&entry).filter(|parent| !key.is_empty() && parent.bytes() <= LONGEST_PARENT) {
            for mut child in self.waiting.remove(&key).unwrap_or_default() {
                self.waiting_count -= 1;
                parent.give_to(&mut child);
                self.settle(child);
            }
            if self.waiting_count == 0 {
                self.waiting_bytes = 0;
            }
            let bytes = self.parent_bytes.saturating_add(parent.bytes());
            if self.parents.len() < MOST_PARENTS && bytes <= MOST_PARENT_BYTES {
                self.parent_bytes = bytes;
                self.parents.entry(key).or_insert(parent);
            }
        }
        if entry.kind != "xdata" {
            self.settle(Child::new(entry, bytes));
        }
        std::mem::take(&mut self.ready)
    }

    /// Gives an entry what it wants, as far as that was read; it waits for the rest.
    fn settle(&mut self, mut child: Child) {
        while let Some(key) = child.wants() {
            match self.parents.get(&key) {
                Some(parent) => parent.give_to(&mut child),
                None => return self.wait(key, child),
            }
        }
        self.ready.push(child.into_document());
    }

    fn wait(&mut self, key: String, child: Child) {
        if self.waiting_count == MOST_WAITING || self.waiting_bytes > MOST_WAITING_BYTES {
            self.release();
        }
        self.waiting_count += 1;
        self.waiting_bytes = self.waiting_bytes.saturating_add(child.bytes);
        self.waiting.entry(key).or_default().push(child);
    }

    /// Lets all waiting entries go on without what was not read, in the order of the file.
    fn release(&mut self) {
        let mut waiting: Vec<Child> = self.waiting.drain().flat_map(|(_, children)| children).collect();
        waiting.sort_by_key(|child| child.entry.line);
        (self.waiting_count, self.waiting_bytes) = (0, 0);
        for mut child in waiting {
            while let Some(key) = child.wants() {
                if let Some(parent) = self.parents.get(&key) {
                    parent.give_to(&mut child);
                }
            }
            self.ready.push(child.into_document());
        }
    }

    /// The documents of the entries that still wait, at the end of the file.
    pub(super) fn end(&mut self) -> Vec<(u64, Document)> {
        self.release();
        std::mem::take(&mut self.ready)
    }
}
