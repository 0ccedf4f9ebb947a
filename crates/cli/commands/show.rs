//! `semsearch show`: papers with all that their records have.

use semsearch_corpus::{Document, FAMILY_NAMES, ListForm, ListWriter};
use semsearch_engine::{SearchError, find_paper};
use semsearch_report::paper::PaperLine;
use semsearch_store::Collection;
use serde_json::Value;

use crate::args::Show;
use crate::exit::Exit;
use crate::output::{self, FAINT, STRONG, StdoutError, count, plain};
use crate::setup;

/// The columns of the names of fields.
const NAMES: usize = 10;

pub(crate) fn run(args: &Show) -> anyhow::Result<Exit> {
    let collection = Collection::open(&setup::index_path(&args.index)?)?;
    let (documents, missing) = found(&collection, &args.papers)?;
    if documents.is_empty() {
        return told(missing);
    }
    if args.bibtex {
        let mut list = ListWriter::begin(output::stream(), ListForm::Bibtex).map_err(StdoutError::new)?;
        documents.iter().try_for_each(|document| list.push(document)).map_err(StdoutError::new)?;
        list.finish().map_err(StdoutError::new)?;
        return told(missing);
    }
    for (document, place) in documents.into_iter().zip(0..) {
        if args.json {
            output::print_json(&PaperLine::from(document))?;
        } else {
            let gap = if place == 0 { "" } else { "\n" };
            output::print(&format!("{gap}{}", human(&document, output::width())))?;
        }
    }
    told(missing)
}

/// The papers that these names name, in their order, and what is wrong with the names that name none.
pub(super) fn found(collection: &Collection, names: &[String]) -> anyhow::Result<(Vec<Document>, Vec<SearchError>)> {
    let (mut documents, mut missing) = (Vec::with_capacity(names.len()), Vec::new());
    for name in names {
        match find_paper(collection, name) {
            Ok(id) => documents.push(collection.document(id)?),
            Err(error @ (SearchError::NoPaper { .. } | SearchError::SeveralPapers { .. })) => missing.push(error),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((documents, missing))
}

/// Ends a command that did what it could: with success if no name is left over, else with what is wrong with each of them.
pub(super) fn told(mut missing: Vec<SearchError>) -> anyhow::Result<Exit> {
    let Some(last) = missing.pop() else { return Ok(Exit::Success) };
    missing.iter().for_each(|error| output::complain(format!("semsearch: {error}")));
    Err(last.into())
}

/// The title, then a line for each field, then the abstract.
fn human(document: &Document, width: usize) -> String {
    let title = if document.title.trim().is_empty() { &document.id } else { &document.title };
    let mut text = String::new();
    for line in textwrap::wrap(&plain(title), width) {
        text.push_str(&format!("{STRONG}{line}{STRONG:#}\n"));
    }
    for (name, value) in fields(document) {
        text.push_str(&field(&plain(&name), &plain(&value), width));
    }
    let summary = plain(&document.r#abstract);
    if !summary.is_empty() {
        text.push_str(&format!("\n{}\n", textwrap::fill(&summary, width)));
    }
    text
}

fn fields(document: &Document) -> Vec<(String, String)> {
    let date = document.date.map(|date| date.to_string()).or_else(|| document.year.map(|year| year.to_string()));
    let authors = match document.authors.is_empty() {
        true => document.authors_count.map(|number| count(u64::from(number), "author")),
        false => Some(document.authors.join(", ")),
    };
    let keywords = (!document.keywords.is_empty()).then(|| document.keywords.join(", "));
    let places = document.source.iter().map(|place| match &place.key {
        Some(key) => format!("{}:{} ({key})", place.file, place.line),
        None => format!("{}:{}", place.file, place.line),
    });
    let places = (!document.source.is_empty()).then(|| places.collect::<Vec<_>>().join(", "));
    let known = [
        ("id", Some(document.id.clone())),
        ("authors", authors),
        ("date", date),
        ("venue", document.venue.clone()),
        ("org", document.organization.clone()),
        ("link", document.link()),
        ("doi", document.doi.clone()),
        ("arxiv", document.arxiv.clone()),
        ("keywords", keywords),
        ("comments", document.comments.map(|number| number.to_string())),
        ("source", places),
    ];
    let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    // What only exports need says nothing to people.
    let extra = document.extra.iter().filter(|(name, _)| *name != FAMILY_NAMES).map(|(name, value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (name.clone(), value)
    });
    known.chain(extra).collect()
}

/// A field: its name, then its value, whose further lines stand below its first one.
fn field(name: &str, value: &str, width: usize) -> String {
    let gap = " ".repeat(NAMES.saturating_sub(textwrap::core::display_width(name)));
    let options = textwrap::Options::new(width.saturating_sub(NAMES + 2).max(20))
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let mut text = String::new();
    for (line, place) in textwrap::wrap(value, options).iter().zip(0..) {
        match place {
            0 if textwrap::core::display_width(name) > NAMES => {
                text.push_str(&format!("{FAINT}{name}{FAINT:#}\n{}{line}\n", " ".repeat(NAMES + 2)));
            }
            0 => text.push_str(&format!("{FAINT}{name}{FAINT:#}{gap}  {line}\n")),
            _ => text.push_str(&format!("{}{line}\n", " ".repeat(NAMES + 2))),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_fits_its_width_and_shows_what_its_record_has() {
        let document = Document::new("tides", "On the tides of a sea that is far away from here", "word ".repeat(60))
            .with_authors(vec!["Ada Example".to_owned(), "Bo Example".to_owned()])
            .with_doi(Some("10.1000/tides".to_owned()));
        for width in [40, 80] {
            let text = anstream::adapter::strip_str(&human(&document, width)).to_string();
            assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            assert!(text.contains("id          tides\n") && text.contains("https://doi.org/10.1000/tide"), "{text}");
        }
    }
}
