//! Product quantisation: a byte for every eight numbers.
//!
//! A row is divided into sub-vectors of eight dimensions. Each sub-vector has 256 centroids of its own and is replaced by
//! the number of the nearest one (Jégou, Douze and Schmid, Product quantization for nearest neighbor search, 2011). 384
//! numbers become 48 bytes, a thirty-second of their size. For each query, a table of its products with all centroids is
//! computed; the score of a row is then the sum of 48 entries of the table (asymmetric distance computation: the query is
//! not quantised).
//!
//! Centroids are trained on at most 20,000 rows, chosen by a seed, and do not depend on the number of threads.
//!
//! JPQ (Zhan et al., Jointly optimizing query encoder and product quantization to improve retrieval performance, 2021) has
//! codes of the same size, but trains query encoder and centroids together for the questions of one data set. Its recall
//! says nothing about codes of vectors of an unchanged encoder, which are measured here.
//!
//! Cost: 48 look-ups in 48 KiB of tables to score a row; 256 times its width in products to encode one.

use rayon::prelude::*;
use semsearch_vector::dot;

use super::best::best;
use super::encoding::{Encoding, Full};
use super::kmeans::{Centroids, Columns};
use crate::random::numbers;

/// Dimensions of a sub-vector.
const WIDTH: usize = 8;
/// Centroids of a sub-vector: the number of values of a byte.
const CENTROIDS: usize = 256;
/// Rows the centroids are trained on.
const SAMPLE: usize = 20_000;
/// Iterations of training. More gain little: the mean square error after 25 is less than 1 % lower.
const ITERATIONS: usize = 12;
/// Rows whose codes are interleaved, so that a scan adds up this many scores at a time.
const GROUP: usize = 8;
/// Rows encoded by a thread at a time.
const ENCODED: usize = 64 * GROUP;

/// Rows as bytes, each the number of a centroid.
pub(super) struct ProductCodes {
    /// The centroids of each sub-vector.
    parts: Vec<Centroids>,
    /// Groups of rows; a group has the bytes of all its rows for the first sub-vector, then those for the second, and so on.
    codes: Vec<[u8; GROUP]>,
    rows: usize,
}

impl ProductCodes {
    pub(super) fn encode(full: Full<'_>, seed: u64) -> Self {
        let sample = sample(full, seed);
        let starts: Vec<usize> = (0..full.dim).step_by(WIDTH).collect();
        let width = |first: usize| WIDTH.min(full.dim - first);
        let columns = |rows, first| Columns { rows, stride: full.dim, first, width: width(first) };
        let parts: Vec<Centroids> =
            starts.par_iter().map(|&first| Centroids::train(columns(&sample, first), CENTROIDS, ITERATIONS)).collect();

        let mut codes = vec![[0; GROUP]; full.rows().div_ceil(GROUP) * parts.len()];
        codes.par_chunks_mut(ENCODED / GROUP * parts.len()).zip(full.numbers.par_chunks(ENCODED * full.dim)).for_each(
            |(codes, rows)| {
                for ((place, part), &first) in parts.iter().enumerate().zip(&starts) {
                    part.nearest(columns(rows, first), |row, nearest, _| {
                        codes[row / GROUP * parts.len() + place][row % GROUP] = nearest as u8;
                    });
                }
            },
        );
        ProductCodes { rows: full.rows(), parts, codes }
    }

    /// The products of the query's sub-vectors with their centroids.
    fn tables(&self, query: &[f32]) -> Vec<[f32; CENTROIDS]> {
        let mut tables = vec![[0.0; CENTROIDS]; self.parts.len()];
        for ((table, part), query) in tables.iter_mut().zip(&self.parts).zip(query.chunks(WIDTH)) {
            let centroids = part.numbers.chunks_exact(query.len());
            table.iter_mut().zip(centroids).for_each(|(entry, centroid)| *entry = dot(query, centroid));
        }
        tables
    }
}

impl Encoding for ProductCodes {
    fn bytes_per_vector(&self) -> usize {
        self.parts.len()
    }

    fn shared_bytes(&self) -> usize {
        self.parts.iter().map(|part| part.numbers.len() * 4).sum()
    }

    fn best(&self, query: &[f32], most: usize) -> Vec<u32> {
        let tables = self.tables(query);
        best(self.rows, most, |first, scores: &mut [f32]| {
            let groups = self.codes[first / GROUP * tables.len()..].chunks_exact(tables.len());
            for (scores, codes) in scores.chunks_mut(GROUP).zip(groups) {
                let mut sums = [0.0; GROUP];
                for (table, codes) in tables.iter().zip(codes) {
                    sums.iter_mut().zip(codes).for_each(|(sum, &code)| *sum += table[usize::from(code)]);
                }
                scores.copy_from_slice(&sums[..scores.len()]);
            }
        })
    }
}

/// Rows to train on, in random order.
fn sample(full: Full<'_>, seed: u64) -> Vec<f32> {
    let mut rows: Vec<usize> = (0..full.rows()).collect();
    let mut random = numbers(seed);
    let count = SAMPLE.min(rows.len());
    for place in 0..count {
        // Draws one of the rows not drawn yet; the bias of the remainder is about 10⁻¹⁴.
        let other = place + (random() % (rows.len() - place) as u64) as usize;
        rows.swap(place, other);
    }
    rows[..count].iter().flat_map(|&row| full.row(row)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::tests::{expect_ranking, made_rows};

    /// A row, reconstructed from its codes.
    fn decoded(codes: &ProductCodes, row: usize) -> Vec<f32> {
        let code = |place: usize| usize::from(codes.codes[row / GROUP * codes.parts.len() + place][row % GROUP]);
        let widths = codes.parts.iter().map(|part| part.numbers.len() / part.len());
        let parts = codes.parts.iter().zip(widths).enumerate();
        parts.flat_map(|(place, (part, width))| part.numbers[code(place) * width..][..width].to_vec()).collect()
    }

    #[test]
    fn a_row_is_ranked_by_the_product_with_its_centroids() {
        for dim in [5, 8, 20, 24] {
            let rows = made_rows(2999, dim, 11);
            let full = Full { numbers: rows.as_slice(), dim };
            let codes = ProductCodes::encode(full, 1);
            assert_eq!((codes.bytes_per_vector(), codes.shared_bytes()), (dim.div_ceil(8), 256 * dim * 4));
            for query in made_rows(8, dim, 12).iter() {
                expect_ranking(&codes, query, full.rows(), 1e-6, |row| {
                    decoded(&codes, row).iter().zip(query).map(|(x, q)| f64::from(*x) * f64::from(*q)).sum()
                });
            }
        }
    }

    #[test]
    fn each_sub_vector_goes_to_its_nearest_centroid() {
        let rows = made_rows(1000, 20, 13);
        let full = Full { numbers: rows.as_slice(), dim: 20 };
        let codes = ProductCodes::encode(full, 1);
        let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        for row in 0..full.rows() {
            for ((sub, nearest), part) in full.row(row).chunks(8).zip(decoded(&codes, row).chunks(8)).zip(&codes.parts)
            {
                let least = part.numbers.chunks(sub.len()).map(|centroid| distance(sub, centroid)).fold(9.0, f32::min);
                assert!(distance(sub, nearest) <= least + 1e-5, "row {row}");
            }
        }
    }

    #[test]
    fn as_many_rows_as_centroids_are_kept_as_they_are() {
        let rows = made_rows(256, 20, 14);
        let full = Full { numbers: rows.as_slice(), dim: 20 };
        let codes = ProductCodes::encode(full, 1);
        assert!((0..256).all(|row| decoded(&codes, row) == full.row(row)));
    }

    #[test]
    fn a_sample_is_of_different_rows_and_follows_from_its_seed() {
        let rows: Vec<f32> = (0..30_000).map(|row| row as f32).collect();
        let full = Full { numbers: &rows, dim: 1 };
        let (first, second) = (sample(full, 1), sample(full, 2));
        assert_eq!(first, sample(full, 1));
        assert_ne!(first, second);
        let different: std::collections::BTreeSet<u32> = first.iter().map(|row| *row as u32).collect();
        assert_eq!(different.len(), SAMPLE);
        // Spread over all rows: the mean of 20,000 is within 5 standard errors of the middle.
        let mean = first.iter().map(|row| f64::from(*row)).sum::<f64>() / SAMPLE as f64;
        assert!((mean - 15_000.0).abs() < 5.0 * 8660.0 / 141.4, "{mean}");
    }
}
