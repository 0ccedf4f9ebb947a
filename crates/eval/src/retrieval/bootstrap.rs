//! How sure a mean over queries is, and how sure the difference of two configurations.
//!
//! The percentile bootstrap (Efron, 1979): draw as many queries as there are, with replacement, many times, and take the
//! middle 95 % of the means. It assumes no shape, which suits measures that are 0 or 1 for most queries. Two
//! configurations are compared query by query: what both find easy or hard cancels out, so the interval of the
//! difference is narrower than those of the means tell.
//!
//! The interval knows only the queries that were asked. From a handful, or where all score the same, it is narrower than
//! the truth; recall of an approximate search, which is nearly always 1, has an interval of its own,
//! [`mean_with_interval`](semsearch_engine::mean_with_interval).
//!
//! Cost: samples × queries additions; for 300 queries, 3 million.

use crate::random::{below, numbers};

/// A mean and the ends of its 95 % interval. A difference may be negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean of the values as they are.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Estimate {
    /// Whether the interval leaves out 0: for a difference, that the two are told apart.
    #[must_use]
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// Draws samples of queries. The same seed and values give the same interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// How many samples are drawn. At 9,999 the ends move by about 1 % of the interval's width from seed to seed.
    pub samples: usize,
    /// What the draws follow from.
    pub seed: u64,
}

impl Default for Bootstrap {
    /// 9,999 samples, so that the 250th mean and the 9,750th are exactly the ends.
    fn default() -> Bootstrap {
        Bootstrap { samples: 9_999, seed: 0x5eed }
    }
}

impl Bootstrap {
    /// The mean of `values` with its interval; `None` without values.
    #[must_use]
    pub fn mean(&self, values: &[f64]) -> Option<Estimate> {
        if values.is_empty() {
            return None;
        }
        let mut random = numbers(self.seed);
        let count = values.len();
        let mut means: Vec<f64> = (0..self.samples.max(1))
            .map(|_| (0..count).map(|_| values[below(count, random())]).sum::<f64>() / count as f64)
            .collect();
        means.sort_unstable_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / count as f64;
        let (low, high) = (quantile(&means, 0.025), quantile(&means, 0.975));
        // Sums of the same numbers in another order may differ in the last bit.
        Some(Estimate { mean, low: low.min(mean), high: high.max(mean) })
    }

    /// What `after` has more than `before`, query by query, with its interval; `None` without values.
    ///
    /// # Panics
    /// If the two are not equally long: they are values of the same queries.
    #[must_use]
    pub fn difference(&self, before: &[f64], after: &[f64]) -> Option<Estimate> {
        assert_eq!(before.len(), after.len(), "values of the same queries");
        let differences: Vec<f64> = before.iter().zip(after).map(|(before, after)| after - before).collect();
        self.mean(&differences)
    }
}

/// The value below which `share` of the sorted values lie (Davison and Hinkley, Bootstrap Methods, 1997, 5.2.1).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * (sorted.len() + 1) as f64).round() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_about_two_standard_errors_to_each_side() {
        // 100 values with mean 0.495 and standard deviation 0.2887: 1.96 standard errors are 0.0566.
        let values: Vec<f64> = (0..100).map(|index| f64::from(index) / 100.0).collect();
        let estimate = Bootstrap::default().mean(&values).unwrap();
        assert!((estimate.mean - 0.495).abs() < 1e-12, "{estimate:?}");
        assert!((estimate.low - (0.495 - 0.0566)).abs() < 0.004, "{estimate:?}");
        assert!((estimate.high - (0.495 + 0.0566)).abs() < 0.004, "{estimate:?}");
    }

    #[test]
    fn one_in_twenty_intervals_misses_the_truth() {
        // Draws of 60 from values that are 1 with probability 0.3.
        let mut random = numbers(7);
        let misses = (0..400)
            .filter(|&seed| {
                let values: Vec<f64> = (0..60).map(|_| f64::from(below(10, random()) < 3)).collect();
                let estimate = Bootstrap { samples: 999, seed }.mean(&values).unwrap();
                estimate.low > 0.3 || estimate.high < 0.3
            })
            .count();
        assert!((8..=40).contains(&misses), "{misses} of 400");
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let values: Vec<f64> = (0..50).map(|index| f64::from(index % 7) / 7.0).collect();
        let one = Bootstrap { samples: 999, seed: 1 };
        assert_eq!(one.mean(&values), one.mean(&values));
        assert_ne!(one.mean(&values), Bootstrap { seed: 2, ..one }.mean(&values));
    }

    #[test]
    fn a_small_gain_on_every_query_is_told_from_none_though_the_means_overlap() {
        let before: Vec<f64> = (0..50).map(|index| f64::from(index % 10) / 10.0).collect();
        let after: Vec<f64> = before.iter().map(|value| value + 0.02).collect();
        let bootstrap = Bootstrap::default();
        let difference = bootstrap.difference(&before, &after).unwrap();
        assert!((difference.mean - 0.02).abs() < 1e-12 && difference.excludes_zero(), "{difference:?}");
        assert!(bootstrap.mean(&before).unwrap().high > bootstrap.mean(&after).unwrap().low);
        assert!(!bootstrap.difference(&before, &before).unwrap().excludes_zero());
        assert_eq!(bootstrap.difference(&after, &before).unwrap().mean, -difference.mean);
    }

    #[test]
    fn few_values_and_none_have_an_answer() {
        let bootstrap = Bootstrap::default();
        assert_eq!(bootstrap.mean(&[]), None);
        assert_eq!(bootstrap.mean(&[0.3]), Some(Estimate { mean: 0.3, low: 0.3, high: 0.3 }));
        let none = Bootstrap { samples: 0, seed: 1 }.mean(&[0.0, 1.0]).unwrap();
        assert!(none.low <= 0.5 && none.high >= 0.5);
    }
}
