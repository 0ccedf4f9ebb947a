//! What all requests share.

use std::sync::Arc;

use crate::cache::Cache;
use crate::live::{Live, Newest};
use crate::maps::Maps;
use crate::metrics::Metrics;
use crate::problem::Problem;
use crate::work::{NotDone, Work};

/// A collection that answers, and what is known of its answers.
pub(crate) struct State {
    pub(crate) live: Live,
    pub(crate) work: Work,
    pub(crate) cache: Cache,
    pub(crate) maps: Maps,
    pub(crate) metrics: Metrics,
}

impl State {
    /// The searcher of the newest generation. To open one takes a while, so it is no work for a thread that speaks with clients.
    pub(crate) async fn newest(self: &Arc<Self>) -> Result<Newest, Problem> {
        let state = self.clone();
        tokio::task::spawn_blocking(move || state.live.newest()).await.map_err(|_| NotDone::Failed)?
    }
}
