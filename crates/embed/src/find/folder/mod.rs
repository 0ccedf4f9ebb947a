//! Reads a sentence-transformers folder: its modules, pooling mode, longest input and prompts.
//!
//! Such a folder describes the model in a few small JSON files, which are all read. A module or pooling mode that this
//! crate does not run is an error: a guess would give vectors that look right and rank badly.
//!
//! | file | contents |
//! | --- | --- |
//! | `modules.json` | the chain: Transformer, Pooling, and perhaps Dense layers and Normalize |
//! | `1_Pooling/config.json` | the pooling mode (the folder's name comes from `modules.json`) |
//! | `2_Dense/config.json` | sizes and activation of a dense layer |
//! | `sentence_bert_config.json` | the longest input |
//! | `tokenizer_config.json` | the longest input if that file has none; else it is the position table's length |
//! | `config_sentence_transformers.json` | prompts, put before queries and passages; may be missing |
//!
//! A static model has other files: see [`static_embedding`].

mod chain;
mod files;
mod inputs;
mod network_config;
mod static_embedding;

use std::path::Path;

use chain::{Chain, read_dense, read_pooling};
pub use files::FolderError;
use files::{LIMITS, MODULES, PROMPTS, describe, find_pickle, read_json, unsupported};
use inputs::{Prompts, read_longest};
use network_config::NetworkConfig;

use crate::describe::{CONFIG, Manifest, Precision, Source, TOKENIZER, WEIGHTS};

/// Builds the manifest of the model in `folder`, its files' sizes and SHA-256 included.
///
/// # Errors
/// [`FolderError`] names the file, the expected and the found value.
pub fn read_folder(folder: &Path, name: &str) -> Result<Manifest, FolderError> {
    if !folder.join(WEIGHTS).exists()
        && let Some(path) = find_pickle(folder)
    {
        return Err(FolderError::Pickle { path });
    }
    if let Some(manifest) = static_embedding::read(folder, name)? {
        return Ok(manifest);
    }
    let chain = Chain::read(folder)?;
    let network: NetworkConfig = read_json(folder, CONFIG, "a folder saved by sentence-transformers has it")?;
    let family = network.family(folder)?;
    let pooling = read_pooling(folder, &chain.pooling_folder)?;
    let max_positions = network.positions(family, folder)?;
    let longest = read_longest(folder, max_positions)?;
    let prompts = Prompts::read(folder)?;

    let mut files = Vec::new();
    let pooling_config = format!("{}/config.json", chain.pooling_folder);
    for (path, needed) in [
        (CONFIG, true),
        (TOKENIZER, true),
        (WEIGHTS, true),
        (MODULES, true),
        (pooling_config.as_str(), true),
        (LIMITS, false),
        (PROMPTS, false),
    ]
    .into_iter()
    .chain(longest.file.map(|file| (file, true)))
    {
        if needed || folder.join(path).exists() {
            files.push(describe(folder, path)?);
        }
    }
    let mut dense = Vec::new();
    let mut dimension = network.dimension(folder)?;
    for own in &chain.dense_folders {
        let (layer, own_files) = read_dense(folder, own)?;
        if layer.inputs != dimension || layer.outputs == 0 {
            let expected = format!("layers from {dimension} numbers, which is what comes before, to 1 or more");
            let found = format!("{} to {}", layer.inputs, layer.outputs);
            return Err(unsupported(folder, &own_files[0].path, "a dense layer", found, expected));
        }
        dimension = layer.outputs;
        dense.push(layer);
        files.extend(own_files);
    }
    Ok(Manifest {
        name: name.to_owned(),
        family,
        dimension,
        max_seq_length: longest.tokens,
        max_positions,
        pooling,
        normalise: chain.normalise,
        query_precision: Precision::F32,
        passage_precision: Precision::F32,
        query_prompt: prompts.query_prompt(),
        passage_prompt: prompts.passage_prompt(),
        licence: None,
        source: Source::default(),
        dense,
        files,
    })
}
