//! Keys, and the rows of each.

use std::collections::HashMap;

use crate::file::numbers::push_varint;
use crate::postings::Gaps;
use crate::vocabulary::dictionary::DictionaryWriter;
use crate::vocabulary::entry::Run;

/// Keys, and the ascending numbers of each.
#[derive(Debug, Default)]
pub(super) struct Keyed(HashMap<Box<str>, Numbers>);

/// Ascending numbers, as gaps.
#[derive(Debug, Default)]
struct Numbers {
    count: u32,
    gaps: Gaps,
    bytes: Vec<u8>,
}

impl Keyed {
    /// Appends a number to those of a key, which are below it.
    pub(super) fn push(&mut self, key: &str, number: u32) {
        let numbers = match self.0.get_mut(key) {
            Some(numbers) => numbers,
            None => self.0.entry(key.into()).or_default(),
        };
        push_varint(&mut numbers.bytes, numbers.gaps.gap(number));
        numbers.count += 1;
    }

    /// The dictionary, and the numbers.
    pub(super) fn finish(self) -> (Vec<u8>, Vec<u8>) {
        let mut keys: Vec<_> = self.0.into_iter().collect();
        keys.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut dictionary = DictionaryWriter::new();
        let mut runs = Vec::new();
        for (key, numbers) in keys {
            dictionary.push(key.as_bytes(), Run { rows: numbers.count, len: numbers.bytes.len() as u64 });
            runs.extend_from_slice(&numbers.bytes);
        }
        (dictionary.finish(), runs)
    }
}
