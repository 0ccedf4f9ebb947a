//! Papers that were found, as a person reads them.

use semsearch_corpus::Document;
use semsearch_report::ask::{Hit, Reasons};

use crate::output::{self, FAINT, SCORE, STRONG, count, plain};
use crate::wrap::wrap;

/// The number of lines of an abstract that are shown.
const ABSTRACT_LINES: usize = 3;
/// The number of authors that are named.
const NAMED_AUTHORS: usize = 3;
/// The number of matched words that are shown: those that tell most.
const MATCHED_WORDS: usize = 12;

/// All papers of an answer, in their order, with the first lines of their abstracts, or with all of them.
pub(crate) fn human(hits: &[Hit], is_full: bool) -> String {
    let width = output::width();
    hits.iter().map(|hit| human_hit(hit, width, is_full) + "\n").collect()
}

/// One paper: rank, score and title; then date, authors and venue; then its id and where to read it; then its abstract.
fn human_hit(hit: &Hit, width: usize, is_full: bool) -> String {
    let rank = hit.rank;
    // The width of rank and score, which stand before the title; a score may be negative.
    let indent = " ".repeat(rank.to_string().len().max(3) + " -0.000  ".len());
    let room = width - indent.len();
    let title = if hit.title.trim().is_empty() { &hit.id } else { &hit.title };
    let mut text = String::new();
    for (line, place) in wrap(&plain(title), room).iter().zip(0..) {
        if place == 0 {
            text.push_str(&format!("{rank:>3} {SCORE}{:>6.3}{SCORE:#}  {STRONG}{line}{STRONG:#}\n", hit.score));
        } else {
            text.push_str(&format!("{indent}{STRONG}{line}{STRONG:#}\n"));
        }
    }
    for said in [byline(hit), name_and_link(hit, room)] {
        for line in wrap(&said, room).iter().filter(|line| !line.is_empty()) {
            text.push_str(&format!("{indent}{FAINT}{line}{FAINT:#}\n"));
        }
    }
    if let Some(reasons) = &hit.reasons {
        text.push_str(&why(hit, reasons, &indent, room));
    }
    match &hit.reasons {
        _ if is_full => {
            for line in textwrap::wrap(&plain(&hit.r#abstract), room).iter().filter(|line| !line.is_empty()) {
                text.push_str(&format!("{indent}{line}\n"));
            }
        }
        Some(_) => {}
        None => {
            for line in opening(&plain(&hit.r#abstract), room) {
                text.push_str(&format!("{indent}{line}\n"));
            }
        }
    }
    text
}

/// Why a paper was found: its scores, the words it shares with the query, and the sentence that is nearest.
fn why(hit: &Hit, reasons: &Reasons, indent: &str, room: usize) -> String {
    let mut parts = Vec::new();
    parts.extend(hit.cosine.map(|cosine| format!("cosine {cosine:.3}")));
    parts.extend(hit.bm25.map(|words| format!("words {words:.1}")));
    if reasons.all_in_title {
        parts.push("all words in the title".to_owned());
    }
    if reasons.named {
        parts.push("named".to_owned());
    }
    if !hit.parts.is_empty() {
        let scores: Vec<String> = hit.parts.iter().map(|score| format!("{score:.3}")).collect();
        parts.push(format!("by question: {}", scores.join(", ")));
    }
    let mut terms: Vec<_> = reasons.matched.iter().collect();
    if terms.len() > MATCHED_WORDS {
        terms.sort_by(|one, other| other.idf.total_cmp(&one.idf));
        terms.truncate(MATCHED_WORDS);
    }
    let terms: Vec<String> = terms.iter().map(|term| format!("{} {:.1}", plain(&term.word), term.idf)).collect();
    if !terms.is_empty() {
        parts.push(format!("matched: {}", terms.join(", ")));
    }
    let mut text = String::new();
    for line in wrap(&parts.join(" · "), room) {
        text.push_str(&format!("{indent}{FAINT}{line}{FAINT:#}\n"));
    }
    let words: Vec<&str> = reasons.matched.iter().map(|term| term.word.as_str()).collect();
    for line in wrap(&plain(reasons.sentence.as_deref().unwrap_or_default()), room) {
        text.push_str(&format!("{indent}{}\n", marked(&line, &words)));
    }
    text
}

/// A line with the words that matched in bold.
fn marked(line: &str, words: &[&str]) -> String {
    let mut text = String::new();
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        match words.iter().any(|known| known.eq_ignore_ascii_case(word)) {
            true => text.push_str(&format!("{STRONG}{word}{STRONG:#}")),
            false => text.push_str(word),
        }
        let between = behind.find(char::is_alphanumeric).unwrap_or(behind.len());
        text.push_str(&behind[..between]);
        rest = &behind[between..];
    }
    text
}

/// Date, authors and venue, as far as they are known.
fn byline(hit: &Hit) -> String {
    let date = hit.date.clone().or_else(|| hit.year.map(|year| year.to_string()));
    let parts = [date, named(&hit.authors, hit.authors_count), hit.organization.clone(), hit.venue.clone()];
    plain(&parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

/// The id, by which JSON, exports and `\\cite` name the paper, and where to read it. An id that does not fit is cut, since its
/// beginning names a paper as well.
fn name_and_link(hit: &Hit, room: usize) -> String {
    let name = std::iter::once(begun(&plain(&hit.id), room).to_owned());
    name.chain(hit.link.as_deref().map(plain)).collect::<Vec<_>>().join(" · ")
}

/// The beginning of a name, in at most so many columns. It ends in a letter: a hyphen at its end would look like a broken word.
pub(crate) fn begun(name: &str, columns: usize) -> &str {
    name.char_indices().nth(columns).map_or(name, |(end, _)| name[..end].trim_end_matches('-'))
}

pub(crate) fn authors(document: &Document) -> Option<String> {
    named(&document.authors, document.authors_count)
}

/// The first names, or how many there are where only that is known.
fn named(authors: &[String], number: Option<u32>) -> Option<String> {
    if authors.is_empty() {
        return number.map(|number| count(u64::from(number), "author"));
    }
    let named: Vec<&str> = authors.iter().take(NAMED_AUTHORS).map(String::as_str).collect();
    let more = authors.len() - named.len();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(named.join(", ") + &rest)
}

/// The first lines of a text, with an ellipsis if it is longer.
fn opening(text: &str, width: usize) -> Vec<String> {
    // One column is kept free for the ellipsis.
    let mut lines: Vec<String> = wrap(text, width - 1).into_iter().take(ABSTRACT_LINES + 1).collect();
    if lines.len() > ABSTRACT_LINES {
        lines.truncate(ABSTRACT_LINES);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use semsearch_engine::Found;

    use super::*;

    fn paper() -> Hit {
        let title = "A title that is long enough to need a second line when the terminal is narrow";
        let document = Document::new("x", title, "word ".repeat(100))
            .with_authors(["Ada", "Bob", "Cem", "Dan"].map(str::to_owned).to_vec())
            .with_organization(Some("Example Lab".into()))
            .with_year(Some(2024));
        Hit::new(1, &Found::dense(0.51234, document))
    }

    #[test]
    fn a_hit_fits_its_width_and_says_what_is_known() {
        let text = human_hit(&paper(), 60, false);
        let bare = anstream::adapter::strip_str(&text).to_string();
        assert!(bare.starts_with("  1  0.512  A title"), "{bare}");
        assert!(bare.contains("2024 · Ada, Bob, Cem and 1 more · Example Lab"), "{bare}");
        assert!(bare.lines().any(|line| line.trim() == "x"), "its id: {bare}");
        let full = anstream::adapter::strip_str(&human_hit(&paper(), 60, true)).to_string();
        assert_eq!(full.matches("word").count(), 100, "{full}");
        assert!(bare.lines().all(|line| line.chars().count() <= 60), "{bare}");
        assert!(bare.trim_end().ends_with('…'), "{bare}");
    }

    #[test]
    fn long_ranks_and_negative_scores_keep_the_width() {
        let mut hit = paper();
        (hit.rank, hit.score) = (12_345, -0.25);
        let text = human_hit(&hit, 60, false);
        let bare = anstream::adapter::strip_str(&text).to_string();
        assert!(bare.starts_with("12345 -0.250  A title"), "{bare}");
        assert!(bare.lines().all(|line| line.chars().count() <= 60), "{bare}");
    }

    #[test]
    fn control_characters_never_reach_the_terminal() {
        let mut hit = paper();
        hit.title = "red \u{1b}[31malert\u{7}".into();
        let text = human_hit(&hit, 80, false);
        assert!(!anstream::adapter::strip_str(&text).to_string().contains(['\u{1b}', '\u{7}']));
        assert!(!text.contains("[31malert\u{7}"));
    }
}
