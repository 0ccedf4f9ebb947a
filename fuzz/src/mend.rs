//! Makes lengths and checksums of a file fit, so that a mutation reaches the code behind the checks.
//!
//! The code follows the pages that describe the files and shares nothing with the code that reads them. Nothing here fails:
//! what does not look like the file is left as it is. Checksums alone are mended by `semsearch_testing::mend`.

use std::ops::Range;

use semsearch_testing::mend;
use semsearch_testing::mend::columns::{COLUMNS, HEAD, LINE, LINES};
use semsearch_testing::mend::numbers::{self, put_u64, u64_at};
use semsearch_testing::mend::page::PAGE;

/// Where the checksum of a page is.
const PAGE_CHECK: usize = PAGE - 4;
/// Bytes of the longest file that is laid out: an index of a thousand rows with 256 links a member has 630,000.
const LONGEST: u64 = 1 << 20;

/// A file that begins with a page, most of which is zeros, without those: mutations then meet what means something.
#[must_use]
pub fn fold(file: &[u8]) -> Vec<u8> {
    let page = file.get(..PAGE_CHECK).unwrap_or(file);
    let used = page.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let mut folded = (used as u16).to_le_bytes().to_vec();
    folded.extend_from_slice(&page[..used]);
    folded.extend_from_slice(file.get(PAGE..).unwrap_or_default());
    folded
}

/// The file that was folded, with a checksum of its page.
#[must_use]
pub fn unfold(folded: &[u8]) -> Vec<u8> {
    let Some((used, rest)) = folded.split_first_chunk::<2>() else { return Vec::new() };
    let used = usize::from(u16::from_le_bytes(*used)).min(rest.len()).min(PAGE_CHECK);
    let (head, body) = rest.split_at(used);
    let mut file = vec![0; PAGE];
    file[..used].copy_from_slice(head);
    file.extend_from_slice(body);
    mend::page::mend(&mut file);
    file
}

/// The file of an index (`crates/index/FORMAT.md`).
pub fn index(file: &mut Vec<u8>) {
    const TABLE: usize = mend::index::TABLE;
    const LINE: usize = mend::index::LINE;
    let [Some(rows), Some(dim), Some(element), Some(bits), Some(degree), Some(upper)] =
        [u64_at(file, 32), u32_at(file, 40), u32_at(file, 44), u32_at(file, 64), u32_at(file, 72), u32_at(file, 76)]
    else {
        return;
    };
    let lines = u32_at(file, 24).unwrap_or(0).min(((PAGE_CHECK - TABLE) / LINE) as u64);
    let stride = if bits == 8 { 64 * dim.div_ceil(64) } else { 64 * dim.div_ceil(128) };
    if degree > 0 {
        put_u32(file, 68, stride);
    }
    let mut offset = PAGE as u64;
    let mut blocks = 0;
    let mut top = 0;
    for line in 0..lines {
        let at = TABLE + line as usize * LINE;
        let (kind, len) = (u32_at(file, at).unwrap_or(0), u64_at(file, at + 16).unwrap_or(0));
        let block = u32_at(file, at + 28).unwrap_or(0);
        let (record, records) = match kind {
            1 => (dim * if element == 2 { 2 } else { 4 }, rows),
            2 => (stride, rows),
            3 => (4 * degree, rows),
            4..=6 => (4, rows),
            7 => (4 * dim, 2),
            8 => (4, len / 4),
            9 => (4 * upper, top),
            10 => (stride, top),
            12 => (4, blocks),
            13 => (4, blocks.div_ceil(block_of(file, at - LINE))),
            _ => (1, len),
        };
        if kind == 8 {
            top = records;
        }
        let len = record.saturating_mul(records);
        let Some(end) = offset.checked_add(len).filter(|end| *end <= LONGEST) else { return };
        put_u64(file, at + 8, offset);
        put_u64(file, at + 16, len);
        put_u32(file, at + 24, record);
        put_u64(file, at + 32, if kind < 12 { blocks } else { 0 });
        if kind < 12 {
            blocks = blocks.saturating_add(records.div_ceil(block.max(1)));
        }
        offset = if line + 1 < lines { end.next_multiple_of(64) } else { end };
    }
    file.resize(offset as usize, 0);
    put_u64(file, 16, offset);

    mend::index::mend(file);
}

fn block_of(file: &[u8], line: usize) -> u64 {
    u32_at(file, line + 28).unwrap_or(0).max(1)
}

/// The file of documents (`crates/store/DOC_STORE.md`).
pub fn documents(file: &mut Vec<u8>) {
    const CHUNK: u64 = 4096;
    let [Some(rows), Some(identities), Some(packed)] = [u64_at(file, 32), u64_at(file, 40), u64_at(file, 272)] else {
        return;
    };
    if rows > LONGEST || identities > LONGEST || packed > LONGEST {
        return;
    }
    let slots = if identities == 0 { 0 } else { (identities * 4 / 3 + 1).next_power_of_two() };
    let tables = [(2, 20, rows.div_ceil(16)), (3, 40, rows), (4, 24, identities), (5, 8, slots)];
    let chunks: u64 = tables.iter().map(|(_, record, records)| (record * records).div_ceil(CHUNK)).sum();
    let sections = [(1, 1, packed)].into_iter().chain(tables).chain([(6, 4, chunks)]);
    let mut offset = PAGE as u64;
    for (line, (kind, record, records)) in sections.enumerate() {
        let at = 256 + 24 * line;
        put_u32(file, at, kind);
        put_u32(file, at + 4, record);
        put_u64(file, at + 8, offset);
        put_u64(file, at + 16, record * records);
        offset += record * records;
    }
    file.resize(offset as usize, 0);
    put_u64(file, 16, offset);

    mend::documents::mend(file);
}

/// The file of fields (`crates/store/COLUMNS.md`). The last column ends where the file does.
pub fn fields(file: &mut [u8]) {
    let mut start = HEAD as u64 + 4;
    for column in 0..COLUMNS {
        let at = LINES + LINE * column;
        let rest = (file.len() as u64).saturating_sub(start);
        let len = if column + 1 == COLUMNS { rest } else { u64_at(file, at).unwrap_or(0).min(rest) };
        put_u64(file, at, len);
        start += len;
    }
    mend::columns::mend(file);
}

/// A bridge (`crates/engine/src/align/stored.rs`), with its last 32 bytes the checksum of the others, and a head that is as
/// long as it says.
#[must_use]
pub fn bridge(file: &[u8]) -> Vec<u8> {
    const CHECK: usize = 32;
    let mut file = file.get(..file.len().saturating_sub(CHECK)).unwrap_or_default().to_vec();
    if let Some(head) = bridge_head(&file) {
        put_u32(&mut file, 12, head.len() as u64);
    }
    let check = blake3::hash(&file);
    file.extend_from_slice(check.as_bytes());
    file
}

/// Where the head of a bridge is: it ends where its JSON does.
#[must_use]
pub fn bridge_head(file: &[u8]) -> Option<Range<usize>> {
    const START: usize = 16;
    let mut open = 0_usize;
    let end = file.iter().skip(START).position(|byte| {
        match byte {
            b'{' => open += 1,
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        *byte == b'}' && open == 0
    });
    Some(START..START + end? + 1)
}

/// The image of a model: a CRC-32 of all behind byte 24.
pub fn image(file: &mut [u8]) {
    let check = file.get(24..).map_or(0, crc32fast::hash);
    put_u32(file, 20, u64::from(check));
}

/// The number of four bytes as one of eight, with which lengths are counted.
fn u32_at(file: &[u8], at: usize) -> Option<u64> {
    numbers::u32_at(file, at).map(u64::from)
}

/// The low half of a number, where the file has room for it.
fn put_u32(file: &mut [u8], at: usize, number: u64) {
    numbers::put_u32(file, at, number as u32);
}
