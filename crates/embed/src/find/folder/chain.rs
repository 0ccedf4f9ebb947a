//! `modules.json` and the files of the modules it names: pooling, dense layers, normalisation.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::files::{FolderError, MODULES, describe, find_pickle, read_json, read_optional_json, unsupported};
use crate::describe::{DenseActivation, DenseLayer, ModelFile, Pooling, WEIGHTS, stays_inside};

/// The chain of modules in `modules.json`.
pub(super) struct Chain {
    /// Folder of the pooling module, inside the model's.
    pub(super) pooling_folder: String,
    /// Folders of the dense modules, in the order they are applied.
    pub(super) dense_folders: Vec<String>,
    /// Whether vectors are normalised to length 1.
    pub(super) normalise: bool,
}

#[derive(Deserialize)]
struct Module {
    path: String,
    #[serde(rename = "type")]
    class: String,
}

impl Module {
    /// The last part of the class name, which all releases of the library share.
    fn class_name(&self) -> String {
        self.class.rsplit('.').next().unwrap_or_default().to_owned()
    }
}

/// The class names of the modules in `modules.json`; `None` if the folder does not have that file.
pub(super) fn class_names(folder: &Path) -> Result<Option<Vec<String>>, FolderError> {
    let modules: Option<Vec<Module>> = read_optional_json(folder, MODULES)?;
    Ok(modules.map(|modules| modules.iter().map(Module::class_name).collect()))
}

impl Chain {
    pub(super) fn read(folder: &Path) -> Result<Self, FolderError> {
        let modules: Vec<Module> = read_json(folder, MODULES, "without it the pooling would be a guess")?;
        let names: Vec<String> = modules.iter().map(Module::class_name).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let (dense, normalise) = match known.as_slice() {
            ["Transformer", "Pooling", dense @ .., "Normalize"] => (dense, true),
            ["Transformer", "Pooling", dense @ ..] => (dense, false),
            _ => (&["missing"][..], false),
        };
        if dense.iter().any(|&name| name != "Dense") {
            let expected = "Transformer, Pooling and, if wanted, Dense and Normalize";
            return Err(unsupported(folder, MODULES, "the chain of modules", names.join(", "), expected));
        }
        let transformer = &modules[0].path;
        if !transformer.is_empty() {
            let expected = "weights beside modules.json (path \"\")";
            let what = "the folder of the Transformer module";
            return Err(unsupported(folder, MODULES, what, format!("{transformer:?}"), expected));
        }
        let inside = |module: &Module, what| match stays_inside(&module.path) {
            true => Ok(module.path.clone()),
            false => {
                let found = format!("{:?}", module.path);
                Err(unsupported(folder, MODULES, what, found, "a folder inside the model's"))
            }
        };
        let pooling_folder = inside(&modules[1], "the folder of the Pooling module")?;
        let dense_folders = modules[2..2 + dense.len()]
            .iter()
            .map(|module| inside(module, "the folder of the Dense module"))
            .collect::<Result<_, _>>()?;
        Ok(Chain { pooling_folder, dense_folders, normalise })
    }
}

/// The pooling mode. There must be exactly one: the vectors of several modes would be concatenated.
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
    let mode = match (on.as_slice(), word) {
        ([flag], None) => MODES.iter().find(|(_, known, _)| known == flag),
        ([], Some(Value::String(name))) => MODES.iter().find(|(.., known)| known == name),
        _ => None,
    };
    if let Some((pooling, ..)) = mode {
        return Ok(*pooling);
    }
    let mut found: Vec<String> = on.into_iter().map(str::to_owned).collect();
    found.extend(word.map(|mode| format!("pooling_mode {mode}")));
    let found = if found.is_empty() { "missing".to_owned() } else { found.join(" and ") };
    let known: Vec<&str> = MODES.iter().map(|(.., word)| *word).collect();
    Err(unsupported(folder, &file, "the pooling mode", found, format!("exactly one of {}", known.join(", "))))
}

/// Each mode as a flag of older releases and as the word of newer ones.
const MODES: [(Pooling, &str, &str); 6] = [
    (Pooling::Mean, "pooling_mode_mean_tokens", "mean"),
    (Pooling::Cls, "pooling_mode_cls_token", "cls"),
    (Pooling::Max, "pooling_mode_max_tokens", "max"),
    (Pooling::LastToken, "pooling_mode_lasttoken", "lasttoken"),
    (Pooling::WeightedMean, "pooling_mode_weightedmean_tokens", "weightedmean"),
    (Pooling::MeanSqrtLen, "pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"),
];

/// `config.json` of a dense module. Other names of its input and output occur only with modules that are not run here.
#[derive(Deserialize)]
struct DenseConfig {
    in_features: usize,
    out_features: usize,
    #[serde(default = "yes")]
    bias: bool,
    activation_function: String,
    #[serde(default)]
    use_residual: bool,
    #[serde(default = "sentence_embedding")]
    module_input_name: String,
    module_output_name: Option<String>,
}

fn yes() -> bool {
    true
}

/// The name under which modules pass the text's vector to the next.
fn sentence_embedding() -> String {
    "sentence_embedding".to_owned()
}

/// One dense module and its files.
pub(super) fn read_dense(folder: &Path, own: &str) -> Result<(DenseLayer, [ModelFile; 2]), FolderError> {
    let file = format!("{own}/config.json");
    let config: DenseConfig = read_json(folder, &file, "modules.json names it for a dense layer")?;
    let refuse = |what, found: String, expected: String| Err(unsupported(folder, &file, what, found, expected));
    if config.use_residual {
        return refuse("use_residual", "true".to_owned(), "dense layers without a residual".to_owned());
    }
    let output = config.module_output_name.unwrap_or_else(sentence_embedding);
    for (what, name) in [("module_input_name", config.module_input_name), ("module_output_name", output)] {
        if name != sentence_embedding() {
            return refuse(what, format!("{name:?}"), format!("{:?}", sentence_embedding()));
        }
    }
    let class = config.activation_function.rsplit('.').next().unwrap_or_default();
    let Some(activation) = DenseActivation::of_class(class) else {
        let known = DenseActivation::classes();
        return refuse("activation_function", format!("{:?}", config.activation_function), known);
    };
    let weights = format!("{own}/{WEIGHTS}");
    if !folder.join(&weights).exists()
        && let Some(path) = find_pickle(&folder.join(own))
    {
        return Err(FolderError::Pickle { path });
    }
    let files = [describe(folder, &file)?, describe(folder, &weights)?];
    let (inputs, outputs, bias) = (config.in_features, config.out_features, config.bias);
    Ok((DenseLayer { weights, inputs, outputs, bias, activation }, files))
}
