//! The sections of a file, each block of which is compared with its checksum before its first use.
//!
//! Several threads may compare one block at once and come to the same result. Nothing is written but a bit, so no order
//! between them is needed.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use semsearch_vector::Bytes;

use super::error::LexicalError;
use super::header::{self, BLOCK, Header};
use super::section::Section;

/// An opened file.
pub(crate) struct Body {
    file: Bytes,
    header: Header,
    /// One bit a block.
    done: Box<[AtomicU64]>,
    /// How many blocks have not been compared yet.
    left: AtomicUsize,
}

impl Body {
    /// Reads the header.
    pub(crate) fn open(file: Bytes) -> Result<Self, LexicalError> {
        let header = header::read(&file)?;
        let blocks = header.checks.len();
        let done = (0..blocks.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Ok(Body { file, header, done, left: AtomicUsize::new(blocks) })
    }

    /// How many papers there are.
    pub(crate) fn rows(&self) -> u32 {
        self.header.rows
    }

    /// How many bytes a section has.
    pub(crate) fn len(&self, section: Section) -> usize {
        self.header.sections[section as usize].len()
    }

    /// All bytes of a section, after comparing their blocks.
    pub(crate) fn section(&self, section: Section) -> Result<&[u8], LexicalError> {
        self.part(section, 0..self.len(section) as u64)
    }

    /// Some bytes of a section, after comparing their blocks.
    pub(crate) fn part(&self, section: Section, part: Range<u64>) -> Result<&[u8], LexicalError> {
        let place = self.header.sections[section as usize].clone();
        if part.start > part.end || part.end > place.len() as u64 {
            return Err(section.damaged("something lies behind its end"));
        }
        let range = place.start + part.start as usize..place.start + part.end as usize;
        if self.left.load(Relaxed) > 0 && !range.is_empty() {
            for block in range.start / BLOCK..=(range.end - 1) / BLOCK {
                if self.done[block / 64].load(Relaxed) & (1 << (block % 64)) == 0 {
                    self.compare(section, block)?;
                }
            }
        }
        Ok(&self.file[self.header.end + range.start..self.header.end + range.end])
    }

    /// Compares every block.
    pub(crate) fn compare_all(&self) -> Result<(), LexicalError> {
        Section::ALL.iter().try_for_each(|&section| self.section(section).map(drop))
    }

    #[cold]
    fn compare(&self, section: Section, block: usize) -> Result<(), LexicalError> {
        let blocks = &self.file[self.header.end..];
        let bytes = &blocks[block * BLOCK..blocks.len().min((block + 1) * BLOCK)];
        if crc32c::crc32c(bytes) != self.header.checks[block] {
            return Err(section.damaged("the checksum of a block does not hold"));
        }
        let bit = 1 << (block % 64);
        if self.done[block / 64].fetch_or(bit, Relaxed) & bit == 0 {
            self.left.fetch_sub(1, Relaxed);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Body({} rows, {} blocks to compare)", self.rows(), self.left.load(Relaxed))
    }
}
