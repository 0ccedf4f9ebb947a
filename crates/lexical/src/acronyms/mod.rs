//! Acronyms and what they stand for, learned from the papers themselves.
//!
//! Authors write `retrieval-augmented generation (RAG)` once and `RAG` from then on; other authors never write one of
//! the two. [`mine`] collects such definitions from a text, [`AcronymDictionary`] keeps those that papers agree on, and
//! [`AcronymDictionary::find`] tells what a query may also be searched for.
//!
//! The definitions are those of Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in
//! biomedical text" (2003), in the order long form, then acronym in brackets, and only for acronyms with two capitals:
//! the other order and `(cat)` bring more noise than words.
//!
//! | file | what it holds |
//! |------|---------------|
//! | `mine.rs` | definitions of one text |
//! | `key.rs` | when two long forms are the same |
//! | `dictionary.rs` | definitions of all papers, and which of them are believed |
//! | `find.rs` | acronyms and long forms in a query |
//! | `expansion.rs` | what a query gains by one of them: words, their weight, a text to encode |

mod dictionary;
mod expansion;
mod find;
mod key;
mod mine;

pub use self::dictionary::{AcronymDictionary, Meaning};
pub use self::expansion::{Expansion, Typed, spelt_out};
pub use self::mine::{Definition, mine};
