//! What several subcommands need before they can begin: paths, threads, encoders.

use std::path::PathBuf;

use anyhow::Context;
use etcetera::BaseStrategy;
use semsearch_embed::{CacheUse, EncoderOptions, ModelFolder, ModelStore, SentenceTransformer, TextKind};
use semsearch_engine::model::{manifest_of, precision_of, windows_of};
use semsearch_engine::switch::Pending;
use semsearch_store::{Collection, ModelRecord};

use crate::args::{EncoderArgs, IndexArg, PrecisionArg, RunArgs};
use crate::output;

/// A pool of as many threads as `--threads`, else `RAYON_NUM_THREADS`, else the cores there are.
pub(crate) fn pool(run: &RunArgs) -> anyhow::Result<rayon::ThreadPool> {
    pool_of(run.threads)
}

/// A pool of that many threads, else as [`pool`].
pub(crate) fn pool_of(threads: Option<u16>) -> anyhow::Result<rayon::ThreadPool> {
    // Rayon takes 0 to mean the last two.
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from));
    builder.build().context("cannot start threads")
}

/// The index folder: the flag or its variable, else the user's own.
pub(crate) fn index_path(arg: &IndexArg) -> anyhow::Result<PathBuf> {
    if let Some(path) = &arg.index {
        return Ok(path.clone());
    }
    let base = etcetera::choose_base_strategy().context("cannot find your home folder; name the index with --index")?;
    Ok(base.data_dir().join("semsearch").join("index"))
}

/// Finds the model that the user named, fetching it if need be, and loads it.
pub(crate) fn load_encoder(args: &EncoderArgs, kind: TextKind, offline: bool) -> anyhow::Result<SentenceTransformer> {
    let store = ModelStore::from_env(offline);
    let model = find_model(&store, args.model())?;
    let options = EncoderOptions::default()
        .with_max_seq_length(args.max_tokens)
        .with_truncate_dim(args.dim)
        .with_query_prompt(args.query_prompt.clone())
        .with_passage_prompt(args.passage_prompt.clone())
        .with_windows(args.windows.map(Into::into).unwrap_or_default());
    load(&store, &model, &args.run, kind, options)
}

/// Loads the encoder for adding to a collection: its own model, unless the user names one. What else is asked for counts,
/// and is refused later if the vectors would be others.
pub(crate) fn load_collection_encoder(
    collection: &Collection,
    args: &EncoderArgs,
    offline: bool,
) -> anyhow::Result<SentenceTransformer> {
    if args.model.is_some() {
        return load_encoder(args, TextKind::Passage, offline);
    }
    let recorded = collection.model();
    let store = ModelStore::from_env(offline);
    let model = find_recorded(&store, collection)?;
    let manifest = manifest_of(recorded)?;
    let windows = args.windows.map_or_else(|| windows_of(recorded), |windows| Ok(windows.into()))?;
    let options = EncoderOptions::default()
        .with_max_seq_length(args.max_tokens.unwrap_or(recorded.max_tokens))
        .with_truncate_dim(args.dim.or(recorded.dimension))
        .with_query_prompt(args.query_prompt.clone().unwrap_or(manifest.query_prompt))
        .with_passage_prompt(args.passage_prompt.clone().unwrap_or(manifest.passage_prompt))
        .with_windows(windows);
    let run = match args.run.precision {
        PrecisionArg::Auto => RunArgs { precision: precision_of(recorded)?.into(), ..args.run },
        _ => args.run,
    };
    load(&store, &model, &run, TextKind::Passage, options)
}

/// Finds a model that another is to be made of. In full precision unless another is asked for: what is learnt of it is
/// then rounded once and not twice.
pub(crate) fn load_teacher(name: &str, run: &RunArgs, offline: bool) -> anyhow::Result<SentenceTransformer> {
    let store = ModelStore::from_env(offline);
    let model = find_model(&store, name)?;
    load(&store, &model, run, TextKind::Passage, EncoderOptions::default())
}

/// Loads the encoder for asking a collection: its own model, or the one the user insists on.
pub(crate) fn load_query_encoder(
    collection: &Collection,
    insisted: Option<&str>,
    run: &RunArgs,
    offline: bool,
) -> anyhow::Result<SentenceTransformer> {
    let recorded = collection.model();
    let store = ModelStore::from_env(offline);
    let model = match insisted {
        Some(name) => find_model(&store, name)?,
        None => find_recorded(&store, collection)?,
    };
    if let Some(name) = insisted
        && let Some(other) = other_recorded(collection, name, &model)?
    {
        return load_as_recorded(&store, &model, &other, TextKind::Query, run);
    }
    // The limit is the index's, not the model's: passages and questions are cut alike. A model that cannot read as much
    // keeps its own and is refused by its fingerprint.
    let max_tokens = Some(recorded.max_tokens).filter(|&limit| limit <= model.manifest.max_positions);
    // So is what else was asked for when the index was built. A model that the user insists on keeps its own prompts: other
    // prompts are another model.
    let manifest = Some(manifest_of(recorded)?).filter(|_| insisted.is_none());
    let options = EncoderOptions::default()
        .with_max_seq_length(max_tokens)
        .with_truncate_dim(recorded.dimension.filter(|&kept| kept <= model.manifest.dimension))
        .with_query_prompt(manifest.as_ref().map(|manifest| manifest.query_prompt.clone()))
        .with_passage_prompt(manifest.as_ref().map(|manifest| manifest.passage_prompt.clone()))
        .with_windows(windows_of(recorded)?);
    load(&store, &model, run, TextKind::Query, options)
}

/// Loads the encoder that made a collection's vectors, to make some of them again: from where it was, or from where the
/// user says it is.
pub(crate) fn load_recorded_encoder(
    recorded: &ModelRecord,
    insisted: Option<&str>,
    run: &RunArgs,
    offline: bool,
) -> anyhow::Result<SentenceTransformer> {
    let store = ModelStore::from_env(offline);
    let model = find_model(&store, insisted.unwrap_or(&recorded.reference))?;
    let run = RunArgs { precision: precision_of(recorded)?.into(), ..*run };
    load_as_recorded(&store, &model, recorded, TextKind::Passage, &run)
}

/// Loads a model as a collection has recorded it.
pub(crate) fn load_recorded(
    recorded: &ModelRecord,
    kind: TextKind,
    run: &RunArgs,
    offline: bool,
) -> anyhow::Result<SentenceTransformer> {
    let store = ModelStore::from_env(offline);
    let model = find_model(&store, &recorded.reference)?;
    load_as_recorded(&store, &model, recorded, kind, run)
}

fn load_as_recorded(
    store: &ModelStore,
    model: &ModelFolder,
    recorded: &ModelRecord,
    kind: TextKind,
    run: &RunArgs,
) -> anyhow::Result<SentenceTransformer> {
    let manifest = manifest_of(recorded)?;
    let options = EncoderOptions::default()
        .with_max_seq_length(recorded.max_tokens)
        .with_truncate_dim(recorded.dimension)
        .with_query_prompt(manifest.query_prompt)
        .with_passage_prompt(manifest.passage_prompt)
        .with_windows(windows_of(recorded)?);
    // Papers in the precision that the others are in; questions may be in another.
    let run = match (run.precision, kind) {
        (PrecisionArg::Auto, TextKind::Passage) => RunArgs { precision: precision_of(recorded)?.into(), ..*run },
        _ => *run,
    };
    load(store, model, &run, kind, options)
}

/// What a collection knows of a model that does not answer, be it embedded whole or in part.
fn other_recorded(collection: &Collection, asked: &str, model: &ModelFolder) -> anyhow::Result<Option<ModelRecord>> {
    let manifest = collection.manifest();
    let pending = Pending::read(collection.root())?.map(|pending| pending.model);
    let others = manifest.models.iter().cloned().chain(pending);
    let folder = model.path.display().to_string();
    let is_it = |record: &ModelRecord| {
        record.fingerprint != manifest.active && (record.reference == asked || record.reference == folder)
    };
    Ok(others.into_iter().find(is_it))
}

/// The name under which a collection remembers its model: the store's name, or the folder in full.
pub(crate) fn model_reference(asked: &str, encoder: &SentenceTransformer) -> String {
    if std::path::Path::new(asked).is_dir() {
        return encoder.folder().display().to_string();
    }
    asked.to_owned()
}

/// Finds the model of a collection.
fn find_recorded(store: &ModelStore, collection: &Collection) -> anyhow::Result<ModelFolder> {
    let recorded = collection.model();
    find_model(store, &recorded.reference)
        .with_context(|| format!("the index {} needs model `{}`", collection.root().display(), recorded.name()))
}

fn find_model(store: &ModelStore, name: &str) -> anyhow::Result<ModelFolder> {
    Ok(store.resolve(name, &output::Notes)?)
}

/// Loads a model as `chosen` says, where and how `run` says.
fn load(
    store: &ModelStore,
    model: &ModelFolder,
    run: &RunArgs,
    kind: TextKind,
    chosen: EncoderOptions,
) -> anyhow::Result<SentenceTransformer> {
    let (device, precision) = (run.device.into(), run.precision.choice(kind));
    let options = chosen.with_device(device).with_precision(precision).with_weights_cache(store.weights_cache());
    let encoder = SentenceTransformer::load(model, &options)?;
    if let Some(reason) = encoder.fallback() {
        output::say(reason);
    }
    if let CacheUse::NotWritten { path, problem } = encoder.cache_use() {
        let path = path.display();
        output::say(format!("note: {path} cannot be written ({problem}); every start will load the model anew"));
    }
    Ok(encoder)
}
