//! Text of other encodings turned into UTF-8.
//!
//! | what a file tells                                             | it is read as                     |
//! |---------------------------------------------------------------|-----------------------------------|
//! | its encoding: `% Encoding: windows-1252`, an XML declaration  | that                              |
//! | every second byte is zero                                     | UTF-16                            |
//! | the first bytes beyond ASCII are not UTF-8, and none is       | Windows-1252                      |
//! | anything else; JSON, whose standard says so                   | UTF-8                             |
//!
//! The bytes beyond ASCII are looked at where the first of them stands, however far behind the beginning that is, and in as
//! many bytes as the beginning has. A file in which some characters are UTF-8 and others are not is UTF-8: the readers name
//! the records that hold the others. So nothing is read twice, and no more than these bytes are kept.
//!
//! Cost: [`WINDOW`] bytes, and one buffer.

use std::io::{self, BufRead, Read};
use std::path::PathBuf;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, WINDOWS_1252};

use crate::notes::{Note, Notes};

/// Bytes from which an encoding is guessed.
const WINDOW: usize = 64 << 10;

/// Bytes that Windows-1252 has no character for.
const UNDEFINED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// A letter that begins no word in any language that people write in Windows-1252, but is the mark of other files.
const RARE: [u8; 1] = [0xff];

/// Lines at the beginning of a file that may name its encoding.
const LINES: usize = 4;

/// The encoding that a file of text names in its first lines, if it is not UTF-8 and the file does not belie it.
pub(super) fn named(head: &[u8]) -> Option<&'static Encoding> {
    if head.contains(&0) || (!head.is_ascii() && std::str::from_utf8(whole(head)).is_ok()) {
        return None;
    }
    let text = head.split(|&byte| byte == b'\n').take(LINES).map(String::from_utf8_lossy);
    let label = text.into_iter().find_map(|line| match line.trim_start().starts_with("<?xml") {
        true => of_declaration(&line),
        false => of_comment(&line),
    })?;
    let label = match label.to_ascii_lowercase().as_str() {
        // Names that Java has for them.
        "macroman" | "x-macroman" => "macintosh".to_owned(),
        other => other.replace('_', "-").replace("latin-", "latin"),
    };
    let bare = label.strip_prefix("iso8859").map(|number| format!("iso-8859{number}"));
    let encoding = Encoding::for_label(bare.as_deref().unwrap_or(&label).as_bytes())?;
    // A file that is named UTF-16 in bytes of one each is not.
    (encoding != UTF_8 && encoding.output_encoding() == encoding).then_some(encoding)
}

/// The label in `<?xml version="1.0" encoding="koi8-r"?>`. The XML readers know Latin-1 themselves.
fn of_declaration(line: &str) -> Option<String> {
    let declaration = line.split("?>").next()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = value[1..].split(quote).next()?;
    let is_latin =
        matches!(label.to_ascii_lowercase().as_str(), "iso-8859-1" | "iso_8859-1" | "iso8859-1" | "latin1" | "latin-1");
    (!is_latin).then(|| label.to_owned())
}

/// The label in `% Encoding: windows-1252`, as JabRef writes it, and in `-*- coding: latin-1 -*-`, as editors read it.
fn of_comment(line: &str) -> Option<String> {
    let lower = line.to_ascii_lowercase();
    let behind = lower.split_once("coding:").filter(|(front, _)| {
        let bare = front.trim_end_matches("en").trim();
        bare.is_empty() || bare.starts_with(['%', '#', ';', '@'])
    });
    let label = behind?.1.trim_start();
    let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))).unwrap_or(label.len());
    (end > 0).then(|| label[..end].to_owned())
}

/// The beginning of decoded XML, with a declaration that says what it is now.
pub(super) fn declared_as_utf8(head: Vec<u8>) -> Vec<u8> {
    let Some(end) = head.windows(2).position(|pair| pair == b"?>") else { return head };
    let is_declaration = head.trim_ascii_start().starts_with(b"<?xml");
    match std::str::from_utf8(&head[..end])
        .ok()
        .filter(|_| is_declaration)
        .and_then(|text| Some((text, of_declaration(text)?)))
    {
        Some((text, label)) => [text.replacen(&label, "UTF-8", 1).as_bytes(), &head[end..]].concat(),
        None => head,
    }
}

/// Bytes without the beginning of a character at their end.
fn whole(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
        _ => bytes,
    }
}

/// Whether bytes are text of Windows-1252: something in them is not UTF-8, and no character beyond ASCII is.
fn are_windows(bytes: &[u8]) -> bool {
    let chunks = whole(bytes).utf8_chunks();
    let mut is_bad = false;
    for chunk in chunks {
        let is_alone = !chunk.valid().ends_with(|c: char| c.is_ascii_alphabetic());
        let is_no_letter = |byte: &u8| UNDEFINED.contains(byte) || (is_alone && RARE.contains(byte));
        if !chunk.valid().is_ascii() || chunk.invalid().iter().any(is_no_letter) {
            return false;
        }
        is_bad |= !chunk.invalid().is_empty();
    }
    is_bad
}

/// Where notes about an input go.
#[derive(Debug, Clone)]
pub(super) struct Teller {
    pub(super) path: PathBuf,
    pub(super) notes: Notes,
}

impl Teller {
    pub(super) fn decoded(&self, encoding: &'static str, is_guess: bool) {
        self.notes.add(Note::Decoded { path: self.path.clone(), encoding, is_guess });
    }
}

/// A reader that guesses the encoding where the first byte beyond ASCII stands.
pub(super) struct Guessing<R> {
    inner: R,
    teller: Teller,
    state: State,
}

enum State {
    /// Only ASCII so far. Of the inner reader's buffer so many bytes are known to be that.
    Ascii,
    /// UTF-8, after the bytes that were looked at.
    Utf8 { window: Vec<u8>, at: usize },
    /// Another encoding.
    Other(Decoding),
}

impl<R: BufRead> Guessing<R> {
    pub(super) fn new(inner: R, teller: Teller) -> Guessing<R> {
        Guessing { inner, teller, state: State::Ascii }
    }

    fn guess(&mut self) -> io::Result<()> {
        let mut window = Vec::new();
        (&mut self.inner).take(WINDOW as u64).read_to_end(&mut window)?;
        self.state = match are_windows(&window) {
            true => {
                self.teller.decoded(WINDOWS_1252.name(), true);
                State::Other(Decoding::new(WINDOWS_1252, window))
            }
            false => State::Utf8 { window, at: 0 },
        };
        Ok(())
    }
}

impl<R: BufRead> BufRead for Guessing<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if matches!(self.state, State::Ascii) {
            let ascii = self.inner.fill_buf()?;
            let is_next_beyond = ascii.first().is_some_and(|byte| !byte.is_ascii());
            if is_next_beyond {
                self.guess()?;
            }
        }
        match &mut self.state {
            State::Ascii => {
                let bytes = self.inner.fill_buf()?;
                let end = if bytes.is_ascii() { None } else { bytes.iter().position(|byte| !byte.is_ascii()) };
                Ok(&bytes[..end.unwrap_or(bytes.len())])
            }
            State::Utf8 { window, at } if *at < window.len() => Ok(&window[*at..]),
            State::Utf8 { .. } => self.inner.fill_buf(),
            State::Other(decoding) => decoding.fill(&mut self.inner),
        }
    }

    fn consume(&mut self, amount: usize) {
        match &mut self.state {
            State::Utf8 { window, at } if *at < window.len() => {
                *at += amount;
                if *at >= window.len() {
                    (*window, *at) = (Vec::new(), 0);
                }
            }
            State::Ascii | State::Utf8 { .. } => self.inner.consume(amount),
            State::Other(decoding) => decoding.at += amount,
        }
    }
}

impl<R: BufRead> Read for Guessing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

/// A reader of a known encoding that hands out UTF-8.
pub(super) struct Decoded<R> {
    inner: R,
    decoding: Decoding,
}

impl<R: BufRead> Decoded<R> {
    pub(super) fn new(inner: R, encoding: &'static Encoding) -> Decoded<R> {
        Decoded { inner, decoding: Decoding::new(encoding, Vec::new()) }
    }
}

impl<R: BufRead> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.decoding.fill(&mut self.inner)
    }

    fn consume(&mut self, amount: usize) {
        self.decoding.at += amount;
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

/// Bytes of another encoding on their way to UTF-8.
struct Decoding {
    decoder: Decoder,
    /// Bytes that come before those of the inner reader.
    ahead: Vec<u8>,
    ready: String,
    at: usize,
    ended: bool,
}

impl Decoding {
    fn new(encoding: &'static Encoding, ahead: Vec<u8>) -> Decoding {
        let decoder = encoding.new_decoder_without_bom_handling();
        Decoding { decoder, ahead, ready: String::with_capacity(4 * 8192), at: 0, ended: false }
    }

    /// The text that was not consumed; more of it if there is none.
    fn fill(&mut self, inner: &mut impl BufRead) -> io::Result<&[u8]> {
        while self.at >= self.ready.len() && !self.ended {
            self.ready.clear();
            self.at = 0;
            let (read, is_ahead) = if self.ahead.is_empty() {
                let bytes = inner.fill_buf()?;
                self.ended = bytes.is_empty();
                let (result, read, _) = self.decoder.decode_to_string(bytes, &mut self.ready, self.ended);
                self.ended &= result == CoderResult::InputEmpty;
                (read, false)
            } else {
                let (_, read, _) = self.decoder.decode_to_string(&self.ahead, &mut self.ready, false);
                (read, true)
            };
            match is_ahead {
                true => drop(self.ahead.drain(..read)),
                false => inner.consume(read),
            }
        }
        Ok(&self.ready.as_bytes()[self.at..])
    }
}

/// A reader that ends lines with `\n` where a file ends them with `\r` alone, as old programs on Macs did.
pub(super) struct CarriageReturns<R>(pub(super) R);

impl<R: Read> Read for CarriageReturns<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read(buffer)?;
        buffer[..length].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
        Ok(length)
    }
}

/// Whether lines end with `\r` alone.
pub(super) fn ends_lines_with_returns(head: &[u8]) -> bool {
    head.contains(&b'\r') && !head.contains(&b'\n') && !head.contains(&0)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], buffer: usize) -> (Vec<u8>, Vec<Note>) {
        let notes = Notes::default();
        let teller = Teller { path: "x".into(), notes: notes.clone() };
        let mut guessing = Guessing::new(BufReader::with_capacity(buffer, bytes), teller);
        let mut read = Vec::new();
        guessing.read_to_end(&mut read).unwrap();
        (read, notes.take())
    }

    #[test]
    fn text_of_windows_is_decoded_wherever_it_begins() {
        let front = "a line\n".repeat(30_000);
        let bytes = [front.as_bytes(), b"caf\xe9 \x93quoted\x94\n", front.as_bytes(), b"na\xefve"].concat();
        let (text, notes) = read(&bytes, 8192);
        assert_eq!(String::from_utf8(text).unwrap(), format!("{front}café “quoted”\n{front}naïve"));
        assert_eq!(notes, [Note::Decoded { path: "x".into(), encoding: "windows-1252", is_guess: true }]);
    }

    #[test]
    fn a_file_of_utf8_with_damage_stays_as_it_is() {
        for bytes in ["naïve café\n".as_bytes(), b"na\xc3\xafve caf\xe9\n", b"a\x81b\n", b"plain", b""] {
            let (read, notes) = read(bytes, 4);
            assert_eq!((read.as_slice(), notes), (bytes, vec![]), "{bytes:?}");
        }
    }

    #[test]
    fn an_encoding_is_named_in_the_first_lines() {
        let name = |head: &[u8]| named(head).map(Encoding::name);
        assert_eq!(name(b"% Encoding: windows-1252\n\n@misc{a, x = {\xe9}}"), Some("windows-1252"));
        assert_eq!(name(b"This file was created with JabRef 2.\nEncoding: Cp1252\n"), Some("windows-1252"));
        assert_eq!(name(b"% Encoding: ISO8859_2\n"), Some("ISO-8859-2"));
        assert_eq!(name(b"# -*- coding: latin-1 -*-\n"), Some("windows-1252"));
        assert_eq!(name(b"<?xml version='1.0' encoding='KOI8-R'?><a/>"), Some("KOI8-R"));
        for head in [
            &b"% Encoding: UTF-8\n"[..],
            b"% Encoding: windows-1252\nna\xc3\xafve",
            b"<?xml version='1.0' encoding='ISO-8859-1'?>",
            b"On the coding: of seas",
            b"% Encoding: UTF-16LE\n",
            b"",
        ] {
            assert_eq!(name(head), None, "{head:?}");
        }
        let declared = declared_as_utf8(b"<?xml version=\"1.0\" encoding=\"KOI8-R\"?><a/>".to_vec());
        assert_eq!(declared, b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>");
    }

    proptest! {
        #[test]
        fn utf8_comes_back_unchanged(text in "(\\PC|é|\n){0,60}", buffer in 1usize..9) {
            let (read, notes) = read(text.as_bytes(), buffer);
            prop_assert_eq!(read, text.into_bytes());
            prop_assert_eq!(notes, vec![]);
        }

        #[test]
        fn every_named_encoding_is_decoded_whole(text in "[а-яa-z \n]{0,60}", buffer in 1usize..9) {
            let koi8 = encoding_rs::KOI8_R;
            let (bytes, _, _) = koi8.encode(&text);
            let mut read = String::new();
            Decoded::new(BufReader::with_capacity(buffer, &bytes[..]), koi8).read_to_string(&mut read).unwrap();
            prop_assert_eq!(read, text);
        }
    }
}
