//! How good answers are, and how fast they come.
//!
//! [`evaluate`] holds the graph of a collection against comparing every row, and [`sweep_quantisation`] what the rows would lose
//! in fewer bytes. [`retrieval`] holds rankings against what people judged, and [`known_items`] makes questions whose answer
//! is known without judgements. Nothing that answers a question depends on this crate.

mod evaluate;
mod known_items;
mod quantisation;
mod random;
pub mod retrieval;
pub mod sweep;

pub use evaluate::{EvaluateError, EvaluateOptions, Evaluation, GraphPoint, Speed, evaluate, recall};
pub use known_items::{KnownItem, KnownItems, known_items};
pub use quantisation::{DepthResult, EncodingResult, QuantisationSweep, sweep_quantisation};
