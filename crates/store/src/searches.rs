//! Saved searches, and when each paper came into the collection.
//!
//! Segments do not tell when a paper came: a change of a paper writes it again, and merging puts papers of all times together.
//! So the file that keeps the searches also keeps a list of the papers by the hash of their ids, each with the look at which
//! it was first there. A *look* compares the list with the collection: ids that are not on the list come on it with the
//! number of this look, ids that the collection lacks leave it. A paper that changes keeps its id and its look; one that is
//! removed, looked for in vain, and added again is new. A search knows the last look whose papers its owner has seen.
//!
//! ```text
//! semsearch.searches/1 BLAKE3 of all that follows, hex \n
//! one line of JSON: the searches, and the time of every look \n
//! for each paper: 8 bytes of the hash of its id, u32 of its look, little-endian; ascending
//! ```
//!
//! The file lies in the folder of the collection, beside the generations, and is replaced in one step. No generation names
//! it, so whatever changes the collection leaves it as it is.
//!
//! Cost: 12 bytes a paper; a look reads the hash of every id, some 0.2 s for 60,000 papers.

use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use semsearch_corpus::Identity;
use semsearch_disk::File;
use serde::{Deserialize, Serialize};

use crate::collection::Collection;
use crate::error::{CollectionError, damaged, io_error};
use crate::layout::{SEARCHES, SEARCHES_LOCK};

/// Name and version of the format.
const SCHEMA: &str = "semsearch.searches/1";
/// Bytes of a paper in the file.
const PAPER: usize = 12;

/// A search that is asked again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SavedSearch {
    /// Its name.
    pub name: String,
    /// The question.
    pub query: String,
    /// The filter as an expression; `None` if every paper passes.
    pub filter: Option<String>,
    /// A paper answers the question if it is among this many papers of the whole collection.
    pub k: usize,
    /// The last look whose papers were seen.
    pub seen: u32,
}

impl SavedSearch {
    /// A search whose owner has seen no look yet.
    #[must_use]
    pub fn new(name: &str, query: &str, filter: Option<String>, k: usize) -> Self {
        SavedSearch { name: name.to_owned(), query: query.to_owned(), filter, k, seen: 0 }
    }
}

/// The saved searches of a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedSearches {
    body: Body,
    /// The papers in ascending order, each with the look at which it was first there.
    papers: Vec<(u64, u32)>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Body {
    searches: Vec<SavedSearch>,
    /// The time of every look in seconds since 1970; the first look has number 0.
    looks: Vec<u64>,
}

impl SavedSearches {
    /// Reads the searches of the collection in `root`; `None` if none were saved.
    ///
    /// # Errors
    /// [`CollectionError::Damaged`] if the file is not what was written.
    pub fn read(root: &Path) -> Result<Option<Self>, CollectionError> {
        let path = root.join(SEARCHES);
        let bytes = match semsearch_disk::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(io_error("read", &path, source)),
        };
        let remedy = "papers are not affected; delete this file and save the searches again";
        Self::decode(&bytes).map(Some).map_err(|problem| damaged(&path, &format!("{problem}; {remedy}")))
    }

    /// Changes the searches of the collection in `root`, one process at a time, and writes them if `change` changed
    /// anything. Without saved searches, `change` begins with none.
    ///
    /// # Errors
    /// As [`read`](Self::read), if the file cannot be written, and what `change` says.
    pub fn change<T, E: From<CollectionError>>(
        root: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        Collection::expect_folder(root)?;
        let _held = lock(&root.join(SEARCHES_LOCK))?;
        let before = Self::read(root)?;
        let mut saved = before.clone().unwrap_or_default();
        let result = change(&mut saved)?;
        if before.as_ref() != Some(&saved) {
            let path = root.join(SEARCHES);
            let written =
                semsearch_disk::replace(&path, &saved.encode()).and_then(|()| semsearch_disk::sync_folder(root));
            written.map_err(|source| io_error("write", &path, source))?;
        }
        Ok(result)
    }

    /// The searches, by name.
    #[must_use]
    pub fn searches(&self) -> &[SavedSearch] {
        &self.body.searches
    }

    /// The search with a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&SavedSearch> {
        self.body.searches.iter().find(|search| search.name == name)
    }

    /// Saves a search whose owner has seen all looks. Returns whether there was none of this name; if there was one, nothing
    /// changes.
    pub fn add(&mut self, mut search: SavedSearch) -> bool {
        search.seen = self.last_look();
        match self.body.searches.binary_search_by(|other| other.name.cmp(&search.name)) {
            Ok(_) => false,
            Err(place) => {
                self.body.searches.insert(place, search);
                true
            }
        }
    }

    /// Forgets a search. Returns whether there was one of this name.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.body.searches.len();
        self.body.searches.retain(|search| search.name != name);
        self.body.searches.len() < before
    }

    /// Notes that the papers of all looks up to `look` were seen.
    pub fn see(&mut self, name: &str, look: u32) {
        for search in self.body.searches.iter_mut().filter(|search| search.name == name) {
            search.seen = search.seen.max(look);
        }
    }

    /// The number of the last look.
    #[must_use]
    pub fn last_look(&self) -> u32 {
        (self.body.looks.len() as u32).saturating_sub(1)
    }

    /// The last look before a time in seconds since 1970: papers of later looks came since then. `None` if all came since.
    #[must_use]
    pub fn look_before(&self, seconds: u64) -> Option<u32> {
        (self.body.looks.partition_point(|look| *look < seconds) as u32).checked_sub(1)
    }

    /// How many papers came after a look; after `None` every paper did.
    #[must_use]
    pub fn papers_after(&self, look: Option<u32>) -> usize {
        self.papers.iter().filter(|paper| look.is_none_or(|look| paper.1 > look)).count()
    }

    /// Whether a paper came after a look; after `None` every paper did.
    #[must_use]
    pub fn came_after(&self, id: &str, look: Option<u32>) -> bool {
        let found = self.papers.binary_search_by_key(&key(Identity::of_id(id).0), |paper| paper.0);
        found.is_ok_and(|place| look.is_none_or(|look| self.papers[place].1 > look))
    }

    /// When a paper came, in seconds since 1970; `None` if no look has found it.
    #[must_use]
    pub fn came(&self, id: &str) -> Option<u64> {
        let found = self.papers.binary_search_by_key(&key(Identity::of_id(id).0), |paper| paper.0).ok()?;
        self.body.looks.get(self.papers[found].1 as usize).copied()
    }

    /// Compares the list of papers with the collection. This is a look of its own only if papers have come, or if it is the
    /// first one.
    ///
    /// # Errors
    /// If the ids of the collection cannot be read.
    pub fn look(&mut self, collection: &Collection) -> Result<(), CollectionError> {
        let mut there = Vec::with_capacity(collection.len());
        for segment in collection.segments() {
            for row in segment.alive_rows() {
                // The first identity of a document is that of its id.
                there.extend(segment.documents().identities(row)?.first().map(|identity| key(*identity)));
            }
        }
        there.sort_unstable();
        there.dedup();
        let next = self.body.looks.len() as u32;
        let known = std::mem::take(&mut self.papers);
        let look_of = |id: u64| known.binary_search_by_key(&id, |paper| paper.0).map_or(next, |place| known[place].1);
        self.papers = there.into_iter().map(|id| (id, look_of(id))).collect();
        if next == 0 || self.papers.iter().any(|paper| paper.1 == next) {
            self.body.looks.push(now().max(self.body.looks.last().copied().unwrap_or(0)));
        }
        Ok(())
    }

    fn encode(&self) -> Vec<u8> {
        // Texts and numbers always are JSON.
        let mut rest = serde_json::to_vec(&self.body).unwrap_or_default();
        rest.push(b'\n');
        for (id, look) in &self.papers {
            rest.extend_from_slice(&id.to_le_bytes());
            rest.extend_from_slice(&look.to_le_bytes());
        }
        let mut bytes = format!("{SCHEMA} {}\n", blake3::hash(&rest).to_hex()).into_bytes();
        bytes.append(&mut rest);
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let line = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n');
        let end = line(bytes).ok_or("it has no first line")?;
        let head = String::from_utf8_lossy(&bytes[..end]);
        let (schema, hash) = head.split_once(' ').unwrap_or((&head, ""));
        if schema != SCHEMA {
            let found: String = schema.chars().take(40).collect();
            return Err(format!("expected {SCHEMA}, found {found:?}"));
        }
        let rest = &bytes[end + 1..];
        if blake3::hash(rest).to_hex().as_str() != hash {
            return Err("its checksum does not hold".to_owned());
        }
        let end = line(rest).ok_or("it has no searches")?;
        let body: Body = serde_json::from_slice(&rest[..end]).map_err(|error| error.to_string())?;
        let (papers, odd) = rest[end + 1..].as_chunks::<PAPER>();
        if !odd.is_empty() {
            return Err("its list of papers ends within a paper".to_owned());
        }
        let papers = papers.iter().map(|[a, b, c, d, e, f, g, h, look @ ..]| {
            (u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), u32::from_le_bytes(*look))
        });
        let papers: Vec<(u64, u32)> = papers.collect();
        let looks = body.looks.len();
        if !papers.is_sorted_by(|a, b| a.0 < b.0) || papers.iter().any(|paper| paper.1 as usize >= looks) {
            return Err("its list of papers is not one".to_owned());
        }
        Ok(SavedSearches { body, papers })
    }
}

/// The part of a hash that is kept of an id. Two of a million papers have the same with a chance of 3 in a hundred million.
fn key(hash: [u8; 16]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = hash;
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// Waits until no other process changes the searches.
fn lock(path: &Path) -> Result<File, CollectionError> {
    let file = File::append(path).map_err(|source| io_error("write", path, source))?;
    file.inner().lock().map_err(|source| io_error("lock", path, source))?;
    Ok(file)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> SavedSearches {
        let mut saved = SavedSearches {
            body: Body { searches: Vec::new(), looks: vec![100, 200] },
            papers: vec![(key(Identity::of_id("old").0), 0), (key(Identity::of_id("young").0), 1)],
        };
        saved.papers.sort_unstable();
        assert!(saved.add(SavedSearch::new("caches", "KV cache", Some("year >= 2020".to_owned()), 10)));
        saved
    }

    #[test]
    fn what_is_written_is_read_and_every_flipped_bit_is_found() {
        let saved = saved();
        let bytes = saved.encode();
        assert_eq!(SavedSearches::decode(&bytes), Ok(saved));
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut wrong = bytes.clone();
                wrong[at] ^= 1 << bit;
                assert!(SavedSearches::decode(&wrong).is_err(), "byte {at}, bit {bit}");
            }
            assert!(SavedSearches::decode(&bytes[..at]).is_err());
        }
        let later = String::from_utf8_lossy(&bytes).replace("searches/1", "searches/2");
        assert!(SavedSearches::decode(later.as_bytes()).unwrap_err().contains("expected semsearch.searches/1"));
    }

    #[test]
    fn papers_come_after_the_looks_before_theirs() {
        let mut saved = saved();
        assert!(saved.came_after("young", Some(0)) && !saved.came_after("young", Some(1)));
        assert!(!saved.came_after("old", Some(0)) && saved.came_after("old", None));
        assert!(!saved.came_after("never", None));
        assert_eq!((saved.came("old"), saved.came("young"), saved.came("never")), (Some(100), Some(200), None));
        assert_eq!([100, 101, 200, 201].map(|time| saved.look_before(time)), [None, Some(0), Some(0), Some(1)]);

        assert_eq!(
            (saved.last_look(), saved.find("caches").unwrap().seen),
            (1, 1),
            "all there is was seen when it began"
        );
        assert!(!saved.add(SavedSearch::new("caches", "another", None, 3)), "a name is taken once");
        saved.see("caches", 0);
        assert_eq!(saved.find("caches").unwrap().seen, 1, "what was seen stays seen");
        assert!(saved.remove("caches") && !saved.remove("caches"));
    }
}
