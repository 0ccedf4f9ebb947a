//! `collection_stats`: what there is to be found.

use semsearch_engine::switch::status;
use semsearch_report::facets::{FacetBy, Facets};
use semsearch_report::info::Info;
use semsearch_store::Filter;
use serde_json::Value;

use super::super::arguments::Arguments;
use super::super::documents::{Field, Stats};
use super::super::listing;
use super::super::schemas;
use super::super::tool::{Told, Tool};
use super::super::wording::short;
use crate::api::{self, facet_field};
use crate::live::Newest;
use crate::problem::Problem;

/// Values that are told of a field.
const VALUES: usize = 8;

pub(super) const TOOL: Tool = Tool {
    name: "collection_stats",
    title: "What the collection holds",
    description: "Says what the collection holds: how many papers, from which years, the most frequent venues, categories, organizations and \
        authors, the files they were read from, and the model that ranks them. Takes no arguments.",
    input,
    output: schemas::answer::<Stats>,
    answer,
};

fn input() -> Value {
    schemas::object(&[], [])
}

fn answer(newest: &Newest, _: &Arguments) -> Result<Told, Problem> {
    let collection = newest.searcher.collection();
    let info = Info::new(collection, &status(collection)?)?;
    let mut stats = Stats { info, first_year: None, last_year: None, fields: Vec::new() };
    for name in ["year", "venue", "category", "org", "author", "source"] {
        let Some(by) = facet_field(name) else { continue };
        let Facets { by, mut values, papers, without, distinct_values, .. } =
            api::counted(newest, by, None, &Filter::default(), usize::MAX)?;
        if by == FacetBy::Year {
            let years = || values.iter().filter_map(|value| value.value.parse::<i32>().ok());
            (stats.first_year, stats.last_year) = (years().min(), years().max());
        }
        values.truncate(VALUES);
        stats.fields.push(Field { by, papers: papers - without, distinct_values, values });
    }
    listing::told(text(&stats), &stats)
}

fn text(stats: &Stats) -> String {
    let info = &stats.info;
    let mut text = format!("{} papers", info.documents);
    if let (Some(first), Some(last)) = (stats.first_year, stats.last_year) {
        text.push_str(&format!(", from {first} to {last}"));
    }
    text.push_str(&format!("\nmodel: {}, {} dimensions\n", short(&info.model, 80), info.dimension));
    for field in stats.fields.iter().filter(|field| field.papers > 0) {
        let values: Vec<String> =
            field.values.iter().map(|value| format!("{} ({})", short(&value.value, 80), value.papers)).collect();
        let more = field.distinct_values.saturating_sub(values.len() as u64);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        text.push_str(&format!("{}: {}{more}\n", field.by.as_str(), values.join(", ")));
    }
    text
}
