//! All pairs of rows whose inner product reaches a threshold.
//!
//! Rows are multiplied a block at a time: a block is packed once as the right-hand side, and all rows up to its end go by it
//! as left-hand sides. A product sums in another order than [`dot`], by which answers are scored, so it only says which pairs may
//! reach the threshold; `dot` decides.
//!
//! Cost: for n rows n²/2 products, some 45 of their numbers a nanosecond and core with AVX-512.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use semsearch_store::{DocId, SegmentedIndex};
use semsearch_task::{Progress, Stage};
use semsearch_vector::{Packed, dot, simd};

use super::error::DupesError;
use super::groups::Pair;

/// Rows of a right-hand side: 0.8 MB at 384 numbers, which stays in the second cache.
const BLOCK: usize = 512;
/// Rows that are multiplied with a block at a time.
const STRIP: usize = 64;

/// The pairs of `papers` whose cosine is at least `threshold`, in no order; an error if they are more than `most`.
pub(super) fn reaching(
    index: &SegmentedIndex,
    papers: &[DocId],
    threshold: f32,
    most: usize,
    progress: &dyn Progress,
) -> Result<Vec<Pair>, DupesError> {
    progress.begin(Stage::Compare, papers.len() * papers.len().saturating_sub(1) / 2);
    let found = AtomicUsize::new(0);
    let search = Comparison { index, papers, threshold, most, found: &found, progress };
    // The last block is compared with the most rows, so it is taken first.
    let blocks: Vec<usize> = (0..papers.len()).step_by(BLOCK).rev().collect();
    let pairs: Result<Vec<Vec<Pair>>, DupesError> =
        blocks.into_par_iter().with_max_len(1).map(|first| search.block(first)).collect();
    Ok(pairs?.into_iter().flatten().collect())
}

/// What all blocks share.
struct Comparison<'a> {
    index: &'a SegmentedIndex,
    papers: &'a [DocId],
    threshold: f32,
    most: usize,
    found: &'a AtomicUsize,
    progress: &'a dyn Progress,
}

impl Comparison<'_> {
    /// The pairs of a row of the block that begins with `first` and an earlier row.
    fn block(&self, first: usize) -> Result<Vec<Pair>, DupesError> {
        let dim = self.index.dim();
        let end = (first + BLOCK).min(self.papers.len());
        let right = self.rows(first, end)?;
        let mut packed = Packed::default();
        packed.pack_transposed(&right, dim, end - first, dim);
        // The most by which two sums of `dim` products of two rows of length 1 differ.
        let floor = self.threshold - 2.0 * dim as f32 * f32::EPSILON;
        let columns = end - first;
        let mut products = vec![0.0; STRIP * columns];
        let mut pairs = Vec::new();
        for start in (0..end).step_by(STRIP) {
            self.progress.check()?;
            let stop = (start + STRIP).min(end);
            let left = self.rows(start, stop)?;
            simd::best().matmul(&left, dim, stop - start, &packed, &mut products, columns);
            let mut compared = 0;
            for (row, products) in (start..stop).zip(products.chunks_exact(columns)) {
                // Of the rows of the block itself, only later ones: every pair once.
                let skipped = (row + 1).saturating_sub(first).min(columns);
                compared += columns - skipped;
                for (column, product) in products.iter().enumerate().skip(skipped) {
                    if *product < floor {
                        continue;
                    }
                    let cosine = dot(&left[(row - start) * dim..][..dim], &right[column * dim..][..dim]);
                    if cosine >= self.threshold {
                        pairs.push(Pair { first: self.papers[row], second: self.papers[first + column], cosine });
                    }
                }
            }
            self.progress.advance(compared, 0);
            self.expect_room(pairs.len())?;
        }
        self.found.fetch_add(pairs.len(), Ordering::Relaxed);
        Ok(pairs)
    }

    /// An error if there are too many pairs, `new` of them in an unfinished block.
    fn expect_room(&self, new: usize) -> Result<(), DupesError> {
        match self.found.load(Ordering::Relaxed) + new > self.most {
            true => Err(DupesError::TooMany { most: self.most, threshold: self.threshold }),
            false => Ok(()),
        }
    }

    /// A copy of the rows of some papers.
    fn rows(&self, start: usize, stop: usize) -> Result<Vec<f32>, DupesError> {
        let dim = self.index.dim();
        let mut rows = vec![0.0; (stop - start) * dim];
        for (paper, row) in self.papers[start..stop].iter().zip(rows.chunks_exact_mut(dim)) {
            self.index.copy_row(*paper, row)?;
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use semsearch_index::{HnswIndex, HnswParams, Vectors};
    use semsearch_task::{NoProgress, Stopped};
    use semsearch_vector::{Matrix, normalise};

    use super::super::groups::connected;
    use super::*;

    /// Rows in bunches of three around directions that are far apart, more than two blocks of them.
    fn index(rows: usize) -> SegmentedIndex {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
        };
        let mut matrix = Matrix::new(24);
        let mut centre = [0.0; 24];
        for row in 0..rows {
            if row % 3 == 0 {
                centre.iter_mut().for_each(|x| *x = next());
            }
            let mut numbers: Vec<f32> = centre.iter().map(|x| x + 0.15 * next()).collect();
            normalise(&mut numbers);
            matrix.push(&numbers);
        }
        HnswIndex::build(Vectors::new(matrix).unwrap(), &HnswParams::default(), &NoProgress).unwrap().into()
    }

    /// Every pair, compared one by one.
    fn oracle(index: &SegmentedIndex, papers: &[DocId], threshold: f32) -> Vec<(DocId, DocId, u32)> {
        let row = |paper: DocId| {
            let mut row = vec![0.0; index.dim()];
            index.copy_row(paper, &mut row).unwrap();
            row
        };
        let rows: Vec<Vec<f32>> = papers.iter().map(|&paper| row(paper)).collect();
        let mut pairs = Vec::new();
        for (place, one) in rows.iter().enumerate() {
            for (later, other) in rows.iter().enumerate().skip(place + 1) {
                let cosine = dot(one, other);
                if cosine >= threshold {
                    pairs.push((papers[place], papers[later], cosine.to_bits()));
                }
            }
        }
        pairs.sort_unstable();
        pairs
    }

    #[test]
    fn pairs_are_those_of_comparing_one_by_one() {
        let index = index(2 * BLOCK + 77);
        let all: Vec<DocId> = index.doc_ids().collect();
        let every_second: Vec<DocId> = all.iter().copied().step_by(2).collect();
        for (papers, threshold) in [(&all, 0.9), (&all, 0.6), (&every_second, 0.7), (&all[..1].to_vec(), 0.5)] {
            let found = reaching(&index, papers, threshold, usize::MAX, &NoProgress).unwrap();
            let mut found: Vec<_> = found.iter().map(|pair| (pair.first, pair.second, pair.cosine.to_bits())).collect();
            found.sort_unstable();
            assert_eq!(found, oracle(&index, papers, threshold), "{threshold}");
        }
        // The very cosine of a pair as threshold keeps the pair.
        let (_, _, bits) = oracle(&index, &all, 0.9)[0];
        let found = reaching(&index, &all, f32::from_bits(bits), usize::MAX, &NoProgress).unwrap();
        assert!(found.iter().any(|pair| pair.cosine.to_bits() == bits));
    }

    #[test]
    fn connected_papers_are_one_group_and_the_largest_comes_first() {
        let index = index(30);
        let papers: Vec<DocId> = index.doc_ids().collect();
        let pair = |first: usize, second: usize, cosine| Pair { first: papers[first], second: papers[second], cosine };
        let pairs = vec![pair(0, 1, 0.91), pair(5, 7, 0.95), pair(7, 9, 0.92), pair(2, 3, 0.99), pair(4, 9, 0.93)];
        let groups = connected(pairs);
        let numbers: Vec<Vec<u32>> =
            groups.iter().map(|group| group.papers.iter().map(|paper| paper.id.number()).collect()).collect();
        assert_eq!(numbers, [vec![4, 5, 7, 9], vec![2, 3], vec![0, 1]]);
        assert_eq!(groups[0].papers.iter().map(|paper| paper.nearest).collect::<Vec<_>>(), [0.93, 0.95, 0.95, 0.93]);
        assert_eq!(groups[0].pairs.len(), 3);
        assert_eq!(connected(Vec::new()), []);
    }

    #[test]
    fn too_many_pairs_are_an_error_and_work_can_be_stopped() {
        struct Stop;
        impl Progress for Stop {
            fn is_stopped(&self) -> bool {
                true
            }
        }
        let index = index(60);
        let papers: Vec<DocId> = index.doc_ids().collect();
        let error = reaching(&index, &papers, -1.0, 100, &NoProgress).unwrap_err();
        assert!(matches!(error, DupesError::TooMany { most: 100, .. }), "{error}");
        let error = reaching(&index, &papers, 0.9, 100, &Stop).unwrap_err();
        assert!(matches!(error, DupesError::Stopped(Stopped)), "{error}");
    }
}
