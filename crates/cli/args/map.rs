//! Flags of the command that draws an index.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::encoder::RunArgs;
use super::index::{IndexArg, OverwriteArg};
use super::values::positive;
use crate::filters::FilterArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
Papers whose vectors are near each other lie near each other, and the picture falls into regions that are named by words that \
are frequent there and not elsewhere. How far apart two regions lie says little. The map is made once and kept in the index \
until its papers change.

Examples:
  semsearch map
  semsearch map --html map.html
  semsearch map \"speculative decoding\" --svg map.svg --by year
  semsearch map --since 2024 --json | jq '.regions[].terms'

Exit code 1: no paper passes the filter.")]
pub(crate) struct Map {
    /// A question whose papers light up
    #[arg(value_name = "QUERY")]
    pub(crate) query: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Write a page that one can move in: one file that needs no server; `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write a picture; `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: OverwriteArg,
    /// What papers are coloured by
    #[arg(long, value_name = "FIELD", default_value = "topic")]
    pub(crate) by: ColourArg,
    /// How many papers light up
    #[arg(short, value_name = "N", default_value = "50", value_parser = positive, requires = "query")]
    pub(crate) k: usize,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Encode the question with this model instead of the index's own; refused if they differ
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// What papers are coloured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourArg {
    /// The region that they lie in
    Topic,
    /// Their year
    Year,
    /// Their category
    Category,
}

impl ColourArg {
    /// The name of it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ColourArg::Topic => "topic",
            ColourArg::Year => "year",
            ColourArg::Category => "category",
        }
    }
}
