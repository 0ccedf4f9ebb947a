//! From texts to vectors: the trait [`Encoder`], and the sentence-transformer that implements it.

mod batching;
mod encoder;
mod load;
mod options;
mod sentence_transformer;

pub use batching::Batching;
pub use encoder::{EncodeError, Encoded, Encoder};
pub use load::LoadError;
pub use options::EncoderOptions;
pub use sentence_transformer::SentenceTransformer;
