//! What some tests need and a machine may lack. Such a test says that it was left out and passes, unless an environment
//! variable requires it to run.
//!
//! | needed                                         | required if this variable is set |
//! |------------------------------------------------|----------------------------------|
//! | `../shared`, real data beside the repository   | `SEMSEARCH_REQUIRE_SHARED`       |
//! | the weights of all-MiniLM-L6-v2                | `SEMSEARCH_REQUIRE_MODEL`        |
//! | `strace`, which shows that no socket is opened | `SEMSEARCH_REQUIRE_STRACE`       |
//! | anything else, see [`left_out`]                |                                  |
//!
//! The test runner knows no test that finds out while it runs that it cannot: it counts such a test as passed.
//! `scripts/test` counts the lines that begin with `left out: ` and takes those tests away from the passed ones. So each
//! test says it for itself, even where tests share what was looked for.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The file or folder at this path in `../shared`, or `None` with a line that says so.
///
/// # Panics
/// If it is missing and `SEMSEARCH_REQUIRE_SHARED` is set.
#[must_use]
#[track_caller]
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).expect("the repository lies in a folder");
    let full = beside.join("shared").join(path);
    let found = full.exists().then_some(full);
    needed("SEMSEARCH_REQUIRE_SHARED", found, "../shared", &format!("there is no ../shared/{path}"))
}

/// The real model as `found`, or `None` with a line that says so.
///
/// # Panics
/// If `found` is `None` and `SEMSEARCH_REQUIRE_MODEL` is set.
#[must_use]
#[track_caller]
pub fn real_model<T>(found: Option<T>) -> Option<T> {
    let name = "all-MiniLM-L6-v2";
    needed("SEMSEARCH_REQUIRE_MODEL", found, name, &format!("`semsearch model pull {name}` fetches it"))
}

/// Whether `strace` `starts`; where it does not, a line says so.
///
/// # Panics
/// If it does not start and `SEMSEARCH_REQUIRE_STRACE` is set.
#[must_use]
#[track_caller]
pub fn strace(starts: bool) -> bool {
    needed("SEMSEARCH_REQUIRE_STRACE", starts.then_some(()), "strace", "it does not start").is_some()
}

/// Says on standard error that the running test, or a part of it, was left out for want of `what`, and why that is not
/// there.
///
/// `what` is what `scripts/test` counts by: a few words without a colon, the same in every test that needs the same.
pub fn left_out(what: &str, why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").replace(' ', "_");
    let line = format!("left out: {test}: without {what}: {why}\n");
    // Not `eprintln!`: the test runner keeps to itself what a passing test prints with it. In one piece, so that tests that
    // run side by side do not divide each other's lines.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

#[track_caller]
fn needed<T>(variable: &str, found: Option<T>, what: &str, why: &str) -> Option<T> {
    if found.is_none() {
        assert!(std::env::var_os(variable).is_none(), "{variable} is set, and {what} is missing: {why}");
        left_out(what, why);
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
        let missing = std::panic::catch_unwind(|| needed::<()>(variable, None, "something", "tried on purpose"));
        assert!(missing.is_err());
        assert_eq!(needed(variable, Some(7), "something", "it is there"), Some(7));
    }
}
