//! The nearest neighbours of every row, exactly: every row meets every other.
//!
//! Rows have their mean taken off and are rounded to bytes ([`SignedRows`]), so that a pair costs three or four cycles
//! of a core in the eight-bit product. Rows are cut into blocks; a pair of blocks is one product, offered to the rows of
//! both, so each pair of rows is scored once.
//!
//! ```text
//! x·y = (x − mean)·(y − mean) + x·mean + y·mean − mean²      the product of bytes, and a number for each of the rows
//! ```
//!
//! Nearly all scores of a row are below that of the worst neighbour it has by then. Scores are compared with it sixteen at
//! a time, and only those that reach it are looked at one by one.
//!
//! A row's neighbours are the best by one total order (score, then the lower id), whatever the order in which they are
//! offered; so the result does not depend on the number of threads.
//!
//! Cost: n²/2 products. For 59,000 rows of 384 numbers, 1.7 thousand million of them, 4.3 CPU-seconds with AVX-512 VNNI
//! on a busy machine, of which the products take 2.6. Rounding to bytes loses six in a thousand of the true 64
//! neighbours.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use semsearch_vector::simd::{self, offer_above, offer_above_each};
use semsearch_vector::{PackedInt8, QuantisedRows, SignedRows};

use crate::layout::NONE;
use crate::vectors::Vectors;

/// Rows that can be scored against each other in bytes.
pub(super) struct Rounded {
    pub(super) rows: SignedRows,
    /// The term that a row adds to each of its scores: its product with the mean, less half the mean's square.
    pub(super) offsets: Vec<f32>,
}

/// Neighbours of every row, best first.
pub(super) struct Neighbours {
    /// Places for neighbours that a row has.
    pub(super) k: usize,
    /// `k` a row, [`NONE`] where there are fewer.
    pub(super) ids: Vec<u32>,
    /// Inner products of the rows, to the precision of bytes.
    pub(super) scores: Vec<f32>,
}

impl Neighbours {
    /// The neighbours of `row`, best first, with their scores.
    pub(super) fn of(&self, row: usize) -> impl Iterator<Item = (f32, u32)> {
        let places = row * self.k..(row + 1) * self.k;
        self.scores[places.clone()]
            .iter()
            .copied()
            .zip(self.ids[places].iter().copied())
            .take_while(|(_, id)| *id != NONE)
    }
}

impl Rounded {
    pub(super) fn new(vectors: &Vectors) -> Self {
        let (dim, numbers) = (vectors.dim(), vectors.as_slice());
        let mean = mean(numbers, dim);
        let half_square = simd::best().dot(&mean, &mean) / 2.0;
        let parts: Vec<(SignedRows, Vec<f32>)> = numbers
            .par_chunks(dim * 1024)
            .map(|part| {
                let (mut rows, mut centred) = (SignedRows::new(dim), vec![0.0; dim]);
                let offset = |row: &[f32]| {
                    centred.iter_mut().zip(row).zip(&mean).for_each(|((out, x), mean)| *out = x - mean);
                    rows.push(&centred);
                    simd::best().dot(row, &mean) - half_square
                };
                let offsets = part.chunks_exact(dim).map(offset).collect();
                (rows, offsets)
            })
            .collect();
        let mut all = Rounded { rows: SignedRows::new(dim), offsets: Vec::with_capacity(vectors.len()) };
        for (rows, offsets) in parts {
            all.rows.append(&rows);
            all.offsets.extend(offsets);
        }
        all
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }
}

/// The mean of all rows, added up in the same order whatever the number of threads.
fn mean(numbers: &[f32], dim: usize) -> Vec<f32> {
    let sums: Vec<Vec<f64>> = numbers
        .par_chunks(dim * 4096)
        .map(|part| {
            let mut sum = vec![0.0; dim];
            for row in part.chunks_exact(dim) {
                sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
            }
            sum
        })
        .collect();
    let rows = (numbers.len() / dim).max(1) as f64;
    (0..dim).map(|place| (sums.iter().map(|sum| sum[place]).sum::<f64>() / rows) as f32).collect()
}

/// Rows of a block. A product of two blocks is then a megabyte, which stays in the cache while it is offered.
pub(super) const BLOCK: usize = 512;
/// Numbers from one row of a product to the next. Rows a power of two apart would share a few sets of the cache.
const STRIDE: usize = BLOCK + LANES;
/// Scores compared at a time.
const LANES: usize = 16;

/// The `k` nearest neighbours of every row. `done` is called after each share of the work, with its size (1 is all of it),
/// and returns whether to go on; `None` if it returned false.
pub(super) fn exact(rounded: &Rounded, k: usize, done: &(dyn Fn(f64) -> bool + Sync)) -> Option<Neighbours> {
    let rows = rounded.len();
    let blocks: Vec<Block> = (0..rows)
        .step_by(BLOCK)
        .collect::<Vec<_>>()
        .into_par_iter()
        .map(|first| Block::new(rounded, first, first..(first + BLOCK).min(rows), k))
        .collect();
    let pairs = pairs(blocks.len());
    let share = 1.0 / pairs.len().max(1) as f64;
    let all = pairs.par_iter().map_init(Default::default, |space, &(a, b)| {
        meet(&blocks[a], &blocks[b], space);
        done(share)
    });
    if !all.reduce(|| true, |a, b| a & b) {
        return None;
    }
    let (mut ids, mut scores) = (vec![NONE; rows * k], vec![0.0; rows * k]);
    if k > 0 {
        (ids.par_chunks_mut(BLOCK * k), scores.par_chunks_mut(BLOCK * k), blocks).into_par_iter().for_each(
            |(ids, scores, block)| {
                let mut best = block.best.into_inner().unwrap_or_else(PoisonError::into_inner);
                for (row, (ids, scores)) in ids.chunks_mut(k).zip(scores.chunks_mut(k)).enumerate() {
                    for ((id, score), key) in ids.iter_mut().zip(scores).zip(best.sorted(row)) {
                        (*score, *id) = unkey(*key);
                    }
                }
            },
        );
    }
    Some(Neighbours { k, ids, scores })
}

/// The `k` nearest neighbours of each of `members` (ascending) among the members. `visit` is called for one row after
/// another, with the row and the keys of its neighbours, best first.
pub(super) fn exact_among(rounded: &Rounded, members: &[u32], k: usize, mut visit: impl FnMut(u32, &[u64])) {
    let blocks: Vec<Block> = members
        .chunks(BLOCK)
        .enumerate()
        .map(|(number, part)| Block::new(rounded, number * BLOCK, part.iter().map(|row| *row as usize), k))
        .collect();
    let mut space = Default::default();
    pairs(blocks.len()).into_iter().for_each(|(a, b)| meet(&blocks[a], &blocks[b], &mut space));
    let mut keys = Vec::with_capacity(k);
    for (block, part) in blocks.into_iter().zip(members.chunks(BLOCK)) {
        let mut best = block.best.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (row, member) in part.iter().enumerate() {
            // Members are ascending, so their order in the list is that of their ids, and so is that of equal scores.
            keys.clear();
            keys.extend(best.sorted(row).iter().map(|found| {
                let (score, place) = unkey(*found);
                key(score, members[place as usize])
            }));
            visit(*member, &keys);
        }
    }
}

/// The `k` best of `others` for each of `rows`, at most [`BLOCK`]. `visit` is called for one row after another, with the
/// row and the keys of its neighbours, best first; a key holds a place among `others`. A row may be its own neighbour.
pub(super) fn best_of(rounded: &Rounded, rows: &[u32], others: &[Block], k: usize, mut visit: impl FnMut(u32, &[u64])) {
    let mut left = QuantisedRows::default();
    rounded.rows.left(rows.iter().map(|row| *row as usize), &mut left);
    let mut best = Best::new(rows.len(), k);
    let (mut scores, mut found) = (vec![0.0; rows.len() * STRIDE], Vec::new());
    for other in others {
        simd::best().matmul_int8(&left, &other.right, &mut scores, STRIDE);
        for (place, (row, scores)) in rows.iter().zip(scores.chunks_mut(STRIDE)).enumerate() {
            let scores = &mut scores[..other.offsets.len()];
            best.offer_row(place, scores, rounded.offsets[*row as usize], other, &mut found);
        }
    }
    rows.iter().enumerate().for_each(|(place, row)| visit(*row, best.sorted(place)));
}

/// Rows that others are compared with by [`best_of`], which then gives their places in `rows`.
pub(super) fn blocks_of(rounded: &Rounded, rows: &[u32]) -> Vec<Block> {
    let block =
        |(number, part): (usize, &[u32])| Block::new(rounded, number * BLOCK, part.iter().map(|row| *row as usize), 0);
    rows.par_chunks(BLOCK).enumerate().map(block).collect()
}

/// Every pair of blocks once, including each block with itself, in an order in which threads seldom work on the same block.
fn pairs(blocks: usize) -> Vec<(usize, usize)> {
    let apart = |distance: usize| {
        let twice = distance > 0 && distance * 2 == blocks;
        (0..if twice { distance } else { blocks }).map(move |block| (block, (block + distance) % blocks))
    };
    (0..=blocks / 2).flat_map(apart).collect()
}

/// Some rows, ready to be either side of a product, and what they have found.
pub(super) struct Block {
    first: u32,
    left: QuantisedRows,
    right: PackedInt8,
    offsets: Vec<f32>,
    best: Mutex<Best>,
}

impl Block {
    /// Packs some rows, which are offered to other blocks under the ids `first`, `first + 1` and so on.
    fn new(rounded: &Rounded, first: usize, rows: impl ExactSizeIterator<Item = usize> + Clone, k: usize) -> Self {
        let (mut left, mut right) = (QuantisedRows::default(), PackedInt8::default());
        rounded.rows.left(rows.clone(), &mut left);
        rounded.rows.right(rows.clone(), &mut right);
        let count = rows.len();
        let mut offsets: Vec<f32> = rows.map(|row| rounded.offsets[row]).collect();
        // Columns beyond the last row score so low that no row takes them.
        offsets.resize(count.next_multiple_of(LANES), f32::NEG_INFINITY);
        Block { first: first as u32, left, right, offsets, best: Mutex::new(Best::new(count, k)) }
    }

    fn rows(&self) -> usize {
        self.left.rows()
    }
}

/// Scores every row of `a` with every row of `b` and offers each to the other.
fn meet(a: &Block, b: &Block, (scores, found): &mut (Vec<f32>, Vec<u32>)) {
    let width = b.offsets.len();
    scores.resize(BLOCK * STRIDE, 0.0);
    simd::best().matmul_int8(&a.left, &b.right, scores, STRIDE);
    let same = std::ptr::eq(a, b);
    {
        let mut best = a.best.lock().unwrap_or_else(PoisonError::into_inner);
        for (row, scores) in scores.chunks_mut(STRIDE).take(a.rows()).enumerate() {
            if same {
                // No row is its own neighbour.
                scores[row] = f32::NEG_INFINITY;
            }
            best.offer_row(row, &mut scores[..width], a.offsets[row], b, found);
        }
    }
    if !same {
        let mut best = b.best.lock().unwrap_or_else(PoisonError::into_inner);
        for (row, scores) in scores.chunks(STRIDE).take(a.rows()).enumerate() {
            best.offer_columns(&scores[..width], a.first + row as u32, found);
        }
    }
}

/// The best neighbours that the rows of one block have found so far.
struct Best {
    k: usize,
    /// Places of a row: twice the neighbours it keeps, so that they are seldom sorted.
    room: usize,
    /// `room` a row, in no order.
    keys: Vec<u64>,
    lens: Vec<usize>,
    /// The lowest key that a row would still keep; lower ones are dropped.
    floors: Vec<u64>,
    /// The scores in `floors`, padded to whole lanes with a score that no row reaches.
    thresholds: Vec<f32>,
}

impl Best {
    fn new(rows: usize, k: usize) -> Self {
        let room = 2 * k + LANES;
        let mut thresholds = vec![f32::MIN; rows];
        thresholds.resize(rows.next_multiple_of(LANES), f32::INFINITY);
        Best { k, room, keys: vec![0; rows * room], lens: vec![0; rows], floors: vec![0; rows], thresholds }
    }

    /// Turns the products of a row with the rows of `others` into scores, and keeps the best of them.
    fn offer_row(&mut self, row: usize, products: &mut [f32], offset: f32, others: &Block, found: &mut Vec<u32>) {
        offer_above(products, offset, &others.offsets, self.thresholds[row], found);
        for &place in &*found {
            self.offer(row, products[place as usize], others.first + place);
        }
    }

    /// Keeps `id` for the rows that it is among the best for; `scores` has one score a row.
    fn offer_columns(&mut self, scores: &[f32], id: u32, found: &mut Vec<u32>) {
        offer_above_each(scores, &self.thresholds, found);
        for &row in &*found {
            self.offer(row as usize, scores[row as usize], id);
        }
    }

    fn offer(&mut self, row: usize, score: f32, id: u32) {
        if score < self.thresholds[row] {
            return;
        }
        let key = key(score, id);
        if key <= self.floors[row] || self.k == 0 {
            return;
        }
        self.keys[row * self.room + self.lens[row]] = key;
        self.lens[row] += 1;
        if self.lens[row] == self.room {
            let keys = &mut self.keys[row * self.room..][..self.room];
            let (_, worst, _) = keys.select_nth_unstable_by(self.k - 1, |a, b| b.cmp(a));
            self.floors[row] = *worst;
            self.thresholds[row] = unkey(*worst).0;
            self.lens[row] = self.k;
        }
    }

    /// The best of a row, in order.
    fn sorted(&mut self, row: usize) -> &[u64] {
        let found = &mut self.keys[row * self.room..][..self.lens[row]];
        found.sort_unstable_by(|a, b| b.cmp(a));
        &found[..found.len().min(self.k)]
    }
}

/// A score and an id as one number: higher is better, and with equal scores the lower id is.
pub(super) fn key(score: f32, id: u32) -> u64 {
    let bits = score.to_bits();
    // Floats in order of their value: turn all bits of negative ones, and the sign of the others.
    let ordered = bits ^ (((bits as i32 >> 31) as u32) | 0x8000_0000);
    u64::from(ordered) << 32 | u64::from(!id)
}

pub(super) fn unkey(key: u64) -> (f32, u32) {
    let ordered = (key >> 32) as u32;
    let turned = if ordered >> 31 == 1 { 0x8000_0000 } else { u32::MAX };
    (f32::from_bits(ordered ^ turned), !(key as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hnsw::sample;
    use proptest::prelude::*;
    use semsearch_vector::dot;

    #[test]
    fn every_pair_of_blocks_meets_once() {
        for blocks in 0..12 {
            let mut found: Vec<_> = pairs(blocks).into_iter().map(|(a, b)| (a.min(b), a.max(b))).collect();
            found.sort_unstable();
            let expected: Vec<_> = (0..blocks).flat_map(|a| (a..blocks).map(move |b| (a, b))).collect();
            assert_eq!(found, expected);
        }
    }

    proptest! {
        #[test]
        fn a_higher_key_is_a_better_score_or_a_lower_id(a in -2f32..2.0, b in -2f32..2.0, (x, y) in any::<(u32, u32)>()) {
            let better = a > b || (a == b && x < y);
            prop_assert_eq!(key(a, x) > key(b, y), better);
            prop_assert_eq!(unkey(key(a, x)), (a, x));
        }
    }

    #[test]
    fn neighbours_are_those_of_the_exact_scores_but_for_rounding() {
        for (rows, dim, k) in [(1, 3, 0), (2, 1, 1), (40, 5, 39), (700, 24, 16), (1100, 7, 3)] {
            let vectors = sample::clustered(rows, dim, 5, 11);
            let found = exact(&Rounded::new(&vectors), k, &|_| true).unwrap();
            let all: Vec<&[f32]> = vectors.as_slice().chunks_exact(vectors.dim()).collect();
            for row in 0..rows {
                let mut scores: Vec<f32> =
                    (0..rows).filter(|other| *other != row).map(|other| dot(all[row], all[other])).collect();
                scores.sort_unstable_by(|a, b| b.total_cmp(a));
                let neighbours: Vec<_> = found.of(row).collect();
                assert_eq!(neighbours.len(), k);
                for ((score, id), exact) in neighbours.into_iter().zip(scores) {
                    assert_ne!(id as usize, row);
                    // Each side is off by at most half of a 127th of its largest number, at each of `dim` places.
                    let bound = 2.0 * dim as f32 / 127.0;
                    let own = dot(all[row], all[id as usize]);
                    assert!(
                        (score - own).abs() <= bound && (own - exact).abs() <= 2.0 * bound,
                        "{score} {own} {exact}"
                    );
                }
            }
        }
    }

    #[test]
    fn equal_rows_are_neighbours_in_the_order_of_their_ids() {
        let vectors = sample::equal(1300, 4);
        let found = exact(&Rounded::new(&vectors), 3, &|_| true).unwrap();
        let ids = |row: usize| found.of(row).map(|(_, id)| id).collect::<Vec<_>>();
        assert_eq!((ids(0), ids(2), ids(1299)), (vec![1, 2, 3], vec![0, 1, 3], vec![0, 1, 2]));
    }
}
