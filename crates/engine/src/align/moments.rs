//! Moments: sums over texts that two models have encoded. Every linear map is fitted from them, without the vectors.
//!
//! Moments of two sets of texts add up, so a map over both halves of a collection sums nothing again. They are kept raw
//! and centred when they are used: in f64 and for vectors of length 1 the loss is negligible.
//!
//! Cost: `rows · (a² + ab + b²)` multiplications, a second of one core for 5,000 rows of 384 numbers.

use rayon::prelude::*;

use super::pairs::Pairs;

/// Rows that are summed by one thread at a time.
const BLOCK: usize = 256;

/// Sums over texts.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    pub(super) rows: usize,
    new_dim: usize,
    old_dim: usize,
    new: Vec<f64>,
    old: Vec<f64>,
    /// `Σ new · newᵀ`, `Σ new · oldᵀ` and `Σ old · oldᵀ`, row after row.
    new_new: Vec<f64>,
    new_old: Vec<f64>,
    old_old: Vec<f64>,
}

/// Means and covariances of both models' vectors.
#[derive(Debug)]
pub(super) struct Centred {
    pub(super) new: Vec<f64>,
    pub(super) old: Vec<f64>,
    pub(super) new_new: Vec<f64>,
    pub(super) new_old: Vec<f64>,
    pub(super) old_old: Vec<f64>,
}

impl Moments {
    /// The sums over the texts whose number `keep` accepts.
    pub(super) fn of(pairs: Pairs<'_>, keep: impl Fn(usize) -> bool) -> Self {
        let kept: Vec<usize> = (0..pairs.len()).filter(|&row| keep(row)).collect();
        let (a, b) = (pairs.new.dim(), pairs.old.dim());
        let block = |rows: &[usize]| {
            let mut sums = Moments::none(a, b);
            let (mut new, mut old) = (vec![0.0; a], vec![0.0; b]);
            for &row in rows {
                new.iter_mut().zip(pairs.new.row(row)).for_each(|(wide, &number)| *wide = f64::from(number));
                old.iter_mut().zip(pairs.old.row(row)).for_each(|(wide, &number)| *wide = f64::from(number));
                sums.push(&new, &old);
            }
            sums
        };
        // Collected before they are added, so that the order of the sum is fixed; a few at a time, since each is
        // megabytes.
        let mut all = Moments::none(a, b);
        for blocks in kept.chunks(BLOCK * rayon::current_num_threads()) {
            let sums: Vec<Moments> = blocks.par_chunks(BLOCK).map(block).collect();
            sums.iter().for_each(|sums| all.add(sums));
        }
        all
    }

    /// The sums over no text.
    pub(super) fn none(new_dim: usize, old_dim: usize) -> Self {
        Moments {
            rows: 0,
            new_dim,
            old_dim,
            new: vec![0.0; new_dim],
            old: vec![0.0; old_dim],
            new_new: vec![0.0; new_dim * new_dim],
            new_old: vec![0.0; new_dim * old_dim],
            old_old: vec![0.0; old_dim * old_dim],
        }
    }

    fn push(&mut self, new: &[f64], old: &[f64]) {
        self.rows += 1;
        add(&mut self.new, new);
        add(&mut self.old, old);
        add_products(&mut self.new_new, new, new);
        add_products(&mut self.new_old, new, old);
        add_products(&mut self.old_old, old, old);
    }

    /// Adds the sums over other texts.
    pub(super) fn add(&mut self, other: &Moments) {
        self.rows += other.rows;
        add(&mut self.new, &other.new);
        add(&mut self.old, &other.old);
        add(&mut self.new_new, &other.new_new);
        add(&mut self.new_old, &other.new_old);
        add(&mut self.old_old, &other.old_old);
    }

    /// Means and covariances.
    pub(super) fn centred(&self) -> Centred {
        let share = 1.0 / self.rows.max(1) as f64;
        let mean = |sums: &[f64]| sums.iter().map(|sum| sum * share).collect::<Vec<f64>>();
        let (new, old) = (mean(&self.new), mean(&self.old));
        let products = |sums: &[f64], a: &[f64], b: &[f64]| {
            let means = a.iter().flat_map(|a| b.iter().map(move |b| a * b));
            sums.iter().zip(means).map(|(sum, means)| sum * share - means).collect()
        };
        Centred {
            new_new: products(&self.new_new, &new, &new),
            new_old: products(&self.new_old, &new, &old),
            old_old: products(&self.old_old, &old, &old),
            new,
            old,
        }
    }

    pub(super) fn dims(&self) -> (usize, usize) {
        (self.new_dim, self.old_dim)
    }
}

fn add(sums: &mut [f64], numbers: &[f64]) {
    sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
}

fn add_products(sums: &mut [f64], a: &[f64], b: &[f64]) {
    for (sums, a) in sums.chunks_exact_mut(b.len()).zip(a) {
        sums.iter_mut().zip(b).for_each(|(sum, b)| *sum += a * b);
    }
}
