//! A model as its callers see it.

use serde::{Serialize, Serializer};

use super::fingerprint::Fingerprint;
use super::manifest::Manifest;
use super::precision::Precision;
use super::text_kind::TextKind;
use super::windows::Windows;

/// The longest input of an encoder that does not set one.
const USUAL_LENGTH: usize = 8192;

/// A model as its callers see it: name, size of its vectors, prompts, longest input, and the identity of its vectors.
///
/// A custom encoder only needs [`ModelInfo::new`]. [`SentenceTransformer`](crate::SentenceTransformer) fills in the rest
/// from its [`Manifest`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The name of the model.
    pub name: String,
    /// Numbers in one vector.
    pub dimension: usize,
    /// Longest input in tokens, special tokens included.
    pub max_seq_length: usize,
    /// Text put before a query.
    pub query_prompt: String,
    /// Text put before a passage.
    pub passage_prompt: String,
    /// Whether vectors have length 1.
    pub normalised: bool,
    /// The precision in which the vectors are computed.
    pub precision: Precision,
    /// How a text longer than `max_seq_length` is encoded.
    pub windows: Windows,
    /// The identity of the vectors.
    pub fingerprint: Fingerprint,
    /// The manifest of a model that is made of files; `None` for a custom encoder.
    pub manifest: Option<Manifest>,
}

impl ModelInfo {
    /// Describes a custom encoder, which makes vectors of `dimension` numbers.
    ///
    /// Vectors have length 1, there are no prompts, inputs are limited to 8192 tokens, and the fingerprint is
    /// [`Fingerprint::custom`] of the name and the dimension: an encoder that makes other vectors needs another name.
    #[must_use]
    pub fn new(name: &str, dimension: usize) -> Self {
        ModelInfo {
            name: name.to_owned(),
            dimension,
            max_seq_length: USUAL_LENGTH,
            query_prompt: String::new(),
            passage_prompt: String::new(),
            normalised: true,
            precision: Precision::F32,
            windows: Windows::First,
            fingerprint: Fingerprint::custom(name, dimension),
            manifest: None,
        }
    }

    /// Describes the model of `manifest` with inputs of at most `max_seq_length` tokens, whole vectors, in f32.
    #[must_use]
    pub fn of(manifest: &Manifest, max_seq_length: usize) -> Self {
        ModelInfo {
            max_seq_length,
            query_prompt: manifest.query_prompt.clone(),
            passage_prompt: manifest.passage_prompt.clone(),
            normalised: manifest.normalise,
            fingerprint: Fingerprint::of(manifest, max_seq_length),
            manifest: Some(manifest.clone()),
            ..ModelInfo::new(&manifest.name, manifest.dimension)
        }
    }

    /// Limits inputs to `max_seq_length` tokens, special tokens included.
    #[must_use]
    pub fn with_max_seq_length(mut self, max_seq_length: usize) -> Self {
        self.max_seq_length = max_seq_length;
        self
    }

    /// Puts a text before every query and one before every passage.
    #[must_use]
    pub fn with_prompts(mut self, query: &str, passage: &str) -> Self {
        self.query_prompt = query.to_owned();
        self.passage_prompt = passage.to_owned();
        self
    }

    /// Says whether vectors have length 1.
    #[must_use]
    pub fn with_normalised(mut self, normalised: bool) -> Self {
        self.normalised = normalised;
        self
    }

    /// Replaces the identity of the vectors.
    #[must_use]
    pub fn with_fingerprint(mut self, fingerprint: Fingerprint) -> Self {
        self.fingerprint = fingerprint;
        self
    }

    /// The prompt of this kind of text.
    #[must_use]
    pub fn prompt(&self, kind: TextKind) -> &str {
        match kind {
            TextKind::Query => &self.query_prompt,
            TextKind::Passage => &self.passage_prompt,
        }
    }

    /// Numbers in a vector before it is truncated.
    #[must_use]
    pub fn full_dimension(&self) -> usize {
        self.manifest.as_ref().map_or(self.dimension, |manifest| manifest.dimension)
    }
}

/// The form in which an index keeps a model: its manifest, or, for a custom encoder, an object with the same
/// `name`, `dimension`, `max_tokens`, `normalise`, `query_prefix` and `passage_prefix`.
impl Serialize for ModelInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Own<'a> {
            name: &'a str,
            dimension: usize,
            max_tokens: usize,
            normalise: bool,
            query_prefix: &'a str,
            passage_prefix: &'a str,
        }
        match &self.manifest {
            Some(manifest) => manifest.serialize(serializer),
            None => Own {
                name: &self.name,
                dimension: self.dimension,
                max_tokens: self.max_seq_length,
                normalise: self.normalised,
                query_prefix: &self.query_prompt,
                passage_prefix: &self.passage_prompt,
            }
            .serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::bundled;

    #[test]
    fn a_model_of_files_is_kept_as_its_manifest_and_another_as_what_is_known_of_it() {
        let json = |info: &ModelInfo| serde_json::to_string(info).unwrap();
        let manifest = bundled().remove(0);
        assert_eq!(json(&ModelInfo::of(&manifest, 64)), serde_json::to_string(&manifest).unwrap());
        let own = ModelInfo::new("letters", 26).with_max_seq_length(100).with_prompts("q: ", "p: ");
        let expected = r#"{"name":"letters","dimension":26,"max_tokens":100,"normalise":true,"query_prefix":"q: ","passage_prefix":"p: "}"#;
        assert_eq!(json(&own), expected);
    }

    #[test]
    fn encoders_of_another_name_or_dimension_are_told_apart() {
        let fingerprint = |name, dimension| ModelInfo::new(name, dimension).fingerprint;
        assert_eq!(fingerprint("letters", 26), fingerprint("letters", 26));
        assert_ne!(fingerprint("letters", 26), fingerprint("letters", 27));
        assert_ne!(fingerprint("letters", 26), fingerprint("words", 26));
        assert_eq!(fingerprint("letters", 26).space().len(), 64);
    }
}
