//! `searches` and `new`.

use serde::{Deserialize, Serialize};

use crate::ask::Hit;
use crate::name::schema_name;

schema_name!(SearchesSchema, "semsearch.searches/1");
schema_name!(NewSchema, "semsearch.new/1");

/// The saved searches of an index: `searches list --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Searches {
    /// Name and version of this document.
    pub schema: SearchesSchema,
    /// The searches, by name.
    pub searches: Vec<Search>,
}

/// A saved search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Search {
    /// Its name.
    pub name: String,
    /// The question.
    pub query: String,
    /// The filter, as an expression. `null` if every paper passes.
    pub filter: Option<String>,
    /// A paper answers the question if it is among this many papers of the whole index.
    pub k: u64,
}

/// Papers that came into an index and answer saved searches: `new --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct New {
    /// Name and version of this document.
    pub schema: NewSchema,
    /// The model that encoded the questions. `null` if no paper came, so that none had to be.
    pub model: Option<String>,
    /// The searches that were asked, by name.
    pub searches: Vec<NewOfSearch>,
}

/// Papers that came and answer a saved search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NewOfSearch {
    /// The search.
    #[serde(flatten)]
    pub search: Search,
    /// Papers that came into the index since, whether they answer the question or not.
    pub came: u64,
    /// Those that answer it, best first; `rank` is the rank among all papers of the index.
    pub hits: Vec<Hit>,
}
