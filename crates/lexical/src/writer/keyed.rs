//! Keys, and the ascending numbers of each.

use std::collections::HashMap;

use crate::lists::numbers;
use crate::vocabulary::dictionary::DictionaryWriter;
use crate::vocabulary::entry::Run;

use super::hash::WordHash;

/// Keys, and the ascending numbers of each.
#[derive(Debug, Default)]
pub(super) struct Keyed(HashMap<Box<str>, Vec<u32>, WordHash>);

impl Keyed {
    /// Appends a number to those of a key, which are below it.
    pub(super) fn push(&mut self, key: &str, number: u32) {
        match self.0.get_mut(key) {
            Some(numbers) => numbers.push(number),
            None => {
                self.0.insert(key.into(), vec![number]);
            }
        }
    }

    /// The dictionary, and the numbers, all below `end`.
    pub(super) fn finish(self, end: u32) -> (Vec<u8>, Vec<u8>) {
        let mut keys: Vec<_> = self.0.into_iter().collect();
        keys.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut dictionary = DictionaryWriter::default();
        let mut runs = Vec::new();
        for (key, numbers) in keys {
            let run = numbers::write(&numbers, end);
            dictionary.push(key.as_bytes(), Run { count: numbers.len() as u32, len: run.len() as u64 });
            runs.extend_from_slice(&run);
        }
        (dictionary.finish(), runs)
    }
}
