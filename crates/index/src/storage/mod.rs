#![doc = include_str!("../../FORMAT.md")]

mod header;
mod manifest;
mod mmap;
mod read;
mod rows;
#[expect(dead_code, reason = "files are made of these next")]
mod section;
mod write;

pub(crate) use mmap::MappedRows;
pub use read::{IndexSizes, OpenError, StoredIndex, open};
pub use rows::{RowsWriter, StoredRows, save_beside};
pub(crate) use section::Section;
pub use section::{Damage, Fault};
pub use write::{SaveError, save};

/// The folder's own description, written last: an index without it is none.
pub const META_FILE: &str = "index.meta";
/// The rows.
pub const VECTORS_FILE: &str = "vectors.f32";

/// What the caller knows about an index and wants to find again.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct IndexMeta {
    /// The identity of the model that made the rows; see [`StoredIndex::expect_fingerprint`].
    pub fingerprint: String,
    /// How long the build took, in seconds.
    pub build_seconds: f64,
}

/// Whether this machine writes numbers as the files have them: little-endian, and with a `usize` of eight bytes, which
/// is how `hnsw_rs` writes counts.
const MACHINE_FITS: bool = cfg!(all(target_endian = "little", target_pointer_width = "64"));
