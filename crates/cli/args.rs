//! What can be typed: subcommands, flags and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use semsearch_corpus::Date;
use semsearch_embed::{DEFAULT_MODEL, DeviceChoice, Precision, TextKind};
use semsearch_index::{DEFAULT_EF, HnswParams};

const EXAMPLES: &str = "\
Examples:
  semsearch embed papers.jsonl.gz                 make an index of your papers
  semsearch ask \"efficient KV cache compression\"  ask it
  semsearch ask \"graph neural networks\" --since 2024 --json | jq '.hits[].title'
  semsearch bench --plot recall.svg               how much does the index miss?

Exit codes:
  0 hits   1 no hit   2 usage or input   3 index missing or damaged
  4 model missing or another one   5 I/O, disk full   130 interrupted";

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

/// Flags that every subcommand takes.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Global {
    /// Never touch the network (also: HF_HUB_OFFLINE=1)
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) offline: bool,
    /// Say nothing on standard error but errors
    #[arg(long, short, global = true, help_heading = GLOBAL)]
    pub(crate) quiet: bool,
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

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Embed papers and build an index of them
    Embed(Embed),
    /// Answer a question from the index
    Ask(Ask),
    /// Print the vectors of texts, one JSON line each
    Encode(Encode),
    /// Measure the index: recall against exact search, speed, size
    Bench(Bench),
    /// Describe an index
    Info(Info),
    /// List, show, fetch, add and distil models
    #[command(subcommand)]
    Model(Model),
    /// Print the completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the manual page, or write one for every subcommand
    Man {
        /// Write the pages into this folder
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

/// Where the index is.
#[derive(Clone, Debug, Args)]
pub(crate) struct IndexArg {
    /// The index; by default `semsearch/index` in the XDG data directory
    #[arg(long, value_name = "DIR", env = "SEMSEARCH_INDEX")]
    pub(crate) index: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Inputs may be JSON lines (also .gz, .zst), captured Daily Papers pages, or BEIR folders; the format is found from \
the content. The new index replaces the one that was there, in one step and only when it is complete.

Examples:
  semsearch embed papers.jsonl.gz
  semsearch embed pages/*.txt --index daily
  zcat big.jsonl.gz | head -1000 | semsearch embed - --index sample")]
pub(crate) struct Embed {
    /// Files of papers, BEIR folders, or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    #[command(flatten)]
    pub(crate) encoder: EncoderArgs,
    /// Leave malformed records out and count them, instead of stopping at the first
    #[arg(long)]
    pub(crate) skip_bad: bool,
    /// The year of captured pages, which show none, where it cannot be told from their dates
    #[arg(long, value_name = "YEAR")]
    pub(crate) page_year: Option<i32>,
    /// Neighbours of a row in the graph: more find more and take more memory
    #[arg(long, value_name = "M", default_value_t = HnswParams::default().m, help_heading = "Graph")]
    pub(crate) m: usize,
    /// Beam width when the graph is built: wider makes a better graph, slower
    #[arg(long, value_name = "EF", default_value_t = HnswParams::default().ef_construction, help_heading = "Graph")]
    pub(crate) ef_construction: usize,
    /// List every merged duplicate
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which encoder, and how it runs.
#[derive(Clone, Debug, Args)]
pub(crate) struct EncoderArgs {
    /// A model's name or folder
    #[arg(long, value_name = "NAME|DIR", default_value = DEFAULT_MODEL)]
    pub(crate) model: String,
    /// Longest input in tokens; longer texts are cut [default: the model's own]
    #[arg(long, value_name = "N")]
    pub(crate) max_tokens: Option<usize>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// Threads and device.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct RunArgs {
    /// Threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Where the encoder runs; `auto` is the GPU if this build and this machine have one
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: DeviceArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DeviceArg {
    Auto,
    Cpu,
    Cuda,
}

impl From<DeviceArg> for DeviceChoice {
    fn from(choice: DeviceArg) -> Self {
        match choice {
            DeviceArg::Auto => DeviceChoice::Auto,
            DeviceArg::Cpu => DeviceChoice::Cpu,
            DeviceArg::Cuda => DeviceChoice::Cuda,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  semsearch ask \"how do I keep search working when the embedding model is replaced\"
  semsearch ask \"speculative decoding\" -k 3 --exact
  semsearch ask - --jsonl < questions.txt")]
pub(crate) struct Ask {
    /// The question; `-` reads one question a line from standard input
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// How many papers to show
    #[arg(short, value_name = "N", default_value_t = 10, value_parser = positive)]
    pub(crate) k: usize,
    /// Beam width of the graph search: wider finds more of the true nearest, slower
    #[arg(long, value_name = "N", default_value_t = DEFAULT_EF, value_parser = positive)]
    pub(crate) ef: usize,
    /// Compare with every paper instead of walking the graph
    #[arg(long)]
    pub(crate) exact: bool,
    /// Score what the graph finds again, with exact full-precision similarity
    #[arg(long)]
    pub(crate) rerank: bool,
    /// Only papers of this date or later: YYYY, YYYY-MM or YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<Date>,
    /// Only papers of this date or earlier
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<Date>,
    /// Encode the question with this model instead of the index's own; refused if they differ
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Answer as one JSON document a question
    #[arg(long, conflicts_with = "jsonl")]
    pub(crate) json: bool,
    /// Answer as one JSON line a paper
    #[arg(long)]
    pub(crate) jsonl: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Each line is {\"text\": ..., \"embedding\": [...], \"tokens\": N}.

Examples:
  semsearch encode \"one vector for one text\"
  semsearch encode - --kind passage < texts.txt > vectors.jsonl")]
pub(crate) struct Encode {
    /// Texts; `-`, or none, reads one text a line from standard input
    #[arg(value_name = "TEXT")]
    pub(crate) texts: Vec<String>,
    #[command(flatten)]
    pub(crate) encoder: EncoderArgs,
    /// What the texts are to the model, which decides the prefix some models want
    #[arg(long, default_value = "passage")]
    pub(crate) kind: KindArg,
    /// JSON lines, which is what is printed anyway
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArg {
    Query,
    Passage,
}

impl From<KindArg> for TextKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Query => TextKind::Query,
            KindArg::Passage => TextKind::Passage,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Recall is the share of the true top k, found by exact search, that the graph finds too. Without --queries the \
titles of papers in the index are the questions.

Examples:
  semsearch bench --plot recall.svg
  semsearch bench --queries questions.txt -k 20 --ef 32,128 --json")]
pub(crate) struct Bench {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Questions: a BEIR queries.jsonl, or one question a line
    #[arg(long, value_name = "FILE")]
    pub(crate) queries: Option<PathBuf>,
    /// Hits a question
    #[arg(short, value_name = "N", default_value_t = 10, value_parser = positive)]
    pub(crate) k: usize,
    /// Beam widths to measure
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', default_values_t = [16, 32, 64, 128, 256], value_parser = positive)]
    pub(crate) ef: Vec<usize>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    /// Draw recall against speed
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) plot: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Info {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Model {
    /// List the models that can be used
    List {
        /// Report as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Show what is known of a model
    Show {
        /// A model's name or folder
        #[arg(value_name = "NAME|DIR", default_value = DEFAULT_MODEL)]
        name: String,
        /// Report as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model, or make sure that it is here and whole
    Pull {
        /// A model's name
        #[arg(default_value = DEFAULT_MODEL)]
        name: String,
    },
    /// Copy a sentence-transformers folder of your own into the model directory
    Add {
        /// The folder that holds modules.json
        dir: PathBuf,
        /// What to call it [default: the folder's name]
        #[arg(long)]
        name: Option<String>,
    },
    /// Make a static model: token vectors of a transformer, many times as fast and less exact
    Distill(Distill),
}

#[derive(Debug, Args)]
#[command(after_help = "\
A static model looks up a vector for each token of a text and takes their mean. It is put into the model directory and \
used like any other. The same model, options and texts give the same files.

Examples:
  semsearch model distill all-MiniLM-L6-v2 --corpus papers.jsonl.gz
  semsearch model distill ./my-model --dim 128 --precision int8 --name quick")]
pub(crate) struct Distill {
    /// The transformer, by name or folder
    #[arg(value_name = "NAME|DIR", default_value = DEFAULT_MODEL)]
    pub(crate) teacher: String,
    /// Numbers in a vector
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = positive)]
    pub(crate) dim: usize,
    /// What to call the new model [default: `static-` and the name of the transformer]
    #[arg(long, alias = "out-name")]
    pub(crate) name: Option<String>,
    /// Texts like those that will be searched, from which the weights of tokens are counted
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub(crate) corpus: Vec<PathBuf>,
    /// What a token counts [default: `idf` with a corpus, else `zipf`]
    #[arg(long)]
    pub(crate) weights: Option<WeightsArg>,
    /// How the numbers are kept
    #[arg(long, default_value = "int8")]
    pub(crate) precision: PrecisionArg,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WeightsArg {
    /// More, the fewer texts of the corpus have it
    Idf,
    /// More, the later it stands in the vocabulary
    Zipf,
    /// All the same
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionArg {
    /// Four bytes a number
    F32,
    /// One byte a number
    Int8,
    /// Two bits a number
    Int2,
}

impl From<PrecisionArg> for Precision {
    fn from(choice: PrecisionArg) -> Self {
        match choice {
            PrecisionArg::F32 => Precision::F32,
            PrecisionArg::Int8 => Precision::Int8,
            PrecisionArg::Int2 => Precision::Int2,
        }
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
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
