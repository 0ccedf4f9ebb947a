//! Marks in a text: the words of the question, the sentence that answers it, and formulas.

use std::ops::Range;

use maud::{Markup, html};

use super::tex::formulas;

/// A text with words marked.
pub(super) fn marked(text: &str, words: &[&str]) -> Markup {
    marked_sentence(text, None, words)
}

/// A text with words and one of its sentences marked. Formulas are left whole, for the script to set.
pub(super) fn marked_sentence(text: &str, sentence: Option<&str>, words: &[&str]) -> Markup {
    let formulas = formulas(text);
    let place = sentence
        .filter(|sentence| !sentence.trim().is_empty())
        .and_then(|sentence| Some((text.find(sentence)?, sentence.len())));
    let Some((start, length)) = place else { return with_formulas(text, 0..text.len(), &formulas, words) };
    // A full stop in a formula can look like the end of a sentence.
    let cut = |at: usize| formulas.iter().find(|formula| formula.start < at && at < formula.end);
    let end = start + length;
    let (start, end) = (cut(start).map_or(start, |formula| formula.start), cut(end).map_or(end, |formula| formula.end));
    html! {
        (with_formulas(text, 0..start, &formulas, words))
        mark { (with_formulas(text, start..end, &formulas, words)) }
        (with_formulas(text, end..text.len(), &formulas, words))
    }
}

/// A part of a text that cuts no formula.
fn with_formulas(text: &str, part: Range<usize>, formulas: &[Range<usize>], words: &[&str]) -> Markup {
    let inside: Vec<_> = formulas.iter().filter(|one| part.start <= one.start && one.end <= part.end).collect();
    let starts = std::iter::once(part.start).chain(inside.iter().map(|formula| formula.end));
    let ends = inside.iter().map(|formula| formula.start).chain([part.end]);
    let formula = inside.iter().map(Some).chain([None]);
    html! {
        @for ((start, end), formula) in starts.zip(ends).zip(formula) {
            (with_words(&text[start..end], words))
            @if let Some(&formula) = formula { span .tex { (&text[formula.clone()]) } }
        }
    }
}

fn with_words(text: &str, words: &[&str]) -> Markup {
    html! {
        @for (part, is_word) in parts(text, words) {
            @if is_word { b { (part) } } @else { (part) }
        }
    }
}

/// A text in parts, and whether each is one of the words. Capitals count for nothing.
fn parts<'a>(text: &'a str, words: &[&str]) -> Vec<(&'a str, bool)> {
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut parts: Vec<(&str, bool)> = Vec::new();
    let mut begin = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        if length == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let lower = rest[..length].to_lowercase();
        // What is marked may go on behind a hyphen: `fine-tuning`.
        let longest = words.iter().filter(|word| is_at(rest, word)).map(String::len).max();
        let end = match longest {
            Some(long) => at + long,
            None if words.contains(&lower) => at + length,
            None => {
                at += length;
                continue;
            }
        };
        if begin < at {
            parts.push((&text[begin..at], false));
        }
        parts.push((&text[at..end], true));
        (begin, at) = (end, end);
    }
    if begin < text.len() {
        parts.push((&text[begin..], false));
    }
    parts
}

/// Whether a word stands at the beginning of a text, as a whole, and takes as many bytes there as in small letters.
fn is_at(text: &str, word: &str) -> bool {
    let Some(found) = text.get(..word.len()) else { return false };
    let ends = text[word.len()..].chars().next().is_none_or(|next| !next.is_alphanumeric());
    ends && !word.is_empty() && found.to_lowercase() == *word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_whole_and_whatever_their_capitals() {
        let marked = |text: &str, words: &[&str]| marked(text, words).into_string();
        assert_eq!(marked("On Tides and tidesmen", &["tides"]), "On <b>Tides</b> and tidesmen");
        assert_eq!(
            marked("Fine-tuning of KV caches", &["fine-tuning", "caches"]),
            "<b>Fine-tuning</b> of KV <b>caches</b>"
        );
        assert_eq!(marked("Études d'été", &["été"]), "Études d'<b>été</b>");
        assert_eq!(marked("", &["a"]), "");
        assert_eq!(marked("İstanbul a", &["a", "i̇stanbul"]), "<b>İstanbul</b> <b>a</b>");
    }

    #[test]
    fn formulas_stay_whole() {
        let shown = |text: &str, sentence: &str| marked_sentence(text, Some(sentence), &["x", "rate"]).into_string();
        assert_eq!(
            shown("A rate of $x = 1. 5$ holds. More.", "A rate of $x = 1."),
            r#"<mark>A <b>rate</b> of <span class="tex">$x = 1. 5$</span></mark> holds. More."#
        );
        assert_eq!(
            shown("Let $a. b_1$ be x.", "b_1$ be x."),
            r#"Let <mark><span class="tex">$a. b_1$</span> be <b>x</b>.</mark>"#
        );
    }

    #[test]
    fn what_a_paper_holds_is_text_and_never_markup() {
        let text = "<script>alert(1)</script> & \"tides\"";
        let shown = marked_sentence(text, Some("& \"tides\""), &["script", "tides"]).into_string();
        assert_eq!(
            shown,
            "&lt;<b>script</b>&gt;alert(1)&lt;/<b>script</b>&gt; <mark>&amp; &quot;<b>tides</b>&quot;</mark>"
        );
    }
}
