//! `search_papers`: what `ask` answers, page by page.

use semsearch_report::ask::{Answer, Level, Mode};
use serde_json::Value;

use super::super::arguments::Arguments;
use super::super::documents::Found;
use super::super::listing::{self, Listed, Listing};
use super::super::schemas;
use super::super::tool::{Told, Tool};
use super::super::wording::short;
use crate::api;
use crate::live::Newest;
use crate::parameters::Search;
use crate::problem::Problem;
use crate::work::NotDone;

pub(super) const TOOL: Tool = Tool {
    name: "search_papers",
    title: "Search papers",
    description: "Finds the papers that answer a question in plain words, best first, by meaning and by words. Returns title, id, date, \
        authors, link, score and abstract of each, and how sure it is that one of them answers. \"Quoted words\" must be there as they stand, \
        and -word must not. Ask again in other words if the answer is not sure.",
    input,
    output: schemas::answer::<Found>,
    answer,
};

fn input() -> Value {
    let own = [
        (
            "query",
            schemas::text(
                "The question, in a few plain words, such as: compressing the KV cache of language models.",
                8000,
            ),
        ),
        (
            "mode",
            schemas::choice(
                "What ranks: hybrid (meaning and words, the default), dense (meaning alone), lexical (words alone), exact (hybrid, with every paper compared).",
                &["hybrid", "dense", "lexical", "exact"],
            ),
        ),
        ("like", schemas::texts("Ids of papers that answers are to be near to.", 1, 20)),
        ("unlike", schemas::texts("Ids of papers that answers are to be far from.", 1, 20)),
    ];
    schemas::object(&["query"], own.into_iter().chain(schemas::pages()).chain(schemas::filters()))
}

fn answer(newest: &Newest, arguments: &Arguments) -> Result<Told, Problem> {
    let search = arguments.parameters()?.search()?;
    let listing = Listing::of(TOOL.name, arguments, newest)?;
    let mut first: Option<Answer> = None;
    let hits = listing.hits(|depth| {
        let search = Search { options: search.options.clone().with_k(depth), ..search.clone() };
        let mut answer = api::answer(newest, &search)?;
        let hits = std::mem::take(&mut answer.hits);
        first.get_or_insert(answer);
        Ok(hits)
    })?;
    let mut answer = first.ok_or(NotDone::Failed)?;
    let listed = listing.told(&intro(&answer), hits, &answer.near, newest)?;
    let Listed { text, hits, page } = listed;
    answer.hits = hits;
    listing::told(text, &Found { answer, page })
}

/// What was searched, how, and how sure the answer is.
fn intro(answer: &Answer) -> String {
    let by = match answer.mode {
        Mode::Dense => "meaning",
        Mode::Lexical => "words",
        _ => "meaning and words",
    };
    let mut text = format!("Of {} papers, by {by}, for: {}\n", answer.documents, short(&answer.query, 200));
    if let Some(filter) = &answer.filter {
        text.push_str(&format!("Only papers for which: {}\n", short(filter, 300)));
    }
    if answer.truncated {
        text.push_str("The question is longer than the model reads; its end counts by its words alone.\n");
    }
    let also = answer.also.iter().flat_map(|also| &also.corrected);
    for word in also {
        text.push_str(&format!(
            "No paper has {}; searched: {}\n",
            short(&word.typed, 50),
            short(&word.used.join(", "), 200)
        ));
    }
    text.push_str(match answer.confidence.map(|confidence| confidence.level) {
        Some(Level::Good) => "It is likely that a paper here answers this.\n",
        Some(Level::Weak) => "Papers here have to do with this; it is not sure that one answers it.\n",
        Some(Level::None) => "It is unlikely that a paper of this collection answers this; these are the nearest.\n",
        _ => "",
    });
    text
}
