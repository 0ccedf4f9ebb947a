//! More rows into a graph that is there.
//!
//! A bulk build compares every row with every other, which a living collection cannot do again for each paper that is
//! added. Here a new row looks for its neighbours by walking the graph, as in Algorithm 1 of Malkov and Yashunin (2018),
//! and is linked to them and they to it. New rows come in batches, so that all threads work and the result is still the
//! same on any number of them (the batches of ParlayANN, Manohar et al., 2024):
//!
//! 1. every row of the batch walks the graph as it was before the batch, down the levels and then with a beam of
//!    `ef_construction`; the graph is only read;
//! 2. the rows of the batch are compared with each other, all with all, in a matrix product;
//! 3. of the best candidates of both kinds, those that lie in different directions become links (`select.rs`);
//! 4. every row that was linked to is linked back. The new links are sorted by the row they start from, so each list is
//!    written once, from the same numbers in the same order whichever thread that is.
//!
//! Because of step 2 a batch need not be small against the graph: into an empty graph, the first batch is a bulk build.
//! While the graph grows, lists have room for half as many links again. They are cut back when that is full and at the
//! end, which is an idea of DiskANN (Subramanya et al., 2019) and saves most cuts; they would cost more than the walks.
//!
//! The levels above grow likewise. A row's number decides which it joins (`levels.rs`): those whose members drew greater
//! numbers than it. When there are rows enough for one more level, all are made anew in bulk. At the end `repair.rs` sees
//! to it that a path leads to every row of every layer.
//!
//! A row that is deleted stays in the graph: walks pass through it, and searches leave it out by a filter.

use std::ops::Range;

use rayon::prelude::*;
use semsearch_vector::{Packed, dot, simd};

use super::graph::{Graph, Level, NONE, present};
use super::levels::{self, draw};
use super::repair::{self, Links};
use super::select::{self, Candidate};
use super::walk::{Ground, Tracks, walk};
use super::{BuildError, HnswParams, link};
use crate::hit::RowId;
use crate::vectors::Vectors;

/// Rows that are linked in one go. Larger batches share more cuts and compare more pairs.
const BATCH: usize = 4096;
/// Rows of a batch that are compared with the whole batch in one product.
const BLOCK: usize = 16;
/// The beam on levels that a row passes on its way down, where it only looks for a place to begin.
const PASSING_BEAM: usize = 8;

/// Links the rows from `old` on into `graph`, which has those before.
///
/// The same graph and rows give the same result on any number of threads. `progress` is told how many rows are linked so
/// far, the old ones included; `cancelled` is asked before each batch.
///
/// Cost: a walk a row, its share of the cuts, and at the end one visit of every link of the graph.
///
/// # Errors
/// If a parameter is out of range, or the insertion was cancelled.
pub(crate) fn insert(
    graph: Graph,
    vectors: &Vectors,
    old: usize,
    params: &HnswParams,
    progress: &(dyn Fn(usize) + Sync),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Graph, BuildError> {
    params.check()?;
    let rows = vectors.len();
    let mut growing = Growing::new(graph, vectors, params);
    assert_eq!(growing.lowest.len(), old, "a graph over the rows that are not new");
    for first in (old..rows).step_by(BATCH) {
        let batch = first..(first + BATCH).min(rows);
        let linked = batch.end;
        if cancelled() || !growing.add(batch, cancelled) {
            return Err(BuildError::Cancelled { linked: first, rows });
        }
        progress(linked);
    }
    Ok(growing.finish())
}

/// A candidate list, best first.
type Candidates = Vec<Candidate>;

/// A graph with room in its lists.
struct Growing<'a> {
    vectors: &'a Vectors,
    params: &'a HnswParams,
    lowest: Layer,
    /// Those with links, level 1 first.
    levels: Vec<Layer>,
    /// The members of the top level, ascending: the rows that drew the lowest numbers.
    top: Vec<u32>,
}

impl<'a> Growing<'a> {
    fn new(graph: Graph, vectors: &'a Vectors, params: &'a HnswParams) -> Self {
        let lowest = Layer::new(None, graph.degree, &graph.links);
        let mut growing = Self { vectors, params, lowest, levels: Vec::new(), top: Vec::new() };
        growing.set_levels(graph.levels);
        growing
    }

    fn set_levels(&mut self, mut levels: Vec<Level>) {
        self.top = levels.pop().map_or_else(Vec::new, |top| top.rows);
        let layer = |level: Level| Layer::new(Some(level.rows), level.degree, &level.links);
        self.levels = levels.into_iter().map(layer).collect();
    }

    /// Links the rows of a batch. Says whether to go on.
    fn add(&mut self, batch: Range<usize>, cancelled: &(dyn Fn() -> bool + Sync)) -> bool {
        let (vectors, params) = (self.vectors, self.params);
        let new: Vec<u32> = (batch.start as u32..batch.end as u32).collect();
        let reach: Vec<Option<u64>> = self.levels.iter().map(|level| level.reach(params.seed)).collect();
        let mut found: Vec<Vec<Candidates>> =
            new.par_iter().map_init(Tracks::default, |tracks, row| self.candidates(*row, &reach, tracks)).collect();
        let mut joining = |layer: usize| -> (Vec<u32>, Vec<Candidates>) {
            let found = new.iter().zip(&mut found).filter(|(_, found)| found.len() > layer);
            found.map(|(row, found)| (*row, std::mem::take(&mut found[layer]))).unzip()
        };
        let (rows, candidates) = joining(0);
        self.lowest.link(&rows, candidates, vectors, params);
        if levels::sizes(batch.end, params.m).len() > self.levels.len() + 1 {
            let Some(levels) = link::levels(vectors, batch.end, params, &|_| !cancelled()) else { return false };
            self.set_levels(levels);
            return true;
        }
        for (number, level) in (1..).zip(&mut self.levels) {
            let (rows, candidates) = joining(number);
            level.link(&rows, candidates, vectors, params);
        }
        self.top.extend(new);
        self.top.sort_unstable_by_key(|row| draw(params.seed, *row));
        self.top.truncate(crate::limits::MAX_ENTRIES);
        self.top.sort_unstable();
        true
    }

    /// The rows near a new one: on the lowest layer, and on each level that it joins.
    fn candidates(&self, row: u32, reach: &[Option<u64>], tracks: &mut Tracks) -> Vec<Candidates> {
        let drawn = draw(self.params.seed, row);
        let joined = 1 + reach.iter().take_while(|reach| **reach > Some(drawn)).count();
        let mut found = vec![Vec::new(); joined];
        let beam = |layer| if layer < joined { self.params.ef_construction } else { PASSING_BEAM };
        self.descend(self.vectors.plain(RowId(row)), tracks, beam, |layer, near| {
            if let Some(found) = found.get_mut(layer) {
                *found = near;
            }
        });
        found
    }

    /// Walks from the top down to the lowest layer, 0, with a beam for each, and tells what was near on each.
    fn descend(
        &self,
        query: &[f32],
        tracks: &mut Tracks,
        beam: impl Fn(usize) -> usize,
        mut near: impl FnMut(usize, Candidates),
    ) {
        let score = |id: u32| (ordered(dot(query, self.vectors.plain(RowId(id)))), id);
        let mut entries: Vec<(i32, u32)> = self.top.iter().map(|&id| score(id)).collect();
        entries.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        entries.truncate(PASSING_BEAM);
        for layer in (0..=self.levels.len()).rev() {
            let links = if layer == 0 { &self.lowest } else { &self.levels[layer - 1] };
            let place = Place { layer: links, vectors: self.vectors, rows: self.lowest.len(), query };
            let Ok(_) = walk(&place, entries, beam(layer), tracks, |_, _| {});
            entries = tracks.pool.scored().collect();
            near(layer, entries.iter().map(|(score, id)| Candidate { score: number(*score), id: *id }).collect());
        }
    }

    fn finish(self) -> Graph {
        let finish = |layer: Layer| layer.finish(self.vectors, self.params.alpha);
        let mut levels: Vec<Level> = self.levels.into_iter().map(finish).collect();
        if !self.top.is_empty() {
            levels.push(Level { degree: 0, rows: self.top, links: Vec::new() });
        }
        let lowest = finish(self.lowest);
        Graph { degree: lowest.degree, links: lowest.links, levels }
    }
}

/// One layer of a graph that grows.
struct Layer {
    /// The rows of a level, ascending; none on the lowest layer, where every row is a member.
    rows: Option<Vec<u32>>,
    /// The links that a list has in the end.
    degree: usize,
    /// The links that it can have until then.
    room: usize,
    /// `room` places a member, those without a link last.
    links: Vec<u32>,
}

impl Layer {
    fn new(rows: Option<Vec<u32>>, degree: usize, narrow: &[u32]) -> Self {
        let room = degree + degree / 2;
        let mut links = vec![NONE; narrow.len() / degree * room];
        for (list, narrow) in links.chunks_exact_mut(room).zip(narrow.chunks_exact(degree)) {
            list[..degree].copy_from_slice(narrow);
        }
        Self { rows, degree, room, links }
    }

    fn len(&self) -> usize {
        self.links.len() / self.room
    }

    fn row(&self, place: usize) -> u32 {
        self.rows.as_ref().map_or(place as u32, |rows| rows[place])
    }

    fn place(&self, row: u32) -> usize {
        match &self.rows {
            Some(rows) => rows.binary_search(&row).expect("links of a level lead to its members"),
            None => row as usize,
        }
    }

    fn list(&self, place: usize) -> &[u32] {
        present(&self.links[place * self.room..][..self.room])
    }

    /// The greatest number that a member drew.
    fn reach(&self, seed: u64) -> Option<u64> {
        self.rows.iter().flatten().map(|row| draw(seed, *row)).max()
    }

    /// Makes rows members, which are greater than all that are; each has links chosen from those near it and from the
    /// other new ones.
    fn link(&mut self, new: &[u32], mut near: Vec<Candidates>, vectors: &Vectors, params: &HnswParams) {
        among(new, &mut near, vectors, params.ef_construction);
        let chosen: Vec<Candidates> =
            near.into_par_iter().map(|near| pick(vectors, &near, self.degree, params.alpha)).collect();
        if let Some(rows) = &mut self.rows {
            rows.extend_from_slice(new);
        }
        let first = self.links.len();
        self.links.resize(first + new.len() * self.room, NONE);
        for (list, chosen) in self.links[first..].chunks_exact_mut(self.room).zip(&chosen) {
            list.iter_mut().zip(chosen).for_each(|(link, candidate)| *link = candidate.id);
        }
        self.link_back(new, &chosen, vectors, params.alpha);
    }

    /// Links new rows from those they chose.
    fn link_back(&mut self, new: &[u32], chosen: &[Candidates], vectors: &Vectors, alpha: f32) {
        let offer = |(&row, chosen): (&u32, &Candidates)| -> Vec<(u32, Candidate)> {
            chosen.iter().map(|to| (to.id, Candidate { score: to.score, id: row })).collect()
        };
        let mut offers: Vec<(u32, Candidate)> = new.iter().zip(chosen).flat_map(offer).collect();
        offers.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.best_first(&b.1)));
        let offers: Vec<&[(u32, Candidate)]> = offers.chunk_by(|a, b| a.0 == b.0).collect();
        let lists: Vec<(usize, Vec<u32>)> = offers
            .par_iter()
            .map(|offers| {
                let place = self.place(offers[0].0);
                let list = self.list(place);
                let new = offers.iter().map(|offer| offer.1).filter(|offer| !list.contains(&offer.id));
                if list.len() + new.clone().count() <= self.room {
                    return (place, list.iter().copied().chain(new.map(|new| new.id)).collect());
                }
                (place, self.cut(place, new.collect(), vectors, alpha))
            })
            .collect();
        for (place, new) in lists {
            let list = &mut self.links[place * self.room..][..self.room];
            list.fill(NONE);
            list[..new.len()].copy_from_slice(&new);
        }
    }

    /// The links that a member keeps, of those it has and those it is offered.
    fn cut(&self, place: usize, offers: Candidates, vectors: &Vectors, alpha: f32) -> Vec<u32> {
        let query = vectors.plain(RowId(self.row(place)));
        let mut candidates = offers;
        let score = |id: u32| dot(query, vectors.plain(RowId(id)));
        candidates.extend(self.list(place).iter().map(|&id| Candidate { score: score(id), id }));
        candidates.sort_unstable_by(Candidate::best_first);
        pick(vectors, &candidates, self.degree, alpha).iter().map(|kept| kept.id).collect()
    }

    /// Cuts all lists back, and gives every member a path from every other.
    fn finish(self, vectors: &Vectors, alpha: f32) -> Level {
        let degree = self.degree;
        let mut links = vec![NONE; self.len() * degree];
        // The repair numbers members by their places.
        links.par_chunks_exact_mut(degree).enumerate().for_each(|(place, links)| {
            let mut list = self.list(place).to_vec();
            if list.len() > degree {
                list = self.cut(place, Vec::new(), vectors, alpha);
            }
            links.iter_mut().zip(list).for_each(|(link, row)| *link = self.place(row) as u32);
        });
        repair::connect(&mut Links { links: &mut links, degree });
        links.iter_mut().filter(|link| **link != NONE).for_each(|link| *link = self.row(*link as usize));
        Level { degree, rows: self.rows.unwrap_or_default(), links }
    }
}

/// Adds the nearest of the other new rows to those near each already, and keeps the `most` best.
fn among(new: &[u32], near: &mut [Candidates], vectors: &Vectors, most: usize) {
    let (dim, rows) = (vectors.dim(), new.len());
    let numbers: Vec<f32> = new.iter().flat_map(|row| vectors.plain(RowId(*row))).copied().collect();
    let packed = Packed::linear(&numbers, &vec![0.0; rows], dim);
    near.par_chunks_mut(BLOCK).zip(numbers.par_chunks(BLOCK * dim)).enumerate().for_each_init(
        || vec![0.0; BLOCK * rows],
        |scores, (block, (near, queries))| {
            simd::best().matmul(queries, dim, near.len(), &packed, scores, rows);
            for (own, (near, scores)) in (block * BLOCK..).zip(near.iter_mut().zip(scores.chunks_exact(rows))) {
                let floor = if near.len() < most { f32::NEG_INFINITY } else { near[most - 1].score };
                let others = scores.iter().zip(new).filter(|(score, row)| **score >= floor && **row != new[own]);
                near.extend(others.map(|(&score, &id)| Candidate { score, id }));
                near.sort_unstable_by(Candidate::best_first);
                near.truncate(most);
            }
        },
    );
}

fn pick(vectors: &Vectors, candidates: &[Candidate], degree: usize, alpha: f32) -> Candidates {
    let (dim, n) = (vectors.dim(), candidates.len());
    let numbers: Vec<f32> =
        candidates.iter().flat_map(|candidate| vectors.plain(RowId(candidate.id))).copied().collect();
    let mut scores = vec![0.0; n * n];
    simd::best().matmul(&numbers, dim, n, &Packed::linear(&numbers, &vec![0.0; n], dim), &mut scores, n);
    let picked = select::diverse(candidates, degree, alpha, &scores);
    picked.into_iter().map(|place| candidates[place]).collect()
}

/// A layer to walk on, and the row that is on its way.
struct Place<'a> {
    layer: &'a Layer,
    vectors: &'a Vectors,
    /// Rows of the lowest layer.
    rows: usize,
    query: &'a [f32],
}

impl Ground for Place<'_> {
    type Error = std::convert::Infallible;

    fn len(&self) -> usize {
        self.rows
    }

    fn links(&self, row: u32) -> Result<&[u32], Self::Error> {
        Ok(self.layer.list(self.layer.place(row)))
    }

    fn score(&self, rows: &[u32], scores: &mut [i32]) -> Result<(), Self::Error> {
        for (&row, score) in rows.iter().zip(scores) {
            *score = ordered(dot(self.query, self.vectors.plain(RowId(row))));
        }
        Ok(())
    }
}

/// A whole number that is ordered as scores are: the bits, turned around below zero.
fn ordered(score: f32) -> i32 {
    let bits = score.to_bits() as i32;
    bits ^ ((bits >> 31) as u32 >> 1) as i32
}

/// The score that a number from [`ordered`] stands for.
fn number(ordered: i32) -> f32 {
    f32::from_bits((ordered ^ ((ordered >> 31) as u32 >> 1) as i32) as u32)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use semsearch_vector::{CodeBits, Matrix};

    use super::*;
    use crate::hnsw::sample;

    const PARAMS: HnswParams = HnswParams { m: 16, ef_construction: 64, alpha: 1.2, seed: 7, codes: CodeBits::Four };

    fn first(vectors: &Vectors, rows: usize) -> Vectors {
        part(vectors, 0..rows)
    }

    fn part(vectors: &Vectors, rows: Range<usize>) -> Vectors {
        let dim = vectors.dim();
        let numbers = vectors.as_slice()[rows.start * dim..rows.end * dim].to_vec();
        Vectors::new(Matrix::from_vec(numbers, dim).unwrap()).unwrap()
    }

    /// The rows of one and then those of the other.
    fn both(a: &Vectors, b: &Vectors) -> Vectors {
        Vectors::new(Matrix::from_vec([a.as_slice(), b.as_slice()].concat(), a.dim()).unwrap()).unwrap()
    }

    fn bulk(vectors: &Vectors) -> Graph {
        link::link(vectors, &PARAMS, &|_| {}, &|| false).unwrap()
    }

    /// A graph in bulk over the first of `cuts`, with the rows up to each further one inserted after another.
    fn grown(rows: &Vectors, cuts: impl IntoIterator<Item = usize>) -> Graph {
        let mut cuts = cuts.into_iter();
        let mut old = cuts.next().unwrap();
        let mut graph = bulk(&first(rows, old));
        for cut in cuts {
            graph = insert(graph, &first(rows, cut), old, &PARAMS, &|_| {}, &|| false).unwrap();
            assert_eq!(graph.check(cut), Ok(()));
            old = cut;
        }
        graph
    }

    /// How many of the ten best rows walks with a beam of `ef` find, in full precision.
    fn recall(graph: &Graph, vectors: &Vectors, queries: &Vectors, ef: usize) -> f64 {
        let growing = Growing::new(graph.clone(), vectors, &PARAMS);
        let (mut found, mut tracks) = (0, Tracks::default());
        for query in (0..queries.len() as u32).map(|id| queries.plain(RowId(id))) {
            let mut exact: Vec<Candidate> = (0..vectors.len() as u32)
                .map(|id| Candidate { score: dot(query, vectors.plain(RowId(id))), id })
                .collect();
            exact.sort_unstable_by(Candidate::best_first);
            let best: HashSet<u32> = exact[..10].iter().map(|best| best.id).collect();
            let beam = |layer| if layer == 0 { ef } else { PASSING_BEAM };
            growing.descend(query, &mut tracks, beam, |layer, near| {
                if layer == 0 {
                    found += near[..10].iter().filter(|near| best.contains(&near.id)).count();
                }
            });
        }
        found as f64 / (10 * queries.len()) as f64
    }

    /// Recall at two beams: one so narrow that a poor graph shows, and one as wide as a search would choose.
    fn loses_at_most_a_point(vectors: &Vectors, queries: &Vectors, graph: &Graph) {
        let all = bulk(vectors);
        for ef in [10, 64] {
            let (bulk, grown) = (recall(&all, vectors, queries, ef), recall(graph, vectors, queries, ef));
            assert!(bulk < 0.99 || ef > 10, "otherwise this compares nothing");
            assert!(grown >= bulk - 0.01, "recall@10 at {ef}: {bulk} in bulk, {grown} after insertion");
        }
    }

    fn rows_and_queries(rows: usize) -> (Vectors, Vectors) {
        let all = sample::spread(rows + 300, 64, 20, 0.7, 5);
        (first(&all, rows), part(&all, rows..rows + 300))
    }

    #[test]
    fn three_tenths_inserted_lose_at_most_a_point_of_recall() {
        let (rows, queries) = rows_and_queries(5000);
        loses_at_most_a_point(&rows, &queries, &grown(&rows, [3500, 5000]));
    }

    #[test]
    fn ten_small_insertions_lose_at_most_a_point_of_recall() {
        let (rows, queries) = rows_and_queries(5000);
        loses_at_most_a_point(&rows, &queries, &grown(&rows, (3500..=5000).step_by(150)));
    }

    #[test]
    fn rows_inserted_into_nothing_lose_at_most_a_point_of_recall() {
        // Two batches, the second of which makes a level with links.
        let (rows, queries) = rows_and_queries(8500);
        let graph = grown(&rows, [0, 8500]);
        assert_eq!(graph.levels.len(), 2);
        loses_at_most_a_point(&rows, &queries, &graph);
    }

    #[test]
    fn rows_inserted_one_by_one_are_found() {
        let (rows, queries) = rows_and_queries(1000);
        let graph = grown(&rows, 0..=1000);
        let found = recall(&graph, &rows, &queries, 10);
        assert!(found >= 0.99, "recall@10 {found}");
    }

    #[test]
    fn a_level_grows_with_the_rows() {
        let (rows, queries) = rows_and_queries(10_000);
        let graph = grown(&rows, [8300, 9000, 10_000]);
        let members = levels::members(10_000, PARAMS.m, PARAMS.seed);
        assert_eq!(graph.entries(), members[1], "the top level has the rows that drew the lowest numbers");
        let (found, expected) = (graph.levels[0].rows.len(), members[0].len());
        assert!(found.abs_diff(expected) < expected / 8, "{found} members, {expected} in bulk");
        assert!(*graph.levels[0].rows.last().unwrap() > 9000);
        loses_at_most_a_point(&rows, &queries, &graph);
    }

    #[test]
    fn rows_on_a_subject_that_is_new_to_the_graph_are_found() {
        // All that is inserted lies in a corner of its own, and so do the queries.
        let (old, new) = (sample::spread(4000, 64, 20, 0.7, 5), sample::spread(500, 64, 1, 0.7, 99));
        let rows = both(&old, &first(&new, 200));
        let graph = grown(&rows, [4000, 4200]);
        let found = recall(&graph, &rows, &part(&new, 200..500), 64);
        assert!(found >= 0.95, "recall@10 {found}");
    }

    #[test]
    fn the_number_of_threads_does_not_show() {
        let (rows, _) = rows_and_queries(9000);
        let graphs = [1, 2, 4].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| grown(&rows, [3000, 9000]))
        });
        assert!(graphs[0] == graphs[1] && graphs[0] == graphs[2]);
    }

    #[test]
    fn equal_rows_and_rows_of_zeros_stay_within_reach() {
        let rows = both(&both(&sample::clustered(300, 8, 3, 5), &sample::equal(300, 8)), &sample::zeros(200, 8));
        // `grown` checks that a path leads from every row to every other.
        grown(&rows, [0, 800]);
        grown(&rows, [350, 500, 501, 700, 800]);
        grown(&sample::zeros(700, 3), [0, 1, 2, 300, 700]);
    }

    #[test]
    fn nothing_inserted_leaves_the_graph_as_it_is() {
        for rows in [0, 1, 700] {
            let vectors = sample::clustered(rows, 8, 3, 5);
            let graph = bulk(&vectors);
            assert_eq!(insert(graph.clone(), &vectors, rows, &PARAMS, &|_| {}, &|| false).unwrap(), graph);
        }
    }

    #[test]
    fn an_insertion_tells_how_far_it_is_and_stops_when_it_is_told_to() {
        let all = sample::clustered(6000, 8, 3, 5);
        let old = bulk(&first(&all, 100));
        let told = std::sync::Mutex::new(Vec::new());
        insert(old.clone(), &all, 100, &PARAMS, &|linked| told.lock().unwrap().push(linked), &|| false).unwrap();
        assert_eq!(*told.lock().unwrap(), [100 + BATCH, 6000]);
        let stopped = insert(old, &all, 100, &PARAMS, &|_| {}, &|| true);
        assert_eq!(stopped, Err(BuildError::Cancelled { linked: 100, rows: 6000 }));
    }
}
