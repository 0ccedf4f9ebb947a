//! The two directions in which rows differ most, where they are placed at first.
//!
//! A picture that begins at random places shows which rows are near each other as well, but not how groups of them lie to each
//! other (Kobak and Linderman, *Initialization is critical for preserving global data structure*, 2021).
//!
//! The directions are found by subspace iteration over a sample of rows, on one thread.

/// How often the directions are multiplied with the rows. Far more than the picture can show.
const TURNS: usize = 30;

/// The mean of rows, and two directions at right angles.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    mean: Vec<f32>,
    axes: [Vec<f32>; 2],
}

impl Principal {
    /// Those of `sample`, rows of `dim` numbers one after another.
    #[must_use]
    pub fn of(sample: &[f32], dim: usize) -> Self {
        let rows = || sample.chunks_exact(dim.max(1));
        let count = rows().len().max(1) as f64;
        let mut sums = vec![0.0_f64; dim];
        for row in rows() {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
        }
        let mean: Vec<f32> = sums.iter().map(|sum| (sum / count) as f32).collect();
        let start =
            |axis: usize| (0..dim).map(move |at| if at % 2 == axis { 1.0 } else { 0.25 + at as f32 / dim as f32 });
        let mut axes: [Vec<f32>; 2] = [start(0).collect(), start(1).collect()];
        for _ in 0..TURNS {
            let mut turned = [vec![0.0_f64; dim], vec![0.0_f64; dim]];
            for row in rows() {
                for (axis, turned) in axes.iter().zip(&mut turned) {
                    let along = f64::from(along(row, &mean, axis));
                    let differences = row.iter().zip(&mean).map(|(x, mean)| f64::from(x - mean));
                    turned.iter_mut().zip(differences).for_each(|(sum, difference)| *sum += along * difference);
                }
            }
            let [mut first, mut second] = turned;
            let is_direction = shorten(&mut first);
            let shared: f64 = first.iter().zip(&second).map(|(a, b)| a * b).sum();
            second.iter_mut().zip(&first).for_each(|(b, a)| *b -= shared * a);
            // Rows that are all the same have no direction in which they differ, rows on a line have one.
            let is_second = shorten(&mut second);
            let narrow = |axis: Vec<f64>, is: bool| axis.iter().map(|x| if is { *x as f32 } else { 0.0 }).collect();
            axes = [narrow(first, is_direction), narrow(second, is_second)];
        }
        Principal { mean, axes }
    }

    /// Where a row lies along the two directions.
    #[must_use]
    pub fn place(&self, row: &[f32]) -> [f32; 2] {
        [along(row, &self.mean, &self.axes[0]), along(row, &self.mean, &self.axes[1])]
    }
}

fn along(row: &[f32], mean: &[f32], axis: &[f32]) -> f32 {
    row.iter().zip(mean).zip(axis).map(|((x, mean), axis)| (x - mean) * axis).sum()
}

/// Makes the length 1; `false` if there is none.
fn shorten(axis: &mut [f64]) -> bool {
    let length = axis.iter().map(|x| x * x).sum::<f64>().sqrt();
    let is_there = length > 1e-9;
    if is_there {
        axis.iter_mut().for_each(|x| *x /= length);
    }
    is_there
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_direction_is_that_of_the_greatest_differences() {
        // Wide along (1, 1, 0), narrow along (1, -1, 0), nothing along the third.
        let sample: Vec<f32> = [[5.0, 5.0, 1.0], [-5.0, -5.0, 1.0], [1.0, -1.0, 1.0], [-1.0, 1.0, 1.0]].concat();
        let found = Principal::of(&sample, 3);
        let [along, across] = found.place(&[5.0, 5.0, 1.0]);
        assert!((along.abs() - 50.0_f32.sqrt()).abs() < 1e-3 && across.abs() < 1e-3, "{along} {across}");
        assert!(found.place(&[1.0, -1.0, 1.0])[1].abs() > 1.4);
    }

    #[test]
    fn rows_that_do_not_differ_lie_at_one_place() {
        for sample in [vec![], vec![0.0; 8], vec![0.6, 0.8, 0.6, 0.8]] {
            assert_eq!(Principal::of(&sample, 2).place(&[0.6, 0.8]).map(f32::is_nan), [false; 2]);
        }
        assert_eq!(Principal::of(&[0.6, 0.8, 0.6, 0.8], 2).place(&[0.6, 0.8]), [0.0, 0.0]);
    }
}
