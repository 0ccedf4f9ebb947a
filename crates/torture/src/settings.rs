//! How trials are run.

use std::path::PathBuf;

use anyhow::Context;

/// How a trial is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// From which all of it follows, but for what the time of day decides.
    pub seed: u64,
    /// How much: runs, operations or seconds, as the trial counts.
    pub amount: u64,
    /// Where collections are made and removed. Memory is quicker than a disk.
    pub folder: PathBuf,
    /// This program, to be run as a process that is killed or watched.
    pub program: PathBuf,
}

impl Settings {
    /// A folder for one collection.
    pub(crate) fn scratch(&self) -> anyhow::Result<tempfile::TempDir> {
        tempfile::Builder::new()
            .prefix("torture-")
            .tempdir_in(&self.folder)
            .with_context(|| format!("cannot write in {}", self.folder.display()))
    }
}
