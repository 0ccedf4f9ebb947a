//! How good a ranking is, by judgements that people made.
//!
//! [`evaluate`] puts a [`Run`] (what a search answered) beside [`Judgements`] (what answers what, and how well) and gives
//! every [`Measure`] for every query, as a [`PerQuery`]. From there, [`Bootstrap`] says how sure a mean is, and
//! [`Comparison`] which of two configurations is better, by how much, and on which queries.
//!
//! ```text
//! BEIR folder ─→ queries ─→ (a search) ─→ Run ─┐
//!            └─→ judgements ───────────────────┴→ evaluate ─→ PerQuery ─→ Bootstrap: mean, interval
//!                                                                   └──→ Comparison: gains, losses
//! ```
//!
//! All figures are those of trec_eval, as pytrec_eval-terrier 0.5.11 returns them, and a test compares them to 1e-6. So:
//!
//! - A ranking is ordered by score, compared as 32-bit floats: 0.7 and 0.70000001 are a tie. Of a tie, the larger
//!   document id comes first, by its bytes. Ranks in a file count for nothing.
//! - A document is relevant from grade 1 on. A negative grade counts as 0, and so does an unjudged document.
//! - The gain of nDCG is the grade itself, its discount log2(rank + 1).
//! - A judged query without a relevant document counts, with 0 in every measure. trec_eval, when all grades of a query are
//!   negative, reads memory that is not its own; here such a query is one without a relevant document.
//! - A query in the run that nobody judged counts for nothing.
//! - A judged query that the run lacks is left out by pytrec_eval, and counts as 0 with `trec_eval -c`. [`Over`] is
//!   that choice, and every mean asks for it.
//!
//! ```
//! use semsearch_eval::retrieval::{Bootstrap, Hit, Judgements, Measure, Over, Run, evaluate};
//!
//! let mut judgements = Judgements::default();
//! judgements.insert("tides", "moon", 2);
//! judgements.insert("tides", "sea", 1);
//! let mut run = Run::default();
//! run.insert("tides", vec![Hit::new("sea", 0.9), Hit::new("wind", 0.8), Hit::new("moon", 0.7)])?;
//!
//! let recall: Measure = "recall@2".parse()?;
//! let scores = evaluate(&judgements, &run, &[recall]);
//! assert_eq!(scores.mean(recall, Over::Judged), Some(0.5));
//! let interval = Bootstrap::default().mean(&scores.values(recall, Over::Judged).unwrap());
//! # assert_eq!(interval.unwrap().mean, 0.5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | holds |
//! | --- | --- |
//! | `judgements.rs`, `queries.rs`, `run.rs` | what is read, and what is written |
//! | `beir.rs` | a BEIR folder: which of its files is which |
//! | `measure.rs` | the measures and their names |
//! | `metrics.rs` | their formulas, over the grades of one ranking |
//! | `evaluate.rs` | the measures of a run, query by query |
//! | `bootstrap.rs` | how sure a mean and a difference are |
//! | `compare.rs` | two configurations, query by query |
//! | `ask.rs` | what a searcher answers, as a run |
//! | `lines.rs`, `error.rs` | lines of a file, plain or compressed, and why one cannot be read |

mod ask;
mod beir;
mod bootstrap;
mod compare;
mod error;
mod evaluate;
mod judgements;
mod lines;
mod measure;
mod metrics;
mod queries;
mod run;

pub use ask::{AskError, ask, not_in};
pub use beir::BeirFolder;
pub use bootstrap::{Bootstrap, Estimate};
pub use compare::{Change, CompareError, Comparison};
pub use error::ReadError;
pub use evaluate::{Over, PerQuery, QueryValues, evaluate};
pub use judgements::Judgements;
pub use measure::{Measure, ParseMeasureError};
pub use queries::{Query, query_of_line, read_queries, read_queries_from};
pub use run::{Hit, Run, RunError, WriteError};
