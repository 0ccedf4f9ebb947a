//! Acronyms and what they stand for, learned from the papers themselves.
//!
//! Authors write `retrieval-augmented generation (RAG)` once and `RAG` from then on; other authors never write one of
//! the two. [`mine`] collects such definitions from a text.
//!
//! The definitions are those of Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in
//! biomedical text" (2003), in the order long form, then acronym in brackets, and only for acronyms with two capitals:
//! the other order and `(cat)` bring more noise than words.

mod key;
mod mine;

pub use self::mine::{Definition, mine};
