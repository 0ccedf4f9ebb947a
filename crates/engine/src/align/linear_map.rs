//! Linear maps from one model's space to another's, and three methods to fit one.
//!
//! A query `q` of the new model is to find, among vectors `d` of the old one, what it finds among the new model's own
//! vectors `e` of the same documents. What each method minimises:
//!
//! | method | minimises, summed over documents | so that |
//! | --- | --- | --- |
//! | [`Method::Ridge`] | `‖A·e - d‖² + ridge·‖A‖²` | a new vector is mapped onto the old one |
//! | [`Method::RidgeTransposed`] | `‖Aᵀ·d - e‖² + ridge·‖A‖²` | `(A·q)·d = q·(Aᵀ·d)` is the score `q·e` |
//! | [`Method::Procrustes`] | `‖A·e - d‖²` among rotations (Schönemann, 1966) | the map cannot adapt to noise |
//!
//! All are fitted to deviations from the mean of each model. With [`Method::RidgeTransposed`] the means change every
//! score of a query by the same amount, so the map leaves them out; the other two methods add them back.
//!
//! Cost: about `n³` multiplications for vectors of `n` numbers, and `5 n³` for Procrustes.

use semsearch_vector::linear::{Cholesky, Eigen, dot, symmetric};
use semsearch_vector::{Matrix, normalise};
use serde::{Deserialize, Serialize};

use super::moments::{Centred, Moments};
use super::pairs::Pairs;

/// The method by which a map is fitted. Files and JSON keep older names: `forwards`, `backwards` and `rotation`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Method {
    /// Ridge regression from the new vectors to the old ones.
    #[serde(rename = "forwards")]
    Ridge {
        /// Added to every variance, as a share of the mean variance: the larger, the less single directions count.
        ridge: f64,
    },
    /// Ridge regression from the old vectors to the new ones; the map is its transpose.
    #[serde(rename = "backwards")]
    RidgeTransposed {
        /// As in [`Method::Ridge`].
        ridge: f64,
    },
    /// The rotation that brings the two spaces nearest to each other (orthogonal Procrustes).
    #[serde(rename = "rotation")]
    Procrustes,
}

/// `x ↦ A·x + b`, scaled to length 1.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearMap {
    /// One row for each number of the result.
    pub(super) rows: Matrix,
    pub(super) offset: Vec<f32>,
}

impl LinearMap {
    /// The best map from the new model's space to the old one's over `pairs`, without a measure of how good it is;
    /// `None` if the texts do not determine a map.
    #[must_use]
    pub fn fit(pairs: Pairs<'_>, method: Method) -> Option<Self> {
        Self::of(&Moments::of(pairs, |_| true), method)
    }

    /// The best map over the texts of these sums; `None` if the sums do not determine a map.
    pub(super) fn of(moments: &Moments, method: Method) -> Option<Self> {
        let centred = moments.centred();
        let (new, old) = moments.dims();
        let rows = match method {
            Method::Ridge { ridge } => {
                // (E·Eᵀ + r) Aᵀ = E·Dᵀ, one column of Aᵀ for each number of the old model.
                solve(&centred.new_new, new, ridge, transposed(&centred.new_old, new, old))?
            }
            Method::RidgeTransposed { ridge } => {
                // (D·Dᵀ + r) A = D·Eᵀ, one column of A for each number of the new model.
                let solved = solve(&centred.old_old, old, ridge, centred.new_old.clone())?;
                transposed(&solved, new, old)
            }
            Method::Procrustes => rotation(&centred.new_old, new, old)?,
        };
        let offset = match method {
            Method::RidgeTransposed { .. } => vec![0.0; old],
            Method::Ridge { .. } | Method::Procrustes => offset(&rows, &centred),
        };
        let rows = Matrix::from_vec(rows.iter().map(|&number| number as f32).collect(), new).ok()?;
        let finite = rows.as_slice().iter().chain(&offset).all(|number| number.is_finite());
        finite.then_some(LinearMap { rows, offset })
    }

    /// Maps `vector` and scales the result to length 1.
    ///
    /// # Panics
    /// If `vector` has another width than the new model's vectors.
    #[must_use]
    pub fn apply(&self, vector: &[f32]) -> Vec<f32> {
        let along = self.rows.iter().zip(&self.offset);
        let mut mapped: Vec<f32> = along.map(|(row, offset)| semsearch_vector::dot(row, vector) + offset).collect();
        normalise(&mut mapped);
        mapped
    }
}

/// Solves `(matrix + ridge) · x = side` for each row of `sides`.
fn solve(matrix: &[f64], size: usize, ridge: f64, mut sides: Vec<f64>) -> Option<Vec<f64>> {
    let mut matrix = matrix.to_vec();
    let diagonal = (0..size).map(|place| place * size + place);
    let mean = diagonal.clone().map(|place| matrix[place]).sum::<f64>() / size as f64;
    diagonal.for_each(|place| matrix[place] += ridge * mean);
    let parts = Cholesky::of(&matrix, size)?;
    sides.chunks_exact_mut(size).for_each(|side| parts.solve(side));
    Some(sides)
}

/// The difference between the old model's mean and the mapped mean of the new one.
fn offset(rows: &[f64], centred: &Centred) -> Vec<f32> {
    let mapped = rows.chunks_exact(centred.new.len()).map(|row| dot(row, &centred.new));
    centred.old.iter().zip(mapped).map(|(mean, mapped)| (mean - mapped) as f32).collect()
}

/// The rotation nearest to `M`, given as `Mᵀ`: `U·Vᵀ` if `M = U·S·Vᵀ`. Where one space has more dimensions, the
/// rotation maps onto or into a part of it.
///
/// The smaller of `M·Mᵀ = U·S²·Uᵀ` and `MᵀM = V·S²·Vᵀ` gives one side's directions and the stretches; `M` then maps
/// them to the other side's. Directions with hardly any stretch are left out: they would turn by chance.
fn rotation(transposed_m: &[f64], new: usize, old: usize) -> Option<Vec<f64>> {
    /// The largest stretch, squared, of vectors of length 1 that are all alike, as far as f64 can tell.
    const NONE: f64 = 1e-24;
    /// Least share of the largest stretch, squared. Rounding in f64 gives a direction that is absent less than that.
    const LEAST: f64 = 1e-12;
    let m = transposed(transposed_m, new, old);
    // Rows of `narrow` are the smaller side's numbers, each over all numbers of the other.
    let (narrow, small, large) = if old <= new { (&m[..], old, new) } else { (transposed_m, new, old) };
    let row = |place: usize| &narrow[place * large..][..large];
    let gram = (0..small * small).map(|place| dot(row(place / small), row(place % small))).collect();
    let Eigen { values, vectors } = symmetric(gram, small)?;
    if values.first().is_none_or(|&largest| largest <= NONE) {
        return None;
    }
    let mut turned = vec![0.0; small * large];
    for (value, direction) in values.iter().zip(&vectors) {
        if *value <= values[0] * LEAST {
            break;
        }
        // The direction on the other side, at length 1.
        let mut image = vec![0.0; large];
        for (place, along) in direction.iter().enumerate() {
            image.iter_mut().zip(row(place)).for_each(|(image, number)| *image += along * number);
        }
        let scale = 1.0 / value.sqrt();
        for (turned, along) in turned.chunks_exact_mut(large).zip(direction) {
            turned.iter_mut().zip(&image).for_each(|(turned, image)| *turned += along * scale * image);
        }
    }
    Some(if old <= new { turned } else { transposed(&turned, new, old) })
}

/// A matrix of `rows` rows with its columns as rows.
fn transposed(matrix: &[f64], rows: usize, columns: usize) -> Vec<f64> {
    (0..rows * columns).map(|place| matrix[place % rows * columns + place / rows]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Spaces, noise, reflected, texts};
    use super::*;

    const METHODS: [Method; 3] =
        [Method::Ridge { ridge: 1e-9 }, Method::RidgeTransposed { ridge: 1e-9 }, Method::Procrustes];

    #[test]
    fn json_keeps_the_older_names_of_methods() {
        let json = METHODS.map(|method| serde_json::to_string(&method).unwrap());
        assert_eq!(json, [r#"{"forwards":{"ridge":1e-9}}"#, r#"{"backwards":{"ridge":1e-9}}"#, r#""rotation""#]);
    }

    #[test]
    fn every_method_finds_a_turn() {
        let Spaces { documents, queries, .. } = texts(300, 10, 12).seen(|row| reflected(row, 12));
        for method in METHODS {
            let map = LinearMap::fit(Pairs::new(&documents.0, &documents.1).unwrap(), method).unwrap();
            for (new, old) in queries.0.iter().zip(&queries.1) {
                let error = map.apply(new).iter().zip(old).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(error < 1e-4, "{method:?}: {error}");
            }
        }
    }

    #[test]
    fn a_rotation_of_noise_keeps_angles_and_one_onto_fewer_numbers_does_so_where_it_can() {
        for (new, old) in [(9, 9), (9, 5), (5, 9)] {
            let (a, b) = (noise(200, new, 5), noise(200, old, 6));
            let map = LinearMap::fit(Pairs::new(&a, &b).unwrap(), Method::Procrustes).unwrap();
            let rows: Vec<Vec<f64>> = map.rows.iter().map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect();
            let columns: Vec<Vec<f64>> = (0..new).map(|place| rows.iter().map(|row| row[place]).collect()).collect();
            // The shorter side is orthonormal.
            let sides = if old <= new { &rows } else { &columns };
            for (i, a) in sides.iter().enumerate() {
                for (j, b) in sides.iter().enumerate() {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((dot(a, b) - expected).abs() < 1e-5, "{new} to {old}: {i}, {j}");
                }
            }
        }
    }

    #[test]
    fn least_squares_leave_an_error_that_no_direction_explains() {
        let (a, b) = (noise(400, 6, 7), noise(400, 4, 8));
        let pairs = Pairs::new(&a, &b).unwrap();
        let map = LinearMap::fit(pairs, Method::Ridge { ridge: 0.0 }).unwrap();
        // Before it is scaled to length 1: what is missing is uncorrelated with everything the map could use.
        let error = |row: usize, place: usize| {
            let mapped = semsearch_vector::dot(map.rows.row(place), a.row(row)) + map.offset[place];
            f64::from(b.row(row)[place] - mapped)
        };
        for place in 0..4 {
            let sum: f64 = (0..400).map(|row| error(row, place)).sum();
            assert!(sum.abs() < 1e-3, "{sum}");
            for direction in 0..6 {
                let sum: f64 = (0..400).map(|row| error(row, place) * f64::from(a.row(row)[direction])).sum();
                assert!(sum.abs() < 1e-3, "{sum}");
            }
        }
    }

    #[test]
    fn sums_of_two_parts_are_the_sums_of_the_whole() {
        let (a, b) = (noise(700, 5, 9), noise(700, 3, 10));
        let pairs = Pairs::new(&a, &b).unwrap();
        let mut parts = Moments::of(pairs, |row| row % 3 == 0);
        parts.add(&Moments::of(pairs, |row| row % 3 != 0));
        let whole = Moments::of(pairs, |_| true);
        assert_eq!(parts.rows, whole.rows);
        let (parts, whole) = (parts.centred(), whole.centred());
        let numbers = |of: &Centred| [&of.new[..], &of.old, &of.new_new, &of.new_old, &of.old_old].concat();
        assert!(numbers(&parts).iter().zip(numbers(&whole)).all(|(a, b)| (a - b).abs() < 1e-12));
        // By hand: the mean, and one product, of what differs from it.
        let mean = |rows: &Matrix, place: usize| rows.iter().map(|row| f64::from(row[place])).sum::<f64>() / 700.0;
        let (x, y) = (mean(&a, 4), mean(&b, 1));
        let product: f64 = a.iter().zip(&b).map(|(a, b)| (f64::from(a[4]) - x) * (f64::from(b[1]) - y)).sum();
        assert!((whole.new[4] - x).abs() < 1e-12 && (whole.new_old[4 * 3 + 1] - product / 700.0).abs() < 1e-12);
    }
}
