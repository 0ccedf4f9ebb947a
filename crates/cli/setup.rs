//! Setup that several subcommands share: paths, threads, encoders.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use etcetera::BaseStrategy;
use semsearch_embed::{ModelStore, Precision, SentenceTransformer, TextKind};
use semsearch_engine::{Encoders, Session, SessionError, SessionOptions};
use semsearch_store::{Collection, ModelRecord};
use semsearch_task::Progress;

use crate::args::{EncoderArgs, IndexArg, PrecisionArg, RunArgs};
use crate::output;

/// A thread pool: `--threads` threads, else `RAYON_NUM_THREADS`, else one for each core.
pub(crate) fn pool(run: &RunArgs) -> anyhow::Result<rayon::ThreadPool> {
    pool_of(run.threads)
}

/// A pool of `threads` threads; for `None` as [`pool`].
pub(crate) fn pool_of(threads: Option<u16>) -> anyhow::Result<rayon::ThreadPool> {
    // To Rayon, 0 means RAYON_NUM_THREADS, else the number of cores.
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from));
    builder.build().context("cannot start threads")
}

/// Starts the threads that help with one question of a server; those that answer different ones wait for them.
pub(crate) fn threads(run: &RunArgs) -> anyhow::Result<()> {
    let Some(threads) = run.threads else { return Ok(()) };
    let builder = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads));
    builder.build_global().context("cannot start threads")
}

/// The folder of the index: the flag, else its environment variable, else the one in the user's data directory. An empty
/// variable is none, as the shell has it.
pub(crate) fn index_path(arg: &IndexArg) -> anyhow::Result<PathBuf> {
    let variable = || std::env::var_os("SEMSEARCH_INDEX").filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = arg.index.clone().or_else(variable) {
        return Ok(path);
    }
    default_index().context("cannot find your home folder; name the index with --index")
}

/// The folder of the index if nobody names another one.
fn default_index() -> Result<PathBuf, etcetera::HomeDirError> {
    Ok(etcetera::choose_base_strategy()?.data_dir().join("semsearch").join("index"))
}

/// Whether a folder is that of the index if nobody names another one.
pub(crate) fn is_default_index(path: &Path) -> bool {
    default_index().is_ok_and(|default| default == path)
}

/// The folder that the environment names, for what has no flag.
pub(crate) fn index_of_environment() -> Option<PathBuf> {
    std::env::var_os("SEMSEARCH_INDEX").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// Prints notes on the terminal.
struct Notes;

impl Progress for Notes {
    fn note(&self, message: &str) {
        output::say(message);
    }
}

/// The user's options for how an encoder runs.
fn run_options(model: Option<&str>, run: &RunArgs) -> SessionOptions {
    let precision = match run.precision {
        PrecisionArg::Auto => None,
        PrecisionArg::F32 => Some(Precision::F32),
        PrecisionArg::Int8 => Some(Precision::Int8),
    };
    SessionOptions::default()
        .with_model(model.map(str::to_owned))
        .with_device(run.device.into())
        .with_precision(precision)
}

/// The user's options for an encoder.
fn encoder_options(args: &EncoderArgs) -> SessionOptions {
    run_options(args.model.as_deref(), &args.run)
        .with_max_seq_length(args.max_tokens)
        .with_truncate_dim(args.dim)
        .with_prompts(args.query_prompt.clone(), args.passage_prompt.clone())
        .with_windows(args.windows.map(Into::into))
}

/// Runs `load` with encoders from the models of this machine.
fn load<T, E>(
    offline: bool,
    options: &SessionOptions,
    load: impl FnOnce(Encoders<'_>) -> Result<T, E>,
) -> anyhow::Result<T>
where
    anyhow::Error: From<E>,
{
    Ok(load(Encoders::new(&ModelStore::from_env(offline), options, &Notes))?)
}

/// Loads the model that the user named, or the default one, for a new collection.
pub(crate) fn load_encoder(args: &EncoderArgs, kind: TextKind, offline: bool) -> anyhow::Result<SentenceTransformer> {
    load(offline, &encoder_options(args), |encoders| encoders.named(kind))
}

/// Loads the encoder for more papers, or for a switch, of the index in `root`: its own model, used as before, unless the
/// user says otherwise.
pub(crate) fn load_collection_encoder(
    root: &Path,
    record: &ModelRecord,
    args: &EncoderArgs,
    offline: bool,
) -> anyhow::Result<SentenceTransformer> {
    load(offline, &encoder_options(args), |encoders| encoders.for_passages_of(root, record))
}

/// How an index refers to its model from now on: as before, or by the folder in which it was found instead.
pub(crate) fn reference_now(record: &ModelRecord, encoder: &SentenceTransformer, offline: bool) -> String {
    let known = Path::new(&record.reference);
    let is_in_place = match known.is_absolute() {
        true => known.is_dir(),
        false => matches!(ModelStore::from_env(offline).find(&record.reference), Ok(Some(_))),
    };
    if is_in_place { record.reference.clone() } else { encoder.folder().display().to_string() }
}

/// Loads a transformer to distill.
pub(crate) fn load_teacher(name: &str, run: &RunArgs, offline: bool) -> anyhow::Result<SentenceTransformer> {
    load(offline, &run_options(Some(name), run), |encoders| encoders.named(TextKind::Passage))
}

/// Prepares a collection for queries: with its own model, or the one the user insists on.
pub(crate) fn session(
    collection: impl Into<Arc<Collection>>,
    insisted: Option<&str>,
    run: &RunArgs,
    offline: bool,
) -> anyhow::Result<Session> {
    Ok(Session::over(collection, &ModelStore::from_env(offline), &run_options(insisted, run), &Notes)?)
}

/// Prepares a collection for queries again, whenever it is called.
pub(crate) fn reopen(
    path: PathBuf,
    insisted: Option<&str>,
    run: &RunArgs,
    offline: bool,
) -> impl Fn() -> Result<Session, SessionError> + Send + Sync + use<> {
    let (store, options) = (ModelStore::from_env(offline), run_options(insisted, run));
    move || Session::open(&path, &store, &options, &Notes)
}

/// Loads the encoder that made a collection's vectors, to make some of them again.
pub(crate) fn load_encoder_to_redo(
    record: &ModelRecord,
    insisted: Option<&str>,
    run: &RunArgs,
    offline: bool,
) -> anyhow::Result<SentenceTransformer> {
    load(offline, &run_options(insisted, run), |encoders| encoders.to_redo(record))
}

/// Loads a model as a collection has recorded it.
pub(crate) fn load_recorded(
    record: &ModelRecord,
    kind: TextKind,
    run: &RunArgs,
    offline: bool,
) -> anyhow::Result<SentenceTransformer> {
    load(offline, &run_options(None, run), |encoders| encoders.of_record(record, kind))
}
