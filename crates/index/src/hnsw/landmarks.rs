//! Rows far away that a row may link to: the nearest of a sample.
//!
//! A row's nearest neighbours may all lie in one dense cluster with it, and a graph of such links falls into islands joined
//! by few. A graph that grows row by row also has long links, from the time when there were few rows, on which a search
//! crosses from one cluster to another. A graph built at once gets its long links from a sample of all rows, the landmarks:
//! a row chooses its links among its neighbours and the few nearest landmarks, and the heuristic keeps the landmarks that
//! lead somewhere else.
//!
//! Cost: one product of all rows with the sample, a sixteenth of what exact neighbours cost, and never with more than
//! [`MOST`] rows.

use rayon::prelude::*;
use semsearch_vector::{PackedInt8, QuantisedRows, simd};

use super::neighbours::Rounded;
use super::select::Candidate;

/// Rows for each landmark.
const EVERY: usize = 16;
/// The most landmarks there are.
const MOST: usize = 4096;
/// How many landmarks a row may choose among.
const NEAREST: usize = 16;
/// Rows, and landmarks, multiplied at a time.
const BLOCK: usize = 256;

/// The landmarks nearest to every row, itself left out, best first; `None` if `done` says to stop.
pub(super) fn nearest(rounded: &Rounded, done: &(dyn Fn(f64) -> bool + Sync)) -> Option<Vec<Vec<Candidate>>> {
    let rows = rounded.len();
    let step = rows.div_ceil((rows / EVERY).clamp(1, MOST)).max(1);
    let landmarks: Vec<usize> = (0..rows).step_by(step).collect();
    let blocks: Vec<(&[usize], PackedInt8)> = landmarks
        .chunks(BLOCK)
        .map(|block| {
            let mut right = PackedInt8::default();
            rounded.rows.right(block.iter().copied(), &mut right);
            (block, right)
        })
        .collect();
    let mut nearest = vec![Vec::with_capacity(NEAREST + 1); rows];
    let all = nearest.par_chunks_mut(BLOCK).enumerate().map_init(
        || (QuantisedRows::default(), vec![0.0; BLOCK * BLOCK]),
        |(left, scores), (part, nearest)| {
            let first = part * BLOCK;
            rounded.rows.left(first..first + nearest.len(), left);
            for (block, right) in &blocks {
                simd::best().matmul_int8(left, right, scores, BLOCK);
                for ((row, nearest), scores) in (first..).zip(&mut *nearest).zip(scores.chunks(BLOCK)) {
                    for (&landmark, score) in block.iter().zip(scores) {
                        // The offsets are added first: the sum, and so the order of links, is then the same for both rows.
                        let score = score + (rounded.offsets[row] + rounded.offsets[landmark]);
                        if landmark != row {
                            keep(nearest, Candidate { score, id: landmark as u32 });
                        }
                    }
                }
            }
            done(nearest.len() as f64 / rows as f64)
        },
    );
    all.reduce(|| true, |a, b| a & b).then_some(nearest)
}

/// Puts a candidate in its place among the best.
fn keep(nearest: &mut Vec<Candidate>, candidate: Candidate) {
    if nearest.len() == NEAREST {
        if nearest.last().is_some_and(|worst| worst.best_first(&candidate).is_lt()) {
            return;
        }
        nearest.pop();
    }
    let place = nearest.partition_point(|other| other.best_first(&candidate).is_lt());
    nearest.insert(place, candidate);
}
