//! A session: a collection opened with the encoder that it records.
//!
//! A collection records which model made its vectors and how that model was used. [`Encoders`] loads a model by such a
//! record for each purpose, and a [`Session`] is what most callers want: a collection, an encoder for queries, and a
//! searcher.
//!
//! | purpose | model | limits, prompts, windows | precision |
//! | --- | --- | --- | --- |
//! | ask ([`Encoders::for_queries`]) | recorded, or insisted on | recorded | as asked, else the best for queries |
//! | add ([`Encoders::for_passages`]) | recorded, or insisted on | as asked, else recorded | as asked, else recorded |
//! | redo vectors ([`Encoders::to_redo`]) | recorded, or insisted on | recorded | recorded |
//! | switch models ([`Encoders::of_record`]) | recorded | recorded | as asked, else recorded for passages |
//! | begin ([`Encoders::named`]) | insisted on, else the default | as asked, else the model's own | as asked |

use std::path::{Path, PathBuf};
use std::sync::Arc;

use semsearch_embed::{
    CacheUse, DEFAULT_MODEL, DeviceChoice, Encoder, EncoderOptions, LoadError, ModelError, ModelFolder, ModelStore,
    Precision, PrecisionChoice, SentenceTransformer, TextKind, Windows,
};
use semsearch_store::{Collection, CollectionError, ModelRecord};
use semsearch_task::{ErrorKind, Progress};

use crate::model::{UnknownRecord, encoder_options, precision_of};
use crate::search::{Answer, SearchError, SearchOptions, Searcher};
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
            let model = self.find_recorded(collection)?;
            return self.load(&model, TextKind::Query, self.options.precision, fitting(recorded, &model));
        };
        let model = self.find(name)?;
        if let Some(other) = other_recorded(collection, name, &model)? {
            return self.load(&model, TextKind::Query, self.options.precision, encoder_options(&other)?);
        }
        // A model that is insisted on keeps its own prompts: with other prompts it would be another model.
        let options = fitting(recorded, &model).with_query_prompt(None).with_passage_prompt(None);
        self.load(&model, TextKind::Query, self.options.precision, options)
    }

    /// Loads the encoder for adding to a collection: its own model, or the one insisted on. Options that would make
    /// other vectors count as well; adding with such an encoder is refused.
    ///
    /// # Errors
    /// [`SessionError`], if the model cannot be found or loaded.
    pub fn for_passages(&self, collection: &Collection) -> Result<SentenceTransformer, SessionError> {
        let record = collection.model();
        if let Some(name) = self.options.model.as_deref() {
            let model = self.find(name)?;
            // The same model goes on in the precision of the vectors that are there. Another one is refused anyway.
            let recorded = (model.manifest.name == record.name()).then(|| precision_of(record)).transpose()?;
            let precision = self.options.precision.or(recorded);
            return self.load(&model, TextKind::Passage, precision, self.insisted(EncoderOptions::default()));
        }
        let (model, options) = (self.find_recorded(collection)?, self.insisted(encoder_options(record)?));
        self.load(&model, TextKind::Passage, self.precision(record, TextKind::Passage)?, options)
    }

    /// Loads a model as a collection has recorded it, from the place that the record names.
    ///
    /// # Errors
    /// [`SessionError`], if the model cannot be found or loaded.
    pub fn of_record(&self, record: &ModelRecord, kind: TextKind) -> Result<SentenceTransformer, SessionError> {
        let model = self.find(&record.reference)?;
        self.load(&model, kind, self.precision(record, kind)?, encoder_options(record)?)
    }

    /// Loads the model that made a collection's vectors, to make some of them again: from the place that the record
    /// names, or from the one insisted on.
    ///
    /// # Errors
    /// [`SessionError`], if the model cannot be found or loaded.
    pub fn to_redo(&self, record: &ModelRecord) -> Result<SentenceTransformer, SessionError> {
        let model = self.find(self.options.model.as_deref().unwrap_or(&record.reference))?;
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

    fn find_recorded(&self, collection: &Collection) -> Result<ModelFolder, SessionError> {
        let record = collection.model();
        self.find(&record.reference).map_err(|source| SessionError::Recorded {
            path: collection.root().to_owned(),
            model: record.name().to_owned(),
            source: Box::new(source),
        })
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
