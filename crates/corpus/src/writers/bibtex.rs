//! BibTeX: one entry a paper.
//!
//! Fields are written in the order in which people read them. Of fields with one name the reader takes the first, so the
//! fields of the document come before those that were kept.

use std::io::{self, Write};

use serde_json::Value;

use super::kept::{is_end_of_range, page_range};
use super::kinds::{is_kind, kind_of};
use crate::document::{Document, MERGED_IDS};
use crate::family_names::{self, FAMILY_NAMES, name_of, unmarked};
use crate::identifiers::{self, ARXIV_CLASSES};
use crate::readers::latex::{escaped, escaped_link, is_link, keywords, people, plain};

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
    let authors = authors(document);
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
    if let Some(arxiv) = document.arxiv.as_deref().filter(|arxiv| !tells_arxiv(document, arxiv)) {
        field("eprint", arxiv)?;
        field("archiveprefix", "arXiv")?;
    }
    if let Some(url) = &document.url {
        field("url", &escaped_link(url))?;
    }
    field("keywords", &keyword_list(without_class(document)))?;
    field("abstract", &escaped(&document.r#abstract))?;
    let is_from_bibtex = has(&["entry_type"]);
    if let Some((first, last)) = page_range(document).filter(|_| !is_from_bibtex) {
        field("pages", &pages(&format!("{first}–{last}"), true))?;
    }
    for (own, value) in &document.extra {
        let is_ours = [MERGED_IDS, "entry_type"].contains(&own.as_str()) || (own == FAMILY_NAMES && value.is_object());
        let name = if is_from_bibtex { field_name(own, OF_BIBTEX) } else { renamed(document, own) };
        if is_ours || (name == "editor" && are_editors) || (!is_from_bibtex && is_told(document, &name, value)) {
            continue;
        }
        for value in texts(value) {
            let written = match name.as_str() {
                "pages" => pages(&value, !is_from_bibtex),
                _ if is_link(&name, &value) => escaped_link(&value),
                _ => escaped(&value),
            };
            field(&name, &written)?;
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

/// Signs that names of fields have in BibTeX files, beside letters and digits; the brackets are those of Web of Science.
const OF_BIBTEX: &str = "-_:.+/*()";

/// Signs that every program takes for a part of a field's name.
const OF_ALL: &str = "-_";

/// A name that BibTeX takes for that of a field: `authors-id` for `Author(s) ID`.
fn field_name(name: &str, signs: &str) -> String {
    let is_kept = |c: char| c.is_alphanumeric() || signs.contains(c);
    let shown = name.to_lowercase();
    let kept = shown.chars().filter(|c| is_kept(*c) || !"()".contains(*c)).map(|c| if is_kept(c) { c } else { '-' });
    let name = kept.collect::<String>();
    // `art-no`, for `Art. No.`
    let name = match signs == OF_ALL {
        true => name.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-"),
        false => name,
    };
    if name.starts_with(|c: char| c.is_alphabetic()) { name } else { format!("x-{name}") }
}

/// Fields that other formats call otherwise.
const RENAMED: [(&str, &str); 4] =
    [("issue", "number"), ("page", "pages"), ("publisher-place", "address"), ("art-no", "eid")];

/// What BibTeX calls a field of another format.
fn renamed(document: &Document, own: &str) -> String {
    let name = field_name(own, OF_ALL);
    let is_free = |new: &str| !document.extra.keys().any(|other| field_name(other, OF_ALL) == new);
    let new = RENAMED.iter().find(|(old, new)| *old == name && is_free(new));
    new.map_or(name, |(_, new)| (*new).to_owned())
}

/// Whether an entry says elsewhere what a field of another format says: the kind of paper, authors in a second spelling, or
/// the pages one by one.
fn is_told(document: &Document, name: &str, value: &Value) -> bool {
    match name {
        "type" => value.as_str().is_some_and(is_kind),
        "author" | "authors" => !document.authors.is_empty(),
        _ => is_end_of_range(name) && page_range(document).is_some(),
    }
}

/// Pages with the dash of BibTeX. A hyphen between two pages becomes one where another format has it.
fn pages(value: &str, may_be_hyphen: bool) -> String {
    let has_digit = |page: &str| page.contains(|c: char| c.is_ascii_digit());
    let range = value.split_once('-').filter(|(first, last)| {
        may_be_hyphen && has_digit(first) && has_digit(last) && !last.contains('-') && !value.contains('–')
    });
    let value = range.map_or_else(|| value.to_owned(), |(first, last)| format!("{}–{}", first.trim(), last.trim()));
    let written = escaped(&value).replace('–', "--");
    // Not where dashes or hyphens stand side by side.
    if plain(&written) == value { written } else { escaped(&value) }
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

/// Names joined by `and`, in the order of speech where that tells the family name. A name that would be divided stands in
/// braces, as do names of groups: of these BibTeX would take the last word for a family name.
fn authors(document: &Document) -> String {
    let written = |name: &String| {
        let plain = escaped(name);
        let is_name = |text: &str| matches!(&people(text)[..], [read] if unmarked(read) == *name);
        let in_braces = || format!("{{{plain}}}");
        let Some(parts) = family_names::parts(document, name) else {
            return if !name.contains(' ') && is_name(&plain) { plain } else { in_braces() };
        };
        let suffix = parts.suffix.unwrap_or_default();
        let read = [name_of(&parts.given, &parts.family, suffix)];
        let turned = [parts.family.as_str(), suffix, parts.given.as_str()].into_iter().filter(|part| !part.is_empty());
        let turned = turned.map(escaped).collect::<Vec<_>>().join(", ");
        match people(&plain) == read {
            true if suffix.is_empty() => plain,
            _ if people(&turned) == read => turned,
            _ if is_name(&plain) => plain,
            _ => in_braces(),
        }
    };
    document.authors.iter().map(written).collect::<Vec<_>>().join(" and ")
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
fn tells_arxiv(document: &Document, arxiv: &str) -> bool {
    let others = ["eprint", "eprinttype", "archiveprefix", "arxiv", "arxivid"];
    let links = [&document.url, &document.doi];
    let is_id = |link: &&Option<String>| link.as_deref().and_then(identifiers::arxiv).as_deref() == Some(arxiv);
    others.iter().any(|name| document.extra.contains_key(*name)) && links.iter().any(is_id)
}
