//! The models on this machine.

use std::path::Path;
use std::time::Duration;

use semsearch_embed::{DEFAULT_MODEL, Listing, Manifest, ModelFolder, Source};

use crate::model::{
    DenseLayer, ListedModel, Model, ModelChanged, ModelChangedSchema, ModelDone, ModelFile, ModelManifest, ModelSchema,
    ModelSource, Models, ModelsSchema, PypiSource,
};

impl Models {
    /// The models that can be used.
    #[must_use]
    pub fn new(folder: &Path, models: &[Listing]) -> Self {
        Models {
            schema: ModelsSchema::V1,
            folder: folder.display().to_string(),
            models: models.iter().map(ListedModel::from).collect(),
        }
    }
}

impl Model {
    /// A model, and where it is.
    #[must_use]
    pub fn new(model: &Listing) -> Self {
        Model { schema: ModelSchema::V1, model: model.into() }
    }
}

impl ModelChanged {
    /// What a command did to a model, from start to end in `took`.
    #[must_use]
    pub fn new(done: ModelDone, model: &ModelFolder, took: Duration) -> Self {
        let (schema, seconds) = (ModelChangedSchema::V1, took.as_secs_f64());
        ModelChanged { schema, done, model: (&Listing::from(model)).into(), explained: None, seconds }
    }

    /// With how much of the variance a distilled model keeps.
    #[must_use]
    pub fn with_explained(self, explained: f64) -> Self {
        ModelChanged { explained: Some(explained), ..self }
    }
}

impl From<&Listing> for ListedModel {
    fn from(listing: &Listing) -> Self {
        ListedModel {
            path: listing.path.as_ref().map(|path| path.display().to_string()),
            is_default: listing.manifest.name == DEFAULT_MODEL,
            is_built_in: listing.built_in,
            can_be_pulled: listing.can_be_fetched,
            manifest: (&listing.manifest).into(),
        }
    }
}

impl From<&Manifest> for ModelManifest {
    fn from(manifest: &Manifest) -> Self {
        ModelManifest {
            name: manifest.name.clone(),
            family: manifest.family.to_string(),
            dimension: manifest.dimension as u64,
            max_tokens: manifest.max_seq_length as u64,
            max_positions: manifest.max_positions as u64,
            pooling: manifest.pooling.as_str().to_owned(),
            normalise: manifest.normalise,
            question_precision: manifest.query_precision.into(),
            paper_precision: manifest.passage_precision.into(),
            query_prefix: manifest.query_prompt.clone(),
            passage_prefix: manifest.passage_prompt.clone(),
            licence: manifest.licence.clone(),
            source: Some(&manifest.source).filter(|source| **source != Source::default()).map(ModelSource::from),
            dense: manifest.dense.iter().map(DenseLayer::from).collect(),
            file: manifest.files.iter().map(ModelFile::from).collect(),
        }
    }
}

impl From<&Source> for ModelSource {
    fn from(source: &Source) -> Self {
        ModelSource {
            hugging_face: source.hugging_face.clone(),
            revision: source.revision.clone(),
            distilled_from: source.distilled_from.clone(),
            pypi: source.pypi.as_ref().map(|wheel| PypiSource {
                package: wheel.package.clone(),
                version: wheel.version.clone(),
                wheel: wheel.wheel.clone(),
                bytes: wheel.bytes,
                sha256: wheel.sha256.clone(),
                folder: wheel.folder.clone(),
            }),
        }
    }
}

impl From<&semsearch_embed::DenseLayer> for DenseLayer {
    fn from(layer: &semsearch_embed::DenseLayer) -> Self {
        DenseLayer {
            weights: layer.weights.clone(),
            inputs: layer.inputs as u64,
            outputs: layer.outputs as u64,
            bias: layer.bias,
            activation: layer.activation.as_str().to_owned(),
        }
    }
}

impl From<&semsearch_embed::ModelFile> for ModelFile {
    fn from(file: &semsearch_embed::ModelFile) -> Self {
        ModelFile { path: file.path.clone(), bytes: file.bytes, sha256: file.sha256.clone() }
    }
}
