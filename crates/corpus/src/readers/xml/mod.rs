//! Records out of XML, one at a time.
//!
//! A file is walked tag by tag. Each element that a [`Layout`] calls a record is read whole into a small tree and turned
//! into a document; nothing else is kept, so a file may be larger than memory.
//!
//! | file       | what it holds                                                          |
//! |------------|------------------------------------------------------------------------|
//! | `source`   | bytes into UTF-8, line numbers, the bound on one tag or text           |
//! | `walk`     | tags in order, which tag closes which, recovery from mismatched tags   |
//! | `element`  | one record as a tree                                                   |
//!
//! # What a file cannot do
//!
//! Nothing is fetched, no document type is read, no entity that a file declares is expanded. Elements nest at most
//! [`DEEPEST`](walk::DEEPEST) deep. A record has at most [`MOST_NODES`](walk::MOST_NODES) parts and
//! [`LONGEST`](source::LONGEST) bytes of text and tags, and no single tag or text is longer than that. Attributes are read
//! only on request, in one pass and without comparing them.
//!
//! # When tags do not match
//!
//! A record in which an end tag closes another element, or in which another record begins, is malformed, and reading goes
//! on with the next record. A record that the end of the file cuts off is malformed, too. If the parser cannot recover
//! (from a quotation mark that is never closed, say), reading ends.
//!
//! Cost: one record.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::document::{Document, Source as Place};
use crate::error::{Mismatch, ReadError};
use crate::input::Input;
use crate::record::IdOrigin;
use crate::record::Record;
pub(crate) use element::Element;
use source::Encoding;
use walk::{Step, Trouble, Walk};

mod element;
mod source;
mod walk;

/// How one kind of file is laid out.
pub(super) trait Layout {
    /// Whether elements of this name are read whole: they are records, or describe the records behind them.
    fn is_whole(&self, name: &str) -> bool;

    /// Whether elements of this name are passed over, wherever they are.
    fn is_passed_over(&self, _name: &str) -> bool {
        false
    }

    /// Called when an element begins that is not read whole. `element` has no content.
    fn enter(&mut self, _element: &Element) {}

    /// Makes a document of an element that was read whole; `None` if the element does not describe a paper.
    fn read(&mut self, element: &Element) -> Result<Option<Document>, Mismatch>;
}

/// The records of a file in one layout.
pub(super) struct XmlReader<L> {
    walk: Walk,
    layout: L,
    name: String,
    ended: bool,
}

impl<L: Layout> XmlReader<L> {
    pub(super) fn new(input: Input, name: String, layout: L) -> XmlReader<L> {
        // Unknown encodings were refused before.
        let encoding = root(input.head()).and_then(|root| root.encoding.ok()).unwrap_or(Encoding::Utf8);
        XmlReader { walk: Walk::new(input, encoding), layout, name, ended: false }
    }

    /// The next document; `None` if the next element does not yield a document.
    fn advance(&mut self) -> Result<Option<Record>, Trouble> {
        let element = match self.walk.step()? {
            Step::End => {
                self.ended = true;
                return Ok(None);
            }
            Step::Open(element) => element,
            Step::Close | Step::Text(_) => return Ok(None),
        };
        if self.layout.is_passed_over(element.name()) {
            self.walk.skip()?;
            return Ok(None);
        }
        if !self.layout.is_whole(element.name()) {
            self.layout.enter(&element);
            return Ok(None);
        }
        let line = element.line();
        // Damage in front of the record is not part of it.
        self.walk.take_damage();
        let layout = &self.layout;
        let element = self.walk.whole(element, &|name| layout.is_passed_over(name))?;
        if let Some((line, mismatch)) = self.walk.take_damage() {
            return Err(Trouble::Bad(line, mismatch));
        }
        match self.layout.read(&element) {
            Ok(None) => Ok(None),
            Ok(Some(mut document)) => {
                document.source = vec![Place { file: self.name.clone(), line, rank: None, key: None }];
                Ok(Some(Record { document, id_origin: IdOrigin::Given }))
            }
            Err(mismatch) => Err(Trouble::Bad(line, mismatch)),
        }
    }
}

impl<L: Layout> Iterator for XmlReader<L> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.advance() {
                Ok(None) => {}
                Ok(Some(record)) => return Some(Ok(record)),
                Err(trouble) => {
                    self.ended = !matches!(trouble, Trouble::Bad(..));
                    return Some(Err(trouble.in_file(&self.walk)));
                }
            }
        }
        None
    }
}

/// The first element of a file, and the encoding in the XML declaration.
pub(crate) struct Root {
    pub(crate) element: Element,
    /// The encoding, or its name if it is not read here.
    pub(crate) encoding: Result<Encoding, String>,
}

/// Finds the root in the beginning of a file; `None` if there is none.
pub(crate) fn root(head: &[u8]) -> Option<Root> {
    let visible = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if !visible.starts_with(b"<") {
        return None;
    }
    let mut reader = Reader::from_reader(visible);
    let mut encoding = Ok(Encoding::Utf8);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Decl(declaration)) => {
                if let Some(Ok(name)) = declaration.encoding() {
                    encoding = Encoding::named(&name).ok_or_else(|| name.trim().to_owned());
                }
            }
            Ok(Event::Start(start) | Event::Empty(start)) => {
                return Some(Root { element: Element::new(&start, 0), encoding });
            }
            Ok(Event::Eof) | Err(_) => return None,
            Ok(Event::Text(text)) if !text.trim().is_empty() => return None,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::source::LONGEST;
    use super::walk::MOST_NODES;
    use super::*;

    /// Elements of these names, read whole, and the complaints between them.
    pub(in crate::readers) fn elements(xml: impl AsRef<[u8]>, names: &[&str]) -> Vec<Result<Element, String>> {
        let bytes = std::io::Cursor::new(xml.as_ref().to_vec());
        let mut walk = Walk::new(Input::new(Path::new("x"), bytes).unwrap(), Encoding::Utf8);
        let mut found = Vec::new();
        loop {
            let outcome = match walk.step() {
                Ok(Step::End) => return found,
                Ok(Step::Open(element)) if names.contains(&element.name()) => walk.whole(element, &|name| name == "z"),
                Ok(_) => continue,
                Err(trouble) => Err(trouble),
            };
            let is_lost = matches!(outcome, Err(Trouble::Lost(..)));
            found.push(outcome.map_err(|trouble| trouble.in_file(&walk).to_string()));
            if is_lost {
                return found;
            }
        }
    }

    /// Each record by its text, each complaint by what it says of the place.
    fn texts(xml: impl AsRef<[u8]>) -> Vec<String> {
        let short = |text: String| text.split("; ").next().unwrap_or_default().to_owned();
        elements(xml, &["a"]).into_iter().map(|a| a.map_or_else(short, |a| a.text())).collect()
    }

    #[test]
    fn records_come_one_by_one_wherever_they_are() {
        assert_eq!(texts("<?xml version='1.0'?><r><a>1</a><s><a>2<b/></a></s></r>"), ["1", "2"]);
        assert_eq!(texts("<r><a>1</a></r>\n<?xml version='1.0'?>\n<r><a>2</a></r>"), ["1", "2"]);
        assert!(texts("").is_empty() && texts("<r/>").is_empty());
    }

    #[test]
    fn what_is_passed_over_is_not_in_the_text() {
        assert_eq!(texts("<r><a>1<z>2<a>3</a></z>4</a></r>"), ["14"]);
    }

    #[test]
    fn lines_are_those_of_start_tags() {
        let lines: Vec<u64> =
            elements("<r>\n<a>\n</a>\n\n <a\n>x</a></r>", &["a"]).into_iter().map(|a| a.unwrap().line()).collect();
        assert_eq!(lines, [2, 5]);
    }

    #[test]
    fn a_lost_end_tag_costs_one_record() {
        assert_eq!(
            texts("<r>\n<a><b>1</a>\n<a>2</a></r>"),
            ["x, line 2: expected `</b>` for the `<b>` of line 2, found `</a>`", "2"]
        );
        assert_eq!(
            texts("<r>\n<a>1\n<a>2</a></r>"),
            ["x, line 2: expected one `<a>` to end, found another one, and `</a>` is missing", "2"]
        );
        assert_eq!(
            texts("<r><s>\n<a>1</s>\n<s><a>2</a></s></r>"),
            ["x, line 2: expected `</a>` for the `<a>` of line 2, found `</s>`", "2"]
        );
        assert_eq!(
            texts("<r><a>1<z><b></z></a><a>2</a></r>"),
            ["x, line 1: expected `</b>` for the `<b>` of line 1, found `</z>`", "2"]
        );
    }

    #[test]
    fn a_name_without_end_is_told_by_its_beginning() {
        let (name, short) = ("n".repeat(1000), format!("{}…", "n".repeat(60)));
        assert_eq!(
            texts(format!("<r><a><{name}></a></{name}></r>")),
            [
                format!("x, line 1: expected `</{short}>` for the `<{short}>` of line 1, found `</a>`"),
                format!("x, line 1: expected `</r>` for the `<r>` of line 1, found `</{short}>`")
            ]
        );
    }

    #[test]
    fn an_end_tag_too_many_is_told() {
        assert_eq!(
            texts("<r></s><a>1</b></a><a>2</a></r></r>"),
            [
                "x, line 1: expected `</r>` for the `<r>` of line 1, found `</s>`",
                "x, line 1: expected `</a>` for the `<a>` of line 1, found `</b>`",
                "2",
                "x, line 1: expected an end tag for an element that is open, found `</r>`"
            ]
        );
    }

    #[test]
    fn a_file_that_is_cut_costs_its_last_record() {
        let cut = "x, line 2: expected `</a>` for the `<a>` of line 2, found the end of the file";
        assert_eq!(texts("<r><a>1</a>\n<a>2"), ["1", cut]);
        assert_eq!(texts("<r><a>1</a>\n<a>2</").len(), 2);
        let around = "x, line 1: expected `</r>` for the `<r>` of line 1, found the end of the file";
        assert_eq!(texts("<r><a>1</a>"), ["1", around]);
    }

    #[test]
    fn where_the_parser_is_lost_reading_ends() {
        let all = texts("<r><a>1</a>\n<a b=\"c>2</a>\n<a>3</a></r>");
        let lost = "x, line 2: expected well-formed XML, found a quotation mark in a tag without its other one up to \
                    the end of the file";
        assert_eq!(all, ["1", lost]);
    }

    #[test]
    fn what_a_document_type_declares_is_not_expanded() {
        let mut bomb = "<!DOCTYPE r [<!ENTITY l0 \"laugh\">".to_owned();
        for level in 1..10 {
            bomb += &format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10));
        }
        bomb += "<!ENTITY file SYSTEM \"file:///etc/hostname\">]><r><a>&l9; &file; &amp; &eacute;&#33;</a></r>";
        assert_eq!(texts(bomb), ["&l9; &file; & é!"]);
    }

    #[test]
    fn elements_may_not_be_as_deep_as_they_like() {
        let deep = |depth: usize| format!("<r><a>{}x{}</a></r>", "<b>".repeat(depth), "</b>".repeat(depth));
        assert_eq!(texts(deep(200)), ["x"]);
        assert!(texts(deep(100_000))[0].contains("expected at most 256 elements in each other"));
        assert!(texts("<r>".repeat(100_000))[0].contains("expected at most 256 elements in each other"));
        assert!(texts(format!("<{}>", "r".repeat(5000)))[0].contains("with names of at most 1024 bytes"));
    }

    #[test]
    fn a_million_attributes_take_no_longer_than_reading_them() {
        let attributes: String = (0..1_000_000).map(|n| format!(" x{n}=''")).collect();
        let started = std::time::Instant::now();
        let found = elements(format!("<r><a{attributes} id='7'>1</a></r>"), &["a"]).remove(0).unwrap();
        assert_eq!(found.attribute("id").as_deref(), Some("7"));
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    #[test]
    fn a_record_of_more_parts_than_any_paper_has_is_refused_and_the_next_one_read() {
        let all = texts(format!("<r><a>{}</a><a>2</a></r>", "<b/>".repeat(MOST_NODES + 1)));
        assert!(all[0].contains("expected a record of at most 1048576 parts"), "{}", all[0]);
        assert_eq!(all[1], "2");
    }

    #[test]
    fn a_text_that_never_ends_is_refused() {
        let all = texts([b"<r><a>1</a><a>", "x".repeat(LONGEST + 1).as_bytes()].concat());
        assert!(all[1].contains("expected a tag, a comment or a text of at most"), "{}", &all[1][..100]);
        let all = texts([b"<r><!-- ", "x".repeat(LONGEST + 1).as_bytes()].concat());
        assert!(all[0].contains("expected a tag, a comment or a text of at most"), "{}", &all[0][..100]);
    }

    #[test]
    fn millions_of_records_that_do_not_end_are_millions_of_complaints() {
        assert_eq!(texts("<a>".repeat(20_000)).len(), 20_000);
    }

    #[test]
    fn the_root_is_found_behind_what_comes_before_it() {
        let root = |xml: &str| root(xml.as_bytes()).map(|root| (root.element.name().to_owned(), root.encoding));
        let text =
            "\u{feff}\n<?xml version='1.0' encoding='UTF-8'?><!-- <no/> --><!DOCTYPE x [<!ENTITY y 'z'>]><x:r a='b'";
        assert_eq!(root(text), None);
        assert_eq!(root(&format!("{text}>")), Some(("r".to_owned(), Ok(Encoding::Utf8))));
        let latin = "<?xml version='1.0' encoding=\"ISO-8859-1\"?><r/>";
        assert_eq!(root(latin), Some(("r".to_owned(), Ok(Encoding::Latin1))));
        let other = "<?xml version='1.0' encoding='windows-1251'?><r/>";
        assert_eq!(root(other), Some(("r".to_owned(), Err("windows-1251".to_owned()))));
        assert_eq!((root("text <r/>"), root("{}"), root("")), (None, None, None));
    }

    proptest! {
        #[test]
        fn no_tags_in_any_order_make_it_panic(
            capacity in 1..20_usize,
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "<a>", "</a>", "<b>", "</b>", "<z>", "</z>", "<a/>", "<a b='", "'", "\"", ">", "<", "&", "&#x", ";",
                    "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!DOCTYPE", "[", "]", "<!ENTITY", "é", "text", "\n",
                    "<!", "<!E", "<!--->", "<!-", "--", "<!ATTLIST", "<!NOTATION", "!", "E",
                ]),
                0..60,
            ),
        ) {
            let _ = elements(pieces.concat(), &["a"]);
            let _ = root(pieces.concat().as_bytes());
            // The parser itself, handed a few bytes at a time.
            let bytes = std::io::BufReader::with_capacity(capacity, std::io::Cursor::new(pieces.concat()));
            let mut reader = Reader::from_reader(source::Source::new(bytes, Encoding::Utf8));
            let mut steps = 0;
            while !matches!(reader.read_event_into(&mut Vec::new()), Ok(Event::Eof)) {
                steps += 1;
                prop_assert!(steps < 10_000, "it goes on without end");
            }
        }
    }
}
