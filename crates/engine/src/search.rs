//! Answers one query: encode, look candidates up, rerank, read the documents.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use semsearch_corpus::Document;
use semsearch_embed::{EncodeError, Encoder, Fingerprint, TextKind};
use semsearch_index::{ChosenStrategy, DEFAULT_EF, Explain, RowSet, SearchParams, Strategy};
use semsearch_store::{Collection, CollectionError, DocHit, DocumentError, Filter, SegmentedIndex};
use semsearch_task::ErrorKind;
use semsearch_vector::normalise;

use crate::align::{Alignment, AlignmentError, OverlapAt10, read_alignment};
use crate::model::{ModelMismatch, mismatch};
use crate::rerank::rerank;
use crate::switch::is_complete;

/// How a query is answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SearchOptions {
    /// The number of hits wanted.
    pub k: usize,
    /// Candidates that beam search keeps: more find better hits and take longer.
    pub ef: usize,
    /// Search the graph, compare with every document, or whichever costs less.
    pub strategy: Strategy,
    /// Search the graph and score every candidate it keeps by exact similarity. Otherwise only candidates that have a
    /// chance by the estimate of their codes are scored exactly.
    pub rerank: bool,
    /// Only documents that pass the filter are returned, by every strategy.
    pub filter: Filter,
}

impl Default for SearchOptions {
    fn default() -> Self {
        SearchOptions { k: 10, ef: DEFAULT_EF, strategy: Strategy::Auto, rerank: false, filter: Filter::default() }
    }
}

impl SearchOptions {
    /// Sets the number of hits wanted.
    #[must_use]
    pub fn with_k(mut self, k: usize) -> Self {
        self.k = k;
        self
    }

    /// Sets the number of candidates that beam search keeps.
    #[must_use]
    pub fn with_ef(mut self, ef: usize) -> Self {
        self.ef = ef;
        self
    }

    /// Sets the strategy.
    #[must_use]
    pub fn with_strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Sets whether every candidate of the graph is scored by exact similarity.
    #[must_use]
    pub fn with_rerank(mut self, rerank: bool) -> Self {
        self.rerank = rerank;
        self
    }

    /// Sets the filter.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }
}

/// Which documents match a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Matched {
    /// The nearest documents, at most this number.
    Nearest(usize),
    /// All documents whose cosine similarity is at least this.
    AtLeast(f32),
}

/// How a query was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// Exhaustive, so that the compiler asks for a name in `crates/report` when one is added.
pub enum SearchMode {
    /// By beam search in the graph.
    Hnsw,
    /// By beam search in the graph; every candidate was then scored by exact similarity.
    HnswReranked,
    /// By comparing with every document that passes the filter, with a proof that no better one was skipped.
    Exact,
}

impl SearchMode {
    /// The name of the mode in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SearchMode::Hnsw => "hnsw",
            SearchMode::HnswReranked => "hnsw+rerank",
            SearchMode::Exact => "exact",
        }
    }
}

/// The answer to a query.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The documents found, best first.
    pub hits: Vec<Found>,
    /// How they were found.
    pub mode: SearchMode,
    /// What the search cost, and what the other strategy would have cost.
    pub explain: Explain,
    /// What the alignment is worth through which the documents were found; `None` if they were found by vectors of the
    /// query's own model.
    pub aligned: Option<OverlapAt10>,
    /// Where the time went.
    pub took: Took,
}

/// One document of an answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// Cosine similarity of query and document, -1 to 1.
    pub score: f32,
    /// The document.
    pub document: Document,
}

impl Found {
    /// A document and its score.
    #[must_use]
    pub fn new(score: f32, document: Document) -> Self {
        Found { score, document }
    }
}

/// Time spent on the steps of an answer.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Took {
    /// From text to vector.
    pub encode: Duration,
    /// From vector to candidates.
    pub search: Duration,
    /// Scoring candidates by exact similarity.
    pub rerank: Duration,
    /// All steps, reading the documents included.
    pub total: Duration,
}

/// Why a query was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The query has no text.
    #[error("the query is empty")]
    EmptyQuery,
    /// The encoder is of another model than the collection's vectors.
    #[error(transparent)]
    Model(#[from] Box<ModelMismatch>),
    /// The encoder's model has not embedded the collection, and its alignment with the active model finds too little.
    #[error("the index {path} answers with `{index}`, and `{query}` has not embedded all of it")]
    TooWeak {
        /// The collection's folder.
        path: PathBuf,
        /// The active model.
        index: String,
        /// The model of the query.
        query: String,
        /// What was measured.
        #[source]
        source: Box<AlignmentError>,
    },
    /// The query could not be encoded.
    #[error("the query could not be encoded")]
    Encode(#[from] EncodeError),
    /// The index refused the query.
    #[error("the index could not be searched")]
    Index(#[from] semsearch_index::SearchError),
    /// The collection could not be read.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// The query could not be aligned with the vectors of another model.
    #[error(transparent)]
    Alignment(#[from] AlignmentError),
    /// A document could not be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

impl SearchError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            SearchError::EmptyQuery => ErrorKind::Usage,
            SearchError::Model(_) | SearchError::TooWeak { .. } => ErrorKind::Model,
            SearchError::Encode(error) => error.kind(),
            SearchError::Index(error) => error.kind(),
            SearchError::Collection(error) => error.kind(),
            SearchError::Alignment(error) => error.kind(),
            SearchError::Document(error) => error.kind(),
        }
    }
}

/// Answers queries to a collection with an encoder.
///
/// A searcher owns what it needs, so it can be stored, cloned and sent to other threads; clones share everything. It
/// goes on answering from the generation it was opened with, whatever happens to the folder;
/// [`reload`](Searcher::reload) goes on to the newest one.
///
/// If the encoder is not of the collection's active model, the searcher searches vectors of the encoder's own model, if
/// all documents have one, or else the active model's vectors through an [`Alignment`], if one was measured to find
/// enough. Vectors of two models are never compared otherwise.
#[derive(Clone)]
pub struct Searcher {
    encoder: Arc<dyn Encoder>,
    searched: Arc<Searched>,
}

/// A collection opened for queries of one encoder.
struct Searched {
    collection: Arc<Collection>,
    index: SegmentedIndex,
    /// The fingerprint of the vectors that are searched.
    fingerprint: String,
    alignment: Option<Alignment>,
    /// The last filter, and the rows of each segment that pass it.
    passing: Mutex<Option<(Filter, Arc<Vec<RowSet>>)>>,
}

impl Searched {
    fn open(collection: Arc<Collection>, encoder: &dyn Encoder) -> Result<Self, SearchError> {
        let manifest = collection.manifest();
        let space = encoder.fingerprint().space();
        let active = std::iter::once(&manifest.active);
        let others = manifest.models.iter().map(|model| &model.fingerprint);
        let own = active
            .chain(others.filter(|fingerprint| is_complete(&collection, fingerprint)))
            .find(|fingerprint| Fingerprint::space_of(fingerprint) == space);
        let alignment = match own {
            Some(_) => None,
            None => Some(find_alignment(&collection, encoder)?),
        };
        let fingerprint = own.unwrap_or(&manifest.active).clone();
        let index = SegmentedIndex::of(&collection, &fingerprint)?;
        Ok(Searched { collection, index, fingerprint, alignment, passing: Mutex::default() })
    }
}

/// The alignment from the encoder's queries to the vectors of the active model.
fn find_alignment(collection: &Collection, encoder: &dyn Encoder) -> Result<Alignment, SearchError> {
    let manifest = collection.manifest();
    let found = read_alignment(collection.root(), encoder.fingerprint().as_str(), &manifest.active)?;
    let alignment = found.ok_or_else(|| mismatch(collection, encoder))?;
    match alignment.expect_overlap() {
        Ok(()) => Ok(alignment),
        Err(error) => Err(SearchError::TooWeak {
            path: collection.root().to_owned(),
            index: manifest.model().name().to_owned(),
            query: encoder.model().name.clone(),
            source: Box::new(error),
        }),
    }
}

impl Searcher {
    /// A searcher over an opened collection.
    ///
    /// # Errors
    /// [`SearchError::Model`] if the encoder's model has nothing to do with the collection, [`SearchError::TooWeak`] if
    /// the alignment with the collection's vectors finds too little, or what is wrong with the index.
    pub fn new(collection: impl Into<Arc<Collection>>, encoder: Arc<dyn Encoder>) -> Result<Self, SearchError> {
        let searched = Arc::new(Searched::open(collection.into(), &*encoder)?);
        Ok(Searcher { encoder, searched })
    }

    /// Goes on to the newest generation of the collection, and returns whether there was a newer one. Clones of this
    /// searcher, and what they are doing, stay with theirs.
    ///
    /// # Errors
    /// As [`Collection::open`] and [`Searcher::new`]; the searcher then stays what it was.
    pub fn reload(&mut self) -> Result<bool, SearchError> {
        if self.searched.collection.is_current()? {
            return Ok(false);
        }
        let collection = Arc::new(Collection::open(self.searched.collection.root())?);
        self.searched = Arc::new(Searched::open(collection, &*self.encoder)?);
        Ok(true)
    }

    /// The collection that is searched.
    #[must_use]
    pub fn collection(&self) -> &Arc<Collection> {
        &self.searched.collection
    }

    /// The encoder of queries.
    #[must_use]
    pub fn encoder(&self) -> &Arc<dyn Encoder> {
        &self.encoder
    }

    /// The vectors that are searched.
    #[must_use]
    pub fn index(&self) -> &SegmentedIndex {
        &self.searched.index
    }

    /// The alignment through which documents are found; `None` if their vectors are of the query's model.
    #[must_use]
    pub fn alignment(&self) -> Option<&Alignment> {
        self.searched.alignment.as_ref()
    }

    /// Answers one query.
    ///
    /// # Errors
    /// [`SearchError`] if the query is empty, or a step fails.
    pub fn search(&self, query: &str, options: &SearchOptions) -> Result<Answer, SearchError> {
        let started = Instant::now();
        let mut took = Took::default();
        let vector = timed(&mut took.encode, || self.encode(query))?;
        let (candidates, explain) = timed(&mut took.search, || self.candidates(&vector, options))?;
        let mode = match explain.strategy {
            ChosenStrategy::Exact => SearchMode::Exact,
            ChosenStrategy::Graph if options.rerank => SearchMode::HnswReranked,
            ChosenStrategy::Graph => SearchMode::Hnsw,
        };
        let hits = match mode {
            SearchMode::HnswReranked => {
                timed(&mut took.rerank, || rerank(&vector, candidates, self.index(), options.k))?
            }
            SearchMode::Hnsw | SearchMode::Exact => candidates,
        };
        let hits = hits.into_iter().map(|hit| self.read(hit)).collect::<Result<_, _>>()?;
        took.total = started.elapsed();
        let aligned = self.alignment().map(Alignment::overlap);
        Ok(Answer { hits, mode, explain, aligned, took })
    }

    /// Finds the documents that match a query and pass a filter, by exact search: one set of rows a segment.
    ///
    /// # Errors
    /// [`SearchError`] if the query is empty, or a step fails.
    pub fn matched(&self, query: &str, matched: Matched, filter: &Filter) -> Result<Vec<RowSet>, SearchError> {
        let vector = self.encode(query)?;
        let passing = self.passing(filter)?;
        let mut rows: Vec<RowSet> = passing.iter().map(|passing| RowSet::empty(passing.rows())).collect();
        match matched {
            Matched::Nearest(count) => {
                let params = SearchParams::new(count).with_strategy(Strategy::Exact);
                let (hits, _) = self.index().search_with(&vector, &params, Some(&passing))?;
                for hit in hits {
                    let (segment, row) = self.collection().place(hit.id)?;
                    rows[segment].insert(row);
                }
            }
            Matched::AtLeast(score) => {
                for (number, passing) in passing.iter().enumerate() {
                    for row in passing.iter() {
                        let Some(id) = self.collection().doc_id(number, row) else { continue };
                        if self.index().score(id, &vector)? >= score {
                            rows[number].insert(row);
                        }
                    }
                }
            }
        }
        Ok(rows)
    }

    /// The rows of each segment that pass a filter. They are kept for the next query.
    fn passing(&self, filter: &Filter) -> Result<Arc<Vec<RowSet>>, CollectionError> {
        let mut passing = self.searched.passing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, rows)) = &*passing
            && known == filter
        {
            return Ok(rows.clone());
        }
        let rows = Arc::new(self.collection().passing(filter)?);
        *passing = Some((filter.clone(), rows.clone()));
        Ok(rows)
    }

    fn encode(&self, query: &str) -> Result<Vec<f32>, SearchError> {
        if query.trim().is_empty() {
            return Err(SearchError::EmptyQuery);
        }
        let mut encoded = self.encoder.encode(&[query], TextKind::Query)?;
        normalise(encoded.vectors.row_mut(0));
        let vector = encoded.vectors.row(0);
        match self.alignment() {
            Some(alignment) => {
                Ok(alignment.apply(self.encoder.fingerprint().as_str(), vector, &self.searched.fingerprint)?)
            }
            None => Ok(vector.to_vec()),
        }
    }

    fn candidates(&self, vector: &[f32], options: &SearchOptions) -> Result<(Vec<DocHit>, Explain), SearchError> {
        let SearchOptions { k, ef, strategy, rerank, .. } = *options;
        let filters = match options.filter.is_everything() {
            true => None,
            false => Some(self.passing(&options.filter)?),
        };
        // A search for as many hits as the beam keeps leaves none of its candidates out of full precision.
        let wanted = if rerank { ef.max(k) } else { k };
        let strategy = if rerank && strategy == Strategy::Auto { Strategy::Graph } else { strategy };
        let params = SearchParams::new(wanted).with_ef(ef).with_strategy(strategy);
        let (mut hits, explain) =
            self.index().search_with(vector, &params, filters.as_ref().map(|filters| &filters[..]))?;
        if explain.strategy == ChosenStrategy::Exact {
            hits.truncate(k);
        }
        Ok((hits, explain))
    }

    fn read(&self, hit: DocHit) -> Result<Found, SearchError> {
        Ok(Found { score: hit.score, document: self.collection().document(hit.id)? })
    }
}

fn timed<T>(into: &mut Duration, step: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = step();
    *into = started.elapsed();
    result
}
