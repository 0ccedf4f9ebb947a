//! Finding out what is damaged.
//!
//! | file      | holds                                                                       |
//! |-----------|-----------------------------------------------------------------------------|
//! | `finding` | what may be wrong with which part, and what to do about it                  |
//! | `inspect` | one segment looked at, every part for itself                                |
//! | `verify`  | everything a generation consists of, read and compared                      |
//!
//! Searching checks what it reads, too, but it reads little and stops at the first damage. Checking reads everything, and
//! goes on after damage.

mod finding;
mod inspect;
mod verify;

pub use finding::{Finding, Findings, Note, Part};
pub use inspect::{Inspected, InspectedVectors, compare_file, files, inspect};
pub use verify::{Verdict, verify};
