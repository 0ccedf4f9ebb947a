//! Ids for papers without one.
//!
//! A slug is the title reduced to characters that need no quotes in a URL, a file name or a shell command: accents are
//! dropped, apostrophes vanish (`Google's` becomes `googles`), every other run of characters becomes one hyphen, and the
//! result ends at the last whole word within [`LONGEST`] characters. The same title gives the same slug on every machine
//! and in every run, so an id that was noted down keeps working.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most characters a slug has.
pub(crate) const LONGEST: usize = 60;

/// Turns a title into an id; empty only for a title of nothing but white space.
///
/// A title without a single ASCII letter or digit (in Chinese, say) gets `paper-` and a hash of the title: ugly, stable,
/// and distinct.
///
/// ```
/// assert_eq!(semsearch_corpus::slug("Ragnarök: Google's Arena?"), "ragnarok-googles-arena");
/// ```
pub fn slug(title: &str) -> String {
    let spelled = spell(title);
    if spelled.is_empty() && !title.trim().is_empty() {
        return format!("paper-{:016x}", fingerprint(title.trim()));
    }
    cut_at_word(spelled)
}

fn spell(title: &str) -> String {
    let mut slug = String::with_capacity(title.len());
    let mut gap = false;
    for c in title.nfkd().filter(|&c| !is_combining_mark(c) && !is_apostrophe(c)) {
        if c.is_ascii_alphanumeric() {
            if gap && !slug.is_empty() {
                slug.push('-');
            }
            slug.push(c.to_ascii_lowercase());
            gap = false;
        } else {
            gap = true;
        }
    }
    slug
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{02bc}')
}

/// Keeps whole words up to [`LONGEST`] characters; a first word longer than that is cut inside.
fn cut_at_word(mut slug: String) -> String {
    if slug.len() > LONGEST {
        let next_is_hyphen = slug.as_bytes()[LONGEST] == b'-';
        slug.truncate(LONGEST);
        if !next_is_hyphen && let Some(end) = slug.rfind('-') {
            slug.truncate(end);
        }
    }
    slug
}

/// 64-bit FNV-1a, which is fixed for all time; the standard library's hashes may change with a release.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accents_and_apostrophes_vanish() {
        assert_eq!(slug("Ragnarök"), "ragnarok");
        assert_eq!(slug("Google's and Google’s"), "googles-and-googles");
        assert_eq!(slug("O²-Searcher: ﬁne"), "o2-searcher-fine");
    }

    #[test]
    fn everything_else_becomes_one_hyphen_and_none_stands_at_an_end() {
        assert_eq!(slug("  $\\alpha$ -- a  new/old thing! "), "alpha-a-new-old-thing");
    }

    #[test]
    fn a_long_title_ends_at_a_whole_word() {
        let fifty_nine = "a".repeat(59);
        assert_eq!(slug(&format!("{fifty_nine}a b")), format!("{fifty_nine}a"));
        assert_eq!(slug(&format!("{fifty_nine} bc")), fifty_nine);
        assert_eq!(slug(&"x".repeat(80)), "x".repeat(60));
    }

    #[test]
    fn a_title_in_another_script_still_gets_an_id() {
        let (one, other) = (slug("潮汐"), slug("月亮"));
        assert!(one.starts_with("paper-") && one.len() == 22);
        assert_ne!(one, other);
        assert_eq!(slug(" \n"), "");
    }

    proptest! {
        #[test]
        fn a_slug_is_short_plain_and_its_own_slug(title in ".*") {
            let slugged = slug(&title);
            prop_assert!(slugged.len() <= LONGEST);
            prop_assert!(slugged.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
            prop_assert!(!slugged.starts_with('-') && !slugged.ends_with('-'));
            prop_assert_eq!(slug(&slugged), slugged);
        }
    }
}
