//! A tokeniser as bytes that the next process reads where they lie.
//!
//! All numbers are u32 and little-endian:
//!
//! | field | meaning |
//! | --- | --- |
//! | magic | the bytes `WPCE` |
//! | version | 1; a new hash, table or rule makes it 2 |
//! | steps | bits: clean text 1, Chinese characters 2, strip accents 4, lower case 8 |
//! | longest | characters of the longest word that is spelled |
//! | unknown | id of the unknown token |
//! | before, after | how many special tokens stand before and after a text |
//!
//! The ids of those special tokens follow, then the vocabulary and the fixed tokens (see [`super::table`]), and nothing
//! more. Opening reads every slot and every start once, about 0.4 MB, and copies nothing.

use crate::bytes::Bytes;

use super::normalise::Steps;
use super::table::Table;
use super::wordpiece::{Rules, WordPiece};

const MAGIC: u32 = u32::from_le_bytes(*b"WPCE");
const VERSION: u32 = 1;
/// Fields before the special tokens.
const HEAD: usize = 7;

/// Special tokens before and after a text.
pub(super) type Around = (Vec<u32>, Vec<u32>);

/// The packed form.
pub(super) fn pack(words: &WordPiece, before: &[u32], after: &[u32]) -> Vec<u8> {
    let Rules { steps, max_chars, unknown } = words.rules;
    let Steps { clean_text, chinese_chars, strip_accents, lowercase } = steps;
    let steps = [clean_text, chinese_chars, strip_accents, lowercase];
    let steps = steps.into_iter().enumerate().map(|(bit, on)| u32::from(on) << bit).sum::<u32>();
    let head = [MAGIC, VERSION, steps, max_chars, unknown, before.len() as u32, after.len() as u32];
    let mut bytes = Vec::new();
    head.iter().chain(before).chain(after).for_each(|field| bytes.extend(field.to_le_bytes()));
    bytes.extend_from_slice(words.vocabulary.as_bytes());
    bytes.extend_from_slice(words.fixed.as_bytes());
    bytes
}

/// Opens the packed form.
///
/// # Errors
/// What is wrong with it.
pub(super) fn open(bytes: &Bytes) -> Result<(WordPiece, Around), String> {
    let short = || format!("a packed tokeniser is damaged: its head does not fit the {} bytes there are", bytes.len());
    let fields = bytes.as_chunks::<4>().0;
    let Some((&head, rest)) = fields.split_first_chunk::<HEAD>() else { return Err(short()) };
    let [magic, version, steps, max_chars, unknown, before, after] = head.map(u32::from_le_bytes);
    if magic != MAGIC {
        return Err(format!("it begins with {magic:#010x}, expected {MAGIC:#010x} (`WPCE`) of a packed tokeniser"));
    }
    if version != VERSION {
        return Err(format!("its packed form has version {version}, expected {VERSION}"));
    }
    if steps >= 16 {
        return Err(format!("its packed form asks for unknown steps: {steps:#x}, expected at most 0xf"));
    }
    let (before, after) = (before as usize, after as usize);
    let around = before.checked_add(after).and_then(|both| rest.get(..both)).ok_or_else(short)?;
    let around: Vec<u32> = around.iter().map(|&id| u32::from_le_bytes(id)).collect();
    let tables = bytes.part(4 * (HEAD + around.len())..bytes.len()).ok_or_else(short)?;
    let (vocabulary, rest) = Table::open(&tables)?;
    let (fixed, rest) = Table::open(&rest)?;
    if !rest.is_empty() {
        return Err(format!("a packed tokeniser is damaged: {} bytes follow its end", rest.len()));
    }
    let step = |bit: u32| steps >> bit & 1 == 1;
    let steps = Steps { clean_text: step(0), chinese_chars: step(1), strip_accents: step(2), lowercase: step(3) };
    let words = WordPiece::new(Rules { steps, max_chars, unknown }, vocabulary, fixed);
    Ok((words, (around[..before].to_vec(), around[before..].to_vec())))
}
