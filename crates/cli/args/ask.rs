//! Flags of the commands that search an index, encode texts or measure.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use semsearch_embed::TextKind;
use semsearch_engine::{HalfLife, Order, Ranker};
use semsearch_index::DEFAULT_EF;
use semsearch_store::{FacetField, TextField};

use super::encoder::{EncoderArgs, RunArgs};
use super::index::{IndexArg, OverwriteArg};
use super::serve::ServerArgs;
use super::values::{finite, hits_wanted, positive, score, share};
use crate::filters::FilterArgs;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  semsearch ask \"how do agents remember what they have learnt\"
  semsearch ask \"topic models\" --category cs.CL --year 2019..2022 -k 20
  semsearch ask 'author:vaswani attention' --explain
  semsearch ask '\"chain of thought\" -vision' --json
  semsearch ask \"speculative decoding\" --where 'year >= 2024 and authors <= 3'
  semsearch ask -Q \"graph neural networks\" -Q \"drug discovery\" --all
  semsearch ask --file draft.txt --like 2106.09685 --recency 2y
  semsearch ask --batch questions.jsonl --jsonl
  semsearch ask - --jsonl < questions.txt
  semsearch ask - --jsonl --server http://127.0.0.1:7700 < questions.txt

Exit code 1: nothing in the index is likely to answer the question, or no paper passes the filter.")]
pub(crate) struct Ask {
    /// The question; several words need no quotes around them. `-` reads questions from standard input, one a line, or
    /// JSON lines with `text` and `_id`. Words in quotes are found as they stand; +word and -word say what must be there and
    /// what must not; author:, venue:, title:, abstract:, year:, arxiv:, doi: and id: name a field
    #[arg(value_name = "QUERY", required_unless_present_any = ["questions", "file", "batch"])]
    pub(crate) query: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// How many papers to show; 0 for all, which goes well with --min-score
    #[arg(short, value_name = "N", default_value = "10", value_parser = hits_wanted)]
    pub(crate) k: usize,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// What ranks papers: meaning and words together, meaning alone, or words alone [default: hybrid]
    #[arg(long, value_name = "MODE")]
    pub(crate) mode: Option<ModeArg>,
    /// Weight of words beside meaning, 0 to 1 [default: 0.5 for up to three words, 0.3 for more]
    #[arg(long, value_name = "W", value_parser = share, conflicts_with = "rrf")]
    pub(crate) weight: Option<f32>,
    /// Rank by places in both lists instead of by scores (reciprocal rank fusion)
    #[arg(long)]
    pub(crate) rrf: bool,
    /// Papers to be near to, by id, arXiv id or DOI; they are not shown themselves
    #[arg(long, value_name = "ID")]
    pub(crate) like: Vec<String>,
    /// Papers to be far from; they are not shown themselves
    #[arg(long, value_name = "ID")]
    pub(crate) unlike: Vec<String>,
    #[command(flatten)]
    pub(crate) order: OrderArgs,
    /// Leave words as they are typed, even if no paper holds them
    #[arg(long)]
    pub(crate) no_correct: bool,
    /// Search for the query as typed: without corrections, acronyms and their long forms, and with its request talk
    #[arg(long)]
    pub(crate) as_typed: bool,
    #[command(flatten)]
    pub(crate) vectors: VectorSearchArgs,
    /// Say how the answer was found and why
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) several: Several,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
    /// Encode the question with this model instead of the model of the index. Another model is refused, unless it has
    /// embedded all papers too, or a measured alignment maps its questions to the vectors of the index (`model switch`)
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Print one JSON document per question
    #[arg(long, conflicts_with = "jsonl")]
    pub(crate) json: bool,
    /// Print one JSON line per paper
    #[arg(long)]
    pub(crate) jsonl: bool,
}

/// Other ways to ask than one question.
#[derive(Debug, Args)]
#[command(next_help_heading = "Asking more than one question")]
pub(crate) struct Several {
    /// One of several questions; repeat it. A paper has to answer all of them, unless --any is given
    #[arg(short = 'Q', long = "question", value_name = "QUERY", conflicts_with = "query")]
    pub(crate) questions: Vec<String>,
    /// A paper has to answer all of the questions: it is ranked by the one it answers worst; this is the default
    #[arg(long, requires = "questions", conflicts_with_all = ["any", "query", "file", "batch"])]
    pub(crate) all: bool,
    /// A paper has to answer one of the questions: it is ranked by the one it answers best
    #[arg(long, requires = "questions", conflicts_with_all = ["query", "file", "batch"])]
    pub(crate) any: bool,
    /// Ask with a text: an abstract, a draft, a page of notes; `-` is standard input. Signs in it bind nothing; a long
    /// text is asked in passages
    #[arg(long, value_name = "FILE", conflicts_with_all = ["query", "questions"])]
    pub(crate) file: Option<PathBuf>,
    /// Answer every question of a file, plain or .gz: one a line, or JSON lines with `_id` and `text`; `-` is standard
    /// input. Needs --jsonl, --json or --trec
    #[arg(long, value_name = "FILE", conflicts_with_all = ["query", "questions", "file", "like", "unlike", "explain"])]
    pub(crate) batch: Option<PathBuf>,
    /// Print a TREC run, a line for each paper: question, Q0, paper, rank, score, semsearch
    #[arg(long, requires = "batch", conflicts_with_all = ["json", "jsonl"])]
    pub(crate) trec: bool,
}

/// What changes the order of papers beside the question.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OrderArgs {
    /// How much papers are to differ from those above them, 0 to 1; 0.3 skips most near-duplicates
    #[arg(long, value_name = "L", value_parser = share)]
    pub(crate) diverse: Option<f32>,
    /// Prefer new papers: a score halves with every such time of age, 90d, 8w, 18m or 2y
    #[arg(long, value_name = "TIME")]
    pub(crate) recency: Option<HalfLife>,
}

/// Which hits are shown, and how.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ShownArgs {
    /// Show only papers with this score or more, as it stands beside their titles
    #[arg(long, value_name = "S", value_parser = finite, allow_negative_numbers = true)]
    pub(crate) min_score: Option<f32>,
    /// Sort what was found [default: score]
    #[arg(long, value_name = "BY")]
    pub(crate) sort: Option<SortArg>,
    /// Show abstracts in full
    #[arg(long)]
    pub(crate) full: bool,
}

/// What hits are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortArg {
    /// The best first
    Score,
    /// The newest first
    Date,
    /// The newest year first
    Year,
    /// By title
    Title,
}

impl SortArg {
    /// The order; `None` is that of the scores.
    pub(crate) fn order(self) -> Option<Order> {
        match self {
            SortArg::Score => None,
            SortArg::Date => Some(Order::Date),
            SortArg::Year => Some(Order::Year),
            SortArg::Title => Some(Order::Title),
        }
    }
}

/// How vectors are searched.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct VectorSearchArgs {
    /// Beam width of the graph search: wider finds more of the true nearest, slower
    #[arg(long, value_name = "N", default_value_t = DEFAULT_EF, value_parser = positive)]
    pub(crate) ef: usize,
    /// Search vectors exactly: find the true nearest papers
    #[arg(long, conflicts_with_all = ["graph", "rerank"])]
    pub(crate) exact: bool,
    /// Search the graph, even if exact search is expected to be faster
    #[arg(long)]
    pub(crate) graph: bool,
    /// Search the graph, and score its candidates again in full precision
    #[arg(long)]
    pub(crate) rerank: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The papers nearest to the mean of the named ones, by their vectors. No model is needed.

Examples:
  semsearch similar 2106.09685
  semsearch similar 2106.09685 10.18653/v1/N19-1423 -k 20 --since 2024
  semsearch similar 2106.09685 --diverse 0.3 --json | jq -r '.hits[].title'

Exit code 1: no other paper passes the filter.")]
pub(crate) struct Similar {
    /// The papers, by id, arXiv id or DOI; they are not shown themselves
    #[arg(value_name = "ID", required = true)]
    pub(crate) papers: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// How many papers to show; 0 for all, which goes well with --min-score
    #[arg(short, value_name = "N", default_value = "10", value_parser = hits_wanted)]
    pub(crate) k: usize,
    #[command(flatten)]
    pub(crate) shown: ShownArgs,
    #[command(flatten)]
    pub(crate) order: OrderArgs,
    #[command(flatten)]
    pub(crate) vectors: VectorSearchArgs,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Print one JSON document
    #[arg(long, conflicts_with = "jsonl")]
    pub(crate) json: bool,
    /// Print one JSON line per paper
    #[arg(long)]
    pub(crate) jsonl: bool,
}

/// What ranks papers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeArg {
    /// Meaning and words together
    Hybrid,
    /// Meaning alone, by vectors
    Dense,
    /// Words alone
    Lexical,
}

impl From<ModeArg> for Ranker {
    fn from(mode: ModeArg) -> Self {
        match mode {
            ModeArg::Hybrid => Ranker::Hybrid,
            ModeArg::Dense => Ranker::Dense,
            ModeArg::Lexical => Ranker::Lexical,
        }
    }
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
    pub(crate) query: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// What to count by
    #[arg(long, value_name = "FIELD")]
    pub(crate) by: FacetArg,
    /// Count only the N papers nearest to the question [default: 100]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FacetArg {
    #[value(alias = "years")]
    Year,
    #[value(aliases = ["venues", "journal", "journals", "conference", "booktitle"])]
    Venue,
    #[value(aliases = ["categories", "keyword", "keywords", "tag", "tags", "topic", "subject"])]
    Category,
    #[value(aliases = ["orgs", "organization", "organisation", "affiliation", "affiliations", "institution"])]
    Org,
    #[value(alias = "authors")]
    Author,
    #[value(aliases = ["sources", "file", "files"])]
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
    /// Kind of the texts, which decides the prompt that some models put before them
    #[arg(long, default_value = "passage")]
    pub(crate) kind: KindArg,
    /// Print JSON lines, which is the default
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
    /// Measure the vectors of another model of the index, which `model switch` embedded beside its own
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    /// Leave out the quantisation sweep, which measures the recall of vectors in fewer bytes
    #[arg(long)]
    pub(crate) no_ladder: bool,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
    /// Write a plot of recall against speed
    #[arg(long, value_name = "FILE.svg|FILE.png")]
    pub(crate) plot: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: OverwriteArg,
}
