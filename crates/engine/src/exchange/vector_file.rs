//! Vector files that other programs read and write: NumPy's `.npy`, and `.fbin` of the big-ann benchmarks.
//!
//! ```text
//! npy    "\x93NUMPY" 1 0 · u16 length of the text · {'descr': '<f4', 'fortran_order': False, 'shape': (rows, dim), } · numbers
//! fbin   u32 rows · u32 dim · numbers
//! ```
//!
//! Numbers are single precision, little-endian, row after row. A header is compared with the length of its file before
//! memory is allocated for what it says.

use std::fmt::Write as _;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use semsearch_corpus::ReadError;
use semsearch_disk::File;
use semsearch_task::ErrorKind;

/// Why a vector file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorFileError {
    /// The file does not have the form of a vector file.
    #[error("{path} cannot be used as vectors: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what was expected.
        problem: String,
    },
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The column of a table cannot be read.
    #[error(transparent)]
    Table(#[from] ReadError),
}

impl VectorFileError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            VectorFileError::Malformed { .. } => ErrorKind::Usage,
            VectorFileError::Io { .. } => ErrorKind::Io,
            VectorFileError::Table(error) => error.kind(),
        }
    }
}

/// The form of a vector file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorForm {
    /// NumPy's `.npy`.
    Npy,
    /// `.fbin`: two numbers and the rows.
    Fbin,
}

const NPY: &[u8; 6] = b"\x93NUMPY";
/// The length of a header, with everything before it, is a multiple of this.
const NPY_ALIGN: usize = 64;
/// The longest header that is read, in bytes: far longer than any that describes a matrix.
const MAX_HEADER: usize = 1 << 16;

impl VectorForm {
    /// The form that the extension of a file names; `None` for another extension.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "npy" => Some(VectorForm::Npy),
            "fbin" => Some(VectorForm::Fbin),
            _ => None,
        }
    }

    /// The header of a file of this shape; `None` if the format cannot count that many rows or numbers.
    pub(crate) fn header(self, rows: u64, dim: usize) -> Option<Vec<u8>> {
        match self {
            VectorForm::Fbin => {
                let (rows, dim) = (u32::try_from(rows).ok()?, u32::try_from(dim).ok()?);
                Some([rows.to_le_bytes(), dim.to_le_bytes()].concat())
            }
            VectorForm::Npy => {
                let mut text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {dim}), }}");
                let before = NPY.len() + 4;
                let end = (before + text.len() + 1).next_multiple_of(NPY_ALIGN);
                while before + text.len() + 1 < end {
                    let _ = text.write_char(' ');
                }
                text.push('\n');
                let length = u16::try_from(text.len()).ok()?;
                let mut header = NPY.to_vec();
                header.extend([1, 0]);
                header.extend(length.to_le_bytes());
                header.extend(text.as_bytes());
                Some(header)
            }
        }
    }
}

/// A vector file that is read row after row.
#[derive(Debug)]
pub struct VectorFile {
    path: PathBuf,
    input: BufReader<File>,
    rows: u64,
    dim: usize,
    bytes: Vec<u8>,
}

impl VectorFile {
    /// Opens a file. Its first bytes tell the form, or else its extension.
    ///
    /// # Errors
    /// [`VectorFileError`] if the file is not a vector file, or its length is not what its header says.
    pub fn open(path: &Path) -> Result<Self, VectorFileError> {
        let io_error = |source| VectorFileError::Io { path: path.to_owned(), source };
        let malformed = |problem: String| VectorFileError::Malformed { path: path.to_owned(), problem };
        let file = File::open(path).map_err(io_error)?;
        let length = file.length().map_err(io_error)?;
        let mut input = BufReader::with_capacity(1 << 18, file);
        let mut start = [0; 8];
        input.read_exact(&mut start).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => malformed(format!("it has {length} bytes and no header")),
            _ => io_error(error),
        })?;
        let (rows, dim, before) = if start.starts_with(NPY) {
            npy(&mut input, start[6], length).map_err(|problem| match problem {
                NpyFault::Io(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
                    malformed(format!("its header ends behind its {length} bytes"))
                }
                NpyFault::Io(source) => io_error(source),
                NpyFault::Other(problem) => malformed(problem),
            })?
        } else if VectorForm::of(path) == Some(VectorForm::Fbin) {
            let number = |at: usize| u32::from_le_bytes([start[at], start[at + 1], start[at + 2], start[at + 3]]);
            (u64::from(number(0)), u64::from(number(4)), 8)
        } else {
            return Err(malformed("expected a .npy file, one whose name ends in .fbin, or a Parquet table".to_owned()));
        };
        let bytes = rows.checked_mul(dim).and_then(|numbers| numbers.checked_mul(4));
        if bytes.and_then(|bytes| bytes.checked_add(before)) != Some(length) {
            return Err(malformed(format!(
                "its header says {rows} rows of {dim} numbers, and its {length} bytes are not as many"
            )));
        }
        let dim = usize::try_from(dim).ok().filter(|dim| (1..=semsearch_index::Vectors::MAX_DIM).contains(dim));
        let Some(dim) = dim else {
            return Err(malformed(format!("expected rows of 1 to {} numbers", semsearch_index::Vectors::MAX_DIM)));
        };
        Ok(VectorFile { path: path.to_owned(), input, rows, dim, bytes: vec![0; 4 * dim] })
    }

    /// The path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The number of numbers in a row.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Reads the next row.
    ///
    /// # Errors
    /// [`VectorFileError::Io`] if there is no further row, or the row cannot be read.
    ///
    /// # Panics
    /// If `row` has another width than the file.
    pub fn read(&mut self, row: &mut [f32]) -> Result<(), VectorFileError> {
        assert_eq!(row.len(), self.dim, "as wide as the file");
        let read = self.input.read_exact(&mut self.bytes);
        read.map_err(|source| VectorFileError::Io { path: self.path.clone(), source })?;
        for (number, bytes) in row.iter_mut().zip(self.bytes.as_chunks().0) {
            *number = f32::from_le_bytes(*bytes);
        }
        Ok(())
    }
}

enum NpyFault {
    Io(io::Error),
    Other(String),
}

/// Rows, numbers in a row, and bytes before them.
fn npy(input: &mut impl Read, version: u8, length: u64) -> Result<(u64, u64, u64), NpyFault> {
    let other = |problem: &str| NpyFault::Other(problem.to_owned());
    // From version 2 on the length has four bytes.
    let wide = match version {
        1 => false,
        2 | 3 => true,
        _ => return Err(NpyFault::Other(format!("expected version 1, 2 or 3 of the format, found {version}"))),
    };
    let mut bytes = [0; 4];
    let width = if wide { 4 } else { 2 };
    input.read_exact(&mut bytes[..width]).map_err(NpyFault::Io)?;
    let text_len = u32::from_le_bytes(bytes) as usize;
    let before = 8 + width as u64 + text_len as u64;
    if text_len > MAX_HEADER || before > length {
        return Err(other("its header is longer than it can be"));
    }
    let mut text = vec![0; text_len];
    input.read_exact(&mut text).map_err(NpyFault::Io)?;
    let text = std::str::from_utf8(&text).map_err(|_| other("its header is not text"))?;
    let value = |key: &str| {
        let behind = text.split_once(&format!("'{key}':")).map(|(_, behind)| behind.trim_start());
        behind.ok_or_else(|| NpyFault::Other(format!("its header does not say `{key}`")))
    };
    if !value("descr")?.starts_with("'<f4'") {
        return Err(other("expected numbers of single precision, little-endian: '<f4'"));
    }
    if !value("fortran_order")?.starts_with("False") {
        return Err(other("expected row after row, found column after column"));
    }
    let shape = value("shape")?.strip_prefix('(').and_then(|shape| shape.split_once(')')).map(|(shape, _)| shape);
    let numbers: Option<Vec<u64>> = shape
        .map(|shape| shape.trim_end_matches([',', ' ']).split(',').map(|number| number.trim().parse().ok()).collect())
        .unwrap_or(None);
    match numbers.as_deref() {
        Some(&[rows, dim]) => Ok((rows, dim, before)),
        _ => Err(other("expected an array of two dimensions")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(form: VectorForm, rows: &[Vec<f32>], dim: usize) -> Vec<u8> {
        let mut bytes = form.header(rows.len() as u64, dim).unwrap();
        bytes.extend(rows.iter().flatten().flat_map(|number| number.to_le_bytes()));
        bytes
    }

    fn open(form: VectorForm, bytes: &[u8]) -> Result<(VectorFile, tempfile::TempDir), VectorFileError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(if form == VectorForm::Npy { "a.npy" } else { "a.fbin" });
        std::fs::write(&path, bytes).unwrap();
        Ok((VectorFile::open(&path)?, folder))
    }

    #[test]
    fn a_file_that_ends_within_its_header_is_malformed() {
        for bytes in [&b"\x93NUMPY\x01\x00"[..], b"\x93NUMPY\x01\x00\x10", b"\x93NUMPY\x02\x00\x10\x00\x00"] {
            let error = open(VectorForm::Npy, bytes).map(drop).unwrap_err();
            assert!(matches!(error, VectorFileError::Malformed { .. }), "{error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            rows in (1_usize..9).prop_flat_map(|dim| proptest::collection::vec(proptest::collection::vec(any::<f32>(), dim), 0..7).prop_map(move |rows| (dim, rows)))
        ) {
            let (dim, rows) = rows;
            for form in [VectorForm::Npy, VectorForm::Fbin] {
                let (mut file, _folder) = open(form, &written(form, &rows, dim)).unwrap();
                prop_assert_eq!((file.rows(), file.dim()), (rows.len() as u64, dim));
                for row in &rows {
                    let mut read = vec![0.0; dim];
                    file.read(&mut read).unwrap();
                    let bits = |row: &[f32]| row.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
                    prop_assert_eq!(bits(&read), bits(row));
                }
            }
        }

        #[test]
        fn a_changed_header_is_refused_or_read_and_never_a_panic(at in 0_usize..128, byte in any::<u8>(), cut in 0_usize..200) {
            for form in [VectorForm::Npy, VectorForm::Fbin] {
                let mut bytes = written(form, &[vec![0.5; 4], vec![1.0; 4]], 4);
                let place = at % bytes.len();
                bytes[place] = byte;
                bytes.truncate(bytes.len().saturating_sub(cut % 7));
                if let Ok((file, _folder)) = open(form, &bytes) {
                    prop_assert!(file.rows() * file.dim() as u64 * 4 <= bytes.len() as u64);
                }
            }
        }
    }

    #[test]
    fn a_header_is_as_numpy_writes_it() {
        let header = VectorForm::Npy.header(6, 32).unwrap();
        assert_eq!(header.len(), 128);
        assert_eq!(&header[..10], b"\x93NUMPY\x01\x00\x76\x00");
        assert!(header[10..].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (6, 32), } "));
        assert_eq!(header.last(), Some(&b'\n'));
    }

    #[test]
    fn hostile_headers_are_refused_before_anything_is_allocated() {
        let huge = [u32::MAX.to_le_bytes(), u32::MAX.to_le_bytes()].concat();
        assert!(open(VectorForm::Fbin, &huge).is_err());
        let npy = |text: &str| {
            let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
            bytes.extend((text.len() as u16).to_le_bytes());
            bytes.extend(text.as_bytes());
            bytes
        };
        for text in [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (18446744073709551615, 4), }",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 4), }",
            "{'descr': '<f4', 'fortran_order': True, 'shape': (0, 4), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 0), }",
            "{'descr': '<f4', 'fortran_order': False",
            "",
        ] {
            assert!(open(VectorForm::Npy, &npy(text)).is_err(), "{text}");
        }
        assert!(open(VectorForm::Npy, &npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4), }")).is_ok());
        assert!(open(VectorForm::Npy, b"\x93NUMPY\x02\x00\xff\xff\xff\xff").is_err());
    }
}
