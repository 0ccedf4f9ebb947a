//! Repairing a damaged collection, as far as possible.
//!
//! | file        | holds                                                             |
//! |-------------|-------------------------------------------------------------------|
//! | `error`     | why a collection was not repaired                                 |
//! | `outcome`   | what a repair did                                                 |
//! | `documents` | stored documents from JSON                                        |
//! | `version_1` | collections of the first version, read                            |
//! | `job`       | a repair under way: its writer, its encoder, its commit           |
//! | `bit_flip`  | single changed bits of manifests and of deletes                   |
//! | `base`      | the generation to start from                                      |
//! | `plan`      | what becomes of each segment                                      |
//! | `make`      | documents, columns, vectors and graphs made again                 |
//! | `rewrite`   | collections of the first version, rewritten                       |
//! | `run`       | all steps in their order                                          |
//!
//! Everything that is lost is made again from what is left: the pointer from the generations, columns from documents,
//! graphs from vectors, vectors from documents by the model that made them. Documents have no other source than their
//! copies elsewhere in the folder. So damage around them is put back or bypassed as far as redundancy goes; documents
//! that cannot be read and have no copy are dropped and named.
//!
//! The result is one new generation, made by the same steps as any other change: until it counts, no existing file is
//! touched, and a repair that fails leaves everything as it was. A second repair finds nothing to do.

mod base;
mod bit_flip;
mod documents;
mod error;
mod job;
mod make;
mod outcome;
mod plan;
mod rewrite;
mod run;
mod version_1;

pub use error::RepairError;
pub use job::EncoderOf;
pub use outcome::{Action, Lost, Repaired};
pub use run::{repair, would_repair};
