//! `modules.json` and the pooling module's own file: what happens to token vectors.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::{FolderError, MODULES, read_json, read_optional_json, unsupported};
use crate::manifest::stays_inside;
use crate::pooling::Pooling;

/// What `modules.json` chains together.
pub(super) struct Chain {
    /// Folder of the pooling module, inside the model's.
    pub(super) pooling_folder: String,
    /// Whether vectors are brought to length one.
    pub(super) normalise: bool,
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    class: String,
}

impl Module {
    /// Class names moved between releases of the library; their last part did not.
    fn class_name(&self) -> String {
        self.class.rsplit('.').next().unwrap_or_default().to_owned()
    }
}

/// The classes that `modules.json` chains together, if there is such a file.
pub(super) fn class_names(folder: &Path) -> Result<Option<Vec<String>>, FolderError> {
    let modules: Option<Vec<Module>> = read_optional_json(folder, MODULES)?;
    Ok(modules.map(|modules| modules.iter().map(Module::class_name).collect()))
}

impl Chain {
    pub(super) fn read(folder: &Path) -> Result<Self, FolderError> {
        let hint = "without it the pooling would be a guess; save the model with sentence-transformers";
        let modules: Vec<Module> = read_json(folder, MODULES, hint)?;
        let names: Vec<String> = modules.iter().map(Module::class_name).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let normalise = match known.as_slice() {
            ["Transformer", "Pooling"] => false,
            ["Transformer", "Pooling", "Normalize"] => true,
            _ => {
                let expected = "Transformer, Pooling and, if wanted, Normalize";
                return Err(unsupported(folder, MODULES, "the chain of modules", names.join(", "), expected));
            }
        };
        let (transformer, pooling) = (&modules[0].path, &modules[1].path);
        if !transformer.is_empty() {
            let expected = "weights beside modules.json (path \"\")";
            let what = "the folder of the Transformer module";
            return Err(unsupported(folder, MODULES, what, format!("{transformer:?}"), expected));
        }
        if !stays_inside(pooling) {
            let what = "the folder of the Pooling module";
            return Err(unsupported(folder, MODULES, what, format!("{pooling:?}"), "a folder inside the model's"));
        }
        Ok(Chain { pooling_folder: pooling.clone(), normalise })
    }
}

/// The pooling mode, of which there must be exactly one that we run.
pub(super) fn read_pooling(folder: &Path, pooling_folder: &str) -> Result<Pooling, FolderError> {
    let file = format!("{pooling_folder}/config.json");
    let fields: serde_json::Map<String, Value> = read_json(folder, &file, "modules.json names it for pooling")?;
    if fields.get("include_prompt") == Some(&Value::Bool(false)) {
        return Err(unsupported(folder, &file, "include_prompt", "false".to_owned(), "prompts pooled with the text"));
    }
    let on: Vec<&str> = fields
        .iter()
        .filter(|(key, value)| key.starts_with("pooling_mode_") && **value == Value::Bool(true))
        .map(|(key, _)| key.as_str())
        .collect();
    // Newer releases write the mode as one word.
    let word = fields.get("pooling_mode");
    match (on.as_slice(), word.map(Value::as_str)) {
        (["pooling_mode_mean_tokens"], None) | ([], Some(Some("mean"))) => Ok(Pooling::Mean),
        (["pooling_mode_cls_token"], None) | ([], Some(Some("cls"))) => Ok(Pooling::Cls),
        _ => {
            let mut found: Vec<String> = on.into_iter().map(str::to_owned).collect();
            found.extend(word.map(|mode| format!("pooling_mode {mode}")));
            let found = if found.is_empty() { "missing".to_owned() } else { found.join(" and ") };
            Err(unsupported(folder, &file, "the pooling mode", found, "exactly one of mean and cls"))
        }
    }
}
