//! The form in which texts are compared: `Łukasz  KAISER` and `lukasz kaiser` are the same name.
//!
//! Folding is compatibility decomposition (NFKD), without accents, in lower case, each run of white space one space.
//! Accents are the marks above, below and through letters, and the points of Hebrew and Arabic. Signs that stand for
//! vowels or change a consonant (Thai, Devanagari, kana) stay, because without them the word is another one. A stroke
//! through a letter (`ł`), which Unicode does not count as a mark, is removed too.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// The form of a text that is compared.
pub(crate) fn fold(text: &str) -> String {
    let lower = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.nfkd().filter(|letter| !is_accent(*letter)).flat_map(char::to_lowercase).map(without_stroke).collect()
    };
    let mut folded = String::with_capacity(lower.len());
    for word in lower.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// By canonical combining class: 10 to 36 are points of Hebrew and Arabic, from 200 on marks around a letter.
fn is_accent(letter: char) -> bool {
    matches!(canonical_combining_class(letter), 10..=36 | 200..=240)
}

fn without_stroke(letter: char) -> char {
    match letter {
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        'ħ' => 'h',
        // Final sigma is folded like any sigma: `~` also finds parts of words.
        'ς' => 'σ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_accents_strokes_and_white_space_do_not_tell_texts_apart() {
        for (text, folded) in [
            ("  Łukasz \t KAISER\n", "lukasz kaiser"),
            ("Yoshua Bengio", "yoshua bengio"),
            ("Bjørn Müller-Đurić", "bjorn muller-duric"),
            ("Ａｃｌ ﬁne", "acl fine"),
            ("İstanbul", "istanbul"),
            ("ΟΔΟΣ", "οδοσ"),
            (" \u{301} ", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
        assert_ne!(fold("が"), fold("か"), "another sound, not an accent");
    }

    #[test]
    fn folding_twice_changes_nothing_whatever_the_letter() {
        for letter in '\0'..=char::MAX {
            let once = fold(&format!("a{letter}b"));
            assert_eq!(fold(&once), once, "{letter:?}");
        }
    }

    proptest! {
        #[test]
        fn a_folded_text_has_single_spaces_inside_and_none_outside(text in "\\PC{0,30}") {
            let folded = fold(&text);
            prop_assert_eq!(folded.split_whitespace().collect::<Vec<_>>().join(" "), folded);
        }
    }
}
