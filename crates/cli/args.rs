//! What can be typed: subcommands, flags and their help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use semsearch_embed::{DEFAULT_MODEL, DeviceChoice, Precision, PrecisionChoice, TablePrecision, TextKind, Windows};
use semsearch_engine::{ExportFormat, FacetField, TextField, VectorForm};
use semsearch_index::DEFAULT_EF;

use crate::filters::FilterArgs;

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
    /// Remove papers from the index
    Remove(Remove),
    /// Merge the parts of the index and give back the space of removed papers
    Vacuum(Vacuum),
    /// Read all of the index and say what is damaged
    Verify(Verify),
    /// Mend a damaged index, or rewrite one of an older form
    Repair(Repair),
    /// Write papers and vectors into files for other programs
    Export(Export),
    /// Add papers with vectors that were made elsewhere
    Import(Import),
    /// Count the papers about a question by year, venue, category, organization, author or file
    Facets(Facets),
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
Inputs, also as .gz or .zst; the format is found from the content:
  JSON lines or a list: `id`, `title`, `abstract`, `authors`, `date`, `venue`, `url`, `keywords`, ...
  arXiv's metadata snapshot; papers of Semantic Scholar; works of OpenAlex
  CSL-JSON, as Zotero exports it; BibTeX and BibLaTeX
  XML of arXiv (OAI-PMH), the ACL Anthology and PubMed
  CSV or TSV with columns of these names; Parquet with the same
  captured Daily Papers pages
  a BEIR folder; a folder of Markdown or text files

An index that is there already is added to: papers it has not are embedded, papers that changed take the place of what is \
there, all others stay. It changes in one step, when everything is ready. A run that was interrupted leaves what it has \
embedded; the same command, also with other papers among the inputs, goes on from there.

Examples:
  semsearch embed papers.jsonl.gz
  semsearch embed pages/*.txt --index daily
  semsearch embed papers.jsonl.gz --replace        these papers and no other
  zcat big.jsonl.gz | head -1000 | semsearch embed - --index sample")]
pub(crate) struct Embed {
    /// Files or folders of papers, or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    #[command(flatten)]
    pub(crate) encoder: EncoderArgs,
    /// Leave malformed records out and count them, instead of stopping at the first
    #[arg(long)]
    pub(crate) skip_bad: bool,
    /// Merge nothing: make every record a paper of its own, even where several are of the same paper
    #[arg(long)]
    pub(crate) keep_duplicates: bool,
    /// The year of captured pages, which show none, where it cannot be told from their dates
    #[arg(long, value_name = "YEAR")]
    pub(crate) page_year: Option<i32>,
    /// Neighbours of a row in the graph: more find more and take more space [default: the index's own, or 16]
    #[arg(long, value_name = "M", help_heading = "Graph")]
    pub(crate) m: Option<usize>,
    /// Nearest rows among which a row chooses its neighbours: more make a better graph, slower [default: the index's own,
    /// or 64]
    #[arg(long, value_name = "EF", help_heading = "Graph")]
    pub(crate) ef_construction: Option<usize>,
    /// Keep vectors in half precision: a file of half the size, scores that differ in the fourth digit
    #[arg(long, help_heading = "Graph")]
    pub(crate) half: bool,
    /// Memory for texts and vectors on their way through the encoder, beside the model itself: 512M, 2G
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = memory_size)]
    pub(crate) memory: u64,
    /// Have the index hold these papers and no other, whatever is there now
    #[arg(long)]
    pub(crate) replace: bool,
    /// Embed everything again, also what an interrupted run has done already or the index has
    #[arg(long)]
    pub(crate) fresh: bool,
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
    /// A model's name or folder [default: the index's own, or all-MiniLM-L6-v2]
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    /// Longest input in tokens; longer texts are cut [default: the model's own]
    #[arg(long, value_name = "N")]
    pub(crate) max_tokens: Option<usize>,
    /// What becomes of longer texts: `first` keeps their beginning, `mean` encodes all of it in windows and takes the
    /// mean [default: first]
    #[arg(long, value_name = "RULE")]
    pub(crate) windows: Option<WindowsArg>,
    /// Keep only the first N numbers of each vector: smaller, for models trained to be shortened [default: all]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) dim: Option<usize>,
    /// Put this before every query [default: the model's own prompt]
    #[arg(long, value_name = "TEXT")]
    pub(crate) query_prompt: Option<String>,
    /// Put this before every passage [default: the model's own prompt]
    #[arg(long, value_name = "TEXT")]
    pub(crate) passage_prompt: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

impl EncoderArgs {
    /// The model that was named, else the usual one.
    pub(crate) fn model(&self) -> &str {
        self.model.as_deref().unwrap_or(DEFAULT_MODEL)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WindowsArg {
    First,
    Mean,
}

impl From<WindowsArg> for Windows {
    fn from(choice: WindowsArg) -> Self {
        match choice {
            WindowsArg::First => Windows::First,
            WindowsArg::Mean => Windows::Mean,
        }
    }
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
    /// In how many bits the encoder computes; `auto` is f32, and int8 for questions to a model measured to find as much so
    #[arg(long, value_name = "BITS", default_value = "auto")]
    pub(crate) precision: PrecisionArg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionArg {
    Auto,
    F32,
    Int8,
}

impl From<Precision> for PrecisionArg {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => PrecisionArg::F32,
            Precision::Int8 => PrecisionArg::Int8,
        }
    }
}

impl PrecisionArg {
    /// What is meant for texts of this kind.
    pub(crate) fn choice(self, kind: TextKind) -> PrecisionChoice {
        match self {
            PrecisionArg::Auto => PrecisionChoice::Auto(kind),
            PrecisionArg::F32 => PrecisionChoice::Fixed(Precision::F32),
            PrecisionArg::Int8 => PrecisionChoice::Fixed(Precision::Int8),
        }
    }
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
  semsearch ask \"topic models\" --category cs.CL --year 2019..2022 --where 'authors <= 3'
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
    /// Compare with every paper, with a proof that no better one was passed over
    #[arg(long, conflicts_with_all = ["graph", "rerank"])]
    pub(crate) exact: bool,
    /// Walk the graph, also where comparing with every paper costs less
    #[arg(long)]
    pub(crate) graph: bool,
    /// Walk the graph and score everything it finds with exact full-precision similarity
    #[arg(long)]
    pub(crate) rerank: bool,
    /// Say how the answer was found, and why that way
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Encode the question with this model instead of the index's own. Refused if it is another one, unless that has
    /// embedded all papers too or a measured bridge leads from it to the index's vectors (`model switch`)
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
Papers are named by their ids, or chosen by the flags that choose papers. A removed paper is never found again. Its space on disk is given back when its part of the index is merged with another, at \
the latest by `semsearch vacuum`.

Examples:
  semsearch remove 2401.01234 2305.09876
  semsearch remove --where 'source = \"old.jsonl\" and year < 2010' --dry-run
  grep -l retracted notes/*.txt | xargs -n1 basename -s .txt | semsearch remove -")]
pub(crate) struct Remove {
    /// Ids of papers; `-` reads one id a line from standard input
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Say how many papers would go, and remove none
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Counts are exact, over the papers nearest to the question by exact search. Without a question all papers are counted. \
Flags that choose papers choose first.

Examples:
  semsearch facets \"graph neural networks\" --by year
  semsearch facets \"speculative decoding\" --by author --top 50 --since 2024
  semsearch facets --by category --where 'year = 2026'")]
pub(crate) struct Facets {
    /// The question whose papers are counted; without one, all papers are
    #[arg(value_name = "QUERY")]
    pub(crate) query: Option<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// What to count by
    #[arg(long, value_name = "FIELD")]
    pub(crate) by: FacetArg,
    /// Count the N papers nearest to the question [default: 100]
    #[arg(long, value_name = "N", value_parser = positive, conflicts_with = "min_score", requires = "query")]
    pub(crate) top: Option<usize>,
    /// Count all papers whose similarity to the question is at least this, -1 to 1
    #[arg(long, value_name = "S", value_parser = score, requires = "query", allow_negative_numbers = true)]
    pub(crate) min_score: Option<f32>,
    /// How many values to show
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = positive)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Encode the question with this model instead of the index's own; refused if they differ
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Vacuum {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Every file is compared with its checksum, and what is in it with the rest. The index is only read; `semsearch repair` mends \
it. Ends with 0 if the index is whole, 3 if something is damaged, and 5 if something could not be read.

Examples:
  semsearch verify
  semsearch verify --json | jq -r '.damages[].file'")]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Threads to use [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Columns are made anew from the papers, graphs from the vectors, vectors from the papers by the model of the index. Papers \
that are damaged are taken from elsewhere in the index where there is another copy; the others are named and dropped. The \
index changes in one step at the end. An index of an older form is rewritten.

Examples:
  semsearch repair --dry-run                       say what would be done
  semsearch repair")]
pub(crate) struct Repair {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Where the index's own model is, if vectors have to be made anew and it is not where it was
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Vectors come with `documents.jsonl` in the same order, and `export.json`, which says what model made them. Removed papers \
are left out. Nothing that is there is overwritten.

Examples:
  semsearch export --to vectors --format npy
  semsearch export --to recent.jsonl --format jsonl --since 2024")]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// The file (`parquet`, `jsonl`) or folder (the others) to make; it must not exist
    #[arg(long, value_name = "PATH")]
    pub(crate) to: PathBuf,
    /// In what form
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: ExportArg,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Report as one JSON document
    #[arg(long, help_heading = "Options")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Row N of the vectors is that of record N; no records are merged. Vectors have to be those of the index's model, if there is an \
index already, and of length 1.

Examples:
  semsearch import out/documents.jsonl --vectors out/vectors.npy --model-record out/export.json
  semsearch import papers.jsonl --vectors papers.fbin --fingerprint 4f6c... --model all-MiniLM-L6-v2 --normalise")]
pub(crate) struct Import {
    /// Files of papers, as `embed` reads them
    #[arg(required = true, value_name = "DOCS")]
    pub(crate) documents: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Their vectors: an array of NumPy in single precision, or a .fbin file
    #[arg(long, value_name = "FILE")]
    pub(crate) vectors: PathBuf,
    /// Which model made them: the `export.json` beside them
    #[arg(long, value_name = "FILE", conflicts_with = "fingerprint")]
    pub(crate) model_record: Option<PathBuf>,
    /// Or its fingerprint, together with --model
    #[arg(long, value_name = "HEX")]
    pub(crate) fingerprint: Option<String>,
    #[command(flatten)]
    pub(crate) encoder: EncoderArgs,
    /// Make vectors of another length than 1 so, instead of refusing them
    #[arg(long)]
    pub(crate) normalise: bool,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportArg {
    /// NumPy's array of vectors, and the papers
    Npy,
    /// Vectors as the big-ann benchmarks have them, and the papers
    Fbin,
    /// Papers and vectors in the columns of one file
    Parquet,
    /// Papers, one a line
    Jsonl,
    /// A corpus as BEIR has it
    Beir,
}

impl From<ExportArg> for ExportFormat {
    fn from(format: ExportArg) -> Self {
        match format {
            ExportArg::Npy => ExportFormat::Vectors(VectorForm::Npy),
            ExportArg::Fbin => ExportFormat::Vectors(VectorForm::Fbin),
            ExportArg::Parquet => ExportFormat::Parquet,
            ExportArg::Jsonl => ExportFormat::Jsonl,
            ExportArg::Beir => ExportFormat::Beir,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FacetArg {
    Year,
    Venue,
    Category,
    Org,
    Author,
    Source,
}

impl From<FacetArg> for FacetField {
    fn from(by: FacetArg) -> Self {
        match by {
            FacetArg::Year => FacetField::Year,
            FacetArg::Venue => FacetField::Text(TextField::Venue),
            FacetArg::Category => FacetField::Text(TextField::Category),
            FacetArg::Org => FacetField::Text(TextField::Org),
            FacetArg::Author => FacetField::Text(TextField::Author),
            FacetArg::Source => FacetField::Text(TextField::Source),
        }
    }
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
    /// Leave out the ladder: what the vectors would lose in fewer bytes
    #[arg(long)]
    pub(crate) no_ladder: bool,
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
    /// Say what each part takes on disk and in memory
    #[arg(long, conflicts_with = "cpu")]
    pub(crate) memory: bool,
    /// Show what this processor offers the encoder instead, and what is used of it
    #[arg(long)]
    pub(crate) cpu: bool,
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
    /// Give an index another model: embed with both, compare, cut over, go back
    Switch(Box<Switch>),
}

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
While it embeds, the index answers as before, and papers can be added and removed. It can be stopped and goes on from \
there. Then it shows how answers would differ, and nothing changes until --commit.

Examples:
  semsearch model switch my-model
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
    /// Say how far a switch has come
    #[arg(long, conflicts_with_all = ["name", "commit", "rollback", "forget"])]
    pub(crate) status: bool,
    /// Answer with the new model from now on; with a name, as soon as it has embedded everything
    #[arg(long, conflicts_with_all = ["rollback", "forget"])]
    pub(crate) commit: bool,
    /// Answer with the model before it again
    #[arg(long, conflicts_with_all = ["name", "forget"])]
    pub(crate) rollback: bool,
    /// Drop the vectors of every model but the one that answers, and what an unfinished switch has made
    #[arg(long, conflicts_with = "name")]
    pub(crate) forget: bool,
    /// Compare by these questions: a BEIR queries.jsonl, or one question a line [default: titles of papers in the index]
    #[arg(long, value_name = "FILE")]
    pub(crate) queries: Option<PathBuf>,
    /// How many questions to show whose answers differ most, and as many of the middle
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) examples: usize,
    /// Longest input in tokens; longer texts are cut [default: the model's own]
    #[arg(long, value_name = "N")]
    pub(crate) max_tokens: Option<usize>,
    /// What becomes of longer texts, as in `embed` [default: first]
    #[arg(long, value_name = "RULE")]
    pub(crate) windows: Option<WindowsArg>,
    /// Keep only the first N numbers of each vector [default: all]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) dim: Option<usize>,
    /// Put this before every query [default: the model's own prompt]
    #[arg(long, value_name = "TEXT")]
    pub(crate) query_prompt: Option<String>,
    /// Put this before every passage [default: the model's own prompt]
    #[arg(long, value_name = "TEXT")]
    pub(crate) passage_prompt: Option<String>,
    /// Memory for texts and vectors on their way through the encoder, beside the models themselves: 512M, 2G
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = memory_size)]
    pub(crate) memory: u64,
    #[command(flatten)]
    pub(crate) run: RunArgs,
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
    pub(crate) table: TableArg,
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

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// Reads a cosine similarity.
fn score(text: &str) -> Result<f32, String> {
    let within = text.parse().ok().filter(|score| (-1.0..=1.0).contains(score));
    within.ok_or_else(|| "expected a number from -1 to 1".to_owned())
}

/// The least memory that `--memory` takes: enough for any ordinary window of texts.
const LEAST_MEMORY: u64 = 16 << 20;

/// Reads a size such as `512M`, `2G` or `1.5 GiB`, in powers of 1024.
fn memory_size(text: &str) -> Result<u64, String> {
    let wrong = || "expected a size from 16M, such as 512M or 2G".to_owned();
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_lowercase().trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err(wrong()),
    };
    let bytes = number.parse::<f64>().map_err(|_| wrong())? * (1_u64 << shift) as f64;
    // Beyond 2^53 a double is no exact number of bytes any more, and no machine has them.
    if bytes < LEAST_MEMORY as f64 || bytes > (1_u64 << 53) as f64 { Err(wrong()) } else { Ok(bytes as u64) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn sizes_are_read_in_powers_of_1024_and_nonsense_is_refused() {
        let sizes = [("512M", 512 << 20), ("2G", 2 << 30), ("2 GiB", 2 << 30), ("1.5g", 3 << 29), ("64mb", 64 << 20)];
        for (text, expected) in sizes {
            assert_eq!(memory_size(text), Ok(expected), "{text}");
        }
        assert_eq!(memory_size("20000000"), Ok(20_000_000));
        for text in ["", "G", "0", "-1G", "15M", "1e9", "1..5G", "2X", "2GG", "many", "99999999999T", "NaN", "inf"] {
            assert!(memory_size(text).unwrap_err().contains("such as 512M or 2G"), "{text}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
