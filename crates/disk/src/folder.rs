//! Folders.

use std::io;
use std::path::Path;

use crate::fault::{Operation, check};

/// Creates a folder and the folders above it, unless they exist.
///
/// # Errors
/// The error of the operating system.
pub fn create_folder(path: &Path) -> io::Result<()> {
    check(Operation::CreateFolder, path)?;
    std::fs::create_dir_all(path)
}

/// The names in a folder, in alphabetical order.
///
/// # Errors
/// The error of the operating system.
pub fn list(path: &Path) -> io::Result<Vec<String>> {
    check(Operation::List, path)?;
    let names = std::fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names)
}

/// The length of all files below a folder, in bytes. Links are not followed.
///
/// # Errors
/// The error of the operating system.
pub fn length_of_all(folder: &Path) -> io::Result<u64> {
    check(Operation::List, folder)?;
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            bytes += length_of_all(&entry.path())?;
        } else if kind.is_file() {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

/// Whether a file, a folder or a link exists at this path. A broken link exists, too.
///
/// # Errors
/// The error of the operating system, if it cannot tell.
pub fn is_there(path: &Path) -> io::Result<bool> {
    check(Operation::Length, path)?;
    match std::fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes a folder with its contents.
///
/// # Errors
/// The error of the operating system.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    check(Operation::Remove, path)?;
    std::fs::remove_dir_all(path)
}

/// Removes an empty folder.
///
/// # Errors
/// The error of the operating system, also if the folder is not empty.
pub fn remove_empty_folder(path: &Path) -> io::Result<()> {
    check(Operation::Remove, path)?;
    std::fs::remove_dir(path)
}

/// Waits until the names in a folder are on the disk: a synced file in an unsynced folder can be gone after a power cut.
/// Does nothing on systems other than Unix, which have no such call and need none.
///
/// # Errors
/// The error of the operating system.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    check(Operation::SyncFolder, path)?;
    if cfg!(unix) { std::fs::File::open(path)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write_synced;

    #[test]
    fn the_length_of_all_files_is_that_of_those_in_folders_too() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner/innermost");
        create_folder(&inner).unwrap();
        write_synced(&folder.path().join("a"), b"1234").unwrap();
        write_synced(&inner.join("b"), b"56").unwrap();
        assert_eq!(length_of_all(folder.path()).unwrap(), 6);
        length_of_all(&folder.path().join("none")).unwrap_err();
    }

    #[test]
    fn only_an_empty_folder_is_removed_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, file) = (folder.path().join("inner"), folder.path().join("inner/a"));
        create_folder(&inner).unwrap();
        write_synced(&file, b"x").unwrap();
        remove_empty_folder(&inner).unwrap_err();
        assert!(is_there(&file).unwrap());
        crate::remove_file(&file).unwrap();
        remove_empty_folder(&inner).unwrap();
        assert!(!is_there(&inner).unwrap());
    }

    #[test]
    fn what_lies_below_a_file_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        write_synced(&file, b"x").unwrap();
        assert!(!is_there(&file.join("b")).unwrap());
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
            assert!(is_there(&link).unwrap());
        }
    }
}
