//! Results pages of the Daily Papers search, copied from a browser as text.
//!
//! A capture opens with a banner that ends in the page's own date. Papers follow, in one of two layouts:
//!
//! ```text
//! with metadata                     without
//!
//! On Tides                          On Tides
//!
//! The sea moves because …           The sea moves because …
//!
//!   • 3 authors                     On Winds
//! ·
//! Mar 18, 2024 2                    The air moves because …
//! ```
//!
//! The line above the `·` is a number of authors or an organisation, whose slug comes before its name
//! (`google Google`); the integer behind the date counts comments. A page has neither ids nor the authors' names.
//!
//! # How titles and abstracts are told apart
//!
//! They alternate. A missing abstract must not turn every later title into an abstract. So a line of more than
//! [`LONGEST_TITLE`](layout::LONGEST_TITLE) characters is never a title, and a short line right in front of such a long
//! one is a title. In the five captures this was made with, titles have at most 127 characters and abstracts at least
//! 1375.
//!
//! # The year
//!
//! A page leaves out the year in dates of the current year, and in its own date. [`year`] says how the year is inferred,
//! and when it is not. If a date had no year, the document keeps the date of the page as `extra.date_as_shown`, so an
//! inferred year can be distinguished from one that was read.
//!
//! | file       | what it holds                                         |
//! |------------|-------------------------------------------------------|
//! | `lines`    | the lines that are not blank                          |
//! | `banner`   | where a capture begins, and where another one does    |
//! | `layout`   | lines into papers                                     |
//! | `metadata` | the short lines below an abstract                     |
//! | `year`     | the year of dates that show none                      |
//!
//! Cost: the whole file in memory, since the newest year on a page may stand in its last record.

use serde_json::Value;

use crate::date::Date;
use crate::document::{Document, Source};
use crate::error::ReadError;
use crate::input::Input;
use crate::record::{IdOrigin, Record};
use crate::slug::slug;
use layout::Paper;
use lines::filled_lines;
use metadata::ShownDate;

mod banner;
mod layout;
mod lines;
mod metadata;
mod year;

pub(crate) use banner::has_banner;

/// Reads every paper of a capture, or of several in one file.
///
/// `page_year` is the year the pages were captured in, if the user gave it.
pub(crate) fn read(
    input: Input,
    name: &str,
    page_year: Option<i32>,
) -> Result<Vec<Result<Record, ReadError>>, ReadError> {
    let path = input.path().to_owned();
    let lines = filled_lines(input)?;
    let mut records = Vec::new();
    for page in banner::pages(&lines) {
        let (page_day, papers) = layout::papers(page, &path);
        let dates: Vec<ShownDate> = papers.iter().flatten().filter_map(|paper| paper.date).collect();
        let page_year = page_year.or_else(|| year::infer(page_day, &dates));
        for (paper, rank) in papers.into_iter().zip(1..) {
            records.push(paper.map(|paper| record(paper, name, rank, page_year)));
        }
    }
    Ok(records)
}

fn record(paper: Paper, name: &str, rank: u32, page_year: Option<i32>) -> Record {
    let date = paper.date.and_then(|shown| shown.on_page_from(page_year));
    let mut document = Document {
        id: slug(&paper.title),
        title: paper.title,
        r#abstract: paper.summary,
        authors_count: paper.authors_count,
        date,
        year: date.as_ref().map(Date::year),
        comments: paper.comments,
        source: vec![Source { file: name.to_owned(), line: paper.line, rank: Some(rank), key: None }],
        ..Document::default()
    };
    if let Some(organization) = paper.organization {
        document.organization = Some(organization.name);
        if let Some(slug) = organization.slug {
            document.extra.insert("organization_slug".to_owned(), Value::String(slug));
        }
    }
    if let Some(shown) = paper.date.filter(|shown| shown.year.is_none()) {
        document.extra.insert("date_as_shown".to_owned(), Value::String(shown.day.to_string()));
    }
    Record { document, id_origin: IdOrigin::Made }
}
