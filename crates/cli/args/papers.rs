//! Flags of the commands that show, open and list papers.

use clap::{Args, ValueEnum};
use semsearch_engine::Order;

use super::index::IndexArg;
use super::values::hits_wanted;
use crate::filters::FilterArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
A paper is named by its id, its arXiv id, its DOI or its citation key, or by the beginning of its id if no other id begins so.

Examples:
  semsearch show 2106.09685
  semsearch show 2106.09685 --bibtex >> thesis.bib
  semsearch show 2106.09685 --json | jq .extra")]
pub(crate) struct Show {
    /// The papers
    #[arg(value_name = "ID", required = true)]
    pub(crate) papers: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Print one JSON document per paper
    #[arg(long, conflicts_with = "bibtex")]
    pub(crate) json: bool,
    /// Print entries of BibTeX
    #[arg(long)]
    pub(crate) bibtex: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The address is the one that the paper's source gives, else that of its DOI, else that of its arXiv id. It is handed to the \
program that opens addresses on this system: `xdg-open`, `open` on macOS, `start` on Windows.

Examples:
  semsearch open 2106.09685
  semsearch open 2106.09685 --print | xargs curl -sL")]
pub(crate) struct OpenPaper {
    /// The papers, by id, arXiv id, DOI or citation key
    #[arg(value_name = "ID", required = true)]
    pub(crate) papers: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Print the addresses and open nothing
    #[arg(long)]
    pub(crate) print: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal this is a table that fits it. In a pipe every paper is a line: id, date, authors and title, divided by tabs.

Examples:
  semsearch list --sort date -k 20
  semsearch list --author \"Feng, Qi\" --year 2023.. --bibtex > feng.bib
  semsearch list --category cs --jsonl | jq -r .link

Exit code 1: no paper passes the filter.")]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// List at most N papers; 0 for all
    #[arg(short, value_name = "N", default_value = "0", value_parser = hits_wanted)]
    pub(crate) k: usize,
    /// Sort the papers [default: as they came into the index]
    #[arg(long, value_name = "BY")]
    pub(crate) sort: Option<ListSortArg>,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Print one JSON document
    #[arg(long, help_heading = "Options", conflicts_with_all = ["jsonl", "bibtex"])]
    pub(crate) json: bool,
    /// Print one JSON line per paper
    #[arg(long, help_heading = "Options", conflicts_with = "bibtex")]
    pub(crate) jsonl: bool,
    /// Print entries of BibTeX
    #[arg(long, help_heading = "Options")]
    pub(crate) bibtex: bool,
}

/// What listed papers are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListSortArg {
    /// The newest first
    Date,
    /// The newest year first
    Year,
    /// By title
    Title,
    /// By id
    Id,
}

impl From<ListSortArg> for Order {
    fn from(sort: ListSortArg) -> Self {
        match sort {
            ListSortArg::Date => Order::Date,
            ListSortArg::Year => Order::Year,
            ListSortArg::Title => Order::Title,
            ListSortArg::Id => Order::Id,
        }
    }
}
