//! Where entries begin and end in a file, found by counting braces.
//!
//! ```text
//! whatever stands between entries, and % up to the end of a line
//! @article{tides-2011,
//!   title = {On {Tides}},
//! }
//! ```
//!
//! An entry ends where its braces are balanced. BibTeX counts all braces, also those in quotation marks and behind a
//! backslash, and so does this scanner. A line that begins like an entry begins one, even if the entry before was not
//! closed: a lost brace costs one entry and not the rest of the file. An entry that is not closed only because of a brace
//! behind a backslash, as Zotero writes it in `file = {…\{…}`, ends where its other braces are balanced.
//!
//! A line ends with a line feed, a carriage return or both.
//!
//! Cost: one entry, of at most [`LONGEST`] bytes.

use std::io::{self, BufRead};

use crate::error::Mismatch;
use crate::lines::utf8;

/// The longest entry, in bytes.
pub(super) const LONGEST: usize = 4 << 20;

/// The longest word behind `@`.
const LONGEST_KIND: usize = 64;

/// An entry as it stands in the file.
#[derive(Debug, PartialEq)]
pub(super) struct Scanned {
    /// `article` and the like, in lower case.
    pub(super) kind: String,
    /// The text between the braces.
    pub(super) body: String,
    /// The line it begins on.
    pub(super) line: u64,
    /// The line its body begins on.
    pub(super) body_line: u64,
    /// The braces that are balanced.
    pub(super) braces: Braces,
}

/// The braces that were counted to find the end of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Braces {
    All,
    /// All but those behind a backslash.
    Unescaped,
}

/// The number of ends of lines.
pub(super) fn newlines(text: &[u8]) -> u64 {
    let mut count = 0;
    for (at, &byte) in text.iter().enumerate() {
        count += u64::from(byte == b'\n' || (byte == b'\r' && text.get(at + 1) != Some(&b'\n')));
    }
    count
}

/// An entry, or the line and the reason why it is malformed.
pub(super) type Outcome = Result<Scanned, (u64, Mismatch)>;

pub(super) struct Scanner {
    reader: Box<dyn BufRead + Send>,
    /// Bytes that were read; those from `at` on have not been used.
    ahead: Vec<u8>,
    at: usize,
    ended: bool,
    line: u64,
}

impl Scanner {
    pub(super) fn new(reader: Box<dyn BufRead + Send>) -> Scanner {
        Scanner { reader, ahead: Vec::new(), at: 0, ended: false, line: 1 }
    }

    /// The next entry; `None` at the end of the file.
    pub(super) fn next(&mut self) -> io::Result<Option<Outcome>> {
        while let Some(byte) = self.take()? {
            match byte {
                b'%' => while self.take()?.is_some_and(|byte| byte != b'\n' && byte != b'\r') {},
                b'@' => {
                    if let Some((kind, length)) = self.opening()? {
                        let line = self.line;
                        let mut bracket = b'{';
                        for _ in 0..length {
                            bracket = self.take()?.unwrap_or(bracket);
                        }
                        return self.entry(kind, bracket, line).map(Some);
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn entry(&mut self, kind: String, bracket: u8, line: u64) -> io::Result<Outcome> {
        let expected = if bracket == b'(' { "`)` to end the entry" } else { "`}` to end the entry" };
        let body_line = self.line;
        let mut body = Vec::new();
        let (mut depth, mut length) = (0_usize, 0_usize);
        let mut unescaped = Unescaped::default();
        let (mut is_line_blank, mut is_quoted) = (false, false);
        let unclosed = loop {
            if is_line_blank && self.peek()? == Some(b'@') && self.next_begins()? {
                break Some(format!("the next entry, on line {}", self.line));
            }
            if !is_line_blank {
                let plain = self.plain();
                if !plain.is_empty() {
                    body.extend_from_slice(&plain[..plain.len().min(LONGEST.saturating_sub(length))]);
                    let count = plain.len();
                    length = length.saturating_add(count);
                    unescaped.is_escaped = false;
                    self.at += count;
                }
            }
            let Some(byte) = self.take()? else {
                break Some("the end of the file".to_owned());
            };
            match byte {
                b'{' => depth += 1,
                b'}' if depth == 0 && bracket == b'{' => break None,
                b')' if depth == 0 && bracket == b'(' && !is_quoted => break None,
                b'}' => depth = depth.saturating_sub(1),
                b'"' if depth == 0 => is_quoted = !is_quoted,
                _ => {}
            }
            unescaped.count(byte, length);
            is_line_blank = matches!(byte, b'\n' | b'\r') || (is_line_blank && byte.is_ascii_whitespace());
            length = length.saturating_add(1);
            if length <= LONGEST {
                body.push(byte);
            }
        };
        let braces = match (unclosed, unescaped.end) {
            (None, _) => Braces::All,
            (Some(_), Some(end)) if bracket == b'{' => {
                body.truncate(end);
                length = end;
                Braces::Unescaped
            }
            (Some(found), _) => return Ok(Err((line, Mismatch::new(expected, found)))),
        };
        if length > LONGEST {
            let expected = format!("an entry of at most {LONGEST} bytes");
            return Ok(Err((line, Mismatch::new(expected, format!("one of {length}")))));
        }
        Ok(match utf8(&body) {
            Ok(text) => Ok(Scanned { kind, body: text.to_owned(), line, body_line, braces }),
            Err(_) => Err(not_utf8(&body, body_line)),
        })
    }

    /// What was read ahead up to the next byte that may end a line, a value or an entry.
    fn plain(&self) -> &[u8] {
        let ahead = &self.ahead[self.at..];
        let is_sign = |byte: &u8| matches!(byte, b'{' | b'}' | b')' | b'"' | b'\\' | b'\n' | b'\r');
        &ahead[..ahead.iter().position(is_sign).unwrap_or(ahead.len())]
    }

    /// Whether an entry begins at the `@` that comes next.
    fn next_begins(&mut self) -> io::Result<bool> {
        self.at += 1;
        let opening = self.opening();
        self.at -= 1;
        Ok(opening?.is_some())
    }

    /// The kind of the entry that begins behind an `@`, and the bytes up to and including its bracket.
    fn opening(&mut self) -> io::Result<Option<(String, usize)>> {
        // White space between the word and the bracket is rare and short.
        self.look_ahead(2 * LONGEST_KIND)?;
        let ahead = &self.ahead[self.at..];
        let letters = ahead.iter().take(LONGEST_KIND).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let spaces = ahead[letters..].iter().take(LONGEST_KIND).take_while(|byte| byte.is_ascii_whitespace()).count();
        let has_bracket = matches!(ahead.get(letters + spaces), Some(b'{' | b'('));
        let kind = String::from_utf8_lossy(&ahead[..letters]).to_ascii_lowercase();
        Ok((letters > 0 && has_bracket).then_some((kind, letters + spaces + 1)))
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        self.look_ahead(1)?;
        Ok(self.ahead.get(self.at).copied())
    }

    fn take(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.ahead.len() {
            self.look_ahead(1)?;
        }
        let Some(&byte) = self.ahead.get(self.at) else {
            return Ok(None);
        };
        self.at += 1;
        // The carriage return in front of a line feed is part of the same end.
        self.line += u64::from(byte == b'\n' || (byte == b'\r' && self.peek()? != Some(b'\n')));
        Ok(Some(byte))
    }

    /// Reads until `count` bytes are ahead, or the file ends. Keeps the byte that was taken last.
    fn look_ahead(&mut self, count: usize) -> io::Result<()> {
        while self.ahead.len() - self.at < count && !self.ended {
            let available = match self.reader.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let length = available.len();
            self.ended = length == 0;
            let kept = self.at.saturating_sub(1);
            self.ahead.drain(..kept);
            self.at -= kept;
            self.ahead.extend_from_slice(available);
            self.reader.consume(length);
        }
        Ok(())
    }
}

/// Where an entry ends if braces behind a backslash do not count.
#[derive(Default)]
struct Unescaped {
    depth: usize,
    is_escaped: bool,
    /// The length of the body.
    end: Option<usize>,
}

impl Unescaped {
    fn count(&mut self, byte: u8, at: usize) {
        let is_escaped = self.is_escaped;
        self.is_escaped = byte == b'\\' && !is_escaped;
        match byte {
            _ if is_escaped => {}
            b'{' => self.depth += 1,
            b'}' if self.depth == 0 => self.end = self.end.or(Some(at)),
            b'}' => self.depth -= 1,
            _ => {}
        }
    }
}

/// Names the first byte that is not UTF-8, by its own line.
fn not_utf8(body: &[u8], body_line: u64) -> (u64, Mismatch) {
    let valid = body.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let line = body_line + newlines(&body[..valid]);
    let byte = body.get(valid).copied().unwrap_or_default();
    (line, Mismatch::new("UTF-8 text", format!("the byte 0x{byte:02x}")))
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use proptest::prelude::*;

    use super::*;

    fn scan(text: impl AsRef<[u8]>) -> Vec<Outcome> {
        // The buffer is so small that everything is cut.
        scan_by(2, text)
    }

    fn scan_by(size: usize, text: impl AsRef<[u8]>) -> Vec<Outcome> {
        let reader = BufReader::with_capacity(size, Cursor::new(text.as_ref().to_vec()));
        let mut scanner = Scanner::new(Box::new(reader));
        std::iter::from_fn(|| scanner.next().unwrap()).collect()
    }

    fn bodies(text: &str) -> Vec<String> {
        let shown = |outcome: Outcome| match outcome {
            Ok(entry) => format!("{} {}: {}", entry.line, entry.kind, entry.body),
            Err((line, mismatch)) => format!("{line} expected {}, found {}", mismatch.expected, mismatch.found),
        };
        scan(text).into_iter().map(shown).collect()
    }

    #[test]
    fn entries_end_where_their_braces_are_even() {
        assert_eq!(
            bodies("@article{a, title = {On {T}ides}}\njunk @ a@b.example\n@Book (b, title = \"(x)}\"  )\n@misc\n {c}"),
            ["1 article: a, title = {On {T}ides}", "3 book: b, title = \"(x)}\"  ", "4 misc: c"]
        );
    }

    #[test]
    fn a_brace_behind_a_backslash_loses_no_entry() {
        assert_eq!(
            bodies("@misc{a, file = {On \\{Tides.pdf}, x = 1\n}\n\n@misc{b, t = {{\\{}}}\n@misc{c, file={\\{x}}"),
            ["1 misc: a, file = {On \\{Tides.pdf}, x = 1\n", "4 misc: b, t = {{\\{}}", "5 misc: c, file={\\{x}"]
        );
    }

    #[test]
    fn a_line_may_end_with_a_carriage_return() {
        assert_eq!(bodies("% x\r@misc{a,\r b=1}\r\n% y\r\n@misc{c}"), ["2 misc: a,\r b=1", "5 misc: c"]);
    }

    #[test]
    fn a_commented_line_begins_no_entry() {
        assert_eq!(bodies("% @article{a}\n%\n@article{b}"), ["3 article: b"]);
    }

    #[test]
    fn a_lost_brace_costs_one_entry() {
        assert_eq!(
            bodies("@article{a, title = {On Tides\n}\n\n  @article{b}\n@article{c, x = {"),
            [
                "1 expected `}` to end the entry, found the next entry, on line 4",
                "4 article: b",
                "5 expected `}` to end the entry, found the end of the file"
            ]
        );
    }

    #[test]
    fn an_at_sign_in_a_text_ends_nothing() {
        assert_eq!(bodies("@misc{a, x = {\n@home, b@c{d}\n}}"), ["1 misc: a, x = {\n@home, b@c{d}\n}"]);
    }

    #[test]
    fn an_entry_longer_than_any_is_passed_over() {
        let text = format!("@misc{{a{}}}\n@misc{{b}}", "x".repeat(LONGEST));
        let all = bodies(&text);
        assert_eq!(
            all,
            [
                format!("1 expected an entry of at most {LONGEST} bytes, found one of {}", LONGEST + 1),
                "2 misc: b".into()
            ]
        );
    }

    #[test]
    fn a_byte_that_is_no_utf8_is_named_by_its_own_line() {
        let all = scan(b"@misc{a,\n x = {caf\xe9}}\n@misc{b}");
        assert_eq!(all[0], Err((2, Mismatch::new("UTF-8 text", "the byte 0xe9"))));
        assert!(all[1].is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_buffers_do_not_matter(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec!["@", "misc", "{", "}", "(", ")", "\n", "%", " ", "\"", "é", "a=", ",", "\\", "\r"]), 0..60,
            ),
        ) {
            let text = pieces.concat();
            assert_eq!(scan_by(2, &text), scan_by(4096, &text));
        }
    }
}
