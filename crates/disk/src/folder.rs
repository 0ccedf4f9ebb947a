//! Folders.

use std::io;
use std::path::Path;

use crate::fault::{Operation, check};

/// Makes a folder and those above it, unless they are there.
///
/// # Errors
/// What the system says.
pub fn create_folder(path: &Path) -> io::Result<()> {
    check(Operation::CreateFolder, path)?;
    std::fs::create_dir_all(path)
}

/// The names in a folder, in alphabetical order.
///
/// # Errors
/// What the system says.
pub fn list(path: &Path) -> io::Result<Vec<String>> {
    check(Operation::List, path)?;
    let names = std::fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names)
}

/// Removes a folder with all that is in it.
///
/// # Errors
/// What the system says.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    check(Operation::Remove, path)?;
    std::fs::remove_dir_all(path)
}

/// Makes the names in a folder last: a synced file in an unsynced folder can still be gone after a power cut. Other
/// systems than Unix have no such call and need none.
///
/// # Errors
/// What the system says.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    check(Operation::SyncFolder, path)?;
    if cfg!(unix) { std::fs::File::open(path)?.sync_all() } else { Ok(()) }
}
