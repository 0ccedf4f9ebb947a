//! All segments of a collection, as one.
//!
//! | file | what is in it |
//! |---|---|
//! | [`index`] | all that can be asked |
//! | [`collection`] | the segments, and what is counted over all of them |
//! | [`bm25`] | the formula |
//! | [`terms`] | what a stem is worth in each document, and where it is there |
//! | [`cache`] | what queries have read, kept for the next |
//! | [`scores`] | what every document is worth, and which are worth most |
//! | [`members`] | the documents that have a stem |
//! | [`dense`] | stems that many documents have, in eight bits a document |
//! | [`best`] | the best documents, without adding up every document |
//! | [`matcher`] | how a document has the words of a query |
//! | [`phrase`] | documents that have words in a row |
//! | [`documents`] | documents by the beginning of a word, author, venue and identifier |
//! | [`words`] | all words, and what papers define |

mod best;
mod bm25;
mod cache;
mod collection;
mod dense;
mod documents;
mod index;
mod matcher;
mod members;
mod phrase;
mod scores;
mod terms;
mod words;

pub use self::index::{LexicalIndex, WeightedStem};
pub use self::matcher::{Matcher, Matches, Neighbours};
pub use self::scores::Scores;
pub use self::words::{CountedDefinition, WordList};
