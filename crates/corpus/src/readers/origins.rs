//! Where the fields of a document come from, by format, for people who want to know before they embed a file.
//!
//! JSON and tables name their fields themselves, so there the names of the first record tell it. The other formats have names
//! of their own; `docs/formats/` tells about each in full.

use super::field_names::{Field, meaning};
use super::opening::Opening;
use crate::format::Format;
use crate::origin::Origin;

/// Where the fields of an input with this beginning come from.
pub(crate) fn origins(format: Format, head: &[u8]) -> Vec<Origin> {
    match format {
        Format::Jsonl | Format::JsonList | Format::Beir | Format::CslJson => of_json(head),
        _ => own_names(format).iter().map(|(field, from)| Origin::new(field, *from)).collect(),
    }
}

/// The names of a JSON input's first record.
fn of_json(head: &[u8]) -> Vec<Origin> {
    let Some(opening) = Opening::of(head) else { return Vec::new() };
    let mut named: Vec<(usize, Origin)> = Vec::new();
    for name in opening.names() {
        if let Some((field, place)) = meaning(&name) {
            named.push((place, Origin::new(name_of(field), name)));
        }
    }
    named.sort_by_key(|(place, _)| *place);
    named.into_iter().map(|(_, origin)| origin).collect()
}

/// The name that a field has in a document.
pub(crate) fn name_of(field: Field) -> &'static str {
    match field {
        Field::Id => "id",
        Field::Title => "title",
        Field::Abstract => "abstract",
        Field::Authors => "authors",
        Field::AuthorsCount => "authors_count",
        Field::Organization => "organization",
        Field::Date => "date",
        Field::Year => "year",
        Field::Venue => "venue",
        Field::Doi => "doi",
        Field::Arxiv => "arxiv",
        Field::Url => "url",
        Field::Keywords => "keywords",
        Field::Comments => "comments",
    }
}

/// What a format with names of its own calls the fields.
fn own_names(format: Format) -> &'static [(&'static str, &'static str)] {
    match format {
        Format::DailyPapers => &[("title", "the heading"), ("abstract", "the text below"), ("date", "the date shown")],
        Format::Arxiv => &[
            ("title", "title"),
            ("abstract", "abstract"),
            ("authors", "authors_parsed"),
            ("date", "versions"),
            ("venue", "journal-ref"),
            ("doi", "doi"),
            ("arxiv", "id"),
            ("keywords", "categories"),
        ],
        Format::SemanticScholar => &[
            ("title", "title"),
            ("abstract", "abstract, tldr"),
            ("authors", "authors"),
            ("date", "publicationDate"),
            ("year", "year"),
            ("venue", "venue, journal"),
            ("doi", "externalIds"),
            ("arxiv", "externalIds"),
            ("url", "url"),
            ("keywords", "fieldsOfStudy"),
        ],
        Format::OpenAlex => &[
            ("title", "title"),
            ("abstract", "abstract_inverted_index"),
            ("authors", "authorships"),
            ("date", "publication_date"),
            ("year", "publication_year"),
            ("venue", "primary_location"),
            ("doi", "doi"),
            ("url", "primary_location"),
            ("keywords", "keywords, topics"),
        ],
        Format::Bibtex => &[
            ("title", "title, subtitle"),
            ("abstract", "abstract"),
            ("authors", "author, editor"),
            ("date", "date, year, month, day"),
            ("venue", "journal, booktitle"),
            ("doi", "doi"),
            ("arxiv", "eprint"),
            ("url", "url"),
            ("keywords", "keywords"),
        ],
        Format::Ris => &[
            ("title", "TI, T1"),
            ("abstract", "AB, N2"),
            ("authors", "AU, A1"),
            ("date", "DA, PY, Y1"),
            ("year", "PY, Y1"),
            ("venue", "JF, T2, JO"),
            ("doi", "DO"),
            ("url", "UR"),
            ("keywords", "KW"),
        ],
        Format::Nbib => &[
            ("title", "TI"),
            ("abstract", "AB"),
            ("authors", "FAU, AU"),
            ("date", "DP"),
            ("venue", "JT, TA"),
            ("doi", "LID, AID"),
            ("keywords", "OT, MH"),
        ],
        Format::WebOfScience => &[
            ("title", "TI"),
            ("abstract", "AB"),
            ("authors", "AF, AU"),
            ("date", "PY, PD"),
            ("venue", "SO"),
            ("doi", "DI"),
            ("keywords", "DE"),
        ],
        Format::Pubmed => &[
            ("title", "ArticleTitle"),
            ("abstract", "Abstract"),
            ("authors", "AuthorList"),
            ("date", "PubDate"),
            ("venue", "Journal"),
            ("doi", "ArticleId"),
            ("keywords", "KeywordList"),
        ],
        Format::TextFolder => &[("title", "the first line"), ("abstract", "the other lines")],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_tells_its_names_itself() {
        let head = br#"{"items": [{"summary": "S", "title": "T", "text": "x", "colour": 3}]}"#;
        let found = origins(Format::Jsonl, head);
        let shown: Vec<(&str, &str)> = found.iter().map(|origin| (origin.field, origin.from.as_str())).collect();
        assert_eq!(shown, [("title", "title"), ("abstract", "text"), ("abstract", "summary")]);
        assert!(origins(Format::Ris, b"").contains(&Origin::new("title", "TI, T1")));
    }
}
