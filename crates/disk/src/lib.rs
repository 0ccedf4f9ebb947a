//! The file system, as a collection uses it.
//!
//! Everything that an index or a collection does to files goes through this crate, for two reasons. The steps by which a
//! file survives a power cut (sync the file, then its folder) are in one place. And a test can make any single operation
//! fail, or end the process there ([`fault`]), and look at what is left.
//!
//! ```text
//! File, read, write_synced, replace, rename, sync_folder, …  ──▶  fault::check  ──▶  std::fs
//! ```
//!
//! `index`, `store` and `engine` do not call the file system in any other way: `clippy.toml` lists the functions that they
//! may not use, with their replacements, and the few exceptions give their reason at the line.
//!
//! Cost: without an armed plan, one relaxed load of an atomic for each system call.
//!
//! No operation is retried. A failed sync may have dropped the data, and a second sync that succeeds proves nothing, so
//! callers give up the file.

pub mod fault;
mod file;
mod folder;

pub use fault::point;
pub use file::{File, length, read, remove_file, rename, replace, write_synced};
pub use folder::{create_folder, is_there, length_of_all, list, remove_empty_folder, remove_folder, sync_folder};
