//! Reading all of a file and comparing it with its checksums.

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use semsearch_index::RowId;

use super::error::DocumentError;
use super::format::{BLOCK_ROWS, CHUNK, Section};
use super::read::StoreReader;
use super::table::{BlockEntry, RowFacts, Slot, link};

/// Bytes of a table that are read at once, a whole number of chunks.
const PIECE: u64 = 64 * CHUNK;

/// The bytes of a file of documents, by purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DocumentSizes {
    /// The number of documents.
    pub documents: u64,
    /// Bytes of the documents as lines of JSON.
    pub json_bytes: u64,
    /// Bytes of the documents in the file, compressed.
    pub compressed_bytes: u64,
    /// Bytes of the header, the tables and their checksums.
    pub table_bytes: u64,
    /// Bytes of the whole file.
    pub file_bytes: u64,
}

impl StoreReader {
    /// The bytes of the file, by purpose.
    #[must_use]
    pub fn sizes(&self) -> DocumentSizes {
        let (header, file) = (&self.source.header, self.source.layout.file_len);
        DocumentSizes {
            documents: header.rows,
            json_bytes: header.raw,
            compressed_bytes: header.packed,
            table_bytes: file - header.packed,
            file_bytes: file,
        }
    }

    /// Reads and verifies the whole file, except for parsing the JSON, on the threads of the current rayon pool.
    ///
    /// # Errors
    /// [`DocumentError`] names one of the damaged places.
    pub fn verify_all(&self) -> Result<(), DocumentError> {
        self.source.verify_page()?;
        let block_bytes = self.verify_blocks()?;
        if block_bytes != self.source.header.raw {
            let recorded = self.source.header.raw;
            return Err(self
                .source
                .damaged(format!("its documents have {block_bytes} bytes, the header says {recorded}")));
        }
        self.verify_identities()
    }

    /// Decompresses every block. Returns their decompressed bytes together.
    fn verify_blocks(&self) -> Result<u64, DocumentError> {
        let rows = self.source.header.rows;
        let blocks = rows.div_ceil(BLOCK_ROWS);
        (0..blocks)
            .into_par_iter()
            .try_for_each(|block| self.read_block(block, RowId((block * BLOCK_ROWS) as u32)).map(|_| ()))?;
        let (mut end, mut raw) = (0, 0);
        self.each(Section::BlockTable, |number, bytes| {
            let entry = BlockEntry::decode(bytes);
            if entry.offset != end {
                return Err(self.source.damaged(format!("block {number} does not begin where the one before it ends")));
            }
            end += u64::from(entry.packed);
            raw += u64::from(entry.raw);
            Ok(())
        })?;
        if end != self.source.header.packed {
            return Err(self.source.damaged("something follows the last block"));
        }
        Ok(raw)
    }

    /// Checks every row and identity, and compares the hash table with one made from the identities.
    fn verify_identities(&self) -> Result<(), DocumentError> {
        let mut entries = self.entries(0, self.source.header.identities)?;
        let mut end = 0;
        self.each(Section::Rows, |row, bytes| {
            let facts = RowFacts::decode(bytes);
            let own = entries.get(end..).and_then(|rest| rest.get(..facts.count as usize));
            if facts.first as usize != end || own.is_none_or(|own| own.iter().any(|entry| u64::from(entry.row) != row))
            {
                return Err(self
                    .source
                    .damaged(format!("the identities of document {row} are not where they should be")));
            }
            end += facts.count as usize;
            Ok(())
        })?;
        if end != entries.len() {
            return Err(self.source.damaged("there are identities without a document"));
        }
        let before: Vec<u32> = entries.iter().map(|entry| entry.next).collect();
        let slots = link(&mut entries);
        if entries.iter().map(|entry| entry.next).ne(before) {
            return Err(self.source.damaged("section `identities`: a chain leads to a wrong entry"));
        }
        self.each(Section::Slots, |number, bytes| match slots.get(number as usize) {
            Some(slot) if *slot == Slot::decode(bytes) => Ok(()),
            _ => Err(self.source.damaged(format!("slot {number} leads to a wrong entry"))),
        })
    }

    /// Calls `look` with every record of a table and its number.
    fn each<const N: usize>(
        &self,
        section: Section,
        mut look: impl FnMut(u64, &[u8; N]) -> Result<(), DocumentError>,
    ) -> Result<(), DocumentError> {
        // A whole number of records; for all but one kind of record also a whole number of chunks.
        let step = PIECE / N as u64 * N as u64;
        let len = self.source.layout.span(section).len;
        let mut number = 0;
        let mut start = 0;
        while start < len {
            let bytes = self.source.table(section, start, step.min(len - start))?;
            for record in bytes.as_chunks().0 {
                look(number, record)?;
                number += 1;
            }
            start += step;
        }
        Ok(())
    }
}
