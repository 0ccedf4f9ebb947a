//! Files as memory: rows are searched where the operating system put them.
//!
//! Mapping costs nothing up front, and processes that open the same index share its pages. The price is a promise: a
//! mapped file that another process shortens ends this one with SIGBUS. Nothing in this project changes the files of an
//! index in place: a new index is written to a new folder, and an old folder is removed as a whole, which leaves
//! existing maps valid.

#![expect(unsafe_code, reason = "maps files and reads their bytes as floats")]

use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::Mmap;

use super::header::VECTORS_HEADER_LEN;

/// The bytes of a file.
#[derive(Debug)]
pub(super) struct MappedFile(Mmap);

impl MappedFile {
    pub(super) fn new(file: &File) -> io::Result<Self> {
        // SAFETY: a map is sound as long as the file is not changed beneath it. Files of an index are never changed
        // in place (see the module's documentation), and what is read from them is used only as numbers and bytes,
        // for which every bit pattern is valid.
        unsafe { Mmap::map(file) }.map(Self)
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// The rows in a vectors file.
#[derive(Debug)]
pub(crate) struct MappedRows {
    file: MappedFile,
    dim: usize,
}

impl MappedRows {
    /// Takes a vectors file; None unless whole rows of `dim` numbers follow its head.
    pub(super) fn new(file: MappedFile, dim: usize) -> Option<Self> {
        let rows = file.get(VECTORS_HEADER_LEN..)?;
        let whole = dim > 0 && rows.len().is_multiple_of(dim.checked_mul(size_of::<f32>())?);
        let aligned = rows.as_ptr().cast::<f32>().is_aligned();
        (whole && aligned && cfg!(target_endian = "little")).then_some(Self { file, dim })
    }

    pub(crate) fn dim(&self) -> usize {
        self.dim
    }

    /// All numbers, row after row.
    pub(crate) fn as_slice(&self) -> &[f32] {
        let bytes = &self.file[VECTORS_HEADER_LEN..];
        // SAFETY: `new` found the bytes behind the head aligned for `f32` and their number a multiple of its size; the
        // map neither moves nor shrinks while `self` is borrowed, and every bit pattern is an `f32`.
        unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len() / size_of::<f32>()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn mapped(bytes: &[u8]) -> MappedFile {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        MappedFile::new(&file).unwrap()
    }

    #[test]
    fn numbers_behind_the_head_are_read_as_rows() {
        let mut bytes = vec![0; VECTORS_HEADER_LEN];
        bytes.extend([1.5_f32, -2.0, 0.25, 8.0].iter().flat_map(|x| x.to_le_bytes()));
        assert_eq!(MappedRows::new(mapped(&bytes), 2).unwrap().as_slice(), [1.5, -2.0, 0.25, 8.0]);
        assert!(MappedRows::new(mapped(&bytes), 3).is_none(), "rows of three are not whole");
        assert!(MappedRows::new(mapped(&bytes), usize::MAX).is_none());
    }

    #[test]
    fn a_file_shorter_than_its_head_has_no_rows() {
        assert!(MappedRows::new(mapped(&[0; 63]), 1).is_none());
        assert!(MappedRows::new(mapped(&[]), 1).is_none());
        assert_eq!(MappedRows::new(mapped(&[0; 64]), 1).unwrap().as_slice(), []);
    }
}
