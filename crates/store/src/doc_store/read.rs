//! Reading documents, and the facts recorded of them, by row.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use semsearch_corpus::Document;
use semsearch_index::RowId;

use super::block::Block;
use super::codec;
use super::error::DocumentError;
use super::format::{BLOCK_ROWS, MAX_RAW, Section};
use super::source::Source;
use super::table::{BlockEntry, IdentityEntry, Key, RowFacts};

/// The document store of a segment: documents in compressed blocks on the disk.
///
/// Opening reads one page. Everything else is read, and compared with its checksum, on request.
#[derive(Debug)]
pub struct StoreReader {
    pub(super) source: Source,
    /// The block that was decompressed last: hits are often in the same block.
    last: Mutex<Option<(u64, Arc<Block>)>>,
}

/// A longer block is not kept in memory.
const KEPT_BYTES: usize = 8 << 20;

impl StoreReader {
    /// Opens a file of documents.
    ///
    /// # Errors
    /// [`DocumentError`] says what is wrong with the file or its first page.
    pub fn open(path: &Path) -> Result<Self, DocumentError> {
        Source::open(path).map(StoreReader::of)
    }

    pub(super) fn of(source: Source) -> Self {
        StoreReader { source, last: Mutex::default() }
    }

    /// The number of documents.
    #[must_use]
    pub fn len(&self) -> usize {
        // At most 2^31.
        self.source.header.rows as usize
    }

    /// Whether the store is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.source.header.rows == 0
    }

    /// Reads a document as the line of JSON that was written, without the newline.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn json(&self, row: RowId) -> Result<Vec<u8>, DocumentError> {
        let number = self.block_of(row)?;
        let kept = self.last().as_ref().filter(|(kept, _)| *kept == number).map(|(_, block)| block.clone());
        let block = match kept {
            Some(block) => block,
            None => {
                let block = Arc::new(self.read_block(number, row)?);
                if block.bytes() <= KEPT_BYTES {
                    *self.last() = Some((number, block.clone()));
                }
                block
            }
        };
        self.line(&block, row).map(<[u8]>::to_vec)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`DocumentError::Damaged`] if the document is damaged, or if the row does not exist;
    /// [`DocumentError::Io`] if it cannot be read.
    pub fn get(&self, row: RowId) -> Result<Document, DocumentError> {
        serde_json::from_slice(&self.json(row)?).map_err(|error| self.no_document(row, &error))
    }

    /// The error of a line that is not a valid document.
    pub(crate) fn no_document(&self, row: RowId, error: &serde_json::Error) -> DocumentError {
        self.damaged(row, error.to_string())
    }

    /// The hash of the whole document, as recorded when it was written.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn content(&self, row: RowId) -> Result<Key, DocumentError> {
        Ok(self.facts(row)?.content)
    }

    /// The key of a document's passage.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn passage(&self, row: RowId) -> Result<Key, DocumentError> {
        Ok(self.facts(row)?.passage)
    }

    /// The identities of a document, in the order in which they were written; the first is that of its id.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn identities(&self, row: RowId) -> Result<Vec<Key>, DocumentError> {
        let facts = self.facts(row)?;
        let entries = self.entries(u64::from(facts.first), u64::from(facts.count))?;
        self.identities_among(&entries, row)
    }

    pub(super) fn facts(&self, row: RowId) -> Result<RowFacts, DocumentError> {
        self.block_of(row)?;
        Ok(RowFacts::decode(&self.source.record(Section::Rows, u64::from(row.0))?))
    }

    /// Reads `count` entries of the section of identities, from entry `first` on.
    pub(super) fn entries(&self, first: u64, count: u64) -> Result<Vec<IdentityEntry>, DocumentError> {
        let record = IdentityEntry::BYTES as u64;
        let bytes = self.source.table(Section::Identities, first * record, count * record)?;
        Ok(bytes.as_chunks().0.iter().map(IdentityEntry::decode).collect())
    }

    /// The identities of `entries`, all of which must belong to `row`.
    pub(super) fn identities_among(&self, entries: &[IdentityEntry], row: RowId) -> Result<Vec<Key>, DocumentError> {
        if entries.iter().any(|entry| entry.row != row.0) {
            return Err(self.damaged(row, "its identities are those of another document"));
        }
        Ok(entries.iter().map(|entry| entry.identity).collect())
    }

    /// The number of the block that holds a row.
    pub(super) fn block_of(&self, row: RowId) -> Result<u64, DocumentError> {
        let rows = self.source.header.rows;
        if u64::from(row.0) >= rows {
            return Err(self.damaged(row, format!("there are only {rows} documents")));
        }
        Ok(u64::from(row.0) / BLOCK_ROWS)
    }

    pub(super) fn line<'a>(&self, block: &'a Block, row: RowId) -> Result<&'a [u8], DocumentError> {
        // A block that was read has a line for each of its rows.
        block.line((u64::from(row.0) % BLOCK_ROWS) as usize).ok_or_else(|| self.damaged(row, "its block is too short"))
    }

    /// Reads the place of a block, and checks that its lengths are possible. Errors name `row`.
    pub(super) fn block_entry(&self, block: u64, row: RowId) -> Result<BlockEntry, DocumentError> {
        let entry = BlockEntry::decode(&self.source.record(Section::BlockTable, block)?);
        let (raw, packed) = (u64::from(entry.raw), u64::from(entry.packed));
        if raw > MAX_RAW || !codec::is_possible(packed, raw) {
            return Err(self.damaged(row, format!("{packed} bytes cannot be {raw} bytes, compressed")));
        }
        Ok(entry)
    }

    /// Reads and decompresses a block. Errors name `row`.
    pub(super) fn read_block(&self, block: u64, row: RowId) -> Result<Block, DocumentError> {
        let entry = self.block_entry(block, row)?;
        let mut packed = self.source.bytes(Section::Blocks, entry.offset, u64::from(entry.packed))?;
        let found = crc32c::crc32c(&packed);
        let what = || format!("block {block}, from document {} on", block * BLOCK_ROWS);
        if found != entry.check && !self.source.put_back(&mut packed, entry.check, what) {
            return Err(
                self.damaged(row, format!("the checksum of its block is {found:08x}, expected {:08x}", entry.check))
            );
        }
        let rows = (self.source.header.rows - block * BLOCK_ROWS).min(BLOCK_ROWS);
        codec::decompress(&packed, entry.raw as usize)
            .and_then(|bytes| Block::new(bytes, rows as usize))
            .map_err(|problem| self.damaged(row, format!("its block: {problem}")))
    }

    pub(super) fn damaged(&self, row: RowId, problem: impl Into<String>) -> DocumentError {
        DocumentError::Damaged { path: self.source.path().to_owned(), row: row.0, problem: problem.into() }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<(u64, Arc<Block>)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
