//! The pages of a data base, the tree of pages that a table is, and the values of its rows.
//!
//! Nothing in the file is trusted: a page may be visited once in a walk, a row is at most as long as a record, and every
//! place in a page is looked up with its bounds.

use std::io::{Read, Seek, SeekFrom};

use serde_json::Value;

use crate::error::Mismatch;
use crate::lines::LONGEST_RECORD;

/// The bytes that a data base begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The most levels of a tree. The format allows twenty.
const DEEPEST: usize = 32;

/// How text is encoded.
#[derive(Debug, Clone, Copy)]
enum Encoding {
    Utf8,
    Little,
    Big,
}

/// A data base.
pub(super) struct File {
    file: std::fs::File,
    page_size: usize,
    /// Bytes of a page that hold the format's content.
    usable: usize,
    pages: u32,
    encoding: Encoding,
}

fn damaged(what: &str) -> Mismatch {
    Mismatch::new("a whole SQLite data base", what)
}

impl File {
    pub(super) fn open(mut file: std::fs::File) -> Result<File, Mismatch> {
        let mut head = [0; 100];
        file.read_exact(&mut head).map_err(|error| damaged(&error.to_string()))?;
        if !head.starts_with(MAGIC) {
            return Err(damaged("another beginning, so it may be encrypted"));
        }
        let page_size = match u16::from_be_bytes([head[16], head[17]]) {
            1 => 65_536,
            size => usize::from(size),
        };
        let usable = page_size.saturating_sub(usize::from(head[20]));
        if !page_size.is_power_of_two() || !(512..=65_536).contains(&page_size) || usable < 480 {
            return Err(damaged(&format!("pages of {page_size} bytes")));
        }
        let length = file.metadata().map_err(|error| damaged(&error.to_string()))?.len();
        let pages = u32::try_from(length / page_size as u64).unwrap_or(u32::MAX);
        let encoding = match u32::from_be_bytes([head[56], head[57], head[58], head[59]]) {
            2 => Encoding::Little,
            3 => Encoding::Big,
            _ => Encoding::Utf8,
        };
        Ok(File { file, page_size, usable, pages, encoding })
    }

    /// A page by its number, counted from 1.
    fn page(&self, number: u32) -> Result<Vec<u8>, Mismatch> {
        if number == 0 || number > self.pages {
            return Err(damaged(&format!("page {number} of {}", self.pages)));
        }
        let mut page = vec![0; self.page_size];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(u64::from(number - 1) * self.page_size as u64))
            .and_then(|_| file.read_exact(&mut page))
            .map_err(|error| damaged(&error.to_string()))?;
        page.truncate(self.usable);
        Ok(page)
    }

    /// The content of a cell whose first bytes are at `at` of a page; what does not fit there is on pages of its own.
    fn payload(&self, page: &[u8], at: usize, length: usize) -> Result<Vec<u8>, Mismatch> {
        if length > LONGEST_RECORD {
            return Err(damaged(&format!("a row of {length} bytes")));
        }
        let most = self.usable - 35;
        let here = if length <= most {
            length
        } else {
            let least = (self.usable - 12) * 32 / 255 - 23;
            let rest = least + (length - least) % (self.usable - 4);
            if rest <= most { rest } else { least }
        };
        let mut payload = page.get(at..at + here).ok_or_else(|| damaged("a row beyond its page"))?.to_vec();
        let mut next = if here < length { u32_at(page, at + here)? } else { 0 };
        while payload.len() < length {
            let more = self.page(next)?;
            next = u32_at(&more, 0)?;
            let wanted = (length - payload.len()).min(self.usable - 4);
            payload.extend_from_slice(more.get(4..4 + wanted).ok_or_else(|| damaged("a row beyond its page"))?);
        }
        Ok(payload)
    }

    /// The values of a row.
    fn values(&self, payload: &[u8]) -> Result<Vec<Value>, Mismatch> {
        let beyond = || damaged("a row that is longer than it says");
        let (size, mut at) = varint(payload, 0).ok_or_else(beyond)?;
        let end = usize::try_from(size).map_err(|_| beyond())?;
        let mut body = end;
        let mut values = Vec::new();
        while at < end {
            let (kind, next) = varint(payload, at).ok_or_else(beyond)?;
            at = next;
            let length = match kind {
                0 | 8 | 9 => 0,
                1..=4 => kind as usize,
                5 => 6,
                6 | 7 => 8,
                10 | 11 => return Err(damaged("a value of an unknown kind")),
                _ => usize::try_from((kind - 12) / 2).map_err(|_| beyond())?,
            };
            let bytes = payload.get(body..body.saturating_add(length)).ok_or_else(beyond)?;
            body += length;
            values.push(match kind {
                0 => Value::Null,
                7 => {
                    let bits = bytes.try_into().map(u64::from_be_bytes).unwrap_or_default();
                    real(f64::from_bits(bits))
                }
                8 | 9 => (kind as i64 - 8).into(),
                1..=6 => {
                    let begin = if bytes[0] >= 0x80 { -1 } else { 0 };
                    bytes.iter().fold(begin, |number: i64, &byte| (number << 8) | i64::from(byte)).into()
                }
                _ if kind % 2 == 1 => self.text(bytes).into(),
                // Bytes that are text are what somebody meant as text.
                _ => std::str::from_utf8(bytes).map_or(Value::Null, Value::from),
            });
        }
        Ok(values)
    }

    fn text(&self, bytes: &[u8]) -> String {
        let units = |order: fn([u8; 2]) -> u16| -> String {
            let units = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]]));
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        };
        match self.encoding {
            Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
            Encoding::Little => units(u16::from_le_bytes),
            Encoding::Big => units(u16::from_be_bytes),
        }
    }
}

fn real(number: f64) -> Value {
    match number.fract() == 0.0 && number.abs() < 1e15 {
        true => (number as i64).into(),
        false => serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number),
    }
}

/// A row of a table.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) values: Vec<Value>,
}

/// A walk over the rows of a table.
pub(super) struct Tree {
    /// The pages on the way to the current one, each with the place of the next cell.
    open: Vec<(Vec<u8>, usize, usize)>,
    root: Option<u32>,
    visited: u32,
}

impl Tree {
    pub(super) fn new(root: u32) -> Tree {
        Tree { open: Vec::new(), root: Some(root), visited: 0 }
    }

    fn enter(&mut self, file: &File, number: u32) -> Result<(), Mismatch> {
        self.visited += 1;
        if self.visited > file.pages || self.open.len() >= DEEPEST {
            return Err(damaged("pages that lead in circles"));
        }
        // The first page begins with the description of the file.
        self.open.push((file.page(number)?, if number == 1 { 100 } else { 0 }, 0));
        Ok(())
    }

    /// The next row, in the order of their numbers.
    pub(super) fn next(&mut self, file: &File) -> Result<Option<Row>, Mismatch> {
        const INTERIOR: u8 = 5;
        const LEAF: u8 = 13;
        if let Some(root) = self.root.take() {
            self.enter(file, root)?;
        }
        loop {
            let Some((page, begin, next)) = self.open.last_mut() else { return Ok(None) };
            let begin = *begin;
            let kind = *page.get(begin).ok_or_else(|| damaged("a page without a kind"))?;
            let cells = usize::from(u16_at(page, begin + 3)?);
            let cell = *next;
            *next += 1;
            match kind {
                LEAF if cell < cells => {
                    let at = usize::from(u16_at(page, begin + 8 + 2 * cell)?);
                    let beyond = || damaged("a row beyond its page");
                    let (length, at) = varint(page, at).ok_or_else(beyond)?;
                    let (id, at) = varint(page, at).ok_or_else(beyond)?;
                    let length = usize::try_from(length).map_err(|_| beyond())?;
                    let payload = file.payload(page, at, length)?;
                    return Ok(Some(Row { id: id as i64, values: file.values(&payload)? }));
                }
                INTERIOR if cell < cells => {
                    let at = usize::from(u16_at(page, begin + 12 + 2 * cell)?);
                    let child = u32_at(page, at)?;
                    self.enter(file, child)?;
                }
                INTERIOR if cell == cells => {
                    let last = u32_at(page, begin + 8)?;
                    self.enter(file, last)?;
                }
                INTERIOR | LEAF => _ = self.open.pop(),
                _ => return Err(damaged(&format!("a page of the kind {kind} in a table"))),
            }
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Mismatch> {
    let pair = bytes.get(at..).and_then(|rest| rest.first_chunk::<2>());
    pair.map(|pair| u16::from_be_bytes(*pair)).ok_or_else(|| damaged("a place beyond its page"))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Mismatch> {
    let four = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>());
    four.map(|four| u32::from_be_bytes(*four)).ok_or_else(|| damaged("a place beyond its page"))
}

/// A number in groups of seven bits, the ninth byte whole, and the place behind it.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number = 0u64;
    for (count, &byte) in bytes.get(at..)?.iter().take(9).enumerate() {
        if count == 8 {
            return Some(((number << 8) | u64::from(byte), at + 9));
        }
        number = (number << 7) | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, at + count + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_one_to_nine_bytes() {
        assert_eq!(varint(&[0x7f], 0), Some((127, 1)));
        assert_eq!(varint(&[0x81, 0x00], 0), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9], 0), Some((u64::MAX, 9)));
        assert_eq!((varint(&[0x81], 0), varint(&[], 0), varint(&[1], 2)), (None, None, None));
    }
}
