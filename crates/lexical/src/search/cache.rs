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
///
/// There are two generations. What is read comes into the young one; once that is full, it becomes the old one, and what
/// was old is forgotten, unless a query asked for it in between. So what is asked for often stays, and no query has to
/// write down when it asked.
#[derive(Debug)]
pub(super) struct Cache<T> {
    kept: RwLock<Kept<T>>,
    room: usize,
}

#[derive(Debug)]
struct Kept<T> {
    young: HashMap<Box<str>, Arc<T>>,
    old: HashMap<Box<str>, Arc<T>>,
    /// What the young ones take.
    bytes: usize,
}

impl<T: Heavy> Cache<T> {
    /// Keeps no more than `room` bytes.
    pub(super) fn new(room: usize) -> Self {
        Cache { kept: RwLock::new(Kept { young: HashMap::new(), old: HashMap::new(), bytes: 0 }), room }
    }

    /// What is kept of a stem, read if nothing is.
    pub(super) fn get(
        &self,
        stem: &str,
        read: impl FnOnce() -> Result<T, LexicalError>,
    ) -> Result<Arc<T>, LexicalError> {
        if let Some(value) = self.kept.read().unwrap_or_else(PoisonError::into_inner).young.get(stem) {
            return Ok(value.clone());
        }
        let old = self.kept.write().unwrap_or_else(PoisonError::into_inner).old.remove(stem);
        let value = match old {
            Some(value) => value,
            None => Arc::new(read()?),
        };
        let bytes = value.bytes() + stem.len() + 128;
        if bytes <= self.room / 2 {
            let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
            if kept.bytes + bytes > self.room / 2 {
                kept.old = std::mem::take(&mut kept.young);
                kept.bytes = 0;
            }
            if kept.young.insert(stem.into(), value.clone()).is_none() {
                kept.bytes += bytes;
            }
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Heavy for usize {
        fn bytes(&self) -> usize {
            872 - 1
        }
    }

    #[test]
    fn what_is_asked_for_again_stays() {
        let cache = Cache::new(6000);
        let reads = std::cell::Cell::new(0);
        let get = |stem: &str| {
            let read = || {
                reads.set(reads.get() + 1);
                Ok(stem.len())
            };
            assert_eq!(*cache.get(stem, read).unwrap(), stem.len());
        };
        for stem in ["a", "b", "c", "a", "d", "a", "e", "f", "a"] {
            get(stem);
        }
        assert_eq!(reads.get(), 6, "each once");
        get("b");
        assert_eq!(reads.get(), 7, "it was forgotten");
    }
}
