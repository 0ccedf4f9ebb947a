#![doc = include_str!("../../../DOCUMENTS.md")]

mod block;
mod codec;
mod find;
mod format;
mod mend;
mod one_bit;
mod read;
mod source;
mod table;
#[cfg(test)]
mod tests;
mod verify;
mod visit;
mod write;

pub use read::Blocks;
pub use verify::DocumentSizes;
pub(crate) use visit::{BlockParts, Recorded};
pub(crate) use write::{BlocksWriter, Record};
