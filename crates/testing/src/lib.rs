//! Helpers that the tests of several crates share. No program contains this crate.
//!
//! | module     | holds                                                                            |
//! |------------|----------------------------------------------------------------------------------|
//! | [`random`] | numbers that follow from a seed                                                  |
//! | [`papers`] | made-up papers, one JSON line each                                               |
//! | [`toy`]    | where the toy models are, and which files they have                              |
//! | [`golden`] | lines of golden files                                                            |
//! | [`needs`]  | what a machine may lack: the shared folder, the real model, `strace`             |
//! | [`mend`]   | checksums that fit changed files, computed from the pages that describe the files |
//!
//! The crate depends on no other crate of the workspace, so that unit tests of every crate can use it.

pub mod golden;
pub mod mend;
pub mod needs;
pub mod papers;
pub mod random;
pub mod toy;

pub use random::Random;
