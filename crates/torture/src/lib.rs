//! Kills, starves and damages collections, and looks at what they answer afterwards.
//!
//! | trial       | does                                                                | counts       |
//! |-------------|---------------------------------------------------------------------|--------------|
//! | `kill`      | kills the process that changes a collection, at random moments      | kills        |
//! | `points`    | ends it, or has it fail, at every named point of a change           | seeds        |
//! | `nth`       | has every single operation on a file fail                           | seeds        |
//! | `damage`    | cuts files short and flips bits                                     | bits         |
//! | `hostile`   | changes files and mends all checksums                               | changes      |
//! | `model`     | random changes and questions against a sorted map                   | operations   |
//! | `churn`     | replaces 30 % of all papers, ten times                              | papers       |
//! | `readers`   | has 16 processes read while one writes                              | seconds      |
//! | `disk-full` | gives a change less room than it takes                              | sizes        |
//! | `memory`    | has files claim to be enormous                                      | claims       |
//!
//! A trial passes if all of this holds:
//!
//! - a collection opens in the state before a change or in the state after it, never in between;
//! - no acknowledged change is lost;
//! - the ten best documents are those that comparing with every document gives;
//! - nothing panics, and every refusal names a file.
//!
//! A run is repeated by its seed, apart from the moments at which processes are killed and the order in which threads run.

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

/// The default folder for collections: in memory, where the system has such a folder.
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
