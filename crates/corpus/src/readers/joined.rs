//! Lists that an export joined into one string.

/// Splits `A; B`, `A, B and C` and BibTeX's `Last, First and Last, First`.
pub(super) fn split_authors(text: &str) -> Vec<String> {
    let text = fold_white_space(text);
    if text.contains(';') {
        return non_empty(text.split(';'));
    }
    let by_and: Vec<&str> = text.split(" and ").collect();
    if by_and.len() > 1 && by_and.iter().all(|part| part.matches(',').count() == 1 && !part.trim().ends_with(',')) {
        return non_empty(by_and.into_iter());
    }
    non_empty(by_and.into_iter().flat_map(|part| part.split(',')))
}

/// Splits at commas or semicolons. arXiv writes `categories` with spaces between; a keyword may hold spaces.
pub(super) fn split_keywords(field: &str, text: &str) -> Vec<String> {
    match field {
        "categories" if !text.contains([',', ';']) => non_empty(text.split_whitespace()),
        _ => non_empty(text.split([',', ';'])),
    }
}

/// Turns every run of white space into one space and drops it at both ends.
pub(super) fn fold_white_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The parts that hold anything, without white space around them.
pub(super) fn non_empty<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_string_of_authors_is_split_the_way_it_was_joined() {
        assert_eq!(split_authors("A. One, B. Two and C. Three"), ["A. One", "B. Two", "C. Three"]);
        assert_eq!(split_authors("A. One, B. Two, and C. Three"), ["A. One", "B. Two", "C. Three"]);
        assert_eq!(split_authors("One, A.; Two, B."), ["One, A.", "Two, B."]);
        assert_eq!(split_authors("One, A.\n and Two, B."), ["One, A.", "Two, B."]);
        assert_eq!(split_authors("Andrea Sand"), ["Andrea Sand"]);
        assert!(split_authors("  ").is_empty());
    }

    #[test]
    fn keywords_may_hold_spaces_and_categories_may_not() {
        assert_eq!(split_keywords("keywords", "deep sea, tides;moon"), ["deep sea", "tides", "moon"]);
        assert_eq!(split_keywords("categories", "hep-ph cs.CL"), ["hep-ph", "cs.CL"]);
        assert_eq!(split_keywords("categories", "deep sea, tides"), ["deep sea", "tides"]);
    }
}
