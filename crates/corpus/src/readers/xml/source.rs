//! The bytes of a file on their way into the XML parser.
//!
//! Three tasks are done here, because the parser cannot or should not:
//!
//! - Bytes become UTF-8. ISO 8859-1 is converted. Bytes that are not valid UTF-8 become `�`, and the first such byte is
//!   remembered with its line, so that it makes its own record malformed and no other.
//! - Lines are counted.
//! - The parser collects a tag, a comment or a run of text whole before it hands it out. [`LONGEST`] bounds the bytes
//!   that it gets for one of them, since a file need not hold a single `>`.
//!
//! Cost: one buffer.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use crate::error::Mismatch;

/// The most bytes of one tag, comment or run of text.
pub(super) const LONGEST: usize = 64 << 20;

/// The encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// UTF-8, which includes ASCII.
    Utf8,
    /// ISO 8859-1: every byte is the character of its number.
    Latin1,
}

impl Encoding {
    /// The encoding with a name; `None` for an encoding that is not read.
    pub(super) fn named(name: &str) -> Option<Encoding> {
        match name.trim().to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "us-ascii" | "ascii" => Some(Encoding::Utf8),
            "iso-8859-1" | "iso_8859-1" | "iso8859-1" | "latin1" | "latin-1" => Some(Encoding::Latin1),
            _ => None,
        }
    }
}

/// A reader that gives UTF-8, counts lines, and bounds the bytes that the parser gets at a time.
pub(super) struct Source<R> {
    inner: R,
    encoding: Encoding,
    /// UTF-8; the bytes from `from` on have not been consumed.
    buffer: Vec<u8>,
    from: usize,
    /// The beginning of a character whose other bytes have not been read.
    cut_off: Vec<u8>,
    ended: bool,
    line: u64,
    /// The line at byte `counted` of `buffer`, from which the lines of damage are counted.
    last_line: u64,
    counted: usize,
    /// How many bytes were consumed.
    position: u64,
    /// The bytes that were replaced by `�`, at most one a line.
    damage: VecDeque<Damage>,
    /// Bytes that the parser may still get for the current tag or text.
    allowed: usize,
}

/// A byte that is not UTF-8.
struct Damage {
    position: u64,
    line: u64,
    byte: u8,
}

impl<R: BufRead> Source<R> {
    pub(super) fn new(inner: R, encoding: Encoding) -> Source<R> {
        Source {
            inner,
            encoding,
            buffer: Vec::new(),
            from: 0,
            cut_off: Vec::new(),
            ended: false,
            line: 1,
            last_line: 1,
            counted: 0,
            position: 0,
            damage: VecDeque::new(),
            allowed: LONGEST,
        }
    }

    /// Restores the parser's allowance. Called before each tag or text.
    pub(super) fn allow(&mut self) {
        self.allowed = LONGEST;
    }

    /// Whether the parser has used up its allowance.
    pub(super) fn is_exhausted(&self) -> bool {
        self.allowed == 0
    }

    /// The line of the next byte, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The first byte up to here that is not UTF-8. Forgets all such bytes up to here.
    pub(super) fn take_damage(&mut self) -> Option<(u64, Mismatch)> {
        let reached = self.damage.partition_point(|damage| damage.position < self.position);
        let first = self.damage.drain(..reached).next()?;
        Some((first.line, Mismatch::new("UTF-8 text", format!("the byte 0x{:02x}", first.byte))))
    }

    fn refill(&mut self) -> io::Result<()> {
        self.buffer.clear();
        (self.from, self.counted) = (0, 0);
        while self.buffer.is_empty() && !self.ended {
            let available = match self.inner.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let read = available.len();
            self.ended = read == 0;
            match self.encoding {
                Encoding::Latin1 => {
                    let text: String = available.iter().map(|&byte| char::from(byte)).collect();
                    self.buffer.extend_from_slice(text.as_bytes());
                }
                Encoding::Utf8 if self.cut_off.is_empty() && std::str::from_utf8(available).is_ok() => {
                    self.buffer.extend_from_slice(available);
                }
                Encoding::Utf8 => {
                    let mut bytes = std::mem::take(&mut self.cut_off);
                    bytes.extend_from_slice(available);
                    self.take_over(&bytes);
                }
            }
            self.inner.consume(read);
            self.last_line += newlines(&self.buffer[self.counted..]);
            self.counted = self.buffer.len();
        }
        Ok(())
    }

    /// Puts bytes into the buffer, with `�` in place of those that are not UTF-8.
    fn take_over(&mut self, mut bytes: &[u8]) {
        loop {
            match std::str::from_utf8(bytes) {
                Ok(_) => return self.buffer.extend_from_slice(bytes),
                Err(error) => {
                    let (valid, rest) = bytes.split_at(error.valid_up_to());
                    self.buffer.extend_from_slice(valid);
                    // Without a length, the character may continue in the next bytes.
                    let length = match error.error_len() {
                        Some(length) => length,
                        None if self.ended => rest.len(),
                        None => return self.cut_off.extend_from_slice(rest),
                    };
                    self.note_damage(rest[0]);
                    self.buffer.extend_from_slice("\u{fffd}".as_bytes());
                    bytes = &rest[length..];
                }
            }
        }
    }
}

impl<R> Source<R> {
    /// Remembers a damaged byte that belongs at the end of the buffer.
    fn note_damage(&mut self, byte: u8) {
        let line = self.last_line + newlines(&self.buffer[self.counted..]);
        self.counted = self.buffer.len();
        self.last_line = line;
        // `from` is 0 while the buffer is filled, so the buffer begins at `position`.
        let position = self.position + self.buffer.len() as u64;
        if self.damage.back().is_none_or(|last| last.line < line) {
            self.damage.push_back(Damage { position, line, byte });
        }
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

impl<R: BufRead> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.from == self.buffer.len() {
            self.refill()?;
        }
        let rest = &self.buffer[self.from..];
        if self.allowed == 0 && !rest.is_empty() {
            return Err(io::Error::other("more than is allowed in one piece"));
        }
        Ok(&rest[..rest.len().min(self.allowed)])
    }

    fn consume(&mut self, amount: usize) {
        let end = (self.from + amount).min(self.buffer.len());
        self.line += newlines(&self.buffer[self.from..end]);
        self.position += (end - self.from) as u64;
        self.from = end;
        self.allowed = self.allowed.saturating_sub(amount);
    }
}

impl<R: BufRead> Read for Source<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(into.len());
        into[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn source(bytes: &[u8], encoding: Encoding) -> Source<BufReader<&[u8]>> {
        // The buffer is so small that every character is cut.
        Source::new(BufReader::with_capacity(3, bytes), encoding)
    }

    fn text(source: &mut Source<BufReader<&[u8]>>) -> String {
        let mut text = String::new();
        source.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn characters_are_whole_wherever_they_are_cut() {
        let mut whole = source("naïve – 潮汐 🌊".as_bytes(), Encoding::Utf8);
        assert_eq!(text(&mut whole), "naïve – 潮汐 🌊");
        assert_eq!(whole.take_damage(), None);
    }

    #[test]
    fn every_byte_of_latin_1_is_a_character() {
        assert_eq!(text(&mut source(b"na\xefve caf\xe9", Encoding::Latin1)), "naïve café");
    }

    #[test]
    fn a_byte_that_is_no_utf8_is_named_with_its_line() {
        let mut damaged = source(b"one\ntwo\ncaf\xe9\n\xff\n", Encoding::Utf8);
        assert_eq!(text(&mut damaged), "one\ntwo\ncaf\u{fffd}\n\u{fffd}\n");
        let (line, mismatch) = damaged.take_damage().unwrap();
        assert_eq!((line, mismatch.found.as_str()), (3, "the byte 0xe9"));
        assert_eq!(damaged.take_damage(), None);

        let mut damaged = Source::new(&b"\xff\xff\n\n\xfe"[..], Encoding::Utf8);
        let mut lines = Vec::new();
        while !damaged.fill_buf().unwrap().is_empty() {
            damaged.consume(1);
            lines.extend(damaged.take_damage().map(|(line, _)| line));
        }
        assert_eq!(lines, [1, 3]);
    }

    #[test]
    fn damage_ahead_is_told_when_it_is_reached() {
        let mut damaged = Source::new(&b"one\ntwo \xff"[..], Encoding::Utf8);
        damaged.fill_buf().unwrap();
        assert_eq!(damaged.take_damage(), None);
        damaged.consume(8);
        assert_eq!(damaged.take_damage(), None);
        damaged.consume(3);
        assert!(damaged.take_damage().is_some());
    }

    #[test]
    fn no_more_is_given_than_is_allowed() {
        let mut endless = Source::new(io::BufReader::new(io::repeat(b'x')), Encoding::Utf8);
        let mut given = 0;
        while let Ok(bytes) = endless.fill_buf() {
            let length = bytes.len();
            given += length;
            endless.consume(length);
        }
        assert_eq!(given, LONGEST);
        assert!(endless.is_exhausted());
        endless.allow();
        assert!(endless.fill_buf().is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_come_out_as_the_standard_library_would_show_them(
            bytes in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            prop_assert_eq!(text(&mut source(&bytes, Encoding::Utf8)), String::from_utf8_lossy(&bytes));
        }
    }
}
