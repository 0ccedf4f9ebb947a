#![doc = include_str!("../../FORMAT.md")]

mod content;
mod hot;
mod mmap;
mod page;
mod read;
mod rows;
mod section;
mod sizes;
mod write;

pub use read::{OpenError, StoredIndex, open, open_bytes};
pub use rows::{RowsWriter, StoredRows};
pub(crate) use section::Section;
pub use section::{Damage, Fault};
pub use sizes::{IndexSizes, SectionSize};
pub use write::{SaveError, complete, save};

/// The file of an index, in the folder it is given.
pub const INDEX_FILE: &str = "vectors.index";

/// How many bytes the file begins with before its first section. They hold, directly or by way of others, the checksums
/// of all the rest, so two files that begin alike are the same.
pub const HEADER_BYTES: usize = page::PAGE;

/// What the caller knows about an index and wants to find again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndexMeta {
    /// The identity of the model that made the rows; see [`StoredIndex::expect_fingerprint`].
    pub fingerprint: String,
    /// How long the build took, in seconds.
    pub build_seconds: f64,
}

/// Whether this machine has numbers as the file has them: little-endian, and with a `usize` of eight bytes, which is
/// what the length of a file takes.
const MACHINE_FITS: bool = cfg!(all(target_endian = "little", target_pointer_width = "64"));
