//! `selftest`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::Interval;

schema_name!(SelftestSchema, "semsearch.selftest/1");

/// How well an index finds its own papers: `selftest --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Selftest {
    /// Name and version of this document.
    pub schema: SelftestSchema,
    /// The folder of the index.
    pub index: String,
    /// The model that encoded the questions.
    pub model: String,
    /// Papers in the index.
    pub documents: u64,
    /// Papers that were drawn: so many questions of each kind.
    pub queries: u64,
    /// What the draw followed from.
    pub seed: u64,
    /// The modes, and in each the kinds of questions.
    pub results: Vec<KnownItemResult>,
}

/// One kind of questions in one mode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct KnownItemResult {
    /// What ranked: `hybrid`, `dense` or `lexical`.
    pub mode: String,
    /// What of a paper was asked: `words`, three words in a row of its title; `title`; `sentence`, the first one of its
    /// abstract.
    pub kind: String,
    /// The share of questions whose paper came first.
    pub first: Interval,
    /// The share of questions whose paper was among the first ten.
    pub among_ten: Interval,
    /// The mean of one divided by the paper's rank; 0 beyond the first hundred.
    pub mrr: Interval,
}
