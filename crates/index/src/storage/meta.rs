//! The content of an index file beside rows and graph, and the name of the file.

/// The name of an index file, in the folder of the index.
pub const INDEX_FILE: &str = "vectors.index";

/// What the caller stores with an index and gets back when it is opened: `IndexMeta::new("a model")`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct IndexMeta {
    /// The identity of the model that made the rows; see
    /// [`StoredIndex::expect_fingerprint`](crate::StoredIndex::expect_fingerprint).
    pub fingerprint: String,
    /// How long the build took, in seconds.
    pub build_seconds: f64,
}

impl IndexMeta {
    /// For rows that were made by the model with this fingerprint.
    #[must_use]
    pub fn new(fingerprint: impl Into<String>) -> Self {
        Self { fingerprint: fingerprint.into(), ..Self::default() }
    }

    /// With the time that the build took, in seconds.
    #[must_use]
    pub fn with_build_seconds(self, build_seconds: f64) -> Self {
        Self { build_seconds, ..self }
    }
}
