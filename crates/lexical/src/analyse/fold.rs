//! How a letter is written so that it equals the other ways of writing it: without accents, in lower case.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick, is_nfkd_quick};

/// A letter with its marks is at most this many characters; further marks are another letter's.
const LONGEST_CLUSTER: usize = 32;

/// Whether a word can begin with this character.
pub(super) fn begins_word(letter: char) -> bool {
    match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        '\0'..='\x7f' => false,
        // The increment sign is typed for a delta.
        '∆' => true,
        // The standard library looks these up slowly.
        'À'..='Ö'
        | 'Ø'..='ö'
        | 'ø'..='ɏ'
        | 'α'..='ω'
        | 'Ѐ'..='ҁ'
        | 'א'..='ת'
        | 'ؠ'..='ؿ'
        | 'ف'..='ي'
        | 'अ'..='ह'
        | 'ก'..='ะ'
        | 'เ'..='ๆ'
        | 'ぁ'..='ゖ'
        | 'ァ'..='ヺ'
        | '\u{4e00}'..='\u{9fff}'
        | '가'..='힣' => true,
        '\u{80}'..='\u{a9}' | '\u{2000}'..='\u{206f}' | '\u{3001}'..='\u{3004}' => false,
        _ => letter.is_alphanumeric() && !is_apostrophe(letter) && !is_dropped(letter) && !is_combining_mark(letter),
    }
}

/// Whether a word can go on with this character.
pub(super) fn continues_word(letter: char) -> bool {
    is_combining_mark(letter) || begins_word(letter) || is_dropped(letter)
}

/// Apostrophes, and what is typed for them.
pub(super) fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '‘' | '‛' | '´' | 'ʼ' | 'ʻ' | 'ʹ' | 'ʽ' | 'ʾ' | 'ʿ' | '＇')
}

/// Characters that cannot be seen, and marks that people leave out.
fn is_dropped(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{640}' | '\u{200c}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
        | '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether the character is of a script that is written without spaces and found by pairs of characters.
pub(super) fn is_cjk(letter: char) -> bool {
    matches!(letter,
        '\u{1100}'..='\u{11ff}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3041}'..='\u{318e}'
        | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}'
        | '\u{1aff0}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}')
}

/// Where the letter that begins `text` ends, with the marks that stand on it.
pub(super) fn cluster(text: &str) -> &str {
    let mut letters = text.char_indices();
    let first = letters.next().map(|(_, letter)| letter);
    let belongs = |letter: char| {
        is_combining_mark(letter)
            // Korean syllables may be written as a consonant followed by a vowel and another consonant.
            || (first.is_some_and(is_cjk) && matches!(letter, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}' | 'ﾞ' | 'ﾟ'))
    };
    let end = letters
        .enumerate()
        .find(|&(count, (_, letter))| count + 1 == LONGEST_CLUSTER || !belongs(letter))
        .map_or(text.len(), |(_, (at, _))| at);
    &text[..end]
}

/// Writes a letter and its marks as they are compared. What is no letter comes through as it is.
pub(super) fn fold(cluster: &str, folded: &mut String) {
    folded.clear();
    let left_out = |letter: char| is_dropped(letter) || is_apostrophe(letter);

    // Most letters are written in one way only, and the rest are mostly one letter and its accents in one character.
    let mut letters = cluster.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        if matches!(letter, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{ac00}'..='\u{d7a3}') {
            // Taken apart, these would be put together again.
            folded.push(letter);
            return;
        }
        let mut base = None;
        let mut others = 0;
        decompose_compatible(letter, |part| {
            if !left_out(part) {
                others += usize::from(base.replace(part).is_some());
            }
        });
        if let (Some(base), 0) = (base, others) {
            push_small(base, folded);
            return;
        }
    } else if is_nfkd_quick(cluster.chars()) == IsNormalized::Yes
        && is_nfc_quick(cluster.chars()) == IsNormalized::Yes
        && !cluster.chars().any(left_out)
    {
        cluster.chars().for_each(|letter| push_small(letter, folded));
        return;
    }
    fold_fully(cluster, folded);
}

/// The same for every letter, slowly.
fn fold_fully(cluster: &str, folded: &mut String) {
    let plain = cluster
        .nfkd()
        .filter(|&letter| !is_dropped(letter) && !is_apostrophe(letter))
        .flat_map(char::to_lowercase)
        // Lower case of the capital İ is an i and a dot.
        .filter(|&letter| !is_dropped(letter));
    for letter in plain.nfc() {
        push_small(letter, folded);
    }
}

/// Appends a letter without marks in lower case.
fn push_small(letter: char, folded: &mut String) {
    for letter in letter.to_lowercase() {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' | 'ɖ' => folded.push('d'),
            'ı' => folded.push('i'),
            'ȷ' => folded.push('j'),
            'ħ' => folded.push('h'),
            'ŋ' => folded.push('n'),
            'ŧ' => folded.push('t'),
            'ς' => folded.push('σ'),
            '∆' => folded.push('δ'),
            _ => folded.push(letter),
        }
    }
}

/// Whether this is a letter that [`spell_greek`] writes as its name.
pub(super) fn is_greek(letter: char) -> bool {
    matches!(letter, 'α'..='ω')
}

/// A word in which every Greek letter is its name. Words of three letters and more that are Greek altogether are words
/// of that language, and stay as they are.
pub(super) fn spell_greek(word: &str, spelt: &mut String) {
    spelt.clear();
    if word.chars().all(is_greek) && word.chars().nth(2).is_some() {
        spelt.push_str(word);
        return;
    }
    for letter in word.chars() {
        match letter {
            'α' => spelt.push_str("alpha"),
            'β' => spelt.push_str("beta"),
            'γ' => spelt.push_str("gamma"),
            'δ' => spelt.push_str("delta"),
            'ε' => spelt.push_str("epsilon"),
            'ζ' => spelt.push_str("zeta"),
            'η' => spelt.push_str("eta"),
            'θ' => spelt.push_str("theta"),
            'ι' => spelt.push_str("iota"),
            'κ' => spelt.push_str("kappa"),
            'λ' => spelt.push_str("lambda"),
            'μ' => spelt.push_str("mu"),
            'ν' => spelt.push_str("nu"),
            'ξ' => spelt.push_str("xi"),
            'ο' => spelt.push_str("omicron"),
            'π' => spelt.push_str("pi"),
            'ρ' => spelt.push_str("rho"),
            'σ' => spelt.push_str("sigma"),
            'τ' => spelt.push_str("tau"),
            'υ' => spelt.push_str("upsilon"),
            'φ' => spelt.push_str("phi"),
            'χ' => spelt.push_str("chi"),
            'ψ' => spelt.push_str("psi"),
            'ω' => spelt.push_str("omega"),
            _ => spelt.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_are_looked_up_quickly_are_letters() {
        for letter in ('\u{80}'..=char::MAX).filter(|&letter| letter != '∆') {
            let expected =
                letter.is_alphanumeric() && !is_apostrophe(letter) && !is_dropped(letter) && !is_combining_mark(letter);
            assert_eq!(begins_word(letter), expected, "{letter:?}");
        }
    }

    #[test]
    fn every_letter_is_folded_as_the_slow_way_does() {
        let mut quick = String::new();
        let mut slow = String::new();
        for letter in (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|&letter| begins_word(letter)) {
            for marks in ["", "\u{301}", "\u{3099}", "\u{93c}", "\u{e48}", "\u{302}\u{323}"] {
                let written = format!("{letter}{marks}");
                fold(&written, &mut quick);
                slow.clear();
                fold_fully(&written, &mut slow);
                assert_eq!(quick, slow, "{written:?}");
            }
        }
    }
}
