//! Fault injection.
//!
//! A [`Plan`] belongs to a folder: operations on files below it are counted, and the operations that the plan names fail.
//! Plans of different folders are independent, so tests may run side by side in one process. Between the operations of a
//! commit there are named [`point`]s, at which a plan can also fail or end the process.
//!
//! ```
//! use semsearch_disk::fault::{Failure, Plan};
//!
//! let folder = tempfile::tempdir()?;
//! let armed = Plan::nth(2, Failure::Errno(28)).below(folder.path()).arm();
//! let path = folder.path().join("a");
//! let error = semsearch_disk::write_synced(&path, b"text").unwrap_err();
//! assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
//! assert_eq!(armed.operations(), 2);
//! # Ok::<(), std::io::Error>(())
//! ```

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// An operation on a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Open a file to read it.
    Open,
    /// Create a file, or open it to write.
    Create,
    /// Read bytes.
    Read,
    /// Write bytes.
    Write,
    /// Truncate or extend a file.
    Resize,
    /// Wait until a file is on the disk.
    Sync,
    /// Rename a file or folder.
    Rename,
    /// Wait until the names in a folder are on the disk.
    SyncFolder,
    /// Map a file into memory.
    Map,
    /// Remove a file or a folder.
    Remove,
    /// List a folder.
    List,
    /// Create a folder.
    CreateFolder,
    /// Ask for the length of a file, or whether it exists.
    Length,
    /// Lock a file.
    Lock,
    /// A named point between operations.
    Point,
}

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// With this error of the system: 5 is an error of the device, 28 a full disk.
    Errno(i32),
    /// Half of the bytes are written, then the disk is full. Operations other than writing fail at once.
    ShortWrite,
    /// The process ends, as if killed.
    Abort,
}

/// The operations that are to fail below a folder.
#[derive(Clone, Debug)]
pub struct Plan {
    folder: PathBuf,
    target: Target,
    failure: Option<Failure>,
    sticky: bool,
}

#[derive(Clone, Debug)]
enum Target {
    Never,
    Nth(u64),
    Point(String, u64),
    Budget(u64),
}

impl Plan {
    /// Nothing fails; operations are counted.
    #[must_use]
    pub fn count() -> Self {
        Plan { folder: PathBuf::new(), target: Target::Never, failure: None, sticky: false }
    }

    /// The `nth` operation fails, counted from 1. Points do not count as operations.
    #[must_use]
    pub fn nth(nth: u64, failure: Failure) -> Self {
        Plan { target: Target::Nth(nth), failure: Some(failure), ..Plan::count() }
    }

    /// The point `name` fails the `nth` time that it is passed, counted from 1.
    #[must_use]
    pub fn point(name: impl Into<String>, nth: u64, failure: Failure) -> Self {
        Plan { target: Target::Point(name.into(), nth), failure: Some(failure), ..Plan::count() }
    }

    /// The disk has room for this many more bytes. Half of the write that exceeds it is written, and every later write
    /// fails. Removing files does not free room.
    #[must_use]
    pub fn budget(bytes: u64) -> Self {
        Plan { target: Target::Budget(bytes), failure: Some(Failure::ShortWrite), ..Plan::count() }
    }

    /// The plan applies below this folder. Without this call, it applies everywhere.
    #[must_use]
    pub fn below(self, folder: &Path) -> Self {
        Plan { folder: folder.to_owned(), ..self }
    }

    /// After the first failure, every later operation fails as well.
    #[must_use]
    pub fn sticky(self) -> Self {
        Plan { sticky: true, ..self }
    }

    /// Puts the plan into effect until the result is dropped.
    #[must_use]
    pub fn arm(self) -> Armed {
        let (operations, written) = (AtomicU64::new(0), AtomicU64::new(0));
        let state = Arc::new(State { plan: self, operations, written, passed: Mutex::default() });
        plans().push(state.clone());
        COUNT.fetch_add(1, Ordering::SeqCst);
        Armed(state)
    }
}

/// A plan in effect.
#[derive(Debug)]
pub struct Armed(Arc<State>);

#[derive(Debug)]
struct State {
    plan: Plan,
    operations: AtomicU64,
    /// Bytes that were to be written.
    written: AtomicU64,
    /// The points that were passed, in order, with repetitions.
    passed: Mutex<Vec<String>>,
}

impl Armed {
    /// Operations that were tried below the folder.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.0.operations.load(Ordering::SeqCst)
    }

    /// Bytes that were to be written below the folder.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.0.written.load(Ordering::SeqCst)
    }

    /// The points that were passed below the folder, in order, with repetitions.
    #[must_use]
    pub fn points(&self) -> Vec<String> {
        self.0.passed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        plans().retain(|state| !Arc::ptr_eq(state, &self.0));
        COUNT.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How many plans are in effect.
static COUNT: AtomicUsize = AtomicUsize::new(0);
static PLANS: Mutex<Vec<Arc<State>>> = Mutex::new(Vec::new());

fn plans() -> std::sync::MutexGuard<'static, Vec<Arc<State>>> {
    PLANS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts an operation, and fails if a plan says so. For code that touches a file without this crate.
///
/// # Errors
/// As the plan says.
#[inline]
pub fn check(operation: Operation, path: &Path) -> io::Result<()> {
    match failure(operation, path, 0) {
        None => Ok(()),
        Some(Failure::Errno(errno)) => Err(io::Error::from_raw_os_error(errno)),
        Some(Failure::ShortWrite) => Err(io::Error::from_raw_os_error(FULL)),
        Some(Failure::Abort) => std::process::abort(),
    }
}

/// The number of the error that a full disk gives on Unix.
const FULL: i32 = 28;

/// A named point in a change of the collection in `folder`, where a plan may fail or end the process.
///
/// # Errors
/// As the plan says.
#[inline]
pub fn point(name: &str, folder: &Path) -> io::Result<()> {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    point_with_plans(name, folder)
}

#[cold]
fn point_with_plans(name: &str, folder: &Path) -> io::Result<()> {
    for state in states_of(folder) {
        let times = {
            let mut passed = state.passed.lock().unwrap_or_else(PoisonError::into_inner);
            passed.push(name.to_owned());
            passed.iter().filter(|passed| *passed == name).count() as u64
        };
        match (&state.plan.target, state.plan.failure) {
            (Target::Point(wanted, nth), Some(failure)) if wanted == name && times == *nth => match failure {
                Failure::Abort => std::process::abort(),
                Failure::Errno(errno) => return Err(io::Error::from_raw_os_error(errno)),
                Failure::ShortWrite => return Err(io::Error::from_raw_os_error(FULL)),
            },
            _ => {}
        }
    }
    Ok(())
}

/// The failure planned for an operation on this many bytes; `None` if it is to succeed.
#[inline]
pub(crate) fn failure(operation: Operation, path: &Path, bytes: usize) -> Option<Failure> {
    if COUNT.load(Ordering::Relaxed) == 0 { None } else { failure_with_plans(operation, path, bytes as u64) }
}

#[cold]
fn failure_with_plans(operation: Operation, path: &Path, bytes: u64) -> Option<Failure> {
    let mut outcome = None;
    for state in states_of(path) {
        let number = state.operations.fetch_add(1, Ordering::SeqCst) + 1;
        let written = state.written.fetch_add(bytes, Ordering::SeqCst).saturating_add(bytes);
        let fails = match state.plan.target {
            Target::Nth(nth) => number == nth || (state.plan.sticky && number > nth),
            Target::Budget(budget) => operation == Operation::Write && written > budget,
            Target::Never | Target::Point(..) => false,
        };
        if fails {
            outcome = outcome.or(state.plan.failure);
        }
    }
    outcome
}

fn states_of(path: &Path) -> Vec<Arc<State>> {
    plans().iter().filter(|state| path.starts_with(&state.plan.folder)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read, write_synced};

    #[test]
    fn each_operation_can_be_the_one_that_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let all = {
            let counting = Plan::count().below(folder.path()).arm();
            write_synced(&path, b"text").unwrap();
            read(&path).unwrap();
            counting.operations()
        };
        assert!(all >= 5, "create, write, sync, open, read: {all}");
        for nth in 1..=all {
            let armed = Plan::nth(nth, Failure::Errno(5)).below(folder.path()).arm();
            let outcome = write_synced(&path, b"text").and_then(|()| read(&path));
            assert_eq!(outcome.unwrap_err().raw_os_error(), Some(5), "operation {nth}");
            assert_eq!(armed.operations(), nth);
        }
        assert_eq!(write_synced(&path, b"text").and_then(|()| read(&path)).unwrap(), b"text", "and then none does");
    }

    #[test]
    fn a_short_write_leaves_half() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let armed = Plan::nth(2, Failure::ShortWrite).below(folder.path()).arm();
        let error = write_synced(&path, b"12345678").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        drop(armed);
        assert_eq!(read(&path).unwrap(), b"1234");
    }

    #[test]
    fn a_full_disk_stays_full_and_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let armed = Plan::budget(10).below(folder.path()).arm();
        write_synced(&path, b"12345678").unwrap();
        let other = folder.path().join("b");
        assert_eq!(write_synced(&other, b"1234").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(write_synced(&other, b"1").unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(read(&path).unwrap(), b"12345678");
        assert_eq!(armed.written(), 13);
    }

    #[test]
    fn what_is_sticky_goes_on_failing_and_other_folders_never_do() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _armed = Plan::nth(1, Failure::Errno(5)).below(folder.path()).sticky().arm();
        for _ in 0..3 {
            write_synced(&folder.path().join("a"), b"x").unwrap_err();
            write_synced(&other.path().join("a"), b"x").unwrap();
        }
    }

    #[test]
    fn a_point_fails_the_time_it_is_told_to() {
        let folder = tempfile::tempdir().unwrap();
        let armed = Plan::point("here", 2, Failure::Errno(5)).below(folder.path()).arm();
        point("there", folder.path()).unwrap();
        point("here", folder.path()).unwrap();
        point("here", folder.path()).unwrap_err();
        point("here", folder.path()).unwrap();
        assert_eq!(armed.points(), ["there", "here", "here", "here"]);
    }
}
