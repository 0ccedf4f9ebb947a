//! BibTeX: one entry a paper.
//!
//! Fields are written in the order in which people read them. Of fields with one name the reader takes the first, so the
//! fields of the document come before those that were kept.

use std::io::{self, Write};

use serde_json::Value;

use super::kinds::kind_of;
use super::names;
use crate::document::{Document, MERGED_IDS};
use crate::identifiers::{self, ARXIV_CLASSES};
use crate::readers::latex::{escaped, escaped_link, is_link, keywords, people};

/// Writes an entry under a key of [`CitationKeys`](super::citation_keys::CitationKeys).
pub(super) fn write(out: &mut impl Write, document: &Document, key: &str) -> io::Result<()> {
    let kind = kind_of(document).bibtex;
    writeln!(out, "@{kind}{{{key},")?;
    let mut field = |name: &str, value: &str| match value.is_empty() {
        true => Ok(()),
        false => writeln!(out, "  {name} = {{{value}}},"),
    };
    let has = |names: &[&str]| names.iter().any(|name| document.extra.contains_key(*name));
    field("title", &escaped(&document.title))?;
    let authors = authors(&document.authors);
    let are_editors = are_editors(document);
    field(if are_editors { "editor" } else { "author" }, &authors)?;
    for (name, value) in date(document, has(&["year", "month", "day"])) {
        field(name, &value)?;
    }
    if let Some(venue) = &document.venue {
        let is_other = has(&["journal", "journaltitle", "booktitle", "maintitle"]);
        let is_part = ["inproceedings", "conference", "incollection", "inbook"].contains(&kind.as_str());
        field(
            if is_part && !is_other && !document.title.is_empty() { "booktitle" } else { "journal" },
            &escaped(venue),
        )?;
    }
    if let Some(organization) = &document.organization {
        let name = match kind.as_str() {
            _ if has(&["school", "institution", "organization"]) => "school",
            "phdthesis" | "mastersthesis" => "school",
            "techreport" | "report" | "thesis" => "institution",
            _ => "organization",
        };
        field(name, &escaped(organization))?;
    }
    if let Some(doi) = &document.doi {
        field("doi", &escaped_link(doi))?;
    }
    if let Some(arxiv) = document.arxiv.as_deref().filter(|arxiv| !is_told(document, arxiv)) {
        field("eprint", arxiv)?;
        field("archiveprefix", "arXiv")?;
    }
    if let Some(url) = &document.url {
        field("url", &escaped_link(url))?;
    }
    field("keywords", &keyword_list(without_class(document)))?;
    field("abstract", &escaped(&document.r#abstract))?;
    for (name, value) in &document.extra {
        let is_written = name == "editor" && are_editors;
        if !is_written && ![MERGED_IDS, "entry_type"].contains(&name.as_str()) {
            for value in texts(value) {
                let name = field_name(name);
                field(&name, &if is_link(&name, &value) { escaped_link(&value) } else { escaped(&value) })?;
            }
        }
    }
    out.write_all(b"}\n\n")
}

/// Whether the authors are the editors of a volume that has no authors.
fn are_editors(document: &Document) -> bool {
    let editors = document.extra.get("editor").and_then(Value::as_str);
    !document.authors.is_empty() && editors.is_some_and(|editors| editors == document.authors.join(" and "))
}

/// The keywords without the category that is the last of them because a field of its own has it.
fn without_class(document: &Document) -> &[String] {
    let has = |class: &String| {
        document.arxiv.is_some()
            && ARXIV_CLASSES.iter().any(|name| document.extra.get(*name).and_then(Value::as_str) == Some(class))
    };
    match document.keywords.split_last() {
        Some((last, before)) if has(last) => before,
        _ => &document.keywords,
    }
}

/// A name that BibTeX takes for that of a field.
fn field_name(name: &str) -> String {
    let is_kept = |c: char| c.is_alphanumeric() || "-_:.+/*()".contains(c);
    let name: String = name.to_lowercase().chars().map(|c| if is_kept(c) { c } else { '-' }).collect();
    if name.starts_with(|c: char| c.is_alphabetic()) { name } else { format!("x-{name}") }
}

/// The texts of a kept value; those of a list become fields of one name.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(list) if list.iter().all(|item| item.is_string()) => list.iter().flat_map(texts).collect(),
        other => vec![other.to_string()],
    }
}

/// Names joined by `and`. One that would be divided or turned stands in braces.
fn authors(names: &[String]) -> String {
    let written = |name: &String| {
        let turned = names::parts(name).and_then(|parts| {
            parts
                .suffix
                .map(|suffix| format!("{}, {}, {}", escaped(&parts.family), escaped(suffix), escaped(&parts.given)))
        });
        let plain = turned.unwrap_or_else(|| escaped(name));
        if people(&plain) == [name.as_str()] { plain } else { format!("{{{}}}", escaped(name)) }
    };
    names.iter().map(written).collect::<Vec<_>>().join(" and ")
}

fn keyword_list(list: &[String]) -> String {
    let written = |keyword: &String| {
        let plain = escaped(keyword);
        if keywords(&plain) == [keyword.as_str()] { plain } else { format!("{{{plain}}}") }
    };
    let joined = list.iter().map(written).collect::<Vec<_>>().join(", ");
    // Braces around all would be no braces around one, and a bar alone would divide.
    if keywords(&joined) == list { joined } else { format!("{joined},") }
}

/// `year`, `month` and `day`; `date` if the source has something else in these, or the year is too early to be known as one.
fn date(document: &Document, has_parts: bool) -> Vec<(&'static str, String)> {
    let Some(date) = document.date else {
        return document.year.map(|year| ("year", year.to_string())).into_iter().collect();
    };
    if has_parts || date.year() < 1000 {
        return vec![("date", date.to_string())];
    }
    let (month, day) = (date.month().map(|month| month.to_string()), date.day().map(|day| day.to_string()));
    let parts = [("year", Some(date.year().to_string())), ("month", month), ("day", day)];
    parts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Whether the arXiv id is told by a link or a DOI, beside other eprint fields that it would be mistaken for.
fn is_told(document: &Document, arxiv: &str) -> bool {
    let others = ["eprint", "eprinttype", "archiveprefix", "arxiv", "arxivid"];
    let links = [&document.url, &document.doi];
    let is_id = |link: &&Option<String>| link.as_deref().and_then(identifiers::arxiv).as_deref() == Some(arxiv);
    others.iter().any(|name| document.extra.contains_key(*name)) && links.iter().any(is_id)
}
