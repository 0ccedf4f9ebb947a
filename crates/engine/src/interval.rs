//! How sure a measured recall is.
//!
//! Recall over n queries is a mean of n numbers between 0 and 1, most of them exactly 1. The textbook interval of a
//! mean collapses to a point when all of them are 1 and reaches beyond 1 when nearly all are. Wilson's score interval
//! (Wilson, 1927) does neither, but is made for proportions of independent yes-or-no trials, and the k hits of one
//! query are not independent. So the number of trials is the effective one: as many independent trials as would give a
//! mean with the spread that was seen (Kish, 1965), between one trial a query and k.

use serde::{Deserialize, Serialize};

/// A mean and its 95 % interval, all between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The 95 % interval of the mean of `values`, each a share of `k` hits; `None` without values.
#[must_use]
pub fn mean_with_interval(values: &[f64], k: usize) -> Option<Interval> {
    /// The 97.5th percentile of the standard normal distribution.
    const Z: f64 = 1.959_964;
    if values.is_empty() {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    let trials = if variance > 0.0 {
        (mean * (1.0 - mean) * n / variance).clamp(n, n * k.max(1) as f64)
    } else {
        // No spread was seen, so nothing says that the hits of a query are independent.
        n
    };
    let scale = 1.0 + Z * Z / trials;
    let centre = (mean + Z * Z / (2.0 * trials)) / scale;
    let half = Z / scale * (mean * (1.0 - mean) / trials + Z * Z / (4.0 * trials * trials)).sqrt();
    Some(Interval { mean, low: (centre - half).max(0.0).min(mean), high: (centre + half).min(1.0).max(mean) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_one_trial_a_query_it_is_wilsons_interval() {
        // 81 of 263: Newcombe (1998), table I, method 3 gives 0.2553 to 0.3662.
        let values: Vec<f64> = (0..263).map(|index| f64::from(index < 81)).collect();
        let interval = mean_with_interval(&values, 1).unwrap();
        assert!((interval.low - 0.2553).abs() < 1e-4 && (interval.high - 0.3662).abs() < 1e-4, "{interval:?}");
    }

    #[test]
    fn a_perfect_score_is_not_certainty() {
        let interval = mean_with_interval(&[1.0; 100], 10).unwrap();
        assert_eq!((interval.mean, interval.high), (1.0, 1.0));
        // 1 - z²/(n + z²), the closed form for n of n.
        assert!((interval.low - (1.0 - 3.841_459 / 103.841_459)).abs() < 1e-6, "{interval:?}");
    }

    #[test]
    fn less_spread_gives_a_narrower_interval() {
        let clustered: Vec<f64> = (0..100).map(|index| f64::from(index % 2)).collect();
        let even = [0.5; 99].into_iter().chain([0.6]).collect::<Vec<f64>>();
        let width = |values: &[f64]| {
            let interval = mean_with_interval(values, 10).unwrap();
            interval.high - interval.low
        };
        assert!(width(&even) < width(&clustered) / 2.0);
        assert_eq!(mean_with_interval(&[], 10), None);
    }
}
