//! What a machine, its model and an index are fit for.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;

schema_name!(DoctorSchema, "semsearch.doctor/1");

/// What was checked: `doctor --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Doctor {
    /// Name and version of this document.
    pub schema: DoctorSchema,
    /// Whether no check found a fault.
    pub healthy: bool,
    /// The program and its version.
    pub program: String,
    /// The folder of the index.
    pub index: String,
    /// Cores that the process may use.
    pub cores: u64,
    /// Bytes of memory; `null` if the system does not say.
    pub memory_bytes: Option<u64>,
    /// Bytes of memory that the process can have; `null` if the system does not say.
    pub memory_available_bytes: Option<u64>,
    /// Bytes that can be written to the disk of the index; `null` if the system does not say.
    pub disk_free_bytes: Option<u64>,
    /// The checks, in the order in which they were made.
    pub checks: Vec<Check>,
}

impl Doctor {
    /// The document of these checks.
    #[must_use]
    pub fn new(program: String, index: String, cores: u64, checks: Vec<Check>) -> Self {
        Doctor {
            schema: DoctorSchema::V1,
            healthy: checks.iter().all(|check| check.state != Health::Fault),
            program,
            index,
            cores,
            memory_bytes: None,
            memory_available_bytes: None,
            disk_free_bytes: None,
            checks,
        }
    }
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Check {
    /// What was checked: `processor`, `threads`, `memory`, `disk`, `gpu`, `model`, `index`, `format` or `words`; later versions may
    /// check more.
    pub name: String,
    /// How it stands.
    pub state: Health,
    /// What was found.
    pub found: String,
    /// What to do; `null` if nothing has to be done.
    pub advice: Option<String>,
}

impl Check {
    /// A check that found nothing to do.
    #[must_use]
    pub fn good(name: &str, found: String) -> Self {
        Check { name: name.to_owned(), state: Health::Good, found, advice: None }
    }

    /// A check after which something could be better.
    #[must_use]
    pub fn advice(name: &str, found: String, advice: String) -> Self {
        Check { name: name.to_owned(), state: Health::Advice, found, advice: Some(advice) }
    }

    /// A check that found what stops the work.
    #[must_use]
    pub fn fault(name: &str, found: String, advice: Option<String>) -> Self {
        Check { name: name.to_owned(), state: Health::Fault, found, advice }
    }
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Health {
    /// Nothing has to be done.
    Good,
    /// It works and could be better.
    Advice,
    /// It does not work.
    Fault,
}
