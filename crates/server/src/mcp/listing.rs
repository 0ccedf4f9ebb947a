//! A page of hits for a call: where it begins, what fits, and how the next one is found.

use semsearch_report::ask::Hit;
use semsearch_report::shared::Near;
use serde::Serialize;

use super::arguments::Arguments;
use super::cursor::Cursor;
use super::documents::Page;
use super::layout::lay;
use super::paging::{self, Hits};
use super::schemas;
use super::tokens::Tokens;
use super::tool::Told;
use super::wording::short;
use crate::live::Newest;
use crate::problem::Problem;

/// Which page of which order of papers.
#[derive(Debug)]
pub(crate) struct Listing {
    place: Cursor,
    k: usize,
    max_tokens: usize,
}

/// A page as it is told.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) text: String,
    pub(crate) hits: Vec<Hit>,
    pub(crate) page: Page,
}

impl Listing {
    /// The page that a call of a tool asks for.
    pub(crate) fn of(tool: &str, arguments: &Arguments, newest: &Newest) -> Result<Self, Problem> {
        let generation = newest.searcher.collection().manifest().generation;
        let binding = arguments.binding(tool);
        let k = arguments.number("k").unwrap_or(schemas::HITS);
        let place = match arguments.text("cursor") {
            Some(text) => Cursor::read(text, generation, binding).map_err(|told| Problem::bad("cursor", told))?,
            None => Cursor { offset: 0, first: u16::try_from(k).unwrap_or(u16::MAX), generation, binding },
        };
        Ok(Listing { place, k, max_tokens: arguments.number("max_tokens").unwrap_or(schemas::TOKENS) })
    }

    /// The hits of the page, by a search that gives as many of the best as it is asked for.
    pub(crate) fn hits(&self, search: impl FnMut(usize) -> Result<Vec<Hit>, Problem>) -> Result<Hits, Problem> {
        paging::page(usize::from(self.place.first), usize::from(self.place.offset), self.k, search)
    }

    /// The page as text after an introduction, within its tokens.
    pub(crate) fn told(&self, intro: &str, found: Hits, near: &[Near], newest: &Newest) -> Result<Listed, Problem> {
        let tokens = Tokens::new(&**newest.searcher.encoder())?;
        let Hits { mut hits, has_more } = found;
        let found = hits.len();
        let next = |shown: usize| {
            let offset = self.place.offset.saturating_add(u16::try_from(shown).unwrap_or(u16::MAX));
            Cursor { offset, ..self.place }.written()
        };
        let around = tokens.count(intro)? + tokens.count(&ending(Some(&next(found))))?;
        let laid = lay(&mut hits, self.max_tokens.saturating_sub(around), &tokens)?;
        let next_cursor = (!hits.is_empty() && (has_more || hits.len() < found)).then(|| next(hits.len()));
        let end = match hits.is_empty() && self.place.offset == 0 {
            true => nothing(near),
            false => ending(next_cursor.as_deref()),
        };
        let text = format!("{intro}\n{}{end}", laid.text);
        let page = Page {
            next_cursor,
            generation: self.place.generation,
            tokens: (tokens.count(intro)? + laid.tokens + tokens.count(&end)?) as u64,
            max_tokens: self.max_tokens as u64,
            cut: laid.cut,
            without_extra: laid.without_extra,
        };
        Ok(Listed { text, hits, page })
    }
}

/// An answer with its document.
pub(crate) fn told(text: String, document: &impl Serialize) -> Result<Told, Problem> {
    let structured = serde_json::to_string(document);
    let failed =
        |error: serde_json::Error| Problem::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
    Ok(Told { text, structured: structured.map_err(failed)? })
}

fn ending(next_cursor: Option<&str>) -> String {
    match next_cursor {
        Some(cursor) => format!("For more, repeat the call with \"cursor\": \"{cursor}\".\n"),
        None => "There are no more papers.\n".to_owned(),
    }
}

/// Why there is no paper, as far as the filter is the reason.
pub(crate) fn nothing(near: &[Near]) -> String {
    let mut text = "No paper was found.\n".to_owned();
    for part in near {
        text.push_str(&format!("{} is true of {} papers.", short(&part.filter, 300), part.papers));
        let values: Vec<String> =
            part.values.iter().map(|value| format!("{} ({})", short(&value.value, 80), value.papers)).collect();
        if !values.is_empty() {
            text.push_str(&format!(" Like it are: {}.", values.join(", ")));
        }
        if let Some(years) = part.years {
            text.push_str(&format!(" Papers are from {} to {}.", years.first, years.last));
        }
        text.push('\n');
    }
    text
}
