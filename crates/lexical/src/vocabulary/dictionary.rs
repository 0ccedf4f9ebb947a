//! Sorted keys in blocks of sixteen, each written as what differs from the one before it.

use crate::file::body::Body;
use crate::file::error::LexicalError;
use crate::file::numbers::{push_varint, take_bytes, take_varint};
use crate::file::section::Section;

use super::entry::{Found, Run};

/// Keys of a block.
const BLOCK: u32 = 16;
/// How many keys are near another.
pub(crate) const NEAR: usize = 16;

/// Writes a dictionary.
#[derive(Debug, Default)]
pub(crate) struct DictionaryWriter {
    keys: u32,
    starts: Vec<u8>,
    blocks: Vec<u8>,
    last: Vec<u8>,
    /// Where the run of the next key begins.
    start: u64,
}

impl DictionaryWriter {
    /// Appends a key, which is above those before it.
    ///
    /// # Panics
    /// If the dictionary grows beyond 4 GiB.
    pub(crate) fn push(&mut self, key: &[u8], run: Run) {
        debug_assert!(self.keys == 0 || self.last[..] < *key, "keys ascend");
        if self.keys.is_multiple_of(BLOCK) {
            let start = u32::try_from(self.blocks.len()).expect("a dictionary has less than 4 GiB");
            self.starts.extend_from_slice(&start.to_le_bytes());
            push_varint(&mut self.blocks, self.start);
            self.last.clear();
        }
        let shared = self.last.iter().zip(key).take_while(|(a, b)| a == b).count();
        push_lengths(&mut self.blocks, shared, key.len() - shared);
        self.blocks.extend_from_slice(&key[shared..]);
        run.push(&mut self.blocks);
        self.start += run.len;
        self.keys += 1;
        self.last.clear();
        self.last.extend_from_slice(key);
    }

    /// The section.
    pub(crate) fn finish(self) -> Vec<u8> {
        [&self.keys.to_le_bytes()[..], &self.starts, &self.blocks].concat()
    }
}

/// Appends how many bytes of a key are those of the key before, and how many are new: half a byte each, where 15 says
/// that a varint has the rest.
fn push_lengths(out: &mut Vec<u8>, shared: usize, new: usize) {
    out.push((shared.min(15) << 4 | new.min(15)) as u8);
    for length in [shared, new] {
        if length >= 15 {
            push_varint(out, length as u64 - 15);
        }
    }
}

/// Takes the two lengths off the front.
fn take_lengths(bytes: &mut &[u8]) -> Option<(u64, u64)> {
    let (&lengths, rest) = bytes.split_first()?;
    *bytes = rest;
    let mut length = |short: u8| {
        let more = if short == 15 { take_varint(bytes)? } else { 0 };
        u64::from(short).checked_add(more)
    };
    Some((length(lengths >> 4)?, length(lengths & 15)?))
}

/// A dictionary in a file.
#[derive(Clone, Copy)]
pub(crate) struct Dictionary<'a> {
    body: &'a Body,
    section: Section,
    keys: u32,
}

impl<'a> Dictionary<'a> {
    /// The dictionary in `section`.
    pub(crate) fn open(body: &'a Body, section: Section) -> Result<Self, LexicalError> {
        let keys = body.part(section, 0..4)?;
        let keys = keys.first_chunk().map_or(0, |keys| u32::from_le_bytes(*keys));
        let index = 4 + 4 * u64::from(keys.div_ceil(BLOCK));
        if index > body.len(section) as u64 || keys == 0 && body.len(section) > 4 {
            return Err(section.damaged("it names more keys than it has"));
        }
        Ok(Dictionary { body, section, keys })
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> u32 {
        self.keys
    }

    /// What is said of a key.
    pub(crate) fn find(&self, key: &[u8]) -> Result<Option<Found>, LexicalError> {
        let mut walk = self.walk_from(key)?;
        Ok((walk.next()? && walk.key() == key).then(|| walk.found()))
    }

    /// Walks all keys.
    pub(crate) fn walk(&self) -> Walk<'a> {
        let (key, last) = (Vec::new(), Vec::new());
        Walk { dictionary: *self, at: 0, block: &[], key, last, run: None, start: 0, ready: false }
    }

    /// What is said of the key before which there are `ordinal` others.
    pub(crate) fn at(&self, ordinal: u32) -> Result<Found, LexicalError> {
        if ordinal >= self.keys {
            return Err(self.section.damaged("it has less keys than another section says"));
        }
        let mut walk = self.walk();
        walk.at = ordinal / BLOCK * BLOCK;
        for _ in 0..=ordinal % BLOCK {
            walk.next()?;
        }
        Ok(walk.found())
    }

    /// Calls `visit` with the first keys that are not below `key`, [`NEAR`] at most, until it gives something.
    pub(crate) fn find_near<T>(
        &self,
        key: &[u8],
        mut visit: impl FnMut(&Walk<'a>) -> Option<T>,
    ) -> Result<Option<T>, LexicalError> {
        let mut walk = self.walk_from(key)?;
        for _ in 0..NEAR {
            if !walk.next()? {
                break;
            }
            if let Some(found) = visit(&walk) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Walks the keys that are not below `key`.
    pub(crate) fn walk_from(&self, key: &[u8]) -> Result<Walk<'a>, LexicalError> {
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
        take_varint(bytes)?;
        let (shared, len) = take_lengths(bytes)?;
        if shared == 0 { take_bytes(bytes, len) } else { None }
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
pub(crate) struct Walk<'a> {
    dictionary: Dictionary<'a>,
    at: u32,
    block: &'a [u8],
    key: Vec<u8>,
    /// The last key of the block before.
    last: Vec<u8>,
    run: Option<Run>,
    /// Where the run of the key begins.
    start: u64,
    /// Whether the key that comes next has been read.
    ready: bool,
}

impl Walk<'_> {
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
        let expected = match self.run.take() {
            Some(run) => Some(self.start.saturating_add(run.len)),
            None => (self.at == 0).then_some(0),
        };
        self.start = take_varint(&mut self.block).ok_or_else(|| dictionary.damaged())?;
        if expected.is_some_and(|expected| expected != self.start) {
            return Err(dictionary.section.damaged("the bytes of a key do not lie behind those of the key before"));
        }
        Ok(())
    }

    /// Reads a key and its entry; whether the key is above the one before it.
    fn read_key(&mut self, first: bool) -> Option<bool> {
        if let Some(run) = self.run.take() {
            self.start = self.start.checked_add(run.len)?;
        }
        let (shared, len) = take_lengths(&mut self.block)?;
        let shared = usize::try_from(shared).ok().filter(|&shared| shared <= self.key.len())?;
        let rest = take_bytes(&mut self.block, len)
            .filter(|rest| shared + rest.len() <= self.dictionary.section.longest_key())?;
        // Of two keys that share as much as they can, the next letter decides.
        let ascends = first || self.key.get(shared).copied() < rest.first().copied();
        self.key.truncate(shared);
        self.key.extend_from_slice(rest);
        self.run = Some(Run::take(&mut self.block)?);
        Some(ascends && (!first || self.at < BLOCK || self.last.is_empty() || self.last < self.key))
    }

    /// Where the run of the key ends.
    pub(crate) fn end(&self) -> u64 {
        self.start.saturating_add(self.run.map_or(0, |run| run.len))
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
    pub(crate) fn found(&self) -> Found {
        let run = self.run.expect("`next` went to a key");
        Found { run, start: self.start, ordinal: self.at - 1 }
    }
}
