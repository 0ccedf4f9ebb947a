//! From text to token ids.
//!
//! The tokeniser file of a model often carries limits of its own: that of all-MiniLM-L6-v2 cuts at 128 tokens and pads
//! to 128, where the model was made for 256. Loading it as it is loses 60 % of a typical abstract without a word. So
//! both settings are always replaced: truncation by the limit we were given, padding by none at all. A [`Batch`] is
//! ragged; whoever needs a rectangle pads it there.
//!
//! ```text
//! tokenizer.json ──file──▶ WordPiece ──packed──▶ bytes, mapped into memory by the next process
//!                └────────▶ Stock: the `tokenizers` crate, for every other kind
//! ```
//!
//! BERT's tokeniser is run by code of our own: [`normalise`] divides a text into words, [`wordpiece`] spells each word in
//! pieces that [`table`] finds. It gives the tokens that the `tokenizers` crate gives in a thirtieth of the time: 12 µs an
//! abstract instead of 400, with the vocabulary of all-MiniLM-L6-v2 (`cargo bench --bench tokenise`).

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
