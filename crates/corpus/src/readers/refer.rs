//! refer, the tagged lines of EndNote (`.enw`), Google Scholar and library catalogues.
//!
//! | field    | tags, the first in the row wins                                                                |
//! |----------|------------------------------------------------------------------------------------------------|
//! | id       | made of the title: `%F` and `%M` are names within one file or one database                     |
//! | title    | `%T`                                                                                           |
//! | abstract | `%X`                                                                                           |
//! | authors  | `%A`, `%Q`; without them `%E`, `%Y`                                                            |
//! | date     | `%D` with `%8`                                                                                 |
//! | venue    | `%J`, `%B`, `%S`                                                                               |
//! | doi      | `%R`, or a link in `%U`                                                                        |
//! | arxiv    | an id in `%R`, `%U` or the venue                                                               |
//! | url      | `%U`, `%>`                                                                                     |
//! | keywords | `%K`, one a line or divided by semicolons                                                      |
//! | extra    | `type` (`%0`), `volume` (`%V`), `issue` (`%N`), `pages` (`%P`), `publisher` (`%I`), `issn`     |
//! |          | (`%@`), `language` (`%G`), all other tags under their own names                                |
//!
//! A field goes on over lines without a tag. A record begins at `%0`; in a file without `%0`, records are divided by empty
//! lines.

use super::calendar;
use super::tagged::{self, Fields, Role, Tags, named, unless_missing};
use crate::date::Date;
use crate::document::Document;
use crate::identifiers;
use crate::input::Input;
use crate::record::{Record, Records};

/// Whether a text begins with two fields.
pub(crate) fn knows(head: &str) -> bool {
    let head = head.trim_start_matches('\u{feff}');
    let mut lines = head.lines().filter(|line| !line.trim().is_empty());
    let tag = lines.next().and_then(|line| Refer::default().split(line));
    let begins = tag.is_some_and(|(tag, _)| matches!(tag, "%0" | "%A" | "%T" | "%F" | "%L" | "%M"));
    begins && lines.next().is_none_or(|line| Refer::default().split(line).is_some())
}

pub(crate) fn open(input: Input, name: String) -> Records {
    tagged::open(input, name, Refer::default())
}

/// The tag that begins a record.
const TYPE: &str = "%0";

#[derive(Default)]
struct Refer {
    /// Whether the file says where records begin.
    has_types: bool,
}

impl Tags for Refer {
    fn split<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
        let [b'%', mark, rest @ ..] = line.as_bytes() else { return None };
        let is_mark = mark.is_ascii_alphanumeric() || b"@!~?^*+$>&(<[].,:;=\"".contains(mark);
        if !is_mark || !matches!(rest, [] | [b' ' | b'\t', ..]) {
            return None;
        }
        let (tag, value) = line.split_at(2);
        self.has_types |= tag == TYPE;
        Some((tag, value))
    }

    fn role(&self, tag: &str) -> Role {
        if tag == TYPE { Role::Begins } else { Role::Holds }
    }

    fn has_ended(&self, line: &str, is_behind_blank: bool) -> bool {
        is_behind_blank && !self.has_types && Refer::default().split(line).is_some()
    }

    fn paper(&self, fields: &mut Fields) -> Record {
        let title = fields.take(&["%T"]).unwrap_or_default();
        let summary = unless_missing(fields.take_joined(&["%X"]).unwrap_or_default());
        let date = take_date(fields);
        let venue = fields.take(&["%J", "%B", "%S"]);
        let arxiv = {
            let words = fields.values(&["%R", "%U"]).chain(venue.as_deref()).flat_map(str::split_whitespace);
            words.map(|word| word.trim_end_matches(',')).find_map(identifiers::arxiv)
        };
        let linked = fields.values(&["%U"]).flat_map(str::split_whitespace).find_map(identifiers::doi);
        let doi = fields.take_doi(&["%R"]).or(linked);
        let mut document = Document {
            title,
            r#abstract: summary,
            authors: fields.take_people(&["%A", "%Q"], &["%E", "%Y"]),
            year: date.as_ref().map(Date::year),
            date,
            venue,
            doi,
            arxiv,
            url: fields.take_as(&["%U", "%>"], |value| value.split_whitespace().next().map(str::to_owned)),
            keywords: fields.take_list(&["%K"], &['\n', ';']),
            ..Document::default()
        };
        document.extra = fields.rest(&NAMES, &[]);
        named(None, document)
    }
}

/// Names in `extra`. An odd date is counted as one under these.
const NAMES: [(&str, &str); 9] = [
    (TYPE, "type"),
    ("%V", "volume"),
    ("%N", "issue"),
    ("%P", "pages"),
    ("%I", "publisher"),
    ("%@", "issn"),
    ("%G", "language"),
    ("%D", "year"),
    ("%8", "date"),
];

/// Takes the year with the day; a part that is not understood is left.
fn take_date(fields: &mut Fields) -> Option<Date> {
    let Some(year) = fields.take_as(&["%D"], calendar::written) else {
        return fields.take_as(&["%8"], calendar::written);
    };
    if year.month().is_some() {
        return Some(year);
    }
    let number = year.year();
    let in_year = |day: &str| {
        let whole = calendar::written(day).filter(|date| date.year() == number);
        let joined = || calendar::written(&format!("{number:04} {day}"));
        let is_of_year = calendar::year(day).is_none_or(|other| other == number);
        whole.or_else(joined).filter(|date| is_of_year && date.month().is_some())
    };
    fields.take_as(&["%8"], in_year).or(Some(year))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::tagged::tests::read;
    use super::*;

    fn titles(text: &str) -> Vec<String> {
        read(text, Refer::default())
            .into_iter()
            .map(|paper| paper.map_or_else(|error| error, |paper| paper.title))
            .collect()
    }

    fn paper(text: &str) -> Document {
        read(format!("%0 Journal Article\n%T T\n{text}\n"), Refer::default()).remove(0).unwrap()
    }

    #[test]
    fn records_begin_at_their_type_or_behind_an_empty_line() {
        assert_eq!(
            titles("%0 Book\n%T One\n%X a\n\nb\n\n%K c\n%0 Book\n%T Two\n\n\n%0 Book\n%T Three"),
            ["One", "Two", "Three"]
        );
        assert_eq!(titles("%A Dune, A.\n%T One\n\n%T Two\n%X It."), ["One", "Two"]);
        assert_eq!(titles("%0 Book\n%A Dune, A.\n"), [""]);
    }

    #[test]
    fn a_reference_finds_its_place() {
        let reference = paper(
            "%A Dune, Ada\n%A Wave, Carl, Jr.\n%E Sand, B.\n%J Journal of Seas\n%D 2020\n%8 May 4\n%V 3\n%X The sea\nmoves 5\n\
             %-wise.\n%K tides\nmoon; sea\n%U https://sea.example/7\n%R doi:10.1000/SEAS.7\n%F dune2020\n%@ 1234-5678",
        );
        assert_eq!(reference.authors, ["Ada Dune", "Carl Wave Jr."]);
        assert_eq!((reference.date.unwrap().to_string().as_str(), reference.year), ("2020-05-04", Some(2020)));
        assert_eq!(
            (reference.venue.as_deref(), reference.r#abstract.as_str()),
            (Some("Journal of Seas"), "The sea moves 5 %-wise.")
        );
        assert_eq!(reference.keywords, ["tides", "moon", "sea"]);
        assert_eq!(
            (reference.doi.as_deref(), reference.url.as_deref()),
            (Some("10.1000/seas.7"), Some("https://sea.example/7"))
        );
        let expected =
            json!({"type": "Journal Article", "%E": "Sand, B.", "volume": "3", "%F": "dune2020", "issn": "1234-5678"});
        assert_eq!(Value::Object(reference.extra), expected);
    }

    #[test]
    fn odd_dates_are_kept() {
        let date = |text: &str| paper(text).date.map(|date| date.to_string()).unwrap_or_default();
        assert_eq!(date("%D 2020\n%8 2020-05-04"), "2020-05-04");
        assert_eq!(date("%D May 2020"), "2020-05");
        assert_eq!(date("%8 4 May 2020"), "2020-05-04");
        let odd = paper("%D in press\n%8 Spring");
        assert_eq!((odd.date, &odd.extra["year"], &odd.extra["date"]), (None, &json!("in press"), &json!("Spring")));
        assert_eq!(paper("%D 2020\n%8 Spring").extra["date"], "Spring");
    }

    #[test]
    fn a_file_is_known_by_its_first_fields() {
        for head in ["\u{feff}%0 Journal Article\n%A Dune", "\n%A Dune\n%T T", "%0 Book"] {
            assert!(knows(head), "{head}");
        }
        for head in ["% a comment\n@misc{a", "%A\nlines", "%PDF-1.4", "%%!PS", "", "%Title of it\n"] {
            assert!(!knows(head), "{head}");
        }
    }
}
