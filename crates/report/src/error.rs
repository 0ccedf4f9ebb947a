//! How a command failed.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;

schema_name!(FailureSchema, "semsearch.error/1");

/// How a command failed: the last line on standard error, where results are asked for as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Failure {
    /// Name and version of this document.
    pub schema: FailureSchema,
    /// The exit code.
    pub code: u8,
    /// What the failure is about.
    pub kind: FailureKind,
    /// What failed.
    pub message: String,
    /// Why, from the nearest cause to the first.
    pub causes: Vec<String>,
    /// What can be done about it. `null` if there is no advice.
    pub advice: Option<String>,
}

impl Failure {
    /// A failure of this kind.
    #[must_use]
    pub fn new(code: u8, kind: FailureKind, message: String, causes: Vec<String>, advice: Option<String>) -> Self {
        Failure { schema: FailureSchema::V1, code, kind, message, causes, advice }
    }
}

/// What a failure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FailureKind {
    /// A flag, a question or an input cannot be right.
    Usage,
    /// There is no index.
    Missing,
    /// The index is damaged.
    Damaged,
    /// The model is missing, damaged, or not the model of the index.
    Model,
    /// A file cannot be read or written, or the disk is full.
    Io,
    /// Another process is changing the index.
    Busy,
    /// The caller stopped the command.
    Stopped,
}
