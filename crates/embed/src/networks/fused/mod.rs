//! BERT (Devlin et al., 2018), the networks that differ from it by names only, and MPNet, on the CPU with kernels of our
//! own.
//!
//! candle runs every operation as a separate pass over memory, allocates every result and packs the weights again for every
//! product. Here weights are packed once when the model is loaded, query, key and value are one product, and products add
//! their biases. Each text goes through the network alone: without padding and masks, and independent of other texts. Each
//! thread keeps its buffers, so nothing is allocated after the first long text.
//!
//! There are two forward passes for the same weights: [`full`] in single precision and [`int8`] in bytes.
//!
//! Cost: `12 · layers · dim²` multiplications a token, and `2 · layers · dim` for every pair of tokens. Memory: the
//! weights once more, packed, and a few megabytes a thread.

mod full;
mod int8;
mod network;
mod parts;
mod weights;

pub(super) use network::FusedBert;
