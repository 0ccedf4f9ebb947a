//! The words that say nothing about what a text is about.

/// Whether this is one of the 33 English words that Lucene leaves out, and which score nothing here.
///
/// The word is in lower case, as [`for_each_token`](super::for_each_token) gives it.
pub fn is_stop_word(word: &str) -> bool {
    matches!(
        word,
        "a" | "an"
            | "and"
            | "are"
            | "as"
            | "at"
            | "be"
            | "but"
            | "by"
            | "for"
            | "if"
            | "in"
            | "into"
            | "is"
            | "it"
            | "no"
            | "not"
            | "of"
            | "on"
            | "or"
            | "such"
            | "that"
            | "the"
            | "their"
            | "then"
            | "there"
            | "these"
            | "they"
            | "this"
            | "to"
            | "was"
            | "will"
            | "with"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_say_nothing_are_told_from_words_that_do() {
        assert!(is_stop_word("the") && is_stop_word("a") && is_stop_word("with"));
        assert!(!is_stop_word("attention") && !is_stop_word("what") && !is_stop_word("") && !is_stop_word("The"));
    }
}
