//! Finding out what is damaged.
//!
//! | file      | holds                                                                       |
//! |-----------|-----------------------------------------------------------------------------|
//! | `finding` | what may be wrong with which part, and what to do about it                  |
//! | `inspect` | one segment looked at, every part for itself                                |
//! | `verify`  | everything a generation consists of, read and compared                      |
//!
//! Searching trusts nothing it reads either, but it looks at the little it needs and stops at the first damage. Here all is
//! read, and nothing that is found keeps the rest from being looked at.

mod finding;
mod inspect;
mod verify;

pub use finding::{Finding, Findings, Note, Part};
pub use inspect::{Inspected, InspectedVectors, compare_file, files, inspect};
pub use verify::{Verdict, verify};
