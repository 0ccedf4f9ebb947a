//! The files about texts before the network: the longest input and the prompts.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::files::{FolderError, LIMITS, PROMPTS, TOKENIZER_LIMITS, read_optional_json, unsupported};
use crate::describe::{CONFIG, MIN_TOKENS};

#[derive(Default, Deserialize)]
struct Limits {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

/// The part of `tokenizer_config.json` that limits the input. A number of thirty digits stands for no limit.
#[derive(Default, Deserialize)]
struct TokeniserLimits {
    model_max_length: Option<f64>,
}

/// The longest input, and the file that states it.
pub(super) struct Longest {
    pub(super) tokens: usize,
    /// The file, if it is optional; it then becomes part of the manifest.
    pub(super) file: Option<&'static str>,
}

/// The longest input: the folder's limit, at most the number of positions.
///
/// The folder's limit is `max_seq_length`. Newer releases of the library leave it out and write `model_max_length` of
/// the tokeniser instead.
pub(super) fn read_longest(folder: &Path, positions: usize) -> Result<Longest, FolderError> {
    let limits: Limits = read_optional_json(folder, LIMITS)?.unwrap_or_default();
    if limits.do_lower_case {
        let expected = "texts in their own case (a tokenizer.json may still lower it)";
        return Err(unsupported(folder, LIMITS, "do_lower_case", "true".to_owned(), expected));
    }
    let of_tokeniser = match limits.max_seq_length {
        Some(_) => None,
        None => {
            let found: TokeniserLimits = read_optional_json(folder, TOKENIZER_LIMITS)?.unwrap_or_default();
            // The conversion of a larger float gives the largest whole number, which exceeds every position table.
            found.model_max_length.map(|limit| limit as usize)
        }
    };
    for (file, key, limit) in [
        (LIMITS, "max_seq_length", limits.max_seq_length),
        (TOKENIZER_LIMITS, "model_max_length", of_tokeniser),
        (CONFIG, "max_position_embeddings", Some(positions)),
    ] {
        if let Some(limit) = limit.filter(|&limit| limit < MIN_TOKENS) {
            return Err(unsupported(folder, file, key, limit.to_string(), "inputs of 3 tokens or more"));
        }
    }
    let tokens = limits.max_seq_length.or(of_tokeniser).unwrap_or(positions).min(positions);
    Ok(Longest { tokens, file: of_tokeniser.map(|_| TOKENIZER_LIMITS) })
}

/// Prompts by name.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Prompts {
    prompts: BTreeMap<String, String>,
    default_prompt_name: Option<String>,
}

impl Prompts {
    pub(super) fn read(folder: &Path) -> Result<Self, FolderError> {
        let prompts: Prompts = read_optional_json(folder, PROMPTS)?.unwrap_or_default();
        match &prompts.default_prompt_name {
            Some(name) if !prompts.prompts.contains_key(name) => {
                let expected = "a default that is one of the prompts";
                Err(unsupported(folder, PROMPTS, "default_prompt_name", format!("{name:?}"), expected))
            }
            _ => Ok(prompts),
        }
    }

    /// The prompt of a query.
    pub(super) fn query_prompt(&self) -> String {
        self.named(&["query"])
    }

    /// The prompt of a passage.
    pub(super) fn passage_prompt(&self) -> String {
        self.named(&["document", "passage", "corpus"])
    }

    /// The first prompt with one of these names, else the default prompt, else an empty one, as in the library.
    fn named(&self, names: &[&str]) -> String {
        let default = self.default_prompt_name.as_deref();
        names.iter().copied().chain(default).find_map(|name| self.prompts.get(name)).cloned().unwrap_or_default()
    }
}
