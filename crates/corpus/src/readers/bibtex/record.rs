//! The fields of an entry into a document.

use serde_json::{Map, Value};

use super::entry::Entry;
use crate::date::Date;
use crate::document::Document;
use crate::family_names::unmarked;
use crate::identifiers::{self, ARXIV_CLASSES};
use crate::readers::calendar;
use crate::readers::latex::{is_link, keywords, people, plain, verbatim};
use crate::readers::missing::is_missing;

/// Makes a document of an entry. One without title and abstract is a document too, and has neither.
pub(super) fn paper(mut entry: Entry) -> Document {
    let title = title(&mut entry);
    let date = take_date(&mut entry);
    let summary = take_plain(&mut entry, &["abstract", "abstractnote"]).unwrap_or_default();
    let authors = entry.take_all(&["author", "authors"], " and ");
    // Of a volume without authors the editors are those who made it; that they are its editors is kept.
    let editors = if authors.is_none() { entry.take_all(&["editor"], " and ") } else { None };
    let (arxiv, class) = take_arxiv(&mut entry);
    let doi = entry.take(&["doi"]).map(|doi| verbatim(&doi)).filter(|doi| !doi.is_empty());
    let url = take_url(&mut entry);
    let list = entry.take_all(&["keywords", "keyword", "author_keywords"], ";");
    let mut document = Document {
        title,
        r#abstract: summary,
        authors: authors
            .as_ref()
            .or(editors.as_ref())
            .map(|authors| people(authors))
            .unwrap_or_default()
            .into_iter()
            .filter(|name| !is_missing(name))
            .collect(),
        organization: take_plain(&mut entry, &["school", "institution", "organization"]),
        year: date.as_ref().map(Date::year),
        date,
        venue: take_plain(&mut entry, &["journal", "journaltitle", "booktitle", "maintitle"]),
        doi: doi.as_deref().and_then(identifiers::doi).or_else(|| url.as_deref().and_then(identifiers::doi)),
        keywords: list.map(|list| keywords(&list)).unwrap_or_default(),
        ..Document::default()
    };
    document.arxiv = arxiv
        .or_else(|| url.as_deref().and_then(identifiers::arxiv))
        .or_else(|| doi.as_deref().and_then(identifiers::arxiv))
        .or_else(|| arxiv_in_venue(document.venue.as_deref()?, &entry))
        .or_else(|| arxiv_in_words(&entry));
    let class = class.or_else(|| document.arxiv.as_ref().and_then(|_| take_class(&mut entry)));
    if let Some((name, class)) = class {
        let class = verbatim(&class);
        if !class.is_empty() && !document.keywords.contains(&class) {
            document.keywords.push(class.clone());
        }
        if !class.is_empty() {
            keep(&mut document.extra, name.to_owned(), class);
        }
    }
    if editors.is_some() && !document.authors.is_empty() {
        keep(&mut document.extra, "editor".to_owned(), unmarked(&document.authors.join(" and ")));
    }
    if document.doi.is_none()
        && let Some(doi) = doi
    {
        document.extra.insert("doi".to_owned(), Value::String(doi));
    }
    document.url = url;
    for (name, value) in entry.fields {
        let value = if is_link(&name, &value) { verbatim(&value) } else { plain(&value) };
        if !value.is_empty() {
            keep(&mut document.extra, name, value);
        }
    }
    keep(&mut document.extra, "entry_type".to_owned(), entry.kind);
    document.id = entry.key;
    document
}

/// Keeps a value; values of one name become a list.
fn keep(extra: &mut Map<String, Value>, name: String, value: String) {
    let value = Value::String(value);
    match extra.get_mut(&name) {
        None => _ = extra.insert(name, value),
        Some(Value::Array(list)) => list.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

pub(super) fn take_plain(entry: &mut Entry, names: &[&str]) -> Option<String> {
    entry.take(names).map(|value| plain(&value)).filter(|value| !is_missing(value))
}

fn title(entry: &mut Entry) -> String {
    let main = entry.take(&["title"]).map(|title| plain(&title)).filter(|title| !title.is_empty());
    match (main, take_plain(entry, &["subtitle"])) {
        (Some(title), Some(subtitle)) => format!("{title}: {subtitle}"),
        (Some(title), None) | (None, Some(title)) => title,
        // A volume that only serves as a parent has no other title.
        (None, None) => take_plain(entry, &["booktitle"]).unwrap_or_default(),
    }
}

/// Takes the link; that of `howpublished = {\url{…}}` is kept there too.
fn take_url(entry: &mut Entry) -> Option<String> {
    let named = entry.take(&["url", "link"]).map(|url| verbatim(&url)).filter(|url| !is_missing(url));
    named.or_else(|| {
        let published = plain(entry.get("howpublished")?);
        let is_link = published.starts_with("http") && published.contains("://") && !published.contains(' ');
        is_link.then_some(published)
    })
}

/// Takes the fields of the date. A `year` that is not a year, such as `in press`, stays in the entry.
pub(super) fn take_date(entry: &mut Entry) -> Option<Date> {
    if let Some(found) = entry.get("date").and_then(|date| written(&plain(date))) {
        entry.take(&["date"]);
        return Some(found);
    }
    let plain_of = |name: &str| entry.get(name).map(plain);
    let (year, month, day) = (plain_of("year")?, plain_of("month"), plain_of("day"));
    // `month = {10~jul}`, as some styles want it, has its day first; `month = jul # "~4"` has it behind.
    let (month, day_in_month) = month.as_deref().map_or((None, None), month_and_day);
    let found = match month.as_deref() {
        // `2013/14` is a year of two halves, `May 2013` and `2013-05-17` are dates.
        None if year.matches(['-', '/']).count() == 2 || year.contains(char::is_alphabetic) => written(&year),
        month => calendar::date(&year, month, day.or(day_in_month).as_deref()),
    }?;
    for name in ["year", "month", "day"] {
        entry.take(&[name]);
    }
    Some(found)
}

fn month_and_day(text: &str) -> (Option<String>, Option<String>) {
    let mut words = text.split([' ', '-', '–', ',', '/']).filter(|word| !word.is_empty());
    let is_name = |word: &&str| word.starts_with(|c: char| c.is_alphabetic()) && calendar::month(word).is_some();
    match words.clone().find(is_name) {
        Some(name) => {
            let day = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            (Some(name.to_owned()), day.map(str::to_owned))
        }
        None => (words.next().map(str::to_owned), None),
    }
}

/// The date in `2011-03-04/2011-03-06`, `/2011`, `2011-03~`, `2011` or another usual form.
fn written(text: &str) -> Option<Date> {
    let first = match text.split_once('/') {
        Some(("", second)) => second,
        // A period, and not `2020/05` or `2020/05/17`.
        Some((first, second)) if second.len() > 2 && !second.contains('/') => first,
        _ => text,
    };
    calendar::written(first.trim_end_matches(['~', '?', '%', ' ']))
}

/// Takes the category of an arXiv paper, with the name of its field.
fn take_class(entry: &mut Entry) -> Option<(&'static str, String)> {
    ARXIV_CLASSES.into_iter().find_map(|name| Some((name, entry.take(&[name])?)))
}

/// Takes the arXiv id from the fields of an entry, and the category that goes with it.
fn take_arxiv(entry: &mut Entry) -> (Option<String>, Option<(&'static str, String)>) {
    let is_arxiv = |(name, value): &(String, String)| {
        matches!(name.as_str(), "archiveprefix" | "eprinttype") && value.trim().eq_ignore_ascii_case("arxiv")
    };
    let named = entry.fields.iter().any(is_arxiv);
    let found = entry.fields.iter().find_map(|field| match field.0.as_str() {
        "eprint" if named || field.1.to_ascii_lowercase().contains("arxiv") => {
            Some((field.clone(), identifiers::arxiv(&verbatim(&field.1))?))
        }
        "arxivid" | "arxiv" => Some((field.clone(), identifiers::arxiv(&verbatim(&field.1))?)),
        _ => None,
    });
    let class = if named || found.is_some() { take_class(entry) } else { None };
    let Some((field, id)) = found else { return (None, class) };
    entry.fields.retain(|other| *other != field && !is_arxiv(other));
    (Some(id), class)
}

/// The id in `arXiv preprint arXiv:1101.00001`, or in the volume `abs/1101.00001` of a journal `CoRR`.
fn arxiv_in_venue(venue: &str, entry: &Entry) -> Option<String> {
    let is_prefix = |word: &&str| word.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("arxiv:"));
    let named = venue.split_whitespace().find(is_prefix).and_then(identifiers::arxiv);
    named.or_else(|| {
        let (_, volume) = entry.fields.iter().find(|(name, _)| name == "volume" && venue == "CoRR")?;
        identifiers::arxiv(volume.trim().strip_prefix("abs/")?)
    })
}

/// The id in `number = {arXiv:1101.00001}`, as Zotero writes it, or in a note that is nothing else.
fn arxiv_in_words(entry: &Entry) -> Option<String> {
    ["number", "note", "howpublished", "pages", "volume"].iter().find_map(|name| {
        let text = plain(entry.get(name)?);
        let is_id = text.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("arxiv:"));
        is_id.then(|| identifiers::arxiv(&text))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Document {
        let fields = fields.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let title = [("title".to_owned(), "On Tides".to_owned())];
        let fields = title.into_iter().chain(fields).collect();
        paper(Entry { kind: "article".into(), key: "k".into(), line: 1, fields })
    }

    fn date(fields: &[(&str, &str)]) -> String {
        read(fields).date.map(|date| date.to_string()).unwrap_or_default()
    }

    #[test]
    fn dates_are_read_however_they_are_put_together() {
        assert_eq!(date(&[("date", "2011-03-04/2011-03-06")]), "2011-03-04");
        for (text, read) in [
            ("2011-03~", "2011-03"),
            ("/1990", "1990"),
            ("1990/..", "1990"),
            ("1990/1992", "1990"),
            ("2017-10-28T14:30:00", "2017-10-28"),
            ("2020-5-7", "2020-05-07"),
            ("2020/05/17", "2020-05-17"),
            ("May 2020", "2020-05"),
            ("2004-22", "2004"),
            ("199X", ""),
        ] {
            assert_eq!(date(&[("date", text)]), read, "{text}");
        }
        assert_eq!(date(&[("date", "n.d."), ("year", "2011")]), "2011");
        assert_eq!(date(&[("year", "2013/14")]), "2013");
        assert_eq!(date(&[("year", "May 2013")]), "2013-05");
        let of_osti = "Mon May 01 00:00:00 EDT 2017";
        assert_eq!(date(&[("year", of_osti), ("month", of_osti)]), "2017-05-01");
        assert_eq!(date(&[("year", "[2021] \\copyright 2021")]), "2021");
        assert_eq!(date(&[("year", "{2011}"), ("month", "jul")]), "2011-07");
        assert_eq!(date(&[("year", "2011"), ("month", "July 4--6")]), "2011-07-04");
        assert_eq!(date(&[("year", "2011"), ("month", "4~jul")]), "2011-07-04");
        assert_eq!(date(&[("year", "2011"), ("month", "7"), ("day", "4")]), "2011-07-04");
        assert_eq!(date(&[("year", "2011a"), ("month", "Spring")]), "2011");
        let press = read(&[("year", "in press"), ("month", "jul")]);
        assert_eq!((press.date, press.year), (None, None));
        assert_eq!((&press.extra["year"], &press.extra["month"]), (&"in press".into(), &"jul".into()));
    }

    #[test]
    fn arxiv_ids_stand_in_many_places() {
        let id = |fields: &[(&str, &str)]| read(fields).arxiv;
        let expected = Some("1101.0123".to_owned());
        assert_eq!(id(&[("eprint", "1101.0123v2"), ("archiveprefix", "arXiv")]), expected);
        assert_eq!(id(&[("eprint", "arXiv:1101.0123")]), expected);
        assert_eq!(id(&[("url", "https://arxiv.org/abs/1101.0123")]), expected);
        assert_eq!(id(&[("journal", "arXiv preprint arXiv:1101.0123")]), expected);
        assert_eq!(id(&[("journal", "CoRR"), ("volume", "abs/1101.0123")]), expected);
        assert_eq!(id(&[("number", "arXiv:1101.0123")]), expected);
        assert_eq!(id(&[("note", "arXiv:1101.0123v2 [cs.CL]")]), expected);
        assert_eq!(id(&[("doi", "10.48550/arXiv.1101.0123")]), expected);
        assert_eq!(id(&[("eprint", "1101.0123"), ("eprinttype", "jstor")]), None);
    }

    #[test]
    fn the_category_of_arxiv_is_a_keyword() {
        let paper = read(&[
            ("eprint", "1101.0123"),
            ("archiveprefix", "arXiv"),
            ("primaryclass", "cs.CL"),
            ("keywords", "sea"),
        ]);
        assert_eq!((paper.keywords, paper.extra.len()), (vec!["sea".to_owned(), "cs.CL".to_owned()], 2));
        assert_eq!(paper.extra["primaryclass"], "cs.CL");
        let other = read(&[("eprint", "12"), ("eprinttype", "jstor"), ("eprintclass", "x")]);
        assert!(other.keywords.is_empty() && other.extra["eprintclass"] == "x");
    }

    #[test]
    fn editors_of_a_volume_without_authors_stay_its_editors() {
        let volume = read(&[("editor", "Dune, Ada and Wave, Carl")]);
        assert_eq!(volume.authors, ["Ada Dune", "Carl Wave"]);
        assert_eq!(volume.extra["editor"], "Ada Dune and Carl Wave");
        let paper = read(&[("author", "Reef, Ida"), ("editor", "Dune, Ada")]);
        assert_eq!((paper.authors, &paper.extra["editor"]), (vec!["Ida Reef".to_owned()], &"Dune, Ada".into()));
    }

    #[test]
    fn fields_of_one_name_are_joined_or_kept() {
        let paper = read(&[
            ("keywords", "deep sea"),
            ("keywords", "tides"),
            ("author", "Dune, Ada"),
            ("author", "Wave, Carl"),
            ("url", "https://a.example"),
            ("url", "https://b.example"),
            ("note", "one"),
            ("note", "two"),
            ("note", "three"),
        ]);
        assert_eq!((paper.keywords.len(), paper.authors.len()), (2, 2));
        assert_eq!(paper.url.as_deref(), Some("https://a.example"));
        let extra =
            serde_json::json!({"url": "https://b.example", "note": ["one", "two", "three"], "entry_type": "article"});
        assert_eq!(Value::Object(paper.extra), extra);
    }

    #[test]
    fn a_link_may_stand_in_howpublished() {
        let url = |text: &str| read(&[("howpublished", text)]).url;
        assert_eq!(url("\\url{https://sea.example/a_b}").as_deref(), Some("https://sea.example/a_b"));
        assert_eq!(url("Talk, https://sea.example"), None);
    }

    #[test]
    fn what_has_no_place_is_kept() {
        let paper =
            read(&[("volume", "3"), ("pages", "1--9"), ("subtitle", "A Study"), ("doi", "none"), ("note", " ")]);
        assert_eq!(paper.title, "On Tides: A Study");
        let extra = serde_json::json!({"volume": "3", "pages": "1–9", "doi": "none", "entry_type": "article"});
        assert_eq!(Value::Object(paper.extra), extra);
    }
}
