//! Web of Science: the plain text of its export, and the tab-delimited one.
//!
//! | field        | tags, the first in the row wins                                                             |
//! |--------------|---------------------------------------------------------------------------------------------|
//! | id           | `UT`; without it made of the title                                                          |
//! | title        | `TI`                                                                                        |
//! | abstract     | `AB`                                                                                        |
//! | authors      | `AF`, `AU`, `BF`, `BA`, `BE`; then the groups of `CA` or `GP`                               |
//! | date, year   | `PY` with `PD`; or `EA`                                                                     |
//! | venue        | `SO`, `JI`, `J9`                                                                            |
//! | doi          | `DI`, `D2`                                                                                  |
//! | url          | `DL`                                                                                        |
//! | keywords     | `DE`, then `ID`                                                                             |
//! | extra        | `type` (`DT`), `volume` (`VL`), `issue` (`IS`), `pages` (`BP`, `EP`), `publisher` (`PU`),   |
//! |              | `issn` (`SN`), `language` (`LA`), `pmid` (`PM`), all other tags but the references (`CR`)   |
//!
//! In plain text a record runs from `PT` to `ER`, and a field goes on over indented lines. A record without `ER` ends where
//! the next one begins. In the tab-delimited file the first line names the tags, and each further line is a record; there
//! are no quotes in it.

use std::path::PathBuf;

use serde_json::Value;

use super::calendar;
use super::people::spoken_initials;
use super::tagged::{self, Fields, Role, Tags, named, pages, unless_missing};
use crate::date::Date;
use crate::document::{Document, Source};
use crate::error::{Mismatch, ReadError};
use crate::identifiers;
use crate::input::Input;
use crate::lines::{Lines, utf8};
use crate::record::{Record, Records};

/// Whether a text begins as an export does.
pub(crate) fn knows(head: &str) -> bool {
    let head = head.trim_start_matches('\u{feff}');
    if is_header(head.lines().next().unwrap_or_default()) {
        return true;
    }
    let tag_of = |line: &str| Plain.split(line).map(|(tag, _)| tag.to_owned());
    let tags: Vec<Option<String>> = head.lines().filter(|line| !line.trim().is_empty()).take(3).map(tag_of).collect();
    let tags: Vec<&str> = tags.iter().map(|tag| tag.as_deref().unwrap_or_default()).collect();
    matches!(tags[..], ["FN", "VR", ..] | ["FN", "PT", ..] | ["VR", "PT", ..] | ["PT", "AU" | "TI", ..])
}

fn is_header(line: &str) -> bool {
    let mut cells = line.trim_start_matches('\u{feff}').trim_end().split('\t');
    cells.next() == Some("PT") && ["AU", "TI"].iter().all(|tag| cells.clone().any(|cell| cell == *tag))
}

pub(crate) fn open(input: Input, name: String) -> Records {
    let head = String::from_utf8_lossy(input.head());
    if is_header(head.lines().next().unwrap_or_default()) {
        let lines = input.into_lines();
        let path = lines.path().to_owned();
        return Box::new(TabReader { path, name, lines, columns: Vec::new(), fields: Fields::default() });
    }
    tagged::open(input, name, Plain)
}

struct Plain;

impl Tags for Plain {
    fn split<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
        let (tag, value) = line.trim_end().split_at_checked(2)?;
        let is_tag = tag.starts_with(|c: char| c.is_ascii_uppercase())
            && tag.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        (is_tag && (value.is_empty() || value.starts_with(' '))).then_some((tag, value))
    }

    fn role(&self, tag: &str) -> Role {
        match tag {
            "PT" => Role::Begins,
            "ER" | "EF" | "FN" | "VR" => Role::Ends,
            _ => Role::Holds,
        }
    }

    fn has_ended(&self, _line: &str, _is_behind_blank: bool) -> bool {
        false
    }

    fn paper(&self, fields: &mut Fields) -> Record {
        paper(fields)
    }
}

fn paper(fields: &mut Fields) -> Record {
    let title = fields.take(&["TI"]).unwrap_or_default();
    let summary = unless_missing(fields.take(&["AB"]).unwrap_or_default());
    let date = take_date(fields);
    let doi = fields.take_doi(&["DI", "D2"]);
    let mut document = Document {
        title,
        r#abstract: summary,
        authors: authors(fields),
        year: date.as_ref().map(Date::year),
        date,
        venue: fields.take(&["SO", "JI", "J9"]),
        arxiv: doi.as_deref().and_then(identifiers::arxiv),
        doi,
        url: fields.take(&["DL"]),
        keywords: fields.take_list(&["DE", "ID"], &[';']),
        ..Document::default()
    };
    let pages = pages(fields.take(&["BP"]), fields.take(&["EP"]));
    let id = fields.take(&["UT"]);
    document.extra = fields.rest(&NAMES, &["CR"]);
    document.extra.extend(pages.map(|pages| ("pages".to_owned(), Value::String(pages))));
    named(id, document)
}

/// Names in `extra`.
const NAMES: [(&str, &str); 7] = [
    ("DT", "type"),
    ("VL", "volume"),
    ("IS", "issue"),
    ("PU", "publisher"),
    ("SN", "issn"),
    ("LA", "language"),
    ("PM", "pmid"),
];

/// People under their full names, or else their short ones, and the groups behind them.
fn authors(fields: &mut Fields) -> Vec<String> {
    const PEOPLE: [&str; 5] = ["AF", "AU", "BF", "BA", "BE"];
    let divides = ['\n', ';'];
    let mut names = Vec::new();
    if let Some(first) = PEOPLE.iter().find(|&&tag| fields.values(&[tag]).next().is_some()) {
        names = fields.take_list(&[first], &divides);
        // The same people in short.
        if *first == "AF" {
            let _ = fields.take_all(&["AU"]);
        }
    }
    let mut names: Vec<String> = names.iter().map(|name| spoken_initials(name)).collect();
    names.extend(fields.take_list(&["CA"], &divides));
    if names.is_empty() {
        names = fields.take_list(&["GP"], &divides);
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Takes the date of the issue, or of the early access. The part that is not understood (`SPR`) is left.
fn take_date(fields: &mut Fields) -> Option<Date> {
    let Some(year) = fields.take_as(&["PY"], calendar::year) else {
        return fields.take_as(&["EA"], calendar::written);
    };
    let in_year = |day: &str| calendar::written(&format!("{year:04} {day}")).filter(|date| date.month().is_some());
    fields.take_as(&["PD"], in_year).or_else(|| Date::new(year, None, None).ok())
}

/// A stream of records from the tab-delimited file.
struct TabReader {
    path: PathBuf,
    name: String,
    lines: Lines,
    columns: Vec<String>,
    fields: Fields,
}

impl TabReader {
    fn read(&mut self) -> Option<Result<Record, ReadError>> {
        loop {
            let (number, line) = match self.lines.next()? {
                Ok(numbered) => numbered,
                Err(error) => return Some(Err(error)),
            };
            let cells: Vec<&str> = match utf8(line) {
                Ok(line) if line.trim().is_empty() => continue,
                Ok(line) => line.trim_start_matches('\u{feff}').split('\t').map(str::trim).collect(),
                Err(mismatch) => return Some(Err(mismatch.at(&self.path, number))),
            };
            // A file may be several that were put one behind the other.
            if self.columns.is_empty() || cells.first() == Some(&"PT") {
                self.columns = cells.into_iter().map(str::to_owned).collect();
                continue;
            }
            let record = record(&self.columns, &cells, &mut self.fields);
            return Some(match record {
                Ok(mut record) => {
                    record.document.source =
                        vec![Source { file: self.name.clone(), line: number, rank: None, key: None }];
                    Ok(record)
                }
                Err(mismatch) => Err(mismatch.at(&self.path, number)),
            });
        }
    }
}

fn record(columns: &[String], cells: &[&str], fields: &mut Fields) -> Result<Record, Mismatch> {
    // Some files have a tab behind the last cell, some only behind the last name.
    let named = columns.iter().rposition(|column| !column.is_empty()).map_or(0, |last| last + 1);
    let filled = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
    if filled > named || cells.len() < named {
        let expected = format!("{named} cells, as in the first line");
        return Err(Mismatch::new(expected, format!("{} cells", cells.len())));
    }
    fields.clear();
    for (column, cell) in columns.iter().zip(cells).filter(|(column, _)| !column.is_empty()) {
        fields.push(column, cell)?;
    }
    Ok(paper(fields))
}

impl Iterator for TabReader {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Vec<Result<Document, String>> {
        let input = Input::new(Path::new("x"), Cursor::new(text.as_bytes().to_vec())).unwrap();
        let records = open(input, "x".into());
        records.map(|record| record.map(|record| record.document).map_err(|error| error.to_string())).collect()
    }

    fn paper(text: &str) -> Document {
        read(&format!("FN Web of Science\nVR 1.0\nPT J\nTI T\n{text}\nER\n\nEF\n")).remove(0).unwrap()
    }

    #[test]
    fn a_lost_end_costs_no_record() {
        let text = "FN Web\nVR 1.0\nPT J\nTI One of\n   two\nER\n\nPT J\nTI Two\nPT B\nTI Three\nEF\nFN Web\nVR 1.0\nPT J\nTI Four";
        let shown = |paper: Result<Document, String>| {
            let paper = paper.unwrap();
            (paper.title, paper.source[0].line)
        };
        let all: Vec<(String, u64)> = read(text).into_iter().map(shown).collect();
        let expected = [("One of two", 3), ("Two", 8), ("Three", 10), ("Four", 15)];
        assert_eq!(all, expected.map(|(title, line)| (title.to_owned(), line)));
    }

    #[test]
    fn full_names_come_before_short_ones_and_groups_behind_both() {
        let both = paper("AU Dune, A\n   Wave, C\nAF Dune, Ada\n   Wave, Carl\nCA Sea Grp");
        assert_eq!(both.authors, ["Ada Dune", "Carl Wave", "Sea Grp"]);
        assert!(both.extra.keys().eq(["PT"]), "{:?}", both.extra);
        assert_eq!(paper("AU Dune, A\n   Wave, C").authors, ["A Dune", "C Wave"]);
        assert_eq!(paper("BE Sand, B").authors, ["B Sand"]);
    }

    #[test]
    fn the_day_of_an_issue_is_joined_with_its_year() {
        let date = |text: &str| paper(text).date.map(|date| date.to_string()).unwrap_or_default();
        assert_eq!(date("PD MAY 4\nPY 2023"), "2023-05-04");
        assert_eq!(date("PD MAY-JUN\nPY 2023"), "2023-05");
        assert_eq!(date("EA JAN 2023"), "2023-01");
        let season = paper("PD SPR\nPY 2023");
        assert_eq!((season.date.unwrap().to_string().as_str(), &season.extra["PD"]), ("2023", &json!("SPR")));
    }

    #[test]
    fn what_is_left_is_kept_but_references() {
        let paper = paper(
            "DE tides; moon\nID TIDES;\n   SEA\nVL 3\nBP 7\nEP 9\nPM 35000001\nCR Dune A, 2001\n   Wave C, 2002\nZ9 4",
        );
        assert_eq!(paper.keywords, ["tides", "moon", "TIDES", "SEA"]);
        let expected = json!({"PT": "J", "volume": "3", "pages": "7-9", "pmid": "35000001", "Z9": "4"});
        assert_eq!(Value::Object(paper.extra), expected);
    }

    #[test]
    fn lines_of_tabs_are_records_and_quotes_are_text() {
        let text = "PT\tAU\tTI\tAB\tUT\t\r\nJ\tDune, A; Wave, C\t\"Tides\tA \"b\".\tWOS:1\r\n\r\nJ\tA\tB\r\nJ\tA\tTwo\t\t\tx\nJ\t\tThree\t\t\n";
        let all = read(text);
        let first = all[0].as_ref().unwrap();
        assert_eq!((first.id.as_str(), first.title.as_str(), first.source[0].line), ("WOS:1", "\"Tides", 2));
        assert_eq!(first.authors, ["A Dune", "C Wave"]);
        assert_eq!(all[1].as_ref().unwrap_err(), "x, line 4: expected 5 cells, as in the first line, found 3 cells");
        assert_eq!(all[2].as_ref().unwrap_err(), "x, line 5: expected 5 cells, as in the first line, found 6 cells");
        assert_eq!(all[3].as_ref().unwrap().title, "Three");
    }

    #[test]
    fn a_record_without_text_is_handed_out() {
        let all = read("FN Web\nVR 1.0\nPT J\nAU Dune, A\nER\nEF");
        assert_eq!((all.len(), all[0].as_ref().unwrap().title.as_str()), (1, ""));
    }

    #[test]
    fn a_file_is_known_by_its_first_tags() {
        for head in ["\u{feff}FN Clarivate\nVR 1.0\nPT J", "VR 1.0\n\nPT J", "PT J\nAU Dune, A", "PT\tAU\tBA\tTI\tUT\n"]
        {
            assert!(knows(head), "{head}");
        }
        for head in ["FN is a name\nof a file", "PT\tAU\n", "PT, AU, TI", "IT IS\nVR", ""] {
            assert!(!knows(head), "{head}");
        }
    }
}
