//! Answers one query: encode, look candidates up, rank them, read the documents.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use semsearch_embed::{Encoder, Fingerprint, TextKind};
use semsearch_index::{ChosenStrategy, RowSet, SearchParams, Strategy};
use semsearch_store::{Collection, CollectionError, Filter, SegmentedIndex};
use semsearch_vector::normalise;

use super::answer::{Answer, Found, SearchMode, Took};
use super::constraints::{identified_by, satisfying};
use super::error::SearchError;
use super::fusion::{Evidence, Fused, Fusion};
use super::options::{Matched, Ranker, SearchOptions};
use super::question::Question;
use super::rank::{Ranked, Ranking, Words, rank};
use super::reasons::{Reasons, matched, nearest_sentences};
use crate::align::{Alignment, read_alignment};
use crate::model::mismatch;
use crate::rerank::rerank;
use crate::switch::is_complete;

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
    /// The words; `None` if an earlier version wrote a segment, without words. Opened on first use.
    words: OnceLock<Option<Words>>,
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
        Ok(Searched { collection, index, fingerprint, alignment, words: OnceLock::new(), passing: Mutex::default() })
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

    /// The words of the collection; `None` if an earlier version wrote a segment, without words.
    ///
    /// # Errors
    /// If the words are damaged.
    fn words(&self) -> Result<Option<&Words>, SearchError> {
        if let Some(words) = self.searched.words.get() {
            return Ok(words.as_ref());
        }
        let words = Words::open(self.collection())?;
        Ok(self.searched.words.get_or_init(|| words).as_ref())
    }

    /// Whether the collection has words, so that it can be searched by them.
    ///
    /// # Errors
    /// If the words are damaged.
    pub fn has_words(&self) -> Result<bool, SearchError> {
        Ok(self.words()?.is_some())
    }

    /// Answers one query.
    ///
    /// # Errors
    /// [`SearchError`] if the query is empty, or a step fails; [`SearchError::NoWords`] if words are to rank and the
    /// collection has none.
    pub fn search(&self, query: &str, options: &SearchOptions) -> Result<Answer, SearchError> {
        if query.trim().is_empty() {
            return Err(SearchError::EmptyQuery);
        }
        // Vectors alone need no words; opening them costs a millisecond for 100,000 papers.
        let words = if options.ranker == Some(Ranker::Dense) { None } else { self.words()? };
        match (options.ranker, words) {
            (Some(Ranker::Dense), _) | (None, None) => self.search_dense(query, options),
            (None | Some(Ranker::Hybrid), Some(words)) => self.search_words(query, words, Ranker::Hybrid, options),
            (Some(Ranker::Lexical), Some(words)) => self.search_words(query, words, Ranker::Lexical, options),
            (Some(Ranker::Hybrid | Ranker::Lexical), None) => {
                Err(SearchError::NoWords { path: self.collection().root().to_owned() })
            }
        }
    }

    fn search_dense(&self, query: &str, options: &SearchOptions) -> Result<Answer, SearchError> {
        let started = Instant::now();
        let mut took = Took::default();
        let vector = timed(&mut took.encode, || self.encode(query))?;
        let params = params(options);
        let filters = match options.filter.is_everything() {
            true => None,
            false => Some(self.passing(&options.filter)?),
        };
        let filters = filters.as_ref().map(|filters| &filters[..]);
        let (mut hits, explain) = timed(&mut took.search, || self.index().search_with(&vector, &params, filters))?;
        let mode = mode(explain.strategy, options);
        if mode == SearchMode::HnswReranked {
            hits = timed(&mut took.rerank, || rerank(&vector, hits, self.index(), options.k))?;
        }
        hits.truncate(options.k);
        let read = |hit: semsearch_store::DocHit| -> Result<Found, SearchError> {
            Ok(Found::dense(hit.score, self.collection().document(hit.id)?))
        };
        let hits = hits.into_iter().map(read).collect::<Result<_, _>>()?;
        took.total = started.elapsed();
        Ok(Answer {
            hits,
            ranker: Ranker::Dense,
            mode: Some(mode),
            explain: Some(explain),
            candidates: None,
            corrections: Vec::new(),
            expansions: Vec::new(),
            confidence: None,
            aligned: self.alignment().map(Alignment::overlap),
            took,
        })
    }

    /// Answers by words, and by vectors as well if `ranker` says so.
    fn search_words(
        &self,
        query: &str,
        words: &Words,
        ranker: Ranker,
        options: &SearchOptions,
    ) -> Result<Answer, SearchError> {
        let started = Instant::now();
        let mut took = Took::default();
        let question =
            timed(&mut took.lexical, || Question::read(query, options.question, &words.index, || words.acronyms()))?;
        let by_vectors = ranker == Ranker::Hybrid && !question.text.trim().is_empty();
        let vector = match by_vectors {
            true => Some(timed(&mut took.encode, || self.encode(&question.text))?),
            false => None,
        };
        let keep = self.kept(&question, words, &options.filter)?;
        let named = named(query, &question, words, self.collection())?;
        let weight = if by_vectors { question.lexical_weight() } else { 1.0 };
        let ranking = Ranking {
            collection: self.collection(),
            vectors: self.index(),
            words,
            keep: keep.as_deref().map(|keep| &keep[..]),
            named: &named,
            params: params(options),
            k: options.k,
            fusion: options.fusion.filter(|_| by_vectors).unwrap_or(Fusion::Convex { weight }),
            is_calibrated: self.alignment().is_none() && CALIBRATED.contains(&&*self.encoder.model().name),
        };
        let ranked = rank(&question, vector.as_deref(), &ranking)?;
        took.search = ranked.took.dense;
        took.lexical += ranked.took.lexical;
        took.fuse = ranked.took.fuse;
        let mode = ranked.explain.as_ref().map(|explain| mode(explain.strategy, options));
        let hits = self.read(&ranked, &question, words, vector.as_deref(), options)?;
        took.total = started.elapsed();
        Ok(Answer {
            hits,
            ranker,
            mode,
            explain: ranked.explain,
            candidates: Some(ranked.candidates),
            corrections: question.corrections,
            expansions: question.expansions,
            confidence: ranked.confidence,
            aligned: self.alignment().filter(|_| by_vectors).map(Alignment::overlap),
            took,
        })
    }

    /// The rows that pass the filter and satisfy what the query demands; `None` if all do.
    fn kept(
        &self,
        question: &Question,
        words: &Words,
        filter: &Filter,
    ) -> Result<Option<Arc<Vec<RowSet>>>, SearchError> {
        if question.constraints.is_empty() {
            return match filter.is_everything() {
                true => Ok(None),
                false => Ok(Some(self.passing(filter)?)),
            };
        }
        let passing = Vec::clone(&*self.passing(filter)?);
        Ok(Some(Arc::new(satisfying(&question.constraints, self.collection(), &words.index, passing)?)))
    }

    /// Reads the documents of a ranking, with reasons if they are wanted.
    fn read(
        &self,
        ranked: &Ranked,
        question: &Question,
        words: &Words,
        vector: Option<&[f32]>,
        options: &SearchOptions,
    ) -> Result<Vec<Found>, SearchError> {
        let mut hits = Vec::with_capacity(ranked.hits.len());
        for &Fused { evidence: Evidence { doc, cosine, lexical, all_in_title, is_named }, score, .. } in &ranked.hits {
            let Some(id) = self.collection().doc_id_numbered(u64::from(doc)) else { continue };
            let document = self.collection().document(id)?;
            let reasons = match options.reasons {
                true => {
                    let matched = matched(question, &document, &words.index)?;
                    Some(Reasons { matched, all_in_title, is_named, sentence: None })
                }
                false => None,
            };
            let cosine = vector.map(|_| cosine);
            // By words alone, the score is what is known by: a share of the best would say nothing.
            let score = if vector.is_some() { score } else { lexical };
            hits.push(Found { score, cosine, lexical: Some(lexical), reasons, document });
        }
        // Through an alignment, sentences would be vectors of another model than the query.
        if let (true, Some(vector), None) = (options.reasons, vector, self.alignment()) {
            let abstracts: Vec<&str> = hits.iter().map(|hit| hit.document.r#abstract.as_str()).collect();
            let sentences = nearest_sentences(vector, &abstracts, &*self.encoder)?;
            for (hit, nearest) in hits.iter_mut().zip(sentences) {
                if let Some(reasons) = &mut hit.reasons {
                    reasons.sentence = nearest;
                }
            }
        }
        Ok(hits)
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
}

/// How vectors are searched.
fn params(options: &SearchOptions) -> SearchParams {
    let SearchOptions { k, ef, strategy, rerank, .. } = *options;
    // A search for as many hits as the beam keeps scores all its candidates in full precision.
    let wanted = if rerank { ef.max(k) } else { k };
    let strategy = if rerank && strategy == Strategy::Auto { Strategy::Graph } else { strategy };
    SearchParams::new(wanted).with_ef(ef).with_strategy(strategy)
}

fn mode(strategy: ChosenStrategy, options: &SearchOptions) -> SearchMode {
    match strategy {
        ChosenStrategy::Exact => SearchMode::Exact,
        ChosenStrategy::Graph if options.rerank => SearchMode::HnswReranked,
        ChosenStrategy::Graph => SearchMode::Hnsw,
    }
}

/// The models whose cosines the bounds of confidence were measured for. Others have other cosines, and no bounds are
/// better than wrong ones.
const CALIBRATED: [&str; 1] = ["all-MiniLM-L6-v2"];

/// Words of a name of a person, at most.
const LONGEST_NAME: usize = 5;

/// The papers of which the query is a name, in ascending order: its identifier, or one of its authors.
fn named(query: &str, question: &Question, words: &Words, collection: &Collection) -> Result<Vec<u32>, SearchError> {
    let identified = identified_by(query, collection)?;
    if !identified.is_empty() {
        return Ok(identified);
    }
    let typed = query.split_whitespace().count();
    if typed == 0 || typed > LONGEST_NAME || !question.constraints.is_empty() {
        return Ok(Vec::new());
    }
    let written = words.index.of_author(query)?;
    // A single word may be a word and a name: it is what more papers say it is.
    if typed == 1 {
        for stem in &question.stems {
            if words.index.document_frequency(stem)? as usize > written.len() {
                return Ok(Vec::new());
            }
        }
    }
    Ok(written)
}

fn timed<T>(into: &mut Duration, step: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = step();
    *into = started.elapsed();
    result
}
