//! The lines of a file, plain or compressed with gzip, with their numbers.
//!
//! Whether a file is compressed is seen from its first bytes: what is named `.gz` is at times plain, and the other way.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::error::{Mismatch, ReadError};

/// The longest line that is read. No query and no judgement comes near it, and a file without line ends is not read into
/// memory whole only to be refused.
const LONGEST: usize = 64 << 20;

const GZIP: &[u8] = &[0x1f, 0x8b];
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Hands every line of the file that is not blank to `each`, with its number, counted from 1.
pub(super) fn in_file(path: &Path, each: impl FnMut(u64, &str) -> Result<(), Mismatch>) -> Result<(), ReadError> {
    let file = File::open(path).map_err(|source| ReadError::io(path, source))?;
    // Opening a folder works on some systems, and reading it fails with words that help nobody.
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(ReadError::io(path, io::ErrorKind::IsADirectory.into()));
    }
    in_reader(path, file, each)
}

/// The same for bytes that come from elsewhere; `path` is how messages name them.
pub(super) fn in_reader(
    path: &Path,
    reader: impl Read,
    each: impl FnMut(u64, &str) -> Result<(), Mismatch>,
) -> Result<(), ReadError> {
    let mut head = Vec::with_capacity(GZIP.len());
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    // A pipe may hand out its first two bytes one at a time.
    reader.by_ref().take(GZIP.len() as u64).read_to_end(&mut head).map_err(|source| ReadError::io(path, source))?;
    let compressed = head == GZIP;
    let whole = io::Cursor::new(head).chain(reader);
    if compressed {
        each_line(path, BufReader::new(MultiGzDecoder::new(whole)), true, each)
    } else {
        each_line(path, whole, false, each)
    }
}

fn each_line(
    path: &Path,
    mut reader: impl BufRead,
    compressed: bool,
    mut each: impl FnMut(u64, &str) -> Result<(), Mismatch>,
) -> Result<(), ReadError> {
    let mut buffer = Vec::new();
    for number in 1.. {
        buffer.clear();
        let length = reader
            .by_ref()
            .take(LONGEST as u64 + 1)
            .read_until(b'\n', &mut buffer)
            .map_err(|source| failure(path, compressed, source))?;
        if length == 0 {
            break;
        }
        if length > LONGEST {
            let expected = format!("a line of at most {} MiB", LONGEST >> 20);
            return Err(Mismatch::new(expected, "a longer one").at(path, number));
        }
        text(&buffer, number == 1)
            .and_then(|line| if line.trim().is_empty() { Ok(()) } else { each(number, line) })
            .map_err(|mismatch| mismatch.at(path, number))?;
    }
    Ok(())
}

fn failure(path: &Path, compressed: bool, source: io::Error) -> ReadError {
    // A decompressor makes its errors itself; those of the operating system have its number.
    if compressed && source.raw_os_error().is_none() {
        ReadError::Damaged { path: path.to_owned(), source }
    } else {
        ReadError::io(path, source)
    }
}

/// A line as text, without its end, and without a byte order mark before the first one.
fn text(line: &[u8], first: bool) -> Result<&str, Mismatch> {
    let line = std::str::from_utf8(line).map_err(|error| {
        let at = error.valid_up_to();
        Mismatch::new("UTF-8 text", format!("the byte 0x{:02x} at byte column {}", line[at], at + 1))
    })?;
    let line = line.trim_end_matches(['\n', '\r']);
    Ok(if first { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use semsearch_task::ErrorKind;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn lines(bytes: &[u8]) -> Result<Vec<(u64, String)>, ReadError> {
        let mut lines = Vec::new();
        in_reader(Path::new("x"), bytes, |number, line| {
            lines.push((number, line.to_owned()));
            Ok(())
        })?;
        Ok(lines)
    }

    #[test]
    fn lines_are_the_same_plain_and_compressed() {
        let text = "\u{feff}one\r\n\n \t\ntwo\nthree".as_bytes();
        let expected = [(1, "one".to_owned()), (4, "two".to_owned()), (5, "three".to_owned())];
        assert_eq!(lines(text).unwrap(), expected);
        assert_eq!(lines(&gzip(text)).unwrap(), expected);
        assert_eq!(lines(&[gzip(&text[..7]), gzip(&text[7..])].concat()).unwrap(), expected);
        assert_eq!(lines(b"").unwrap(), []);
    }

    #[test]
    fn compressed_data_that_ends_early_is_damage() {
        let whole = gzip(b"some text that repeats, some text that repeats, and a number: 1847\n");
        for end in 3..whole.len() {
            assert!(matches!(lines(&whole[..end]), Err(ReadError::Damaged { .. })), "cut at {end}");
        }
    }

    #[test]
    fn what_is_no_text_is_named_by_its_place() {
        let error = lines(b"one\nna\xefve\n").unwrap_err();
        assert_eq!(error.to_string(), "x, line 2: expected UTF-8 text, found the byte 0xef at byte column 3");
        assert_eq!(error.kind(), ErrorKind::Usage);
    }

    #[test]
    fn a_missing_file_and_a_folder_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let missing = in_file(&folder.path().join("qrels.tsv"), |_, _| Ok(())).unwrap_err();
        assert!(matches!(missing, ReadError::NotFound { .. }) && missing.kind() == ErrorKind::Usage, "{missing:?}");
        let not_a_file = in_file(folder.path(), |_, _| Ok(())).unwrap_err();
        assert!(matches!(not_a_file, ReadError::Io { .. }) && not_a_file.kind() == ErrorKind::Io, "{not_a_file:?}");
    }
}
