//! `similar_papers`: the papers nearest to others, page by page.

use semsearch_engine::SearchOptions;
use semsearch_report::similar::Similar;
use serde_json::Value;

use super::super::arguments::Arguments;
use super::super::documents::Alike;
use super::super::listing::{self, Listed, Listing};
use super::super::schemas;
use super::super::tool::{Told, Tool};
use super::super::wording::short;
use crate::api;
use crate::live::Newest;
use crate::problem::Problem;
use crate::work::NotDone;

pub(super) const TOOL: Tool = Tool {
    name: "similar_papers",
    title: "Similar papers",
    description: "Finds the papers most similar to one paper or to several together, the most similar first. Takes ids from search_papers, \
        arXiv ids or DOIs; the papers themselves are not among the answers.",
    input,
    output: schemas::answer::<Alike>,
    answer,
};

fn input() -> Value {
    let ids = schemas::texts("Ids of papers, or their arXiv ids or DOIs.", 1, 20);
    schemas::object(&["ids"], [("ids", ids)].into_iter().chain(schemas::pages()).chain(schemas::filters()))
}

fn answer(newest: &Newest, arguments: &Arguments) -> Result<Told, Problem> {
    let options = SearchOptions::default().with_filter(arguments.parameters()?.filter()?);
    let papers = arguments.texts("ids");
    let listing = Listing::of(TOOL.name, arguments, newest)?;
    let mut first: Option<Similar> = None;
    let hits = listing.hits(|depth| {
        let mut similar = api::alike(newest, &papers, &options.clone().with_k(depth))?;
        let hits = std::mem::take(&mut similar.hits);
        first.get_or_insert(similar);
        Ok(hits)
    })?;
    let mut similar = first.ok_or(NotDone::Failed)?;
    let mut intro =
        format!("Of {} papers, those most similar to: {}\n", similar.documents, short(&papers.join(", "), 300));
    if let Some(filter) = &similar.filter {
        intro.push_str(&format!("Only papers for which: {}\n", short(filter, 300)));
    }
    let Listed { text, hits, page } = listing.told(&intro, hits, &similar.near, newest)?;
    similar.hits = hits;
    listing::told(text, &Alike { similar, page })
}
