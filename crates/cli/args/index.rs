//! Flags of the commands that make, change, check, export and describe an index.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use semsearch_corpus::ListForm;
use semsearch_engine::exchange::{ExportFormat, VectorForm};

use super::encoder::{EncoderArgs, RunArgs};
use super::values::{hits_wanted, memory_size, patience, source_name};
use crate::filters::FilterArgs;

/// Where the index is.
#[derive(Clone, Debug, Args)]
pub(crate) struct IndexArg {
    /// The index; by default SEMSEARCH_INDEX, or else `semsearch/index` in the XDG data directory
    #[arg(long, value_name = "DIR")]
    pub(crate) index: Option<PathBuf>,
}

/// What to do if a file that is to be written is there.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OverwriteArg {
    /// Replace files that are there; without it they are refused
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// What to do if another process changes the index.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct WaitArg {
    /// Wait for another process that is changing the index: as long as it takes, or at most a time, as in `--wait=5m`
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, default_missing_value = "forever")]
    #[arg(value_parser = patience)]
    pub(crate) wait: Option<Duration>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Inputs, also as .gz or .zst; the format is found from the content:
  JSON lines or a list: `id`, `title`, `abstract`, `authors`, `date`, `venue`, `url`, `keywords`, ...
  arXiv's metadata snapshot; papers of Semantic Scholar; works of OpenAlex
  CSL-JSON, as Zotero exports it; BibTeX and BibLaTeX; RIS
  NBIB of PubMed; exports of Web of Science
  EndNote XML, refer, Zotero RDF; CSL-YAML; Hayagriva of Typst
  XML of OAI-PMH, the ACL Anthology, PubMed, PubMed Central, DBLP, DataCite, MODS, MARC; Atom and RSS of arXiv
  CSV or TSV with columns of these names, or those of Scopus, Zotero, PubMed and others; Parquet with the first
  captured Daily Papers pages
  a BEIR folder; a folder of Markdown or text files

Embed again at any time: new papers are added, changed papers replace their old form, all others stay. A citation key or the number of a row names a paper in its file only: another paper of that name is kept too, with a \
number. The index changes in one step, when everything is ready. An interrupted run keeps the vectors that it made, and the \
same command goes on from there, even with more papers among the inputs.

Examples:
  semsearch embed papers.jsonl.gz
  semsearch embed pages/*.txt --index daily
  semsearch embed papers.jsonl.gz --replace        these papers and no other
  semsearch embed library.bib --source zotero --sync
  zcat big.jsonl.gz | head -1000 | semsearch embed - --index sample")]
pub(crate) struct Embed {
    /// Files or folders of papers, or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    #[command(flatten)]
    pub(crate) encoder: EncoderArgs,
    /// Skip and count malformed records, instead of stopping at the first one
    #[arg(long)]
    pub(crate) skip_bad: bool,
    /// Stop at a field that is not understood and at a record without title and abstract, instead of leaving them out
    #[arg(long)]
    pub(crate) strict: bool,
    /// Make every record a paper of its own, even if several records describe the same paper
    #[arg(long)]
    pub(crate) keep_duplicates: bool,
    /// The year of captured pages whose dates have no year
    #[arg(long, value_name = "YEAR")]
    pub(crate) page_year: Option<i32>,
    /// The table of a data base, or the sheet of a workbook, to read [default: all that hold papers]
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// Neighbours of a row in the graph; more neighbours find more and take more space [default: the index's own, or 16]
    #[arg(long, value_name = "M", help_heading = "Graph")]
    pub(crate) m: Option<usize>,
    /// Beam width of building: a wider beam makes a better graph, more slowly [default: the index's own, or 64]
    #[arg(long, value_name = "EF", help_heading = "Graph")]
    pub(crate) ef_construction: Option<usize>,
    /// Keep vectors in half precision: a file of half the size, scores that differ in the fourth digit; `--half=false` keeps
    /// new ones whole [default: the index's own, or false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(help_heading = "Graph")]
    pub(crate) half: Option<bool>,
    /// Memory for texts and vectors on their way through the encoder, beside the model itself: 512M, 2G
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = memory_size)]
    pub(crate) memory: u64,
    /// What the inputs are called as the source of their papers, however their files are called [default: the names of the
    /// files]
    #[arg(long, value_name = "NAME", value_parser = source_name, help_heading = "Source")]
    pub(crate) source: Option<String>,
    /// Also remove the papers that this source had and does not have any more; those that another source has stay. Nothing is
    /// removed if less than half of the source is left, unless it is `--sync=all`
    #[arg(long, value_name = "PART", num_args = 0..=1, require_equals = true, default_missing_value = "half")]
    #[arg(conflicts_with_all = ["replace", "fresh"], help_heading = "Source")]
    pub(crate) sync: Option<SyncArg>,
    /// Replace all papers of the index by these; the index keeps the model and all settings that are not given
    #[arg(long)]
    pub(crate) replace: bool,
    /// Embed all papers again, those of the index and of an interrupted run included
    #[arg(long)]
    pub(crate) fresh: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArg,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// How much of a source must be left for papers to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SyncArg {
    /// At least half of it
    Half,
    /// Whatever is left is all of it
    All,
}

#[derive(Debug, Args)]
#[command(after_help = "\
For each input: its format, how many records fill which field of a paper and what the input calls it, the fields that are kept \
under their own names, and the first papers. For all of them: the records that are one paper, what was not understood, and \
how many papers the index would get. Needs no model. With --sync, also which papers `embed --sync` would remove.

Examples:
  semsearch inspect library.bib
  semsearch inspect exports/*.csv --index papers
  semsearch inspect library.bib --source zotero --sync
  semsearch inspect library.ris --json | jq '.inputs[].fields'")]
pub(crate) struct Inspect {
    /// Files or folders of papers, or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Show this many papers of each input, and this many merged papers
    #[arg(short = 'k', value_name = "N", default_value_t = 3)]
    pub(crate) k: usize,
    /// Read only this table of a data base or this sheet of a workbook
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Option<String>,
    /// The year of captured pages whose dates have no year
    #[arg(long, value_name = "YEAR")]
    pub(crate) page_year: Option<i32>,
    /// What the inputs are called as the source of their papers, as in `embed`
    #[arg(long, value_name = "NAME", value_parser = source_name, help_heading = "Source")]
    pub(crate) source: Option<String>,
    /// Also say which papers `embed --sync` would remove, or `embed --sync=all`
    #[arg(long, value_name = "PART", num_args = 0..=1, require_equals = true, default_missing_value = "half")]
    #[arg(help_heading = "Source")]
    pub(crate) sync: Option<SyncArg>,
    /// Report as one JSON document
    #[arg(long, help_heading = "Options")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Papers are named by id, arXiv id, DOI or citation key, or chosen by the flags that choose papers. A removed paper is not found any more. Its \
space on disk is given back when its segment is merged, at the latest by `semsearch vacuum`.

Examples:
  semsearch remove 2401.01234 2305.09876
  semsearch remove --where 'source = \"old.jsonl\" and year < 2010' --dry-run
  cut -f1 retracted.tsv | semsearch remove -")]
pub(crate) struct Remove {
    /// Papers, by id, arXiv id, DOI or citation key; `-` reads one a line from standard input
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Only say how many papers would be removed, and which
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArg,
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
    #[command(flatten)]
    pub(crate) wait: WaitArg,
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
Columns are rebuilt from the papers, graphs from the vectors, and vectors from the papers by the model of the index. A \
damaged paper is replaced by another copy in the index; without one, it is named and dropped. The index \
changes in one step at the end. An index of an older format is rewritten.

Examples:
  semsearch repair --dry-run                       say what would be done
  semsearch repair")]
pub(crate) struct Repair {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Only say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The model of the index, if it was moved; needed only if papers have to be embedded again
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
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
Vectors come with `documents.jsonl` in the same order, and `export.json`, which says what model made them. Removed papers \
are left out. With --ask, the papers that answer a question are written, best first. Where no paper passes, no file is made.

Examples:
  semsearch export recent.bib --since 2024
  semsearch export first.csv --category cs.IR -k 100
  semsearch export vectors --format npy
  semsearch export --format ris --ask \"how do tides form\" -k 20")]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// The file (`parquet` and lists of papers) or folder (other formats) to make. `-`, or nothing, writes a list of papers to
    /// standard output
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// The same as a flag
    #[arg(long, value_name = "PATH", conflicts_with = "path")]
    pub(crate) to: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: OverwriteArg,
    /// The format [default: what the name of the file ends in]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<ExportArg>,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Write at most N papers; 0 for all [default: 10 that answer a question, all without one]
    #[arg(short, value_name = "N", value_parser = hits_wanted, help_heading = "Which papers")]
    pub(crate) k: Option<usize>,
    /// Write only the papers that answer this question, in their order
    #[arg(long, value_name = "QUERY", help_heading = "Question")]
    pub(crate) ask: Option<String>,
    /// Encode the question with this model instead of the model of the index
    #[arg(long, value_name = "NAME|DIR", requires = "ask", help_heading = "Question")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Report as one JSON document
    #[arg(long, help_heading = "Options")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Row N of the vectors is that of record N; no records are merged. Vectors have length 1 and come \
from the model of the index.

Examples:
  semsearch import papers.parquet --index copy
  semsearch import a.jsonl --vectors a.npy --model-record export.json
  semsearch import a.jsonl --vectors a.fbin --model mine --fingerprint 4f6c...")]
pub(crate) struct Import {
    /// Files of papers, as `embed` reads them
    #[arg(required = true, value_name = "DOCS")]
    pub(crate) documents: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// The vectors of the papers: a NumPy array of float32, a .fbin file, or a Parquet table with a column `vector`. A
    /// single table of papers and vectors, as `export` writes it, needs none
    #[arg(long, value_name = "FILE")]
    pub(crate) vectors: Option<PathBuf>,
    /// The model that made the vectors: the `export.json` beside them. A Parquet table of `export` says it itself
    #[arg(long, value_name = "FILE", conflicts_with = "fingerprint")]
    pub(crate) model_record: Option<PathBuf>,
    /// Or the fingerprint of the model, together with --model
    #[arg(long, value_name = "HEX")]
    pub(crate) fingerprint: Option<String>,
    #[command(flatten)]
    pub(crate) encoder: EncoderArgs,
    /// Scale vectors to length 1, instead of refusing those of another length
    #[arg(long)]
    pub(crate) normalise: bool,
    #[command(flatten)]
    pub(crate) wait: WaitArg,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

impl Export {
    /// What is to be made; `-` is standard output.
    pub(crate) fn target(&self) -> &Path {
        self.path.as_deref().or(self.to.as_deref()).unwrap_or(Path::new("-"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportArg {
    /// A NumPy array of vectors, and the papers
    Npy,
    /// Vectors in the format of the big-ann benchmarks, and the papers
    Fbin,
    /// Papers and vectors in the columns of one file
    Parquet,
    /// Papers, one a line
    #[value(alias = "ndjson")]
    Jsonl,
    /// Papers as entries of BibTeX
    #[value(alias = "bib")]
    Bibtex,
    /// Papers as RIS, which reference managers read
    Ris,
    /// Papers as CSL-JSON, which reference managers and pandoc read
    #[value(aliases = ["csl-json", "json"])]
    Csl,
    /// Papers as a table
    Csv,
    /// A corpus in the format of BEIR
    Beir,
}

impl ExportArg {
    /// The format that the name of a file ends in, as other programs name such files.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_lowercase();
        let endings = [
            (".bib", ExportArg::Bibtex),
            (".bibtex", ExportArg::Bibtex),
            (".ris", ExportArg::Ris),
            (".csl.json", ExportArg::Csl),
            (".json", ExportArg::Csl),
            (".csv", ExportArg::Csv),
            (".jsonl", ExportArg::Jsonl),
            (".ndjson", ExportArg::Jsonl),
            (".parquet", ExportArg::Parquet),
        ];
        endings.into_iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| format)
    }

    /// The form of a list of papers; `None` if there are vectors or several files.
    pub(crate) fn list(self) -> Option<ListForm> {
        match self {
            ExportArg::Jsonl => Some(ListForm::Jsonl),
            ExportArg::Bibtex => Some(ListForm::Bibtex),
            ExportArg::Ris => Some(ListForm::Ris),
            ExportArg::Csl => Some(ListForm::Csl),
            ExportArg::Csv => Some(ListForm::Csv),
            ExportArg::Npy | ExportArg::Fbin | ExportArg::Parquet | ExportArg::Beir => None,
        }
    }
}

impl From<ExportArg> for ExportFormat {
    fn from(format: ExportArg) -> Self {
        match format {
            ExportArg::Npy => ExportFormat::Vectors(VectorForm::Npy),
            ExportArg::Fbin => ExportFormat::Vectors(VectorForm::Fbin),
            ExportArg::Parquet => ExportFormat::Parquet,
            ExportArg::Beir => ExportFormat::Beir,
            ExportArg::Jsonl => ExportFormat::List(ListForm::Jsonl),
            ExportArg::Bibtex => ExportFormat::List(ListForm::Bibtex),
            ExportArg::Ris => ExportFormat::List(ListForm::Ris),
            ExportArg::Csl => ExportFormat::List(ListForm::Csl),
            ExportArg::Csv => ExportFormat::List(ListForm::Csv),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Info {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Show the size of each part on disk and in memory
    #[arg(long, conflicts_with = "cpu")]
    pub(crate) memory: bool,
    /// Show instead which kernels of the encoder this processor can run, and which are used
    #[arg(long)]
    pub(crate) cpu: bool,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}
