//! Places in the plane: neighbours pull each other, and everything pushes everything else a little.
//!
//! As UMAP has it, a bond of weight 1 pulls once a turn, a weaker one in as large a share of the turns; with each pull go some
//! pushes from rows chosen at random. Steps get shorter from turn to turn.
//!
//! Two differences. Within a turn every row moves by itself, and sees all others where they were when the turn began: so rows
//! can be moved on any number of threads with one result. And likeness falls with distance `d` as `1 / (1 + A·d²)`, without the
//! exponent that UMAP fits, which costs a power for each pull and push and changes little in the picture.
//!
//! Cost: for 60,000 rows with 15 neighbours each, 200 turns of some 2 million pulls and pushes.

use rayon::prelude::*;
use semsearch_task::{Progress, Stage, Stopped};

use crate::bonds::Bonds;
use crate::neighbours::Neighbours;

/// How fast likeness falls with distance.
const A: f32 = 1.5;
/// Pushes for each pull.
const PUSHES: u64 = 4;
/// The most by which one pull or push moves a row along an axis, before steps get shorter.
const MOST: f32 = 4.0;
/// Keeps a push finite between rows at the same place.
const NEAR: f32 = 1e-3;
/// Half the width of the picture at the beginning.
const WIDTH: f32 = 10.0;
/// The share of its width by which rows of the same place lie apart at the beginning.
const SPREAD: f32 = 1e-3;
/// Rows from which on there are [`FEW_TURNS`].
const MANY: usize = 10_000;
/// Turns for many rows, and for few.
const FEW_TURNS: usize = 200;
const TURNS: usize = 500;
/// Rows that a thread moves at a time.
const BLOCK: usize = 256;

/// Arranges rows by their neighbours, from first places that say roughly where they lie. The places are finite numbers, also if
/// the first ones are not.
///
/// # Errors
/// If the caller stops the work.
///
/// # Panics
/// If there are not as many first places as rows.
pub fn arrange(neighbours: &Neighbours, first: &[[f32; 2]], progress: &dyn Progress) -> Result<Vec<[f32; 2]>, Stopped> {
    let rows = neighbours.rows();
    assert_eq!(first.len(), rows, "a first place for each row");
    let turns = if rows < MANY { TURNS } else { FEW_TURNS };
    progress.begin(Stage::Arrange, turns);
    let bonds = Bonds::of(neighbours);
    let mut places = spread(first);
    let mut moved = places.clone();
    for turn in 0..turns {
        progress.check()?;
        let step = 1.0 - turn as f32 / turns as f32;
        moved.par_chunks_mut(BLOCK).enumerate().for_each(|(block, moved)| {
            for (at, moved) in moved.iter_mut().enumerate() {
                *moved = move_row(block * BLOCK + at, turn, step, &bonds, &places);
            }
        });
        std::mem::swap(&mut places, &mut moved);
        progress.advance(1, 0);
    }
    Ok(places)
}

/// Where a row is after a turn.
fn move_row(row: usize, turn: usize, step: f32, bonds: &Bonds, places: &[[f32; 2]]) -> [f32; 2] {
    let mut here = places[row];
    let mut drawn = 0;
    for &(other, weight) in bonds.of_row(row) {
        // A bond of weight w pulls in w of all turns.
        if (turn as f32 * weight) as u32 == ((turn + 1) as f32 * weight) as u32 {
            continue;
        }
        let [x, y] = difference(here, places[other as usize]);
        let pull = -2.0 * A / (1.0 + A * (x * x + y * y));
        here = [here[0] + step * bounded(pull * x), here[1] + step * bounded(pull * y)];
        for _ in 0..PUSHES {
            drawn += 1;
            let other = chosen(row as u64, turn as u64, drawn, places.len());
            if other == row {
                continue;
            }
            let [x, y] = difference(here, places[other]);
            let squared = x * x + y * y;
            let push = 2.0 / ((NEAR + squared) * (1.0 + A * squared));
            here = [here[0] + step * bounded(push * x), here[1] + step * bounded(push * y)];
        }
    }
    here
}

fn difference(a: [f32; 2], b: [f32; 2]) -> [f32; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

fn bounded(by: f32) -> f32 {
    by.clamp(-MOST, MOST)
}

/// First places in a picture of a fixed width, with no two rows at the same one.
fn spread(first: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let known = |x: f32| if x.is_finite() { x } else { 0.0 };
    let widest = first.iter().flatten().map(|x| known(*x).abs()).fold(0.0, f32::max);
    let scale = if widest > 0.0 { WIDTH / widest } else { 0.0 };
    let offset = |row: usize, axis: u64| {
        (mixed(row as u64, axis, 1) >> 40) as f32 / (1_u64 << 24) as f32 * 2.0 * SPREAD - SPREAD
    };
    let place = |(row, [x, y]): (usize, &[f32; 2])| {
        [known(x * scale) + WIDTH * offset(row, 0), known(y * scale) + WIDTH * offset(row, 1)]
    };
    first.iter().enumerate().map(place).collect()
}

/// A row for a push.
fn chosen(row: u64, turn: u64, drawn: u64, rows: usize) -> usize {
    let random = mixed(row, turn.wrapping_mul(0x1_0000_0001), drawn);
    // Below `rows`, which is far below 2^32.
    (((random >> 32) * rows as u64) >> 32) as usize
}

/// Three numbers mixed into one: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
fn mixed(a: u64, b: u64, c: u64) -> u64 {
    let mut x = a
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(b.wrapping_mul(0xd1b5_4a32_d192_ed03))
        .wrapping_add(c.wrapping_mul(0x8cb9_2ba7_2f3d_8dd7));
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use semsearch_task::NoProgress;

    use super::*;

    /// Rows around `groups` corners of a space of as many dimensions, with their neighbours by comparing all.
    fn grouped(rows: usize, groups: usize) -> (Vec<Vec<f32>>, Neighbours) {
        let number = |row: usize, axis: usize| (mixed(row as u64, axis as u64, 9) >> 40) as f32 / (1_u64 << 24) as f32;
        let rows: Vec<Vec<f32>> = (0..rows)
            .map(|row| (0..groups).map(|axis| 0.3 * number(row, axis) + f32::from(row % groups == axis)).collect())
            .collect();
        let lists: Vec<Vec<(u32, f32)>> = rows.iter().map(|row| nearest(row, &rows, 11)).collect();
        let neighbours = Neighbours::of_lists(&lists);
        (rows, neighbours)
    }

    fn nearest(row: &[f32], rows: &[Vec<f32>], k: usize) -> Vec<(u32, f32)> {
        let distance = |other: &[f32]| row.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
        let mut all: Vec<(u32, f32)> =
            rows.iter().enumerate().map(|(at, other)| (at as u32, distance(other))).collect();
        all.sort_by(|a, b| a.1.total_cmp(&b.1));
        all.truncate(k);
        all
    }

    #[test]
    fn groups_stay_together_and_apart_from_others() {
        let (rows, neighbours) = grouped(300, 6);
        let flat: Vec<f32> = rows.concat();
        let principal = crate::Principal::of(&flat, 6);
        let first: Vec<[f32; 2]> = rows.iter().map(|row| principal.place(row)).collect();
        let places = arrange(&neighbours, &first, &NoProgress).unwrap();
        let as_rows = |places: &[[f32; 2]]| places.iter().map(|place| place.to_vec()).collect::<Vec<_>>();
        let share = |places: &[[f32; 2]]| {
            let places = as_rows(places);
            let of_group = |row: usize| {
                let near = nearest(&places[row], &places, 11);
                near.iter().filter(|(other, _)| *other as usize % 6 == row % 6).count() - 1
            };
            (0..places.len()).map(of_group).sum::<usize>() as f32 / (10 * places.len()) as f32
        };
        assert!(share(&places) > 0.98 && share(&places) > share(&first) + 0.1, "{} {}", share(&places), share(&first));
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let (_, neighbours) = grouped(700, 5);
        let first = vec![[0.0, 0.0]; 700];
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| arrange(&neighbours, &first, &NoProgress)).unwrap()
        };
        assert_eq!(with(1), with(4));
    }

    #[test]
    fn every_place_is_a_number_whatever_comes_in() {
        for rows in [0_usize, 1, 2, 3, 40] {
            let all_alike: Vec<Vec<(u32, f32)>> = vec![(0..rows as u32).map(|other| (other, 0.0)).collect(); rows];
            for lists in [all_alike, vec![Vec::new(); rows]] {
                for first in [[0.0, 0.0], [f32::NAN, f32::INFINITY], [1e30, -1e30]] {
                    let places = arrange(&Neighbours::of_lists(&lists), &vec![first; rows], &NoProgress).unwrap();
                    assert!(places.len() == rows && places.iter().flatten().all(|x| x.is_finite()), "{rows} {first:?}");
                }
            }
        }
    }

    #[test]
    fn work_that_is_to_stop_stops() {
        struct Enough;
        impl Progress for Enough {
            fn is_stopped(&self) -> bool {
                true
            }
        }
        let (_, neighbours) = grouped(30, 3);
        assert_eq!(arrange(&neighbours, &[[0.0; 2]; 30], &Enough), Err(Stopped));
    }
}
