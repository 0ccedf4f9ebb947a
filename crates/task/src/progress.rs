//! How a caller watches long-running work, and stops it.

use std::error::Error;
use std::fmt;

use crate::ErrorKind;

/// The stage that long work is in, for a progress display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Records are being read from input files.
    Read,
    /// A model's files are being fetched.
    Fetch,
    /// Passages are being encoded.
    Encode,
    /// Rows are being linked into a graph.
    Index,
    /// Documents are being stored.
    Write,
    /// Documents, vectors and graphs are being checked.
    Verify,
    /// Recall or speed is being measured.
    Measure,
    /// Papers are being compared with each other, pair by pair.
    Compare,
    /// Papers are being placed in a plane, turn by turn.
    Arrange,
}

/// Watches long work and may stop it.
///
/// Every method has a default that does nothing, so an implementation overrides only what it shows. Methods are called
/// from several threads at once.
pub trait Progress: Sync {
    /// A stage begins that will process `total` items (documents, rows, files); 0 if the number is unknown.
    fn begin(&self, stage: Stage, total: usize) {
        let _ = (stage, total);
    }

    /// `resumed` of `total` items of this stage were already finished by an interrupted run; `damaged` more were
    /// stored by it but are unusable.
    fn resumed(&self, resumed: usize, total: usize, damaged: u64) {
        let _ = (resumed, total, damaged);
    }

    /// `items` more items are finished, which had `tokens` tokens where tokens are counted.
    fn advance(&self, items: usize, tokens: usize) {
        let _ = (items, tokens);
    }

    /// A message for the user: a download starts, a damaged model is fetched again.
    fn note(&self, message: &str) {
        let _ = message;
    }

    /// Whether to stop. Asked between batches, so work ends within a fraction of a second after it returns `true`.
    fn is_stopped(&self) -> bool {
        false
    }

    /// [`Progress::is_stopped`] as a result, for `?`.
    ///
    /// # Errors
    /// [`Stopped`] if the work is to stop.
    fn check(&self) -> Result<(), Stopped> {
        if self.is_stopped() { Err(Stopped) } else { Ok(()) }
    }
}

/// Shows nothing and never stops.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {}

/// Work ended early because [`Progress::is_stopped`] returned `true`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl Stopped {
    /// Always [`ErrorKind::Stopped`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Stopped
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("stopped")
    }
}

impl Error for Stopped {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_fails_once_the_work_is_to_stop() {
        struct Enough;
        impl Progress for Enough {
            fn is_stopped(&self) -> bool {
                true
            }
        }
        assert_eq!(NoProgress.check(), Ok(()));
        assert_eq!(Enough.check(), Err(Stopped));
    }
}
