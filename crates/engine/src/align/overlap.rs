//! Overlap@10: how much of what the new model would find, its aligned queries find among the old model's vectors.
//!
//! The share of the ten documents nearest to a query, by the new model alone, that are among the ten found through an
//! alignment. Beside it stands the share that the old model finds by itself: an alignment that finds less is not worth
//! its trouble, since the old model can be asked directly.

use serde::{Deserialize, Serialize};

use crate::interval::{Interval, mean_with_interval};

/// Documents found for a query, of which the overlap is taken.
pub(super) const DEPTH: usize = 10;

/// The least overlap@10 that an alignment must have to be used, at the lower end of its interval.
///
/// Above it, aligned answers to the queries of SciFact and Cranfield were nearer to those of the new model than the old
/// model's are, and at worst 0.033 of nDCG@10 behind the lesser of the two models alone. Below it was a model that is
/// of no use itself; unrelated spaces come to a few hundredths (docs/decisions/0014-bridge.md).
pub const LEAST_OVERLAP: f64 = 0.3;

/// What an alignment is worth, measured on documents and queries that it was not fitted to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OverlapAt10 {
    /// Overlap@10 of what aligned queries find and what the new model finds.
    #[serde(rename = "bridged")]
    pub aligned: Interval,
    /// Overlap@10 of what the old model finds and what the new model finds.
    pub models: Interval,
    /// Queries that were measured.
    #[serde(rename = "questions")]
    pub queries: usize,
    /// Documents that were searched.
    pub documents: usize,
}

impl OverlapAt10 {
    /// Whether queries may be answered through an alignment of this overlap.
    #[must_use]
    pub fn suffices(&self) -> bool {
        self.aligned.low >= LEAST_OVERLAP && self.aligned.mean >= self.models.mean
    }

    /// The mean of each share over all queries; `None` without queries.
    pub(super) fn of(shares: &[Shares], documents: usize) -> Option<Self> {
        let mean = |of: fn(&Shares) -> f64| mean_with_interval(&shares.iter().map(of).collect::<Vec<_>>(), DEPTH);
        let (aligned, models) = (mean(|share| share.aligned)?, mean(|share| share.models)?);
        Some(OverlapAt10 { aligned, models, queries: shares.len(), documents })
    }
}

/// The overlaps of one query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    pub(super) aligned: f64,
    pub(super) models: f64,
    /// Rank-biased overlap of what the aligned query finds and what the new model finds; it chooses between methods.
    pub(super) rbo: f64,
}
