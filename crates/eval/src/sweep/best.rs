//! Top-k selection of a scan, shared by all encodings.
//!
//! Rows are scored in stretches of a few thousand, so that their scores stay in the L1 cache, and rows above a floor are
//! kept. When too many rows are kept, only the best stay, and the score of the worst of them becomes the new floor. After a
//! few stretches, one comparison rejects nearly every row.

use std::cmp::Ordering;

/// Rows scored at a time.
const STRETCH: usize = 2048;
/// Scores compared with the floor at once.
const LANES: usize = 16;

/// A score of rows: a whole number for encodings in whole numbers, otherwise a float.
pub(super) trait Score: Copy + Default + PartialOrd {
    /// A total order, also for floats that are NaN.
    fn rank(&self, other: &Self) -> Ordering;
}

impl Score for i32 {
    fn rank(&self, other: &Self) -> Ordering {
        self.cmp(other)
    }
}

impl Score for f32 {
    fn rank(&self, other: &Self) -> Ordering {
        self.total_cmp(other)
    }
}

/// The `most` best of `rows` rows, best first; of equal scores, the lower row first.
///
/// `score` gets the first row of a stretch and writes a score for each row of the stretch. Higher is better.
pub(super) fn best<S: Score>(rows: usize, most: usize, mut score: impl FnMut(usize, &mut [S])) -> Vec<u32> {
    let most = most.min(rows);
    let mut scores = vec![S::default(); STRETCH.min(rows)];
    let mut kept: Vec<(S, u32)> = Vec::with_capacity(2 * most + STRETCH);
    let mut floor: Option<S> = None;
    for first in (0..rows).step_by(STRETCH) {
        let scores = &mut scores[..STRETCH.min(rows - first)];
        score(first, scores);
        for (group, first) in scores.chunks(LANES).zip((first as u32..).step_by(LANES)) {
            match floor {
                // Rows come in ascending order, so a row that ties with the floor ranks behind all kept rows.
                Some(floor) if !group.iter().fold(false, |any, score| any | (*score > floor)) => {}
                Some(floor) => kept.extend(group.iter().copied().zip(first..).filter(|(score, _)| *score > floor)),
                None => kept.extend(group.iter().copied().zip(first..)),
            }
        }
        if most > 0 && kept.len() >= 2 * most {
            kept.select_nth_unstable_by(most - 1, best_first);
            kept.truncate(most);
            floor = Some(kept[most - 1].0);
        }
    }
    kept.sort_unstable_by(best_first);
    kept.truncate(most);
    kept.into_iter().map(|(_, row)| row).collect()
}

fn best_first<S: Score>(a: &(S, u32), b: &(S, u32)) -> Ordering {
    b.0.rank(&a.0).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_best_rows_are_what_sorting_all_would_give(
            rows in 0usize..9000, most in 0usize..1200, values in 1u32..3000, seed in any::<u64>(),
        ) {
            let score = |row: usize| ((row as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u32 % values;
            let mut expected: Vec<u32> = (0..rows as u32).collect();
            expected.sort_by_key(|&row| (std::cmp::Reverse(score(row as usize)), row));
            expected.truncate(most);
            let whole = best(rows, most, |first, out: &mut [i32]| {
                out.iter_mut().zip(first..).for_each(|(out, row)| *out = score(row) as i32);
            });
            prop_assert_eq!(&whole, &expected);
            let float = best(rows, most, |first, out: &mut [f32]| {
                out.iter_mut().zip(first..).for_each(|(out, row)| *out = score(row) as f32);
            });
            prop_assert_eq!(&float, &expected);
        }
    }
}
