//! Approximate search: a graph of near neighbours, walked greedily.
//!
//! Every row is linked to some of the rows nearest to it. A search starts somewhere, keeps moving to linked rows that
//! are nearer to the query, and ends among the nearest ones. A few layers of ever fewer rows on top give it a good
//! place to start: hierarchical navigable small worlds, Malkov and Yashunin (2018).
//!
//! | file            | what is in it                                                     |
//! |-----------------|-------------------------------------------------------------------|
//! | `params.rs`     | the numbers that shape a graph                                    |
//! | `neighbours.rs` | the nearest rows of every row, exactly                            |
//! | `clusters.rs`   | the same for more rows than can be compared pair by pair          |
//! | `select.rs`     | which of them become links                                        |
//! | `link.rs`       | a graph in bulk: neighbours, links, links back, reachability      |
//! | `levels.rs`     | the layers above                                                  |
//! | `insert.rs`     | more rows into a graph that is there                              |
//! | `graph.rs`      | links between rows                                                |
//! | `order.rs`      | where in memory a row's node lies                                 |
//! | `freeze.rs`     | the layout that is searched and saved                             |
//! | `grow.rs`       | back from there to links between rows, for more of them           |
//! | `walk.rs`       | one layer, best first; with `pool.rs` and `visited.rs`            |
//! | `search.rs`     | all layers, and full precision at the end                         |
//!
//! A graph is built over rows, in memory, and then frozen: links of fixed number and codes of few bits a number, in an
//! order of their own. Only the frozen form is searched, whether it lies in memory or in a mapped file.
//!
//! Cost at [`DEFAULT_EF`]: some 2,000 codes scored a query, 50 µs; 330 bytes of memory a row of 384 numbers beside
//! the full rows, which may stay on the disk.

mod clusters;
mod freeze;
pub(crate) mod graph;
mod grow;
mod insert;
mod landmarks;
mod levels;
mod link;
mod neighbours;
mod order;
mod params;
mod pool;
mod repair;
#[cfg(test)]
mod sample;
mod search;
mod select;
mod visited;
mod walk;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use semsearch_vector::Matrix;
use semsearch_vector::simd::{self, Kernels};

use crate::batch;
use crate::flat::FlatIndex;
use crate::hit::{Hit, RowId, TopK};
use crate::layout::Parts;
use crate::plan::{self, Selection, WalkCost};
use crate::quantiser::{CodedQuery, Quantiser};
use crate::row_set::RowSet;
use crate::scan::{self, Domain, Query, ScanMemory};
use crate::storage::Damage;
use crate::vectors::Vectors;
use crate::{Index, SearchError, query};
use search::SearchMemory;

pub use grow::OtherRows;
pub use params::{HnswParams, ParamsError};

/// The `ef` to search with unless told otherwise.
pub const DEFAULT_EF: usize = 128;

/// The least bits of a row's codes with which searches walk. Walks found half of the ten best of 2,761 rows of 2 numbers in
/// 4 bits each, and three quarters of those of 60,000 rows of 3 numbers in 8 bits; from 32 bits on they find 19 of 20.
const LEAST_BITS_TO_WALK: usize = 32;

/// Why there is no graph.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A parameter is out of range.
    #[error("cannot build a graph like this")]
    Params(#[from] ParamsError),
    /// The caller asked to stop.
    #[error("the build was stopped after {linked} of {rows} rows")]
    Cancelled {
        /// How many rows were linked by then.
        linked: usize,
        /// How many there are.
        rows: usize,
    },
    /// Rows were to be added to an index of others.
    #[error("{0}; give all rows of the index, in its order, and behind them the new ones")]
    OtherRows(#[from] OtherRows),
    /// The rows lie in a file and are not as they were written.
    #[error(transparent)]
    Damaged(#[from] Damage),
}

/// How a query is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchParams {
    /// How many hits are wanted.
    pub k: usize,
    /// How many candidates a walk keeps: more find better rows and take longer. Counts as at least `k`.
    pub ef: usize,
    /// How many of them are scored in full precision at most; counts as at least `k` and at most `ef`. Candidates whose
    /// estimate leaves them no chance are not scored anyway, so less than `ef` saves little.
    pub rerank: usize,
    /// Whether to walk or to scan.
    pub way: Way,
}

impl SearchParams {
    /// For `k` hits with a beam of `ef`: whichever way is cheaper is taken, and every candidate is scored in full
    /// precision that has a chance.
    #[must_use]
    pub fn new(k: usize, ef: usize) -> Self {
        Self { k, ef, rerank: ef, way: Way::Cheapest }
    }
}

/// Ways to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Whichever costs less: small collections and narrow filters are scanned.
    Cheapest,
    /// Through the graph, which misses a hit now and then.
    Walk,
    /// Every row that may be an answer, with a proof that none is missed.
    Exact,
}

/// How a query was answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explain {
    /// The way that was taken: [`Way::Walk`] or [`Way::Exact`].
    pub way: Way,
    /// Rows of the index.
    pub rows: usize,
    /// Rows that the filter keeps.
    pub kept: usize,
    /// What the ways were expected to cost, in nanoseconds: a scan, and a walk.
    pub expected_ns: (f64, f64),
    /// Nodes of the graph whose links were followed.
    pub expanded: usize,
    /// Rows compared by their codes.
    pub coded: usize,
    /// Rows compared in full precision.
    pub full: usize,
}

/// Finds neighbours by walking a graph, or exactly by a scan of codes.
///
/// One index gives the same answer to the same query every time, on every instruction set, and saved and opened again.
pub struct HnswIndex {
    parts: Parts,
    quantiser: Quantiser,
    kernels: Kernels,
    memory: Mutex<Vec<Memory>>,
}

/// What a search needs beside the index; kept for the next one.
#[derive(Debug, Default)]
struct Memory {
    coded: CodedQuery,
    search: SearchMemory,
    scan: ScanMemory,
    picked: Vec<u32>,
    top: TopK,
}

impl HnswIndex {
    /// Links all rows in bulk, on the threads of the current rayon pool.
    ///
    /// `progress` is told how many rows are linked so far, and `cancelled` is asked now and then; both are called from
    /// several threads at once, so two numbers may arrive out of order. The same rows and parameters give the same
    /// index, on any number of threads.
    ///
    /// # Errors
    /// If a parameter is out of range, or the build was cancelled.
    pub fn build(
        vectors: Vectors,
        params: &HnswParams,
        progress: &(dyn Fn(usize) + Sync),
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self, BuildError> {
        params.check()?;
        let plain = vectors.made_plain()?;
        let (graph, recall) = link::link_measured(&plain, params, link::EXACT_ROWS, progress, cancelled)?;
        let mut index = Self::of(freeze::freeze(&vectors, &plain, &graph, params))?;
        index.parts.header.neighbour_recall = recall as f32;
        index.parts.header.walk_cost = index.measure_walk()?;
        Ok(index)
    }

    /// An index over parts that fit together.
    ///
    /// # Errors
    /// If what scores are made with is damaged.
    pub(crate) fn of(parts: Parts) -> Result<Self, Damage> {
        let quantiser = parts.quantiser()?;
        Ok(Self { parts, quantiser, kernels: *simd::best(), memory: Mutex::default() })
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// How the graph was built.
    #[must_use]
    pub fn params(&self) -> HnswParams {
        self.parts.header.params()
    }

    /// Share of the rows' true neighbours among those they chose links from: 1 where all pairs were compared, and measured
    /// on a sample beyond 200,000 rows.
    #[must_use]
    pub fn neighbour_recall(&self) -> f32 {
        self.parts.header.neighbour_recall
    }

    /// The rows that are searched.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.parts.rows
    }

    /// The same rows, compared one by one: the oracle that this index is measured against.
    #[must_use]
    pub fn flat(&self) -> FlatIndex {
        FlatIndex::new(self.parts.rows.clone())
    }

    /// Searches with other kernels than the best of this machine. All give the same hits; tests compare them.
    #[must_use]
    pub fn with_kernels(mut self, kernels: Kernels) -> Self {
        self.kernels = kernels;
        self
    }

    /// The same index with all that a walk reads in memory of large pages, checked while it was copied there: for a
    /// process that answers many queries. A mapped file is read in pages of 4 KB, which costs a walk some 10 %.
    ///
    /// # Errors
    /// If any of that is damaged.
    pub fn in_memory(&self) -> Result<Self, Damage> {
        let parts = self.parts.load_hot()?;
        Ok(Self { parts, quantiser: self.quantiser.clone(), kernels: self.kernels, memory: Mutex::default() })
    }

    /// The best rows for `query` among those that `filter` keeps, or among all, and how they were found.
    ///
    /// A filter is exact about what matches: no other row comes back, and all of them do if there are no more than `k`.
    ///
    /// # Errors
    /// If the query has another width than the rows or a number that is not finite, or a part of the file is damaged.
    ///
    /// # Panics
    /// If the filter was made for another number of rows.
    pub fn search_with(
        &self,
        query: &[f32],
        params: &SearchParams,
        filter: Option<&RowSet>,
    ) -> Result<(Vec<Hit>, Explain), SearchError> {
        let mut hits = Vec::new();
        let explain = self.search_into(query, params, filter, &mut hits)?;
        Ok((hits, explain))
    }

    /// [`HnswIndex::search_with`] into a list that is there already: from the second query on, nothing is allocated.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// As there.
    pub fn search_into(
        &self,
        query: &[f32],
        params: &SearchParams,
        filter: Option<&RowSet>,
        hits: &mut Vec<Hit>,
    ) -> Result<Explain, SearchError> {
        let rows = self.len();
        query::check(query, self.dim())?;
        assert!(filter.is_none_or(|filter| filter.rows() == rows), "a filter of another index");
        let selection = Selection { rows, kept: filter.map_or(rows, RowSet::len) };
        let k = params.k.min(selection.kept);
        let ef = params.ef.max(k);
        let rerank = params.rerank.max(k).min(ef);
        let prices = plan::prices(selection, k, ef, rerank, self.parts.header.walk_cost);
        let beam = plan::beam(ef, selection);
        // A beam as wide as the index would visit every row, and a query of zeros has no direction to walk in. With few
        // dimensions, hundreds of rows have the same codes, and a walk cannot tell which of them are the nearest.
        let pointless = k == 0
            || self.dim() * (self.parts.header.code_bits as usize) < LEAST_BITS_TO_WALK
            || beam >= rows
            || query.iter().all(|x| *x == 0.0)
            || self.parts.levels.is_empty();
        let walks = !pointless
            && match params.way {
                Way::Cheapest => prices.walk < prices.exact(),
                Way::Walk => true,
                Way::Exact => false,
            };
        let mut explain = Explain {
            way: Way::Exact,
            rows,
            kept: selection.kept,
            expected_ns: (prices.exact(), prices.walk),
            expanded: 0,
            coded: 0,
            full: 0,
        };
        hits.clear();
        if k == 0 {
            return Ok(explain);
        }

        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let Memory { coded, search, scan, picked, top } = &mut memory;
        self.quantiser.query_into(query, coded);
        let query = Query { full: query, coded };
        top.reset(k);
        if walks {
            let filter = filter.filter(|filter| filter.len() < rows);
            let request = search::Request { query, ef: beam, rerank, filter };
            let walked = search::search(&self.parts, &self.kernels, &request, top, search)?;
            explain.way = Way::Walk;
            (explain.expanded, explain.coded, explain.full) = (walked.expanded, walked.scored, walked.full);
        }
        // A walk through a graph with a narrow filter may have met fewer rows than there are.
        if !walks || top.len() < k {
            top.reset(k);
            let domain = match filter {
                None => Domain::All,
                Some(filter) if prices.pick < prices.scan => Domain::Only(self.pick(filter, picked)?),
                Some(filter) => Domain::Where(filter),
            };
            let rounding = self.quantiser.rounding(query.full, query.coded, self.parts.header.spread);
            let scanned = scan::scan(&self.parts, &self.kernels, query, rounding, domain, top, scan)?;
            explain.way = Way::Exact;
            explain.coded += scanned.coded;
            explain.full += scanned.full;
        }
        top.drain_into(hits);
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        Ok(explain)
    }

    /// The `k` best rows for each of `queries`, proven as by [`Way::Exact`]: the same hits, for many queries at once in a
    /// third of the time or less. On the threads of the current rayon pool.
    ///
    /// # Errors
    /// If a query has another width than the rows or a number that is not finite, or a part of the file is damaged.
    pub fn exact_batch(&self, queries: &Matrix, k: usize) -> Result<Vec<Vec<Hit>>, SearchError> {
        queries.iter().try_for_each(|query| query::check(query, self.dim()))?;
        let k = k.min(self.len());
        if batch::takes(&self.parts, queries.rows(), k) {
            return Ok(batch::exact(&self.parts, &self.quantiser, &self.kernels, queries, k)?);
        }
        let params = SearchParams { way: Way::Exact, ..SearchParams::new(k, k) };
        let one = |query| Ok(self.search_with(query, &params, None)?.0);
        queries.as_slice().par_chunks(self.dim()).map(one).collect()
    }

    /// The nodes of the rows in `filter`.
    fn pick<'m>(&self, filter: &RowSet, picked: &'m mut Vec<u32>) -> Result<&'m [u32], Damage> {
        picked.clear();
        for row in filter.iter() {
            picked.push(self.parts.node_of(row)?);
        }
        Ok(picked)
    }

    /// Walks from some of the rows at two widths, and fits what a walk costs.
    fn measure_walk(&self) -> Result<WalkCost, Damage> {
        const WALKS: usize = 64;
        const BEAMS: [usize; 2] = [32, 128];
        let (mut walks, mut scored) = (0, [0; 2]);
        let mut memory = Memory::default();
        for row in (0..self.len()).step_by((self.len() / WALKS).max(1)) {
            let query = self.parts.rows.row(RowId(row as u32))?;
            let Memory { coded, search, top, .. } = &mut memory;
            self.quantiser.query_into(&query, coded);
            for (ef, scored) in BEAMS.into_iter().zip(&mut scored) {
                let request = search::Request { query: Query { full: &query, coded }, ef, rerank: 0, filter: None };
                *scored += search::search(&self.parts, &self.kernels, &request, top, search)?.scored;
            }
            walks += 1;
        }
        let [narrow, wide] = scored.map(|scored| scored as f32 / walks.max(1) as f32);
        let per_ef = (wide - narrow) / (BEAMS[1] - BEAMS[0]) as f32;
        Ok(WalkCost { base: narrow - per_ef * BEAMS[0] as f32, per_ef })
    }
}

impl Index for HnswIndex {
    fn len(&self) -> usize {
        self.parts.len()
    }

    fn dim(&self) -> usize {
        self.parts.dim()
    }

    fn name(&self) -> &'static str {
        "hnsw"
    }

    /// See [`Index::search`]; [`HnswIndex::search_with`] has more to choose from. Always by a walk, except that a beam as
    /// wide as the index, for which the graph would visit every row anyway, a query of zeros, which has no direction to
    /// walk in, and a walk that met too few rows are answered by the scan.
    fn search(&self, query: &[f32], k: usize, ef: usize) -> Result<Vec<Hit>, SearchError> {
        let params = SearchParams { way: Way::Walk, ..SearchParams::new(k, ef) };
        Ok(self.search_with(query, &params, None)?.0)
    }
}

impl fmt::Debug for HnswIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HnswIndex")
            .field("len", &self.len())
            .field("dim", &self.dim())
            .field("params", &self.params())
            .finish_non_exhaustive()
    }
}
