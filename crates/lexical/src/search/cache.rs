//! What queries have read, kept for the next.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::file::error::LexicalError;

/// Something that takes memory.
pub(super) trait Heavy {
    /// How much, in bytes.
    fn bytes(&self) -> usize;
}

/// What was read of some stems.
#[derive(Debug)]
pub(super) struct Cache<T> {
    kept: RwLock<Kept<T>>,
    room: usize,
}

#[derive(Debug)]
struct Kept<T> {
    values: HashMap<Box<str>, Arc<T>>,
    bytes: usize,
}

impl<T: Heavy> Cache<T> {
    /// Keeps no more than `room` bytes.
    pub(super) fn new(room: usize) -> Self {
        Cache { kept: RwLock::new(Kept { values: HashMap::new(), bytes: 0 }), room }
    }

    /// What is kept of a stem, read if nothing is.
    pub(super) fn get(
        &self,
        stem: &str,
        read: impl FnOnce() -> Result<T, LexicalError>,
    ) -> Result<Arc<T>, LexicalError> {
        if let Some(value) = self.kept.read().unwrap_or_else(PoisonError::into_inner).values.get(stem) {
            return Ok(value.clone());
        }
        let value = Arc::new(read()?);
        let bytes = value.bytes() + stem.len() + 128;
        if bytes <= self.room {
            let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
            // What is asked for most comes back soonest; to remember who asked when would cost every query.
            if kept.bytes + bytes > self.room {
                *kept = Kept { values: HashMap::new(), bytes: 0 };
            }
            if kept.values.insert(stem.into(), value.clone()).is_none() {
                kept.bytes += bytes;
            }
        }
        Ok(value)
    }
}
