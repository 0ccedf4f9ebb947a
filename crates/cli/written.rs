//! Files that a command writes where the user says: plots, runs, pages of the manual.
//!
//! One rule for all, and `export` keeps it too: a file that is there is refused before any work begins, unless
//! `--overwrite` is given.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

use crate::exit::UsageError;

/// Refuses a file that cannot be written: its folder does not exist, or it is there and may not be overwritten.
pub(crate) fn expect_writable(file: &Path, overwrite: bool) -> anyhow::Result<()> {
    if file == Path::new("-") {
        let problem = "standard output has the report: expected the name of a file, found `-`";
        return Err(UsageError(problem.to_owned()).into());
    }
    if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("")) {
        std::fs::metadata(folder).with_context(|| cannot(file))?;
    }
    match !overwrite && std::fs::symlink_metadata(file).is_ok() {
        true => Err(exists(file).into()),
        false => Ok(()),
    }
}

/// Writes a file; one that has come in the meantime is refused as before.
pub(crate) fn write(file: &Path, bytes: &[u8], overwrite: bool) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).truncate(overwrite).create(overwrite).create_new(!overwrite);
    let outcome = options.open(file).and_then(|mut open| open.write_all(bytes));
    match outcome {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(exists(file).into()),
        outcome => outcome.with_context(|| cannot(file)),
    }
}

fn exists(file: &Path) -> UsageError {
    UsageError(format!("{} exists already; --overwrite replaces it", file.display()))
}

fn cannot(file: &Path) -> String {
    format!("cannot write {}", file.display())
}
