//! K-means over short vectors: trains the centroids of product quantisation.
//!
//! Lloyd's iteration (Least squares quantization in PCM, 1982): every vector is assigned to its nearest centroid, and every
//! centroid moves to the mean of its vectors. The nearest centroids of many vectors are found by a matrix product, since
//! `|x − c|² = |x|² − 2 (x·c − |c|²/2)`, and the bracket is a product plus a constant for each centroid. A centroid without
//! vectors moves to the vector that is farthest from its own centroid, so duplicates among the first centroids disappear.
//!
//! Training runs in a fixed order on one thread; callers train many sub-vectors in parallel.

use semsearch_vector::{Packed, simd};

/// Vectors compared with all centroids at a time: their products stay in the L2 cache.
const BLOCK: usize = 32;
/// Products compared at once.
const LANES: usize = 16;

/// Columns `first..first + width` of rows that lie `stride` apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns<'a> {
    pub(super) rows: &'a [f32],
    pub(super) stride: usize,
    pub(super) first: usize,
    pub(super) width: usize,
}

impl Columns<'_> {
    pub(super) fn len(&self) -> usize {
        self.rows.len() / self.stride
    }

    pub(super) fn get(&self, row: usize) -> &[f32] {
        &self.rows[row * self.stride + self.first..][..self.width]
    }
}

/// Centroids, one after another, and the same packed for finding the nearest.
#[derive(Clone, Debug)]
pub(super) struct Centroids {
    pub(super) numbers: Vec<f32>,
    width: usize,
    packed: Packed,
}

impl Centroids {
    /// Trains at most `count` centroids: starts with the first vectors, and runs `iterations` iterations.
    ///
    /// Vectors should be in random order, otherwise the first ones are a poor start.
    pub(super) fn train(vectors: Columns<'_>, count: usize, iterations: usize) -> Self {
        let count = count.min(vectors.len());
        let first = (0..count).flat_map(|row| vectors.get(row)).copied().collect();
        let mut centroids = Centroids::new(first, vectors.width);
        for _ in 0..iterations {
            let moved = centroids.moved(vectors);
            if moved == centroids.numbers {
                break;
            }
            centroids = Centroids::new(moved, vectors.width);
        }
        centroids
    }

    fn new(numbers: Vec<f32>, width: usize) -> Self {
        let halves: Vec<f32> =
            numbers.chunks_exact(width).map(|centroid| -0.5 * centroid.iter().map(|x| x * x).sum::<f32>()).collect();
        let packed = Packed::linear(&numbers, &halves, width);
        Centroids { numbers, width, packed }
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len() / self.width
    }

    /// Calls `found` with the number of every vector, its nearest centroid and `x·c − |c|²/2`. Of equally near centroids it
    /// takes the first.
    pub(super) fn nearest(&self, vectors: Columns<'_>, mut found: impl FnMut(usize, usize, f32)) {
        let count = self.len();
        // Empty where there are no vectors.
        let mut products = vec![0.0; BLOCK * count];
        for first in (0..vectors.len()).step_by(BLOCK) {
            let rows = BLOCK.min(vectors.len() - first);
            let from = first * vectors.stride + vectors.first;
            simd::best().matmul(&vectors.rows[from..], vectors.stride, rows, &self.packed, &mut products, count);
            for (row, products) in products.chunks_exact(count).take(rows).enumerate() {
                let (place, product) = largest(products);
                found(first + row, place, product);
            }
        }
    }

    /// The means of the vectors that are nearest to each centroid.
    fn moved(&self, vectors: Columns<'_>) -> Vec<f32> {
        let mut sums = vec![0.0_f64; self.numbers.len()];
        let mut members = vec![0_u32; self.len()];
        let mut distances = Vec::with_capacity(vectors.len());
        self.nearest(vectors, |row, place, product| {
            let vector = vectors.get(row);
            members[place] += 1;
            sums[place * self.width..][..self.width].iter_mut().zip(vector).for_each(|(sum, x)| *sum += f64::from(*x));
            distances.push((vector.iter().map(|x| x * x).sum::<f32>() - 2.0 * product, row));
        });
        let mut moved: Vec<f32> = (sums.iter().enumerate())
            .map(|(place, sum)| (sum / f64::from(members[place / self.width])) as f32)
            .collect();
        if members.contains(&0) {
            distances.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let empty = (0..members.len()).filter(|&place| members[place] == 0);
            for (place, (_, row)) in empty.zip(distances) {
                moved[place * self.width..][..self.width].copy_from_slice(vectors.get(row));
            }
        }
        moved
    }
}

/// The largest number and its first index.
fn largest(numbers: &[f32]) -> (usize, f32) {
    let (whole, rest) = numbers.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in whole {
        lanes.iter_mut().zip(chunk).for_each(|(lane, x)| *lane = if *x > *lane { *x } else { *lane });
    }
    let most = lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |most, x| most.max(*x));
    (numbers.iter().position(|x| *x == most).unwrap_or(0), most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn columns(rows: &[f32], width: usize) -> Columns<'_> {
        Columns { rows, stride: width, first: 0, width }
    }

    fn error(centroids: &Centroids, vectors: Columns<'_>) -> f64 {
        let mut sum = 0.0;
        centroids.nearest(vectors, |row, place, _| {
            let centroid = &centroids.numbers[place * vectors.width..][..vectors.width];
            sum += vectors.get(row).iter().zip(centroid).map(|(a, b)| f64::from((a - b) * (a - b))).sum::<f64>();
        });
        sum
    }

    proptest! {
        #[test]
        fn the_nearest_centroid_is_found_among_columns_of_rows(
            rows in prop::collection::vec(-1f32..1.0, 7..1500), first in 0usize..4, width in 1usize..4, count in 1usize..70,
        ) {
            let rows = &rows[..rows.len() / 7 * 7];
            let vectors = Columns { rows, stride: 7, first, width };
            let centroids = Centroids::train(vectors, count, 2);
            let distance = |row: usize, place: usize| -> f32 {
                let centroid = &centroids.numbers[place * width..][..width];
                vectors.get(row).iter().zip(centroid).map(|(a, b)| (a - b) * (a - b)).sum()
            };
            let mut seen = 0;
            let mut failure = None;
            centroids.nearest(vectors, |row, place, _| {
                let least = (0..centroids.len()).map(|place| distance(row, place)).fold(f32::INFINITY, f32::min);
                if distance(row, place) > least + 1e-5 || row != seen {
                    failure = Some((row, place, least));
                }
                seen += 1;
            });
            prop_assert_eq!(failure, None);
            prop_assert_eq!(seen, rows.len() / 7);
        }

        #[test]
        fn an_iteration_never_makes_the_error_larger(rows in prop::collection::vec(-1f32..1.0, 40..800)) {
            let rows = &rows[..rows.len() / 4 * 4];
            let errors: Vec<f64> =
                (0..6).map(|iterations| error(&Centroids::train(columns(rows, 4), 8, iterations), columns(rows, 4))).collect();
            prop_assert!(errors.windows(2).all(|pair| pair[1] <= pair[0] + 1e-5), "{:?}", errors);
        }
    }

    #[test]
    fn duplicates_among_the_first_vectors_do_not_waste_centroids() {
        let mut rows = vec![0.25; 2 * 8];
        for number in 0..8 {
            rows.extend([number as f32, 1.0]);
        }
        let vectors = columns(&rows, 2);
        assert!(error(&Centroids::train(vectors, 8, 0), vectors) > 1.0);
        // Nine different vectors, eight centroids.
        assert!(error(&Centroids::train(vectors, 8, 20), vectors) <= 0.6);
        assert_eq!(error(&Centroids::train(vectors, 9, 20), vectors), 0.0);
    }

    #[test]
    fn there_are_no_more_centroids_than_vectors() {
        let centroids = Centroids::train(columns(&[1.0, 2.0, 3.0, 4.0], 2), 256, 10);
        assert_eq!(centroids.numbers, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(Centroids::train(columns(&[], 2), 256, 10).len(), 0);
    }
}
