//! RIS: tags of two letters, one value a line.

use std::io::{self, Write};

use serde_json::Value;

use super::kept::{is_end_of_range, page_range};
use super::kinds::kind_of;
use crate::document::{Document, MERGED_IDS};
use crate::family_names::{self, FAMILY_NAMES, unmarked};
use crate::identifiers;
use crate::readers::joined::fold_white_space;
use crate::readers::markup::escaped;
use crate::readers::people::spoken;
use crate::readers::tagged::pages;

/// The tags of kept fields; the reader gives the fields of other programs' papers the same names.
const NAMED: [(&str, &str); 16] = [
    ("volume", "VL"),
    ("issue", "IS"),
    ("number", "IS"),
    ("publisher", "PB"),
    ("issn", "SN"),
    ("ISSN", "SN"),
    ("isbn", "SN"),
    ("ISBN", "SN"),
    ("language", "LA"),
    ("langid", "LA"),
    ("pmid", "PM"),
    ("address", "CY"),
    ("publisher-place", "CY"),
    ("edition", "ET"),
    ("note", "N1"),
    ("affiliation", "AD"),
];

pub(super) fn write(out: &mut impl Write, document: &Document) -> io::Result<()> {
    let kind = kind_of(document).ris;
    let mut field = |tag: &str, value: &str| {
        let value = fold_white_space(value);
        if value.is_empty() { Ok(()) } else { write!(out, "{tag}  - {value}\r\n") }
    };
    let has = |name: &str| document.extra.contains_key(name);
    field("TY", &kind)?;
    field("TI", &escaped(&document.title))?;
    for name in &document.authors {
        field("AU", &turned(document, name))?;
    }
    if let Some(year) = document.year.or(document.date.map(|date| date.year())) {
        field("PY", &format!("{year:04}"))?;
    }
    if let Some(date) = document.date.filter(|date| date.month().is_some()) {
        let part = |part: Option<u8>| part.map(|part| format!("{part:02}")).unwrap_or_default();
        field("DA", &format!("{:04}/{}/{}", date.year(), part(date.month()), part(date.day())))?;
    }
    if let Some(venue) = &document.venue {
        field(if kind == "JOUR" || has("JF") || has("T2") { "JF" } else { "T2" }, &escaped(venue))?;
    }
    if let Some(doi) = &document.doi {
        field("DO", doi)?;
    }
    if let Some(url) = &document.url {
        field("UR", url)?;
    }
    if let Some(arxiv) = document.arxiv.as_deref().filter(|_| !tells_arxiv(document)) {
        field("M1", &format!("arXiv:{arxiv}"))?;
    }
    for keyword in &document.keywords {
        field("KW", &keyword.replace(';', ","))?;
    }
    field("AB", &escaped(&document.r#abstract))?;
    let range = page_range(document);
    if let Some((first, last)) = range {
        field("SP", first)?;
        field("EP", last)?;
    }
    // Pages first: the reader takes the first `SP`, and others that were kept come behind.
    let are_pages = |name: &str| name == "pages" || name == "page";
    let (pages, others): (Vec<_>, Vec<_>) = document.extra.iter().partition(|(name, _)| are_pages(name));
    for (name, value) in pages.into_iter().chain(others) {
        let is_ours = [MERGED_IDS, "type", "entry_type"].contains(&name.as_str());
        let is_written = range.is_some() && is_end_of_range(name);
        if is_ours || is_written || (name == FAMILY_NAMES && value.is_object()) {
            continue;
        }
        for text in texts(value) {
            let is_tag = matches!(name.as_bytes(), [first, second]
                if first.is_ascii_uppercase() && (second.is_ascii_uppercase() || second.is_ascii_digit()));
            match NAMED.iter().find(|(known, _)| known == name) {
                // The reader puts only one first and one last page together.
                _ if are_pages(name) && value.is_string() => {
                    for (tag, page) in first_and_last(&text) {
                        field(tag, page)?;
                    }
                }
                Some((_, tag)) => field(tag, &text)?,
                None if is_tag && name != "TY" && name != "ER" => field(name, &text)?,
                None => field("N1", &format!("{name}: {text}"))?,
            }
        }
    }
    out.write_all(b"ER  - \r\n\r\n")
}

/// `Dune, Ada`, where that reads as the name again. The name of a group has a comma behind it where it may be mistaken for
/// that of a person.
fn turned(document: &Document, name: &str) -> String {
    let turned = match family_names::parts(document, name) {
        Some(parts) => {
            let parts = [Some(parts.family.as_str()), Some(parts.given.as_str()), parts.suffix];
            Some(parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "))
        }
        None => family_names::told(document, name).map(|group| format!("{group},")),
    };
    let is_name = |turned: &String| !name.contains(';') && unmarked(&spoken(turned)) == name;
    turned.filter(is_name).unwrap_or_else(|| name.replace(';', ","))
}

/// The first and the last page of `1-9`, if they read as these again.
fn first_and_last(text: &str) -> Vec<(&'static str, &str)> {
    let text_of = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty());
    match text.split_once(['-', '–']) {
        Some((first, last)) if pages(text_of(first.trim()), text_of(last.trim())).as_deref() == Some(text) => {
            vec![("SP", first.trim()), ("EP", last.trim())]
        }
        _ => vec![("SP", text)],
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(list) if list.iter().all(Value::is_string) => list.iter().flat_map(texts).collect(),
        other => vec![other.to_string()],
    }
}

/// Whether the other fields tell the arXiv id.
fn tells_arxiv(document: &Document) -> bool {
    let kept = ["AN", "M1", "UR", "DO"].iter().flat_map(|tag| document.extra.get(*tag).map(texts).unwrap_or_default());
    let told = [&document.doi, &document.url, &document.venue].into_iter().flatten().cloned().chain(kept);
    let ids = told.flat_map(|text| {
        text.split_whitespace().filter_map(|word| identifiers::arxiv(word.trim_end_matches(','))).next()
    });
    ids.into_iter().any(|id| document.arxiv.as_ref() == Some(&id))
}
