//! The bytes of `words.lexical`: a header, checksums, sections (`crates/lexical/FORMAT.md`).
//!
//! | file | what is in it |
//! |---|---|
//! | [`error`] | why a file cannot be read |
//! | [`section`] | which sections there are |
//! | [`header`] | the header and the table of checksums, written and read |
//! | [`body`] | the sections, each block of which is compared with its checksum before its first use |
//! | [`bits`] | numbers of a few bits |
//! | [`numbers`] | numbers of variable length |

pub(crate) mod bits;
pub(crate) mod body;
pub(crate) mod error;
pub(crate) mod header;
pub(crate) mod numbers;
pub(crate) mod section;
