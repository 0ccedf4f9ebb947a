//! An index file taken apart by its description alone, so that it can be spoilt at a chosen place and, where a test
//! wants to get past the checksums, mended afterwards.

use std::ops::Range;

use semsearch_vector::Bytes;

const TABLE: usize = 256;
const LINE: usize = 40;
pub(crate) const PAGE: usize = 4096;
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

/// Bytes that begin on a multiple of 64, so that opening them does not copy them.
pub(crate) fn aligned(bytes: &[u8]) -> Bytes {
    let mut copy = vec![0; bytes.len() + 64];
    let address = copy.as_ptr() as usize;
    let start = address.next_multiple_of(64) - address;
    copy[start..][..bytes.len()].copy_from_slice(bytes);
    Bytes::from(copy).part(start..start + bytes.len()).unwrap()
}
