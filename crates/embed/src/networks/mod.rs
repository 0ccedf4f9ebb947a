//! The networks: from a [`Batch`] of token ids to one vector per token.
//!
//! One file an architecture. Each takes a ragged batch, pads it as its own code needs, and gives back the token vectors
//! without the padding, so nothing outside ever sees a pad token. The networks of candle share what they are made of
//! ([`layers`]) and how they are padded and pooled ([`padded`]). BERT and those like it have two networks: kernels of our
//! own on the CPU, and candle, which is what those are measured against.
//!
//! | file | runs | differs from BERT by |
//! | --- | --- | --- |
//! | [`bert`], [`fused`] | BERT, RoBERTa, XLM-RoBERTa, DistilBERT | names only ([`bert_names`]) |
//! | [`mpnet`] | MPNet, in both of these | a number for the distance of two tokens |
//! | [`nomic_bert`] | Nomic-BERT | rotary places, gated middle, no biases |
//! | [`gte`] | GTE v1.5 and the multilingual one | rotary places, gated middle |
//! | [`modernbert`] | ModernBERT | the same, norms before layers, most layers see only nearby tokens |
//! | [`qwen3`] | Qwen3-Embedding | the same, tokens see only what is before them, heads share keys and values |
//!
//! The networks of the crate `candle-transformers` (0.11.1) were weighed and left: it has no MPNet and no GTE under its own
//! names; its DistilBERT has the tanh form of GELU, where the library has the exact one; its XLM-RoBERTa and ModernBERT
//! count places in the type of the weights, where f16 ends at 2,048, and its ModernBERT wants every name below `model.`;
//! its Qwen3 keeps a cache that one thread at a time may use. On shared parts each is a page.

mod bert;
mod bert_names;
mod dense;
mod device;
mod dimensions;
mod fused;
mod gte;
mod layers;
mod load;
mod modernbert;
mod mpnet;
mod network;
mod nomic_bert;
mod padded;
mod place;
mod qwen3;
mod static_table;
mod weights;

pub(crate) use dense::Dense;
pub(crate) use device::Opened;
pub use device::{DeviceChoice, DeviceError};
pub(crate) use dimensions::PackedBert;
pub(crate) use load::{from_packed, load};
pub use network::NetworkError;
pub(crate) use network::{Network, brief};
pub(crate) use place::Place;
pub(crate) use static_table::{Table, pack};
