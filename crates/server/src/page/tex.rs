//! Formulas in a text: where they begin and end. Setting them is the browser's work, by KaTeX.
//!
//! A dollar is a sign of money as well. What counts as a formula follows pandoc (`tex_math_dollars`): no space behind the first
//! dollar or before the last, no digit behind the last. Beyond that, words with spaces between them are no formula unless a
//! sign of TeX is among them: `between $5 and US$` is about money.

use std::ops::Range;

/// The most bytes of a formula; what is longer has lost its end.
const LONGEST: usize = 2000;

/// The formulas of a text, in order, signs around them included.
pub(super) fn formulas(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(step) = text[at..].find(['$', '\\']) {
        at += step;
        match formula(text, at) {
            Some(end) => {
                found.push(at..end);
                at = end;
            }
            // An escaped sign is no sign.
            None if text[at..].starts_with('\\') => {
                at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8);
            }
            None => at += 1,
        }
    }
    found
}

/// Where the formula that begins here ends, if one does.
fn formula(text: &str, at: usize) -> Option<usize> {
    let (sign, ending) = [("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]"), ("$", "$")]
        .into_iter()
        .find(|(sign, _)| text[at..].starts_with(sign))?;
    let start = at + sign.len();
    let end = start + end_of(&text[start..], ending)?;
    let inside = &text[start..end];
    let is_one = match sign {
        "$" => {
            let next = text[end + 1..].chars().next();
            !inside.starts_with(char::is_whitespace)
                && !inside.ends_with(char::is_whitespace)
                && !next.is_some_and(|next| next.is_ascii_digit())
                && is_like_tex(inside)
        }
        _ => !inside.trim().is_empty(),
    };
    is_one.then_some(end + ending.len())
}

/// The place of the next such ending that no backslash stands before.
fn end_of(text: &str, ending: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, sign) in text.char_indices().take_while(|(at, _)| *at < LONGEST) {
        if !is_escaped && text[at..].starts_with(ending) {
            return (at > 0).then_some(at);
        }
        is_escaped = sign == '\\' && !is_escaped;
    }
    None
}

/// Whether what stands between two dollars can be a formula: it has a sign of TeX, or no words with spaces between them.
fn is_like_tex(inside: &str) -> bool {
    let has_sign = inside.contains(['\\', '^', '_', '{', '=', '<', '>', '+', '*', '/', '|']);
    let is_word = |part: &str| part.chars().filter(|c| c.is_alphabetic()).count() > 1;
    has_sign || inside.split_whitespace().nth(1).is_none() || !inside.split_whitespace().any(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        formulas(text).into_iter().map(|place| &text[place]).collect()
    }

    #[test]
    fn formulas_are_found_with_their_signs() {
        assert_eq!(found(r"a $\Delta_{m}$ b \(x\) c \[y\] d $$z$$"), [r"$\Delta_{m}$", r"\(x\)", r"\[y\]", "$$z$$"]);
        assert_eq!(found(r"1.3$\times$ speedup, $k$-means and $O(n)$"), [r"$\times$", "$k$", "$O(n)$"]);
        assert_eq!(found(r"$x, y$ and $10$ or $95.9\%$"), ["$x, y$", "$10$", r"$95.9\%$"]);
        assert_eq!(found(r"$a \$ b_1$"), [r"$a \$ b_1$"]);
        assert_eq!(found("$α_1$ größer $β$"), ["$α_1$", "$β$"]);
    }

    #[test]
    fn money_is_no_formula() {
        for text in [
            "from $5 to $10 a day",
            "$5-$10",
            "costs $5 million and US$ 7",
            "the $ISEK token, or $",
            r"\$5 and \$10",
            "$",
            "$$",
            "$$$$",
            r"a \( b",
            r"\",
            r"\é $",
            "$ x $",
        ] {
            assert_eq!(found(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn any_text_has_its_formulas_in_order_and_within_it() {
        let mut random = semsearch_testing::Random::new(7);
        let signs = ["$", "$$", "\\", "(", ")", "[", "]", "a", " ", "é", "_", "1", "\\(", "\\)"];
        for _ in 0..20_000 {
            let text: String = (0..random.below(16)).map(|_| signs[random.index(signs.len())]).collect();
            let mut end = 0;
            for place in formulas(&text) {
                assert!(end <= place.start && place.start + 2 < place.end, "{text}");
                assert!(text.get(place.clone()).is_some(), "{text}");
                end = place.end;
            }
        }
    }
}
