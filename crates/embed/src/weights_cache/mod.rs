//! The packed-weights cache: one file a model, which is mapped instead of reading, checking and packing the model's files.
//!
//! Quantising and packing the weights of a small model takes a tenth of a second, and checking the SHA-256 of its files
//! another tenth; encoding a query takes a thousandth. So the first load of a model in eight bits keeps the result beside
//! the models, in `.images/`, and every later process maps it.
//!
//! ```text
//! offset  size  what
//!      0    16  "semsearch image", one zero byte
//!     16     4  version, little-endian as all numbers here
//!     20     4  CRC-32 of everything that follows
//!     24     8  length of the description
//!     32     …  description, JSON: the files that the entry was made from, the network's sizes
//!      …     …  sections, each at a multiple of 64: their order and lengths follow from the description
//! ```
//!
//! An entry records its source files: their SHA-256 in the manifest, their length and their time of change. If any of these
//! differs, or the checksum is wrong, the entry is written again. Deleting an entry only makes the next load slower.

mod entry;
mod sections;

pub use entry::CacheUse;
pub(crate) use entry::Entry;
pub(crate) use sections::{Sections, SectionsWriter};
