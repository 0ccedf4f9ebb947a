//! How strongly each two neighbours belong together: the fuzzy sets of UMAP.
//!
//! Distances mean different things where rows lie close together and where they do not, so every row measures with a scale of
//! its own: its nearest neighbour belongs to it wholly, and all its neighbours together as much as log₂ of their number. Two
//! rows belong together if either says so: `a + b − a·b`.

use rayon::prelude::*;

use crate::neighbours::Neighbours;

/// Halvings of the interval in which the scale of a row lies.
const HALVINGS: usize = 48;
/// The least scale of a row, in parts of the mean distance to its neighbours.
const LEAST: f32 = 1e-3;

/// The bonds of each row, from 0 to 1, in the order of the other rows.
#[derive(Debug, PartialEq)]
pub(crate) struct Bonds {
    starts: Vec<u32>,
    bonds: Vec<(u32, f32)>,
}

impl Bonds {
    pub(crate) fn of(neighbours: &Neighbours) -> Self {
        let rows = neighbours.rows();
        let own: Vec<Vec<f32>> = (0..rows).into_par_iter().map(|row| weights(neighbours.of(row))).collect();
        let directed = (0..rows).flat_map(|row| {
            neighbours.of(row).iter().zip(&own[row]).map(move |((other, _), weight)| (row as u32, *other, *weight))
        });
        // Both ways, so that a bond and its opposite stand beside each other.
        let mut both: Vec<(u32, u32, f32)> =
            directed.flat_map(|(row, other, weight)| [(row, other, weight), (other, row, weight)]).collect();
        both.par_sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let (mut starts, mut bonds) = (vec![0_u32; rows + 1], Vec::with_capacity(both.len()));
        for same in both.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let missing = same.iter().map(|(_, _, weight)| 1.0 - weight).product::<f32>();
            bonds.push((same[0].1, 1.0 - missing));
            starts[same[0].0 as usize + 1] += 1;
        }
        (0..rows).for_each(|row| starts[row + 1] += starts[row]);
        Bonds { starts, bonds }
    }

    pub(crate) fn of_row(&self, row: usize) -> &[(u32, f32)] {
        &self.bonds[self.starts[row] as usize..self.starts[row + 1] as usize]
    }
}

/// How much each neighbour belongs to a row.
fn weights(near: &[(u32, f32)]) -> Vec<f32> {
    let nearest = near.iter().map(|(_, distance)| *distance).find(|distance| *distance > 0.0).unwrap_or(0.0);
    let beyond = |distance: f32| (distance - nearest).max(0.0);
    let wanted = ((near.len() + 1) as f32).log2();
    let mean = near.iter().map(|(_, distance)| distance).sum::<f32>() / near.len().max(1) as f32;
    let sum = |scale: f32| near.iter().map(|(_, distance)| (-beyond(*distance) / scale).exp()).sum::<f32>();
    let (mut low, mut high) = (0.0_f32, 1.0_f32);
    while sum(high) < wanted && high < 1e6 {
        high *= 2.0;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if sum(middle) < wanted { low = middle } else { high = middle }
    }
    let scale = high.max(LEAST * mean).max(f32::MIN_POSITIVE);
    near.iter().map(|(_, distance)| (-beyond(*distance) / scale).exp()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_a_row_sum_to_the_logarithm_of_their_number_whatever_the_distances_are() {
        for unit in [1e-3, 1.0, 50.0] {
            let near: Vec<(u32, f32)> = (1..=15).map(|number| (number, unit * (1.0 + 0.1 * number as f32))).collect();
            let found = weights(&near);
            assert_eq!(found[0], 1.0);
            assert!((found.iter().sum::<f32>() - 4.0).abs() < 0.01, "{found:?}");
            assert!(found.is_sorted_by(|a, b| a >= b));
        }
        assert!(weights(&[(1, 0.0), (2, 0.0), (3, 0.0)]).iter().all(|weight| *weight == 1.0));
    }

    #[test]
    fn a_bond_holds_from_both_sides() {
        let lists = [vec![(1, 0.1), (2, 0.4)], vec![(0, 0.1)], vec![(1, 0.3), (0, 0.4)]];
        let bonds = Bonds::of(&Neighbours::of_lists(&lists));
        for row in 0..3 {
            for &(other, weight) in bonds.of_row(row) {
                assert!(weight > 0.0 && weight <= 1.0);
                assert!(bonds.of_row(other as usize).contains(&(row as u32, weight)));
            }
        }
    }
}
