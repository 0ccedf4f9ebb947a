//! Files.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::fault::{Failure, Operation, check, failure};

/// A file that knows its path.
#[derive(Debug)]
pub struct File {
    inner: std::fs::File,
    path: PathBuf,
}

impl File {
    /// Opens a file to read it.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::with(path, Operation::Open, std::fs::File::options().read(true))
    }

    /// Creates a file to write and read it, in place of an existing one.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn create(path: &Path) -> io::Result<Self> {
        Self::with(path, Operation::Create, std::fs::File::options().read(true).write(true).create(true).truncate(true))
    }

    /// Creates a file that does not exist yet, to write and read it.
    ///
    /// # Errors
    /// The error of the operating system, also if the file exists.
    pub fn create_new(path: &Path) -> io::Result<Self> {
        Self::with(path, Operation::Create, std::fs::File::options().read(true).write(true).create_new(true))
    }

    /// Opens a file to append to it; creates it if it does not exist.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn append(path: &Path) -> io::Result<Self> {
        Self::with(path, Operation::Create, std::fs::File::options().append(true).create(true))
    }

    fn with(path: &Path, operation: Operation, options: &std::fs::OpenOptions) -> io::Result<Self> {
        check(operation, path)?;
        Ok(File { inner: options.open(path)?, path: path.to_owned() })
    }

    /// The path that it was opened with.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the standard library, for locking and mapping. [`crate::fault`] does not see operations on it.
    #[must_use]
    pub fn inner(&self) -> &std::fs::File {
        &self.inner
    }

    /// Waits until the file is on the disk. A failure is final: what was to be written may be gone.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn sync(&self) -> io::Result<()> {
        check(Operation::Sync, &self.path)?;
        self.inner.sync_all()
    }

    /// Truncates or extends the file to this length in bytes.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn set_len(&self, bytes: u64) -> io::Result<()> {
        check(Operation::Resize, &self.path)?;
        self.inner.set_len(bytes)
    }

    /// The length of the file in bytes.
    ///
    /// # Errors
    /// The error of the operating system.
    pub fn length(&self) -> io::Result<u64> {
        check(Operation::Length, &self.path)?;
        Ok(self.inner.metadata()?.len())
    }
}

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self).read(buffer)
    }
}

impl Read for &File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        check(Operation::Read, &self.path)?;
        (&self.inner).read(buffer)
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for &File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match failure(Operation::Write, &self.path, bytes.len()) {
            None => (&self.inner).write(bytes),
            Some(failure) => Err(fail(&self.inner, bytes, failure)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Fails a write as planned.
fn fail(mut file: &std::fs::File, bytes: &[u8], failure: Failure) -> io::Error {
    match failure {
        Failure::Errno(errno) => io::Error::from_raw_os_error(errno),
        Failure::Abort => std::process::abort(),
        Failure::ShortWrite => match file.write_all(&bytes[..bytes.len() / 2]) {
            Ok(()) => io::ErrorKind::StorageFull.into(),
            Err(error) => error,
        },
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

impl Seek for &File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        (&self.inner).seek(to)
    }
}

/// All bytes of a file.
///
/// # Errors
/// The error of the operating system.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    check(Operation::Read, path)?;
    let mut bytes = Vec::new();
    file.inner.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file that does not exist yet, and waits until its content is on the disk. Its name is on the disk only after
/// [`sync_folder`](crate::sync_folder) returned.
///
/// # Errors
/// The error of the operating system. What was written by then stays.
pub fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(content)?;
    file.sync()
}

/// Replaces the content of a file in one step, by way of a synced file beside it whose extension is `next`: readers see the
/// old content or the new. The new name is only on the disk once [`sync_folder`](crate::sync_folder) returned.
///
/// # Errors
/// The error of the operating system. The old content is then still in place.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let next = path.with_extension("next");
    write_synced(&next, content)?;
    rename(&next, path)
}

/// Renames a file or folder, in one step, and replaces the file that had that name.
///
/// # Errors
/// The error of the operating system.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    check(Operation::Rename, to)?;
    std::fs::rename(from, to)
}

/// Removes a file.
///
/// # Errors
/// The error of the operating system.
pub fn remove_file(path: &Path) -> io::Result<()> {
    check(Operation::Remove, path)?;
    std::fs::remove_file(path)
}

/// The length of a file in bytes.
///
/// # Errors
/// The error of the operating system.
pub fn length(path: &Path) -> io::Result<u64> {
    check(Operation::Length, path)?;
    Ok(std::fs::metadata(path)?.len())
}
