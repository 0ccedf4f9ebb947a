//! `count_papers`: how many papers have which value of a field.

use semsearch_report::facets::Facets;
use serde_json::Value;

use super::super::arguments::Arguments;
use super::super::listing;
use super::super::schemas;
use super::super::tool::{Told, Tool};
use super::super::wording::short;
use crate::api::{self, facet_field};
use crate::live::Newest;
use crate::problem::Problem;

/// Papers nearest to a question that are counted.
const TOP: usize = 100;
/// Values that are told.
const LIMIT: usize = 20;

/// What papers are counted by.
const FIELDS: [&str; 7] = ["year", "venue", "category", "keyword", "org", "author", "source"];

pub(super) const TOOL: Tool = Tool {
    name: "count_papers",
    title: "Count papers",
    description: "Counts papers exactly by year, venue, category, org, author or source: all of them, those that the filters choose, or those \
        nearest to a question. Says which years, venues or authors there are before a search is narrowed to them.",
    input,
    output: schemas::answer::<Facets>,
    answer,
};

fn input() -> Value {
    let own = [
        ("by", schemas::choice("The field to count by; keywords are categories.", &FIELDS)),
        ("query", schemas::text("Count only the papers nearest to this question.", 8000)),
        ("top", schemas::whole("How many papers nearest to the question are counted; 100 by default.", 1, 100_000)),
        ("limit", schemas::whole("The most values to tell; 20 by default.", 1, 500)),
    ];
    schemas::object(&["by"], own.into_iter().chain(schemas::filters()))
}

fn answer(newest: &Newest, arguments: &Arguments) -> Result<Told, Problem> {
    let filter = arguments.parameters()?.filter()?;
    let by = arguments.text("by").and_then(facet_field);
    let by = by.ok_or_else(|| Problem::bad("by", "expected `by` to be a field"))?;
    let top = arguments.number("top").unwrap_or(TOP);
    let question = arguments.text("query").map(|question| (question, top));
    let counted = api::counted(newest, by, question, &filter, arguments.number("limit").unwrap_or(LIMIT))?;
    listing::told(text(&counted), &counted)
}

fn text(counted: &Facets) -> String {
    let by = counted.by.as_str();
    let mut text = match &counted.query {
        Some(query) => format!("The {} papers nearest to: {}\n", counted.papers, short(query, 200)),
        None => format!("{} of {} papers\n", counted.papers, counted.documents),
    };
    if let Some(filter) = &counted.filter {
        text.push_str(&format!("Only papers for which: {}\n", short(filter, 300)));
    }
    if counted.papers == 0 {
        return text + &listing::nothing(&counted.near);
    }
    text.push_str(&format!("papers by {by}:\n"));
    for value in &counted.values {
        text.push_str(&format!("{}\t{}\n", value.papers, short(&value.value, 120)));
    }
    let more = counted.distinct_values.saturating_sub(counted.values.len() as u64);
    if more > 0 {
        text.push_str(&format!("{more} more values; a higher limit tells them\n"));
    }
    if counted.without > 0 {
        text.push_str(&format!("{} papers without {by}\n", counted.without));
    }
    text
}
