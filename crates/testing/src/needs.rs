//! What some tests need and a machine may lack. Such a test says that it was left out and passes, unless an environment
//! variable requires it to run.
//!
//! | needed                                        | required if this variable is set |
//! |-----------------------------------------------|----------------------------------|
//! | `../shared`, real data beside the repository  | `SEMSEARCH_REQUIRE_SHARED`       |
//! | the weights of all-MiniLM-L6-v2               | `SEMSEARCH_REQUIRE_MODEL`        |
//! | `strace`, which shows that no socket is opened | `SEMSEARCH_REQUIRE_STRACE`       |
//!
//! `scripts/test` counts the lines that begin with [`LEFT_OUT`].

use std::io::Write;
use std::path::{Path, PathBuf};

/// How the line begins that a test writes to standard error when it, or a part of it, was left out.
pub const LEFT_OUT: &str = "left out: ";

/// The file or folder at this path in `../shared`, or `None` with a line that says so.
///
/// # Panics
/// If it is missing and `SEMSEARCH_REQUIRE_SHARED` is set.
#[must_use]
#[track_caller]
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).expect("the repository lies in a folder");
    let full = beside.join("shared").join(path);
    needed("SEMSEARCH_REQUIRE_SHARED", full.exists().then_some(full), &format!("../shared/{path} is not here"))
}

/// The real model as `found`, or `None` with a line that says so.
///
/// # Panics
/// If `found` is `None` and `SEMSEARCH_REQUIRE_MODEL` is set.
#[must_use]
#[track_caller]
pub fn real_model<T>(found: Option<T>) -> Option<T> {
    let name = "all-MiniLM-L6-v2";
    let why = format!("{name} is not here; `semsearch model pull {name}` fetches it");
    needed("SEMSEARCH_REQUIRE_MODEL", found, &why)
}

/// Whether `strace` `starts`; where it does not, a line says so.
///
/// # Panics
/// If it does not start and `SEMSEARCH_REQUIRE_STRACE` is set.
#[must_use]
#[track_caller]
pub fn strace(starts: bool) -> bool {
    needed("SEMSEARCH_REQUIRE_STRACE", starts.then_some(()), "strace cannot be run here").is_some()
}

/// Says on standard error that the running test, or a part of it, was left out.
pub fn left_out(why: &str) {
    // Not `eprintln!`: the test runner keeps to itself what a passing test prints with it.
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "{LEFT_OUT}{test}: {why}");
}

#[track_caller]
fn needed<T>(variable: &str, found: Option<T>, why: &str) -> Option<T> {
    if found.is_none() {
        assert!(std::env::var_os(variable).is_none(), "{variable} is set, and {why}");
        left_out(why);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_and_missing_fails_the_test() {
        // cargo sets this variable for every test it runs.
        let variable = "CARGO_MANIFEST_DIR";
        let missing = std::panic::catch_unwind(|| needed::<()>(variable, None, "tried on purpose"));
        assert!(missing.is_err());
        assert_eq!(needed(variable, Some(7), "it is there"), Some(7));
    }
}
