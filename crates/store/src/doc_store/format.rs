//! The header page of a file of documents, and the places of its sections.
//!
//! The place of every section follows from four numbers of the header. [`Layout::new`] is the only code that computes it:
//! the writer writes its result, and the reader compares the file with it. So sections cannot overlap, leave gaps or end
//! behind the file.

use semsearch_index::Vectors;

use super::one_bit;
use super::table::{BlockEntry, IdentityEntry, RowFacts, Slot, slots_for};

/// The first bytes of a file. The final newline reveals a transfer that rewrote line ends.
pub(super) const MAGIC: [u8; 8] = *b"SEMSDOC\n";
/// The version this code writes, and the only one it reads.
pub(super) const VERSION: u32 = 1;
/// Raw DEFLATE (RFC 1951), the only compression of this version.
const DEFLATE: u32 = 1;

/// Bytes of the header page; the blocks begin after it.
pub(super) const PAGE: usize = 4096;
/// Documents of a block; the last one may have fewer.
pub(super) const BLOCK_ROWS: u64 = 16;
/// Bytes of a table that share a checksum: about what one lookup reads.
pub(super) const CHUNK: u64 = 4096;
/// The greatest number of rows: as many as an index holds, since every document has a row.
pub(super) const MAX_ROWS: u64 = Vectors::MAX_ROWS as u64;
/// Numbers of identities are 32 bits wide, and one number is reserved for "no identity".
pub(super) const MAX_IDENTITIES: u64 = u32::MAX as u64 - 1;
/// The greatest length of a document in bytes, newline included, so that a block stays below 1 GiB.
pub(super) const MAX_LINE: u64 = MAX_RAW / BLOCK_ROWS;
/// The greatest length of a decompressed block in bytes.
pub(super) const MAX_RAW: u64 = 1 << 30;

/// The offset of the table of sections. Before it, bytes that belong to no field are zero.
const TABLE: usize = 256;
/// Bytes of a line of the table.
const LINE: usize = 24;
/// The offset of the page's own checksum.
const CHECK: usize = PAGE - 4;

/// The sections, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Blocks,
    BlockTable,
    Rows,
    Identities,
    Slots,
    Checks,
}

impl Section {
    pub(super) const ALL: [Section; 6] =
        [Section::Blocks, Section::BlockTable, Section::Rows, Section::Identities, Section::Slots, Section::Checks];

    /// The sections that are read through the checksums of their chunks.
    pub(super) const TABLES: [Section; 4] = [Section::BlockTable, Section::Rows, Section::Identities, Section::Slots];

    /// The name in errors and in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Section::Blocks => "blocks",
            Section::BlockTable => "table of blocks",
            Section::Rows => "rows",
            Section::Identities => "identities",
            Section::Slots => "slots",
            Section::Checks => "checks",
        }
    }

    /// The number in the file.
    fn kind(self) -> u32 {
        self as u32 + 1
    }

    fn record(self) -> u32 {
        let bytes = match self {
            Section::Blocks => 1,
            Section::BlockTable => BlockEntry::BYTES,
            Section::Rows => RowFacts::BYTES,
            Section::Identities => IdentityEntry::BYTES,
            Section::Slots => Slot::BYTES,
            Section::Checks => 4,
        };
        bytes as u32
    }
}

/// The fields of the header page, without the table of sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) rows: u64,
    pub(super) identities: u64,
    /// Bytes of all blocks, compressed.
    pub(super) packed: u64,
    /// Bytes of all blocks, decompressed.
    pub(super) raw: u64,
    /// CRC-32C of the section of checks.
    pub(super) checks: u32,
}

/// A run of bytes in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) offset: u64,
    pub(super) len: u64,
    /// The index of the check of its first chunk.
    pub(super) first_check: u64,
}

/// The places of all sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    spans: [Span; 6],
    pub(super) file_len: u64,
}

impl Layout {
    /// Computes the layout; `None` if the file would be longer than a file can be.
    pub(super) fn new(rows: u64, identities: u64, packed: u64) -> Option<Self> {
        let records = [
            packed,
            rows.div_ceil(BLOCK_ROWS),
            rows,
            identities,
            slots_for(identities),
            // Computed after the other sections, on which it depends.
            0,
        ];
        let mut end = PAGE as u64;
        let mut checks = 0_u64;
        let mut spans = [Span { offset: 0, len: 0, first_check: 0 }; 6];
        for ((section, records), span) in Section::ALL.into_iter().zip(records).zip(&mut spans) {
            let records = if section == Section::Checks { checks } else { records };
            let len = records.checked_mul(u64::from(section.record()))?;
            *span = Span { offset: end, len, first_check: if section == Section::Checks { 0 } else { checks } };
            end = end.checked_add(len)?;
            if Section::TABLES.contains(&section) {
                checks += len.div_ceil(CHUNK);
            }
        }
        Some(Layout { spans, file_len: end })
    }

    /// The layout of an empty file, before the header is read.
    pub(super) fn empty() -> Self {
        Layout { spans: [Span { offset: 0, len: 0, first_check: 0 }; 6], file_len: 0 }
    }

    pub(super) fn span(&self, section: Section) -> Span {
        self.spans[section as usize]
    }
}

/// Why a header page is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PageFault {
    Version(u32),
    Other(String),
}

fn fault<T>(problem: impl Into<String>) -> Result<T, PageFault> {
    Err(PageFault::Other(problem.into()))
}

/// Encodes the header page of a file.
pub(super) fn encode(header: &Header, layout: &Layout) -> [u8; PAGE] {
    let mut page = [0; PAGE];
    let mut put = |offset: usize, bytes: &[u8]| page[offset..][..bytes.len()].copy_from_slice(bytes);
    put(0, &MAGIC);
    put(8, &VERSION.to_le_bytes());
    put(12, &DEFLATE.to_le_bytes());
    put(16, &layout.file_len.to_le_bytes());
    put(24, &(Section::ALL.len() as u32).to_le_bytes());
    put(28, &header.checks.to_le_bytes());
    put(32, &header.rows.to_le_bytes());
    put(40, &header.identities.to_le_bytes());
    put(48, &header.raw.to_le_bytes());
    put(56, &(BLOCK_ROWS as u32).to_le_bytes());
    put(60, &(CHUNK as u32).to_le_bytes());
    for (number, section) in Section::ALL.into_iter().enumerate() {
        let (line, span) = (TABLE + number * LINE, layout.span(section));
        put(line, &section.kind().to_le_bytes());
        put(line + 4, &section.record().to_le_bytes());
        put(line + 8, &span.offset.to_le_bytes());
        put(line + 16, &span.len.to_le_bytes());
    }
    let check = crc32c::crc32c(&page[..CHECK]);
    page[CHECK..].copy_from_slice(&check.to_le_bytes());
    page
}

/// Whether the checksum of a page holds. The content is not looked at.
pub(super) fn has_its_checksum(page: &[u8; PAGE]) -> bool {
    number(page, CHECK) == crc32c::crc32c(&page[..CHECK])
}

/// Repairs a page in which one bit has changed. Returns whether its checksum then holds.
pub(super) fn put_back(page: &mut [u8; PAGE]) -> bool {
    let expected = number(page, CHECK);
    if !one_bit::put_back(&mut page[..CHECK], expected) {
        return false;
    }
    // The changed bit may be in the checksum itself.
    let check = crc32c::crc32c(&page[..CHECK]);
    page[CHECK..].copy_from_slice(&check.to_le_bytes());
    true
}

/// Decodes the header page of a file of `file_len` bytes.
pub(super) fn decode(page: &[u8; PAGE], file_len: u64) -> Result<(Header, Layout), PageFault> {
    if page.iter().all(|byte| *byte == 0) {
        return fault("it begins with zeros: writing it was never finished");
    }
    if page[..8] != MAGIC {
        return fault("it does not begin as a file of documents does");
    }
    let version = number(page, 8);
    if version != VERSION {
        return Err(PageFault::Version(version));
    }
    let (expected, found) = (number(page, CHECK), crc32c::crc32c(&page[..CHECK]));
    if expected != found {
        return fault(format!("the checksum of its header is {found:08x}, expected {expected:08x}"));
    }

    let header = Header {
        rows: long(page, 32),
        identities: long(page, 40),
        packed: long(page, TABLE + 16),
        raw: long(page, 48),
        checks: number(page, 28),
    };
    if header.rows > MAX_ROWS {
        return fault(format!("its header has {} documents, at most {MAX_ROWS} are possible", header.rows));
    }
    if header.identities > MAX_IDENTITIES {
        return fault(format!(
            "its header has {} identities, at most {MAX_IDENTITIES} are possible",
            header.identities
        ));
    }
    let layout = Layout::new(header.rows, header.identities, header.packed)
        .filter(|layout| layout.file_len == file_len)
        .ok_or_else(|| PageFault::Other(format!("it has {file_len} bytes, its header describes another length")))?;
    // The rest of the page is the same in every file, or follows from the header.
    if encode(&header, &layout) != *page {
        return fault("its header contradicts itself");
    }
    Ok((header, layout))
}

fn number(page: &[u8; PAGE], offset: usize) -> u32 {
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&page[offset..][..4]);
    u32::from_le_bytes(bytes)
}

fn long(page: &[u8; PAGE], offset: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&page[offset..][..8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header { rows: 33, identities: 40, packed: 5000, raw: 20_000, checks: 7 }
    }

    #[test]
    fn a_page_is_read_as_it_was_written() {
        let layout = Layout::new(33, 40, 5000).unwrap();
        let page = encode(&header(), &layout);
        assert_eq!(decode(&page, layout.file_len).unwrap(), (header(), layout));
    }

    #[test]
    fn sections_follow_each_other_without_a_gap() {
        let layout = Layout::new(33, 40, 5000).unwrap();
        let mut end = PAGE as u64;
        for section in Section::ALL {
            assert_eq!(layout.span(section).offset, end, "{}", section.name());
            end += layout.span(section).len;
        }
        assert_eq!(layout.file_len, end);
        assert_eq!(layout.span(Section::Checks).len, 4 * 4, "four tables of a chunk each");
    }

    #[test]
    fn numbers_that_no_file_has_are_refused() {
        let layout = Layout::new(33, 40, 5000).unwrap();
        let len = layout.file_len;
        for (offset, value) in [(32, u64::MAX), (32, 1 << 40), (40, 1 << 40), (40, u64::MAX), (272, u64::MAX), (16, 1)]
        {
            let mut page = encode(&header(), &layout);
            page[offset..][..8].copy_from_slice(&value.to_le_bytes());
            let check = crc32c::crc32c(&page[..CHECK]);
            page[CHECK..].copy_from_slice(&check.to_le_bytes());
            assert!(decode(&page, len).is_err(), "{value:#x} at {offset}");
        }
        assert_eq!(Layout::new(33, 40, u64::MAX - 100), None);
    }

    #[test]
    fn another_version_is_named() {
        let layout = Layout::new(33, 40, 5000).unwrap();
        let mut page = encode(&header(), &layout);
        page[8] = 9;
        assert_eq!(decode(&page, layout.file_len).unwrap_err(), PageFault::Version(9));
    }
}
