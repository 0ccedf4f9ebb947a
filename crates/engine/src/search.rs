//! Answers one query: encode, look candidates up, rerank, read the documents.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use semsearch_corpus::Document;
use semsearch_embed::{EncodeError, Encoder, Fingerprint, TextKind};
use semsearch_index::{DEFAULT_EF, Explain, Hit, RowId, RowSet, SearchParams, Way};
use semsearch_store::{Collection, CollectionError, DocumentError, Filter, SegmentedIndex};
use semsearch_vector::normalise;

use crate::model::mismatch;
use crate::rerank::rerank;
use crate::switch::{Agreement, Bridge, BridgeError, is_complete, read_bridge};

/// How a query is to be answered.
#[derive(Clone, Debug)]
pub struct SearchOptions {
    /// How many hits are wanted.
    pub k: usize,
    /// Candidates the graph keeps while it searches: more find better hits and take longer.
    pub ef: usize,
    /// Walk the graph, compare with every document, or whichever costs less.
    pub way: Way,
    /// Walk the graph and score every candidate it keeps with exact full-precision similarity. Without it those are that
    /// have a chance by the estimate of their codes.
    pub rerank: bool,
    /// Only documents that pass this. No other document is returned, whichever way is taken.
    pub filter: Filter,
}

impl Default for SearchOptions {
    fn default() -> Self {
        SearchOptions { k: 10, ef: DEFAULT_EF, way: Way::Cheapest, rerank: false, filter: Filter::default() }
    }
}

/// Which documents count as near to a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Matched {
    /// So many, the nearest.
    Nearest(usize),
    /// All whose cosine similarity is at least this.
    AtLeast(f32),
}

/// How a query was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// By walking the graph.
    Hnsw,
    /// By walking the graph and scoring what it found again.
    HnswReranked,
    /// By comparing with every document that qualified, with a proof that no better one was passed over.
    Exact,
}

impl Mode {
    /// The name used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Hnsw => "hnsw",
            Mode::HnswReranked => "hnsw+rerank",
            Mode::Exact => "exact",
        }
    }
}

/// The answer to a query.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The documents found, best first.
    pub hits: Vec<Found>,
    /// How they were found.
    pub mode: Mode,
    /// What that took, and what the other way would have.
    pub explain: Explain,
    /// What the bridge is worth over which the documents were found, if they were not found by vectors of the question's own
    /// model.
    pub bridged: Option<Agreement>,
    /// Where the time went.
    pub took: Took,
}

/// One document of an answer.
#[derive(Clone, Debug)]
pub struct Found {
    /// Cosine similarity of query and document, -1 to 1.
    pub score: f32,
    /// The document.
    pub document: Document,
}

/// Time spent on the steps of an answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// From text to vector.
    pub encode: Duration,
    /// From vector to candidates.
    pub search: Duration,
    /// Scoring candidates again.
    pub rerank: Duration,
    /// All of it, reading the documents included.
    pub total: Duration,
}

/// Why a query was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// There is nothing to look for.
    #[error("the query is empty")]
    EmptyQuery,
    /// The query could not be encoded.
    #[error("the query could not be encoded")]
    Encode(#[from] EncodeError),
    /// The index refused the query.
    #[error("the index could not be searched")]
    Index(#[from] semsearch_index::SearchError),
    /// The collection is damaged or belongs to another model.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// The query could not be taken to the vectors of another model.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    /// A document could not be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
}

/// A collection and an encoder whose questions find something in it. Answers any number of queries.
///
/// If the encoder is not of the model that the collection answers with, there are two ways: vectors of its own, where all
/// documents have some, and a bridge to those of the active model, where one was measured to lead far enough. Vectors of
/// two models are never compared otherwise.
pub struct Searcher<'a> {
    collection: &'a Collection,
    encoder: &'a dyn Encoder,
    index: SegmentedIndex,
    /// The fingerprint of the vectors that are searched.
    searched: String,
    bridge: Option<Bridge>,
    /// The last filter, and the rows of each segment that pass it.
    passing: Mutex<Option<(Filter, Arc<Vec<RowSet>>)>>,
}

impl<'a> Searcher<'a> {
    /// Brings the two together.
    ///
    /// # Errors
    /// [`CollectionError::ModelMismatch`] if the encoder is of a model that has nothing to do with the collection,
    /// [`CollectionError::Bridge`] if what leads from its questions to the collection's vectors was measured to be too
    /// little, or what is wrong with the index.
    pub fn new(collection: &'a Collection, encoder: &'a dyn Encoder) -> Result<Self, CollectionError> {
        let manifest = collection.manifest();
        let space = encoder.fingerprint().space();
        let active = std::iter::once(&manifest.active);
        let others = manifest.models.iter().map(|model| &model.fingerprint);
        let own = active
            .chain(others.filter(|fingerprint| is_complete(collection, fingerprint)))
            .find(|fingerprint| Fingerprint::space_of(fingerprint) == space);
        let bridge = match own {
            Some(_) => None,
            None => Some(Self::find_bridge(collection, encoder)?),
        };
        let searched = own.unwrap_or(&manifest.active).clone();
        let index = SegmentedIndex::of(collection, &searched)?;
        Ok(Searcher { collection, encoder, index, searched, bridge, passing: Mutex::default() })
    }

    /// The bridge from the encoder's questions to the vectors of the active model.
    fn find_bridge(collection: &Collection, encoder: &dyn Encoder) -> Result<Bridge, CollectionError> {
        let manifest = collection.manifest();
        let found = read_bridge(collection.root(), encoder.fingerprint().as_str(), &manifest.active)?;
        let Some(bridge) = found else {
            return Err(mismatch(collection, encoder));
        };
        match bridge.expect_agreement() {
            Ok(()) => Ok(bridge),
            Err(error) => Err(CollectionError::Bridge {
                path: collection.root().to_owned(),
                index: manifest.model().name().to_owned(),
                query: encoder.model().name.clone(),
                source: Box::new(error),
            }),
        }
    }

    /// The vectors that are searched.
    #[must_use]
    pub fn index(&self) -> &SegmentedIndex {
        &self.index
    }

    /// The bridge over which documents are found, if their vectors are of another model than the questions.
    #[must_use]
    pub fn bridge(&self) -> Option<&Bridge> {
        self.bridge.as_ref()
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
        let mode = match explain.way {
            Way::Exact => Mode::Exact,
            _ if options.rerank => Mode::HnswReranked,
            _ => Mode::Hnsw,
        };
        let hits = match mode {
            Mode::HnswReranked => timed(&mut took.rerank, || rerank(&vector, candidates, &self.index, options.k))?,
            Mode::Hnsw | Mode::Exact => candidates,
        };
        let hits = hits.into_iter().map(|hit| self.read(hit)).collect::<Result<_, _>>()?;
        took.total = started.elapsed();
        let bridged = self.bridge.as_ref().map(Bridge::agreement);
        Ok(Answer { hits, mode, explain, bridged, took })
    }

    /// The documents near to a query among those that pass a filter, by exact comparison: a set of rows for each segment.
    ///
    /// # Errors
    /// [`SearchError`] if the query is empty, or a step fails.
    pub fn matched(&self, query: &str, matched: Matched, filter: &Filter) -> Result<Vec<RowSet>, SearchError> {
        let vector = self.encode(query)?;
        let passing = self.passing(filter)?;
        let mut rows: Vec<RowSet> = passing.iter().map(|passing| RowSet::empty(passing.rows())).collect();
        match matched {
            Matched::Nearest(count) => {
                let params = SearchParams { way: Way::Exact, ..SearchParams::new(count, count) };
                let (hits, _) = self.index.search_with(&vector, &params, Some(&passing))?;
                for hit in hits {
                    let (segment, row) = self.collection.place(hit.id);
                    rows[segment].insert(row);
                }
            }
            Matched::AtLeast(score) => {
                for (number, passing) in passing.iter().enumerate() {
                    for row in passing.iter() {
                        let place = RowId(self.collection.base(number) + row.0);
                        if self.index.score(place, &vector)? >= score {
                            rows[number].insert(row);
                        }
                    }
                }
            }
        }
        Ok(rows)
    }

    /// The rows of each segment that pass a filter, which are the same ones for the next question.
    fn passing(&self, filter: &Filter) -> Result<Arc<Vec<RowSet>>, CollectionError> {
        let mut passing = self.passing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, rows)) = &*passing
            && known == filter
        {
            return Ok(rows.clone());
        }
        let rows = Arc::new(self.collection.passing(filter)?);
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
        match &self.bridge {
            Some(bridge) => Ok(bridge.apply(self.encoder.fingerprint().as_str(), vector, &self.searched)?),
            None => Ok(vector.to_vec()),
        }
    }

    fn candidates(&self, vector: &[f32], options: &SearchOptions) -> Result<(Vec<Hit>, Explain), SearchError> {
        let SearchOptions { k, ef, way, rerank, .. } = *options;
        let filters = match options.filter.is_everything() {
            true => None,
            false => Some(self.passing(&options.filter)?),
        };
        // A search for as many hits as the beam keeps leaves none of its candidates out of full precision.
        let wanted = if rerank { ef.max(k) } else { k };
        let way = if rerank && way == Way::Cheapest { Way::Walk } else { way };
        let params = SearchParams { way, ..SearchParams::new(wanted, ef) };
        let (mut hits, explain) =
            self.index.search_with(vector, &params, filters.as_ref().map(|filters| &filters[..]))?;
        if explain.way == Way::Exact {
            hits.truncate(k);
        }
        Ok((hits, explain))
    }

    fn read(&self, hit: Hit) -> Result<Found, SearchError> {
        Ok(Found { score: hit.score, document: self.collection.document(hit.id)? })
    }
}

fn timed<T>(into: &mut Duration, step: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = step();
    *into = started.elapsed();
    result
}
