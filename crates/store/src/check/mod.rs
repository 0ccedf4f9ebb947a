//! Finding damage.
//!
//! | file      | holds                                                                       |
//! |-----------|-----------------------------------------------------------------------------|
//! | `finding` | what was found to be wrong with which part                                  |
//! | `inspect` | checks one segment, each part on its own                                    |
//! | `verify`  | checks the current generation as a whole                                    |
//!
//! A search also checks what it reads, but it reads little and stops at the first damage. These checks read everything
//! and go on after damage.

mod finding;
mod inspect;
mod verify;

pub use finding::{Finding, Findings, Note, Part};
pub use inspect::{Inspected, InspectedVectors, compare_file, files, inspect};
pub use verify::{Verdict, verify};
