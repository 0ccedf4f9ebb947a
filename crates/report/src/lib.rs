//! The JSON documents of all commands, as types.
//!
//! The command line prints these documents with `--json`; a server and a Python package hand out the same. A document is
//! only data: it knows how it is written and read (serde) and how it is described (a JSON schema, with the feature
//! `schema`). Every document but [`encode::EncodedText`] names itself in its first field, `schema`: `semsearch.ask/2`. A reader has
//! to ignore fields that it does not know, because fields may be added without another name.
//!
//! | module     | documents                                                    |
//! |------------|--------------------------------------------------------------|
//! | [`ask`]    | answers and hits                                             |
//! | [`similar`] | papers similar to others                                     |
//! | [`paper`]  | papers with all that their records have                      |
//! | [`facets`] | counts by a field                                            |
//! | [`count`]  | papers that have some words in a row                         |
//! | [`dupes`]  | papers that say almost the same                              |
//! | [`map`]    | an index as a picture, with named regions                     |
//! | [`inspect`] | what embedding inputs would read                            |
//! | [`encode`] | vectors of texts                                             |
//! | [`change`] | what was embedded, imported, exported, removed, vacuumed     |
//! | [`check`]  | what is damaged, what was repaired                           |
//! | [`info`]   | what an index is, what it takes, what the processor offers   |
//! | [`model`]  | the models on this machine                                   |
//! | [`switch`] | the change of an index to another model                      |
//! | [`mod@bench`] | recall and speed                                             |
//! | [`mod@eval`], [`selftest`] | how good answers are              |
//! | [`searches`] | saved searches, and what is new of them                   |
//! | [`doctor`] | what a machine, its model and an index are fit for             |
//! | [`error`]  | how a command failed                                         |
//!
//! Documents are made of results of the engine by constructors and `From` in the module `from`, with the feature `engine`; why
//! there is written there.
//!
//! The schemas are in `docs/schemas`; a test compares them with the types. `SEMSEARCH_WRITE_SCHEMAS=1 cargo test -p
//! semsearch-report` writes them again.

pub mod ask;
pub mod bench;
pub mod change;
pub mod check;
pub mod count;
pub mod doctor;
pub mod dupes;
pub mod encode;
pub mod error;
pub mod eval;
pub mod facets;
#[cfg(feature = "engine")]
mod from;
pub mod info;
pub mod inspect;
pub mod map;
pub mod model;
mod name;
pub mod paper;
#[cfg(feature = "schema")]
mod schemas;
pub mod searches;
pub mod selftest;
pub mod shared;
pub mod similar;
pub mod switch;

#[cfg(feature = "engine")]
pub use from::{Answerer, Counted, Measured};
#[cfg(feature = "schema")]
pub use schemas::{file_stem, schemas};
