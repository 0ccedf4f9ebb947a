//! Static models: a vector for every token, and no network.
//!
//! A text's vector is the weighted mean of its tokens' vectors, normalised. Word order and context are lost, and with them
//! a good part of the quality; what is left costs a table lookup a token instead of millions of multiplications.
//!
//! ```text
//! text ──split──▶ token ids ──table──▶ Σ factor · row ──▶ ÷ tokens ──▶ normalise
//! ```
//!
//! The layout on disk is that of Model2Vec (Tulkens and van Dongen, 2024): see [`crate::networks`]. Such a model is made from a
//! transformer by [`crate::distill`], or brought from elsewhere.

use safetensors::{SafeTensors, tensor::TensorView};

/// A static model has no position table, so nothing limits its input but good sense.
pub(crate) const STATIC_POSITIONS: usize = 1_000_000;

/// Names that the rows go by: Model2Vec's, and that of the sentence-transformers module.
const ROWS: [&str; 2] = ["embeddings", "embedding.weight"];

/// The sizes in a table's file: rows, bytes or numbers a row, and whether the rows are packed.
pub(crate) fn find_rows<'a>(tensors: &SafeTensors<'a>) -> Result<(&'static str, TensorView<'a>), String> {
    let found = ROWS.into_iter().find_map(|name| Some((name, tensors.tensor(name).ok()?)));
    found.ok_or_else(|| "it has no tensor `embeddings`".to_owned())
}
