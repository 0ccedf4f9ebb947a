//! The whole line through the `semsearch` binary, as a user meets it: what it prints, what it says, how it ends.
//!
//! Most tests use the toy model that is part of the repository; its answers mean nothing, so they pin down form, codes
//! and messages. What an answer should be about is asked of the real model; tests that need it, Python, or the folder
//! `../shared` say so when it is missing. One crate, because every test crate is linked on its own and that takes long.

mod agents;
mod ask;
mod bench;
mod columns;
mod completions;
mod count;
mod damage;
mod doctor;
mod dupes;
mod embed;
mod encode;
mod errors;
mod eval;
mod facets;
mod filters;
mod flags;
mod harness;
mod info;
mod inputs;
mod interrupted;
mod kept_settings;
mod lists;
mod map;
mod model;
mod model_swap;
mod names;
mod offline;
mod outputs;
mod papers;
mod questions;
mod remote;
mod resume;
mod searches;
mod selftest;
mod sources;
mod static_models;
mod switch;
mod terminal;
mod tips;
mod upkeep;
mod usage;
mod ways_to_ask;
