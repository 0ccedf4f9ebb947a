//! How a collection is added to.

use semsearch_store::GraphRecord;

/// The default of [`IngestOptions::memory_bytes`]: 1 GiB.
pub const DEFAULT_MEMORY_BYTES: u64 = 1 << 30;

/// How a collection is added to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IngestOptions {
    /// How the model can be found again: a name for the model store, or an absolute folder.
    pub model_reference: String,
    /// Links of a row in the graph; `None` keeps what the collection has.
    pub m: Option<usize>,
    /// Candidates from which a row chooses its links; `None` keeps what the collection has.
    pub ef_construction: Option<usize>,
    /// Whether vectors are stored in half precision; `None` keeps what the collection has.
    pub half: Option<bool>,
    /// Memory in bytes for texts, tokens and vectors on their way through the encoder.
    pub memory_bytes: u64,
    /// Whether to encode every document again, even if an interrupted run or the collection has its vector.
    pub fresh: bool,
}

impl IngestOptions {
    /// The defaults, for a model that can be found again by `model_reference`.
    #[must_use]
    pub fn new(model_reference: impl Into<String>) -> Self {
        IngestOptions {
            model_reference: model_reference.into(),
            m: None,
            ef_construction: None,
            half: None,
            memory_bytes: DEFAULT_MEMORY_BYTES,
            fresh: false,
        }
    }

    /// Sets the links of a row in the graph, and the candidates from which a row chooses them.
    #[must_use]
    pub fn with_graph(mut self, m: Option<usize>, ef_construction: Option<usize>) -> Self {
        (self.m, self.ef_construction) = (m, ef_construction);
        self
    }

    /// Sets whether vectors are stored in half precision.
    #[must_use]
    pub fn with_half(mut self, half: Option<bool>) -> Self {
        self.half = half;
        self
    }

    /// Sets the memory for encoding, in bytes.
    #[must_use]
    pub fn with_memory_bytes(mut self, memory_bytes: u64) -> Self {
        self.memory_bytes = memory_bytes;
        self
    }

    /// Sets whether to encode every document again.
    #[must_use]
    pub fn with_fresh(mut self, fresh: bool) -> Self {
        self.fresh = fresh;
        self
    }

    /// The graph that these options ask for in a collection that records `recorded`.
    pub(super) fn graph(&self, recorded: GraphRecord) -> GraphRecord {
        recorded
            .with_m(self.m.unwrap_or(recorded.m))
            .with_ef_construction(self.ef_construction.unwrap_or(recorded.ef_construction))
            .with_half(self.half.unwrap_or(recorded.half))
    }
}
