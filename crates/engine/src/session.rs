//! A session: a collection opened with the encoder that it records.
//!
//! A collection records which model made its vectors and how that model was used. [`Encoders`] loads a model by such a
//! record for each purpose, and a [`Session`] is what most callers want: a collection, an encoder for queries, and a
//! searcher.
//!
//! | purpose | model | limits, prompts, windows | precision |
//! | --- | --- | --- | --- |
//! | ask ([`Encoders::for_queries`]) | recorded, or insisted on | recorded | as asked, else the best for queries |
//! | add, replace, switch ([`Encoders::for_passages`]) | recorded, or insisted on | as asked, else recorded | as asked, else recorded |
//! | redo vectors ([`Encoders::to_redo`]) | recorded, or insisted on | recorded | recorded |
//! | switch models ([`Encoders::of_record`]) | recorded | recorded | as asked, else recorded for passages |
//! | begin ([`Encoders::named`]) | insisted on, else the default | as asked, else the model's own | as asked |
//!
//! What a collection records of its model stays with it until a caller insists on something else, even if the caller names
//! the model. Only another model begins with its own limits and prompts; of the record it keeps what becomes of long texts.
//!
//! A recorded model that is not where it was is looked for by its files, and found under another name or in another folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use semsearch_embed::{
    CacheUse, DEFAULT_MODEL, DeviceChoice, Encoder, EncoderOptions, LoadError, ModelError, ModelFolder, ModelStore,
    Precision, PrecisionChoice, SentenceTransformer, TextKind, Windows,
};
use semsearch_store::{Collection, CollectionError, ModelRecord};
use semsearch_task::{ErrorKind, Progress};

use crate::model::{UnknownRecord, encoder_options, manifest_of, precision_of, windows_of};
use crate::search::{Answer, SearchError, SearchOptions, Searcher};
use crate::settings::is_made_of;
use crate::switch::Pending;

/// What a caller insists on when an encoder is loaded; `None` leaves the choice to the collection or the model.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SessionOptions {
    /// The model: a name for the model store, or a folder.
    pub model: Option<String>,
    /// Longest input in tokens.
    pub max_seq_length: Option<usize>,
    /// The number of leading numbers kept of each vector.
    pub truncate_dim: Option<usize>,
    /// The text put before every query.
    pub query_prompt: Option<String>,
    /// The text put before every passage.
    pub passage_prompt: Option<String>,
    /// What becomes of texts longer than the limit.
    pub windows: Option<Windows>,
    /// Where the encoder runs.
    pub device: DeviceChoice,
    /// In how many bits the encoder computes.
    pub precision: Option<Precision>,
}

impl SessionOptions {
    /// Insists on a model: a name for the model store, or a folder.
    #[must_use]
    pub fn with_model(mut self, model: Option<String>) -> Self {
        self.model = model;
        self
    }

    /// Insists on the longest input in tokens.
    #[must_use]
    pub fn with_max_seq_length(mut self, max_seq_length: Option<usize>) -> Self {
        self.max_seq_length = max_seq_length;
        self
    }

    /// Insists on the number of leading numbers kept of each vector.
    #[must_use]
    pub fn with_truncate_dim(mut self, truncate_dim: Option<usize>) -> Self {
        self.truncate_dim = truncate_dim;
        self
    }

    /// Insists on the texts put before every query and before every passage.
    #[must_use]
    pub fn with_prompts(mut self, query_prompt: Option<String>, passage_prompt: Option<String>) -> Self {
        (self.query_prompt, self.passage_prompt) = (query_prompt, passage_prompt);
        self
    }

    /// Insists on what becomes of texts longer than the limit.
    #[must_use]
    pub fn with_windows(mut self, windows: Option<Windows>) -> Self {
        self.windows = windows;
        self
    }

    /// Sets where the encoder runs.
    #[must_use]
    pub fn with_device(mut self, device: DeviceChoice) -> Self {
        self.device = device;
        self
    }

    /// Insists on the number of bits in which the encoder computes.
    #[must_use]
    pub fn with_precision(mut self, precision: Option<Precision>) -> Self {
        self.precision = precision;
        self
    }
}

/// Why a session could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The collection could not be read.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// A recorded model could not be found.
    #[error("the index {path} needs model `{model}`", path = path.display())]
    Recorded {
        /// The collection's folder.
        path: PathBuf,
        /// The name of the model.
        model: String,
        /// Why it could not be found.
        #[source]
        source: Box<ModelError>,
    },
    /// A model could not be found.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The record of a model says something that this version does not know.
    #[error(transparent)]
    Record(#[from] UnknownRecord),
    /// A model could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The collection cannot be searched with the model.
    #[error(transparent)]
    Search(#[from] SearchError),
}

impl SessionError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            SessionError::Collection(error) => error.kind(),
            SessionError::Recorded { source, .. } => source.kind(),
            SessionError::Model(error) => error.kind(),
            SessionError::Record(error) => error.kind(),
            SessionError::Load(error) => error.kind(),
            SessionError::Search(error) => error.kind(),
        }
    }
}

/// Loads the encoders that collections want.
#[derive(Clone, Copy)]
pub struct Encoders<'a> {
    store: &'a ModelStore,
    options: &'a SessionOptions,
    progress: &'a dyn Progress,
}

impl<'a> Encoders<'a> {
    /// Loads models from `store` as `options` insist; `progress` gets notes about downloads, devices and packed
    /// weights.
    #[must_use]
    pub fn new(store: &'a ModelStore, options: &'a SessionOptions, progress: &'a dyn Progress) -> Self {
        Encoders { store, options, progress }
    }

    /// Loads the encoder of a new collection: the model insisted on, else the default model, as the options say.
    ///
    /// # Errors
    /// [`SessionError::Model`] or [`SessionError::Load`].
    pub fn named(&self, kind: TextKind) -> Result<SentenceTransformer, SessionError> {
        let model = self.find(self.options.model.as_deref().unwrap_or(DEFAULT_MODEL))?;
        self.load(&model, kind, self.options.precision, self.insisted(EncoderOptions::default()))
    }

    /// Loads the encoder for queries to a collection: its own model, or the one insisted on. Of the options only model,
    /// device and precision count.
    ///
    /// # Errors
    /// [`SessionError`], if the model cannot be found or loaded.
    pub fn for_queries(&self, collection: &Collection) -> Result<SentenceTransformer, SessionError> {
        let recorded = encoder_options(collection.model())?;
        let Some(name) = self.options.model.as_deref() else {
            let model = self.find_model_of(collection.root(), collection.model())?;
            return self.load(&model, TextKind::Query, self.options.precision, fitting(recorded, &model));
        };
        let model = self.find(name)?;
        if let Some(other) = other_recorded(collection, name, &model)? {
            return self.load(&model, TextKind::Query, self.options.precision, encoder_options(&other)?);
        }
        let options = match is_made_of(collection.model(), &model.manifest) {
            true => recorded,
            // Another model keeps its own prompts.
            false => fitting(recorded, &model).with_query_prompt(None).with_passage_prompt(None),
        };
        self.load(&model, TextKind::Query, self.options.precision, options)
    }

    /// Loads the encoder for adding to a collection, replacing its papers or switching its model: its own model, used as
    /// before, or the one insisted on. Options that would make other vectors count as well; adding with such an encoder is
    /// refused.
    ///
    /// # Errors
    /// [`SessionError`], if the model cannot be found or loaded.
    pub fn for_passages(&self, collection: &Collection) -> Result<SentenceTransformer, SessionError> {
        self.for_passages_of(collection.root(), collection.model())
    }

    /// As [`Encoders::for_passages`], for a collection in `root` of which only the record of its model is needed.
    ///
    /// # Errors
    /// As [`Encoders::for_passages`].
    pub fn for_passages_of(&self, root: &Path, record: &ModelRecord) -> Result<SentenceTransformer, SessionError> {
        let model = match self.options.model.as_deref() {
            Some(name) => self.find(name)?,
            None => self.find_model_of(root, record)?,
        };
        if self.options.model.is_none() || is_made_of(record, &model.manifest) {
            let options = self.insisted(encoder_options(record)?);
            return self.load(&model, TextKind::Passage, self.precision(record, TextKind::Passage)?, options);
        }
        let options = self.insisted(EncoderOptions::default().with_windows(windows_of(record)?));
        self.load(&model, TextKind::Passage, self.options.precision, options)
    }

    /// Loads a model as a collection has recorded it, from the place that the record names.
    ///
    /// # Errors
    /// [`SessionError`], if the model cannot be found or loaded.
    pub fn of_record(&self, record: &ModelRecord, kind: TextKind) -> Result<SentenceTransformer, SessionError> {
        let model = self.find_recorded(record)?;
        self.load(&model, kind, self.precision(record, kind)?, encoder_options(record)?)
    }

    /// Loads the model that made a collection's vectors, to make some of them again: from the place that the record
    /// names, or from the one insisted on.
    ///
    /// # Errors
    /// [`SessionError`], if the model cannot be found or loaded.
    pub fn to_redo(&self, record: &ModelRecord) -> Result<SentenceTransformer, SessionError> {
        let model = match self.options.model.as_deref() {
            Some(name) => self.find(name)?,
            None => self.find_recorded(record)?,
        };
        let precision = precision_of(record)?;
        self.load(&model, TextKind::Passage, Some(precision), encoder_options(record)?)
    }

    /// The precision insisted on; for passages else the recorded one.
    fn precision(&self, record: &ModelRecord, kind: TextKind) -> Result<Option<Precision>, SessionError> {
        match (self.options.precision, kind) {
            (None, TextKind::Passage) => Ok(Some(precision_of(record)?)),
            (insisted, _) => Ok(insisted),
        }
    }

    /// `options`, except for what the caller insists on.
    fn insisted(&self, options: EncoderOptions) -> EncoderOptions {
        let asked = self.options;
        let (length, dimension) = (options.max_seq_length, options.truncate_dim);
        let (query, passage, windows) = (options.query_prompt.clone(), options.passage_prompt.clone(), options.windows);
        options
            .with_max_seq_length(asked.max_seq_length.or(length))
            .with_truncate_dim(asked.truncate_dim.or(dimension))
            .with_query_prompt(asked.query_prompt.clone().or(query))
            .with_passage_prompt(asked.passage_prompt.clone().or(passage))
            .with_windows(asked.windows.unwrap_or(windows))
    }

    fn find(&self, name: &str) -> Result<ModelFolder, ModelError> {
        self.store.resolve(name, self.progress)
    }

    fn find_model_of(&self, root: &Path, record: &ModelRecord) -> Result<ModelFolder, SessionError> {
        self.find_recorded(record).map_err(|source| SessionError::Recorded {
            path: root.to_owned(),
            model: record.name().to_owned(),
            source: Box::new(source),
        })
    }

    /// Finds a recorded model where the record says, or wherever a model of the same files is.
    fn find_recorded(&self, record: &ModelRecord) -> Result<ModelFolder, ModelError> {
        let error = match self.find(&record.reference) {
            Err(error @ (ModelError::NoFolder { .. } | ModelError::Unknown { .. })) => error,
            outcome => return outcome,
        };
        let Ok(manifest) = manifest_of(record) else { return Err(error) };
        let moved = self.store.find_moved(&manifest, Path::new(&record.reference));
        let Some(model) = moved.into_iter().find(|model| is_made_of(record, &model.manifest)) else {
            return Err(error);
        };
        let (name, place) = (record.name(), model.path.display());
        self.progress
            .note(&format!("model `{name}` is not in its place ({error}); found by its fingerprint in {place}"));
        Ok(model)
    }

    fn load(
        &self,
        model: &ModelFolder,
        kind: TextKind,
        precision: Option<Precision>,
        options: EncoderOptions,
    ) -> Result<SentenceTransformer, SessionError> {
        let options = options
            .with_device(self.options.device)
            .with_precision(precision.map_or(PrecisionChoice::Auto(kind), PrecisionChoice::Fixed))
            .with_weights_cache(self.store.weights_cache());
        let encoder = SentenceTransformer::load(model, &options)?;
        if let Some(reason) = encoder.fallback() {
            self.progress.note(reason);
        }
        if let CacheUse::NotWritten { path, problem } = encoder.cache_use() {
            let path = path.display();
            self.progress
                .note(&format!("note: {path} cannot be written ({problem}); every start will pack the model again"));
        }
        Ok(encoder)
    }
}

/// Recorded options as far as a model can follow them. Limit and dimension are the collection's, so that queries and
/// passages are treated alike; a model that cannot read or make as much keeps its own, and is refused by its
/// fingerprint.
fn fitting(recorded: EncoderOptions, model: &ModelFolder) -> EncoderOptions {
    let (length, dimension) = (recorded.max_seq_length, recorded.truncate_dim);
    recorded
        .with_max_seq_length(length.filter(|&limit| limit <= model.manifest.max_positions))
        .with_truncate_dim(dimension.filter(|&kept| kept <= model.manifest.dimension))
}

/// The collection's record of a model that is not active, whether it has embedded everything or not.
fn other_recorded(
    collection: &Collection,
    asked: &str,
    model: &ModelFolder,
) -> Result<Option<ModelRecord>, CollectionError> {
    let manifest = collection.manifest();
    let pending = Pending::read(collection.root())?.map(|pending| pending.model);
    let folder = model.path.display().to_string();
    let is_it = |record: &ModelRecord| {
        record.fingerprint != manifest.active && (record.reference == asked || record.reference == folder)
    };
    Ok(manifest.models.iter().cloned().chain(pending).find(is_it))
}

/// A collection, an encoder for queries to it, and a searcher.
///
/// Clones share all of it.
#[derive(Clone)]
pub struct Session {
    encoder: Arc<SentenceTransformer>,
    searcher: Searcher,
}

impl Session {
    /// Opens the collection in `path` with the model that it wants, or the one that `options` insist on.
    ///
    /// # Errors
    /// [`SessionError`], if the collection or the model cannot be used, or the two do not belong together.
    pub fn open(
        path: &Path,
        store: &ModelStore,
        options: &SessionOptions,
        progress: &dyn Progress,
    ) -> Result<Self, SessionError> {
        Self::over(Collection::open(path)?, store, options, progress)
    }

    /// A session over a collection that is open.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn over(
        collection: impl Into<Arc<Collection>>,
        store: &ModelStore,
        options: &SessionOptions,
        progress: &dyn Progress,
    ) -> Result<Self, SessionError> {
        let collection = collection.into();
        let encoder = Arc::new(Encoders::new(store, options, progress).for_queries(&collection)?);
        let searcher = Searcher::new(collection, encoder.clone())?;
        Ok(Session { encoder, searcher })
    }

    /// Answers one query.
    ///
    /// # Errors
    /// [`SearchError`] if the query is empty, or a step fails.
    pub fn search(&self, query: &str, options: &SearchOptions) -> Result<Answer, SearchError> {
        self.searcher.search(query, options)
    }

    /// The collection.
    #[must_use]
    pub fn collection(&self) -> &Arc<Collection> {
        self.searcher.collection()
    }

    /// The encoder of queries.
    #[must_use]
    pub fn encoder(&self) -> &Arc<SentenceTransformer> {
        &self.encoder
    }

    /// The name of the model that encodes queries.
    #[must_use]
    pub fn model_name(&self) -> &str {
        &self.encoder.model().name
    }

    /// The searcher.
    #[must_use]
    pub fn searcher(&self) -> &Searcher {
        &self.searcher
    }

    /// Goes on to the newest generation of the collection; see [`Searcher::reload`].
    ///
    /// # Errors
    /// As [`Searcher::reload`].
    pub fn reload(&mut self) -> Result<bool, SearchError> {
        self.searcher.reload()
    }
}
