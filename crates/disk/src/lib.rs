//! The file system, as a collection uses it.
//!
//! Everything that an index or a collection does to files goes through here, for two reasons. What must happen for a
//! file to survive a power cut (sync the file, then its folder) is said in one place. And a test can make any single
//! operation fail, or end the process there ([`fault`]), and look at what is left.
//!
//! ```text
//! File, read, write_synced, replace, rename, sync_folder, …  ──▶  fault::check  ──▶  std::fs
//! ```
//!
//! `index`, `store` and `engine` call the file system in no other way: `clippy.toml` lists the functions they may not use,
//! with what to use in their place, and the few exceptions say why at the line.
//!
//! Cost: with nothing armed, one relaxed load of an atomic for each call of the system.
//!
//! Nothing is retried. A sync that failed may have dropped what it was to write, and a second one that succeeds proves
//! nothing; whoever gets the error gives the file up.

pub mod fault;
mod file;
mod folder;

pub use fault::point;
pub use file::{File, length, read, remove_file, rename, replace, write_synced};
pub use folder::{create_folder, is_there, length_of_all, list, remove_empty_folder, remove_folder, sync_folder};
