//! The packed form of a tokeniser: bytes that later processes map and read in place.
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
//! | before, after | number of special tokens before and after a text |
//!
//! The ids of those special tokens follow, then the vocabulary and the fixed tokens (see [`super::table`]), to the end of
//! the bytes. Opening reads all numbers of the tables once and copies nothing. The packed form of all-MiniLM-L6-v2 has
//! 0.7 MB, and a new process maps and opens it in 0.15 ms; reading `tokenizer.json` takes 3 ms.

use semsearch_vector::Bytes;

use super::normalise::Steps;
use super::table::Table;
use super::wordpiece::{Rules, WordPiece};

const MAGIC: u32 = u32::from_le_bytes(*b"WPCE");
const VERSION: u32 = 1;
/// Fields before the special tokens.
const HEAD: usize = 7;

/// Special tokens before and after a text.
pub(super) type Around = (Vec<u32>, Vec<u32>);

/// Packs a tokeniser.
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
/// A message if the bytes are damaged or of another version.
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

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    const TEXT: &str = "The caf\u{e9}, [MASK] unaffableness\u{302e}; \u{4e2d}\u{6587} [SEP] 12,345 \u{1f600}";

    fn packed() -> Vec<u8> {
        let text = include_str!("../../tests/toy/model/tokenizer.json");
        let (words, (before, after)) = file::read(text).expect("the toy model's is BERT's");
        pack(&words, &before, &after)
    }

    fn ids(words: &WordPiece) -> Vec<u32> {
        let mut ids = Vec::new();
        words.append(TEXT, usize::MAX, &mut ids);
        ids
    }

    fn refusal(bytes: Vec<u8>) -> String {
        open(&bytes.into()).map(drop).expect_err("it must be refused")
    }

    #[test]
    fn what_is_opened_is_what_was_packed() {
        let bytes = packed();
        let (words, (before, after)) = open(&bytes.clone().into()).unwrap();
        assert_eq!((before.as_slice(), after.as_slice()), ([2].as_slice(), [3].as_slice()));
        assert_eq!(pack(&words, &before, &after), bytes);
        let (from_file, _) = file::read(include_str!("../../tests/toy/model/tokenizer.json")).unwrap();
        assert_eq!(words.rules, from_file.rules);
        assert_eq!(ids(&words), ids(&from_file));
    }

    #[test]
    fn the_packed_form_is_the_same_on_every_machine() {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(packed());
        assert_eq!(digest[..4], [50, 38, 138, 153], "another form needs another version");
    }

    #[test]
    fn other_files_and_versions_are_refused() {
        let with = |at: usize, to: u32| {
            let mut bytes = packed();
            bytes[4 * at..4 * at + 4].copy_from_slice(&to.to_le_bytes());
            refusal(bytes)
        };
        assert!(with(0, 0x7B22_7665).contains("WPCE"));
        assert!(with(1, 2).contains("version 2, expected 1"));
        assert!(with(2, 16).contains("unknown steps: 0x10"));
        for at in [5, 6] {
            assert!(with(at, u32::MAX).contains("head does not fit"), "{}", with(at, u32::MAX));
        }
        assert!(refusal([packed(), vec![0]].concat()).contains("1 bytes follow"));
    }

    #[test]
    fn a_form_cut_anywhere_is_refused() {
        let whole = packed();
        for len in 0..whole.len() {
            assert!(refusal(whole[..len].to_vec()).contains("does not fit"), "at {len} bytes");
        }
    }

    #[test]
    fn no_flipped_byte_makes_it_panic() {
        let whole = packed();
        let right = ids(&open(&whole.clone().into()).unwrap().0);
        let mut told = 0;
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                match open(&bytes.into()) {
                    Ok((words, _)) => told += usize::from(ids(&words) != right),
                    Err(_) => told += 1,
                }
            }
        }
        assert!(told > 100, "some flips show: {told}");
    }
}
