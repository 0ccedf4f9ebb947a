#![doc = include_str!("../../DOC_STORE.md")]

mod block;
mod codec;
mod error;
mod find;
mod format;
mod mend;
mod mended;
mod one_bit;
mod read;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod verify;
mod visit;
mod write;

pub use error::DocumentError;
pub use read::StoreReader;
pub use verify::DocumentSizes;
pub use visit::{BlockParts, Recorded};
pub use write::Record;
pub(crate) use write::StoreWriter;
