#![doc = include_str!("../../FORMAT.md")]

mod content;
mod error;
mod meta;
mod open;
mod rows;
mod save;
mod sizes;

pub use error::{OpenError, SaveError};
pub use meta::{INDEX_FILE, IndexMeta};
pub use open::{StoredIndex, open, open_bytes};
pub use rows::{RowsWriter, StoredRows};
pub use sizes::{IndexSizes, SectionSize};
