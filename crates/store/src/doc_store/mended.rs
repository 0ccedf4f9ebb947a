//! Notes on the damage that was mended while reading.

use std::sync::{Mutex, PoisonError};

/// The problems that were mended while reading, in words.
#[derive(Debug, Default)]
pub(super) struct Mended(Mutex<Vec<String>>);

impl Mended {
    /// Notes a problem, once.
    pub(super) fn note(&self, problem: String) {
        let mut problems = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// Takes the notes since the last call.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
