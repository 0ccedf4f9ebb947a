//! A column of texts: every distinct value once, in folded form and sorted, with the rows that have it.
//!
//! Values follow each other without a separator, so that a search for a substring is one search through one text. Most
//! of 200,000 authors wrote one or two papers: a value takes its letters, a length, and one to three bytes a row. The
//! rows of a frequent value are stored as a bitmap over the segment instead, where that is shorter.

use std::collections::HashMap;
use std::ops::Range;

use semsearch_index::{RowId, RowSet};

use super::error::{ColumnsError, damaged};
use super::fold::fold;
use super::layout::{push_varint, take_varint};
use super::spelling::Spelling;

/// Number of values; bytes of their lengths, letters, stored spellings and rows.
const HEAD: usize = 20;

/// A column being written.
#[derive(Debug, Default)]
pub(super) struct TextsWriter {
    values: HashMap<String, Value>,
}

#[derive(Debug, Default)]
struct Value {
    rows: Vec<u32>,
    /// The spellings and how often each occurred.
    spellings: Vec<(String, u32)>,
}

impl TextsWriter {
    /// Adds a value of a row. Rows come in ascending order.
    pub(super) fn push(&mut self, row: u32, text: &str) {
        let folded = fold(text);
        if folded.is_empty() {
            return;
        }
        let value = self.values.entry(folded).or_default();
        if value.rows.last() == Some(&row) {
            return;
        }
        value.rows.push(row);
        let spelling = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match value.spellings.iter_mut().find(|(known, _)| *known == spelling) {
            Some((_, count)) => *count += 1,
            None => value.spellings.push((spelling, 1)),
        }
    }

    /// The column of a file of `rows` rows.
    pub(super) fn finish(self, rows: u32) -> Vec<u8> {
        let mut values: Vec<(String, Value)> = self.values.into_iter().collect();
        values.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let [mut lengths, mut letters, mut stored, mut row_lists] = [const { Vec::new() }; 4];
        for (folded, value) in &values {
            // The most frequent spelling; of equally frequent ones, the first in the alphabet.
            let most = value.spellings.iter().max_by(|(a, n), (b, m)| n.cmp(m).then_with(|| b.cmp(a)));
            let spelling = most.map_or(folded, |(spelling, _)| spelling);
            let way = Spelling::of(folded, spelling);
            push_varint(&mut lengths, (folded.len() as u64) << 2 | way as u64);
            letters.extend_from_slice(folded.as_bytes());
            if way == Spelling::Stored {
                push_varint(&mut lengths, spelling.len() as u64);
                stored.extend_from_slice(spelling.as_bytes());
            }
            let begin = row_lists.len();
            let dense = push_rows(&mut row_lists, &value.rows, rows);
            push_varint(&mut lengths, ((row_lists.len() - begin) as u64) << 1 | u64::from(dense));
        }
        let parts = [&lengths, &letters, &stored, &row_lists];
        let mut column = Vec::with_capacity(HEAD + parts.iter().map(|part| part.len()).sum::<usize>());
        column.extend_from_slice(&(values.len() as u32).to_le_bytes());
        parts.iter().for_each(|part| column.extend_from_slice(&(part.len() as u32).to_le_bytes()));
        parts.iter().for_each(|part| column.extend_from_slice(part));
        column
    }
}

/// Writes rows as the distances between them, or as a bitmap if that is shorter. Returns whether it is a bitmap.
fn push_rows(out: &mut Vec<u8>, list: &[u32], rows: u32) -> bool {
    let begin = out.len();
    let bits = (rows as usize).div_ceil(8);
    let mut next = 0;
    for &row in list {
        push_varint(out, u64::from(row - next));
        next = row + 1;
        if out.len() - begin > bits {
            break;
        }
    }
    let dense = out.len() - begin > bits;
    if dense {
        out.truncate(begin);
        out.resize(begin + bits, 0);
        list.iter().for_each(|row| out[begin + *row as usize / 8] |= 1 << (row % 8));
    }
    dense
}

/// Where the parts of every value end; `None` if `lengths` are not the lengths of exactly `values` values.
fn read_lengths(mut lengths: &[u8], values: usize) -> Option<Vec<Entry>> {
    let mut entries = Vec::with_capacity(values);
    let mut entry = Entry::default();
    for _ in 0..values {
        let letters = take_varint(&mut lengths)?;
        let spelling = Spelling::from_bits(letters);
        let stored = if spelling == Spelling::Stored { take_varint(&mut lengths)? } else { 0 };
        let rows = take_varint(&mut lengths)?;
        entry = Entry {
            letters: entry.letters.checked_add(letters >> 2)?,
            stored: entry.stored.checked_add(stored)?,
            // At most 2^31 a value and 2^32 values.
            rows: ((entry.rows >> 1) + u64::from(rows >> 1)) << 1 | u64::from(rows & 1),
            spelling: spelling as u8,
        };
        entries.push(entry);
    }
    lengths.is_empty().then_some(entries)
}

/// An opened column; every value was checked on opening.
#[derive(Debug)]
pub(super) struct Texts {
    entries: Vec<Entry>,
    /// Where the letters are in the file; the other parts likewise.
    letters: Range<usize>,
    stored: Range<usize>,
    row_lists: Range<usize>,
    rows: usize,
}

/// Where a value's parts end; they begin where the parts of the value before end.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    letters: u32,
    stored: u32,
    /// Twice the end of its rows, plus 1 if the rows are a bitmap.
    rows: u64,
    spelling: u8,
}

impl Texts {
    /// Opens the column at `place` of the file.
    pub(super) fn read(
        name: &'static str,
        file: &[u8],
        place: Range<usize>,
        rows: usize,
    ) -> Result<Self, ColumnsError> {
        let broken = |problem: &str| damaged(name, problem);
        let column = file.get(place.clone()).ok_or_else(|| broken("it ends behind the file"))?;
        let (head, rest) = column.split_at_checked(HEAD).ok_or_else(|| broken("it ends within its head"))?;
        let mut head = head.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes) as usize);
        let mut number = || head.next().unwrap_or(0);
        let (values, sizes) = (number(), [number(), number(), number(), number()]);
        let total = sizes.iter().try_fold(0usize, |sum, size| sum.checked_add(*size));
        if total != Some(rest.len()) {
            return Err(broken("its parts do not fill it"));
        }
        // Every value has at least two bytes of lengths, so this also bounds what is allocated.
        if values > sizes[0] / 2 {
            return Err(broken("it names more values than it has lengths"));
        }
        let begin = place.start + HEAD;
        let letters = begin + sizes[0]..begin + sizes[0] + sizes[1];
        let stored = letters.end..letters.end + sizes[2];
        let texts = Texts {
            entries: read_lengths(&rest[..sizes[0]], values)
                .filter(|entries| {
                    let last = entries.last().copied().unwrap_or_default();
                    (last.letters as usize, last.stored as usize, last.rows >> 1)
                        == (sizes[1], sizes[2], sizes[3] as u64)
                })
                .ok_or_else(|| broken("its lengths are not those of its parts"))?,
            row_lists: stored.end..stored.end + sizes[3],
            letters,
            stored,
            rows,
        };
        texts.check(file).map_err(broken)?;
        Ok(texts)
    }

    /// Checks every value once.
    fn check(&self, file: &[u8]) -> Result<(), &'static str> {
        let letters = std::str::from_utf8(&file[self.letters.clone()]).map_err(|_| "its values are not text")?;
        let stored = std::str::from_utf8(&file[self.stored.clone()]).map_err(|_| "its spellings are not text")?;
        let mut before = "";
        for value in 0..self.entries.len() {
            let (start, entry) = (self.before(value), self.entries[value]);
            let folded = letters.get(start.letters as usize..entry.letters as usize);
            let folded = folded.ok_or("a value is not text")?;
            if folded <= before {
                return Err("its values are not in order");
            }
            before = folded;
            if stored.get(start.stored as usize..entry.stored as usize).is_none() {
                return Err("a spelling is not text");
            }
            let (dense, bytes) = self.row_bytes(file, value);
            let good = if dense { self.good_bits(bytes) } else { self.good_list(bytes) };
            if !good {
                return Err("the rows of a value are not rows in order");
            }
        }
        Ok(())
    }

    fn good_bits(&self, bytes: &[u8]) -> bool {
        let whole = bytes.len() == self.rows.div_ceil(8) && bytes.iter().any(|byte| *byte != 0);
        let tail = if self.rows.is_multiple_of(8) { 0 } else { u8::MAX << (self.rows % 8) };
        whole && bytes.last().is_some_and(|last| last & tail == 0)
    }

    fn good_list(&self, mut bytes: &[u8]) -> bool {
        let mut next = 0u64;
        while !bytes.is_empty() {
            let Some(distance) = take_varint(&mut bytes) else { return false };
            next += u64::from(distance) + 1;
            if next > self.rows as u64 {
                return false;
            }
        }
        next > 0
    }

    /// The number of values.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The folded form of a value.
    pub(super) fn folded<'a>(&self, file: &'a [u8], value: usize) -> &'a str {
        let range = self.before(value).letters as usize..self.entries[value].letters as usize;
        std::str::from_utf8(&file[self.letters.clone()][range]).unwrap_or_default()
    }

    /// The most frequent spelling of a value.
    pub(super) fn spelling(&self, file: &[u8], value: usize) -> String {
        let entry = self.entries[value];
        Spelling::from_bits(entry.spelling.into()).apply(self.folded(file, value)).unwrap_or_else(|| {
            let range =
                self.stored.start + self.before(value).stored as usize..self.stored.start + entry.stored as usize;
            String::from_utf8_lossy(&file[range]).into_owned()
        })
    }

    /// The value whose folded form is `folded`.
    pub(super) fn find(&self, file: &[u8], folded: &str) -> Option<usize> {
        let value = self.first_from(file, folded);
        (value < self.len() && self.folded(file, value) == folded).then_some(value)
    }

    /// The values whose folded form begins with `prefix`.
    pub(super) fn starting(&self, file: &[u8], prefix: &str) -> Range<usize> {
        let first = self.first_from(file, prefix);
        // Binary search: tens of thousands of names may begin with a common letter.
        let (mut low, mut high) = (first, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.folded(file, middle).starts_with(prefix) { low = middle + 1 } else { high = middle }
        }
        first..low
    }

    /// The values whose folded form contains `part`.
    pub(super) fn containing(&self, file: &[u8], part: &str) -> Vec<usize> {
        let letters = std::str::from_utf8(&file[self.letters.clone()]).unwrap_or_default();
        let mut found: Vec<usize> = Vec::new();
        let (mut from, mut end) = (0, 0);
        // Restarting the search costs more than going on. It is needed only after a match that begins in one value and ends
        // in the next, since such a match may hide one that begins within it.
        'anew: while let Some(rest) = letters.get(from..) {
            for (place, _) in rest.match_indices(part) {
                let at = from + place;
                if at < end && at + part.len() <= end {
                    continue;
                }
                if at < end {
                    from = end;
                    continue 'anew;
                }
                let value = self.entries.partition_point(|entry| entry.letters as usize <= at);
                let Some(entry) = self.entries.get(value) else { return found };
                if at + part.len() > entry.letters as usize {
                    from = at + letters[at..].chars().next().map_or(1, char::len_utf8);
                    continue 'anew;
                }
                end = entry.letters as usize;
                found.push(value);
            }
            break;
        }
        found
    }

    /// Hands the rows of a value to `visit`, in ascending order.
    pub(super) fn for_each_row(&self, file: &[u8], value: usize, mut visit: impl FnMut(RowId)) {
        let (dense, mut bytes) = self.row_bytes(file, value);
        if dense {
            for (byte, first) in bytes.iter().zip((0u32..).step_by(8)) {
                (0..8).filter(|bit| byte >> bit & 1 == 1).for_each(|bit| visit(RowId(first + bit)));
            }
            return;
        }
        let mut next = 0u32;
        while let Some(distance) = take_varint(&mut bytes) {
            let row = next.saturating_add(distance);
            visit(RowId(row));
            next = row.saturating_add(1);
        }
    }

    /// Adds the rows of a value to a set.
    pub(super) fn add_rows(&self, file: &[u8], value: usize, set: &mut RowSet) {
        self.for_each_row(file, value, |row| set.insert(row));
    }

    /// The first value that does not sort before `folded`.
    fn first_from(&self, file: &[u8], folded: &str) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.folded(file, middle) < folded { low = middle + 1 } else { high = middle }
        }
        low
    }

    fn before(&self, value: usize) -> Entry {
        value.checked_sub(1).map_or(Entry::default(), |before| self.entries[before])
    }

    fn row_bytes<'a>(&self, file: &'a [u8], value: usize) -> (bool, &'a [u8]) {
        let entry = self.entries[value];
        let (start, end) = ((self.before(value).rows >> 1) as usize, (entry.rows >> 1) as usize);
        (entry.rows & 1 == 1, &file[self.row_lists.start + start..self.row_lists.start + end])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn written(rows: u32, pairs: &[(u32, &str)]) -> Vec<u8> {
        let mut writer = TextsWriter::default();
        pairs.iter().for_each(|(row, text)| writer.push(*row, text));
        writer.finish(rows)
    }

    fn opened(column: &[u8], rows: usize) -> Result<Texts, ColumnsError> {
        Texts::read("author", column, 0..column.len(), rows)
    }

    fn rows_of(texts: &Texts, column: &[u8], value: usize) -> Vec<u32> {
        let mut rows = Vec::new();
        texts.for_each_row(column, value, |row| rows.push(row.0));
        rows
    }

    #[test]
    fn spellings_of_one_name_are_one_value_shown_as_it_is_mostly_written() {
        let pairs = [(0, "JOSÉ  Díaz"), (1, "José Díaz"), (2, "Jose Diaz"), (4, "José Díaz"), (4, "jose diaz")];
        let column = written(5, &pairs);
        let texts = opened(&column, 5).unwrap();
        assert_eq!(texts.len(), 1);
        assert_eq!((texts.folded(&column, 0), texts.spelling(&column, 0).as_str()), ("jose diaz", "José Díaz"));
        assert_eq!(rows_of(&texts, &column, 0), [0, 1, 2, 4]);
    }

    #[test]
    fn a_part_is_found_within_values_and_not_across_two_of_them() {
        let column = written(4, &[(0, "ab"), (1, "cab"), (2, "bcab"), (3, "aba")]);
        let texts = opened(&column, 4).unwrap();
        let containing = |part: &str| -> Vec<&str> {
            texts.containing(&column, part).into_iter().map(|value| texts.folded(&column, value)).collect()
        };
        // The sorted values are ab, aba, bcab, cab, stored as `ababa` `bcabcab` without separators.
        assert_eq!(containing("ab"), ["ab", "aba", "bcab", "cab"]);
        assert_eq!(containing("ca"), ["bcab", "cab"]);
        assert_eq!(containing("bab"), Vec::<&str>::new());
        assert_eq!(containing("bc"), ["bcab"]);
    }

    #[test]
    fn a_name_of_one_paper_costs_its_letters_and_five_bytes_at_most() {
        let names: Vec<String> = (0..5000).map(|number| format!("Author {number:04}")).collect();
        let pairs: Vec<(u32, &str)> = (0..).zip(names.iter().map(String::as_str)).collect();
        let column = written(60_000, &pairs);
        assert!(column.len() <= HEAD + names.len() * (11 + 5), "{} bytes", column.len());
    }

    proptest! {
        #[test]
        fn a_column_says_of_every_value_which_rows_have_it(
            lists in prop::collection::vec(prop::collection::btree_set("[abA é]{1,3}", 0..4), 1..40)
        ) {
            let mut writer = TextsWriter::default();
            let mut expected: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
            for (row, texts) in (0..).zip(&lists) {
                for text in texts {
                    writer.push(row, text);
                    if !fold(text).is_empty() {
                        expected.entry(fold(text)).or_default().insert(row);
                    }
                }
            }
            let column = writer.finish(lists.len() as u32);
            let texts = opened(&column, lists.len()).unwrap();
            prop_assert_eq!(texts.len(), expected.len());
            for (value, (folded, rows)) in expected.iter().enumerate() {
                prop_assert_eq!(texts.folded(&column, value), folded);
                prop_assert_eq!(fold(&texts.spelling(&column, value)), folded.clone());
                prop_assert_eq!(&rows_of(&texts, &column, value).into_iter().collect::<BTreeSet<_>>(), rows);
                prop_assert_eq!(texts.find(&column, folded), Some(value));
            }
            for part in ["a", "b", "ab", "e", "ba", "aa", "a a", "x"] {
                let values = |keep: &dyn Fn(&str) -> bool| -> Vec<usize> {
                    expected.keys().enumerate().filter(|(_, folded)| keep(folded)).map(|(value, _)| value).collect()
                };
                prop_assert_eq!(texts.containing(&column, part), values(&|folded| folded.contains(part)));
                let starting: Vec<usize> = texts.starting(&column, part).collect();
                prop_assert_eq!(starting, values(&|folded| folded.starts_with(part)));
                prop_assert_eq!(texts.find(&column, part).is_some(), expected.contains_key(part));
            }
        }
    }
}
