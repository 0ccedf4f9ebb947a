//! Bytes from a file or a pipe, decompressed, as UTF-8 with `\n` at the end of lines.
//!
//! Compression is detected from the first bytes, never from the file's name: names lie, and a pipe has none. These bytes
//! are put back in front of the rest, so nothing of standard input is lost. All of them allow several compressed
//! pieces in a row, as `cat a.gz b.gz` makes them; all pieces are read.
//!
//! Cost: one buffer and the decompressor's window, whatever the size of the file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;

use crate::error::ReadError;
use crate::input::encoding::{
    CarriageReturns, Decoded, Guessing, Teller, declared_as_utf8, ends_lines_with_returns, named,
};
use crate::input::utf16::{Order, Utf16Reader};
use crate::input::zstd::ZstdDecoder;
use crate::lines::Lines;
use crate::notes::Notes;
use crate::paths::is_stdin;

mod encoding;
mod utf16;
mod zstd;

/// Bytes of the (decompressed) data from which the format is detected.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;

/// An opened file or standard input.
pub(crate) struct Input {
    path: PathBuf,
    compression: Option<&'static str>,
    head: Vec<u8>,
    rest: Box<dyn BufRead + Send>,
    /// The file that holds the data as it is.
    file: Option<File>,
    notes: Notes,
}

impl Input {
    /// Opens a file, or standard input for `-`, and looks at its beginning.
    pub(crate) fn open(path: &Path) -> Result<Input, ReadError> {
        if is_stdin(path) {
            return Input::new(path, BufReader::new(io::stdin()));
        }
        let file = File::open(path).map_err(|source| ReadError::opening(path, source))?;
        Input::of_file(path, file)
    }

    /// The data of an opened file, which messages call `path`.
    pub(crate) fn of_file(path: &Path, file: File) -> Result<Input, ReadError> {
        let failure = |source| ReadError::reading(path, None, source);
        // Another reader may need to seek. A pipe with a name has no other place.
        let is_seekable = file.metadata().is_ok_and(|metadata| metadata.is_file());
        let whole = if is_seekable { Some(file.try_clone().map_err(failure)?) } else { None };
        let mut input = Input::new(path, BufReader::new(file))?;
        input.file = whole.filter(|_| input.compression.is_none());
        Ok(input)
    }

    pub(crate) fn new(path: &Path, mut raw: impl BufRead + Send + 'static) -> Result<Input, ReadError> {
        let magic = take_head(&mut raw, MAGIC_BYTES).map_err(|source| ReadError::reading(path, None, source))?;
        let compression = compression_of(&magic);
        let whole = Cursor::new(magic).chain(raw);
        let mut rest: Box<dyn BufRead + Send> = match compression {
            Some(GZIP) => Box::new(BufReader::new(MultiGzDecoder::new(whole))),
            Some(ZSTD) => Box::new(BufReader::new(ZstdDecoder::new(whole))),
            Some(BZIP2) => Box::new(BufReader::new(MultiBzDecoder::new(whole))),
            Some(_) => Box::new(BufReader::new(XzReader::new(whole, true))),
            None => Box::new(whole),
        };
        let failure = |source| ReadError::reading(path, compression, source);
        let mut head = take_head(&mut rest, HEAD_BYTES).map_err(failure)?;
        let notes = Notes::default();
        let teller = Teller { path: path.to_owned(), notes: notes.clone() };
        if let Some(order) = Order::of(&head).or_else(|| Order::without_mark(&head)) {
            if Order::of(&head).is_none() {
                teller.decoded("UTF-16", true);
            }
            rest = Box::new(BufReader::new(Utf16Reader::new(Cursor::new(head).chain(rest), order)));
            head = take_head(&mut rest, HEAD_BYTES).map_err(failure)?;
        } else if let Some(encoding) = named(&head) {
            teller.decoded(encoding.name(), false);
            rest = Box::new(Decoded::new(Cursor::new(head).chain(rest), encoding));
            head = declared_as_utf8(take_head(&mut rest, HEAD_BYTES).map_err(failure)?);
        } else if is_text_without_own_encoding(&head) {
            rest = Box::new(Guessing::new(Cursor::new(head).chain(rest), teller));
            head = take_head(&mut rest, HEAD_BYTES).map_err(failure)?;
        }
        if ends_lines_with_returns(&head) {
            rest = Box::new(BufReader::new(CarriageReturns(Cursor::new(head).chain(rest))));
            head = take_head(&mut rest, HEAD_BYTES).map_err(failure)?;
        }
        Ok(Input { path: path.to_owned(), compression, head, rest, file: None, notes })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The first [`HEAD_BYTES`] of the data, or all of it.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The data as a file from its beginning, for formats that are read from their end. Data that came compressed or through
    /// a pipe is written to a file without a name first.
    pub(crate) fn into_file(self) -> Result<File, ReadError> {
        let path = self.path.clone();
        let failure = |source| ReadError::reading(&path, None, source);
        if let Some(mut file) = self.file {
            file.rewind().map_err(failure)?;
            return Ok(file);
        }
        let compression = self.compression;
        let mut data = Cursor::new(self.head).chain(self.rest).take(MOST_SPOOLED);
        let scratch = |source| ReadError::Scratch { folder: std::env::temp_dir(), source };
        let mut file = tempfile::tempfile().map_err(scratch)?;
        let mut buffer = vec![0; HEAD_BYTES];
        loop {
            let length = data.read(&mut buffer).map_err(|source| ReadError::reading(&path, compression, source))?;
            if length == 0 {
                break;
            }
            file.write_all(&buffer[..length]).map_err(scratch)?;
        }
        file.rewind().map_err(scratch)?;
        Ok(file)
    }

    /// Where notes about the input are left.
    pub(crate) fn notes(&self) -> Notes {
        self.notes.clone()
    }

    /// All of the data.
    pub(crate) fn into_bytes(self) -> Bytes {
        let reader = Box::new(Cursor::new(self.head).chain(self.rest));
        Bytes { path: self.path, compression: self.compression, reader }
    }

    /// All of the data, line by line.
    pub(crate) fn into_lines(self) -> Lines {
        Lines::new(self.path, self.compression, Cursor::new(self.head).chain(self.rest))
    }
}

/// The data of an input, with its path and compression for errors.
pub(crate) struct Bytes {
    pub(crate) path: PathBuf,
    pub(crate) compression: Option<&'static str>,
    pub(crate) reader: Box<dyn BufRead + Send>,
}

impl Bytes {
    pub(crate) fn failure(&self, source: io::Error) -> ReadError {
        ReadError::reading(&self.path, self.compression, source)
    }
}

const GZIP: &str = "gzip";
const ZSTD: &str = "zstd";
const BZIP2: &str = "bzip2";
const XZ: &str = "xz";

/// Bytes that tell the compression.
const MAGIC_BYTES: usize = 6;

/// The most bytes that are written to a file without a name.
const MOST_SPOOLED: u64 = 64 << 30;

fn compression_of(magic: &[u8]) -> Option<&'static str> {
    match magic {
        [0x1f, 0x8b, ..] => Some(GZIP),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(ZSTD),
        // A frame that decoders pass over; `pzstd` puts one in front.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(ZSTD),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, 0x41 | 0x72] => Some(BZIP2),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Some(XZ),
        _ => None,
    }
}

/// Whether the data is text whose encoding nothing tells. JSON is UTF-8, and so is XML without a declaration.
fn is_text_without_own_encoding(head: &[u8]) -> bool {
    // Control characters that no text has, such as those at the beginning of a pickle.
    let has_control = |start: &[u8]| start.iter().any(|&byte| (1..b'\t').contains(&byte));
    let is_binary = head.contains(&0) || head.starts_with(b"PAR1") || head.starts_with(b"%PDF");
    let is_binary = is_binary || has_control(&head[..head.len().min(16)]);
    !is_binary && !matches!(head.trim_ascii_start(), [b'<' | b'{' | b'[', ..])
}

/// Reads up to `most` bytes; fewer only at the end of the data. A pipe may hand out one byte at a time.
fn take_head(reader: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    reader.take(most as u64).read_to_end(&mut head)?;
    Ok(head)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use proptest::sample;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    fn lines(bytes: Vec<u8>) -> Result<Vec<String>, ReadError> {
        let mut lines = Input::new(Path::new("x"), Cursor::new(bytes))?.into_lines();
        let mut all = Vec::new();
        while let Some(line) = lines.next() {
            all.push(String::from_utf8_lossy(line?.1).into_owned());
        }
        Ok(all)
    }

    fn bzip2(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// `one\ntwo\n`, as the `xz` of XZ Utils 5 writes it.
    const XZ_BYTES: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3\x01\x00\x07\x6f\x6e\x65\x0a\x74\x77\x6f\x0a\x00\x51\xab\x9e\xaf\x57\x75\x70\x49\x00\x01\x20\x08\xbb\x19\xd9\xbb\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";

    #[test]
    fn compressed_and_plain_bytes_read_the_same() {
        let all =
            [b"one\ntwo\n".to_vec(), gzip(b"one\ntwo\n"), zstd(b"one\ntwo\n"), bzip2(b"one\ntwo\n"), XZ_BYTES.to_vec()];
        for bytes in all {
            assert_eq!(lines(bytes).unwrap(), ["one", "two"]);
        }
    }

    #[test]
    fn all_pieces_of_a_compressed_file_are_read() {
        assert_eq!(lines([gzip(b"one\nt"), gzip(b"wo\n")].concat()).unwrap(), ["one", "two"]);
        assert_eq!(lines([bzip2(b"one\nt"), bzip2(b"wo\n")].concat()).unwrap(), ["one", "two"]);
        assert_eq!(lines([XZ_BYTES, XZ_BYTES].concat()).unwrap(), ["one", "two", "one", "two"]);
        let skippable = [0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9];
        let frames = [&skippable[..], &zstd(b"one\nt"), &skippable, &zstd(b"wo\n"), &skippable].concat();
        assert_eq!(lines(frames).unwrap(), ["one", "two"]);
    }

    #[test]
    fn a_pipe_that_hands_out_single_bytes_loses_none() {
        struct Drip(Cursor<Vec<u8>>);
        impl Read for Drip {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let one = buffer.len().min(1);
                self.0.read(&mut buffer[..one])
            }
        }
        let text = "a line\n".repeat(20_000);
        let input = Input::new(Path::new("-"), BufReader::with_capacity(1, Drip(Cursor::new(gzip(text.as_bytes())))));
        let mut lines = input.unwrap().into_lines();
        assert_eq!(std::iter::from_fn(|| lines.next().map(|line| line.unwrap().0)).count(), 20_000);
    }

    #[test]
    fn every_cut_of_compressed_data_is_an_error() {
        let text = "some words that repeat, some words that do not: 1847, 2291\n".repeat(9);
        for whole in [gzip(text.as_bytes()), zstd(text.as_bytes()), bzip2(text.as_bytes())] {
            for end in 7..whole.len() {
                let error = lines(whole[..end].to_vec()).unwrap_err();
                assert!(matches!(error, ReadError::Damaged { .. }), "cut at {end}: {error:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_behind_a_magic_number_make_it_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            magic in sample::select(vec![vec![0x1f, 0x8b, 8, 0], vec![0x28, 0xb5, 0x2f, 0xfd], vec![]]),
        ) {
            let _ = lines([magic, bytes].concat());
        }

        #[test]
        fn damage_inside_zstd_data_never_panics(at in 4usize..400, flip in 1u8..=255) {
            let mut bytes = zstd("water moves, the moon pulls; 1, 2, 3\n".repeat(30).as_bytes());
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let _ = lines(bytes);
        }
    }
}
