//! Reading documents and what is known of them, by row and by identity.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use semsearch_corpus::Document;
use semsearch_index::RowId;

use super::block::Block;
use super::codec;
use super::format::{BLOCK_ROWS, CHUNK, MAX_RAW, Section};
use super::source::Source;
use super::table::{BlockEntry, IdentityEntry, Key, RowFacts, Slot, home, tag};
use super::write::Record;
use crate::collection::documents::DocumentError;

/// The documents of a segment, in blocks on the disk.
///
/// Opening reads one page; everything else is read, and compared with its checksum, when it is asked for.
#[derive(Debug)]
pub struct Blocks {
    pub(super) source: Source,
    /// The block that was decompressed last: hits often lie side by side.
    last: Mutex<Option<(u64, Arc<Block>)>>,
}

/// A longer block is not kept after it was used.
const KEPT_BYTES: usize = 8 << 20;
/// So many blocks are decompressed at once where many are wanted, on all threads.
const BATCH_BLOCKS: usize = 64;
/// Or fewer, where documents are long.
const BATCH_BYTES: u64 = 64 << 20;

impl Blocks {
    /// Opens a file of documents.
    ///
    /// # Errors
    /// [`DocumentError`] says what is wrong with the file or its first page.
    pub fn open(path: &Path) -> Result<Self, DocumentError> {
        Ok(Blocks { source: Source::open(path)?, last: Mutex::default() })
    }

    /// How many documents there are.
    #[must_use]
    pub fn len(&self) -> usize {
        // At most 2^31.
        self.source.header.rows as usize
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.source.header.rows == 0
    }

    /// Reads a document as the line of JSON that was written, without its newline.
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
    /// [`DocumentError::Damaged`] if what is there is not what was written, or if there is no such row;
    /// [`DocumentError::Io`] if it cannot be read.
    pub fn get(&self, row: RowId) -> Result<Document, DocumentError> {
        serde_json::from_slice(&self.json(row)?).map_err(|error| self.damaged(row, error.to_string()))
    }

    /// The hash of all of a document that was given with it.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn content(&self, row: RowId) -> Result<Key, DocumentError> {
        Ok(self.facts(row)?.content)
    }

    /// What a document's passage is known by.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn passage(&self, row: RowId) -> Result<Key, DocumentError> {
        Ok(self.facts(row)?.passage)
    }

    /// What a document is found by, in the order that was given; the first one is that of its id.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn identities(&self, row: RowId) -> Result<Vec<Key>, DocumentError> {
        let facts = self.facts(row)?;
        let entries = self.entries(u64::from(facts.first), u64::from(facts.count))?;
        self.identities_among(&entries, row)
    }

    /// The rows that have an identity, ascending.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn find(&self, identity: Key) -> Result<Vec<RowId>, DocumentError> {
        let bytes = self.source.layout.span(Section::Slots).len;
        let slots = bytes / Slot::BYTES as u64;
        if slots == 0 {
            return Ok(Vec::new());
        }
        let (home, tag) = (home(&identity, slots), tag(&identity));
        let mut passed = 0;
        while passed < slots {
            // To the end of the chunk at a time: it is read anyway.
            let start = ((home + passed) & (slots - 1)) * Slot::BYTES as u64;
            let end = (start / CHUNK + 1).saturating_mul(CHUNK).min(bytes);
            let run = self.source.table(Section::Slots, start, end - start)?;
            for slot in run.as_chunks().0.iter().map(Slot::decode) {
                if slot.entry == 0 {
                    return Ok(Vec::new());
                }
                if slot.tag == tag
                    && let Some(rows) = self.chain(slot.entry, &identity)?
                {
                    return Ok(rows);
                }
                passed += 1;
            }
        }
        Err(self.source.damaged("section `slots`: none of them is empty"))
    }

    /// The rows of a chain of entries; none if they are of another identity.
    fn chain(&self, first: u32, identity: &Key) -> Result<Option<Vec<RowId>>, DocumentError> {
        let mut rows: Vec<RowId> = Vec::new();
        let mut next = first;
        loop {
            let entry = IdentityEntry::decode(&self.source.record(Section::Identities, u64::from(next) - 1)?);
            if entry.identity != *identity {
                if rows.is_empty() {
                    return Ok(None);
                }
                return Err(self.source.damaged("section `identities`: a chain leads to another identity"));
            }
            let ascends = rows.last().is_none_or(|last| *last <= RowId(entry.row));
            if !ascends || u64::from(entry.row) >= self.source.header.rows {
                return Err(self
                    .source
                    .damaged(format!("section `identities`: entry {} has a row that cannot be", next - 1)));
            }
            // A document may have been given one identity twice.
            if rows.last() != Some(&RowId(entry.row)) {
                rows.push(RowId(entry.row));
            }
            match entry.next {
                0 => return Ok(Some(rows)),
                // Upwards only, so that there is an end.
                later if later > next => next = later,
                _ => return Err(self.source.damaged("section `identities`: a chain leads backwards")),
            }
        }
    }

    /// Calls `visit` with each of `rows`, in their order. Rows of one block that follow each other cost one decompression,
    /// and blocks are decompressed on all threads.
    ///
    /// # Errors
    /// What `visit` says, at once, and [`DocumentError`] as the other functions.
    pub(crate) fn for_each<E: From<DocumentError>>(
        &self,
        rows: impl Iterator<Item = RowId>,
        mut visit: impl FnMut(RowId, &Record<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut runs: Vec<Run> = Vec::new();
        let mut bytes = 0;
        for row in rows {
            let block = self.block_of(row)?;
            if let Some(run) = runs.last_mut().filter(|run| run.block == block) {
                run.rows.push(row);
                continue;
            }
            if runs.len() >= BATCH_BLOCKS || bytes >= BATCH_BYTES {
                self.visit_runs(&runs, &mut visit)?;
                runs.clear();
                bytes = 0;
            }
            bytes += u64::from(self.block_entry(block, row)?.raw);
            runs.push(Run { block, rows: vec![row] });
        }
        self.visit_runs(&runs, &mut visit)
    }

    fn visit_runs<E: From<DocumentError>>(
        &self,
        runs: &[Run],
        visit: &mut impl FnMut(RowId, &Record<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let read = |run: &Run| Ok((self.read_block(run.block, run.rows[0])?, self.facts_of(run)?));
        let read: Vec<(Block, RunFacts)> = runs.par_iter().map(read).collect::<Result<_, DocumentError>>()?;
        for (run, (block, facts)) in runs.iter().zip(&read) {
            for (row, (facts, identities)) in run.rows.iter().zip(facts) {
                let (content, passage) = (facts.content, facts.passage);
                visit(*row, &Record { json: self.line(block, *row)?, content, passage, identities })?;
            }
        }
        Ok(())
    }

    /// Facts and identities of the rows of a run, each section read once.
    fn facts_of(&self, run: &Run) -> Result<RunFacts, DocumentError> {
        let start = run.block * BLOCK_ROWS;
        let end = (start + BLOCK_ROWS).min(self.source.header.rows);
        let record = RowFacts::BYTES as u64;
        let bytes = self.source.table(Section::Rows, start * record, (end - start) * record)?;
        let of_block: Vec<RowFacts> = bytes.as_chunks().0.iter().map(RowFacts::decode).collect();
        let first = of_block.first().map_or(0, |facts| u64::from(facts.first));
        let count = of_block.iter().map(|facts| u64::from(facts.count)).sum();
        let entries = self.entries(first, count)?;
        let of_row = |row: &RowId| {
            let facts = of_block[(u64::from(row.0) - start) as usize];
            let from = u64::from(facts.first).checked_sub(first).and_then(|from| usize::try_from(from).ok());
            let own = from.and_then(|from| entries.get(from..)?.get(..facts.count as usize));
            let own = own.ok_or_else(|| self.damaged(*row, "its identities lie among those of others"))?;
            Ok((facts, self.identities_among(own, *row)?))
        };
        run.rows.iter().map(of_row).collect()
    }

    pub(super) fn facts(&self, row: RowId) -> Result<RowFacts, DocumentError> {
        self.block_of(row)?;
        Ok(RowFacts::decode(&self.source.record(Section::Rows, u64::from(row.0))?))
    }

    /// Some entries of the section of identities.
    pub(super) fn entries(&self, first: u64, count: u64) -> Result<Vec<IdentityEntry>, DocumentError> {
        let record = IdentityEntry::BYTES as u64;
        let bytes = self.source.table(Section::Identities, first * record, count * record)?;
        Ok(bytes.as_chunks().0.iter().map(IdentityEntry::decode).collect())
    }

    /// The identities of entries, all of which have to be those of `row`.
    fn identities_among(&self, entries: &[IdentityEntry], row: RowId) -> Result<Vec<Key>, DocumentError> {
        if entries.iter().any(|entry| entry.row != row.0) {
            return Err(self.damaged(row, "its identities are those of another document"));
        }
        Ok(entries.iter().map(|entry| entry.identity).collect())
    }

    /// The block in which a row is, if there is such a row.
    fn block_of(&self, row: RowId) -> Result<u64, DocumentError> {
        let rows = self.source.header.rows;
        if u64::from(row.0) >= rows {
            return Err(self.damaged(row, format!("there are only {rows} documents")));
        }
        Ok(u64::from(row.0) / BLOCK_ROWS)
    }

    fn line<'a>(&self, block: &'a Block, row: RowId) -> Result<&'a [u8], DocumentError> {
        // A block that was read has as many lines as rows.
        block.line((u64::from(row.0) % BLOCK_ROWS) as usize).ok_or_else(|| self.damaged(row, "its block is too short"))
    }

    /// Where a block lies, for the sake of `row`; lengths are compared with what is possible.
    fn block_entry(&self, block: u64, row: RowId) -> Result<BlockEntry, DocumentError> {
        let entry = BlockEntry::decode(&self.source.record(Section::BlockTable, block)?);
        let (raw, packed) = (u64::from(entry.raw), u64::from(entry.packed));
        if raw > MAX_RAW || !codec::is_possible(packed, raw) {
            return Err(self.damaged(row, format!("{packed} bytes cannot be {raw} bytes, compressed")));
        }
        Ok(entry)
    }

    /// Reads and decompresses a block, for the sake of `row`.
    pub(super) fn read_block(&self, block: u64, row: RowId) -> Result<Block, DocumentError> {
        let entry = self.block_entry(block, row)?;
        let packed = self.source.bytes(Section::Blocks, entry.offset, u64::from(entry.packed))?;
        let found = crc32c::crc32c(&packed);
        if found != entry.check {
            return Err(
                self.damaged(row, format!("the checksum of its block is {found:08x}, expected {:08x}", entry.check))
            );
        }
        let rows = (self.source.header.rows - block * BLOCK_ROWS).min(BLOCK_ROWS);
        codec::decompress(&packed, entry.raw as usize)
            .and_then(|bytes| Block::new(bytes, rows as usize))
            .map_err(|problem| self.damaged(row, format!("its block: {problem}")))
    }

    fn damaged(&self, row: RowId, problem: impl Into<String>) -> DocumentError {
        DocumentError::Damaged { path: self.source.path().to_owned(), row: row.0, problem: problem.into() }
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<(u64, Arc<Block>)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rows of one block that are wanted one after the other.
struct Run {
    block: u64,
    rows: Vec<RowId>,
}

/// Facts and identities of each row of a run.
type RunFacts = Vec<(RowFacts, Vec<Key>)>;
