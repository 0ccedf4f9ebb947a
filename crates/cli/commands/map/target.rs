//! Where a picture goes: a file that is not there yet, or standard output.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::exit::UsageError;
use crate::output;

/// Where a picture goes.
pub(super) enum Target {
    Stdout,
    File { file: PathBuf, overwrite: bool },
}

impl Target {
    /// A file, or standard output for `-`. Refuses a file that cannot be written, before any work begins.
    pub(super) fn of(file: &Path, overwrite: bool) -> anyhow::Result<Self> {
        if file == Path::new("-") {
            return Ok(Target::Stdout);
        }
        if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("")) {
            std::fs::metadata(folder).with_context(|| cannot(file))?;
        }
        match !overwrite && std::fs::symlink_metadata(file).is_ok() {
            true => Err(exists(file).into()),
            false => Ok(Target::File { file: file.to_owned(), overwrite }),
        }
    }

    /// Writes, and says what is where.
    pub(super) fn write(&self, bytes: &[u8], what: &str) -> anyhow::Result<()> {
        let Target::File { file, overwrite } = self else { return Ok(output::print_bytes(bytes)?) };
        let mut options = std::fs::OpenOptions::new();
        options.write(true).truncate(*overwrite).create(*overwrite).create_new(!overwrite);
        match options.open(file).and_then(|mut open| open.write_all(bytes)) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(exists(file).into()),
            outcome => outcome.with_context(|| cannot(file))?,
        }
        output::say(format!("{what}: {}", file.display()));
        Ok(())
    }
}

fn exists(file: &Path) -> UsageError {
    UsageError(format!("{} exists already; --overwrite replaces it", file.display()))
}

fn cannot(file: &Path) -> String {
    format!("cannot write {}", file.display())
}
