//! Answers one query: encode, look candidates up, rank them, read the documents.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use semsearch_embed::{Encoder, Fingerprint, TextKind};
use semsearch_index::{RowSet, SearchParams, Strategy};
use semsearch_store::{Collection, CollectionError, Filter, SegmentedIndex};
use semsearch_vector::normalise;

use super::answer::{Answer, Found, Took};
use super::by_vectors::{ByVectors, found, leave_low_out, mode, params, shown_score, timed, without};
use super::constraints::{identified_by, satisfying};
use super::diversity;
use super::error::SearchError;
use super::feedback::Feedback;
use super::fusion::{Evidence, Fusion};
use super::options::{Matched, Ranker, SearchOptions};
use super::part::Part;
use super::question::{Question, QuestionKind};
use super::rank::{Ranked, Ranking, Words, rank};
use super::reasons::{Reasons, matched, nearest_sentences};
use super::recency::{Days, HalfLife};
use super::request::{Combine, Request};
use crate::align::{Alignment, read_alignment};
use crate::model::mismatch;
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
    /// The day that every paper is from. Read on first use.
    days: OnceLock<Days>,
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
        Ok(Searched {
            collection,
            index,
            fingerprint,
            alignment,
            words: OnceLock::new(),
            days: OnceLock::new(),
            passing: Mutex::default(),
        })
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

    /// The fingerprint of the model whose vectors are searched.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.searched.fingerprint
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
        self.answer(&Request::new(query), options)
    }

    /// Answers a request.
    ///
    /// # Errors
    /// As [`Searcher::search`]; [`SearchError::NoPaper`] if a paper that answers are to be near to is not there.
    pub fn answer(&self, request: &Request, options: &SearchOptions) -> Result<Answer, SearchError> {
        if request.texts.is_empty() || request.texts.iter().any(|text| text.trim().is_empty()) {
            return Err(SearchError::EmptyQuery);
        }
        let options = &options.within(self.collection().len());
        // Vectors alone need no words; opening them costs a millisecond for 100,000 papers.
        let words = if options.ranker == Some(Ranker::Dense) { None } else { self.words()? };
        let answer = match (options.ranker, words) {
            (Some(Ranker::Dense), _) | (None, None) => self.search_dense(request, options)?,
            (None | Some(Ranker::Hybrid), Some(words)) => self.search_words(request, words, Ranker::Hybrid, options)?,
            (Some(Ranker::Lexical), Some(words)) => self.search_words(request, words, Ranker::Lexical, options)?,
            (Some(Ranker::Hybrid | Ranker::Lexical), None) => {
                return Err(SearchError::NoWords { path: self.collection().root().to_owned() });
            }
        };
        Ok(answer.in_order(options))
    }

    fn search_dense(&self, request: &Request, options: &SearchOptions) -> Result<Answer, SearchError> {
        let started = Instant::now();
        let mut took = Took::default();
        let feedback = Feedback::find(&request.like, &request.unlike, self.collection())?;
        let mut vectors = Vec::with_capacity(request.texts.len());
        let mut truncated = false;
        for text in &request.texts {
            let (mut vector, is_cut) = self.encode(text)?;
            feedback.apply(&mut vector, self.index())?;
            vectors.push(vector);
            truncated |= is_cut;
        }
        took.encode = started.elapsed();
        let filtered = match options.filter.is_everything() {
            true => None,
            false => Some(self.passing(&options.filter)?),
        };
        let keep = without(filtered, &feedback, self.collection())?;
        let by_vectors = ByVectors {
            collection: self.collection(),
            index: self.index(),
            keep: keep.as_deref().map(|keep| &keep[..]),
            recency: self.recency(options)?,
        };
        let mut answer = by_vectors.answer(vectors, request.combine, options, took)?;
        answer.truncated = truncated;
        answer.aligned = self.alignment().map(Alignment::overlap);
        answer.took.total = started.elapsed();
        Ok(answer)
    }

    /// Answers by words, and by vectors as well if `ranker` says so.
    fn search_words(
        &self,
        request: &Request,
        words: &Words,
        ranker: Ranker,
        options: &SearchOptions,
    ) -> Result<Answer, SearchError> {
        if ranker == Ranker::Lexical && request.has_feedback() {
            return Err(SearchError::FeedbackWithoutVectors);
        }
        let started = Instant::now();
        let mut took = Took::default();
        let feedback = Feedback::find(&request.like, &request.unlike, self.collection())?;
        let mut parts = Vec::with_capacity(request.texts.len());
        for text in &request.texts {
            parts.push(self.part(text, request, words, ranker, &feedback, options, &mut took)?);
        }
        let is_any_bound = parts.iter().any(|part| !part.question.constraints.is_empty());
        if parts.len() > 1 && request.combine == Combine::Any && is_any_bound {
            return Err(SearchError::DemandsOfAny);
        }
        let keep = without(self.kept(&parts, words, &options.filter)?, &feedback, self.collection())?;
        let ranking = Ranking {
            collection: self.collection(),
            vectors: self.index(),
            words: Some(words),
            keep: keep.as_deref().map(|keep| &keep[..]),
            params: params(options),
            k: options.diversity.map_or(options.k, |_| diversity::candidates(options.k)),
            combine: request.combine,
            recency: self.recency(options)?,
            is_calibrated: self.is_calibrated() && !request.has_feedback() && ranker == Ranker::Hybrid,
        };
        let mut ranked = rank(&parts, &ranking)?;
        took.search = ranked.took.dense;
        took.lexical += ranked.took.lexical;
        took.fuse = ranked.took.fuse;
        if let Some(lambda) = options.diversity {
            let hits = std::mem::take(&mut ranked.hits);
            ranked.hits = timed(&mut took.rerank, || {
                diversity::diversified(hits, options.k, lambda, self.collection(), self.index())
            })?;
        }
        let best_left_out =
            leave_low_out(&mut ranked.hits, options.min_score, |hit| shown_score(hit, &parts, request.combine));
        let mode = ranked.explain.as_ref().map(|explain| mode(explain.strategy, options));
        let hits = self.read(&ranked, &parts, request.combine, words, options)?;
        let by_vectors = parts.iter().any(|part| part.vector.is_some());
        took.total = started.elapsed();
        Ok(Answer {
            hits,
            ranker,
            mode,
            explain: ranked.explain,
            candidates: Some(ranked.candidates),
            corrections: parts.iter_mut().flat_map(|part| std::mem::take(&mut part.question.corrections)).collect(),
            expansions: parts.iter_mut().flat_map(|part| std::mem::take(&mut part.question.expansions)).collect(),
            confidence: ranked.confidence.filter(|_| by_vectors),
            truncated: parts.iter().any(|part| part.is_cut),
            documents: self.collection().len(),
            best_left_out,
            aligned: self.alignment().filter(|_| by_vectors).map(Alignment::overlap),
            took,
        })
    }

    /// What one text asks of vectors and of words.
    #[expect(clippy::too_many_arguments, reason = "one place calls it")]
    fn part(
        &self,
        text: &str,
        request: &Request,
        words: &Words,
        ranker: Ranker,
        feedback: &Feedback,
        options: &SearchOptions,
        took: &mut Took,
    ) -> Result<Part, SearchError> {
        let started = Instant::now();
        let kind = if request.is_prose { QuestionKind::Prose } else { QuestionKind::Typed };
        let knows_word = |word: &str| self.encoder.knows_word(word);
        let question = Question::read(text, kind, options.question, &words.index, knows_word, || words.acronyms())?;
        took.lexical += started.elapsed();
        let by_vectors = ranker == Ranker::Hybrid && !question.text.trim().is_empty();
        let (vector, is_cut) = match by_vectors {
            true => {
                let started = Instant::now();
                let (mut vector, is_cut) = self.encode(&question.text)?;
                feedback.apply(&mut vector, self.index())?;
                took.encode += started.elapsed();
                (Some(vector), is_cut)
            }
            false => (None, false),
        };
        // A text of a few words may be a name as a question may.
        let named = named(text, &question, words, self.collection())?;
        let weight = if by_vectors { question.lexical_weight() } else { 1.0 };
        let fusion = options.fusion.filter(|_| by_vectors).unwrap_or(Fusion::Convex { weight });
        Ok(Part { question, vector, is_cut, named, fusion })
    }

    /// Whether the bounds of confidence were measured for the vectors that are compared.
    fn is_calibrated(&self) -> bool {
        self.alignment().is_none() && CALIBRATED.contains(&&*self.encoder.model().name)
    }

    /// The rows that pass the filter and satisfy what any of the texts demands; `None` if all do.
    fn kept(&self, parts: &[Part], words: &Words, filter: &Filter) -> Result<Option<Arc<Vec<RowSet>>>, SearchError> {
        let mut constraints = parts.iter().flat_map(|part| &part.question.constraints).peekable();
        if constraints.peek().is_none() {
            return match filter.is_everything() {
                true => Ok(None),
                false => Ok(Some(self.passing(filter)?)),
            };
        }
        let passing = Vec::clone(&*self.passing(filter)?);
        Ok(Some(Arc::new(satisfying(constraints, self.collection(), &words.index, passing)?)))
    }

    /// How fast scores halve with age, and the age of every paper, if they are to halve.
    fn recency(&self, options: &SearchOptions) -> Result<Option<(HalfLife, &Days)>, CollectionError> {
        let Some(half_life) = options.recency else { return Ok(None) };
        if let Some(days) = self.searched.days.get() {
            return Ok(Some((half_life, days)));
        }
        let days = Days::read(self.collection())?;
        Ok(Some((half_life, self.searched.days.get_or_init(|| days))))
    }

    /// Reads the documents of a ranking, with reasons if they are wanted.
    fn read(
        &self,
        ranked: &Ranked,
        parts: &[Part],
        combine: Combine,
        words: &Words,
        options: &SearchOptions,
    ) -> Result<Vec<Found>, SearchError> {
        let mut hits = Vec::with_capacity(ranked.hits.len());
        let mut nearest = Vec::with_capacity(ranked.hits.len());
        for hit in &ranked.hits {
            let Some(id) = self.collection().doc_id_numbered(u64::from(hit.doc)) else { continue };
            let mut found = found(hit, parts, combine, self.collection().document(id)?);
            if options.reasons {
                let matched = matched(parts.iter().map(|part| &part.question), &found.document, &words.index)?;
                let is = |what: fn(&Evidence) -> bool| hit.parts.iter().any(|(evidence, _)| what(evidence));
                let (all_in_title, is_named) = (is(|evidence| evidence.all_in_title), is(|evidence| evidence.is_named));
                found.reasons = Some(Reasons { matched, all_in_title, is_named, sentence: None });
            }
            // A paper may answer one text better than the others.
            let best = hit.parts.iter().zip(parts).max_by(|one, other| one.0.1.total_cmp(&other.0.1));
            nearest.push(best.and_then(|(_, part)| part.vector.as_deref()));
            hits.push(found);
        }
        // Through an alignment, sentences would be vectors of another model than the query.
        if options.reasons && self.alignment().is_none() {
            let abstracts: Vec<(Option<&[f32]>, &str)> =
                nearest.into_iter().zip(hits.iter().map(|hit| hit.document.r#abstract.as_str())).collect();
            let sentences = nearest_sentences(&abstracts, &*self.encoder)?;
            for (hit, nearest) in hits.iter_mut().zip(sentences) {
                if let Some(reasons) = &mut hit.reasons {
                    reasons.sentence = nearest;
                }
            }
        }
        Ok(hits)
    }

    /// Finds the documents that match a query and pass a filter, by exact search: one set of rows a segment, and whether the
    /// query is longer than the model reads.
    ///
    /// # Errors
    /// [`SearchError`] if the query is empty, or a step fails.
    pub fn matched(&self, query: &str, matched: Matched, filter: &Filter) -> Result<(Vec<RowSet>, bool), SearchError> {
        let (vector, is_cut) = self.encode(query)?;
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
        Ok((rows, is_cut))
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

    /// The vector of a text, of length 1, and whether the text is longer than the model reads.
    fn encode(&self, query: &str) -> Result<(Vec<f32>, bool), SearchError> {
        if query.trim().is_empty() {
            return Err(SearchError::EmptyQuery);
        }
        let mut encoded = self.encoder.encode(&[query], TextKind::Query)?;
        normalise(encoded.vectors.row_mut(0));
        let is_cut = encoded.truncated.first().copied().unwrap_or(false);
        let vector = encoded.vectors.row(0);
        let vector = match self.alignment() {
            Some(alignment) => {
                alignment.apply(self.encoder.fingerprint().as_str(), vector, &self.searched.fingerprint)?
            }
            None => vector.to_vec(),
        };
        Ok((vector, is_cut))
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
