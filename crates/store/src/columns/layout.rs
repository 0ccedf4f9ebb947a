//! The bytes of `fields.columns` (`crates/store/COLUMNS.md`): a header, a table of columns, the columns.

use std::ops::Range;

use super::error::{ColumnsError, damaged};

const MAGIC: [u8; 8] = *b"SEMSFLD\n";
const VERSION: u32 = 1;
/// Magic, version, number of columns, rows.
const HEADER: usize = 24;
/// Length and checksum of a column.
const LINE: usize = 12;

/// The columns in the order of the file: the date, the numbers, the texts.
pub(super) const COLUMNS: [&str; 9] =
    ["date", "year", "comments", "authors", "venue", "category", "org", "author", "source"];

/// Where a column is, and its checksum.
#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) bytes: Range<usize>,
    crc: u32,
}

impl Section {
    /// The column's bytes in `file`, after comparing their checksum.
    pub(super) fn checked<'a>(&self, file: &'a [u8]) -> Result<&'a [u8], ColumnsError> {
        let bytes = file.get(self.bytes.clone()).ok_or_else(|| damaged(self.name, "it ends behind the file"))?;
        if crc32c::crc32c(bytes) != self.crc {
            return Err(damaged(self.name, "its checksum does not hold"));
        }
        Ok(bytes)
    }
}

/// Makes a file of columns.
pub(super) fn write(rows: u32, columns: &[Vec<u8>; COLUMNS.len()]) -> Vec<u8> {
    let total: usize = columns.iter().map(Vec::len).sum();
    let mut file = Vec::with_capacity(HEADER + COLUMNS.len() * LINE + 4 + total);
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(&VERSION.to_le_bytes());
    file.extend_from_slice(&(COLUMNS.len() as u32).to_le_bytes());
    file.extend_from_slice(&u64::from(rows).to_le_bytes());
    for column in columns {
        file.extend_from_slice(&(column.len() as u64).to_le_bytes());
        file.extend_from_slice(&crc32c::crc32c(column).to_le_bytes());
    }
    file.extend_from_slice(&crc32c::crc32c(&file).to_le_bytes());
    columns.iter().for_each(|column| file.extend_from_slice(column));
    file
}

/// Reads header and table: the number of rows, and where the columns are. The columns fill the rest of the file exactly.
pub(super) fn read(file: &[u8]) -> Result<(u32, Vec<Section>), ColumnsError> {
    let begins: &[u8] = file.get(..MAGIC.len()).unwrap_or(file);
    if begins != MAGIC {
        return Err(ColumnsError::NotColumns { found: String::from_utf8_lossy(begins).into_owned() });
    }
    let version = u32_at(file, 8)?;
    if version != VERSION {
        return Err(ColumnsError::Version { found: version });
    }
    let end = HEADER + COLUMNS.len() * LINE;
    let head = file.get(..end).ok_or_else(|| damaged("header", "the file ends within it"))?;
    if u32_at(file, end)? != crc32c::crc32c(head) {
        return Err(damaged("header", "its checksum does not hold"));
    }
    if u32_at(file, 12)? as usize != COLUMNS.len() {
        return Err(damaged("header", "it names another number of columns"));
    }
    let rows = u32::try_from(u64_at(file, 16)?).map_err(|_| damaged("header", "it names too many rows"))?;
    let mut sections = Vec::with_capacity(COLUMNS.len());
    let mut start = end + 4;
    for (place, name) in COLUMNS.into_iter().enumerate() {
        let len = usize::try_from(u64_at(file, HEADER + place * LINE)?).ok();
        let stop = len.and_then(|len| start.checked_add(len)).filter(|stop| *stop <= file.len());
        let stop = stop.ok_or_else(|| damaged(name, "it ends behind the file"))?;
        sections.push(Section { name, bytes: start..stop, crc: u32_at(file, HEADER + place * LINE + 8)? });
        start = stop;
    }
    if start != file.len() {
        return Err(damaged("header", "the file goes on behind the last column"));
    }
    Ok((rows, sections))
}

fn u32_at(file: &[u8], at: usize) -> Result<u32, ColumnsError> {
    array_at(file, at).map(u32::from_le_bytes)
}

fn u64_at(file: &[u8], at: usize) -> Result<u64, ColumnsError> {
    array_at(file, at).map(u64::from_le_bytes)
}

fn array_at<const N: usize>(file: &[u8], at: usize) -> Result<[u8; N], ColumnsError> {
    let bytes = file.get(at..).and_then(|rest| rest.first_chunk());
    bytes.copied().ok_or_else(|| damaged("header", "the file ends within it"))
}

/// Appends a number as a variable-length integer: seven bits a byte, the lowest first.
pub(super) fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a variable-length integer of at most 32 bits off the front.
#[inline]
pub(super) fn take_varint(bytes: &mut &[u8]) -> Option<u32> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        *bytes = rest;
        return Some(u32::from(first));
    }
    let mut value = 0u64;
    for place in 0..5 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return u32::try_from(value).ok();
        }
    }
    None
}
