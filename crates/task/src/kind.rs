//! The kinds of errors.

use std::fmt;

/// What an error is about, and so what a caller can do about it.
///
/// The command line gives each kind an exit code; a server will give it a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller asked for something impossible, or an input is malformed: ask differently.
    Usage,
    /// The collection does not exist: create it, or name another.
    Missing,
    /// A stored file is damaged, or has a format this version does not read: repair or rebuild it.
    Damaged,
    /// The model is missing or damaged, or is not the model of the collection.
    Model,
    /// The operating system failed: permissions, a full disk.
    Io,
    /// Another process is changing the collection: wait for it.
    Busy,
    /// The caller stopped the work through [`Progress::is_stopped`](crate::Progress::is_stopped).
    Stopped,
}

impl ErrorKind {
    /// All kinds.
    pub const ALL: [ErrorKind; 7] =
        [Self::Usage, Self::Missing, Self::Damaged, Self::Model, Self::Io, Self::Busy, Self::Stopped];

    /// The name of the kind in JSON: lower case, one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorKind::Usage => "usage",
            ErrorKind::Missing => "missing",
            ErrorKind::Damaged => "damaged",
            ErrorKind::Model => "model",
            ErrorKind::Io => "io",
            ErrorKind::Busy => "busy",
            ErrorKind::Stopped => "stopped",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: std::collections::HashSet<_> = ErrorKind::ALL.map(ErrorKind::as_str).into();
        assert_eq!(names.len(), ErrorKind::ALL.len());
    }
}
