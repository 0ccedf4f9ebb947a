//! Reads the folder of a static model: as Model2Vec saves it, or with the StaticEmbedding module of sentence-transformers.
//!
//! Both keep `model.safetensors` and `tokenizer.json` side by side. Model2Vec describes the rest in `config.json`,
//! sentence-transformers in `modules.json`; a folder may have both. Unknown tokens are left out of the mean as in
//! Model2Vec; sentence-transformers would include them.

use std::path::Path;

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use super::chain::class_names;
use super::files::{FolderError, MODULES, PROMPTS, describe, read_optional_json, unsupported};
use super::inputs::Prompts;
use crate::describe::{
    CONFIG, Family, MIN_TOKENS, Manifest, Pooling, Precision, STATIC_POSITIONS, Source, TOKENIZER, WEIGHTS, find_rows,
};

/// The longest input of a folder that does not state one, as in Model2Vec.
const MAX_TOKENS: usize = 512;

#[derive(Deserialize)]
struct Config {
    model_type: Option<String>,
    #[serde(default)]
    normalize: bool,
    /// `null` stands for no limit.
    #[serde(default = "usual_limit")]
    max_length: Option<usize>,
    hidden_dim: Option<usize>,
}

fn usual_limit() -> Option<usize> {
    Some(MAX_TOKENS)
}

/// The manifest of the static model in `folder`; `None` if the folder holds something else.
///
/// # Errors
/// As [`super::read_folder`].
pub(super) fn read(folder: &Path, name: &str) -> Result<Option<Manifest>, FolderError> {
    let modules = class_names(folder)?;
    let modules: Option<Vec<&str>> = modules.as_ref().map(|names| names.iter().map(String::as_str).collect());
    let config: Option<Config> = match modules.as_deref() {
        // This is a transformer, whose configuration is read elsewhere.
        Some([first, ..]) if *first != "StaticEmbedding" => None,
        _ => read_optional_json(folder, CONFIG)?,
    };
    let config = config.filter(|config| config.model_type.as_deref() == Some("model2vec"));
    let normalised = match modules.as_deref() {
        Some(["StaticEmbedding"]) => false,
        Some(["StaticEmbedding", "Normalize"]) => true,
        Some(["StaticEmbedding", ..]) => {
            let found = modules.unwrap_or_default().join(", ");
            return Err(unsupported(
                folder,
                MODULES,
                "the chain of modules",
                found,
                "StaticEmbedding and, if wanted, Normalize",
            ));
        }
        _ if config.is_some() => false,
        _ => return Ok(None),
    };
    let config = config.unwrap_or(Config {
        model_type: None,
        normalize: normalised,
        max_length: usual_limit(),
        hidden_dim: None,
    });
    if let Some(limit) = config.max_length.filter(|&limit| limit < MIN_TOKENS) {
        return Err(unsupported(folder, CONFIG, "max_length", limit.to_string(), "inputs of 3 tokens or more"));
    }
    let dimension = read_dimension(folder, config.hidden_dim)?;
    let prompts = Prompts::read(folder)?;
    let mut files = Vec::new();
    for (path, needed) in [(TOKENIZER, true), (WEIGHTS, true), (CONFIG, false), (MODULES, false), (PROMPTS, false)] {
        if needed || folder.join(path).exists() {
            files.push(describe(folder, path)?);
        }
    }
    Ok(Some(Manifest {
        name: name.to_owned(),
        family: Family::Static,
        dimension,
        max_seq_length: config.max_length.unwrap_or(STATIC_POSITIONS).min(STATIC_POSITIONS),
        max_positions: STATIC_POSITIONS,
        pooling: Pooling::Mean,
        normalise: config.normalize || normalised,
        query_precision: Precision::F32,
        passage_precision: Precision::F32,
        query_prompt: prompts.query_prompt(),
        passage_prompt: prompts.passage_prompt(),
        licence: None,
        source: Source::default(),
        dense: Vec::new(),
        files,
    }))
}

/// Numbers in a vector: from the table's shape, or from the configuration if rows are packed.
fn read_dimension(folder: &Path, configured: Option<usize>) -> Result<usize, FolderError> {
    let path = folder.join(WEIGHTS);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => {
            let reason = "a static model keeps it beside the other files".to_owned();
            return Err(FolderError::MissingFile { folder: folder.to_owned(), file: WEIGHTS.to_owned(), reason });
        }
        Err(source) => return Err(FolderError::Io { path, source }),
    };
    let tensors = SafeTensors::deserialize(&bytes)
        .map_err(|error| FolderError::Syntax { path: path.clone(), problem: error.to_string() })?;
    let (_, rows) = find_rows(&tensors).map_err(|problem| FolderError::Syntax { path, problem })?;
    let width = rows.shape().last().copied().unwrap_or_default();
    match configured {
        Some(dimension) if rows.dtype() == Dtype::U8 => Ok(dimension),
        _ => Ok(width),
    }
}
