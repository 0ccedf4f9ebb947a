//! The file of an index as bytes: pages, sections, and the checksums over them. Nothing here knows of rows or graphs.
//!
//! | file         | what is in it                                                          |
//! |--------------|------------------------------------------------------------------------|
//! | `damage.rs`  | the sections that there are, and what can be wrong with one            |
//! | `fields.rs`  | numbers in a fixed order, written and read by the same code            |
//! | `header.rs`  | what the first page says about an index                                |
//! | `table.rs`   | where every section lies                                               |
//! | `page.rs`    | the first page: header, table and checksum                             |
//! | `section.rs` | equally long records, each block compared with its checksum before use |
//! | `mmap.rs`    | mapped files, and memory in huge pages                                 |
//!
//! `FORMAT.md` describes the file byte by byte.

mod damage;
mod fields;
mod header;
pub(crate) mod mmap;
pub(crate) mod page;
mod section;
mod table;

pub use damage::{Damage, Fault, SectionKind};
pub use header::Element;
pub(crate) use header::{BeamCost, Header};
pub(crate) use section::{Content, Place, Section};
pub(crate) use table::{ALIGNMENT, PAGE, Table};
