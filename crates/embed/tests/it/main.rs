//! Models from files to vectors, through the public interface. One program, because linking each takes long.

mod common;
mod families;
mod fetch;
mod folders;
mod reference;
mod static_models;
mod store;
#[cfg(feature = "tokenizers")]
mod tokenise;
mod toy;
mod weights_cache;
mod windows;
