//! Sorted keys in blocks of sixteen, each written as what differs from the one before it.

use std::marker::PhantomData;

use crate::file::body::Body;
use crate::file::error::LexicalError;
use crate::file::numbers::{push_varint, take_bytes, take_varint};
use crate::file::section::Section;

use super::entry::{Counters, Entry};

/// Keys of a block.
const BLOCK: u32 = 16;
/// Bytes that a key may have.
pub(crate) const MAX_KEY: usize = 1024;

/// Writes a dictionary.
pub(crate) struct DictionaryWriter<E> {
    keys: u32,
    starts: Vec<u8>,
    blocks: Vec<u8>,
    last: Vec<u8>,
    counters: Counters,
    entries: PhantomData<E>,
}

impl<E: Entry> DictionaryWriter<E> {
    /// No keys yet.
    pub(crate) fn new() -> Self {
        let (starts, blocks, last) = (Vec::new(), Vec::new(), Vec::new());
        DictionaryWriter { keys: 0, starts, blocks, last, counters: [0; 4], entries: PhantomData }
    }

    /// Appends a key, which is above those before it.
    ///
    /// # Panics
    /// If the dictionary grows beyond 4 GiB.
    pub(crate) fn push(&mut self, key: &[u8], entry: E) {
        debug_assert!(self.keys == 0 || self.last[..] < *key, "keys ascend");
        if self.keys.is_multiple_of(BLOCK) {
            let start = u32::try_from(self.blocks.len()).expect("a dictionary has less than 4 GiB");
            self.starts.extend_from_slice(&start.to_le_bytes());
            for counter in &self.counters[..E::COUNTERS] {
                push_varint(&mut self.blocks, *counter);
            }
            self.last.clear();
        }
        let shared = self.last.iter().zip(key).take_while(|(a, b)| a == b).count();
        push_varint(&mut self.blocks, shared as u64);
        push_varint(&mut self.blocks, (key.len() - shared) as u64);
        self.blocks.extend_from_slice(&key[shared..]);
        entry.push(&mut self.blocks);
        entry.count(&mut self.counters).expect("what this process counts is below 2⁶⁴");
        self.keys += 1;
        self.last.clear();
        self.last.extend_from_slice(key);
    }

    /// The section.
    pub(crate) fn finish(self) -> Vec<u8> {
        [&self.keys.to_le_bytes()[..], &self.starts, &self.blocks].concat()
    }
}

/// A dictionary in a file.
pub(crate) struct Dictionary<'a, E> {
    body: &'a Body,
    section: Section,
    keys: u32,
    entries: PhantomData<E>,
}

impl<E> Clone for Dictionary<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Dictionary<'_, E> {}

/// A key that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found<E> {
    /// What is said of it.
    pub(crate) entry: E,
    /// What was counted before it.
    pub(crate) before: Counters,
}

impl<'a, E: Entry> Dictionary<'a, E> {
    /// The dictionary in `section`.
    pub(crate) fn open(body: &'a Body, section: Section) -> Result<Self, LexicalError> {
        let keys = body.part(section, 0..4)?;
        let keys = keys.first_chunk().map_or(0, |keys| u32::from_le_bytes(*keys));
        if 4 + 4 * u64::from(keys.div_ceil(BLOCK)) > body.len(section) as u64 {
            return Err(section.damaged("it names more keys than it has"));
        }
        Ok(Dictionary { body, section, keys, entries: PhantomData })
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> u32 {
        self.keys
    }

    /// What is said of a key.
    pub(crate) fn find(&self, key: &[u8]) -> Result<Option<Found<E>>, LexicalError> {
        let mut walk = self.walk_from(key)?;
        Ok((walk.next()? && walk.key() == key).then(|| walk.found()))
    }

    /// Walks all keys.
    pub(crate) fn walk(&self) -> Walk<'a, E> {
        let (key, last) = (Vec::new(), Vec::new());
        Walk { dictionary: *self, at: 0, block: &[], key, last, entry: None, before: [0; 4], ready: false }
    }

    /// Walks the keys that are not below `key`.
    pub(crate) fn walk_from(&self, key: &[u8]) -> Result<Walk<'a, E>, LexicalError> {
        // The last block that begins with a key not above `key`.
        let (mut low, mut high) = (0, self.keys.div_ceil(BLOCK));
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if self.first_key(middle)? <= key {
                low = middle;
            } else {
                high = middle;
            }
        }
        let mut walk = self.walk();
        walk.at = low * BLOCK;
        while walk.next()? {
            if walk.key() >= key {
                walk.ready = true;
                break;
            }
        }
        Ok(walk)
    }

    fn first_key(&self, block: u32) -> Result<&'a [u8], LexicalError> {
        let mut bytes = self.block(block)?;
        self.take_first_key(&mut bytes).ok_or_else(|| self.damaged())
    }

    fn take_first_key(&self, bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
        for _ in 0..E::COUNTERS {
            take_varint(bytes)?;
        }
        take_varint(bytes).filter(|&shared| shared == 0)?;
        let len = take_varint(bytes)?;
        take_bytes(bytes, len)
    }

    fn block(&self, block: u32) -> Result<&'a [u8], LexicalError> {
        let blocks = self.keys.div_ceil(BLOCK);
        let base = 4 + 4 * u64::from(blocks);
        let place = 4 + 4 * u64::from(block);
        let start = self.body.part(self.section, place..place + 4)?;
        let start = base + u64::from(start.first_chunk().map_or(0, |start| u32::from_le_bytes(*start)));
        let end = if block + 1 < blocks {
            let end = self.body.part(self.section, place + 4..place + 8)?;
            base + u64::from(end.first_chunk().map_or(0, |end| u32::from_le_bytes(*end)))
        } else {
            self.body.len(self.section) as u64
        };
        self.body.part(self.section, start..end)
    }

    fn damaged(&self) -> LexicalError {
        self.section.damaged("a block of keys is malformed")
    }
}

/// A walk along the keys, in ascending order.
pub(crate) struct Walk<'a, E> {
    dictionary: Dictionary<'a, E>,
    at: u32,
    block: &'a [u8],
    key: Vec<u8>,
    /// The last key of the block before.
    last: Vec<u8>,
    entry: Option<E>,
    before: Counters,
    /// Whether the key that comes next has been read.
    ready: bool,
}

impl<E: Entry> Walk<'_, E> {
    /// Goes to the next key; false behind the last.
    pub(crate) fn next(&mut self) -> Result<bool, LexicalError> {
        if std::mem::take(&mut self.ready) {
            return Ok(true);
        }
        let dictionary = self.dictionary;
        if self.at >= dictionary.keys {
            return if self.block.is_empty() { Ok(false) } else { Err(dictionary.damaged()) };
        }
        let first = self.at.is_multiple_of(BLOCK);
        if first {
            self.enter_block()?;
        }
        let ascends = self.read_key(first).ok_or_else(|| dictionary.damaged())?;
        if !ascends {
            return Err(dictionary.section.damaged("its keys do not ascend"));
        }
        self.at += 1;
        Ok(true)
    }

    fn enter_block(&mut self) -> Result<(), LexicalError> {
        let dictionary = self.dictionary;
        if !self.block.is_empty() {
            return Err(dictionary.damaged());
        }
        self.block = dictionary.block(self.at / BLOCK)?;
        std::mem::swap(&mut self.key, &mut self.last);
        self.key.clear();
        let mut counted = (self.at == 0).then_some([0; 4]);
        if let Some(entry) = self.entry.take() {
            counted = entry.count(&mut self.before).map(|()| self.before);
        }
        for counter in &mut self.before[..E::COUNTERS] {
            *counter = take_varint(&mut self.block).ok_or_else(|| dictionary.damaged())?;
        }
        if counted.is_some_and(|counted| counted != self.before) {
            return Err(dictionary.section.damaged("what is counted along the keys is not what a block says"));
        }
        Ok(())
    }

    /// Reads a key and its entry; whether the key is above the one before it.
    fn read_key(&mut self, first: bool) -> Option<bool> {
        if let Some(entry) = self.entry.take() {
            entry.count(&mut self.before)?;
        }
        let shared = usize::try_from(take_varint(&mut self.block)?).ok().filter(|&shared| shared <= self.key.len())?;
        let len = take_varint(&mut self.block)?;
        let rest = take_bytes(&mut self.block, len).filter(|rest| shared + rest.len() <= MAX_KEY)?;
        // Of two keys that share as much as they can, the next letter decides.
        let ascends = first || self.key.get(shared).copied() < rest.first().copied();
        self.key.truncate(shared);
        self.key.extend_from_slice(rest);
        self.entry = Some(E::take(&mut self.block)?);
        Some(ascends && (!first || self.at < BLOCK || self.last.is_empty() || self.last < self.key))
    }

    /// What was counted up to the key, and with it.
    pub(crate) fn counted(&self) -> Option<Counters> {
        let mut counters = self.before;
        self.entry.map_or(Some(()), |entry| entry.count(&mut counters)).map(|()| counters)
    }

    /// The key.
    pub(crate) fn key(&self) -> &[u8] {
        &self.key
    }

    /// The key as a text.
    pub(crate) fn text(&self) -> Result<&str, LexicalError> {
        std::str::from_utf8(&self.key).map_err(|_| self.dictionary.section.damaged("a key is not UTF-8"))
    }

    /// What is said of the key.
    ///
    /// # Panics
    /// If there is none: [`next`](Self::next) was not called, or was false.
    pub(crate) fn found(&self) -> Found<E> {
        Found { entry: self.entry.expect("`next` went to a key"), before: self.before }
    }
}
