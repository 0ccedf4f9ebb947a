//! What every test stands on: a sandbox to run the binary in, its outcome to ask questions of, and things to embed.

mod fixtures;
mod json;
mod outcome;
mod pictures;
mod sandbox;
mod schema;

pub(crate) use fixtures::{DEMO, PAPERS, REAL, TOY, copy_toy, demo_index, real_model, toy_demo_index};
pub(crate) use json::{fields, hits, ids, number, text};
pub(crate) use outcome::Outcome;
pub(crate) use pictures::{png_size, words_of_svg};
pub(crate) use sandbox::{DEFAULT_INDEX, Sandbox};
pub(crate) use schema::expect_form;
pub(crate) use semsearch_testing::needs::{left_out, shared};
