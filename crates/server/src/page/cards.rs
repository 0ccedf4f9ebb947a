//! A paper as a card, and alone.

use maud::{Markup, PreEscaped, html};
use semsearch_corpus::Document;
use semsearch_engine::Found;

use super::marks::{marked, marked_sentence};

/// What stands between two things in a line, and is no text of a paper.
const SPACE: PreEscaped<&str> = PreEscaped(" ");

/// The most authors that a card names.
const NAMED: usize = 6;

/// A paper that was found, under a heading of the page.
pub(super) fn card_below(rank: usize, found: &Found) -> Markup {
    let link = heading_link(found);
    around(rank, found, &html! { h3 .title { (link) } })
}

/// A paper that was found.
pub(super) fn card(rank: usize, found: &Found) -> Markup {
    let link = heading_link(found);
    around(rank, found, &html! { h2 .title { (link) } })
}

/// The words of the question that a paper holds.
fn words(found: &Found) -> Vec<&str> {
    found.reasons.iter().flat_map(|reasons| &reasons.matched).map(|term| &*term.word).collect()
}

fn heading_link(found: &Found) -> Markup {
    let paper = &found.document;
    html! { a .open href=(address(&paper.id)) { (marked(title(paper), &words(found))) } }
}

fn around(rank: usize, found: &Found, heading: &Markup) -> Markup {
    let paper = &found.document;
    let sentence = found.reasons.as_ref().and_then(|reasons| reasons.sentence.as_deref());
    html! {
        li .card data-id=(paper.id) data-title=(title(paper)) id={ "paper-" (rank) } {
            (heading)
            (byline(paper))
            @if !paper.r#abstract.is_empty() { p .abstract { (marked_sentence(&paper.r#abstract, sentence, &words(found))) } }
            p .why {
                span .score title="What the papers are ranked by" { (format!("{:.3}", found.score)) }
                @for reason in reasons(found) { (SPACE) span .reason { (reason) } }
            }
            (actions(paper))
        }
    }
}

/// A paper alone, with all that is known.
pub(super) fn whole(paper: &Document) -> Markup {
    html! {
        article .card .alone data-id=(paper.id) data-title=(title(paper)) {
            h1 { (marked(title(paper), &[])) }
            (byline(paper))
            @if paper.authors.len() > NAMED { p .authors { (paper.authors.join(", ")) } }
            @if !paper.r#abstract.is_empty() { p .abstract { (marked(&paper.r#abstract, &[])) } }
            @if !paper.keywords.is_empty() { p .keywords { @for keyword in &paper.keywords { span .reason { (keyword) } (SPACE) } } }
            dl .facts {
                @if let Some(doi) = &paper.doi { dt { "DOI" } dd { a href={ "https://doi.org/" (doi) } rel="noreferrer" { (doi) } } }
                @if let Some(arxiv) = &paper.arxiv { dt { "arXiv" } dd { a href={ "https://arxiv.org/abs/" (arxiv) } rel="noreferrer" { (arxiv) } } }
                dt { "Id" } dd { code { (paper.id) } }
            }
            (actions(paper))
        }
    }
}

fn title(paper: &Document) -> &str {
    if paper.title.trim().is_empty() { &paper.id } else { &paper.title }
}

/// Where a paper's own page is.
fn address(id: &str) -> String {
    format!("/papers/{}", form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20"))
}

/// Date, authors or organization, venue, comments.
fn byline(paper: &Document) -> Markup {
    let date = paper.date.map(|date| date.to_string()).or_else(|| paper.year.map(|year| year.to_string()));
    let named = paper.authors.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = paper.authors.len().saturating_sub(NAMED);
    let unnamed = paper.authors_count.filter(|_| paper.authors.is_empty());
    html! {
        p .byline {
            @if let Some(date) = date { time { (date) } }
            @if !named.is_empty() { span { (named) @if more > 0 { " and " (more) " more" } } }
            @if let Some(count) = unnamed { span { (count) " authors" } }
            @if let Some(organization) = &paper.organization { span { (organization) } }
            @if let Some(venue) = &paper.venue { span { (venue) } }
            @if let Some(comments) = paper.comments { span { (comments) " comments" } }
        }
    }
}

/// Why a paper was found, in a few words each.
fn reasons(found: &Found) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(reasons) = &found.reasons {
        if reasons.is_named {
            told.push("named in the question".to_owned());
        }
        if reasons.all_in_title {
            told.push("all words in the title".to_owned());
        } else if !reasons.matched.is_empty() {
            let words: Vec<&str> = reasons.matched.iter().take(6).map(|term| &*term.word).collect();
            told.push(format!("has {}", words.join(", ")));
        }
    }
    if let Some(cosine) = found.cosine {
        told.push(format!("meaning {cosine:.2}"));
    }
    told
}

/// What can be done with a paper.
fn actions(paper: &Document) -> Markup {
    // Only addresses of the web: a record can hold any text.
    let link = paper.link().filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    let like = form_urlencoded::Serializer::new(String::new()).append_pair("like", &paper.id).finish();
    html! {
        p .actions {
            a href={ "/?" (like) } { "Similar papers" }
            button type="button" data-copy={ (address(&paper.id)) ".bib" } { "Copy BibTeX" }
            @if let Some(link) = link {
                a href=(link) rel="noreferrer noopener" target="_blank" { "Open" }
                button type="button" data-link=(link) { "Copy link" }
            }
            button type="button" data-save aria-pressed="false" { "Save" }
        }
    }
}
