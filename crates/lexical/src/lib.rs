//! Words: from text to terms, which documents hold them, and how well they answer a query.

pub mod acronyms;
pub mod analyse;
mod file;
mod postings;
pub mod query;
mod search;
mod segment;
mod sequences;
pub mod spelling;
mod vocabulary;
mod writer;

pub use file::error::LexicalError;
pub use postings::Occurrences;
pub use search::{LexicalIndex, Scores, WeightedStem};
pub use segment::LexicalSegment;
pub use writer::{Analysed, LexicalWriter, Paper};
