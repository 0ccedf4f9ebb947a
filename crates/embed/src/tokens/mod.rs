//! From text to token ids.
//!
//! The tokeniser file of a model often contains wrong limits: that of all-MiniLM-L6-v2 truncates and pads to 128 tokens,
//! although the model reads 256, and would silently lose 60 % of a typical abstract. So both settings are always
//! replaced: truncation is at the caller's limit, and there is no padding. A [`Batch`] is ragged; code that needs a
//! rectangle pads it.
//!
//! ```text
//! tokenizer.json ──file──▶ WordPiece ──packed──▶ bytes, mapped into memory by the next process
//!                └────────▶ Stock: the `tokenizers` crate, for every other kind
//! ```
//!
//! BERT's tokeniser is run by code of our own: [`normalise`] divides a text into words, [`wordpiece`] spells each word in
//! pieces that [`table`] finds. It gives the same tokens as the `tokenizers` crate in a thirtieth of the time: 12 µs an
//! abstract instead of 400, with the vocabulary of all-MiniLM-L6-v2 (the bench `tokenise`).

mod batch;
mod file;
#[cfg(not(feature = "tokenizers"))]
mod no_stock;
mod normalise;
mod packed;
mod pieces;
#[cfg(feature = "tokenizers")]
mod stock;
mod table;
mod tokeniser;
mod wordpiece;

pub use batch::{Batch, Tokens};
pub use pieces::Pieces;
pub(crate) use pieces::divide;
pub use tokeniser::{TokeniseError, Tokeniser};
