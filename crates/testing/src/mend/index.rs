//! The file of an index, taken apart by its description (FORMAT.md of `index`).

use std::ops::Range;

use super::numbers::{put_u32, put_u64, span, u32_at, u64_at};
use super::page::{self, PAGE};

/// Where the table of sections begins in the first page.
pub const TABLE: usize = 256;
/// Bytes of a line of the table.
pub const LINE: usize = 40;
/// The kind of the section with the links of level 0.
const LINKS: u32 = 3;
/// The kind of a section with the links of an upper level.
const LEVEL_LINKS: u32 = 9;
/// The kind of the section that holds the checksums of all sections before it.
pub const CHECKS: u32 = 12;
/// The kind of the section that holds the checksums of [`CHECKS`]. The first page has the checksum of this section.
pub const ROOTS: u32 = 13;

/// A line of the table: one section of the file.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// What the section holds.
    pub kind: u32,
    /// Where the section begins, in bytes from the beginning of the file.
    pub offset: usize,
    /// Bytes of the section.
    pub len: usize,
    /// Bytes of a record.
    pub record: u32,
    /// Records that share a checksum.
    pub block: u32,
    /// The number of the section's first checksum in [`CHECKS`].
    pub first_check: usize,
}

impl Line {
    /// The bytes of the section. They may lie behind the end of a damaged file.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset.saturating_add(self.len)
    }
}

/// The lines of the table, as many as the page has room for.
#[must_use]
pub fn table(bytes: &[u8]) -> Vec<Line> {
    let count = u32_at(bytes, 24).map_or(0, |count| count as usize).min((PAGE - 4 - TABLE) / LINE);
    let line = |number: usize| {
        let at = TABLE + number * LINE;
        // A place that no memory has is a place behind the end.
        let place = |at| Some(usize::try_from(u64_at(bytes, at)?).unwrap_or(usize::MAX));
        Some(Line {
            kind: u32_at(bytes, at)?,
            offset: place(at + 8)?,
            len: place(at + 16)?,
            record: u32_at(bytes, at + 24)?,
            block: u32_at(bytes, at + 28)?,
            first_check: place(at + 32)?,
        })
    };
    (0..count).map_while(line).collect()
}

/// Makes all checksums fit, as far as the table makes sense.
pub fn mend(bytes: &mut [u8]) {
    let lines = table(bytes);
    let find = |kind| lines.iter().find(|line| line.kind == kind).copied();
    if let (Some(checks), Some(roots)) = (find(CHECKS), find(ROOTS)) {
        for line in lines.iter().filter(|line| line.kind != CHECKS && line.kind != ROOTS) {
            section(bytes, line, checks.offset, line.first_check);
        }
        section(bytes, &checks, roots.offset, 0);
        if let Some(found) = span(bytes, roots.offset, roots.len) {
            let check = crc32c::crc32c(found);
            put_u32(bytes, 28, check);
        }
    }
    page::mend(bytes);
}

/// Puts the checksums of a section's blocks behind `into`, from number `first` on.
fn section(bytes: &mut [u8], line: &Line, into: usize, first: usize) {
    let step = usize::try_from(u64::from(line.record) * u64::from(line.block)).unwrap_or(usize::MAX);
    let Some(section) = span(bytes, line.offset, line.len).filter(|_| step > 0) else { return };
    let found: Vec<u32> = section.chunks(step).map(crc32c::crc32c).collect();
    for (number, check) in found.into_iter().enumerate() {
        let at = first.checked_add(number).and_then(|number| number.checked_mul(4)?.checked_add(into));
        // The first page stays as it was changed.
        if let Some(at) = at.filter(|at| *at >= PAGE) {
            put_u32(bytes, at, check);
        }
    }
}

/// Forges the same index with `degree` links a node and `upper_degree` links a member of an upper level: every link leads to
/// another place, the file is laid out as its header says, and all checksums fit. `bytes` has to be a whole index.
///
/// # Panics
/// If the table of `bytes` makes no sense.
#[must_use]
pub fn with_links(bytes: &[u8], degree: usize, upper_degree: usize) -> Vec<u8> {
    const LARGEST_BLOCK: usize = 1 << 20;
    let mut file = bytes[..PAGE].to_vec();
    put_u32(&mut file, 72, degree as u32);
    put_u32(&mut file, 76, upper_degree as u32);
    let (mut blocks, mut block) = (0, 1);
    for (number, line) in table(bytes).into_iter().enumerate() {
        let records = line.len / line.record as usize;
        let links = |degree: usize| -> (usize, Vec<u8>) {
            let of = |member| (1..=degree).map(move |step| ((member + step) % records) as u32);
            (4 * degree, (0..records).flat_map(of).flat_map(u32::to_le_bytes).collect())
        };
        let (record, section) = match line.kind {
            LINKS => links(degree),
            LEVEL_LINKS => links(upper_degree),
            CHECKS => (4, vec![0; 4 * blocks]),
            ROOTS => (4, vec![0; 4 * usize::div_ceil(blocks, block)]),
            _ => (line.record as usize, bytes[line.range()].to_vec()),
        };
        let first_check = if line.kind < CHECKS { blocks } else { 0 };
        if line.kind != ROOTS {
            block = line.block as usize;
            while block > 1 && block * record > LARGEST_BLOCK {
                block /= 2;
            }
        }
        if line.kind < CHECKS {
            blocks += (section.len() / record).div_ceil(block);
        }
        file.resize(file.len().next_multiple_of(64), 0);
        let (at, offset) = (TABLE + number * LINE, file.len());
        put_u64(&mut file, at + 8, offset as u64);
        put_u64(&mut file, at + 16, section.len() as u64);
        put_u32(&mut file, at + 24, record as u32);
        put_u32(&mut file, at + 28, if line.kind == ROOTS { 0 } else { block as u32 });
        put_u64(&mut file, at + 32, first_check as u64);
        file.extend(section);
    }
    let len = file.len() as u64;
    put_u64(&mut file, 16, len);
    mend(&mut file);
    file
}

pub(super) fn edges(bytes: &[u8]) -> Vec<usize> {
    let sections = table(bytes).into_iter().flat_map(|line| [line.range().start, line.range().end]);
    [PAGE].into_iter().chain(sections).collect()
}
