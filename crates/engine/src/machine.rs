//! What this machine has for the work: memory, space on disk, a GPU.

use std::path::Path;

/// What this machine has. What the system does not say is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Machine {
    /// Bytes of memory.
    pub memory_bytes: Option<u64>,
    /// Bytes of memory that a process can have without others being swapped out.
    pub memory_available_bytes: Option<u64>,
    /// Bytes that can be written to the disk of a folder.
    pub disk_free_bytes: Option<u64>,
    /// Whether the driver of an NVIDIA GPU is loaded.
    pub has_gpu: bool,
}

impl Machine {
    /// This machine; the disk is the one of `folder`, or of the nearest folder above that exists.
    #[must_use]
    pub fn here(folder: &Path) -> Self {
        let memory = semsearch_disk::read(Path::new("/proc/meminfo")).unwrap_or_default();
        let memory = String::from_utf8_lossy(&memory);
        Machine {
            memory_bytes: kibibytes(&memory, "MemTotal:"),
            memory_available_bytes: kibibytes(&memory, "MemAvailable:"),
            disk_free_bytes: folder.ancestors().find(|above| is_there(above)).and_then(free_bytes),
            has_gpu: is_there(Path::new("/proc/driver/nvidia/version")),
        }
    }
}

/// Whether something is in this place; the folder of the process has no name.
fn is_there(path: &Path) -> bool {
    path.as_os_str().is_empty() || semsearch_disk::is_there(path).unwrap_or(false)
}

/// The bytes of a line of `/proc/meminfo`, which counts in KiB.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// Bytes that a user may write to the disk of a folder.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let disk = rustix::fs::statvfs(folder).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_kibibytes_and_nonsense_is_nothing() {
        let text = "MemTotal:       16384 kB\nMemAvailable:    x kB\n";
        assert_eq!(kibibytes(text, "MemTotal:"), Some(16 << 20));
        assert_eq!(kibibytes(text, "MemAvailable:"), None);
        assert_eq!(kibibytes(text, "SwapFree:"), None);
    }

    #[test]
    #[cfg(unix)]
    fn the_disk_of_a_folder_to_be_made_is_that_of_the_folder_above() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Machine::here(&folder.path().join("a/b/c")).disk_free_bytes.is_some());
        assert!(Machine::here(Path::new("relative/folder")).disk_free_bytes.is_some());
    }
}
