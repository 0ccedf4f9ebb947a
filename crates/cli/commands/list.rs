//! `semsearch list`: the papers that pass a filter, as a table, JSON or BibTeX.

use std::io::IsTerminal;

use semsearch_corpus::{Document, ListForm, ListWriter};
use semsearch_engine::{Listing, list};
use semsearch_report::paper::{List as Report, Paper, PaperLine};
use semsearch_store::Collection;
use textwrap::core::display_width;

use crate::args::List;
use crate::exit::Exit;
use crate::output::{self, FAINT, STRONG, StdoutError, count, plain, thousands};
use crate::{hits, near, setup};

/// The widest column of ids in a table.
const IDS: usize = 20;
/// The widest column of authors in a table.
const AUTHORS: usize = 20;
/// A terminal narrower than this gets two lines a paper.
const NARROW: usize = 100;

pub(crate) fn run(args: &List) -> anyhow::Result<Exit> {
    let listing = Listing::of(args.filters.filter()?).with_order(args.sort.map(Into::into));
    let listing = listing.with_limit(Some(args.k).filter(|&k| k < usize::MAX));
    let collection = Collection::open(&setup::index_path(&args.index)?)?;
    let mut shown = 0_u64;
    let passing = if args.json {
        let mut papers: Vec<Paper> = Vec::new();
        let passing = list(&collection, &listing, |document| -> anyhow::Result<()> {
            papers.push(document.into());
            Ok(())
        })?;
        shown = papers.len() as u64;
        let report = Report::new(&listing, collection.len() as u64, passing, papers);
        output::print_json(&report.with_near(near::of(&collection, &listing.filter)?))?;
        passing
    } else if args.bibtex {
        let mut out = ListWriter::begin(output::stream(), ListForm::Bibtex).map_err(StdoutError::new)?;
        let passing = list(&collection, &listing, |document| -> anyhow::Result<()> {
            shown += 1;
            Ok(out.push(&document).map_err(StdoutError::new)?)
        })?;
        out.finish().map_err(StdoutError::new)?;
        passing
    } else {
        let is_table = std::io::stdout().is_terminal();
        let width = output::width();
        list(&collection, &listing, |document| -> anyhow::Result<()> {
            shown += 1;
            match (args.jsonl, is_table) {
                (true, _) => output::print_json_line(&PaperLine::from(document))?,
                (false, true) => output::print(&row(&document, width))?,
                (false, false) => output::print(&line(&document))?,
            }
            Ok(())
        })?
    };
    if passing == 0 {
        near::nothing(&collection, &listing.filter, None)?.into_iter().for_each(output::say);
        return Ok(Exit::NoHit);
    }
    if !args.json && !args.jsonl && !args.bibtex {
        output::say(format!("{} of {}", thousands(shown), count(passing, "paper")));
    }
    Ok(Exit::Success)
}

/// A paper as a line for other programs: id, date, authors and title, whole, with tabs between them.
fn line(document: &Document) -> String {
    let authors = match document.authors.is_empty() {
        true => hits::authors(document).unwrap_or_default(),
        false => document.authors.join(", "),
    };
    [document.id.as_str(), &date(document), &authors, &document.title].map(plain).join("\t") + "\n"
}

/// A paper as a row of a table; as two lines where the terminal is narrow. An id that is too long is cut without an ellipsis,
/// since the beginning of an id names a paper as well.
fn row(document: &Document, width: usize) -> String {
    let (id, date, title) = (plain(&document.id), date(document), plain(&document.title));
    let authors = match &document.authors[..] {
        [] => hits::authors(document).unwrap_or_default(),
        [one] => plain(one),
        [one, ..] => format!("{} et al.", plain(one)),
    };
    if width < NARROW {
        let id = hits::begun(&id, width.saturating_sub(12));
        let room = width.saturating_sub(display_width(id) + 2 + display_width(&date) + 2);
        let named = if display_width(&authors) <= room { authors.as_str() } else { "" };
        let told = [date.as_str(), named].join("  ");
        let title = cut(&title, width.saturating_sub(2));
        return format!("{STRONG}{id}{STRONG:#}  {FAINT}{}{FAINT:#}\n  {title}\n", told.trim());
    }
    let (ids, names) = (IDS.min(width / 5), AUTHORS.min(width / 6));
    let room = width.saturating_sub(ids + 2 + 10 + 2 + names + 2);
    format!(
        "{STRONG}{}{STRONG:#}  {FAINT}{}  {}{FAINT:#}  {}\n",
        filled(hits::begun(&id, ids), ids),
        filled(&date, 10),
        filled(&authors, names),
        cut(&title, room)
    )
}

fn date(document: &Document) -> String {
    let date = document.date.map(|date| date.to_string());
    date.or_else(|| document.year.map(|year| year.to_string())).unwrap_or_default()
}

/// A text in so many columns: cut or filled up.
fn filled(text: &str, columns: usize) -> String {
    let text = cut(text, columns);
    let gap = " ".repeat(columns.saturating_sub(display_width(&text)));
    text + &gap
}

/// A text in at most so many columns, with an ellipsis if it was longer.
fn cut(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if display_width(&kept) + 1 > columns {
            kept.pop();
            break;
        }
    }
    kept.trim_end().to_owned() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_fits_every_terminal_and_a_line_is_whole() {
        let title = "Compressing the cache of keys and values in so many ways that no line holds them all";
        let document = Document::new("compressing-the-cache-of-keys-and-values", title, "")
            .with_authors(vec!["Ada Example".to_owned(), "Bo Example".to_owned()])
            .with_date(Some("2024-06-12".parse().unwrap()));
        for width in [40, 64, 80, 100] {
            let row = anstream::adapter::strip_str(&row(&document, width)).to_string();
            assert!(row.lines().all(|line| display_width(line) <= width), "{width}: {row}");
            assert_eq!(row.lines().count(), if width < NARROW { 2 } else { 1 });
        }
        let expected = format!("{}\t2024-06-12\tAda Example, Bo Example\t{title}\n", document.id);
        assert_eq!(line(&document), expected);
    }
}
