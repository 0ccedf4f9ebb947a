//! Sections: runs of numbers in a row, each beginning at a multiple of 64.
//!
//! The file does not record where a section is. Reader and writer name the same sections in the same order, and the
//! reader asks for the length that the network's sizes imply. A section that would end behind the file is refused.
#![expect(unsafe_code, reason = "mapping a file is unsafe: it must not be shortened while it is mapped")]

use std::fs::File;
use std::io;
use std::sync::Arc;

use memmap2::Mmap;
use semsearch_vector::Bytes;

/// Every section begins at a multiple of this many bytes: a cache line.
pub(super) const ALIGNMENT: usize = 64;

/// Maps a file for reading.
pub(super) fn map(file: &File) -> io::Result<Bytes> {
    // SAFETY: the mapping must not outlive the file's contents. Entries are put in place by rename and never written again;
    // only a program that truncates one could break this.
    let map = unsafe { Mmap::map(file)? };
    Ok(Bytes::of(Arc::new(map)))
}

/// Takes sections out of a mapped file, in the order they were written.
pub(crate) struct Sections {
    all: Bytes,
    place: usize,
}

impl Sections {
    pub(super) fn new(all: Bytes, place: usize) -> Self {
        Sections { all, place }
    }

    /// The next `length` bytes, without a copy.
    pub(crate) fn bytes(&mut self, length: usize) -> Option<Bytes> {
        let start = self.place.checked_next_multiple_of(ALIGNMENT)?;
        self.place = start.checked_add(length)?;
        self.all.part(start..self.place)
    }

    /// The next `count` floats.
    pub(crate) fn floats(&mut self, count: usize) -> Option<Vec<f32>> {
        let bytes = self.bytes(count.checked_mul(4)?)?;
        Some(bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect())
    }

    /// The next `count` whole numbers.
    pub(crate) fn ints(&mut self, count: usize) -> Option<Vec<i32>> {
        let bytes = self.bytes(count.checked_mul(4)?)?;
        Some(bytes.as_chunks().0.iter().map(|&bytes| i32::from_le_bytes(bytes)).collect())
    }
}

/// Collects sections.
#[derive(Default)]
pub(crate) struct SectionsWriter {
    bytes: Vec<u8>,
}

impl SectionsWriter {
    /// Appends bytes.
    pub(crate) fn bytes_of(&mut self, section: &[u8]) {
        self.begin();
        self.bytes.extend_from_slice(section);
    }

    /// Appends floats.
    pub(crate) fn floats(&mut self, section: &[f32]) {
        self.begin();
        section.iter().for_each(|x| self.bytes.extend_from_slice(&x.to_le_bytes()));
    }

    /// Appends whole numbers.
    pub(crate) fn ints(&mut self, section: &[i32]) {
        self.begin();
        section.iter().for_each(|x| self.bytes.extend_from_slice(&x.to_le_bytes()));
    }

    /// All sections.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn begin(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(ALIGNMENT), 0);
    }
}
