//! `get_paper`: a paper with all that its record has.

use semsearch_report::paper::PaperLine;
use serde_json::Value;

use super::super::arguments::Arguments;
use super::super::documents::Whole;
use super::super::listing;
use super::super::schemas;
use super::super::tokens::Tokens;
use super::super::tool::{Told, Tool};
use super::super::wording::{BEGIN, CUT, END, Facts, clean, short};
use crate::api;
use crate::live::Newest;
use crate::problem::Problem;

/// Authors that are named in the text.
const NAMES: usize = 50;

pub(super) const TOOL: Tool = Tool {
    name: "get_paper",
    title: "Get a paper",
    description: "Gives one paper whole: title, abstract, all authors, date, venue, DOI, arXiv id, link, keywords, and where it was read. \
        Takes an id from search_papers, an arXiv id, a DOI, or the beginning of an id.",
    input,
    output: schemas::answer::<Whole>,
    answer,
};

fn input() -> Value {
    let id = schemas::text("The id of the paper, its arXiv id or DOI, or the beginning of its id.", 1000);
    schemas::object(&["id"], [("id", id), ("max_tokens", schemas::tokens())])
}

fn answer(newest: &Newest, arguments: &Arguments) -> Result<Told, Problem> {
    let mut line = PaperLine::from(api::document(newest, arguments.text("id").unwrap_or_default())?);
    let most = arguments.number("max_tokens").unwrap_or(schemas::TOKENS);
    let tokens = Tokens::new(&**newest.searcher.encoder())?;
    let paper = &mut line.paper;
    let head = format!("{BEGIN}{}{}", Facts::from(&*paper).head(NAMES), names(paper));
    let around = tokens.count(&head)? + tokens.count(CUT)? + tokens.count(END)?;
    let measured = tokens.measure(&paper.r#abstract, most.saturating_sub(around))?;
    let (end, _, cut) = measured.within(most.saturating_sub(around));
    paper.r#abstract.truncate(end);
    let mark = if cut { " […] (cut here; a higher max_tokens shows more)" } else { "" };
    let text = format!("{head}{}{mark}\n{END}", clean(&paper.r#abstract));
    let tokens = tokens.count(&text)? as u64;
    listing::told(text, &Whole { paper: line, tokens, cut })
}

/// A line each of names and keywords.
fn names(paper: &semsearch_report::paper::Paper) -> String {
    let keywords = paper.keywords.iter().map(|word| short(word, 60)).take(20).collect::<Vec<_>>().join(", ");
    let places: Vec<String> = paper.source.iter().map(|place| short(&place.file, 100)).take(5).collect();
    let lines = [
        ("DOI", paper.doi.as_deref().map(|doi| short(doi, 200))),
        ("arXiv", paper.arxiv.as_deref().map(|arxiv| short(arxiv, 50))),
        ("keywords", Some(keywords)),
        ("read from", Some(places.join(", "))),
    ];
    let lines = lines
        .into_iter()
        .filter_map(|(name, value)| value.filter(|value| !value.is_empty()).map(|value| (name, value)));
    lines.map(|(name, value)| format!("{name}: {value}\n")).collect()
}
