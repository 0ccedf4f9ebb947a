//! Text in a form that is equal for different spellings.

use unicode_normalization::UnicodeNormalization;

/// Letters and digits in lower case, accents and ligatures taken apart (NFKD).
pub(crate) fn normalise(text: &str) -> String {
    if text.is_ascii() {
        return text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    }
    text.nfkd().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}
