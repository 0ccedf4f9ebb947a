//! Writing a file of documents, in row order.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use semsearch_disk::File;

use super::codec::Compressor;
use super::error::DocumentError;
use super::format::{self, BLOCK_ROWS, CHUNK, Header, Layout, MAX_IDENTITIES, MAX_LINE, MAX_ROWS, PAGE};
use super::table::{BlockEntry, IdentityEntry, Key, RowFacts, link};

/// Blocks compressed in one batch, on all threads.
const BATCH_BLOCKS: usize = 64;
/// A batch has fewer blocks if they have more bytes than this.
const BATCH_BYTES: usize = 64 << 20;
/// Bytes of a table that are written at once, a whole number of chunks.
const PIECE: usize = 64 * CHUNK as usize;

/// A document with the facts recorded of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The document as one line of JSON, without the newline.
    pub json: &'a [u8],
    /// The hash of the whole document.
    pub content: Key,
    /// The key of its passage.
    pub passage: Key,
    /// Its identities; the first one is that of its id.
    pub identities: &'a [Key],
}

/// Writes a file of documents, one document after the other.
///
/// Documents are collected into blocks and blocks into batches, so a few megabytes wait to be compressed; about 70 bytes a
/// document stay in memory until the end.
#[derive(Debug)]
pub(crate) struct StoreWriter {
    file: File,
    /// Decompressed blocks that wait; the last one may still grow.
    waiting: Vec<Vec<u8>>,
    waiting_bytes: usize,
    /// Bytes of all blocks so far, decompressed and compressed.
    raw: u64,
    packed: u64,
    blocks: Vec<BlockEntry>,
    rows: Vec<RowFacts>,
    identities: Vec<IdentityEntry>,
}

impl StoreWriter {
    /// Creates the file, replacing an existing one.
    pub(crate) fn create(path: &Path) -> Result<Self, DocumentError> {
        let mut file = File::create(path).map_err(|source| write_error(path, source))?;
        // The header page is zeros until the rest is written, which marks an unfinished file.
        file.write_all(&[0; PAGE]).map_err(|source| write_error(path, source))?;
        Ok(StoreWriter {
            file,
            waiting: Vec::new(),
            waiting_bytes: 0,
            raw: 0,
            packed: 0,
            blocks: Vec::new(),
            rows: Vec::new(),
            identities: Vec::new(),
        })
    }

    /// Adds a document as the next row.
    pub(crate) fn push(&mut self, record: &Record<'_>) -> Result<(), DocumentError> {
        let row = self.rows.len() as u64;
        let first = self.identities.len() as u64;
        let problem = if record.json.len() as u64 >= MAX_LINE {
            Some(format!("document {row} has {} bytes, at most {} are possible", record.json.len(), MAX_LINE - 1))
        } else if record.json.contains(&b'\n') {
            Some(format!("document {row} is more than one line"))
        } else if row >= MAX_ROWS || first + record.identities.len() as u64 > MAX_IDENTITIES {
            Some("there are more documents than a file can hold".to_owned())
        } else {
            None
        };
        if let Some(problem) = problem {
            return Err(self.error(io::Error::new(io::ErrorKind::InvalidInput, problem)));
        }

        if row.is_multiple_of(BLOCK_ROWS) {
            if self.waiting.len() >= BATCH_BLOCKS || self.waiting_bytes >= BATCH_BYTES {
                self.write_waiting()?;
            }
            self.waiting.push(Vec::new());
        }
        if let Some(block) = self.waiting.last_mut() {
            block.extend_from_slice(record.json);
            block.push(b'\n');
        }
        self.waiting_bytes += record.json.len() + 1;
        // Both numbers were compared with limits below 2^32.
        let (row, first, count) = (row as u32, first as u32, record.identities.len() as u32);
        self.rows.push(RowFacts { content: record.content, passage: record.passage, first, count });
        let entries = record.identities.iter().map(|identity| IdentityEntry { identity: *identity, row, next: 0 });
        self.identities.extend(entries);
        Ok(())
    }

    /// Writes the rest and syncs the file. The caller syncs its folder, without which the name of the file may be lost.
    pub(crate) fn finish(mut self) -> Result<(), DocumentError> {
        self.write_waiting()?;
        let slots = link(&mut self.identities);
        let header = Header {
            rows: self.rows.len() as u64,
            identities: self.identities.len() as u64,
            packed: self.packed,
            raw: self.raw,
            checks: 0,
        };
        let Some(layout) = Layout::new(header.rows, header.identities, header.packed) else {
            return Err(self.error(io::Error::other("it would be longer than a file can be")));
        };

        let mut tables = Tables { file: &self.file, piece: Vec::with_capacity(PIECE), checks: Vec::new() };
        let written = tables
            .write(self.blocks.iter().map(|entry| entry.encode()))
            .and_then(|()| tables.write(self.rows.iter().map(|facts| facts.encode())))
            .and_then(|()| tables.write(self.identities.iter().map(|entry| entry.encode())))
            .and_then(|()| tables.write(slots.iter().map(|slot| slot.encode())));
        let checks = tables.checks;
        let page = format::encode(&Header { checks: crc32c::crc32c(&checks), ..header }, &layout);
        let mut file = &self.file;
        written
            .and_then(|()| file.write_all(&checks))
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(&page))
            .and_then(|()| file.sync())
            .map_err(|source| self.error(source))
    }

    /// Compresses the blocks that wait, on the threads of the current rayon pool, and writes them in order.
    fn write_waiting(&mut self) -> Result<(), DocumentError> {
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        let packed: Vec<_> = waiting
            .par_iter()
            .map_init(Compressor::new, |compressor, raw| {
                let packed = compressor.compress(raw)?;
                let check = crc32c::crc32c(&packed);
                Ok((packed, check))
            })
            .collect::<Result<_, flate2::CompressError>>()
            .map_err(|error| self.error(io::Error::other(error)))?;
        let mut together = Vec::with_capacity(packed.iter().map(|(packed, _)| packed.len()).sum());
        for (raw, (packed, check)) in waiting.iter().zip(packed) {
            let lengths = u32::try_from(packed.len()).and_then(|length| Ok((length, u32::try_from(raw.len())?)));
            // At most 1 GiB, plus the five bytes that DEFLATE adds to every 16,383 that it cannot compress.
            let (length, raw) = lengths.map_err(|error| self.error(io::Error::other(error)))?;
            self.blocks.push(BlockEntry { offset: self.packed, packed: length, raw, check });
            self.packed += u64::from(length);
            self.raw += u64::from(raw);
            together.extend_from_slice(&packed);
        }
        (&self.file).write_all(&together).map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> DocumentError {
        write_error(self.file.path(), source)
    }
}

/// Writes tables, and keeps the checksums of their chunks.
struct Tables<'a> {
    file: &'a File,
    piece: Vec<u8>,
    /// The checksums, encoded as in the file.
    checks: Vec<u8>,
}

impl Tables<'_> {
    /// Writes a table. Chunks are counted from its beginning.
    fn write<const N: usize>(&mut self, records: impl Iterator<Item = [u8; N]>) -> io::Result<()> {
        for record in records {
            self.piece.extend_from_slice(&record);
            if self.piece.len() >= PIECE {
                let rest = self.piece.split_off(PIECE);
                self.write_piece()?;
                self.piece = rest;
            }
        }
        self.write_piece()
    }

    fn write_piece(&mut self) -> io::Result<()> {
        for chunk in self.piece.chunks(CHUNK as usize) {
            self.checks.extend_from_slice(&crc32c::crc32c(chunk).to_le_bytes());
        }
        self.file.write_all(&self.piece)?;
        self.piece.clear();
        Ok(())
    }
}

fn write_error(path: &Path, source: io::Error) -> DocumentError {
    DocumentError::Io { action: "write", path: PathBuf::from(path), source }
}
