//! Rows to test with: made from a seed, the same on every machine.

use proptest::prelude::*;
use semsearch_index::{RowId, RowSet, SearchParams, Vectors};
use semsearch_testing::Random;
use semsearch_vector::{Matrix, normalise};

/// Rows of length 1 in as many clusters, the way embeddings of texts on a few subjects lie.
pub(crate) fn clustered(rows: usize, dim: usize, clusters: usize, seed: u64) -> Matrix {
    let mut random = Random::new(seed);
    let centres: Vec<Vec<f32>> = (0..clusters).map(|_| (0..dim).map(|_| random.normal()).collect()).collect();
    let mut matrix = Matrix::with_capacity(rows, dim);
    for _ in 0..rows {
        let centre = &centres[random.index(clusters)];
        let mut row: Vec<f32> = centre.iter().map(|x| x + 0.7 * random.normal()).collect();
        normalise(&mut row);
        matrix.push(&row);
    }
    matrix
}

pub(crate) fn vectors(rows: usize, dim: usize, seed: u64) -> Vectors {
    Vectors::new(clustered(rows, dim, 5, seed)).expect("normalised rows")
}

/// Distributions of rows, some of which embeddings never have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In any direction.
    Random,
    /// Around a few centres, as embeddings of texts lie.
    Clustered,
    /// A few rows, each many times.
    Duplicated,
    /// Every third row is of zeros.
    Zeros,
    /// Around one row, so close that single precision hardly tells them apart.
    NearTies,
    /// Around a few centres, closer than a step of a quantiser that has to span all of them.
    Tight,
    /// One coordinate is nearly everything.
    Outlier,
    /// One coordinate is 0 everywhere except in one row.
    LoneOutlier,
    /// All rows are the same.
    Constant,
    /// A direction and its opposite, hardly disturbed.
    Opposite,
    /// A few coordinates are so small that their squares vanish.
    Vanishing,
    /// Lengths a little off 1, as far as an index takes them.
    Lengths,
    /// All but two coordinates are zero.
    Sparse,
}

impl Kind {
    /// The kinds on which a graph has to find nearly everything: rows with equal codes have scores that are equally good.
    pub(crate) const WALKABLE: [Self; 5] =
        [Self::Random, Self::Clustered, Self::Duplicated, Self::Zeros, Self::NearTies];

    pub(crate) const ALL: [Self; 13] = [
        Self::Random,
        Self::Clustered,
        Self::Duplicated,
        Self::Zeros,
        Self::NearTies,
        Self::Tight,
        Self::Outlier,
        Self::LoneOutlier,
        Self::Constant,
        Self::Opposite,
        Self::Vanishing,
        Self::Lengths,
        Self::Sparse,
    ];

    /// Rows of this kind.
    pub(crate) fn rows(self, rows: usize, dim: usize, seed: u64) -> Matrix {
        let mut random = Random::new(seed);
        let few = match self {
            Self::Duplicated => 1 + rows / 15,
            Self::Clustered => 1 + rows / 100,
            Self::Tight => 7,
            _ => 1,
        };
        let centres: Vec<Vec<f32>> = (0..few).map(|_| direction(dim, &mut random)).collect();
        let mut matrix = Matrix::with_capacity(rows, dim);
        for number in 0..rows {
            let centre = &centres[random.index(few)];
            let mut row = match self {
                Self::Random | Self::Lengths => direction(dim, &mut random),
                Self::Clustered => near(centre, 0.7 / (dim as f32).sqrt(), &mut random),
                Self::Duplicated | Self::Constant => centre.clone(),
                Self::Zeros if number % 3 == 0 => vec![0.0; dim],
                Self::Zeros => direction(dim, &mut random),
                Self::NearTies => near(centre, 1e-7, &mut random),
                Self::Tight => near(centre, 1e-4 / (dim as f32).sqrt(), &mut random),
                Self::Outlier => {
                    let mut row = direction(dim, &mut random);
                    row[dim / 2] = 1e3 * if random.index(2) == 0 { 1.0 } else { -1.0 };
                    row
                }
                Self::LoneOutlier => {
                    let mut row = direction(dim, &mut random);
                    row[dim - 1] = if number == rows / 2 { 100.0 } else { 0.0 };
                    row
                }
                Self::Opposite => {
                    let sign = if random.index(2) == 0 { 1.0 } else { -1.0 };
                    near(centre, 1e-6, &mut random).iter().map(|x| sign * x).collect()
                }
                Self::Vanishing => {
                    let mut row = direction(dim, &mut random);
                    row.iter_mut().step_by(3).for_each(|x| *x *= [1e-25, 1e-40, 0.0][random.index(3)]);
                    row
                }
                Self::Sparse => {
                    let mut row = vec![0.0; dim];
                    row[random.index(dim)] = 1.0;
                    row[random.index(dim)] = random.normal();
                    row
                }
            };
            normalise(&mut row);
            if self == Self::Lengths {
                let length = 1.0 + 0.0024 * random.normal();
                row.iter_mut().for_each(|x| *x *= length);
            }
            matrix.push(&row);
        }
        matrix
    }
}

fn direction(dim: usize, random: &mut Random) -> Vec<f32> {
    let mut row: Vec<f32> = (0..dim).map(|_| random.normal()).collect();
    normalise(&mut row);
    row
}

fn near(centre: &[f32], by: f32, random: &mut Random) -> Vec<f32> {
    centre.iter().map(|x| x + by * random.normal()).collect()
}

/// A query that makes an exact search of `rows` hard: among them, between them, at ties, of any length.
pub(crate) fn query(rows: &Vectors, random: &mut Random) -> Vec<f32> {
    let dim = rows.dim();
    let any = |random: &mut Random| match rows.len() {
        0 => direction(dim, random),
        rows_len => rows.row(RowId(random.index(rows_len) as u32)).unwrap().into_owned(),
    };
    let (a, b) = (any(random), any(random));
    let mix = |by: f32| a.iter().zip(&b).map(|(a, b)| a + by * b).collect::<Vec<f32>>();
    let mut query = match random.index(12) {
        0 | 1 => direction(dim, random),
        2 => a,
        3 => near(&a, 1e-7, random),
        4 => near(&a, 0.1, random),
        // Equally near to two rows; and their difference, in whose scores nearly everything cancels out.
        5 => mix(1.0),
        6 => mix(-1.0),
        7 => a.iter().map(|x| -x).collect(),
        8 => {
            let mut query = vec![0.0; dim];
            query[random.index(dim)] = 1.0;
            query
        }
        9 => near(&vec![0.0; dim], 1e-42, random),
        10 => {
            let mut query = direction(dim, random);
            query[random.index(dim)] = 1e4;
            query
        }
        _ => {
            let mut query = direction(dim, random);
            query.iter_mut().step_by(2).for_each(|x| *x *= 1e-20);
            query
        }
    };
    let scale = [1.0, 1.0, 1.0, 1e-3, 37.0, 1e10, 1e14, 1e-10, 1e-30, 1e-38, 0.0][random.index(11)];
    query.iter_mut().for_each(|x| *x *= scale);
    query
}

/// A graph search.
pub(crate) fn by_graph(k: usize, ef: usize) -> SearchParams {
    SearchParams::new(k).with_ef(ef).with_strategy(semsearch_index::Strategy::Graph)
}

/// About `share` of `rows` rows.
pub(crate) fn mask(rows: usize, share: f64, seed: u64) -> RowSet {
    let drawn = |row: RowId| Random::new(seed ^ u64::from(row.0).wrapping_mul(0x2545_f491_4f6c_dd1d)).number();
    RowSet::filled(rows, |row| (drawn(row) as f64) < share * u64::MAX as f64)
}

/// Numbers of rows and dimensions for which a property test takes no minutes: at most 400,000 numbers.
pub(crate) fn shape(rows: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = (usize, usize)> {
    (rows, prop_oneof![1usize..=4, 5usize..=70, 71usize..=400, Just(512), Just(1024)])
        .prop_map(|(rows, dim)| (rows.min(400_000 / dim), dim))
}
