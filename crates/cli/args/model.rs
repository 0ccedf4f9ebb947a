//! Flags of the commands about models.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use semsearch_embed::{DEFAULT_MODEL, TablePrecision};

use super::encoder::{RunArgs, WindowsArg};
use super::index::{IndexArg, WaitArg};
use super::values::{memory_size, positive};

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
    /// Fetch a model, or verify the files of one that is here
    Pull {
        /// A model's name
        #[arg(default_value = DEFAULT_MODEL)]
        name: String,
        /// Report as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Copy a sentence-transformers folder of your own into the model directory
    Add {
        /// The folder that holds modules.json
        dir: PathBuf,
        /// The name of the model [default: the folder's name]
        #[arg(long)]
        name: Option<String>,
        /// Report as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Remove a model from the model directory; indexes keep their vectors
    #[command(visible_alias = "rm")]
    Remove {
        /// A model's name
        name: String,
        /// Report as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a static model from a transformer: token vectors, many times faster, less accurate
    Distill(Distill),
    /// Change the model of an index: embed with both, compare, cut over, go back
    Switch(Box<Switch>),
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
While it embeds, the index answers as before, and papers can be added and removed. It can be stopped and goes on from \
there. Then it shows how answers would differ, and nothing changes until --commit. Several models may be prepared; a name \
and the flags beside it say which one is meant.

Examples:
  semsearch model switch my-model
  semsearch model switch my-model --dim 128
  semsearch model switch my-model --queries questions.txt
  semsearch model switch --status
  semsearch model switch --commit
  semsearch model switch --rollback")]
pub(crate) struct Switch {
    /// The new model, by name or folder
    #[arg(value_name = "NAME|DIR", required_unless_present_any = ["status", "commit", "rollback", "forget"])]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Show how far a switch has come
    #[arg(long, conflicts_with_all = ["name", "commit", "rollback", "forget"])]
    pub(crate) status: bool,
    /// Answer with the new model from now on; with a name, as soon as it has embedded everything
    #[arg(long, conflicts_with_all = ["rollback", "forget"])]
    pub(crate) commit: bool,
    /// Answer with the previous model again
    #[arg(long, conflicts_with_all = ["name", "forget"])]
    pub(crate) rollback: bool,
    /// Drop the vectors of all models except the active one, those of an unfinished switch included; with a name, only those
    /// of that model
    #[arg(long)]
    pub(crate) forget: bool,
    /// Compare by these questions: a BEIR queries.jsonl, or one question a line [default: titles of papers in the index]
    #[arg(long, value_name = "FILE")]
    pub(crate) queries: Option<PathBuf>,
    /// Show the N questions whose answers differ most, and N from the middle
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) examples: usize,
    /// Longest input in tokens; longer texts are truncated [default: the index's own for its own model,
    /// else the model's]
    #[arg(long, value_name = "N")]
    pub(crate) max_tokens: Option<usize>,
    /// How longer texts are encoded, as in `embed` [default: the index's own]
    #[arg(long, value_name = "RULE")]
    pub(crate) windows: Option<WindowsArg>,
    /// Truncate each vector to its first N dimensions [default: the index's own for its own model, else all]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) dim: Option<usize>,
    /// Put this before every query [default: the index's own for its own model, else the model's]
    #[arg(long, value_name = "TEXT")]
    pub(crate) query_prompt: Option<String>,
    /// Put this before every passage [default: the index's own for its own model, else the model's]
    #[arg(long, value_name = "TEXT")]
    pub(crate) passage_prompt: Option<String>,
    /// Memory for texts and vectors on their way through the encoder, beside the models themselves: 512M, 2G
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = memory_size)]
    pub(crate) memory: u64,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    #[command(flatten)]
    pub(crate) wait: WaitArg,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A static model looks up a vector for each token of a text and takes their mean. It is put into the model directory and \
used like any other. The same model, options and texts give the same files.

Examples:
  semsearch model distill all-MiniLM-L6-v2 --corpus papers.jsonl.gz
  semsearch model distill ./my-model --dim 128 --table int8 --name quick")]
pub(crate) struct Distill {
    /// The transformer, by name or folder
    #[arg(value_name = "NAME|DIR", default_value = DEFAULT_MODEL)]
    pub(crate) teacher: String,
    /// Numbers in a vector
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = positive)]
    pub(crate) dim: usize,
    /// The name of the new model [default: `static-` and the name of the transformer]
    #[arg(long, alias = "out-name")]
    pub(crate) name: Option<String>,
    /// Texts like those that will be searched; token weights are computed from them
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub(crate) corpus: Vec<PathBuf>,
    /// The weights of tokens [default: `idf` with a corpus, else `zipf`]
    #[arg(long)]
    pub(crate) weights: Option<WeightsArg>,
    /// The number format of the table
    #[arg(long, default_value = "int8")]
    pub(crate) table: TableArg,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WeightsArg {
    /// Rare tokens weigh more, by the number of texts of the corpus that contain them
    Idf,
    /// Rare tokens weigh more, estimated from their position in the vocabulary
    Zipf,
    /// All tokens weigh the same
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableArg {
    /// Four bytes a number
    F32,
    /// One byte a number
    Int8,
    /// Two bits a number
    Int2,
}

impl From<TableArg> for TablePrecision {
    fn from(choice: TableArg) -> Self {
        match choice {
            TableArg::F32 => TablePrecision::F32,
            TableArg::Int8 => TablePrecision::Int8,
            TableArg::Int2 => TablePrecision::Int2,
        }
    }
}
