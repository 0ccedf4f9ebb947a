//! The subcommands, one file or folder each.

pub(crate) mod ask;
mod batch;
pub(crate) mod bench;
pub(crate) mod count;
mod distill;
pub(crate) mod dupes;
pub(crate) mod embed;
pub(crate) mod encode;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod facets;
pub(crate) mod import;
pub(crate) mod info;
pub(crate) mod manual;
mod memory;
pub(crate) mod model;
pub(crate) mod new;
mod plot;
mod ranking;
pub(crate) mod remove;
pub(crate) mod repair;
pub(crate) mod searches;
pub(crate) mod selftest;
pub(crate) mod similar;
mod switch;
pub(crate) mod vacuum;
pub(crate) mod verify;
