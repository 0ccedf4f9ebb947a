//! Lists that an export joined into one string.

pub(crate) use crate::white_space::{fold_white_space, folded};

/// Splits at commas or semicolons. arXiv writes `categories` with spaces between; a keyword may hold spaces.
pub(crate) fn split_keywords(field: &str, text: &str) -> Vec<String> {
    match field {
        "categories" if !text.contains([',', ';']) => non_empty(text.split_whitespace()),
        _ if text.contains('|') && !text.contains([',', ';']) => non_empty(text.split('|')),
        _ => non_empty(text.split([',', ';'])),
    }
}

/// The parts without white space around them, without empty ones.
pub(crate) fn non_empty<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_may_hold_spaces_and_categories_may_not() {
        assert_eq!(split_keywords("keywords", "deep sea, tides;moon"), ["deep sea", "tides", "moon"]);
        assert_eq!(split_keywords("categories", "hep-ph cs.CL"), ["hep-ph", "cs.CL"]);
        assert_eq!(split_keywords("categories", "deep sea, tides"), ["deep sea", "tides"]);
    }
}
