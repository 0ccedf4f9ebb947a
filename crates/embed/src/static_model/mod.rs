//! Static models: a vector for every token, and no network.
//!
//! A text's vector is the weighted mean of its tokens' vectors, normalised. Word order and context are lost, and with them
//! a good part of the quality; what is left costs a table lookup a token instead of millions of multiplications.
//!
//! ```text
//! text ──split──▶ token ids ──table──▶ Σ factor · row ──▶ ÷ tokens ──▶ normalise
//! ```
//!
//! The layout on disk is that of Model2Vec (Tulkens and van Dongen, 2024): see [`table`]. Such a model is made from a
//! transformer by [`crate::distill`], or brought from elsewhere.

mod table;

pub(crate) use table::{Table, find_rows, pack};

/// A static model has no position table, so nothing limits its input but good sense.
pub(crate) const MAX_POSITIONS: usize = 1_000_000;
