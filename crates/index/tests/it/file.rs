//! An index file taken apart by its description alone, so that it can be spoilt at a chosen place and, where a test
//! wants to get past the checksums, mended afterwards.

use std::ops::Range;

use semsearch_vector::Bytes;

const TABLE: usize = 256;
const LINE: usize = 40;
pub(crate) const PAGE: usize = 4096;
const LINKS: u32 = 3;
const LEVEL_LINKS: u32 = 9;
const CHECKS: u32 = 12;
const ROOTS: u32 = 13;

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub(crate) kind: u32,
    pub(crate) offset: u64,
    pub(crate) len: u64,
    record: u32,
    block: u32,
    first_check: u64,
}

impl Line {
    pub(crate) fn range(&self) -> Range<usize> {
        self.offset as usize..self.offset.saturating_add(self.len) as usize
    }
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..][..4].try_into().unwrap())
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..][..8].try_into().unwrap())
}

pub(crate) fn table(bytes: &[u8]) -> Vec<Line> {
    let lines = (u32_at(bytes, 24) as usize).min((PAGE - 4 - TABLE) / LINE);
    let line = |i: usize| {
        let at = TABLE + i * LINE;
        Line {
            kind: u32_at(bytes, at),
            offset: u64_at(bytes, at + 8),
            len: u64_at(bytes, at + 16),
            record: u32_at(bytes, at + 24),
            block: u32_at(bytes, at + 28),
            first_check: u64_at(bytes, at + 32),
        }
    };
    (0..lines).map(line).collect()
}

/// Makes all checksums fit what is there, as far as the table makes sense.
pub(crate) fn mend(bytes: &mut [u8]) {
    let lines = table(bytes);
    let find = |kind| lines.iter().find(|line| line.kind == kind).copied();
    if let (Some(checks), Some(roots)) = (find(CHECKS), find(ROOTS)) {
        for line in lines.iter().filter(|line| line.kind != CHECKS && line.kind != ROOTS) {
            mend_section(bytes, line, checks.offset, line.first_check);
        }
        mend_section(bytes, &checks, roots.offset, 0);
        if let Some(found) = bytes.get(roots.range()) {
            let check = crc32c::crc32c(found);
            bytes[28..32].copy_from_slice(&check.to_le_bytes());
        }
    }
    mend_page(bytes);
}

fn mend_section(bytes: &mut [u8], line: &Line, checks: u64, first_check: u64) {
    let step = line.record as usize * line.block as usize;
    let Some(section) = bytes.get(line.range()).filter(|_| step > 0) else { return };
    let found: Vec<u32> = section.chunks(step).map(crc32c::crc32c).collect();
    for (check, number) in found.into_iter().zip(first_check..) {
        let place = number.checked_mul(4).and_then(|at| at.checked_add(checks)).and_then(|at| usize::try_from(at).ok());
        if let Some(place) = place.and_then(|at| bytes.get_mut(at..at.checked_add(4)?)) {
            place.copy_from_slice(&check.to_le_bytes());
        }
    }
}

pub(crate) fn mend_page(bytes: &mut [u8]) {
    let check = crc32c::crc32c(&bytes[..PAGE - 4]);
    bytes[PAGE - 4..PAGE].copy_from_slice(&check.to_le_bytes());
}

/// The same index with `degree` links a node and `upper_degree` links a member of an upper level, as a forger would
/// write it: every link leads to another place, the file is laid out as its header says, and all checksums hold.
pub(crate) fn with_links(bytes: &[u8], degree: usize, upper_degree: usize) -> Vec<u8> {
    const LARGEST_BLOCK: usize = 1 << 20;
    let mut file = bytes[..PAGE].to_vec();
    let put = |file: &mut Vec<u8>, at: usize, field: &[u8]| file[at..][..field.len()].copy_from_slice(field);
    put(&mut file, 72, &(degree as u32).to_le_bytes());
    put(&mut file, 76, &(upper_degree as u32).to_le_bytes());
    let (mut blocks, mut block) = (0, 0);
    for (number, line) in table(bytes).into_iter().enumerate() {
        let records = line.range().len() / line.record as usize;
        let links = |degree: usize| -> (usize, Vec<u8>) {
            let of = |member| (1..=degree).map(move |step| ((member + step) % records) as u32);
            (4 * degree, (0..records).flat_map(of).flat_map(u32::to_le_bytes).collect())
        };
        let (record, section) = match line.kind {
            LINKS => links(degree),
            LEVEL_LINKS => links(upper_degree),
            CHECKS => (4, vec![0; 4 * blocks]),
            ROOTS => (4, vec![0; 4 * blocks.div_ceil(block)]),
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
        put(&mut file, at + 8, &(offset as u64).to_le_bytes());
        put(&mut file, at + 16, &(section.len() as u64).to_le_bytes());
        put(&mut file, at + 24, &(record as u32).to_le_bytes());
        put(&mut file, at + 28, &(if line.kind == ROOTS { 0 } else { block as u32 }).to_le_bytes());
        put(&mut file, at + 32, &(first_check as u64).to_le_bytes());
        file.extend(section);
    }
    let len = file.len() as u64;
    put(&mut file, 16, &len.to_le_bytes());
    mend(&mut file);
    file
}

/// Bytes that begin on a multiple of 64, so that opening them does not copy them.
pub(crate) fn aligned(bytes: &[u8]) -> Bytes {
    let mut copy = vec![0; bytes.len() + 64];
    let address = copy.as_ptr() as usize;
    let start = address.next_multiple_of(64) - address;
    copy[start..][..bytes.len()].copy_from_slice(bytes);
    Bytes::from(copy).part(start..start + bytes.len()).unwrap()
}
