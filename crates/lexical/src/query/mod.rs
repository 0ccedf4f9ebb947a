//! What a person typed: the words, and the few signs that say more than words.
//!
//! A sign is one only where it cannot be anything else, so that every question can be typed as it is: nothing fails, and
//! no word is lost.

mod clause;
mod field;
mod parse;
mod quotes;
mod request_talk;

#[cfg(test)]
mod tests;

pub use self::clause::{Clause, Occur, Query, What};
pub use self::field::{FieldName, FieldValue};
pub use self::request_talk::strip_request_talk;

impl Query {
    /// Takes a query apart. Whatever is no sign is text.
    ///
    /// ```
    /// use semsearch_lexical::query::{Occur, Query, What};
    ///
    /// let query = Query::parse("\"chain of thought\" -vision");
    /// assert_eq!(query.clauses[0].what, What::Phrase("chain of thought".to_owned()));
    /// assert_eq!(query.clauses[1].what, What::Text("vision".to_owned()));
    /// assert_eq!(query.clauses[1].occur, Occur::MustNot);
    /// ```
    pub fn parse(text: &str) -> Self {
        Self { clauses: parse::parse(text) }
    }
}
