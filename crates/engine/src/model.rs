//! The model of a collection: what a record of a model says to those who run models, and which encoders match it.

use std::fmt;
use std::path::{Path, PathBuf};

use semsearch_embed::{Encoder, EncoderOptions, Fingerprint, Manifest, Precision, SentenceTransformer, Windows};
use semsearch_store::{Collection, ModelDescription, ModelRecord};
use semsearch_task::ErrorKind;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{Deserialize, IntoDeserializer};

use crate::settings::{ModelSettings, Setting, in_words, is_made_of, shortened};

/// A collection and an encoder whose vectors cannot be compared.
#[derive(Debug, thiserror::Error)]
#[error(
    "the index {} holds vectors of model {index}, those of {query} cannot be compared with them{}",
    path.display(), difference(self)
)]
#[non_exhaustive]
pub struct ModelMismatch {
    /// The collection's folder.
    pub path: PathBuf,
    /// The model that made the collection's vectors.
    pub index: ModelIdentity,
    /// The model whose vectors were to be compared with them.
    pub query: ModelIdentity,
    /// Whether the two are one model, used in two ways.
    pub is_same_model: bool,
}

impl ModelMismatch {
    /// Always [`ErrorKind::Model`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Model
    }

    /// Whether the two differ in nothing but the precision of their vectors.
    #[must_use]
    pub fn is_only_precision(&self) -> bool {
        Fingerprint::space_of(&self.index.fingerprint) == Fingerprint::space_of(&self.query.fingerprint)
    }

    /// The settings of the collection's model, and those of the other one, in which the two differ. The precision counts
    /// only if nothing else differs, since vectors of two precisions can be compared.
    #[must_use]
    pub fn differences(&self) -> (Vec<Setting>, Vec<Setting>) {
        let (ours, theirs) = (&self.index.settings, &self.query.settings);
        let counts = |setting: &Setting| self.is_only_precision() || !matches!(setting, Setting::Precision(_));
        let of = |one: &ModelSettings, other| one.apart_from([other]).into_iter().filter(counts).collect();
        (of(ours, theirs), of(theirs, ours))
    }
}

/// Says in which settings one model is used in two ways.
fn difference(mismatch: &ModelMismatch) -> String {
    let (ours, theirs) = mismatch.differences();
    match mismatch.is_same_model && !ours.is_empty() {
        true => format!(": the index has {}; here it is {}", in_words(&ours), in_words(&theirs)),
        false => String::new(),
    }
}

/// A model and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelIdentity {
    /// The model's name, which another model may have too.
    pub name: String,
    /// How it is found: a name for the model store, or an absolute folder. The name if that is all that is known.
    pub reference: String,
    /// How it is used.
    pub settings: ModelSettings,
    /// The fingerprint, which no other model has.
    pub fingerprint: String,
}

impl fmt::Display for ModelIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ModelSettings { max_tokens, precision, .. } = &self.settings;
        let short = shortened(&self.fingerprint);
        write!(f, "`{}` ({max_tokens} tokens, {precision}, fingerprint {short})", self.name)
    }
}

/// An entry of a model's record that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("the {what} recorded for the model `{model}` cannot be used: {problem}")]
pub struct UnknownRecord {
    /// The name of the model.
    pub model: String,
    /// The entry of the record.
    pub what: &'static str,
    /// What is wrong with the entry.
    pub problem: String,
}

impl UnknownRecord {
    /// Always [`ErrorKind::Damaged`]: the record has a form that this version does not read.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Damaged
    }
}

/// The record of an encoder that can be found again by `reference`: a name for the model store, or an absolute folder.
///
/// # Panics
/// Never: every model has a form in JSON, with a name and a dimension.
#[must_use]
pub fn record_of(encoder: &dyn Encoder, reference: &str) -> ModelRecord {
    let model = encoder.model();
    let description = ModelDescription::of(model).expect("a model has a name and a dimension");
    let fingerprint = model.fingerprint.to_string();
    let mut record = ModelRecord::new(reference.to_owned(), fingerprint, model.max_seq_length, description);
    record.dimension = Some(model.dimension).filter(|&kept| kept != model.full_dimension());
    record.precision = model.precision.as_str().to_owned();
    record.windows = model.windows.as_str().to_owned();
    record
}

/// The manifest of a recorded model.
///
/// # Errors
/// [`UnknownRecord`] if this version does not know what the manifest says.
pub fn manifest_of(record: &ModelRecord) -> Result<Manifest, UnknownRecord> {
    record.manifest.parse().map_err(|error| unknown(record, "manifest", &error.to_string()))
}

/// The precision in which the vectors of a recorded model were computed.
///
/// # Errors
/// [`UnknownRecord`] if this version does not know the precision.
pub fn precision_of(record: &ModelRecord) -> Result<Precision, UnknownRecord> {
    named(&record.precision).map_err(|error| unknown(record, "precision", &error.to_string()))
}

/// What became of texts longer than a recorded model reads.
///
/// # Errors
/// [`UnknownRecord`] if this version does not know the rule.
pub fn windows_of(record: &ModelRecord) -> Result<Windows, UnknownRecord> {
    named(&record.windows).map_err(|error| unknown(record, "windows", &error.to_string()))
}

/// The options with which an encoder makes vectors like those of a recorded model: limit, dimension, prompts and
/// windows. Device and precision are the defaults.
///
/// # Errors
/// [`UnknownRecord`] if this version does not know what the record says.
pub fn encoder_options(record: &ModelRecord) -> Result<EncoderOptions, UnknownRecord> {
    let manifest = manifest_of(record)?;
    Ok(EncoderOptions::default()
        .with_max_seq_length(record.max_seq_length)
        .with_truncate_dim(record.dimension)
        .with_query_prompt(manifest.query_prompt)
        .with_passage_prompt(manifest.passage_prompt)
        .with_windows(windows_of(record)?))
}

/// The reference under which a collection records a model that was asked for by `asked`: the same name, or the absolute
/// folder.
#[must_use]
pub fn reference_of(asked: &str, encoder: &SentenceTransformer) -> String {
    #[expect(clippy::disallowed_methods, reason = "a model's folder is part of no collection")]
    let is_folder = Path::new(asked).is_dir();
    match is_folder {
        true => encoder.folder().display().to_string(),
        false => asked.to_owned(),
    }
}

/// Whether two records are of the same model, used in the same way. A manifest may leave out defaults.
pub(crate) fn is_same(one: &ModelRecord, other: &ModelRecord) -> bool {
    let same_model = one.manifest == other.manifest
        || matches!((manifest_of(one), manifest_of(other)), (Ok(one), Ok(other)) if one == other);
    let mut other = other.clone();
    other.manifest = one.manifest.clone();
    same_model && *one == other
}

fn named<'a, T: Deserialize<'a>>(name: &'a str) -> Result<T, Error> {
    let deserializer: StrDeserializer<'a, Error> = name.into_deserializer();
    T::deserialize(deserializer)
}

fn unknown(record: &ModelRecord, what: &'static str, problem: &str) -> UnknownRecord {
    UnknownRecord { model: record.name().to_owned(), what, problem: problem.to_owned() }
}

/// Refuses an encoder whose vectors cannot be compared with the collection's. The precision may differ.
///
/// # Errors
/// [`ModelMismatch`] says which model is which.
pub fn expect_model(collection: &Collection, encoder: &dyn Encoder) -> Result<(), Box<ModelMismatch>> {
    let ours = Fingerprint::space_of(&collection.model().fingerprint);
    if ours == encoder.fingerprint().space() { Ok(()) } else { Err(mismatch(collection, encoder)) }
}

/// Refuses an encoder whose vectors are not exactly those of the collection. The precision counts.
///
/// # Errors
/// [`ModelMismatch`] says which model is which.
pub fn expect_fingerprint(collection: &Collection, encoder: &dyn Encoder) -> Result<(), Box<ModelMismatch>> {
    let same = collection.model().fingerprint == encoder.fingerprint().to_string();
    if same { Ok(()) } else { Err(mismatch(collection, encoder)) }
}

/// Names both models.
pub(crate) fn mismatch(collection: &Collection, encoder: &dyn Encoder) -> Box<ModelMismatch> {
    let ours = collection.model();
    let theirs = record_of(encoder, &encoder.model().name);
    Box::new(ModelMismatch {
        path: collection.root().to_owned(),
        is_same_model: manifest_of(&theirs).is_ok_and(|manifest| is_made_of(ours, &manifest)),
        index: identity(ours),
        query: identity(&theirs),
    })
}

fn identity(record: &ModelRecord) -> ModelIdentity {
    ModelIdentity {
        name: record.name().to_owned(),
        reference: record.reference.clone(),
        settings: ModelSettings::of(record),
        fingerprint: record.fingerprint.clone(),
    }
}
