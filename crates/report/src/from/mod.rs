//! Documents from results of the engine, with the feature `engine`.
//!
//! Here, and not in the command line, because a server and a Python package make the same documents of the same results. Here,
//! and not in the engine, because the engine has nothing to say about JSON: a field can be added to a result without a thought
//! for those who read documents. The types themselves depend on nothing of this folder, so a program that only reads
//! documents leaves the feature out and builds neither the engine nor a model.

mod ask;
mod bench;
mod change;
mod check;
mod count;
mod dupes;
mod error;
mod eval;
mod facets;
mod info;
mod inspect;
mod map;
mod model;
mod paper;
mod searches;
mod selftest;
mod shared;
mod similar;
mod switch;

pub use eval::{Answerer, Measured};
pub use facets::Counted;
