//! Static models: a vector for every token, and no network.
//!
//! A text's vector is the weighted mean of its tokens' vectors, normalised. Word order and context are lost, and with them
//! a good part of the quality. In return a token costs a table lookup instead of millions of multiplications.
//!
//! ```text
//! text ──split──▶ token ids ──table──▶ Σ factor · row ──▶ ÷ tokens ──▶ normalise
//! ```
//!
//! The layout on disk is that of Model2Vec (Tulkens and van Dongen, 2024): see `networks/static_table.rs`.
//! [`crate::distill()`] makes such a model from a transformer.

use safetensors::{SafeTensors, tensor::TensorView};

/// The longest input of a static model, in tokens. It has no position table, so this limit is a choice.
pub(crate) const STATIC_POSITIONS: usize = 1_000_000;

/// The names of the tensor of rows: in Model2Vec, and in the sentence-transformers module.
const ROWS: [&str; 2] = ["embeddings", "embedding.weight"];

/// The tensor of rows in a table's file, with its name.
pub(crate) fn find_rows<'a>(tensors: &SafeTensors<'a>) -> Result<(&'static str, TensorView<'a>), String> {
    let found = ROWS.into_iter().find_map(|name| Some((name, tensors.tensor(name).ok()?)));
    found.ok_or_else(|| "it has no tensor `embeddings`".to_owned())
}
