//! Works of OpenAlex: the snapshot, one work a line, and pages of its web service.
//!
//! | field            | from                                                                                     |
//! |------------------|------------------------------------------------------------------------------------------|
//! | id               | `id` without `https://openalex.org/`                                                     |
//! | title            | `title`, or `display_name`                                                               |
//! | abstract         | `abstract_inverted_index`: words and where they stand, put back in order; without it     |
//! |                  | `abstract`, as people store it who put them back; missing is ordinary                    |
//! | authors          | `authorships[].author.display_name`, or the name as it was printed                       |
//! | date, year       | `publication_date`, `publication_year`                                                   |
//! | venue            | the name of the source of `primary_location`, or of `host_venue`                         |
//! | doi, arxiv       | `doi`, or `ids.doi`; an arXiv link in a location                                         |
//! | url              | where the work is read: `primary_location.landing_page_url`; without it its DOI or `id`  |
//! | keywords         | names of `keywords` and `topics`; of `concepts` where a work has neither                 |
//! | extra            | `cited_by_count`, `type`, `language`                                                     |
//!
//! Everything else, much of it lists of other works, is passed over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::calendar;
use super::fields::fill_gaps;
use super::items::records;
use super::joined::{fold_white_space, non_empty};
use super::json::{Typed, typed};
use super::markup::plain;
use super::opening::Opening;
use crate::date::Date;
use crate::document::Document;
use crate::error::Mismatch;
use crate::identifiers;
use crate::input::Input;
use crate::readers::missing::is_missing;
use crate::record::{IdOrigin, Record, Records};

/// The beginning of every id.
const ADDRESS: &str = "https://openalex.org/";

/// The longest abstract that is put together, in bytes. A record may claim that a word stands in millions of places, which
/// would make a text much longer than the record.
const LONGEST_ABSTRACT: usize = 4 << 20;

/// Whether the first record is of this format.
pub(crate) fn knows(opening: &Opening<'_>) -> bool {
    let is_work = opening.value("id").is_some_and(|id| id.starts_with(b"\"https://openalex.org/W"));
    is_work || opening.has("abstract_inverted_index")
}

pub(crate) fn open(input: Input, name: String) -> Records {
    records(input, name, record)
}

#[derive(Deserialize)]
struct Work {
    id: Option<String>,
    doi: Option<String>,
    title: Option<String>,
    display_name: Option<String>,
    publication_date: Option<String>,
    publication_year: Option<i32>,
    ids: Option<Ids>,
    authorships: Option<Vec<Authorship>>,
    primary_location: Option<Location>,
    locations: Option<Vec<Location>>,
    host_venue: Option<Named>,
    keywords: Option<Vec<Named>>,
    topics: Option<Vec<Named>>,
    concepts: Option<Vec<Named>>,
    cited_by_count: Option<u64>,
    r#type: Option<String>,
    language: Option<String>,
    abstract_inverted_index: Option<BTreeMap<String, Vec<u64>>>,
    r#abstract: Option<String>,
}

#[derive(Deserialize)]
struct Ids {
    doi: Option<String>,
}

#[derive(Deserialize)]
struct Authorship {
    author: Option<Named>,
    raw_author_name: Option<String>,
}

#[derive(Deserialize)]
struct Location {
    source: Option<Named>,
    landing_page_url: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    // Keywords once stood under `keyword`.
    #[serde(alias = "keyword")]
    display_name: Option<String>,
}

pub(super) fn record(text: &str) -> Result<Record, Mismatch> {
    let Typed { value: work, mut odd } = typed::<Work>(text, "an OpenAlex work, one JSON object")?;
    let address = work.id.unwrap_or_default();
    let address = address.trim();
    let id = address.strip_prefix(ADDRESS).unwrap_or(address).to_owned();
    let title = work.title.filter(|title| !title.trim().is_empty()).or(work.display_name).unwrap_or_default();
    let summary = match &work.abstract_inverted_index {
        Some(index) => in_order(index)?,
        None => String::new(),
    };
    // Those who put the words back in order store the text beside the index, or instead of it.
    let summary =
        if summary.is_empty() { work.r#abstract.filter(|text| !is_missing(text)).unwrap_or_default() } else { summary };

    let date = work.publication_date.as_deref().and_then(calendar::written);
    if let Some(text) = work.publication_date.filter(|text| date.is_none() && !is_missing(text)) {
        odd.insert("publication_date".to_owned(), text.into());
    }
    let doi = work.doi.or(work.ids.and_then(|ids| ids.doi)).as_deref().and_then(identifiers::find_doi);
    let places = || work.primary_location.iter().chain(work.locations.iter().flatten());
    let mut links = places().filter_map(|place| place.landing_page_url.as_deref());
    let arxiv = doi.as_deref().and_then(identifiers::arxiv).or_else(|| links.find_map(identifiers::arxiv));
    let landing = work.primary_location.as_ref().and_then(|place| place.landing_page_url.clone());
    let url = landing.or_else(|| doi.as_ref().map(|doi| format!("https://doi.org/{doi}")));
    let venue = work.primary_location.as_ref().and_then(|place| place.source.as_ref()).or(work.host_venue.as_ref());
    let venue = venue.and_then(|source| source.display_name.as_deref()).map(fold_white_space);

    let author = |authorship: Authorship| authorship.author.and_then(|a| a.display_name).or(authorship.raw_author_name);
    let authors: Vec<String> = work.authorships.unwrap_or_default().into_iter().filter_map(author).collect();
    let mut keywords = names(work.keywords);
    keywords.extend(names(work.topics).into_iter().filter(|topic| !keywords.contains(topic)).collect::<Vec<_>>());
    if keywords.is_empty() {
        keywords = names(work.concepts);
    }
    let mut extra = Map::new();
    if let Some(count) = work.cited_by_count {
        extra.insert("cited_by_count".into(), count.into());
    }
    for (name, value) in [("type", work.r#type), ("language", work.language)] {
        extra.extend(value.map(|value| (name.to_owned(), Value::String(value))));
    }
    let mut document = Document {
        title: fold_white_space(&plain(&title)),
        r#abstract: fold_white_space(&plain(&summary)),
        authors: non_empty(authors.iter().map(String::as_str)),
        date,
        year: date.as_ref().map(Date::year).or(work.publication_year.filter(|&y| Date::new(y, None, None).is_ok())),
        venue: venue.filter(|venue| !venue.is_empty()),
        doi,
        arxiv,
        url: url.or_else(|| (!id.is_empty()).then(|| format!("{ADDRESS}{id}"))),
        keywords,
        extra,
        id,
        ..Document::default()
    };
    fill_gaps(&mut document, odd);
    Ok(Record { document, id_origin: IdOrigin::Given })
}

fn names(list: Option<Vec<Named>>) -> Vec<String> {
    let list = list.unwrap_or_default();
    non_empty(list.iter().filter_map(|named| named.display_name.as_deref()))
}

/// The text of an inverted index. Words are sorted by position; no memory is laid out by position, so a position that is
/// far off costs no more than another.
fn in_order(index: &BTreeMap<String, Vec<u64>>) -> Result<String, Mismatch> {
    let mut words: Vec<(u64, &str)> =
        index.iter().flat_map(|(word, places)| places.iter().map(|&place| (place, word.trim()))).collect();
    words.sort_unstable();
    let mut text = String::new();
    for (_, word) in words.iter().filter(|(_, word)| !word.is_empty()) {
        if text.len() + word.len() >= LONGEST_ABSTRACT {
            let expected =
                format!("an abstract of at most {} MiB in `abstract_inverted_index`", LONGEST_ABSTRACT >> 20);
            return Err(Mismatch::new(expected, "a longer one"));
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    Ok(fold_white_space(&text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Document, Mismatch> {
        record(&value.to_string()).map(|record| record.document)
    }

    #[test]
    fn every_field_finds_its_place() {
        let work = read(json!({
            "id": "https://openalex.org/W31", "doi": "https://doi.org/10.1000/Seas.7", "title": "On\n Tides",
            "publication_date": "2021-04-03", "publication_year": 2021, "ids": {"mag": "31"}, "language": "en",
            "authorships": [{"author": {"id": "A1", "display_name": "Ida Brandt"}},
                            {"author": {"display_name": null}, "raw_author_name": "T. Quiroga"}],
            "primary_location": {"source": {"display_name": "Journal of Seas"}, "landing_page_url": "https://seas.example/7"},
            "locations": [{"source": null, "landing_page_url": "http://arxiv.org/abs/2104.00007"}],
            "keywords": [{"keyword": "tides", "score": 0.5}], "topics": [{"display_name": "Oceanography"}],
            "concepts": [{"display_name": "Geology", "level": 0}], "cited_by_count": 12, "type": "article",
            "abstract_inverted_index": {"moves.": [2, 5], "The": [0, 3], "sea": [1], "moon": [4]},
            "related_works": ["https://openalex.org/W32"],
        }))
        .unwrap();
        assert_eq!((work.id.as_str(), work.title.as_str()), ("W31", "On Tides"));
        assert_eq!(work.r#abstract, "The sea moves. The moon moves.");
        assert_eq!(work.authors, ["Ida Brandt", "T. Quiroga"]);
        assert_eq!((work.doi.as_deref(), work.arxiv.as_deref()), (Some("10.1000/seas.7"), Some("2104.00007")));
        assert_eq!(
            (work.url.as_deref(), work.venue.as_deref()),
            (Some("https://seas.example/7"), Some("Journal of Seas"))
        );
        assert_eq!(work.keywords, ["tides", "Oceanography"]);
        assert_eq!((work.date.unwrap().to_string(), work.year), ("2021-04-03".to_owned(), Some(2021)));
        assert_eq!(Value::Object(work.extra), json!({"cited_by_count": 12, "type": "article", "language": "en"}));
    }

    #[test]
    fn a_work_without_an_abstract_or_a_link_is_kept() {
        let work = read(json!({"id": "https://openalex.org/W9", "display_name": "T", "abstract_inverted_index": null,
            "concepts": [{"display_name": "Geology"}], "ids": {"doi": "https://doi.org/10.1000/9"}}));
        let work = work.unwrap();
        assert_eq!(
            (work.title.as_str(), work.r#abstract.as_str(), work.keywords),
            ("T", "", vec!["Geology".to_owned()])
        );
        assert_eq!(work.url.as_deref(), Some("https://doi.org/10.1000/9"));
        let bare = read(json!({"id": "W9", "title": "T"})).unwrap();
        assert_eq!(bare.url.as_deref(), Some("https://openalex.org/W9"));
    }

    #[test]
    fn the_text_may_stand_beside_its_index_or_instead_of_it() {
        let both = json!({"id": "W1", "title": "T", "abstract": "Other.", "abstract_inverted_index": {"Words.": [0]}});
        assert_eq!(read(both).unwrap().r#abstract, "Words.");
        assert_eq!(read(json!({"id": "W1", "title": "T", "abstract": "Words."})).unwrap().r#abstract, "Words.");
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let work =
            read(json!({"id": "W1", "title": "T", "abstract_inverted_index": {"a": [-1]}, "publication_date": "soon",
            "publication_year": "2021", "authorships": ["Ida Brandt", null]}));
        let work = work.unwrap();
        assert_eq!(
            (work.r#abstract.as_str(), work.year, work.authors),
            ("", Some(2021), vec!["Ida Brandt".to_owned()])
        );
        let kept = json!({"abstract_inverted_index": {"a": [-1]}, "publication_date": "soon"});
        assert_eq!(Value::Object(work.extra), kept);
    }

    #[test]
    fn positions_far_off_cost_nothing_and_texts_that_explode_are_refused() {
        let index = BTreeMap::from([("b".to_owned(), vec![u64::MAX]), ("a".to_owned(), vec![7])]);
        assert_eq!(in_order(&index).unwrap(), "a b");
        let index = BTreeMap::from([("w".repeat(5_000), (0..2_000).collect())]);
        assert!(in_order(&index).unwrap_err().expected.contains("an abstract of at most 4 MiB"));
    }

    proptest! {
        #[test]
        fn a_text_comes_back_from_its_inverted_index(words in proptest::collection::vec("[a-c]{1,2}", 0..30)) {
            let mut index: BTreeMap<String, Vec<u64>> = BTreeMap::new();
            for (place, word) in (0..).zip(&words) {
                index.entry(word.clone()).or_default().push(place);
            }
            prop_assert_eq!(in_order(&index).unwrap(), words.join(" "));
        }
    }
}
