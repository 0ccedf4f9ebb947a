//! How identifiers and venues are compared.

use crate::analyse::{TokenKind, for_each_token};
use crate::file::section::Section;

/// Between the words of a key, and in none of them.
pub(crate) const BETWEEN: char = ' ';

/// An identifier in lower case, without white space around it; `None` if it is empty or too long to be one.
pub(crate) fn identifier_key(identifier: &str) -> Option<String> {
    let key = identifier.trim().to_lowercase();
    (!key.is_empty() && key.len() <= Section::Identifiers.longest_key()).then_some(key)
}

/// The words of a text, with a space between them; `None` if there are none.
///
/// What does not fit into a key is left out.
pub(crate) fn words_key(text: &str) -> Option<String> {
    let mut key = String::new();
    for_each_token(text, &mut |token| {
        if token.kind == TokenKind::Word && key.len() + token.word.len() < Section::Venues.longest_key() {
            if !key.is_empty() {
                key.push(BETWEEN);
            }
            key.push_str(token.word);
        }
    });
    (!key.is_empty()).then_some(key)
}

/// An acronym and its long form as one key; `None` if they do not fit into one.
pub(crate) fn definition_key(acronym: &str, long_form: &str) -> Option<String> {
    let key = format!("{acronym}\n{long_form}");
    (!acronym.contains('\n') && key.len() <= Section::Acronyms.longest_key()).then_some(key)
}

/// The acronym and the long form of a key.
pub(crate) fn definition_of(key: &str) -> Option<(&str, &str)> {
    key.split_once('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_what_is_the_same_however_it_is_typed() {
        assert_eq!(identifier_key(" arXiv:2106.09685 ").as_deref(), Some("arxiv:2106.09685"));
        assert_eq!(identifier_key("  "), None);
        assert_eq!(identifier_key(&"x".repeat(1025)), None);
        assert_eq!(words_key("Findings of  ACL").as_deref(), Some("findings of acl"));
        assert_eq!(words_key("--"), None);
        assert!(words_key(&"word ".repeat(1000)).unwrap().len() <= 1024);
    }

    #[test]
    fn a_definition_is_one_key() {
        let key = definition_key("RAG", "retrieval-augmented generation").unwrap();
        assert_eq!(definition_of(&key), Some(("RAG", "retrieval-augmented generation")));
        assert_eq!(definition_key("R\nAG", "x"), None);
    }
}
