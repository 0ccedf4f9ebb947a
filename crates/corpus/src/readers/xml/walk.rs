//! The tags of a file in order, and recovery from tags that do not match.
//!
//! Tags are matched here rather than by the parser, which stops at the first mismatch: one lost `</title>` in a file of a
//! million papers should cost one paper.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::element::{Element, Node};
use super::source::{Encoding, LONGEST, Source};
use crate::error::{Mismatch, ReadError, shortened};
use crate::input::{Bytes, Input};
use crate::readers::entities;

/// The deepest nesting of elements.
pub(super) const DEEPEST: usize = 256;

/// The most elements and pieces of text in one record.
pub(super) const MOST_NODES: usize = 1 << 20;

/// The longest name of an element, in bytes.
const LONGEST_NAME: usize = 1024;

/// A file, walked tag by tag.
pub(super) struct Walk {
    path: PathBuf,
    compression: Option<&'static str>,
    reader: Reader<Source<Box<dyn BufRead + Send>>>,
    buffer: Vec<u8>,
    /// The elements that are open, with the lines they begin on.
    open: Vec<(Box<str>, u64)>,
    /// A start tag that was read ahead.
    pending: Option<Element>,
    /// Whether the tag just read both begins and ends its element.
    is_empty: bool,
}

/// The next part of a file.
#[derive(Debug)]
pub(super) enum Step {
    /// An element begins.
    Open(Element),
    /// The innermost open element ends.
    Close,
    /// Text, references resolved.
    Text(String),
    /// The file ends.
    End,
}

/// Why the next step failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A mistake on this line; the walk can go on behind it.
    Bad(u64, Mismatch),
    /// The file cannot be understood from this line on.
    Lost(u64, Mismatch),
    /// The file cannot be read.
    Failed(ReadError),
}

impl Trouble {
    pub(super) fn in_file(self, walk: &Walk) -> ReadError {
        match self {
            Trouble::Bad(line, mismatch) => mismatch.at(walk.path(), line),
            Trouble::Lost(line, mismatch) => mismatch.up_to_the_end(walk.path(), line),
            Trouble::Failed(error) => error,
        }
    }
}

impl Walk {
    pub(super) fn new(input: Input, encoding: Encoding) -> Walk {
        let Bytes { path, compression, reader } = input.into_bytes();
        let reader = parser(Source::new(reader, encoding));
        Walk { path, compression, reader, buffer: Vec::new(), open: Vec::new(), pending: None, is_empty: false }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The first byte up to here that is not UTF-8, and its line. Returned once.
    pub(super) fn take_damage(&mut self) -> Option<(u64, Mismatch)> {
        self.reader.get_mut().take_damage()
    }

    /// Goes to the next tag or text.
    pub(super) fn step(&mut self) -> Result<Step, Trouble> {
        if let Some(element) = self.pending.take() {
            return Ok(Step::Open(element));
        }
        if std::mem::take(&mut self.is_empty) {
            self.open.pop();
            return Ok(Step::Close);
        }
        self.buffer.clear();
        self.reader.get_mut().allow();
        let line = self.reader.get_mut().line();
        let (element, is_empty) = match self.reader.read_event_into(&mut self.buffer) {
            Ok(Event::Start(start)) => (Element::new(&start, line), false),
            Ok(Event::Empty(start)) => (Element::new(&start, line), true),
            Ok(Event::End(end)) => {
                let name = end.local_name().into_inner().to_owned();
                return self.close(&name, line);
            }
            Ok(Event::Text(text)) => return Ok(Step::Text(text.into_inner().into_owned())),
            Ok(Event::CData(text)) => return Ok(Step::Text(text.into_inner().into_owned())),
            Ok(Event::GeneralRef(name)) => return Ok(Step::Text(resolved(&name))),
            Ok(Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::DocType(_)) => {
                return Ok(Step::Text(String::new()));
            }
            Ok(Event::Eof) => return self.end(line),
            Err(error) => return Err(self.trouble(error, line)),
        };
        if element.name().len() > LONGEST_NAME || self.open.len() == DEEPEST {
            let expected =
                format!("at most {DEEPEST} elements in each other, with names of at most {LONGEST_NAME} bytes");
            return Err(Trouble::Lost(line, Mismatch::new(expected, "more")));
        }
        self.open.push((element.name().into(), line));
        self.is_empty = is_empty;
        Ok(Step::Open(element))
    }

    /// Passes over the element that began last.
    pub(super) fn skip(&mut self) -> Result<(), Trouble> {
        let outside = self.open.len().saturating_sub(1);
        while self.open.len() > outside {
            self.step()?;
        }
        Ok(())
    }

    /// Reads the element that began last with its content, except for elements that are passed over.
    ///
    /// If the element is malformed, the walk goes on behind it, or at the next element of its name.
    pub(super) fn whole(&mut self, root: Element, is_passed_over: &dyn Fn(&str) -> bool) -> Result<Element, Trouble> {
        let (name, first_line) = (root.name().to_owned(), root.line());
        let depth = self.open.len();
        let mut complaint = None;
        let (mut nodes, mut bytes) = (0_usize, 0_usize);
        let mut unfinished = vec![root];
        loop {
            let is_kept = complaint.is_none();
            match self.step() {
                Ok(Step::Open(element)) if element.name() == name => {
                    self.restart_at(element, depth);
                    let found = format!("another one, and `</{name}>` is missing");
                    return Err(Trouble::Bad(first_line, Mismatch::new(format!("one `<{name}>` to end"), found)));
                }
                Ok(Step::Open(element)) if is_passed_over(element.name()) => match self.skip() {
                    Err(Trouble::Bad(line, mismatch)) => {
                        complaint.get_or_insert(Trouble::Bad(line, mismatch));
                    }
                    skipped => skipped?,
                },
                Ok(Step::Open(element)) => {
                    nodes += 1;
                    bytes = bytes.saturating_add(element.tag_length());
                    if is_kept {
                        unfinished.push(element);
                    }
                }
                Ok(Step::Text(text)) => {
                    nodes += 1;
                    bytes = bytes.saturating_add(text.len());
                    if is_kept && let Some(last) = unfinished.last_mut() {
                        last.push_text(&text);
                    }
                }
                Ok(Step::Close) if is_kept => {
                    let finished = unfinished.pop();
                    match (finished, unfinished.last_mut()) {
                        (Some(finished), Some(around)) => around.nodes.push(Node::Element(finished)),
                        (Some(root), None) => return Ok(root),
                        (None, _) => {}
                    }
                }
                Ok(Step::Close) => {}
                // The end with an open element is an error, which was returned before.
                Ok(Step::End) => return Err(Trouble::Bad(first_line, Mismatch::new("more", "the end of the file"))),
                Err(Trouble::Bad(line, mismatch)) => {
                    complaint.get_or_insert(Trouble::Bad(line, mismatch));
                }
                Err(other) => return Err(other),
            }
            if complaint.is_none() && (nodes > MOST_NODES || bytes > LONGEST) {
                let expected = format!("a record of at most {MOST_NODES} parts and {LONGEST} bytes");
                complaint = Some(Trouble::Bad(first_line, Mismatch::new(expected, "more")));
                unfinished.clear();
            }
            if self.open.len() < depth
                && let Some(complaint) = complaint
            {
                return Err(complaint);
            }
        }
    }

    /// Handles an end tag: closes the innermost element of its name, which should be the innermost of all.
    fn close(&mut self, name: &str, line: u64) -> Result<Step, Trouble> {
        let last = self.open.last().map(|(open, line)| (open.to_string(), *line));
        match (last, self.open.iter().rposition(|(open, _)| **open == *name)) {
            (Some((open, _)), _) if open == name => {
                self.open.pop();
                Ok(Step::Close)
            }
            (Some((open, begun)), place) => {
                if let Some(place) = place {
                    self.open.truncate(place);
                    self.restart();
                }
                let (open, name) = (shortened(&open), shortened(name));
                let expected = format!("`</{open}>` for the `<{open}>` of line {begun}");
                Err(Trouble::Bad(line, Mismatch::new(expected, format!("`</{name}>`"))))
            }
            (None, _) => {
                let expected = "an end tag for an element that is open";
                Err(Trouble::Bad(line, Mismatch::new(expected, format!("`</{}>`", shortened(name)))))
            }
        }
    }

    /// Handles the end of the file, where no element should be open.
    fn end(&mut self, line: u64) -> Result<Step, Trouble> {
        let Some((name, begun)) = self.open.drain(..).next_back() else {
            return Ok(Step::End);
        };
        let name = shortened(&name);
        let expected = format!("`</{name}>` for the `<{name}>` of line {begun}");
        Err(Trouble::Bad(line, Mismatch::new(expected, "the end of the file")))
    }

    /// Goes on at a start tag that is not allowed inside the element at this depth.
    fn restart_at(&mut self, element: Element, depth: usize) {
        let opened = self.open.pop();
        self.open.truncate(depth.saturating_sub(1));
        self.open.extend(opened);
        self.pending = Some(element);
        self.restart();
    }

    /// Makes the parser forget its open elements, which it would keep for every element without an end.
    fn restart(&mut self) {
        let placeholder: Box<dyn BufRead + Send> = Box::new(io::empty());
        let empty = parser(Source::new(placeholder, Encoding::Utf8));
        let source = std::mem::replace(&mut self.reader, empty).into_inner();
        self.reader = parser(source);
    }

    fn trouble(&mut self, error: Error, line: u64) -> Trouble {
        match error {
            Error::Io(_) if self.reader.get_mut().is_exhausted() => {
                let expected = format!("a tag, a comment or a text of at most {LONGEST} bytes");
                Trouble::Lost(line, Mismatch::new(expected, "a longer one"))
            }
            Error::Io(shared) => {
                // The parser could share the error, but does not.
                let source = Arc::try_unwrap(shared).unwrap_or_else(|shared| io::Error::other(shared.to_string()));
                Trouble::Failed(ReadError::reading(&self.path, self.compression, source))
            }
            Error::Syntax(syntax) => {
                let mismatch = Mismatch::new("well-formed XML", described(syntax));
                // If no tag was swallowed, the file was cut short, and all records were read.
                let was_cut =
                    syntax != SyntaxError::InvalidBangMarkup && !self.buffer.iter().skip(1).any(|&b| b == b'<');
                if was_cut {
                    self.open.clear();
                    return Trouble::Bad(line, mismatch);
                }
                Trouble::Lost(line, mismatch)
            }
            // The only kind of error after which the parser goes on.
            Error::IllFormed(error) => Trouble::Bad(line, Mismatch::new("well-formed XML", error.to_string())),
            other => Trouble::Lost(line, Mismatch::new("well-formed XML", other.to_string())),
        }
    }
}

fn parser(source: Source<Box<dyn BufRead + Send>>) -> Reader<Source<Box<dyn BufRead + Send>>> {
    let mut reader = Reader::from_reader(source);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    reader
}

fn resolved(name: &str) -> String {
    entities::resolve(name).map_or_else(|| format!("&{name};"), String::from)
}

fn described(error: SyntaxError) -> &'static str {
    match error {
        SyntaxError::InvalidBangMarkup => "`<!` with something behind it that XML does not know",
        SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl => "`<?` without `?>` up to the end of the file",
        SyntaxError::UnclosedComment => "`<!--` without `-->` up to the end of the file",
        SyntaxError::UnclosedDoctype => "`<!DOCTYPE` without `>` up to the end of the file",
        SyntaxError::UnclosedCData => "`<![CDATA[` without `]]>` up to the end of the file",
        SyntaxError::UnclosedTag => "`<` without `>` up to the end of the file",
        SyntaxError::UnclosedSingleQuotedAttributeValue | SyntaxError::UnclosedDoubleQuotedAttributeValue => {
            "a quotation mark in a tag without its other one up to the end of the file"
        }
    }
}
