//! What looks after an index: `verify`, `repair`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;

schema_name!(VerifiedSchema, "semsearch.verify/1");
schema_name!(RepairedSchema, "semsearch.repair/1");

/// Whether an index is whole: `verify --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Verified {
    /// Name and version of this document.
    pub schema: VerifiedSchema,
    /// The folder of the index.
    pub index: String,
    /// Whether everything could be read and nothing is damaged.
    pub whole: bool,
    /// The generation that was checked. `null` if no generation could be read.
    pub generation: Option<u64>,
    /// Papers in the index.
    pub documents: u64,
    /// Files that were checked.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// Damage that was found.
    pub damages: Vec<Finding>,
    /// What could not be read, so that nobody can say whether it is damaged.
    pub unreadable: Vec<Finding>,
    /// What is worth knowing and not damage.
    pub notes: Vec<Note>,
}

/// Something that is damaged or could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Finding {
    /// The file.
    pub file: String,
    /// What the file is for.
    pub part: Part,
    /// What is wrong.
    pub problem: String,
    /// What can be done about it.
    pub remedy: String,
}

/// A part of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Part {
    /// The file that names the current generation.
    Pointer,
    /// The record of a generation.
    Manifest,
    /// The doc store of a segment.
    Documents,
    /// The columns that filters and facets read.
    Fields,
    /// The words that lexical search reads.
    Words,
    /// Which papers were removed.
    Removed,
    /// The vectors of a segment.
    Vectors,
    /// The graph over the vectors, and the codes it is searched with.
    Graph,
    /// How many tokens each paper has.
    Tokens,
    /// The saved searches.
    Searches,
}

/// Something worth knowing about a file or folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Note {
    /// The file or folder.
    pub path: String,
    /// What there is to know.
    pub note: String,
}

/// What was repaired: `repair --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Repaired {
    /// Name and version of this document.
    pub schema: RepairedSchema,
    /// The folder of the index.
    pub index: String,
    /// Whether nothing was changed, because only the actions were asked for.
    pub dry_run: bool,
    /// What was done, or what would be.
    pub actions: Vec<Action>,
    /// Papers that could not be saved.
    pub lost: Vec<Lost>,
    /// The generation of the index now. `null` if no generation was made.
    pub generation: Option<u64>,
    /// Papers in the index now, or that would be.
    pub documents: u64,
}

/// One thing that was repaired.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Action {
    /// The file or folder.
    pub path: String,
    /// What was done to it.
    pub action: String,
}

/// A paper that could not be saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Lost {
    /// The file it was in.
    pub file: String,
    /// Its row in the segment.
    pub row: u32,
    /// The hash of its id, in hexadecimal digits. `null` if that is lost, too.
    pub id_hash: Option<String>,
}
