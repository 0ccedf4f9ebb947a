//! CSV: one row a paper, with the names of JSON lines as columns.
//!
//! Authors and keywords are divided by semicolons, or written as a JSON list where they would read otherwise. What has no
//! column is one JSON object in the column `extra`.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::document::Document;
use crate::readers::joined::split_keywords;
use crate::readers::markup::escaped;
use crate::readers::people::split_authors;

const COLUMNS: [&str; 15] = [
    "id",
    "title",
    "abstract",
    "authors",
    "authors_count",
    "date",
    "year",
    "venue",
    "doi",
    "arxiv",
    "url",
    "keywords",
    "organization",
    "comments",
    "extra",
];

pub(super) fn write_head(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", COLUMNS.join(","))
}

pub(super) fn write(out: &mut impl Write, document: &Document) -> io::Result<()> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let count = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let extra =
        if document.extra.is_empty() { String::new() } else { Value::Object(document.extra.clone()).to_string() };
    let cells = [
        document.id.clone(),
        escaped(&document.title).into_owned(),
        escaped(&document.r#abstract).into_owned(),
        list(&document.authors, split_authors),
        count(document.authors_count),
        document.date.map(|date| date.to_string()).unwrap_or_default(),
        document.year.map(|year| year.to_string()).unwrap_or_default(),
        document.venue.as_deref().map(|venue| escaped(venue).into_owned()).unwrap_or_default(),
        text(&document.doi),
        text(&document.arxiv),
        text(&document.url),
        list(&document.keywords, |text| split_keywords("keywords", text)),
        text(&document.organization),
        count(document.comments),
        extra,
    ];
    writeln!(out, "{}", cells.map(|cell| quoted(&cell)).join(","))
}

fn list(items: &[String], split: impl Fn(&str) -> Vec<String>) -> String {
    let joined = items.join("; ");
    if split(&joined) == items { joined } else { json!(items).to_string() }
}

fn quoted(cell: &str) -> String {
    // Spaces at the ends and the signs of other delimiters are quoted too: programs guess.
    let is_plain = !cell.contains(['"', ',', ';', '\t', '|', '\n', '\r']) && cell.trim() == cell;
    if is_plain { cell.to_owned() } else { format!("\"{}\"", cell.replace('"', "\"\"")) }
}
