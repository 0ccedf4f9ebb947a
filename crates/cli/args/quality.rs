//! Flags of the commands that measure how good answers are.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use semsearch_engine::Ranker;
use semsearch_eval::retrieval::Measure;

use super::encoder::{EncoderArgs, RunArgs};
use super::index::{IndexArg, OverwriteArg};
use super::values::{positive, share};

/// A measure, or why the text names none.
fn measure(text: &str) -> Result<Measure, String> {
    text.parse().map_err(|error: semsearch_eval::retrieval::ParseMeasureError| error.to_string())
}

#[derive(Debug, Args)]
#[command(after_help = "\
DIR is in the form of BEIR: corpus.jsonl, queries.jsonl and qrels/test.tsv or qrels.tsv, each also as .gz; judgements also \
in the form of TREC. Figures are those of pytrec_eval. Intervals are 95 % bootstrap intervals over queries.

Examples:
  semsearch eval scifact --mode all --plot scifact.svg
  semsearch eval scifact --against dense --per-query 5     what words change
  semsearch eval scifact --model mine --against static     two models
  semsearch eval scifact --index my-index --write-run mine.trec
  semsearch eval scifact --run other.trec --against mine.trec")]
pub(crate) struct Eval {
    /// The folder of queries, judgements and, unless an index is named, documents
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Which judgements: `train` is qrels/train.tsv or train.qrels.tsv [default: test, or the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) split: Option<String>,
    /// Ask this index, which has to hold the documents under their ids. Without it the documents of DIR are embedded into a
    /// temporary folder
    #[arg(long, value_name = "DIR")]
    pub(crate) index: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) encoder: EncoderArgs,
    #[command(flatten)]
    pub(crate) ranking: RankingArgs,
    /// Search vectors exactly
    #[arg(long)]
    pub(crate) exact: bool,
    /// Hits of a query [default: 100, or what the measures look at]
    #[arg(short, value_name = "N", value_parser = positive)]
    pub(crate) k: Option<usize>,
    /// What to measure: ndcg@K, recall@K, precision@K (or p@K), map, mrr
    #[arg(long, value_name = "NAME,NAME,...", value_delimiter = ',', value_parser = measure,
          default_value = "ndcg@10,recall@10,recall@100,map,mrr,p@10")]
    pub(crate) metrics: Vec<Measure>,
    /// Compare, query by query, with another mode, with a run in a file, or with another model over the same documents
    #[arg(long, value_name = "MODE|FILE|MODEL")]
    pub(crate) against: Option<String>,
    /// Count judged queries that were not asked as 0 (trec_eval -c), instead of leaving them out
    #[arg(long)]
    pub(crate) complete: bool,
    /// Score this TREC run instead of searching
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mode", "write_run"])]
    pub(crate) run: Option<PathBuf>,
    /// Write the ranking of every query as a TREC run
    #[arg(long, value_name = "FILE")]
    pub(crate) write_run: Option<PathBuf>,
    /// Show the N queries that gain and the N that lose most; without --against the N lowest. With --json, all queries
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) per_query: Option<usize>,
    /// Write a plot of the measures with their intervals
    #[arg(long, value_name = "FILE.svg|FILE.png")]
    pub(crate) plot: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: OverwriteArg,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Papers of the index are drawn, and each is asked for by what it says of itself: three words in a row of its title, the whole \
title, the first sentence of its abstract. The same seed asks for the same papers, so two indexes of the same papers can be \
compared. Figures are not those of real questions: `semsearch eval` measures those.

Examples:
  semsearch selftest
  semsearch selftest --mode all --plot selftest.svg
  semsearch selftest --index other-model --json")]
pub(crate) struct Selftest {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// How many papers to ask for
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = positive)]
    pub(crate) queries: usize,
    /// What the choice of papers follows from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) ranking: RankingArgs,
    /// Encode questions with this model instead of the model of the index; see `semsearch ask --help`
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Search vectors exactly
    #[arg(long)]
    pub(crate) exact: bool,
    /// Write a plot of the shares with their intervals
    #[arg(long, value_name = "FILE.svg|FILE.png")]
    pub(crate) plot: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: OverwriteArg,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// What ranks papers while answers are measured.
#[derive(Clone, Debug, Args)]
pub(crate) struct RankingArgs {
    /// What ranks papers; several are measured side by side [default: hybrid, or dense if the index has no words]
    #[arg(long, value_name = "MODE,MODE,...", value_delimiter = ',')]
    pub(crate) mode: Vec<MeasuredMode>,
    /// Weight of words beside meaning in hybrid, 0 to 1 [default: by the length of the question]
    #[arg(long, value_name = "W", value_parser = share, conflicts_with = "rrf")]
    pub(crate) weight: Option<f32>,
    /// In hybrid, rank by places in both lists instead of by scores (reciprocal rank fusion)
    #[arg(long)]
    pub(crate) rrf: bool,
    /// Search for questions as typed: without corrections, acronyms and their long forms, and with their request talk
    #[arg(long)]
    pub(crate) as_typed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MeasuredMode {
    /// Meaning and words together
    Hybrid,
    /// Meaning alone, by vectors
    Dense,
    /// Words alone
    Lexical,
    /// All three
    All,
}

impl RankingArgs {
    /// The modes asked for, each once, in their order; empty if the index decides.
    pub(crate) fn rankers(&self) -> Vec<Ranker> {
        const ALL: [Ranker; 3] = [Ranker::Hybrid, Ranker::Dense, Ranker::Lexical];
        let mut rankers = Vec::new();
        for mode in &self.mode {
            let meant = match mode {
                MeasuredMode::Hybrid => &ALL[..1],
                MeasuredMode::Dense => &ALL[1..2],
                MeasuredMode::Lexical => &ALL[2..],
                MeasuredMode::All => &ALL[..],
            };
            rankers.extend(meant.iter().filter(|ranker| !rankers.contains(*ranker)).copied().collect::<Vec<_>>());
        }
        rankers
    }
}
