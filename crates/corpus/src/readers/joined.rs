//! Lists that an export joined into one string.

/// Splits at commas or semicolons. arXiv writes `categories` with spaces between; a keyword may hold spaces.
pub(crate) fn split_keywords(field: &str, text: &str) -> Vec<String> {
    match field {
        "categories" if !text.contains([',', ';']) => non_empty(text.split_whitespace()),
        _ if text.contains('|') && !text.contains([',', ';']) => non_empty(text.split('|')),
        _ => non_empty(text.split([',', ';'])),
    }
}

/// Turns every run of white space into one space and drops it at both ends.
pub(crate) fn fold_white_space(text: &str) -> String {
    if text.is_ascii() {
        return fold_ascii(text.as_bytes());
    }
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// [`fold_white_space`] for ASCII, without a branch for each byte: splitting at characters took a third of the time of
/// reading a file of abstracts.
fn fold_ascii(text: &[u8]) -> String {
    let mut folded = vec![0; text.len()];
    let (mut length, mut behind_space) = (0, true);
    for &byte in text {
        let is_space = byte == b' ' || (b'\t'..=b'\r').contains(&byte);
        folded[length] = if is_space { b' ' } else { byte };
        length += usize::from(!(is_space && behind_space));
        behind_space = is_space;
    }
    folded.truncate(length - usize::from(behind_space && length > 0));
    String::from_utf8(folded).unwrap_or_default()
}

/// The parts without white space around them, without empty ones.
pub(crate) fn non_empty<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn white_space_of_every_kind_is_folded() {
        assert_eq!(fold_white_space(" a\t\n b\u{b}c\r\n"), "a b c");
        assert_eq!(fold_white_space("\u{a0}é \u{2003}\u{b}b\u{3000}"), "é b");
        assert_eq!(fold_white_space(" \n"), "");
    }

    proptest! {
        #[test]
        fn folding_is_splitting_and_joining(text in "[ a-c\t-\r\u{1c}é\u{a0}]{0,20}") {
            let expected = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(fold_white_space(&text), expected);
        }
    }

    #[test]
    fn keywords_may_hold_spaces_and_categories_may_not() {
        assert_eq!(split_keywords("keywords", "deep sea, tides;moon"), ["deep sea", "tides", "moon"]);
        assert_eq!(split_keywords("categories", "hep-ph cs.CL"), ["hep-ph", "cs.CL"]);
        assert_eq!(split_keywords("categories", "deep sea, tides"), ["deep sea", "tides"]);
    }
}
