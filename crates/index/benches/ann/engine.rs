//! The interface that an engine implements to be measured.

use std::path::Path;

use semsearch_index::Strategy;

use crate::{Fallible, hnsw_rs, ours};

/// How thorough a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// The beam width.
    pub(crate) ef: usize,
    /// How many candidates are scored again in full precision; `None` leaves that to the engine.
    pub(crate) rerank: Option<usize>,
}

impl Setting {
    /// `ef` or `ef:rerank`.
    pub(crate) fn read(text: &str) -> Fallible<Self> {
        match text.split_once(':') {
            Some((ef, rerank)) => Ok(Self { ef: ef.parse()?, rerank: Some(rerank.parse()?) }),
            None => Ok(Self { ef: text.parse()?, rerank: None }),
        }
    }

    pub(crate) fn text(self) -> String {
        match self.rerank {
            Some(rerank) => format!("{}:{rerank}", self.ef),
            None => self.ef.to_string(),
        }
    }
}

/// The result of a build.
pub(crate) struct Built {
    /// Bytes a row that almost every search reads; `None` if unknown.
    pub(crate) hot_bytes: Option<f64>,
}

/// Writes what was built into a folder.
pub(crate) type Save = Box<dyn FnOnce(&Path) -> Fallible<Built> + Send>;

/// An index that was opened.
pub(crate) trait Engine: Sync {
    /// Replaces `found` by the ids of the ten best rows, best first.
    fn search(&self, query: &[f32], setting: Setting, found: &mut Vec<u32>);

    /// Searches many queries at once, on the current rayon pool; `None` if this engine takes one at a time.
    fn search_batch(&self, _queries: &[&[f32]]) -> Option<Vec<Vec<u32>>> {
        None
    }

    /// Searches the rows whose bit in `allowed` is set; `None` if this engine cannot.
    fn filtered(&self, _allowed: &[u8]) -> Option<Filtered<'_>> {
        None
    }
}

/// Replaces the ids by those of the best rows that a filter keeps, and returns the strategy that found them.
pub(crate) type Filtered<'a> = Box<dyn Fn(&[f32], Setting, &mut Vec<u32>) -> &'static str + 'a>;

/// Every engine of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Graph,
    InMemory,
    Exact,
    HnswRs,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Graph, Self::InMemory, Self::Exact, Self::HnswRs];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Graph => "semsearch",
            Self::InMemory => "semsearch-in-memory",
            Self::Exact => "semsearch-exact",
            Self::HnswRs => "hnsw_rs",
        }
    }

    pub(crate) fn named(name: &str) -> Fallible<Self> {
        let names = || Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| format!("no engine `{name}`, there are {}", names()).into())
    }

    /// Builds over `rows` on the current rayon pool. The result writes the index into a folder, which is not timed.
    pub(crate) fn build(self, rows: &[f32]) -> Fallible<Save> {
        match self {
            Self::Graph | Self::InMemory | Self::Exact => ours::build(rows),
            Self::HnswRs => hnsw_rs::build(rows),
        }
    }

    pub(crate) fn open(self, folder: &Path) -> Fallible<Box<dyn Engine>> {
        match self {
            Self::Graph => ours::open(folder, Strategy::Graph),
            Self::InMemory => ours::open_in_memory(folder),
            Self::Exact => ours::open(folder, Strategy::Exact),
            Self::HnswRs => hnsw_rs::open(folder),
        }
    }
}
