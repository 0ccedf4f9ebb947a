//! Words: from text to terms, which documents hold them, and how well they answer a query.

pub mod acronyms;
pub mod analyse;
mod check;
pub mod confidence;
mod file;
mod lists;
pub mod query;
mod search;
mod segment;
pub mod sentences;
pub mod spelling;
mod vocabulary;
mod writer;

pub use file::error::LexicalError;
pub use lists::postings::Occurrences;
pub use lists::slots::Length;
pub use search::{CountedDefinition, LexicalIndex, Matcher, Matches, Neighbours, Scores, WeightedStem, WordList};
pub use segment::LexicalSegment;
pub use writer::{Analysed, LexicalWriter, Paper};
