//! `model list` and `model show`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::Precision;

schema_name!(ModelsSchema, "semsearch.models/1");
schema_name!(ModelSchema, "semsearch.model/1");
schema_name!(ModelChangedSchema, "semsearch.model-changed/1");

/// The models that can be used: `model list --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Models {
    /// Name and version of this document.
    pub schema: ModelsSchema,
    /// The folder that models are fetched and copied into.
    pub folder: String,
    /// The models.
    pub models: Vec<ListedModel>,
}

/// What a command did to the models on this machine: `model pull`, `add`, `distill` and `remove` with `--json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ModelChanged {
    /// Name and version of this document.
    pub schema: ModelChangedSchema,
    /// What was done.
    pub done: ModelDone,
    /// The model. Of a removed one, `path` is where it was.
    #[serde(flatten)]
    pub model: ListedModel,
    /// How much of the variance of the transformer's vectors a distilled model keeps, 0 to 1. Absent for other commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explained: Option<f64>,
    /// From start to end.
    pub seconds: f64,
}

/// What was done to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModelDone {
    /// It was fetched, or was there, and every file is verified.
    Pulled,
    /// It was copied from a folder.
    Added,
    /// It was made from a transformer.
    Distilled,
    /// It was removed.
    Removed,
}

/// One model: `model show --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Model {
    /// Name and version of this document.
    pub schema: ModelSchema,
    /// The model.
    #[serde(flatten)]
    pub model: ListedModel,
}

/// A model and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ListedModel {
    /// Its folder. `null` if it has to be fetched first.
    pub path: Option<String>,
    /// Whether it is the model of a new index if no other is named.
    #[serde(default)]
    pub is_default: bool,
    /// Whether it is part of the program.
    #[serde(default)]
    pub is_built_in: bool,
    /// Whether `model pull` fetches it.
    #[serde(default)]
    pub can_be_pulled: bool,
    /// What is known of it.
    #[serde(flatten)]
    pub manifest: ModelManifest,
}

/// Everything needed to get the same vectors again, as in `semsearch-model.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ModelManifest {
    /// Its name.
    pub name: String,
    /// Its architecture: `bert`, `static` and so on.
    pub family: String,
    /// Numbers in a vector.
    pub dimension: u64,
    /// Its longest input in tokens. Longer texts are truncated.
    pub max_tokens: u64,
    /// The longest input that may be asked for, in tokens.
    pub max_positions: u64,
    /// How token vectors become one vector: `mean`, `cls` and so on.
    pub pooling: String,
    /// Whether vectors are scaled to length 1.
    pub normalise: bool,
    /// What questions are encoded in. Absent for `f32`.
    #[serde(default, skip_serializing_if = "is_f32")]
    pub question_precision: Precision,
    /// What papers are encoded in. Absent for `f32`.
    #[serde(default, skip_serializing_if = "is_f32")]
    pub paper_precision: Precision,
    /// The prompt put before every question.
    pub query_prefix: String,
    /// The prompt put before every passage.
    pub passage_prefix: String,
    /// SPDX expression of the licence of the weights, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Where it can be fetched. Absent for a model that was copied from a folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<ModelSource>,
    /// Dense layers after pooling, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dense: Vec<DenseLayer>,
    /// Its files.
    pub file: Vec<ModelFile>,
}

fn is_f32(precision: &Precision) -> bool {
    *precision == Precision::F32
}

/// Places a model can be fetched from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ModelSource {
    /// Repository on the Hugging Face hub, `owner/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hugging_face: Option<String>,
    /// Commit of that repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The model that a static model was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distilled_from: Option<String>,
    /// A Python package that carries the same files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pypi: Option<PypiSource>,
}

/// A Python wheel that holds the files of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PypiSource {
    /// Name of the package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// File name of the wheel.
    pub wheel: String,
    /// Size of the wheel in bytes.
    pub bytes: u64,
    /// SHA-256 of the wheel, in hexadecimal digits.
    pub sha256: String,
    /// Folder inside the wheel that holds the model.
    pub folder: String,
}

/// A dense layer after pooling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DenseLayer {
    /// The file of its weights.
    pub weights: String,
    /// Numbers in a vector before it.
    pub inputs: u64,
    /// Numbers in a vector after it.
    pub outputs: u64,
    /// Whether a bias is added.
    pub bias: bool,
    /// Its activation: `identity`, `tanh` and so on.
    pub activation: String,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ModelFile {
    /// Path below the folder of the model, with `/` between parts.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256, in hexadecimal digits.
    pub sha256: String,
}
