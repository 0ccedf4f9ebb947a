//! The networks: from a [`Batch`] of token ids to one vector per token.
//!
//! There is one file an architecture. Each takes a ragged batch, pads it as its own code needs, and returns the token
//! vectors without padding, so no other code sees a pad token. The candle networks share their building blocks
//! ([`layers`]) and their padding and pooling ([`padded`]). The BERT-shaped networks have two implementations: kernels of
//! our own on the CPU, and candle, which the kernels are compared with.
//!
//! | file | runs | differs from BERT by |
//! | --- | --- | --- |
//! | [`bert`], [`fused`] | BERT, RoBERTa, XLM-RoBERTa, DistilBERT | names only ([`bert_names`]) |
//! | [`mpnet`] | MPNet, in both of these | a position bias on attention scores |
//! | [`nomic_bert`] | Nomic-BERT | rotary position embeddings, gated feed-forward, no biases |
//! | [`gte`] | GTE v1.5 and the multilingual one | rotary position embeddings, gated feed-forward |
//! | [`modernbert`] | ModernBERT | as GTE; pre-norm, sliding-window attention in most layers |
//! | [`qwen3`] | Qwen3-Embedding | as GTE; pre-norm, causal attention, grouped queries |
//!
//! The networks of the crate `candle-transformers` (0.11.1) were tried and not used. It has no MPNet, and no GTE under its
//! own names. Its DistilBERT has the tanh form of GELU, where the library has the exact one. Its XLM-RoBERTa and ModernBERT
//! count positions in the type of the weights, where f16 ends at 2,048, and its ModernBERT wants every name below `model.`.
//! Its Qwen3 keeps a cache that only one thread at a time may use. With shared building blocks, each network is a page.

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
