//! Words for nothing.

/// What programs write where they know nothing, in lower case.
const MISSING: [&str; 10] = ["", "nan", "nat", "na", "n/a", "null", "none", "<na>", "-", "undefined"];

/// Whether a text is what a program writes where it knows nothing: `NaN`, `NULL`, `n/a`.
pub(crate) fn is_missing(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 9 && MISSING.iter().any(|word| word.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_have_many_words_for_nothing() {
        for text in ["nan", "NaN", "NaT", "NA", "NULL", "None", "n/a", " ", "<NA>"] {
            assert!(is_missing(text), "{text}");
        }
        for text in ["Nan Goldin", "0", "none of these", "Na+"] {
            assert!(!is_missing(text), "{text}");
        }
    }
}
