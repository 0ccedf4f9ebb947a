//! Numbered lines.
//!
//! A line is handed out as bytes together with its number; [`utf8`] turns the bytes into text and names the first byte
//! that is not UTF-8. The two steps are separate because a line that is not UTF-8 is one malformed record, while a failed
//! read ends reading.
//!
//! Cost: one buffer as long as the longest line, at most [`LONGEST_RECORD`]. A longer line is passed over, and an error is
//! handed out in its place.

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use crate::error::{Mismatch, ReadError};

/// The longest record that is read, in bytes. No description of a paper comes near it, and a longer record would be read
/// into memory whole only to be refused.
pub(crate) const LONGEST_RECORD: usize = 64 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The lines of an input, without their line ends and without a byte order mark.
pub(crate) struct Lines {
    path: PathBuf,
    compression: Option<&'static str>,
    reader: Box<dyn BufRead + Send>,
    buffer: Vec<u8>,
    number: u64,
    /// The longest line that is handed out, its end included.
    longest: usize,
    ended: bool,
}

impl Lines {
    pub(crate) fn new(
        path: PathBuf,
        compression: Option<&'static str>,
        reader: impl BufRead + Send + 'static,
    ) -> Lines {
        let (reader, longest) = (Box::new(reader), LONGEST_RECORD);
        Lines { path, compression, reader, buffer: Vec::new(), number: 0, longest, ended: false }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The next line and its number, counted from 1. After a failed read, which is reported once, the result is `None`.
    // Not an `Iterator`: the line borrows the buffer.
    pub(crate) fn next(&mut self) -> Option<Result<(u64, &[u8]), ReadError>> {
        if self.ended {
            return None;
        }
        self.buffer.clear();
        match self.read_line() {
            Ok(0) => {
                self.ended = true;
                None
            }
            Ok(length) if length > self.longest => {
                self.number += 1;
                Some(Err(too_long(self.longest).at(&self.path, self.number)))
            }
            Ok(_) => {
                self.number += 1;
                Some(Ok((self.number, trim_ends(&self.buffer, self.number == 1))))
            }
            Err(source) => {
                self.ended = true;
                Some(Err(self.failure(source)))
            }
        }
    }

    /// Reads a line into the buffer, and returns its length: more than `longest` if only its beginning was kept.
    fn read_line(&mut self) -> io::Result<usize> {
        let most = self.longest as u64 + 1;
        let length = self.reader.by_ref().take(most).read_until(b'\n', &mut self.buffer)?;
        if length > self.longest && !self.buffer.ends_with(b"\n") {
            self.reader.skip_until(b'\n')?;
        }
        Ok(length)
    }

    fn failure(&self, source: io::Error) -> ReadError {
        ReadError::reading(&self.path, self.compression, source)
    }
}

/// The complaint about a record that is longer than any paper.
pub(crate) fn too_long(longest: usize) -> Mismatch {
    Mismatch::new(format!("a record of at most {} MiB", longest >> 20), "a longer one")
}

fn trim_ends(line: &[u8], is_first: bool) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if is_first { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }
}

/// A line as text.
pub(crate) fn utf8(line: &[u8]) -> Result<&str, Mismatch> {
    std::str::from_utf8(line).map_err(|error| {
        let at = error.valid_up_to();
        Mismatch::new("UTF-8 text", format!("the byte 0x{:02x} at byte column {}", line[at], at + 1))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(bytes: &'static [u8]) -> Vec<(u64, Vec<u8>)> {
        let mut lines = Lines::new("x".into(), None, Cursor::new(bytes));
        std::iter::from_fn(|| lines.next().map(|line| line.unwrap()).map(|(n, line)| (n, line.to_vec()))).collect()
    }

    #[test]
    fn line_ends_of_both_kinds_and_a_missing_last_one_are_understood() {
        let lines = read(b"\xef\xbb\xbfone\r\n\ntwo");
        assert_eq!(lines, [(1, b"one".to_vec()), (2, b"".to_vec()), (3, b"two".to_vec())]);
    }

    #[test]
    fn a_line_longer_than_any_record_is_passed_over() {
        let mut lines = Lines::new("x".into(), None, Cursor::new(b"12345678\n1234567\n123456789abcdef\nlast"));
        lines.longest = 8;
        let mut said = Vec::new();
        while let Some(line) = lines.next() {
            said.push(line.map(|(number, line)| (number, line.len())).map_err(|error| error.to_string()));
        }
        assert!(said[0].as_ref().unwrap_err().starts_with("x, line 1: expected a record of at most"), "{said:?}");
        assert_eq!(said[1], Ok((2, 7)));
        assert!(said[2].as_ref().unwrap_err().starts_with("x, line 3: "), "{said:?}");
        assert_eq!(said[3], Ok((4, 4)));
    }

    #[test]
    fn a_byte_that_is_not_utf8_is_named_with_its_column() {
        assert_eq!(utf8("naïve".as_bytes()), Ok("naïve"));
        let mismatch = utf8(b"na\xefve").unwrap_err();
        assert_eq!(mismatch.found, "the byte 0xef at byte column 3");
    }
}
