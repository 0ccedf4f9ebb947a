//! Files for readers that take a path.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static THREADS: AtomicU32 = AtomicU32::new(0);

/// A folder of this thread's own, removed when the thread ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // Only tidying: `scripts/fuzz` removes what a process that was killed leaves.
        let _ = fs::remove_dir_all(&self.0);
    }
}

thread_local! {
    static FOLDER: Folder = {
        let name = format!("semsearch-fuzz-{}-{}", std::process::id(), THREADS.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("there is room for temporary files");
        Folder(folder)
    };
}

/// Where a file or folder of this name may be put.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    FOLDER.with(|folder| folder.0.join(name))
}

/// Puts bytes into a file of this name, in place of what it held.
///
/// # Panics
/// If they cannot be written.
#[must_use]
pub fn write(name: &str, bytes: &[u8]) -> PathBuf {
    let path = path(name);
    put(&path, bytes);
    path
}

/// Puts bytes into a file, in place of what it held, and makes the folder it is in.
///
/// # Panics
/// If they cannot be written.
pub fn put(path: &Path, bytes: &[u8]) {
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        fs::create_dir_all(folder).expect("there is room for temporary files");
    }
    fs::write(path, bytes).expect("there is room for temporary files");
}

/// An empty folder of this name.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn folder(name: &str) -> PathBuf {
    let path = path(name);
    clear(&path);
    fs::create_dir_all(&path).expect("there is room for temporary files");
    path
}

fn clear(path: &Path) {
    if path.exists() {
        fs::remove_dir_all(path).expect("a temporary folder can be removed");
    }
}
