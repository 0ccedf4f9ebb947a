//! Flags of the command that lists papers that say almost the same.

use clap::Args;
use semsearch_engine::dupes::DEFAULT_THRESHOLD;

use super::index::IndexArg;
use super::values::{positive, score};
use crate::filters::FilterArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
Every stored vector is compared with every other one, exactly. Papers are in a group if each has a cosine of at least the \
threshold with some other paper of the group; the groups with most papers come first. The number beside a paper is its cosine \
with the nearest paper of its group. Nothing is changed; `semsearch remove ID` removes a paper. What a cosine means differs \
between models; 0.9 suits all-MiniLM-L6-v2.

Examples:
  semsearch dupes
  semsearch dupes --threshold 0.95 --since 2024
  semsearch dupes --jsonl | jq -r '.papers[1:][].id'

Exit code 1: no two papers are so near.")]
pub(crate) struct Dupes {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// The least cosine of two papers that say almost the same, up to 1
    #[arg(long, value_name = "T", default_value_t = DEFAULT_THRESHOLD, value_parser = score)]
    pub(crate) threshold: f32,
    /// How many groups to show [default: 20; all with --json and --jsonl]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), help_heading = "Options")]
    pub(crate) threads: Option<u16>,
    /// Report as one JSON document
    #[arg(long, conflicts_with = "jsonl", help_heading = "Options")]
    pub(crate) json: bool,
    /// Print one JSON line per group
    #[arg(long, help_heading = "Options")]
    pub(crate) jsonl: bool,
}
