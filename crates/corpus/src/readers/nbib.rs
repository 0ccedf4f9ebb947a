//! NBIB, the tagged lines of MEDLINE: what PubMed saves for reference managers, and as "PubMed" format.
//!
//! | field    | tags, the first in the row wins                                                                |
//! |----------|------------------------------------------------------------------------------------------------|
//! | id       | `PMID`; without it made of the title                                                           |
//! | title    | `TI`; `TT` where the title is not available in English; `BTI`                                  |
//! | abstract | `AB`, `OAB`                                                                                    |
//! | authors  | `FAU`, or `AU` where a person has no full name, and `CN`; without them `FED`, `ED`             |
//! | date     | `DEP`, `DP`                                                                                    |
//! | venue    | `JT`, `TA`, `BTI`                                                                              |
//! | keywords | `MH` without subheadings, then `OT`                                                            |
//! | doi      | `LID` and `AID` that are one                                                                   |
//! | url      | the page of PubMed                                                                             |
//! | extra    | `volume` (`VI`), `issue` (`IP`), `pages` (`PG`), `pmc` (`PMC`), `issn` (`IS`), `language`      |
//! |          | (`LA`), `publication_types` (`PT`), all other tags but those of housekeeping                   |
//!
//! Values are those of PubMed's XML ([`pubmed`](super::pubmed)), so that a paper is the same from both. A record begins at
//! `PMID`, or at a tag behind an empty line.

use std::collections::HashSet;

use serde_json::Value;

use super::calendar;
use super::people::spoken_initials;
use super::tagged::{self, Fields, Role, Tags, named, unless_missing};
use crate::date::Date;
use crate::document::Document;
use crate::input::Input;
use crate::record::{Record, Records};

/// Whether a text begins with a record.
pub(crate) fn knows(head: &str) -> bool {
    let id = head.trim_start_matches('\u{feff}').trim_start().strip_prefix("PMID-");
    id.is_some_and(|id| id.trim_start_matches(' ').starts_with(|c: char| c.is_ascii_digit()))
}

pub(crate) fn open(input: Input, name: String) -> Records {
    tagged::open(input, name, Nbib)
}

/// The tag that begins a record.
const PMID: &str = "PMID";

/// The columns of a tag.
const WIDTH: usize = 4;

/// Tags of housekeeping, affiliations, references and substances, which PubMed's XML has too and the reader passes over.
const PASSED_OVER: [&str; 34] = [
    "OWN", "STAT", "DCOM", "LR", "EDAT", "MHDA", "CRDT", "PHST", "AD", "AUID", "GR", "SO", "JID", "SB", "RN", "NM",
    "FIR", "IR", "IRAD", "CI", "COIS", "CIN", "CON", "EIN", "EFR", "RF", "SI", "PST", "DA", "PL", "LID", "AID", "MID",
    "OTO",
];

struct Nbib;

impl Tags for Nbib {
    fn split<'a>(&mut self, line: &'a str) -> Option<(&'a str, &'a str)> {
        let (tag, value) = line.split_at_checked(WIDTH)?;
        let value = value.strip_prefix('-')?;
        let bare = tag.trim_end_matches(' ');
        let is_tag = bare.len() >= 2
            && bare.starts_with(|c: char| c.is_ascii_uppercase())
            && bare.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        (is_tag && (value.is_empty() || value.starts_with(' '))).then_some((bare, value))
    }

    fn role(&self, tag: &str) -> Role {
        if tag == PMID { Role::Begins } else { Role::Holds }
    }

    fn has_ended(&self, line: &str, is_behind_blank: bool) -> bool {
        is_behind_blank && Nbib.split(line).is_some()
    }

    fn paper(&self, fields: &mut Fields) -> Record {
        let title = title(fields);
        let summary = unless_missing(fields.take_joined(&["AB", "OAB"]).unwrap_or_default());
        let id = fields.take(&[PMID]);
        let date = fields.take_as(&["DEP", "DP"], calendar::written);
        if date.is_some() {
            // The paper's other date, which was understood as well.
            let _ = fields.take_as(&["DP"], calendar::written);
        }
        let mut document = Document {
            title,
            r#abstract: summary,
            authors: authors(fields),
            year: date.as_ref().map(Date::year),
            date,
            venue: fields.take(&["JT", "TA", "BTI"]),
            doi: fields.take_doi(&["LID", "AID"]),
            url: id.as_ref().map(|id| format!("https://pubmed.ncbi.nlm.nih.gov/{id}/")),
            keywords: keywords(fields),
            ..Document::default()
        };
        // The journal's short name beside the long one.
        let _ = fields.take(&["TA"]);
        let lists = [
            ("language", fields.take_list(&["LA"], &['\n'])),
            ("publication_types", fields.take_list(&["PT"], &['\n'])),
        ];
        document.extra = fields.rest(&NAMES, &PASSED_OVER);
        let lists = lists.into_iter().filter(|(_, list)| !list.is_empty());
        document.extra.extend(lists.map(|(name, list)| (name.to_owned(), Value::from(list))));
        named(id, document)
    }
}

/// Names in `extra`.
const NAMES: [(&str, &str); 5] = [("VI", "volume"), ("IP", "issue"), ("PG", "pages"), ("PMC", "pmc"), ("IS", "issn")];

fn title(fields: &mut Fields) -> String {
    let title = fields.take(&["TI"]).map(|title| bare_title(&title).to_owned()).unwrap_or_default();
    if !title.is_empty() && !is_not_available(&title) {
        return title;
    }
    fields.take(&["TT", "BTI"]).map(|title| bare_title(&title).to_owned()).unwrap_or_default()
}

/// What PubMed writes in place of an English title that nobody made.
pub(super) fn is_not_available(title: &str) -> bool {
    title.eq_ignore_ascii_case("not available")
}

/// A title without the full stop that PubMed puts behind it, and without the brackets around translated ones.
pub(super) fn bare_title(title: &str) -> &str {
    let bare = without_stop(title);
    let translated = bare.strip_prefix('[').and_then(|title| title.strip_suffix(']'));
    translated.filter(|title| !title.contains(['[', ']'])).map_or(bare, without_stop)
}

fn without_stop(title: &str) -> &str {
    title.strip_suffix('.').filter(|title| !title.ends_with('.')).unwrap_or(title).trim_end()
}

/// People and groups in the order of the record. Most people have a full name in `FAU` and the same in short in `AU`; the
/// short one counts where a record has no full names.
fn authors(fields: &mut Fields) -> Vec<String> {
    if fields.values(&["FAU"]).next().is_some() {
        let _ = fields.take_all(&["AU"]);
    }
    let mut names = fields.take_list(&["FAU", "AU", "CN"], &['\n']);
    if names.is_empty() {
        names = fields.take_list(&["FED"], &['\n']);
    }
    if names.is_empty() {
        names = fields.take_list(&["ED"], &['\n']);
    }
    names.iter().map(|name| spoken_initials(name)).filter(|name| !name.is_empty()).collect()
}

/// Headings without their subheadings and without the star of the main ones, then the authors' own keywords.
fn keywords(fields: &mut Fields) -> Vec<String> {
    let headings = fields.take_list(&["MH"], &[]);
    let headings = headings.iter().map(|heading| heading.split('/').next().unwrap_or_default());
    let own = fields.take_list(&["OT"], &[]);
    let mut known = HashSet::new();
    let keywords = headings.chain(own.iter().map(String::as_str)).map(|keyword| keyword.trim_matches(['*', ' ']));
    keywords.filter(|keyword| !keyword.is_empty() && known.insert(*keyword)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tagged::tests::read;
    use super::*;

    fn paper(text: &str) -> Document {
        read(format!("PMID- 7\nTI  - T\n{text}\n"), Nbib).remove(0).unwrap()
    }

    #[test]
    fn records_end_where_the_next_one_begins() {
        let text = "\nPMID- 1\r\nTI  - On tides of the\r\n      north.\r\n\r\nPMID- 2\r\nTI  - Two.\r\nPMID- 3\r\nTI  - Three\r\n\
                    \r\nOWN - NLM\r\nTI  - Four\r\n\r\nSTAT- MEDLINE\r\n";
        let all: Vec<Document> = read(text, Nbib).into_iter().map(|paper| paper.unwrap()).collect();
        let shown: Vec<_> =
            all.iter().map(|paper| (paper.id.as_str(), paper.title.as_str(), paper.source[0].line)).collect();
        assert_eq!(
            shown,
            [("1", "On tides of the north", 2), ("2", "Two", 6), ("3", "Three", 8), ("four", "Four", 11)]
        );
    }

    #[test]
    fn the_doi_may_stand_in_either_place() {
        assert_eq!(paper("LID - S0140 [pii]\nLID - 10.1000/A.1 [doi]").doi.as_deref(), Some("10.1000/a.1"));
        assert_eq!(paper("AID - S0140 [pii]\nAID - 10.1000/a.1 [doi]").doi.as_deref(), Some("10.1000/a.1"));
    }

    #[test]
    fn authors_are_people_or_groups() {
        let full = paper("FAU - Dune, Ada B Jr\nAU  - Dune AB Jr\nCN  - Sea Group\nFAU - Wave, Carl\nAU  - Wave C");
        assert_eq!(full.authors, ["Ada B Dune Jr", "Sea Group", "Carl Wave"]);
        assert!(!full.extra.contains_key("AU"));
        assert_eq!(paper("AU  - Dune AB\nAU  - van der Wave C").authors, ["AB Dune", "C van der Wave"]);
        assert_eq!(paper("FED - Sand, Bo\nED  - Sand B").authors, ["Bo Sand"]);
    }

    #[test]
    fn the_day_of_the_paper_comes_before_the_month_of_the_issue() {
        let date = |text: &str| paper(text).date.map(|date| date.to_string()).unwrap_or_default();
        assert_eq!(date("DP  - 2022 Apr 28"), "2022-04-28");
        assert_eq!(date("DP  - 2022 Jun\nDEP - 20220428"), "2022-04-28");
        assert_eq!(date("DP  - 2022 Spring"), "2022");
        let odd = paper("DP  - soon");
        assert_eq!((odd.year, &odd.extra["DP"]), (None, &json!("soon")));
    }

    #[test]
    fn headings_lose_their_subheadings() {
        assert_eq!(paper("MH  - *Tides/blood\nMH  - Tides/*physiology\nOT  - *moon").keywords, ["Tides", "moon"]);
    }

    #[test]
    fn a_title_that_is_not_available_gives_way_to_the_one_there_is() {
        let read = |text: &str| read(format!("PMID- 7\n{text}\n"), Nbib).remove(0).map(|paper| paper.title);
        assert_eq!(read("TI  - [Not Available].\nTT  - Om tidvann.").as_deref(), Ok("Om tidvann"));
        assert_eq!(read("TI  - [On tides.]").as_deref(), Ok("On tides"));
        assert_eq!(read("BTI - On [all] tides").as_deref(), Ok("On [all] tides"));
        assert_eq!(read("AU  - Dune A").as_deref(), Ok(""));
    }

    #[test]
    fn what_is_left_is_kept_but_housekeeping() {
        let extra = paper("OWN - NLM\nVI  - 3\nIP  - 1\nPG  - 3-4\nPMC - PMC1\nLA  - eng\nPT  - Review\nSTO - x").extra;
        let expected = json!({"volume": "3", "issue": "1", "pages": "3-4", "pmc": "PMC1", "language": ["eng"],
            "publication_types": ["Review"], "STO": "x"});
        assert_eq!(Value::Object(extra), expected);
    }

    #[test]
    fn a_file_is_known_by_its_first_tag() {
        assert!(knows("\u{feff}\nPMID- 35000001\nOWN - NLM") && knows("PMID-12"));
        assert!(!knows("PMID- of a paper") && !knows("PMID,Title") && !knows(""));
    }
}
