//! `bench`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;

schema_name!(BenchSchema, "semsearch.bench/1");

/// How much the graph misses and how fast it is: `bench --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Bench {
    /// Name and version of this document.
    pub schema: BenchSchema,
    /// The folder of the index.
    pub index: String,
    /// The model whose vectors were measured.
    #[serde(default)]
    pub model: String,
    /// Papers in the index.
    pub documents: u64,
    /// Questions that were asked.
    pub queries: u64,
    /// Where the questions came from.
    pub queries_from: String,
    /// Hits of a question.
    pub k: u64,
    /// Threads of the measurement on all threads.
    pub threads: u64,
    /// How long the graphs of the index took to build.
    pub build_seconds: f64,
    /// Bytes of vectors and graph for each vector.
    pub bytes_per_vector: f64,
    /// The speed of exact search.
    pub exact: Speed,
    /// Questions for which exact search gave the same as comparing every row in full precision. Equal to `queries`, or
    /// the program is wrong.
    pub exact_equal: u64,
    /// The graph at each beam width.
    pub results: Vec<BeamResult>,
    /// What vectors would lose in fewer bytes. Absent if that was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ladder: Option<QuantisationSweep>,
}

/// How fast one strategy is, without encoding the question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Speed {
    /// Questions a second on one thread.
    pub qps_1: f64,
    /// Questions a second on all threads.
    pub qps_all: f64,
    /// Median latency on one thread, in microseconds.
    pub p50_us: f64,
    /// 95th percentile of latency, in microseconds.
    pub p95_us: f64,
    /// 99th percentile of latency, in microseconds.
    pub p99_us: f64,
}

/// The graph at one beam width.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BeamResult {
    /// The beam width.
    pub ef: u64,
    /// The share of the exact top k that was found.
    pub recall: f64,
    /// The lower end of its 95 % interval.
    pub recall_low: f64,
    /// The upper end of its 95 % interval.
    pub recall_high: f64,
    /// How fast it is.
    #[serde(flatten)]
    pub speed: Speed,
}

/// The recall of scans over the same vectors in fewer and fewer bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct QuantisationSweep {
    /// Rows that were scanned.
    pub rows: u64,
    /// The forms, largest first.
    pub rungs: Vec<QuantisedForm>,
}

/// Vectors in one form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct QuantisedForm {
    /// The name of the form: `f32`, `int8`, `pq` and so on.
    pub name: String,
    /// Bytes of one vector.
    pub bytes_per_vector: u64,
    /// Bytes that all vectors share, such as centroids.
    pub shared_bytes: u64,
    /// How long bringing all vectors into the form took.
    pub encode_seconds: f64,
    /// Recall and speed at each depth of scoring again.
    pub depths: Vec<RerankDepth>,
}

/// A scan whose best rows are scored again in full precision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RerankDepth {
    /// How many rows are scored again.
    pub rerank: u64,
    /// The share of the exact top k that was found.
    pub recall: f64,
    /// The lower end of its 95 % interval.
    pub recall_low: f64,
    /// The upper end of its 95 % interval.
    pub recall_high: f64,
    /// Median latency on one thread, in microseconds.
    pub p50_us: f64,
}
