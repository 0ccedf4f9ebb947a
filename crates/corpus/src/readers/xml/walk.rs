//! The tags of a file in order, and how to go on where they do not fit each other.
//!
//! Which tag closes which is settled here rather than by the parser, which stops for good at the first that does not
//! fit: one lost `</title>` in a file of a million papers should cost one paper.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::Event;
use quick_xml::reader::Reader;

use super::element::{Element, Node};
use super::entities;
use super::source::{Encoding, LONGEST, Source};
use crate::error::{Mismatch, ReadError, shortened};
use crate::input::{Bytes, Input};

/// How many elements may be inside each other.
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
    /// A start tag that was read too early.
    pending: Option<Element>,
    /// The element that begins and ends with the tag just read.
    is_empty: bool,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Step {
    /// An element begins.
    Open(Element),
    /// The last element that is open ends.
    Close,
    /// Text, references resolved.
    Text(String),
    /// The file ends.
    End,
}

/// Why there is no next step.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Something on this line is wrong, and the walk can go on behind it.
    Bad(u64, Mismatch),
    /// From this line on nothing can be made sense of.
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

    /// Goes behind the end of the element that began last.
    pub(super) fn skip(&mut self) -> Result<(), Trouble> {
        let outside = self.open.len().saturating_sub(1);
        while self.open.len() > outside {
            self.step()?;
        }
        Ok(())
    }

    /// Reads the element that began last with all that is in it, save elements that are passed over.
    ///
    /// Whatever is wrong with it, the walk goes on behind it, or at the next element of its name.
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
                // The walk ends by itself with an element open, which was told, or not at all.
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

    /// An end tag: closes the last element of its name, which should be the last one.
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

    /// The end of the file, where nothing should be open.
    fn end(&mut self, line: u64) -> Result<Step, Trouble> {
        let Some((name, begun)) = self.open.drain(..).next_back() else {
            return Ok(Step::End);
        };
        let name = shortened(&name);
        let expected = format!("`</{name}>` for the `<{name}>` of line {begun}");
        Err(Trouble::Bad(line, Mismatch::new(expected, "the end of the file")))
    }

    /// Goes on at a start tag that should not have come inside the element at this depth.
    fn restart_at(&mut self, element: Element, depth: usize) {
        let opened = self.open.pop();
        self.open.truncate(depth.saturating_sub(1));
        self.open.extend(opened);
        self.pending = Some(element);
        self.restart();
    }

    /// Makes the parser forget what it takes to be open, which it keeps for every element that does not end.
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
                // The parser could share the error, and does not.
                let source = Arc::try_unwrap(shared).unwrap_or_else(|shared| io::Error::other(shared.to_string()));
                Trouble::Failed(ReadError::reading(&self.path, self.compression, source))
            }
            Error::Syntax(syntax) => {
                let mismatch = Mismatch::new("well-formed XML", described(syntax));
                // Where no tag was swallowed, this is a file that was cut, and everything there is was read.
                let was_cut =
                    syntax != SyntaxError::InvalidBangMarkup && !self.buffer.iter().skip(1).any(|&b| b == b'<');
                if was_cut {
                    self.open.clear();
                    return Trouble::Bad(line, mismatch);
                }
                Trouble::Lost(line, mismatch)
            }
            // The one kind that the parser goes on behind.
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
