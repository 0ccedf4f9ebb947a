//! Keeping a collection whole: finding out what is damaged, and saving what can be saved.
//!
//! | file      | holds                                                                       |
//! |-----------|-----------------------------------------------------------------------------|
//! | `finding` | what may be wrong with which part, and what to do about it                  |
//! | `inspect` | one segment looked at, every part for itself                                |
//! | `verify`  | everything a generation consists of, read and compared                      |
//! | `repair`  | what is damaged made anew from what is whole                                |
//!
//! Searching trusts nothing it reads either, but it looks at the little it needs and stops at the first damage. Here all is
//! read, and nothing that is found keeps the rest from being looked at.

mod finding;
mod inspect;
mod repair;
mod verify;

pub use finding::{Finding, Note, Part};
pub use repair::{Action, EncoderOf, Lost, RepairError, Repaired, repair};
pub use verify::{Verdict, verify};
