//! Approximate search: a graph of near neighbours, walked greedily.
//!
//! Every row is linked to some of the rows nearest to it. A search starts anywhere, keeps moving to linked rows that
//! are nearer to the query, and ends among the nearest ones. A few layers of ever fewer rows on top give it a good
//! place to start: hierarchical navigable small worlds, Malkov and Yashunin (2018).
//!
//! | file            | what is in it                                                    |
//! |-----------------|------------------------------------------------------------------|
//! | `params.rs`     | the two numbers that shape a graph                               |
//! | `distance.rs`   | how a row stands in the graph: by its id, not by a copy of it    |
//! | `build.rs`      | linking all rows, in parallel                                    |
//! | `reach.rs`      | the rows that no path leads to                                   |
//! | `dump.rs`       | the graph's two files, written and read back                     |
//! | `dump_check.rs` | walks those files before they are read, since reading trusts them |
//!
//! The graph itself is the `hnsw_rs` crate's, which no code outside this folder sees. Three things are added to it:
//! candidates are scored again and put into the one order of [`Hit`], so ties go to the lower id; rows that the graph
//! cannot reach are scored with every query; and whatever the graph cannot answer well is left to the exact scan.
//!
//! Cost at [`DEFAULT_EF`]: about `ef · m` inner products a query; about 2.5 KB of memory per row next to the rows.

mod build;
mod clusters;
mod distance;
mod dump;
mod dump_check;
#[cfg_attr(not(test), expect(dead_code, reason = "the index does not build this way yet"))]
mod graph;
mod levels;
#[cfg_attr(not(test), expect(dead_code, reason = "the index does not build this way yet"))]
mod link;
mod neighbours;
#[cfg_attr(not(test), expect(dead_code, reason = "the index does not build this way yet"))]
mod order;
mod params;
mod reach;
mod repair;
#[cfg(test)]
mod sample;
mod select;

use std::fmt;

use hnsw_rs::hnsw::Hnsw;

use crate::flat::FlatIndex;
use crate::hit::{Hit, RowId, TopK};
use crate::vectors::Vectors;
use crate::{Index, SearchError, query};
use distance::RowDistance;

pub use build::BuildError;
pub(crate) use dump::{DATA_FILE, DumpError, GRAPH_FILE};
pub use params::{HnswParams, ParamsError};

/// The `ef` to search with unless told otherwise.
///
/// At `m` 16 and `ef_construction` 200 on 19,500 embedded paper abstracts, recall of the ten best is 0.982 at 32, 0.995
/// at 64 and 0.9998 at 128. Half would do for queries that look like the rows; questions in plain words do not.
pub const DEFAULT_EF: usize = 128;

type Graph = Hnsw<'static, f32, RowDistance>;

/// Finds neighbours by walking a graph.
///
/// One graph gives the same answer to the same query every time, and a saved graph answers as it did before. Two
/// builds over the same rows give the same graph only on one thread, see [`build`](Self::build).
pub struct HnswIndex {
    exact: FlatIndex,
    params: HnswParams,
    /// None if there are no rows: a graph without a point can be neither written nor read.
    graph: Option<Graph>,
    /// Rows that no path leads to, in ascending order.
    unreached: Vec<RowId>,
}

impl HnswIndex {
    /// Links all rows, on the threads of the current rayon pool.
    ///
    /// `progress` is told how many rows are linked so far, and `cancelled` is asked before each row; both are called
    /// from several threads at once, so two numbers may arrive out of order.
    ///
    /// On one thread, rows are linked in order and the same rows give the same graph. On several, links depend on which
    /// row came first: recall stays the same within noise, single hits far down a list may differ between builds.
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
        let graph = build::link(&vectors, params, progress, cancelled)?;
        let unreached = graph.as_ref().map_or_else(Vec::new, |graph| reach::unreached(graph, vectors.len()));
        Ok(Self { exact: FlatIndex::new(vectors), params: *params, graph, unreached })
    }

    /// How the graph was built.
    #[must_use]
    pub fn params(&self) -> &HnswParams {
        &self.params
    }

    /// The rows that are searched.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        self.exact.vectors()
    }

    /// The rows that no path in the graph leads to, in ascending order. They are found all the same, because every
    /// search scores them; many of them mean many identical rows, and make searches slower.
    #[must_use]
    pub fn unreached(&self) -> &[RowId] {
        &self.unreached
    }
}

impl Index for HnswIndex {
    fn len(&self) -> usize {
        self.exact.len()
    }

    fn dim(&self) -> usize {
        self.exact.dim()
    }

    fn name(&self) -> &'static str {
        "hnsw"
    }

    /// See [`Index::search`]. Three cases are answered by the exact scan instead of the graph: a beam as wide as the
    /// index, for which the graph would visit every row anyway; a query of zeros, which has no direction to walk in;
    /// and a walk that met fewer rows than were asked for.
    fn search(&self, query: &[f32], k: usize, ef: usize) -> Result<Vec<Hit>, SearchError> {
        query::check(query, self.dim())?;
        let wanted = k.min(self.len());
        let beam = ef.max(wanted);
        let no_direction = query.iter().all(|x| *x == 0.0);
        match &self.graph {
            Some(graph) if wanted > 0 && beam < self.len() && !no_direction => {
                let hits = self.best(wanted, query, self.candidates(graph, query, beam));
                if hits.len() == wanted { Ok(hits) } else { self.exact.search(query, k, ef) }
            }
            _ => self.exact.search(query, k, ef),
        }
    }
}

impl HnswIndex {
    /// The rows a walk meets, each once, and those no walk can meet.
    ///
    /// All `beam` rows that the walk kept are wanted, not the first `k` of them: the library breaks ties by chance.
    fn candidates(&self, graph: &Graph, query: &[f32], beam: usize) -> Vec<RowId> {
        let met = graph.search(&distance::query(query), beam, beam);
        let mut ids: Vec<RowId> =
            met.iter().map(|neighbour| RowId(neighbour.d_id as u32)).chain(self.unreached.iter().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn best(&self, k: usize, query: &[f32], candidates: Vec<RowId>) -> Vec<Hit> {
        let mut top = TopK::new(k);
        for id in candidates {
            top.offer(Hit { id, score: self.exact.score(id, query) });
        }
        top.into_hits()
    }
}

impl fmt::Debug for HnswIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HnswIndex")
            .field("len", &self.len())
            .field("dim", &self.dim())
            .field("params", &self.params)
            .field("unreached", &self.unreached.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use semsearch_vector::Matrix;

    fn build(data: &[f32], dim: usize) -> HnswIndex {
        let vectors = Vectors::new(Matrix::from_vec(data.to_vec(), dim).unwrap()).unwrap();
        HnswIndex::build(vectors, &HnswParams::default(), &|_| {}, &|| false).unwrap()
    }

    fn ids(hits: &[Hit]) -> Vec<u32> {
        hits.iter().map(|hit| hit.id.0).collect()
    }

    /// `n` rows spread around a half circle, so that neighbours are known.
    fn half_circle(n: usize) -> Vec<f32> {
        (0..n).flat_map(|i| <[f32; 2]>::from((std::f32::consts::PI * i as f32 / n as f32).sin_cos())).collect()
    }

    #[test]
    fn no_rows_give_no_hits() {
        assert_eq!(build(&[], 3).search(&[1.0, 0.0, 0.0], 5, 50).unwrap(), []);
    }

    #[test]
    fn one_row_and_two_rows_are_all_found() {
        assert_eq!(ids(&build(&[0.0, 1.0], 2).search(&[1.0, 0.0], 5, 1).unwrap()), [0]);
        assert_eq!(ids(&build(&[0.0, 1.0, 1.0, 0.0], 2).search(&[1.0, 0.0], 5, 1).unwrap()), [1, 0]);
    }

    #[test]
    fn as_many_hits_come_back_as_were_asked_for_even_if_all_rows_are_the_same() {
        let index = build(&[0.6, 0.8].repeat(300), 2);
        for k in [1, 10, 150, 299, 300, 301] {
            let hits = index.search(&[0.6, 0.8], k, 1).unwrap();
            assert_eq!(hits.len(), k.min(300));
            assert!(hits.windows(2).all(|pair| pair[0].id < pair[1].id), "ties go to the lower id");
        }
    }

    #[test]
    fn the_walk_finds_what_the_scan_finds() {
        let index = build(&half_circle(500), 2);
        let query = [0.3, 0.7];
        let exact = index.exact.search(&query, 10, 0).unwrap();
        assert_eq!(index.search(&query, 10, 40).unwrap(), exact);
        assert_eq!(index.search(&query, 10, usize::MAX).unwrap(), exact, "a beam wider than the index is a scan");
    }

    #[test]
    fn the_length_of_a_query_scales_scores_and_leaves_the_order() {
        let index = build(&half_circle(500), 2);
        let near = index.search(&[0.6, 0.8], 5, 40).unwrap();
        let far = index.search(&[6e6, 8e6], 5, 40).unwrap();
        assert_eq!(ids(&near), ids(&far));
    }

    #[test]
    fn a_query_of_zeros_scores_everything_alike() {
        assert_eq!(ids(&build(&half_circle(500), 2).search(&[0.0, 0.0], 3, 10).unwrap()), [0, 1, 2]);
    }

    #[test]
    fn one_dimension_has_two_directions() {
        let index = build(&[1.0, -1.0].repeat(100), 1);
        let hits = index.search(&[-2.0], 10, 20).unwrap();
        assert!(hits.iter().all(|hit| hit.id.0 % 2 == 1 && hit.score == 2.0), "{hits:?}");
    }

    #[test]
    fn a_query_that_no_index_could_answer_is_refused() {
        let index = build(&half_circle(500), 2);
        assert_eq!(index.search(&[1.0], 3, 10), Err(SearchError::Dimension { expected: 2, found: 1 }));
        assert!(matches!(index.search(&[f32::NAN, 0.0], 3, 10), Err(SearchError::NotFinite { place: 0, .. })));
    }

    #[test]
    fn no_hits_wanted_gives_none() {
        assert_eq!(build(&half_circle(500), 2).search(&[1.0, 0.0], 0, 10).unwrap(), []);
    }
}
