//! Reading a damaged file of documents, as far as its own redundancy allows.
//!
//! Documents cannot be rebuilt from other files of a collection, so `repair` reads them in this way. A single changed bit
//! is [put back](super::one_bit), wherever it is. A header page with more damage is rebuilt: the manifest knows the number
//! of rows, and only one number of identities puts the table of blocks where its blocks follow each other without a gap.
//! Checksums of tables that do not hold are recomputed from the tables; the repair then compares the tables with the
//! documents.

use std::path::Path;

use super::error::DocumentError;
use super::format::{self, BLOCK_ROWS, CHUNK, Header, Layout, PAGE, Section};
use super::mended::Mended;
use super::read::StoreReader;
use super::source::Source;
use super::table::BlockEntry;

impl StoreReader {
    /// Opens a file of `rows` documents that may be damaged. Damage is mended in memory, where possible, when it is read.
    ///
    /// # Errors
    /// As [`open`](StoreReader::open), if the header page can neither be read nor rebuilt.
    pub fn open_damaged(path: &Path, rows: u64) -> Result<Self, DocumentError> {
        Source::open_damaged(path, rows).map(StoreReader::of)
    }

    /// The damage that was found and mended since the last call, in words.
    pub fn mended(&self) -> Vec<String> {
        self.source.mended.as_ref().map(Mended::take).unwrap_or_default()
    }
}

impl Source {
    fn open_damaged(path: &Path, rows: u64) -> Result<Self, DocumentError> {
        let (mut source, len) = Self::begin(path)?;
        let mended = Mended::default();
        let mut page = source.page()?;
        let strict = source.take_page(&page, len);
        if let Err(error) = strict {
            // The checksum holds, so the page is not damaged: it is refused for another reason.
            if format::has_its_checksum(&page) {
                return Err(error);
            }
            let put_back = format::put_back(&mut page) && source.take_page(&page, len).is_ok();
            if !put_back {
                let (header, layout) = source.find_layout(rows, len)?.ok_or(error)?;
                (source.header, source.layout) = (header, layout);
            }
            let how = if put_back { "one bit of it has changed" } else { "it can be made anew from the tables" };
            mended.note(format!("the checksum of its header does not hold; {how}"));
        }
        source.mended = Some(mended);
        Ok(source)
    }

    /// Finds the header and the layout of a file of `rows` rows from its tables alone.
    fn find_layout(&self, rows: u64, len: u64) -> Result<Option<(Header, Layout)>, DocumentError> {
        if rows > format::MAX_ROWS {
            return Ok(None);
        }
        for identities in 0..=format::MAX_IDENTITIES {
            let Some(packed) = Layout::new(rows, identities, 0).and_then(|layout| len.checked_sub(layout.file_len))
            else {
                break;
            };
            let Some(layout) = Layout::new(rows, identities, packed) else { break };
            if let Some(raw) = self.blocks_follow(&layout, rows)? {
                let span = layout.span(Section::Checks);
                let checks = crc32c::crc32c(&self.at(span.offset, span.len)?);
                return Ok(Some((Header { rows, identities, packed, raw, checks }, layout)));
            }
        }
        Ok(None)
    }

    /// The decompressed bytes of all blocks, if the table of blocks lies where this layout has it.
    fn blocks_follow(&self, layout: &Layout, rows: u64) -> Result<Option<u64>, DocumentError> {
        const RECORD: u64 = BlockEntry::BYTES as u64;
        let (table, blocks) = (layout.span(Section::BlockTable), layout.span(Section::Blocks));
        let (mut end, mut raw) = (0_u64, 0_u64);
        // A wrong layout nearly always fails at the first entry.
        let mut step = 1;
        let mut block = 0;
        while block < rows.div_ceil(BLOCK_ROWS) {
            let count = step.min(rows.div_ceil(BLOCK_ROWS) - block);
            let bytes = self.at(table.offset + block * RECORD, count * RECORD)?;
            for entry in bytes.as_chunks().0.iter().map(BlockEntry::decode) {
                if entry.offset != end {
                    return Ok(None);
                }
                end = end.saturating_add(u64::from(entry.packed));
                raw = raw.saturating_add(u64::from(entry.raw));
            }
            block += count;
            step = CHUNK;
        }
        Ok((end == blocks.len).then_some(raw))
    }

    /// The first page of the file.
    fn page(&self) -> Result<[u8; PAGE], DocumentError> {
        let mut page = [0; PAGE];
        self.read_into(0, &mut page)?;
        Ok(page)
    }
}
