//! An index with a graph: chooses how a query is answered, and answers it.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use semsearch_task::{Progress, Stage};
use semsearch_vector::Matrix;
use semsearch_vector::simd::{self, Kernels};

use crate::batch;
use crate::cost::{self, Selection};
use crate::file::{BeamCost, Damage};
use crate::flat::FlatIndex;
use crate::hit::{Hit, RowId, TopK};
use crate::hnsw::{self, BuildError, HnswParams, SearchScratch};
use crate::index::Index;
use crate::layout::Parts;
use crate::quantiser::{CodedQuery, Quantiser};
use crate::query::{self, Query, SearchError};
use crate::row_set::RowSet;
use crate::scan::{self, Domain, ScanScratch};
use crate::search_params::{ChosenStrategy, Explain, SearchParams, Strategy};
use crate::vectors::Vectors;

/// The fewest bits of a row's codes with which the graph is searched. Beam searches found half of the ten best of 2,761
/// rows of 2 numbers in 4 bits each, and three quarters of those of 60,000 rows of 3 numbers in 8 bits; from 32 bits on
/// they find 19 of 20.
const LEAST_BITS_FOR_GRAPH: usize = 32;

/// Finds neighbours by a beam search through a graph, or exactly by a scan of codes.
///
/// An index gives the same answer to the same query every time, on every instruction set, and after saving and opening.
///
/// Cost of a graph search with [`DEFAULT_EF`](crate::DEFAULT_EF): some 2,000 codes scored, 50 µs; 330 bytes of memory a
/// row of 384 numbers beside the full rows, which may stay on the disk.
pub struct HnswIndex {
    parts: Parts,
    quantiser: Quantiser,
    kernels: Kernels,
    scratch: Mutex<Vec<Scratch>>,
}

/// Memory of a search, kept for the next one.
#[derive(Debug, Default)]
struct Scratch {
    coded: CodedQuery,
    graph: SearchScratch,
    scan: ScanScratch,
    picked: Vec<u32>,
    top: TopK,
}

impl HnswIndex {
    /// Links all rows in bulk, on the threads of the current rayon pool.
    ///
    /// Begins the stage [`Stage::Index`] of `progress` with all rows, and advances it by the rows linked. The same rows and
    /// parameters give the same index, on any number of threads.
    ///
    /// # Errors
    /// If a parameter is out of range, `progress` says to stop, or the rows lie in a file and are damaged.
    pub fn build(vectors: Vectors, params: &HnswParams, progress: &dyn Progress) -> Result<Self, BuildError> {
        params.check()?;
        progress.begin(Stage::Index, vectors.len());
        let plain = vectors.made_plain()?;
        let (graph, recall) = hnsw::link_measured(&plain, params, hnsw::EXACT_ROWS, progress)?;
        let mut index = Self::of(hnsw::freeze(&vectors, &plain, &graph, params))?;
        index.parts.header.neighbour_recall = recall as f32;
        index.parts.header.beam_cost = index.measure_beam()?;
        Ok(index)
    }

    /// An index over parts that fit together.
    ///
    /// # Errors
    /// If the section of the quantiser is damaged.
    pub(crate) fn of(parts: Parts) -> Result<Self, Damage> {
        let quantiser = parts.quantiser()?;
        Ok(Self { parts, quantiser, kernels: *simd::best(), scratch: Mutex::default() })
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// How the graph was built.
    #[must_use]
    pub fn params(&self) -> HnswParams {
        HnswParams::of(&self.parts.header)
    }

    /// The rows that are searched.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.parts.rows
    }

    /// An index that compares the same rows one by one: the oracle that this index is measured against.
    #[must_use]
    pub fn flat(&self) -> FlatIndex {
        FlatIndex::new(self.parts.rows.clone())
    }

    /// The index, searching with other kernels than the best of this machine. All kernels find the same hits; tests compare
    /// them.
    #[doc(hidden)]
    #[must_use]
    pub fn with_kernels(mut self, kernels: Kernels) -> Self {
        self.kernels = kernels;
        self
    }

    /// A copy whose searched sections are in memory of large pages, for a process that answers many queries: they are
    /// compared with their checksums while they are copied. A mapped file is read in pages of 4 KB, which costs a graph
    /// search some 10 %.
    ///
    /// # Errors
    /// If a section that is copied is damaged.
    pub fn in_memory(&self) -> Result<Self, Damage> {
        let parts = self.parts.load_hot()?;
        Ok(Self { parts, quantiser: self.quantiser.clone(), kernels: self.kernels, scratch: Mutex::default() })
    }

    /// The best rows for `query` among the rows of `filter`, or among all, and how they were found.
    ///
    /// A filter is exact: no row outside it is a hit, and all its rows are hits if it has at most `k`.
    ///
    /// # Errors
    /// If the query has another width than the rows or a number that is not finite, the filter was made for another
    /// number of rows, or a part of the file is damaged.
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

    /// [`search_with`](Self::search_with) into a list of the caller's: from the second query on, nothing is allocated.
    ///
    /// # Errors
    /// As [`search_with`](Self::search_with).
    pub fn search_into(
        &self,
        query: &[f32],
        params: &SearchParams,
        filter: Option<&RowSet>,
        hits: &mut Vec<Hit>,
    ) -> Result<Explain, SearchError> {
        let rows = self.len();
        query::check(query, self.dim())?;
        if let Some(filter) = filter.filter(|filter| filter.rows() != rows) {
            return Err(SearchError::Filter { expected: rows, found: filter.rows() });
        }
        let selection = Selection { rows, kept: filter.map_or(rows, RowSet::len) };
        let k = params.k.min(selection.kept);
        let ef = params.ef.max(k);
        let rerank = params.rerank.unwrap_or(ef).max(k).min(ef);
        let prices = cost::prices(selection, k, ef, rerank, self.parts.header.beam_cost);
        let beam = cost::beam(ef, selection);
        // A beam as wide as the index would visit every row, and a query of zeros has no direction to search in. With few
        // dimensions, hundreds of rows have the same codes, and a beam search cannot tell which of them are the nearest.
        let pointless = k == 0
            || self.dim() * (self.parts.header.code_bits as usize) < LEAST_BITS_FOR_GRAPH
            || beam >= rows
            || query.iter().all(|x| *x == 0.0)
            || self.parts.levels.is_empty();
        let by_graph = !pointless
            && match params.strategy {
                Strategy::Auto => prices.graph < prices.exact(),
                Strategy::Graph => true,
                Strategy::Exact => false,
            };
        let mut explain = Explain {
            strategy: ChosenStrategy::Exact,
            rows,
            kept: selection.kept,
            expected_exact_ns: prices.exact(),
            expected_graph_ns: prices.graph,
            ..Explain::default()
        };
        hits.clear();
        if k == 0 {
            return Ok(explain);
        }

        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let Scratch { coded, graph, scan, picked, top } = &mut scratch;
        self.quantiser.query_into(query, coded);
        let query = Query { full: query, coded };
        top.reset(k);
        if by_graph {
            let filter = filter.filter(|filter| filter.len() < rows);
            let request = hnsw::Request { query, ef: beam, rerank, filter };
            let searched = hnsw::search(&self.parts, &self.kernels, &request, top, graph)?;
            explain.strategy = ChosenStrategy::Graph;
            (explain.expanded, explain.coded, explain.full) = (searched.expanded, searched.scored, searched.full);
        }
        // A graph search with a narrow filter may have met fewer rows than there are.
        if !by_graph || top.len() < k {
            top.reset(k);
            let domain = match filter {
                None => Domain::All,
                Some(filter) if prices.pick < prices.scan => Domain::Only(self.pick(filter, picked)?),
                Some(filter) => Domain::Where(filter),
            };
            let rounding = self.quantiser.rounding(query.full, query.coded, self.parts.header.code_norm);
            let scanned = scan::scan(&self.parts, &self.kernels, query, rounding, domain, top, scan)?;
            explain.strategy = ChosenStrategy::Exact;
            explain.coded += scanned.coded;
            explain.full += scanned.full;
        }
        top.drain_into(hits);
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        Ok(explain)
    }

    /// The `k` best rows for each of `queries`, proven as by [`Strategy::Exact`]: the same hits, for many queries at once
    /// in a third of the time or less. On the threads of the current rayon pool.
    ///
    /// # Errors
    /// If a query has another width than the rows or a number that is not finite, or a part of the file is damaged.
    pub fn exact_batch(&self, queries: &Matrix, k: usize) -> Result<Vec<Vec<Hit>>, SearchError> {
        queries.iter().try_for_each(|query| query::check(query, self.dim()))?;
        let k = k.min(self.len());
        if batch::takes(&self.parts, queries.rows(), k) {
            return Ok(batch::exact(&self.parts, &self.quantiser, &self.kernels, queries, k)?);
        }
        let params = SearchParams::new(k).with_strategy(Strategy::Exact);
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

    /// Searches the graph for some of the rows at two beam widths, and fits how many codes a search scores.
    fn measure_beam(&self) -> Result<BeamCost, Damage> {
        const SEARCHES: usize = 64;
        const BEAMS: [usize; 2] = [32, 128];
        let (mut searches, mut scored) = (0, [0; 2]);
        let mut scratch = Scratch::default();
        for row in (0..self.len()).step_by((self.len() / SEARCHES).max(1)) {
            let query = self.parts.rows.row(RowId(row as u32))?;
            let Scratch { coded, graph, top, .. } = &mut scratch;
            self.quantiser.query_into(&query, coded);
            for (ef, scored) in BEAMS.into_iter().zip(&mut scored) {
                let request = hnsw::Request { query: Query { full: &query, coded }, ef, rerank: 0, filter: None };
                *scored += hnsw::search(&self.parts, &self.kernels, &request, top, graph)?.scored;
            }
            searches += 1;
        }
        let [narrow, wide] = scored.map(|scored| scored as f32 / searches.max(1) as f32);
        let per_ef = (wide - narrow) / (BEAMS[1] - BEAMS[0]) as f32;
        Ok(BeamCost { base: narrow - per_ef * BEAMS[0] as f32, per_ef })
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

    /// See [`Index::search`]; [`HnswIndex::search_with`] also takes a filter and tells how the hits were found.
    fn search(&self, query: &[f32], params: &SearchParams) -> Result<Vec<Hit>, SearchError> {
        Ok(self.search_with(query, params, None)?.0)
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
