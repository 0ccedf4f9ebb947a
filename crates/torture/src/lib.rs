//! Trials that kill writers, fail file operations and damage collections, and check the answers afterwards.
//!
//! | trial       | does                                                                | counts       |
//! |-------------|---------------------------------------------------------------------|--------------|
//! | `kill`      | kills the process that changes a collection, at random moments      | kills        |
//! | `points`    | ends the process, or fails an operation, at every named point of a change | seeds  |
//! | `nth`       | fails every single file operation in turn                           | seeds        |
//! | `damage`    | truncates files and flips bits                                      | bits         |
//! | `hostile`   | changes files and recomputes all checksums                          | changes      |
//! | `model`     | compares random changes and queries with a sorted map               | operations   |
//! | `churn`     | replaces 30 % of all papers, ten times                              | papers       |
//! | `readers`   | lets 16 processes read while one writes                             | seconds      |
//! | `disk-full` | gives a change less disk space than it needs                        | sizes        |
//! | `memory`    | writes enormous lengths and counts into files                       | claims       |
//!
//! A trial passes if all of this holds:
//!
//! - a collection opens in the state before a change or in the state after it, never in between;
//! - no acknowledged change is lost;
//! - the ten best documents are those that brute force gives;
//! - no call panics, and every error names a file.
//!
//! The same seed repeats a run, except for the moments at which processes are killed and the order in which threads run.

mod case;
pub mod change;
pub mod encoder;
pub mod examine;
pub mod expected;
pub mod folder;
pub mod papers;
pub mod report;
pub mod settings;
pub mod trials;

use std::path::PathBuf;

/// The default folder for collections: in memory, if the system has such a folder.
#[must_use]
pub fn usual_folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}

/// Prints a line to standard output. A closed output is not an error: the trial goes on.
pub fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}
