//! RIS, the format in which most databases and reference managers exchange papers.
//!
//! | field         | tags, the first in the row wins                                                                  |
//! |---------------|--------------------------------------------------------------------------------------------------|
//! | id            | made of the title: `ID` and `AN` are names within one file or one database                       |
//! | title         | `TI`, `T1`, `CT`, `BT`                                                                           |
//! | abstract      | `AB`, `N2`                                                                                       |
//! | authors       | `AU` and `A1`; without them `A2`, `A3`, `A4`, `ED`                                               |
//! | organization  | none                                                                                             |
//! | date, year    | `PY`, `Y1`, `DA`, `YR`: the deepest date of the first year                                       |
//! | venue         | `JF`, `T2`, `JO`, `JA`, `J1`, `J2`, `C3`, `BT`                                                   |
//! | doi           | `DO`, `DI`, `M3`, `L3`, `UR`, `LK`                                                               |
//! | arxiv         | an id among `DO`, `UR`, `AN`, `M1` and the venue                                                 |
//! | url           | `UR`, `LK`, `L2`, `L1`                                                                           |
//! | keywords      | `KW`, `DE`, one a line or divided by semicolons                                                  |
//! | extra         | `type` (`TY`), `volume` (`VL`), `issue` (`IS`), `pages` (`SP`, `EP`), `publisher` (`PB`), `issn` |
//! |               | (`SN`), `language` (`LA`), `pmid` (`PM`); all other tags under their own names                   |
//!
//! A field goes on over lines without a tag. A record ends at `ER`, or where the next one begins with `TY`: a lost `ER` costs
//! nothing. What databases write in front of records and between them (`Record #1 of 2`, `1. `) is passed over. Tags that
//! stand outside of a record are a paper too if they hold a title or an abstract.
//!
//! Names are turned: `Dune, Ada` is `Ada Dune`. A date that is not understood stays in `extra`.

use serde_json::Value;

use super::calendar;
use super::tagged::{self, Fields, Role, Tags, named, pages, unless_missing};
use crate::date::Date;
use crate::document::Document;
use crate::identifiers;
use crate::input::Input;
use crate::record::{Record, Records};

/// Lines that may stand in front of the first record.
const MOST_FRONT: usize = 64;

/// Whether a text holds a record in its first lines.
pub(crate) fn knows(head: &str) -> bool {
    let mut lines = head.lines().map(|line| line.trim_start_matches('\u{feff}')).filter(|line| !line.trim().is_empty());
    let kind =
        lines.by_ref().take(MOST_FRONT).find_map(|line| Ris::default().split(line).filter(|(tag, _)| *tag == TYPE));
    let is_kind = |kind: &str| {
        let kind = kind.trim();
        kind.len() <= 12 && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    kind.is_some_and(|(_, kind)| is_kind(kind)) && lines.next().is_none_or(|line| Ris { gap: 1 }.split(line).is_some())
}

pub(crate) fn open(input: Input, name: String) -> Records {
    tagged::open(input, name, Ris::default())
}

/// The tag that begins a record.
const TYPE: &str = "TY";

/// Spaces between a tag and its hyphen.
const GAP: usize = 2;

#[derive(Default)]
struct Ris {
    /// The spaces that this file writes between `TY` and the hyphen, if not [`GAP`].
    gap: usize,
}

impl Tags for Ris {
    fn split<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
        let [first, second, ..] = line.as_bytes() else { return None };
        if !first.is_ascii_uppercase() || !(second.is_ascii_uppercase() || second.is_ascii_digit()) {
            return None;
        }
        let (tag, behind) = line.split_at(2);
        let gap = behind.len() - behind.trim_start_matches(' ').len();
        let value = behind[gap..].strip_prefix('-')?;
        // Only the tag that begins records may be trusted to be one in another shape. A sentence may begin with `AI - `.
        let is_tag = gap == GAP || (gap == self.gap && gap > 0) || (tag == TYPE && (1..=4).contains(&gap));
        if !is_tag || (gap != GAP && !value.is_empty() && !value.starts_with(' ')) {
            return None;
        }
        if tag == TYPE {
            self.gap = gap;
        }
        Some((tag, value))
    }

    fn role(&self, tag: &str) -> Role {
        match tag {
            TYPE => Role::Begins,
            "ER" => Role::Ends,
            _ => Role::Holds,
        }
    }

    fn has_ended(&self, line: &str, is_behind_blank: bool) -> bool {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // `Record #2 of 7` of the Cochrane Library, `2. ` of Ovid.
        let counted = line.strip_prefix("Record #").and_then(|rest| rest.trim_end().split_once(" of "));
        counted.is_some_and(|(number, all)| is_number(number) && is_number(all))
            || (is_behind_blank && line.trim_end().strip_suffix('.').is_some_and(is_number))
    }

    fn paper(&self, fields: &mut Fields) -> Record {
        let title = fields.take(&["TI", "T1", "CT", "BT"]).unwrap_or_default();
        let summary = unless_missing(fields.take_joined(&["AB", "N2"]).unwrap_or_default());
        let date = take_date(fields);
        let venue = fields.take(&["JF", "T2", "JO", "JA", "J1", "J2", "C3", "BT"]);
        let arxiv = {
            let words =
                fields.values(&["DO", "UR", "AN", "M1"]).chain(venue.as_deref()).flat_map(str::split_whitespace);
            words.map(|word| word.trim_end_matches(',')).find_map(identifiers::arxiv)
        };
        let doi = fields.take_doi(&["DO", "DI", "M3", "L3"]).or_else(|| linked_doi(fields));
        let mut document = Document {
            title,
            r#abstract: summary,
            authors: fields.take_people(&["AU", "A1"], &["A2", "A3", "A4", "ED"]),
            year: date.as_ref().map(Date::year),
            date,
            venue,
            doi,
            arxiv,
            url: fields.take_as(&["UR", "LK", "L2", "L1"], link),
            keywords: fields.take_list(&["KW", "DE"], &['\n', ';']),
            ..Document::default()
        };
        let pages = pages(fields.take(&["SP"]), fields.take(&["EP"]));
        document.extra = fields.rest(&NAMES, &[]);
        document.extra.extend(pages.map(|pages| ("pages".to_owned(), Value::String(pages))));
        named(None, document)
    }
}

/// Names in `extra`.
const NAMES: [(&str, &str); 7] = [
    (TYPE, "type"),
    ("VL", "volume"),
    ("IS", "issue"),
    ("PB", "publisher"),
    ("SN", "issn"),
    ("LA", "language"),
    ("PM", "pmid"),
];

/// Takes the deepest date of the first year that is told.
fn take_date(fields: &mut Fields) -> Option<Date> {
    const TAGS: [&str; 4] = ["PY", "Y1", "DA", "YR"];
    let year = fields.values(&TAGS).find_map(calendar::written)?.year();
    let of_year = |value: &str| calendar::written(value).filter(|date| date.year() == year);
    let mut deepest = None;
    while let Some(date) = fields.take_as(&TAGS, of_year) {
        let depth = |date: &Date| (date.month().is_some(), date.day().is_some());
        if deepest.as_ref().is_none_or(|known| depth(&date) > depth(known)) {
            deepest = Some(date);
        }
    }
    deepest
}

/// The DOI that a link leads to.
fn linked_doi(fields: &Fields) -> Option<String> {
    fields.values(&["UR", "LK"]).flat_map(str::split_whitespace).find_map(identifiers::doi)
}

/// The first address of a value. The path of a file on somebody's disk, as Citavi and EndNote write it, is none.
fn link(value: &str) -> Option<String> {
    let first = value.split_whitespace().next()?;
    let is_path = first.contains('\\') || first.starts_with('/') || first.starts_with("file:");
    (!is_path && first.contains(['.', ':'])).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tagged::tests::read;
    use super::*;

    fn titles(text: &str) -> Vec<String> {
        let shown = |paper: Document| format!("{} of line {}", paper.title, paper.source[0].line);
        read(text, Ris::default()).into_iter().map(|paper| paper.map_or_else(|error| error, shown)).collect()
    }

    fn paper(text: &str) -> Document {
        read(format!("TY  - JOUR\nTI  - T\n{text}\nER  - \n"), Ris::default()).remove(0).unwrap()
    }

    #[test]
    fn a_lost_end_costs_no_record() {
        let text = "TY  - JOUR\nTI  - One\nTY  - JOUR\nTI  - Two\nER  -\n\n\nTY  - JOUR\nTI  - Three";
        assert_eq!(titles(text), ["One of line 1", "Two of line 3", "Three of line 8"]);
        let lost_beginning = "TY  - JOUR\nTI  - One\nER  - \nTI  - Two\nAB  - It.\nER  - \nC1  - remark\n";
        assert_eq!(titles(lost_beginning), ["One of line 1", "Two of line 4"]);
    }

    #[test]
    fn remarks_of_databases_are_no_papers() {
        let cochrane = "Record #1 of 2\nProvider: Sea\n\nTY  -  JOUR\nTI  -  One\nAB  -  It.\nRecord #2 of 2\nProvider: Sea\n\n\
                        TY  -  JOUR\nTI  -  Two\nER  -  \n";
        assert_eq!(titles(cochrane), ["One of line 4", "Two of line 10"]);
        let ovid = "\u{feff}1. \r\nTY  - JOUR\r\nT1  - One\r\nER  -  \r\n\r\nLink: x\r\n\r\nC1  - Database: Embase\r\n\r\n2. \r\n\
                    TY  - JOUR\r\nT1  - Two\r\nER  -  \r\n";
        assert_eq!(titles(ovid), ["One of line 2", "Two of line 11"]);
    }

    #[test]
    fn fields_go_on_over_lines_without_a_tag() {
        let paper = paper("AB  - The sea\nmoves - twice.\n\n  AI - the moon.\nKW  - tides\nmoon\nKW  - a; tides");
        assert_eq!(paper.r#abstract, "The sea moves - twice. AI - the moon.");
        assert_eq!(paper.keywords, ["tides", "moon", "a"]);
    }

    #[test]
    fn one_space_in_front_of_the_hyphen_is_understood_where_all_have_one() {
        assert_eq!(titles("TY - JOUR\nTI - One\nER -\nTY - JOUR\nTI - Two\nER -"), ["One of line 1", "Two of line 4"]);
    }

    #[test]
    fn authors_come_before_editors() {
        assert_eq!(
            paper("A1  - Dune, Ada\nAU  - Wave, Carl, Jr.\nA2  - Sand, B.").authors,
            ["Ada Dune", "Carl Wave Jr."]
        );
        assert_eq!(paper("A2  - Sand, B.\nED  - Sea Group").authors, ["B. Sand", "Sea Group"]);
        assert_eq!(paper("AU  - Dune, Ada; Wave, Carl").authors, ["Ada Dune", "Carl Wave"]);
    }

    #[test]
    fn the_deepest_date_of_the_first_year_wins() {
        let date = |text: &str| paper(text).date.map(|date| date.to_string()).unwrap_or_default();
        assert_eq!(date("PY  - 2020\nDA  - 2020/05/01/\nY2  - 2021/01/01"), "2020-05-01");
        assert_eq!(date("PY  - 2020//"), "2020");
        assert_eq!(date("Y1  - 2-4 Oct. 2019"), "2019-10-02");
        let odd = paper("PY  - in press\nDA  - 2021/03//");
        assert_eq!((odd.date.unwrap().to_string().as_str(), &odd.extra["PY"]), ("2021-03", &Value::from("in press")));
        let other = paper("PY  - 2020\nDA  - 2019/12/30");
        assert_eq!((other.year, &other.extra["DA"]), (Some(2020), &Value::from("2019/12/30")));
    }

    #[test]
    fn identifiers_are_found_where_programs_put_them() {
        assert_eq!(paper("DO  - 10.1000/A.1 [doi]").doi.as_deref(), Some("10.1000/a.1"));
        assert_eq!(paper("UR  - https://doi.org/10.1000/a.1\nUR  - x").doi.as_deref(), Some("10.1000/a.1"));
        assert_eq!(paper("L3  - http://dx.doi.org/10.1000/a.1").doi.as_deref(), Some("10.1000/a.1"));
        assert_eq!(paper("JO  - arXiv preprint arXiv:2401.01234").arxiv.as_deref(), Some("2401.01234"));
        assert_eq!(paper("UR  - https://arxiv.org/abs/2401.01234v2").arxiv.as_deref(), Some("2401.01234"));
    }

    #[test]
    fn what_is_left_is_kept() {
        let paper = paper("VL  - 3\nSP  - 339\nEP  - 354\nN1  - a\nN1  - b\nAN  - 7\nDO  - none\nJF  - Seas\nJA  - S.");
        let expected = serde_json::json!({"type": "JOUR", "volume": "3", "pages": "339-354", "N1": ["a", "b"], "AN": "7",
            "DO": "none", "JA": "S."});
        assert_eq!(Value::Object(paper.extra), expected);
        assert_eq!(paper.venue.as_deref(), Some("Seas"));
    }

    #[test]
    fn what_is_malformed_is_named_and_the_rest_is_read() {
        let text = b"TY  - JOUR\nAU  - A\nER  -\nTY  - JOUR\nTI  - \xff\nER  - \nTY  - JOUR\nTI  - Two\n";
        let all = read(text, Ris::default());
        let bare = all[0].as_ref().unwrap();
        assert_eq!((bare.id.as_str(), bare.title.as_str(), bare.authors.as_slice()), ("", "", &["A".to_owned()][..]));
        assert_eq!(
            all[1].as_ref().unwrap_err(),
            "x, line 5: expected UTF-8 text, found the byte 0xff at byte column 7"
        );
        assert_eq!(all[2].as_ref().unwrap().title, "Two");
    }

    #[test]
    fn files_are_known_by_a_record_in_their_first_lines() {
        for head in
            ["TY  - JOUR\nTI  - T", "\u{feff}1. \nTY  - JOUR\nT1  - T", "Record #1 of 2\n\nTY  -  CONF\n\nTI  -  T"]
        {
            assert!(knows(head), "{head}");
        }
        for head in ["TY for all", "TY  - a sentence goes here\n", "TY  - JOUR\nbut no more", "", "TI  - T\n"] {
            assert!(!knows(head), "{head}");
        }
    }

    proptest! {
        #[test]
        fn every_titled_record_is_read_with_or_without_its_end(ends in proptest::collection::vec(any::<bool>(), 1..20)) {
            let record = |(at, end): (usize, &bool)| {
                format!("TY  - JOUR\nTI  - Title {at}\nAB  - a\nb\n{}", if *end { "ER  - \n\n" } else { "" })
            };
            let text: String = ends.iter().enumerate().map(record).collect();
            let all = read(text, Ris::default());
            prop_assert_eq!(all.len(), ends.len());
            for (at, paper) in all.into_iter().enumerate() {
                prop_assert_eq!(paper.unwrap().title, format!("Title {at}"));
            }
        }
    }
}
