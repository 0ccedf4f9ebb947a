//! What all requests share.

use crate::cache::Cache;
use crate::live::Live;
use crate::metrics::Metrics;
use crate::work::Work;

/// A collection that answers, and what is known of its answers.
pub(crate) struct State {
    pub(crate) live: Live,
    pub(crate) work: Work,
    pub(crate) cache: Cache,
    pub(crate) metrics: Metrics,
}
