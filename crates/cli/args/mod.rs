//! The arguments: subcommands, flags and their help.
//!
//! | file      | holds                                                            |
//! |-----------|------------------------------------------------------------------|
//! | `index`   | commands that make, change, check, export and describe an index  |
//! | `ask`     | commands that search an index, encode texts or measure speed     |
//! | `count`   | the command that counts papers with some words in a row           |
//! | `doctor`  | the command that checks the machine, the model and the index     |
//! | `dupes`   | the command that lists papers that say almost the same           |
//! | `map`     | the command that draws an index                                  |
//! | `quality` | commands that measure how good answers are                       |
//! | `model`   | commands about models                                            |
//! | `searches` | commands that save searches and say what is new                   |
//! | `papers`  | commands that show, open and list papers                          |
//! | `serve`   | the commands that answer over HTTP, and agents                   |
//! | `encoder` | flags for the model and how it runs, shared by several of these  |
//! | `spellings` | other names of flags                                          |
//! | `values`  | parsing numbers and sizes                                        |

mod ask;
mod count;
mod doctor;
mod dupes;
mod encoder;
mod index;
mod map;
mod model;
mod papers;
mod quality;
mod searches;
mod serve;
mod spellings;
mod values;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use ask::{Ask, Bench, Encode, Facets, ModeArg, OrderArgs, ShownArgs, Similar, SortArg, VectorSearchArgs};
pub(crate) use count::Count;
pub(crate) use doctor::Doctor;
pub(crate) use dupes::Dupes;
pub(crate) use encoder::{EncoderArgs, PrecisionArg, RunArgs};
pub(crate) use index::{
    Embed, Export, ExportArg, Import, IndexArg, Info, Inspect, OverwriteArg, Remove, Repair, SyncArg, Vacuum, Verify,
    WaitArg,
};
pub(crate) use map::{ColourArg, Map};
pub(crate) use model::{Distill, Model, Switch, WeightsArg};
pub(crate) use papers::{List, OpenPaper, Show};
pub(crate) use quality::{Eval, RankingArgs, Selftest};
pub(crate) use searches::{New, Searches, SearchesAdd, SearchesList, SearchesRemove, Since};
pub(crate) use serve::{Mcp, Serve};

const EXAMPLES: &str = "\
Examples:
  semsearch embed papers.jsonl.gz                 make an index of your papers
  semsearch ask \"efficient KV cache compression\"  ask it
  semsearch ask \"graph neural networks\" --since 2024 --json | jq .hits
  semsearch bench --plot recall.svg               how much does the index miss?

Exit codes:
  0 hits   1 no hit   2 usage or input   3 index missing or damaged
  4 model missing or another one   5 I/O, disk full   6 index busy
  130 interrupted";

const COMPLETIONS: &str = "\
The shell asks semsearch what can follow: commands and flags, and also models, indexes, ids, categories, authors, venues, years \
and saved searches of this machine.

Examples:
  semsearch completions --install
  semsearch completions zsh > _semsearch";

/// Heading of the flags that every subcommand takes.
const GLOBAL: &str = "Global options";

/// Answers a question in plain words from a collection of paper abstracts, on your own machine
#[derive(Debug, Parser)]
#[command(name = "semsearch", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The definition of the command line, which parsing, help, manual and completions share.
pub(crate) fn definition() -> clap::Command {
    spellings::with_other_names(<Cli as clap::CommandFactory>::command())
}

/// Flags that every subcommand takes.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Global {
    /// Never touch the network (also: HF_HUB_OFFLINE=1)
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) offline: bool,
    /// Print only errors on standard error
    #[arg(long, short, global = true, help_heading = GLOBAL, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more on standard error: how an answer was found, which records were merged
    #[arg(long, short, global = true, help_heading = GLOBAL)]
    pub(crate) verbose: bool,
    /// When to use colour; `auto` means on a terminal and without NO_COLOR
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = GLOBAL)]
    pub(crate) color: ColorWhen,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    Auto,
    Always,
    Never,
}

impl From<ColorWhen> for anstream::ColorChoice {
    fn from(when: ColorWhen) -> Self {
        match when {
            ColorWhen::Auto => anstream::ColorChoice::Auto,
            ColorWhen::Always => anstream::ColorChoice::Always,
            ColorWhen::Never => anstream::ColorChoice::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Embed papers and build an index of them
    Embed(Embed),
    /// Show what `embed` would read from files, and write nothing
    Inspect(Inspect),
    /// Answer a question from the index
    Ask(Ask),
    /// Show a page in the browser and answer programs over HTTP
    Serve(Serve),
    /// Answer an agent in the Model Context Protocol
    Mcp(Mcp),
    /// Find the papers most similar to other papers of the index
    Similar(Similar),
    /// Show papers with all that their records have
    Show(Show),
    /// Open the web pages of papers
    Open(OpenPaper),
    /// List papers, all or those that the flags choose
    List(List),
    /// Remove papers from the index
    Remove(Remove),
    /// Merge segments and free the space of removed papers
    Vacuum(Vacuum),
    /// Read the whole index and report what is damaged
    Verify(Verify),
    /// Repair a damaged index, or rewrite an index of an older format
    Repair(Repair),
    /// Write papers and vectors into files for other programs
    Export(Export),
    /// Add papers with vectors that were made elsewhere
    Import(Import),
    /// Count papers by year, venue, category, org, author or file
    Facets(Facets),
    /// Count the papers that have some words in a row
    Count(Count),
    /// List papers that say almost the same
    Dupes(Dupes),
    /// Draw the index as a map with named regions
    Map(Box<Map>),
    /// Save searches, to be told later what is new
    #[command(subcommand)]
    Searches(Searches),
    /// Show new papers that answer saved searches
    New(New),
    /// Print the vectors of texts, one JSON line each
    Encode(Encode),
    /// Measure the index: recall against exact search, speed, size
    Bench(Bench),
    /// Measure answers by judgements: nDCG, recall, precision, MAP, MRR
    Eval(Box<Eval>),
    /// Measure, without judgements, how an index finds its own papers
    Selftest(Selftest),
    /// Describe an index
    Info(Info),
    /// Check this machine, the model and the index
    Doctor(Doctor),
    /// List, show, fetch, add and distil models
    #[command(subcommand)]
    Model(Model),
    /// Print the completions for a shell, or install them
    #[command(after_help = COMPLETIONS)]
    Completions {
        /// The shell [default: yours]
        shell: Option<Shell>,
        /// Write the completions to where the shell looks for them, and say where that is
        #[arg(long)]
        install: bool,
    },
    /// Print a page of the manual, or write all of them
    Man {
        /// The command, such as `model switch`; without one, the program
        command: Vec<String>,
        /// Write the pages into this folder
        #[arg(long, value_name = "DIR", conflicts_with = "command")]
        out: Option<PathBuf>,
        #[command(flatten)]
        overwrite: OverwriteArg,
        /// Write the pages of the book in `docs/reference`
        #[arg(long, hide = true, requires = "out")]
        markdown: bool,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
