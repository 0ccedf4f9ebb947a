//! What stands around the papers: the head of the page, and what is said where there are none.

use maud::{DOCTYPE, Markup, html};
use semsearch_engine::{Answer, Level, Ranker, SearchMode};
use semsearch_store::Filter;

use super::assets::address;
use super::numbers::{papers, thousands};
use super::sidebar::chosen;
use crate::live::Newest;
use crate::parameters::Parameters;
use crate::problem::Problem;

/// The ways to search, with what they are called.
const MODES: [(&str, &str); 4] =
    [("", "Meaning and words"), ("dense", "Meaning"), ("lexical", "Words"), ("exact", "Exact")];

/// The whole page around `inside`.
pub(super) fn around(parameters: &Parameters, papers: usize, inside: &Markup) -> Markup {
    let question = parameters.first("q");
    let mode = parameters.first("mode");
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { @if question.is_empty() { "semsearch" } @else { (question) " · semsearch" } }
                link rel="icon" href=(address("icon.svg"));
                link rel="stylesheet" href=(address("style.css"));
                script src=(address("app.js")) defer {}
            }
            body {
                a .skip href="#results" { "To the papers" }
                header .top {
                    a .name href="/" { "semsearch" }
                    form #ask role="search" action="/" method="get" {
                        label .hidden for="q" { "Question" }
                        input #q name="q" type="search" value=(question) autocomplete="off" spellcheck="false" maxlength="4000"
                            placeholder={ "Ask " (thousands(papers)) " papers in plain words" } autofocus[question.is_empty()];
                        label .hidden for="mode" { "Search by" }
                        select #mode name="mode" {
                            @for (value, name) in MODES { option value=(value) selected[value == mode] { (name) } }
                        }
                        @for (name, value) in parameters.filters() { input type="hidden" name=(name) value=(value); }
                        button type="submit" { "Search" }
                    }
                    a .to #to-map href=(map_address(question)) { "Map" }
                    button #list type="button" aria-haspopup="dialog" { "Reading list" span #listed .count { "0" } }
                }
                main #results tabindex="-1" { (inside) }
                p #said .hidden role="status" aria-live="polite" {}
                dialog #reading aria-labelledby="reading-title" {
                    h2 #reading-title { "Reading list" }
                    ol #read {}
                    p #none { "Nothing yet. " q { "Save" } " puts a paper here; the list stays in this browser." }
                    p .actions {
                        button type="button" data-export="bibtex" { "BibTeX" }
                        button type="button" data-export="ris" { "RIS" }
                        button type="button" data-export="csl" { "CSL-JSON" }
                        a #more-like href="/" { "More like these" }
                        button type="button" #empty { "Empty the list" }
                        button type="button" #close { "Close" }
                    }
                }
            }
        }
    }
}

/// Where the map is, with the answers to the question lit up.
fn map_address(question: &str) -> String {
    match question {
        "" => "/map".to_owned(),
        question => {
            format!("/map?{}", form_urlencoded::Serializer::new(String::new()).append_pair("q", question).finish())
        }
    }
}

/// How many papers, how they were found, and how sure it is that they answer.
pub(super) fn heading(parameters: &Parameters, answer: &Answer, shown: usize) -> Markup {
    let level = answer.confidence.as_ref().map(|confidence| confidence.level);
    let how = match (answer.ranker, answer.mode) {
        (Ranker::Lexical, _) => "by words",
        (Ranker::Dense, Some(SearchMode::Exact)) => "by meaning, compared with every paper",
        (Ranker::Dense, _) => "by meaning",
        (Ranker::Hybrid, Some(SearchMode::Exact)) => "by meaning and words, compared with every paper",
        (Ranker::Hybrid, _) => "by meaning and words",
    };
    let ms = answer.took.total.as_secs_f64() * 1e3;
    let offset = parameters.first("offset");
    let question = parameters.first("q");
    html! {
        h1 .hidden { @if question.trim().is_empty() { "Papers like those chosen" } @else { "Papers for " q { (question) } } }
        p .heading {
            strong { (shown) @if shown == 1 { " paper" } @else { " papers" } }
            @if !offset.is_empty() { " after the first " (offset) }
            " " (how) " in " (format!("{ms:.1}")) " ms"
        }
        @for correction in &answer.corrections {
            p .note { "No paper holds " q { (correction.typed) } "; also searched: " (correction.used.join(", ")) "." }
        }
        @if !answer.expansions.is_empty() { p .note { "Also searched: " (answer.expansions.join(", ")) "." } }
        @if answer.truncated { p .note { "The question is longer than the model reads. Its end counts by its words only." } }
        @match level {
            Some(Level::None) if !answer.hits.is_empty() => {
                p .note .doubt { "Nothing here is likely to answer this. The nearest papers follow." }
            }
            Some(Level::Weak) => p .note { "Few papers here have to do with this." },
            _ => {}
        }
    }
}

/// What is said where no paper passes.
pub(super) fn nothing_found(parameters: &Parameters, filter: &Filter) -> Markup {
    html! {
        div .empty {
            h1 { "No paper here answers this" }
            @if filter.is_everything() {
                p { "No paper has all that the question demands. Leave out a quoted phrase or a " code { "+word" } "." }
            } @else {
                p { "No paper passes the filter " code { (filter) } "." }
                p { a href=(parameters.without_filters()) { "Search all papers" } }
            }
        }
    }
}

/// What is said before anything is asked.
pub(super) fn nothing_asked(newest: &Newest, filter: &Filter, parameters: &Parameters) -> Result<Markup, Problem> {
    let collection = newest.searcher.collection();
    let passing: usize = collection.passing(filter)?.iter().map(|rows| rows.len()).sum();
    let examples = ["efficient KV cache compression", "how do language models use long context", "images from text"];
    Ok(html! {
        section .found aria-label="Papers" {
            (chosen(parameters))
            div .empty {
                h1 { "Ask " (papers(passing)) }
                p { "Write what you look for as you would say it. Papers come as you type." }
                ul .examples { @for example in examples { li { a href=(parameters.with("q", example)) { (example) } } } }
                dl .ways {
                    dt { code { "\"exact phrase\"" } } dd { "only papers that hold it" }
                    dt { code { "-word" } } dd { "only papers without it" }
                    dt { code { "author:name" } } dd { "only papers of an author; also " code { "venue:" } " and " code { "year:" } }
                    dt { kbd { "/" } } dd { "to the question; " kbd { "↓" } " " kbd { "↑" } " through the papers, " kbd { "Enter" } " opens, " kbd { "Esc" } " goes back" }
                }
            }
        }
    })
}

/// What went wrong.
pub(super) fn told(problem: &Problem) -> Markup {
    html! {
        section .found .single {
            div .empty .error role="alert" {
                h1 { "This did not work" }
                p { (problem.detail) }
                p { a href="/" { "Start again" } }
            }
        }
    }
}
