//! What a collection records of its model, in the terms of those who run models.

use semsearch_embed::{Encoder, Fingerprint, Manifest, Precision, Windows};
use semsearch_store::{Collection, CollectionError, ModelDescription, ModelIdentity, ModelMismatch, ModelRecord};
use semsearch_task::ErrorKind;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{Deserialize, IntoDeserializer};

/// A record of a model says something that this program does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} recorded for the model `{model}` cannot be used: {problem}")]
pub struct UnknownRecord {
    /// The name of the model.
    pub model: String,
    /// Which entry of the record.
    pub what: &'static str,
    /// What is wrong with it.
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
    ModelRecord {
        reference: reference.to_owned(),
        max_tokens: model.max_seq_length,
        dimension: Some(model.dimension).filter(|&kept| kept != model.full_dimension()),
        precision: model.precision.as_str().to_owned(),
        windows: model.windows.as_str().to_owned(),
        fingerprint: model.fingerprint.to_string(),
        manifest: ModelDescription::of(model).expect("a model has a name and a dimension"),
    }
}

/// The manifest of a recorded model.
///
/// # Errors
/// If this program does not know what it says.
pub fn manifest_of(record: &ModelRecord) -> Result<Manifest, UnknownRecord> {
    record.manifest.parse().map_err(|error| unknown(record, "manifest", &error.to_string()))
}

/// In how many bits the vectors of a recorded model were computed.
///
/// # Errors
/// If this program does not know the precision.
pub fn precision_of(record: &ModelRecord) -> Result<Precision, UnknownRecord> {
    named(&record.precision).map_err(|error| unknown(record, "precision", &error.to_string()))
}

/// What became of texts longer than a recorded model reads.
///
/// # Errors
/// If this program does not know the way of making windows.
pub fn windows_of(record: &ModelRecord) -> Result<Windows, UnknownRecord> {
    named(&record.windows).map_err(|error| unknown(record, "windows", &error.to_string()))
}

/// Whether two records say the same. A manifest may leave out what is the default.
pub(crate) fn is_same(one: &ModelRecord, other: &ModelRecord) -> bool {
    let same_model = one.manifest == other.manifest
        || matches!((manifest_of(one), manifest_of(other)), (Ok(one), Ok(other)) if one == other);
    same_model && *one == ModelRecord { manifest: one.manifest.clone(), ..other.clone() }
}

fn named<'a, T: Deserialize<'a>>(name: &'a str) -> Result<T, Error> {
    let deserializer: StrDeserializer<'a, Error> = name.into_deserializer();
    T::deserialize(deserializer)
}

fn unknown(record: &ModelRecord, what: &'static str, problem: &str) -> UnknownRecord {
    UnknownRecord { model: record.name().to_owned(), what, problem: problem.to_owned() }
}

/// Refuses an encoder whose vectors cannot be compared with the collection's. Precision may differ.
///
/// # Errors
/// [`ModelMismatch`] says which model is which.
pub fn expect_model(collection: &Collection, encoder: &dyn Encoder) -> Result<(), CollectionError> {
    let ours = Fingerprint::space_of(&collection.model().fingerprint);
    if ours == encoder.fingerprint().space() { Ok(()) } else { Err(mismatch(collection, encoder)) }
}

/// Refuses an encoder whose vectors are not the very ones that the collection holds. Precision counts.
///
/// # Errors
/// [`ModelMismatch`] says which model is which.
pub fn expect_fingerprint(collection: &Collection, encoder: &dyn Encoder) -> Result<(), CollectionError> {
    let same = collection.model().fingerprint == encoder.fingerprint().to_string();
    if same { Ok(()) } else { Err(mismatch(collection, encoder)) }
}

pub(crate) fn mismatch(collection: &Collection, encoder: &dyn Encoder) -> CollectionError {
    let ours = collection.model();
    CollectionError::ModelMismatch(Box::new(ModelMismatch {
        path: collection.root().to_owned(),
        index: ModelIdentity {
            name: ours.name().to_owned(),
            max_tokens: ours.max_tokens,
            fingerprint: ours.fingerprint.clone(),
        },
        query: ModelIdentity {
            name: encoder.model().name.clone(),
            max_tokens: encoder.model().max_seq_length,
            fingerprint: encoder.fingerprint().to_string(),
        },
    }))
}
