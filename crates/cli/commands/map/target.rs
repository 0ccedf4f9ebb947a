//! Where a picture goes: a file, or standard output.

use std::path::{Path, PathBuf};

use crate::{output, written};

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
        written::expect_writable(file, overwrite)?;
        Ok(Target::File { file: file.to_owned(), overwrite })
    }

    /// Writes, and says what is where.
    pub(super) fn write(&self, bytes: &[u8], what: &str) -> anyhow::Result<()> {
        let Target::File { file, overwrite } = self else { return Ok(output::print_bytes(bytes)?) };
        written::write(file, bytes, *overwrite)?;
        output::say(format!("{what}: {}", file.display()));
        Ok(())
    }
}
