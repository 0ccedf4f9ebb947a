//! BibTeX and BibLaTeX: one document for each entry.
//!
//! | field        | names, the first in the row wins                                   |
//! |--------------|--------------------------------------------------------------------|
//! | id           | the key                                                            |
//! | title        | `title`, with `subtitle` behind a colon; `booktitle`               |
//! | abstract     | `abstract`                                                         |
//! | authors      | `author`, `editor`                                                 |
//! | organization | `school`, `institution`, `organization`                            |
//! | date         | `date`, or `year` with `month` and `day`                           |
//! | venue        | `journal`, `journaltitle`, `booktitle`, `maintitle`                |
//! | url          | `url`, `link`                                                      |
//! | doi          | `doi`, or a `url` that is one                                      |
//! | arxiv        | `eprint`, a `url`, or a `journal` or `volume` that names the paper |
//! | keywords     | `keywords`, `keyword`, split at commas and semicolons              |
//!
//! All other fields are kept in `extra` under their own names, and the kind of entry as `entry_type`. `@comment`,
//! `@preamble` and `@xdata` are passed over. An entry needs a title or an abstract.
//!
//! | file     | what it holds                                      |
//! |----------|----------------------------------------------------|
//! | `scan`   | where entries begin and end                        |
//! | `entry`  | the key and the fields of one, `@string` put in    |
//! | `record` | fields into a document                             |
//!
//! # Cross references
//!
//! An entry whose `crossref` names another entry, its parent, gets the parent's venue and date where it has none of its
//! own. BibTeX wants the parent behind its children, other programs write it in front of them. So possible parents are
//! remembered, at most [`MOST_PARENTS`], and children whose parent has not been read wait for it, at most
//! [`MOST_WAITING`] of [`MOST_WAITING_BYTES`] together. Beyond these bounds, all waiting children go on without a parent.
//!
//! Cost: one entry, the entries that wait, and the texts of `@string`.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;

use crate::document::{Document, Source};
use crate::error::{Mismatch, ReadError};
use crate::input::{Bytes, Input};
use crate::record::{IdOrigin, Record, Records};
use crate::slug::slug;
use entry::{Strings, entry};
use record::{Parent, paper};
use scan::{Scanned, Scanner};

mod entry;
mod record;
mod scan;

/// The most possible parents that are remembered.
const MOST_PARENTS: usize = 1 << 14;

/// The most entries that wait for their parent.
const MOST_WAITING: usize = 1 << 12;

/// The most bytes of the file that the waiting entries take.
const MOST_WAITING_BYTES: usize = 16 << 20;

pub(crate) fn open(input: Input, name: String) -> Records {
    Box::new(BibtexReader::new(input, name))
}

/// A stream of records from BibTeX.
struct BibtexReader {
    path: PathBuf,
    compression: Option<&'static str>,
    name: String,
    scanner: Scanner,
    strings: Strings,
    parents: HashMap<String, Parent>,
    waiting: HashMap<String, Vec<Document>>,
    waiting_count: usize,
    /// Bytes of all entries that waited since the last time that none did.
    waiting_bytes: usize,
    ready: VecDeque<Result<Document, ReadError>>,
    ended: bool,
}

impl BibtexReader {
    fn new(input: Input, name: String) -> BibtexReader {
        let Bytes { path, compression, reader } = input.into_bytes();
        BibtexReader {
            path,
            compression,
            name,
            scanner: Scanner::new(reader),
            strings: Strings::default(),
            parents: HashMap::new(),
            waiting: HashMap::new(),
            waiting_count: 0,
            waiting_bytes: 0,
            ready: VecDeque::new(),
            ended: false,
        }
    }

    /// Reads one entry more, or ends.
    fn advance(&mut self) {
        match self.scanner.next() {
            Ok(Some(Ok(scanned))) => {
                if let Err((line, mismatch)) = self.take(&scanned) {
                    self.ready.push_back(Err(mismatch.at(&self.path, line)));
                }
            }
            Ok(Some(Err((line, mismatch)))) => self.ready.push_back(Err(mismatch.at(&self.path, line))),
            Ok(None) => {
                self.release_all();
                self.ended = true;
            }
            Err(source) => {
                self.ready.push_back(Err(ReadError::reading(&self.path, self.compression, source)));
                self.ended = true;
            }
        }
    }

    fn take(&mut self, scanned: &Scanned) -> Result<(), (u64, Mismatch)> {
        match scanned.kind.as_str() {
            "comment" | "preamble" | "xdata" => return Ok(()),
            "string" => return self.strings.define(scanned),
            _ => {}
        }
        let entry = entry(scanned, &self.strings)?;
        let key = entry.key.to_lowercase();
        if let Some(parent) = Parent::of(&entry) {
            self.release(&key, &parent);
            if self.parents.len() < MOST_PARENTS && !key.is_empty() {
                self.parents.entry(key).or_insert(parent);
            }
        }
        let named = entry.get("crossref").map(|named| named.trim().to_lowercase());
        let mut document = paper(entry).map_err(|mismatch| (scanned.line, mismatch))?;
        document.source = vec![Source { file: self.name.clone(), line: scanned.line, rank: None, key: None }];
        match named {
            None => self.ready.push_back(Ok(document)),
            Some(named) => match self.parents.get(&named) {
                Some(parent) => self.ready.push_back(Ok(parent.given_to(document))),
                None => self.wait(named, document, scanned.body.len()),
            },
        }
        Ok(())
    }

    fn wait(&mut self, named: String, document: Document, bytes: usize) {
        if self.waiting_count == MOST_WAITING || self.waiting_bytes > MOST_WAITING_BYTES {
            self.release_all();
        }
        self.waiting_count += 1;
        self.waiting_bytes = self.waiting_bytes.saturating_add(bytes);
        self.waiting.entry(named).or_default().push(document);
    }

    fn release(&mut self, key: &str, parent: &Parent) {
        for document in self.waiting.remove(key).unwrap_or_default() {
            self.waiting_count -= 1;
            self.ready.push_back(Ok(parent.given_to(document)));
        }
        if self.waiting_count == 0 {
            self.waiting_bytes = 0;
        }
    }

    /// Lets all waiting entries go on without their parent, in the order of the file.
    fn release_all(&mut self) {
        let mut waiting: Vec<Document> = self.waiting.drain().flat_map(|(_, documents)| documents).collect();
        waiting.sort_by_key(|document| document.source.first().map_or(0, |source| source.line));
        (self.waiting_count, self.waiting_bytes) = (0, 0);
        self.ready.extend(waiting.into_iter().map(Ok));
    }
}

impl Iterator for BibtexReader {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.ended {
            self.advance();
        }
        let document = self.ready.pop_front()?;
        Some(document.map(|mut document| {
            let is_given = !document.id.is_empty();
            if !is_given {
                document.id = slug(&document.title);
            }
            Record { document, id_origin: if is_given { IdOrigin::Local } else { IdOrigin::Made } }
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> Vec<Result<Document, String>> {
        let input = Input::new(Path::new("x.bib"), Cursor::new(text.as_bytes().to_vec())).unwrap();
        let records = BibtexReader::new(input, "x.bib".into());
        records.map(|record| record.map(|record| record.document).map_err(|error| error.to_string())).collect()
    }

    fn venues(text: &str) -> Vec<String> {
        let shown = |paper: Document| {
            let date = paper.date.map(|date| date.to_string()).unwrap_or_default();
            format!("{} in {} of {date}", paper.id, paper.venue.unwrap_or_default())
        };
        read(text).into_iter().map(|paper| paper.map_or_else(|error| error, shown)).collect()
    }

    #[test]
    fn a_named_entry_may_stand_in_front_or_behind() {
        let child = "@inproceedings{a, title = {A}, crossref = {Tides11}}";
        let own = "@inproceedings{b, title = {B}, crossref = {tides11}, booktitle = {Winds}, year = 2010}";
        let parent = "@proceedings{tides11, title = {Tides 2011}, year = 2011, month = jul}";
        let expected = ["a in Tides 2011 of 2011-07", "b in Winds of 2010", "tides11 in  of 2011-07"];
        for order in [[child, own, parent], [parent, child, own]] {
            let mut found = venues(&order.join("\n"));
            found.sort();
            assert_eq!(found, expected);
        }
        assert_eq!(venues(child), ["a in  of "]);
    }

    #[test]
    fn what_waits_in_vain_goes_on_without() {
        let text: String =
            (0..MOST_WAITING + 10).map(|n| format!("@misc{{k{n}, title = {{T{n}}}, crossref = none}}\n")).collect();
        let all = read(&text);
        let lines: Vec<u64> = all.iter().map(|paper| paper.as_ref().unwrap().source[0].line).collect();
        assert_eq!(lines.len(), MOST_WAITING + 10);
        assert!(lines.is_sorted());
    }

    #[test]
    fn an_entry_without_a_key_is_named_by_its_title() {
        assert_eq!(read("@misc{, title = {On Tides}}")[0].as_ref().unwrap().id, "on-tides");
        let nameless = read("@misc{, abstract = {On tides.}}").remove(0).unwrap_err();
        assert!(nameless.contains("expected a key, or a `title` to make one from, found neither"), "{nameless}");
        assert_eq!(read("@misc{k, abstract = {On tides.}}")[0].as_ref().unwrap().id, "k");
    }

    #[test]
    fn reading_goes_on_behind_a_malformed_entry() {
        let all = venues("@misc{a, title {A}}\n\n@misc{b, year = 2011}\n@misc{c, title = {C}, date = {2011-03}}\n");
        assert_eq!(all.len(), 3);
        assert!(all[0].contains("x.bib, line 1: expected `=` behind the field name `title`"), "{}", all[0]);
        assert!(all[1].contains("x.bib, line 3: expected a `title` or an `abstract`"), "{}", all[1]);
        assert_eq!(all[2], "c in  of 2011-03");
    }
}
