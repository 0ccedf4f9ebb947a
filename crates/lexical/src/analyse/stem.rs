//! What a word is reduced to, so that `networks` finds `network`.

use std::borrow::Cow;
use std::sync::OnceLock;

use rust_stemmers::{Algorithm, Stemmer};

/// The stem of a word after Snowball's rules for English, if it is made of the letters a to z; any other word (`gpt4`,
/// `0.05`, a word in another script) is its own stem.
///
/// The word is in lower case, as [`for_each_token`](super::for_each_token) gives it.
pub fn stem(word: &str) -> Cow<'_, str> {
    static ENGLISH: OnceLock<Stemmer> = OnceLock::new();

    if word.len() < 3 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(word);
    }
    ENGLISH.get_or_init(|| Stemmer::create(Algorithm::English)).stem(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        assert_eq!(stem("networks"), "network");
        assert_eq!(stem("retrieval"), stem("retrieve"));
        assert_eq!(stem("learning"), stem("learned"));
    }

    #[test]
    fn what_is_no_english_word_is_its_own_stem() {
        for word in ["", "a", "as", "l2", "gpt4s", "0.05", "c++", "深度", "сети", "ναι"] {
            assert_eq!(stem(word), word);
        }
    }
}
