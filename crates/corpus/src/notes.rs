//! What a reader did that its user should know, although nothing is wrong with a record.
//!
//! Readers are streams of records, and these notes are about the file. So they are left at a place that the reader and
//! [`Documents`](crate::Documents) share.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::origin::Origin;

/// Something to know about how an input was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    /// The file is not UTF-8, and was read in another encoding.
    Decoded { path: PathBuf, encoding: &'static str, is_guess: bool },
    /// What the input calls its fields.
    Named(Vec<Origin>),
    /// A part of the input was not read: a column, a sheet, a file in a folder.
    NotRead { path: PathBuf, part: String, why: String },
}

/// The notes of one input, shared by those who make them and the one who passes them on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Vec<Note>>>);

impl Notes {
    pub(crate) fn add(&self, note: Note) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    /// Takes the notes of a part of the input over.
    pub(crate) fn append(&self, of_part: &Notes) {
        of_part.take().into_iter().for_each(|note| self.add(note));
    }

    /// The notes since the last call.
    pub(crate) fn take(&self) -> Vec<Note> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
