//! A map from byte strings (tokens) to numbers, read in place.
//!
//! A hash table with open addressing over one run of bytes. The hash grows byte by byte, so one pass over a word gives the
//! hashes of all its prefixes. The longest prefix in the table is found by looking them up from the longest down.
//!
//! Nine of ten words in abstracts are tokens themselves and take one lookup. A double-array trie was tried: it spelled
//! the words of 3,000 abstracts in 50 ns each, against 72 here. But for 30,522 tokens it is larger by a quarter, and
//! building it is a search for gaps, while this table is built in a loop. With failure links (Song et al. 2021, "Fast
//! WordPiece Tokenization") a trie is linear in the worst case; the worst case here is, for each piece, a lookup for each
//! byte of the longest token, 18 in BERT's vocabulary.
//!
//! In bytes, all numbers u32 and little-endian: a head of four numbers (tokens, log2 of the slots, length of the prefix,
//! bytes of all tokens), the slots, the starts of the tokens and the end of the last, their numbers, their bytes. A slot
//! is 0 if it is free. Otherwise its lowest bits hold `2 · token + 1`, plus 1 if the token stands without its prefix
//! ("##ing" where it continues a word); the bits above are the lowest bits of the hash.
//!
//! Cost: a lookup reads one slot, most often the right one, and compares the bytes. 30,522 tokens take 0.7 MB.

use std::ops::Range;

use semsearch_vector::Bytes;

/// Fields of the head.
const HEAD: usize = 4;

/// The most tokens: eight bits of the hash still fit in a slot. The largest known vocabulary has 262,144.
pub(super) const MOST_TOKENS: usize = 1 << 22;

/// Whether a token begins or continues a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Begins = 0,
    Continues = 1,
}

/// A table over its bytes.
#[derive(Clone, Debug)]
pub(super) struct Table {
    bytes: Bytes,
    layout: Layout,
}

/// The ranges of a table's parts, checked once.
#[derive(Clone, Debug)]
struct Layout {
    slots: Range<usize>,
    starts: Range<usize>,
    numbers: Range<usize>,
    text: Range<usize>,
    /// Log2 of the number of slots.
    bits: u32,
    /// Bits of a slot that name the token.
    token_bits: u32,
    /// Bytes that a continuing token leaves out.
    prefix: usize,
    /// Bytes of the longest token.
    longest: usize,
}

/// A table opened for reading.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    slots: &'a [[u8; 4]],
    starts: &'a [[u8; 4]],
    numbers: &'a [[u8; 4]],
    text: &'a [u8],
    bits: u32,
    token_bits: u32,
    prefix: usize,
    longest: usize,
}

/// The hash of some bytes, to which more bytes can be added.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    fn new(place: Place) -> Self {
        Hash([0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344][place as usize])
    }

    #[inline]
    fn add(self, byte: u8) -> Self {
        Hash((self.0 ^ u64::from(byte)).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// The upper half, where every bit depends on every byte.
    #[inline]
    fn value(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn of(place: Place, bytes: &[u8]) -> u32 {
        bytes.iter().fold(Hash::new(place), |hash, &byte| hash.add(byte)).value()
    }
}

impl Table {
    /// A table of `tokens` and their numbers. Tokens that begin with `prefix` are also stored without it, to continue
    /// words.
    ///
    /// `None` if a token occurs twice, or there are more than [`MOST_TOKENS`] tokens or 4 GiB of them.
    pub(super) fn build<T: AsRef<[u8]>>(tokens: &[(T, u32)], prefix: Option<&[u8]>) -> Option<Table> {
        let continuing = |token: &[u8]| prefix.is_some_and(|prefix| token.starts_with(prefix));
        let entries = tokens.len() + tokens.iter().filter(|(token, _)| continuing(token.as_ref())).count();
        if tokens.len() > MOST_TOKENS {
            return None;
        }
        // Filled to between 3/8 and 3/4.
        let bits = (entries + entries / 3 + 1).next_power_of_two().trailing_zeros().max(1);
        let text_len = u32::try_from(tokens.iter().map(|(token, _)| token.as_ref().len()).sum::<usize>()).ok()?;
        let head = [tokens.len() as u32, bits, prefix.map_or(0, <[u8]>::len) as u32, text_len];

        let mut bytes = Vec::with_capacity(4 * (HEAD + (1 << bits) + 2 * tokens.len() + 1) + text_len as usize);
        head.iter().for_each(|field| bytes.extend(field.to_le_bytes()));
        bytes.resize(bytes.len() + (4 << bits), 0);
        let mut start = 0;
        for (token, _) in tokens {
            bytes.extend(u32::to_le_bytes(start));
            start += token.as_ref().len() as u32;
        }
        bytes.extend(start.to_le_bytes());
        tokens.iter().for_each(|(_, number)| bytes.extend(number.to_le_bytes()));
        tokens.iter().for_each(|(token, _)| bytes.extend(token.as_ref()));

        let mut table = Table { layout: Layout::of(&bytes)?.0, bytes: Vec::new().into() };
        for (index, (token, _)) in tokens.iter().enumerate() {
            let token = token.as_ref();
            table.insert(&mut bytes, index, Place::Begins, token)?;
            if let Some(prefix) = prefix.filter(|prefix| token.starts_with(prefix)) {
                table.insert(&mut bytes, index, Place::Continues, &token[prefix.len()..])?;
            }
        }
        table.bytes = bytes.into();
        table.layout.longest = tokens.iter().map(|(token, _)| token.as_ref().len()).max().unwrap_or(0);
        Some(table)
    }

    /// Writes the slot of a token; `None` if it has one already. An empty token gets none, since it is never looked up.
    fn insert(&self, bytes: &mut [u8], index: usize, place: Place, token: &[u8]) -> Option<()> {
        if token.is_empty() {
            return Some(());
        }
        let view = self.layout.view(bytes);
        let hash = Hash::of(place, token);
        let Err(slot) = view.probe(hash, place, token) else { return None };
        let value = (2 * index as u32 + place as u32 + 1) | (hash << view.token_bits);
        let at = self.layout.slots.start + 4 * slot?;
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        Some(())
    }

    /// Opens a table at the beginning of `bytes`, and returns it with the bytes behind it.
    ///
    /// # Errors
    /// A message if the table is damaged. Everything that a lookup relies on is checked.
    pub(super) fn open(bytes: &Bytes) -> Result<(Table, Bytes), String> {
        let (layout, end) = Layout::of(bytes).ok_or_else(|| {
            format!("a table is damaged: its head does not fit the {} bytes that are there", bytes.len())
        })?;
        let table = bytes.part(0..end).zip(bytes.part(end..bytes.len()));
        let (table, rest) = table.expect("a layout ends within its bytes");
        let mut table = Table { bytes: table, layout };
        table.layout.longest = table.view().check()?;
        Ok((table, rest))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[inline]
    pub(super) fn view(&self) -> View<'_> {
        self.layout.view(&self.bytes)
    }
}

impl Layout {
    /// Reads the head, and returns the layout and the end of the table; `None` if the end is not within `bytes`.
    fn of(bytes: &[u8]) -> Option<(Layout, usize)> {
        let head = words(bytes.get(..4 * HEAD)?);
        let [tokens, bits, prefix, text_len] = std::array::from_fn(|field| u32::from_le_bytes(head[field]));
        let (tokens, text_len) = (tokens as usize, text_len as usize);
        if tokens > MOST_TOKENS || !(1..=24).contains(&bits) {
            return None;
        }
        let mut end = 4 * HEAD;
        let mut section = |len: usize| {
            let start = end;
            end = end.checked_add(len)?;
            Some(start..end)
        };
        let slots = section(4 << bits)?;
        let starts = section(4 * (tokens + 1))?;
        let numbers = section(4 * tokens)?;
        let text = section(text_len)?;
        let token_bits = u32::BITS - (2 * tokens as u32).leading_zeros();
        let layout =
            Layout { slots, starts, numbers, text, bits, token_bits, prefix: prefix as usize, longest: usize::MAX };
        (end <= bytes.len()).then_some((layout, end))
    }

    #[inline]
    fn view<'a>(&self, bytes: &'a [u8]) -> View<'a> {
        View {
            slots: words(&bytes[self.slots.clone()]),
            starts: words(&bytes[self.starts.clone()]),
            numbers: words(&bytes[self.numbers.clone()]),
            text: &bytes[self.text.clone()],
            bits: self.bits,
            token_bits: self.token_bits,
            prefix: self.prefix,
            longest: self.longest,
        }
    }
}

fn words(bytes: &[u8]) -> &[[u8; 4]] {
    bytes.as_chunks().0
}

impl View<'_> {
    /// The number of `token`.
    #[inline]
    pub(super) fn find(&self, place: Place, token: &[u8]) -> Option<u32> {
        if token.len() > self.longest {
            return None;
        }
        self.number(Hash::of(place, token), place, token)
    }

    /// The longest token that `text` begins with: its length, not 0, and its number. `hashes` is working memory.
    pub(super) fn longest(&self, place: Place, text: &[u8], hashes: &mut Vec<u32>) -> Option<(usize, u32)> {
        let most = text.len().min(self.longest);
        hashes.clear();
        hashes.extend(text[..most].iter().scan(Hash::new(place), |hash, &byte| {
            *hash = hash.add(byte);
            Some(hash.value())
        }));
        let found = |(index, &hash): (usize, &u32)| Some((index + 1, self.number(hash, place, &text[..=index])?));
        hashes.iter().enumerate().rev().find_map(found)
    }

    /// The numbers of all tokens.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.numbers.iter().map(|&number| u32::from_le_bytes(number))
    }

    /// The bytes of every token.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.numbers.len()).map(|index| self.token(index, Place::Begins).unwrap_or_default())
    }

    #[inline]
    fn number(&self, hash: u32, place: Place, token: &[u8]) -> Option<u32> {
        let index = self.probe(hash, place, token).ok()?;
        Some(u32::from_le_bytes(*self.numbers.get(index)?))
    }

    /// The index of `token`, or the free slot where it would stand.
    #[inline]
    fn probe(&self, hash: u32, place: Place, token: &[u8]) -> Result<usize, Option<usize>> {
        let last = self.slots.len() - 1;
        let tag = hash << self.token_bits;
        let first = (hash >> (u32::BITS - self.bits)) as usize;
        // At most one step a slot: a damaged table may have no free slot.
        for at in first..=first + last {
            let slot = u32::from_le_bytes(self.slots[at & last]);
            if slot == 0 {
                return Err(Some(at & last));
            }
            // If the hashes agree, `2 · token + place` remains.
            let entry = slot.wrapping_sub(tag).wrapping_sub(1);
            if entry >> self.token_bits == 0 && entry & 1 == place as u32 {
                let index = (entry >> 1) as usize;
                if self.token(index, place) == Some(token) {
                    return Ok(index);
                }
            }
        }
        Err(None)
    }

    #[inline]
    fn token(&self, index: usize, place: Place) -> Option<&[u8]> {
        let &[start, end] = self.starts.get(index..index + 2)? else { return None };
        let skipped = if place == Place::Continues { self.prefix } else { 0 };
        self.text.get((u32::from_le_bytes(start) as usize).checked_add(skipped)?..u32::from_le_bytes(end) as usize)
    }

    /// Checks everything that a lookup relies on, and returns the length of the longest token.
    fn check(&self) -> Result<usize, String> {
        let tokens = self.numbers.len();
        let mut longest = 0;
        let mut before = 0;
        for &start in self.starts {
            let start = u32::from_le_bytes(start) as usize;
            let Some(len) = start.checked_sub(before) else {
                return Err(format!("a table is damaged: a token ends at byte {start} and begins at {before}"));
            };
            longest = longest.max(len);
            before = start;
        }
        if before != self.text.len() {
            let found = self.text.len();
            return Err(format!("a table is damaged: its tokens end at byte {before}, expected at {found}"));
        }
        let mask = (1 << self.token_bits) - 1;
        let entries = self.slots.iter().map(|&slot| u32::from_le_bytes(slot));
        let (mut largest, mut free) = (0, 0usize);
        for slot in entries {
            largest = largest.max(slot & mask);
            free += usize::from(slot == 0);
        }
        if largest as usize > 2 * tokens {
            return Err(format!("a table is damaged: it points to token {}, there are {tokens}", (largest - 1) / 2));
        }
        if free == 0 {
            return Err("a table is damaged: no slot is free".to_owned());
        }
        Ok(longest)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;

    fn table(tokens: &[(&str, u32)]) -> Table {
        Table::build(tokens, Some(b"##")).expect("no token is there twice")
    }

    /// The table opened from its bytes.
    fn reopened(table: &Table) -> Table {
        let (table, rest) = Table::open(&table.as_bytes().to_vec().into()).expect("it is whole");
        assert!(rest.is_empty());
        table
    }

    #[test]
    fn a_continuing_token_is_found_without_its_prefix_and_with_it_where_a_word_begins() {
        let table = table(&[("ing", 7), ("##ing", 8), ("##", 9), ("", 10)]);
        let view = table.view();
        assert_eq!(view.find(Place::Begins, b"ing"), Some(7));
        assert_eq!(view.find(Place::Continues, b"ing"), Some(8));
        assert_eq!(view.find(Place::Begins, b"##ing"), Some(8));
        assert_eq!(view.find(Place::Begins, b"##"), Some(9));
        assert_eq!(view.find(Place::Continues, b"##"), None);
        assert_eq!(view.find(Place::Begins, b""), None);
        assert_eq!(view.find(Place::Continues, b""), None);
    }

    #[test]
    fn the_longest_token_is_found() {
        let table = table(&[("a", 1), ("abc", 3), ("##b", 4)]);
        let mut hashes = Vec::new();
        assert_eq!(table.view().longest(Place::Begins, b"abcd", &mut hashes), Some((3, 3)));
        assert_eq!(table.view().longest(Place::Begins, b"abd", &mut hashes), Some((1, 1)));
        assert_eq!(table.view().longest(Place::Continues, b"abd", &mut hashes), None);
        assert_eq!(table.view().longest(Place::Continues, b"bc", &mut hashes), Some((1, 4)));
        assert_eq!(table.view().longest(Place::Begins, b"", &mut hashes), None);
    }

    #[test]
    fn a_token_that_is_there_twice_makes_no_table() {
        assert!(Table::build(&[("a", 1), ("b", 2), ("a", 3)], None).is_none());
    }

    #[test]
    fn a_table_may_be_empty() {
        let empty = reopened(&table(&[]));
        assert_eq!(empty.view().longest(Place::Begins, b"a", &mut Vec::new()), None);
        assert_eq!(empty.view().numbers().max(), None);
    }

    #[test]
    fn what_does_not_fit_together_is_refused_and_named() {
        let whole = table(&[("ab", 1), ("##c", 2)]).as_bytes().to_vec();
        let layout = Layout::of(&whole).unwrap().0;
        let refused = |at: usize, to: u32| {
            let mut bytes = whole.clone();
            bytes[at..at + 4].copy_from_slice(&to.to_le_bytes());
            Table::open(&bytes.into()).map(drop).expect_err("it must be refused")
        };
        assert!(refused(0, u32::MAX).contains("does not fit"), "too many tokens");
        for bits in [0, 4, 25, 32, u32::MAX] {
            assert!(refused(4, bits).contains("does not fit"), "2^{bits} slots");
        }
        assert!(refused(12, u32::MAX).contains("does not fit"), "too much text");
        assert!(refused(12, 4).contains("end at byte 5, expected at 4"), "text without an owner");
        assert!(refused(layout.starts.start + 4, 6).contains("ends at byte 5 and begins at 6"));
        let free = layout.slots.clone().step_by(4).find(|&at| whole[at..at + 4] == [0; 4]).unwrap();
        assert!(refused(free, 5).contains("points to token 2, there are 2"));
        let mut bytes = whole.clone();
        bytes[layout.slots.clone()].chunks_exact_mut(4).for_each(|slot| slot.copy_from_slice(&[1, 0, 0, 0]));
        assert!(Table::open(&bytes.into()).unwrap_err().contains("no slot is free"));
    }

    proptest! {
        #[test]
        fn every_token_is_found_and_nothing_else(
            tokens in btree_map("[#ab\u{e9}]{0,4}".prop_map(String::into_bytes), any::<u32>(), 0..60),
            others in vec("[#ab\u{e9}]{0,6}".prop_map(String::into_bytes), 0..40),
        ) {
            let entries: Vec<(&[u8], u32)> = tokens.iter().map(|(token, &number)| (token.as_slice(), number)).collect();
            let built = Table::build(&entries, Some(b"#")).unwrap();
            let continuing: BTreeMap<&[u8], u32> =
                entries.iter().filter_map(|&(token, number)| Some((token.strip_prefix(b"#")?, number))).collect();
            for table in [&built, &reopened(&built)] {
                let view = table.view();
                for other in tokens.keys().chain(&others).filter(|other| !other.is_empty()) {
                    prop_assert_eq!(view.find(Place::Begins, other), tokens.get(other).copied());
                    prop_assert_eq!(view.find(Place::Continues, other), continuing.get(other.as_slice()).copied());
                    let beginning = (1..=other.len()).rev().find_map(|len| Some((len, *tokens.get(&other[..len])?)));
                    prop_assert_eq!(view.longest(Place::Begins, other, &mut Vec::new()), beginning);
                }
            }
        }
    }
}
