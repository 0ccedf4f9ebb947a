//! Settings of trials.

use std::path::PathBuf;

use anyhow::Context;

/// The settings of a trial.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The seed. It decides everything except what depends on time.
    pub seed: u64,
    /// The amount: runs, operations or seconds, as the trial counts.
    pub amount: u64,
    /// The folder in which collections are made and removed. A folder in memory is faster than one on a disk.
    pub folder: PathBuf,
    /// The path of this program, which trials run as processes to be killed or watched.
    pub program: PathBuf,
}

impl Settings {
    /// Makes a temporary folder for one collection.
    pub(crate) fn scratch(&self) -> anyhow::Result<tempfile::TempDir> {
        tempfile::Builder::new()
            .prefix("torture-")
            .tempdir_in(&self.folder)
            .with_context(|| format!("cannot write in {}", self.folder.display()))
    }
}
