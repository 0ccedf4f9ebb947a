//! One word in the spelling of two countries: `colour` and `color`.

/// What British spelling writes, how many letters stand before it at least, and what American spelling writes.
const DIFFERENCES: &[(&str, usize, &str)] = &[
    ("our", 3, "or"),
    ("isa", 2, "iza"),
    ("ise", 2, "ize"),
    ("isi", 2, "izi"),
    ("yse", 3, "yze"),
    ("ysi", 3, "yzi"),
    ("ll", 4, "l"),
    ("tre", 2, "ter"),
    ("ogue", 4, "og"),
    ("amme", 4, "am"),
    ("ence", 3, "ense"),
    ("ae", 0, "e"),
    ("grey", 0, "gray"),
];

/// Whether two words are one word in British and in American spelling.
pub(super) fn are_variants(one: &str, other: &str) -> bool {
    one != other && american(one) == american(other)
}

fn american(word: &str) -> String {
    let mut word = word.to_owned();
    for (british, before, american) in DIFFERENCES {
        if let Some(at) = word.rfind(british).filter(|at| at >= before) {
            word.replace_range(at..at + british.len(), american);
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_two_countries_are_one_word_and_other_words_are_not() {
        for (british, american) in [
            ("colour", "color"),
            ("behavioural", "behavioral"),
            ("organisation", "organization"),
            ("analyse", "analyze"),
            ("modelling", "modeling"),
            ("centre", "center"),
            ("catalogue", "catalog"),
            ("programme", "program"),
            ("defence", "defense"),
            ("anaesthesia", "anesthesia"),
            ("grey", "gray"),
        ] {
            assert!(are_variants(british, american) && are_variants(american, british), "{british}");
        }
        for (one, other) in [("bread", "broad"), ("filling", "filing"), ("hours", "horse"), ("color", "color")] {
            assert!(!are_variants(one, other), "{one} {other}");
        }
    }
}
