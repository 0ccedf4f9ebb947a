//! The fields of an entry into a document.

use serde_json::Value;

use super::entry::Entry;
use crate::date::Date;
use crate::document::Document;
use crate::error::{Mismatch, snippet};
use crate::identifiers;
use crate::readers::calendar;
use crate::readers::joined::split_keywords;
use crate::readers::latex::{people, plain, verbatim};

/// Makes a document of an entry.
pub(super) fn paper(mut entry: Entry) -> Result<Document, Mismatch> {
    let title = title(&mut entry);
    let summary = entry.take(&["abstract"]).map(|summary| plain(&summary)).unwrap_or_default();
    if title.is_empty() && summary.is_empty() {
        let names: Vec<String> = entry.fields.iter().take(8).map(|(name, _)| snippet(name)).collect();
        let found = if names.is_empty() { "no fields".to_owned() } else { format!("the fields {}", names.join(", ")) };
        return Err(Mismatch::new("a `title` or an `abstract`", found));
    }
    if title.is_empty() && entry.key.trim().is_empty() {
        return Err(Mismatch::new("a key, or a `title` to make one from", "neither"));
    }
    let date = take_date(&mut entry);
    let authors = entry.take(&["author"]).or_else(|| entry.take(&["editor"]));
    let arxiv = take_arxiv(&mut entry);
    let doi = entry.take(&["doi"]).map(|doi| verbatim(&doi));
    let url = entry.take(&["url", "link"]).map(|url| verbatim(&url));
    let keywords = entry.take(&["keywords", "keyword"]).map(|keywords| plain(&keywords));
    let mut document = Document {
        title,
        r#abstract: summary,
        authors: authors.map(|authors| people(&authors)).unwrap_or_default(),
        organization: take_plain(&mut entry, &["school", "institution", "organization"]),
        year: date.as_ref().map(Date::year),
        date,
        venue: take_plain(&mut entry, &["journal", "journaltitle", "booktitle", "maintitle"]),
        doi: doi.as_deref().and_then(identifiers::doi).or_else(|| url.as_deref().and_then(identifiers::doi)),
        keywords: keywords.map(|keywords| split_keywords("keywords", &keywords)).unwrap_or_default(),
        ..Document::default()
    };
    document.arxiv = arxiv
        .or_else(|| url.as_deref().and_then(identifiers::arxiv))
        .or_else(|| doi.as_deref().and_then(identifiers::arxiv))
        .or_else(|| arxiv_in_venue(document.venue.as_deref()?, &entry));
    if document.doi.is_none()
        && let Some(doi) = doi
    {
        document.extra.insert("doi".to_owned(), Value::String(doi));
    }
    document.url = url;
    for (name, value) in entry.fields {
        let value = if VERBATIM.contains(&name.as_str()) { verbatim(&value) } else { plain(&value) };
        if !value.is_empty() {
            document.extra.insert(name, Value::String(value));
        }
    }
    document.extra.insert("entry_type".to_owned(), Value::String(entry.kind));
    document.id = entry.key;
    Ok(document)
}

/// Fields that are no LaTeX, so that two hyphens are not a dash.
const VERBATIM: [&str; 6] = ["file", "pdf", "eprint", "urlraw", "link", "doi"];

fn take_plain(entry: &mut Entry, names: &[&str]) -> Option<String> {
    entry.take(names).map(|value| plain(&value)).filter(|value| !value.is_empty())
}

fn title(entry: &mut Entry) -> String {
    let main = take_plain(entry, &["title"]);
    match (main, take_plain(entry, &["subtitle"])) {
        (Some(title), Some(subtitle)) => format!("{title}: {subtitle}"),
        (Some(title), None) | (None, Some(title)) => title,
        // A volume that only serves as a parent has no other title.
        (None, None) => take_plain(entry, &["booktitle"]).unwrap_or_default(),
    }
}

/// Takes the fields of the date. A `year` that is not a year, such as `in press`, stays in the entry.
fn take_date(entry: &mut Entry) -> Option<Date> {
    if let Some(date) = entry.take(&["date"]) {
        let date_text = verbatim(&date);
        if let Some(found) = iso_date(&date_text) {
            return Some(found);
        }
        entry.fields.push(("date".to_owned(), date));
    }
    let mut value = |name: &str| entry.take(&[name]);
    let (year, month, day) = (value("year"), value("month"), value("day"));
    let plain_of = |value: &Option<String>| value.as_deref().map(plain);
    let (month_text, day_text) = (plain_of(&month), plain_of(&day));
    // `month = {10~jul}`, as some styles want it, has its day first; `month = jul # "~4"` has it behind.
    let (month_name, day_in_month) = month_text.as_deref().map_or((None, None), month_and_day);
    let day_text = day_text.or(day_in_month);
    let found = plain_of(&year).and_then(|year| calendar::date(&year, month_name.as_deref(), day_text.as_deref()));
    if found.is_none() {
        let left = [("year", year), ("month", month), ("day", day)];
        entry.fields.extend(left.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    found
}

fn month_and_day(text: &str) -> (Option<String>, Option<String>) {
    let mut words = text.split([' ', '-', '–', ',', '/']).filter(|word| !word.is_empty());
    let is_name = |word: &&str| word.starts_with(|c: char| c.is_alphabetic());
    match words.clone().find(is_name) {
        Some(name) => {
            let day = words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            (Some(name.to_owned()), day.map(str::to_owned))
        }
        None => (words.next().map(str::to_owned), None),
    }
}

/// The date at the beginning of `2011-03-04/2011-03-06`, `2011-03~` or `2011`.
fn iso_date(text: &str) -> Option<Date> {
    let first = text.split('/').next().unwrap_or_default().trim().trim_end_matches(['~', '?', '%']);
    first.parse().ok().or_else(|| calendar::date(first, None, None))
}

/// Takes the arXiv id from the fields of an entry.
fn take_arxiv(entry: &mut Entry) -> Option<String> {
    let is_arxiv = |(name, value): &(String, String)| {
        matches!(name.as_str(), "archiveprefix" | "eprinttype") && value.trim().eq_ignore_ascii_case("arxiv")
    };
    let named = entry.fields.iter().any(is_arxiv);
    let (at, id) = entry.fields.iter().enumerate().find_map(|(at, (name, value))| match name.as_str() {
        "eprint" if named || value.to_ascii_lowercase().contains("arxiv") => {
            Some((at, identifiers::arxiv(&verbatim(value))?))
        }
        "arxivid" | "arxiv" => Some((at, identifiers::arxiv(&verbatim(value))?)),
        _ => None,
    })?;
    entry.fields.remove(at);
    entry.fields.retain(|field| !is_arxiv(field));
    Some(id)
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

/// The longest venue that is remembered for children, in bytes.
const LONGEST_VENUE: usize = 4 << 10;

/// The fields that an entry passes on to entries whose `crossref` names it.
pub(super) struct Parent {
    venue: Option<String>,
    date: Option<Date>,
}

impl Parent {
    /// The fields that `entry` passes on; `None` if it is not of a kind that contains others.
    pub(super) fn of(entry: &Entry) -> Option<Parent> {
        const KINDS: [&str; 9] = [
            "proceedings",
            "mvproceedings",
            "collection",
            "mvcollection",
            "book",
            "mvbook",
            "periodical",
            "conference",
            "reference",
        ];
        if !KINDS.contains(&entry.kind.as_str()) {
            return None;
        }
        let mut entry = Entry { fields: entry.fields.clone(), kind: String::new(), key: String::new(), line: 0 };
        let venue = take_plain(&mut entry, &["booktitle", "title"]).filter(|venue| venue.len() <= LONGEST_VENUE);
        Some(Parent { venue, date: take_date(&mut entry) })
    }

    /// Fills the gaps of a paper that names this parent.
    pub(super) fn given_to(&self, mut document: Document) -> Document {
        document.venue = document.venue.or_else(|| self.venue.clone());
        document.date = document.date.or(self.date);
        document.year = document.year.or(document.date.as_ref().map(Date::year));
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> Document {
        let fields = fields.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        let title = [("title".to_owned(), "On Tides".to_owned())];
        let fields = title.into_iter().chain(fields).collect();
        paper(Entry { kind: "article".into(), key: "k".into(), line: 1, fields }).unwrap()
    }

    fn date(fields: &[(&str, &str)]) -> String {
        read(fields).date.map(|date| date.to_string()).unwrap_or_default()
    }

    #[test]
    fn dates_are_read_however_they_are_put_together() {
        assert_eq!(date(&[("date", "2011-03-04/2011-03-06")]), "2011-03-04");
        assert_eq!(date(&[("date", "2011-03~")]), "2011-03");
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
        assert_eq!(id(&[("doi", "10.48550/arXiv.1101.0123")]), expected);
        assert_eq!(id(&[("eprint", "1101.0123"), ("eprinttype", "jstor")]), None);
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
