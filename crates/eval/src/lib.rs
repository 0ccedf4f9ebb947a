//! How good answers are, and how fast they come.
//!
//! [`evaluate`] holds the graph of a collection against comparing every row, and [`measure_ladder`] what the rows would lose
//! in fewer bytes. Nothing that answers a question depends on this crate.

mod evaluate;
mod ladder;
pub mod sweep;

pub use evaluate::{EvaluateError, EvaluateOptions, Evaluation, GraphPoint, Speed, evaluate, recall};
pub use ladder::{Ladder, Rung, RungDepth, measure_ladder};
