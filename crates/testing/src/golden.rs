//! Golden files: results of another program, stored with the tests, that must come out the same.

use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;

/// Reads a golden file with one JSON value a line.
///
/// # Panics
/// If the file cannot be read or a line is not such a value.
#[must_use]
#[track_caller]
pub fn lines<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let read = |(number, line)| match serde_json::from_str(line) {
        Ok(value) => value,
        Err(error) => panic!("{}, line {}: {error}", path.display(), number + 1),
    };
    text.lines().enumerate().map(read).collect()
}
