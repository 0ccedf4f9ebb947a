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
//! | keywords     | `keywords`, `keyword`, `author_keywords`, split at commas and semicolons; arXiv's `primaryclass`, `eprintclass` |
//!
//! All other fields are kept in `extra` under their own names, and the kind of entry as `entry_type`. `@comment` and
//! `@preamble` are passed over. Fields of one name are joined if they are people or keywords; otherwise the first counts and
//! the others are kept.
//!
//! | file     | what it holds                                      |
//! |----------|----------------------------------------------------|
//! | `scan`   | where entries begin and end                        |
//! | `entry`  | the key and the fields of one, `@string` put in    |
//! | `record` | fields into a document                             |
//! | `parents` | what entries get from others by `crossref`, `xdata` |
//!
//! Cost: one entry, the entries that wait for their parents, and the texts of `@string`.

use std::collections::VecDeque;
use std::path::PathBuf;

use crate::document::{Document, Source};
use crate::error::{Mismatch, ReadError};
use crate::input::{Bytes, Input};
use crate::record::{IdOrigin, Record, Records};
use entry::{Strings, entry};
use parents::Family;
use scan::{Scanned, Scanner};

mod entry;
mod parents;
mod record;
mod scan;

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
    family: Family,
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
            family: Family::default(),
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
                let documents = self.family.end();
                self.make_ready(documents);
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
            "comment" | "preamble" => return Ok(()),
            "string" => return self.strings.define(scanned),
            _ => {}
        }
        let documents = self.family.add(entry(scanned, &self.strings)?, scanned.body.len());
        self.make_ready(documents);
        Ok(())
    }

    fn make_ready(&mut self, documents: Vec<(u64, Document)>) {
        for (line, mut document) in documents {
            document.source = vec![Source { file: self.name.clone(), line, rank: None, key: None }];
            self.ready.push_back(Ok(document));
        }
    }
}

impl Iterator for BibtexReader {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.ended {
            self.advance();
        }
        let document = self.ready.pop_front()?;
        // An id is made of the title where there is no key.
        Some(document.map(|document| Record { document, id_origin: IdOrigin::Local }))
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
        let text: String = (0..parents::MOST_WAITING + 10)
            .map(|n| format!("@misc{{k{n}, title = {{T{n}}}, crossref = none}}\n"))
            .collect();
        let all = read(&text);
        let lines: Vec<u64> = all.iter().map(|paper| paper.as_ref().unwrap().source[0].line).collect();
        assert_eq!(lines.len(), parents::MOST_WAITING + 10);
        assert!(lines.is_sorted());
    }

    #[test]
    fn fields_are_inherited_from_data_in_either_order() {
        let child = "@misc{a, title = {A}, xdata = {seas, press}, date = {}}";
        let seas = "@xdata{seas, journaltitle = {Seas}, title = {No}, xdata = {Dated, seas}}";
        let dated = "@xdata{dated, date = {2011-03}}";
        for order in [[child, seas, dated], [dated, seas, child], [seas, child, dated]] {
            assert_eq!(venues(&order.join("\n")), ["a in Seas of 2011-03"]);
        }
        assert_eq!(venues(&[seas, child].join("\n")), ["a in Seas of "]);
    }

    #[test]
    fn what_lacks_a_key_or_a_title_is_handed_out() {
        let ids = |text: &str| read(text).iter().map(|paper| paper.as_ref().unwrap().id.clone()).collect::<Vec<_>>();
        assert_eq!(
            ids("@misc{, title = {On Tides}}\n@misc{title = {On Winds}}\n@misc{}\n@misc{k, abstract = {a}}"),
            ["", "", "", "k"]
        );
    }

    #[test]
    fn reading_goes_on_behind_a_malformed_entry() {
        let all = venues("@misc{a, title {A}}\n\n@misc{c, title = {C}, date = {2011-03}}\n");
        assert_eq!(all.len(), 2);
        assert!(all[0].contains("x.bib, line 1: expected `=` behind the field name `title`"), "{}", all[0]);
        assert_eq!(all[1], "c in  of 2011-03");
    }
}
