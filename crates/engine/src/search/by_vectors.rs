//! Answers by vectors alone: dense search, and papers that are similar to others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use semsearch_corpus::Document;
use semsearch_index::{ChosenStrategy, RowSet, SearchParams, Strategy};
use semsearch_store::{Collection, DocHit, SegmentedIndex};

use super::answer::{Answer, Found, SearchMode, Took};
use super::diversity;
use super::error::SearchError;
use super::feedback::Feedback;
use super::fusion::Fusion;
use super::options::{Ranker, SearchOptions};
use super::part::{Part, asking};
use super::question::Question;
use super::rank::{RankedHit, Ranking, rank};
use super::recency::{Days, HalfLife};
use super::request::Combine;
use crate::rerank::rerank;

/// What vectors are compared with.
pub(crate) struct ByVectors<'a> {
    pub(crate) collection: &'a Collection,
    pub(crate) index: &'a SegmentedIndex,
    /// For each segment, the rows that may be answers.
    pub(crate) keep: Option<&'a [RowSet]>,
    /// How fast scores halve with age, and the age of papers.
    pub(crate) recency: Option<(HalfLife, &'a Days)>,
}

impl ByVectors<'_> {
    /// The papers nearest to the vectors, each of length 1.
    pub(crate) fn answer(
        &self,
        vectors: Vec<Vec<f32>>,
        combine: Combine,
        options: &SearchOptions,
        mut took: Took,
    ) -> Result<Answer, SearchError> {
        let plain = self.recency.is_none() && options.diversity.is_none();
        let (hits, explain, best_left_out) = match (&vectors[..], plain) {
            ([vector], true) => self.nearest(vector, options, &mut took)?,
            _ => self.ranked(vectors, combine, options, &mut took)?,
        };
        Ok(Answer {
            hits,
            ranker: Ranker::Dense,
            mode: explain.map(|explain| mode(explain.strategy, options)),
            explain,
            candidates: None,
            corrections: Vec::new(),
            expansions: Vec::new(),
            confidence: None,
            truncated: false,
            documents: self.collection.len(),
            best_left_out,
            aligned: None,
            took,
        })
    }

    fn nearest(&self, vector: &[f32], options: &SearchOptions, took: &mut Took) -> Result<Hits, SearchError> {
        let search = || self.index.search_with(vector, &params(options), self.keep);
        let (mut hits, explain) = timed(&mut took.search, search)?;
        if mode(explain.strategy, options) == SearchMode::HnswReranked {
            hits = timed(&mut took.rerank, || rerank(vector, hits, self.index, options.k))?;
        }
        hits.truncate(options.k);
        let left_out = leave_low_out(&mut hits, options.min_score, |hit| hit.score);
        let read = |hit: DocHit| Ok(Found::dense(hit.score, self.collection.document(hit.id)?));
        Ok((hits.into_iter().map(read).collect::<Result<_, SearchError>>()?, Some(explain), left_out))
    }

    fn ranked(
        &self,
        vectors: Vec<Vec<f32>>,
        combine: Combine,
        options: &SearchOptions,
        took: &mut Took,
    ) -> Result<Hits, SearchError> {
        let part = |vector| Part {
            question: Question::without_words(),
            vector: Some(vector),
            is_cut: false,
            named: Vec::new(),
            fusion: Fusion::Convex { weight: 0.0 },
        };
        let parts: Vec<Part> = vectors.into_iter().map(part).collect();
        let ranking = Ranking {
            collection: self.collection,
            vectors: self.index,
            words: None,
            keep: self.keep,
            params: params(options),
            k: options.diversity.map_or(options.k, |_| diversity::candidates(options.k)),
            combine,
            recency: self.recency,
            is_calibrated: false,
        };
        let ranked = rank(&parts, &ranking)?;
        took.search += ranked.took.dense;
        took.fuse += ranked.took.fuse;
        let mut hits = ranked.hits;
        if let Some(lambda) = options.diversity {
            let diversify = || diversity::diversified(hits, options.k, lambda, self.collection, self.index);
            hits = timed(&mut took.rerank, diversify)?;
        }
        let left_out = leave_low_out(&mut hits, options.min_score, |hit| shown_score(hit, &parts, combine));
        let mut read = Vec::with_capacity(hits.len());
        for hit in &hits {
            let Some(id) = self.collection.doc_id_numbered(u64::from(hit.doc)) else { continue };
            read.push(found(hit, &parts, combine, self.collection.document(id)?));
        }
        Ok((read, ranked.explain, left_out))
    }
}

/// Hits, how they were found, and the best score that was left out for being too low.
type Hits = (Vec<Found>, Option<semsearch_index::Explain>, Option<f32>);

/// Leaves out what has less than the least score, and returns the best score that was left out.
pub(crate) fn leave_low_out<T>(hits: &mut Vec<T>, least: Option<f32>, score: impl Fn(&T) -> f32) -> Option<f32> {
    let least = least?;
    let mut best = None;
    hits.retain(|hit| {
        let score = score(hit);
        if score < least {
            best = Some(best.map_or(score, |best: f32| best.max(score)));
        }
        score >= least
    });
    best
}

/// The score that a paper is shown with. By the words of one text alone it is that of the words: a share of the best would
/// say nothing.
pub(crate) fn shown_score(hit: &RankedHit, parts: &[Part], combine: Combine) -> f32 {
    let has_vectors = parts.iter().any(|part| part.vector.is_some());
    if has_vectors || parts.len() > 1 { hit.score } else { lexical(hit, parts, combine) }
}

fn lexical(hit: &RankedHit, parts: &[Part], combine: Combine) -> f32 {
    combine.of(asking(parts).map(|part| hit.parts[part].0.lexical))
}

/// A paper as it is shown. What is known of it for several texts is combined as its scores are.
pub(crate) fn found(hit: &RankedHit, parts: &[Part], combine: Combine, document: Document) -> Found {
    let cosines = hit.parts.iter().zip(parts).filter(|(_, part)| part.vector.is_some()).map(|(one, _)| one.0.cosine);
    let has_vectors = parts.iter().any(|part| part.vector.is_some());
    Found {
        score: shown_score(hit, parts, combine),
        cosine: has_vectors.then(|| combine.of(cosines)),
        lexical: Some(lexical(hit, parts, combine)),
        parts: if parts.len() > 1 { hit.parts.iter().map(|one| one.1).collect() } else { Vec::new() },
        reasons: None,
        document,
    }
}

/// The rows without those of the papers that move the query; `None` if all rows may be answers.
pub(crate) fn without(
    keep: Option<Arc<Vec<RowSet>>>,
    feedback: &Feedback,
    collection: &Collection,
) -> Result<Option<Arc<Vec<RowSet>>>, SearchError> {
    let mut papers = feedback.papers().peekable();
    if papers.peek().is_none() {
        return Ok(keep);
    }
    let mut rows = match keep {
        Some(keep) => Vec::clone(&keep),
        None => collection.segments().iter().map(|segment| RowSet::all(segment.rows())).collect(),
    };
    for paper in papers {
        let (segment, row) = collection.place(paper)?;
        rows[segment].remove(row);
    }
    Ok(Some(Arc::new(rows)))
}

/// The papers most similar to the papers with these ids, arXiv ids or DOIs, by vectors of the active model: the nearest to
/// the mean of their vectors. The papers themselves are left out. Needs no model.
///
/// # Errors
/// [`SearchError::NoPaper`] if a paper is not there, [`SearchError::EmptyQuery`] without papers, or what is wrong with the
/// index.
pub fn similar(collection: &Collection, papers: &[String], options: &SearchOptions) -> Result<Answer, SearchError> {
    let started = Instant::now();
    let options = &options.within(collection.len());
    let index = SegmentedIndex::of(collection, &collection.manifest().active)?;
    let feedback = Feedback::find(papers, &[], collection)?;
    if feedback.like.is_empty() {
        return Err(SearchError::EmptyQuery);
    }
    let mut vector = vec![0.0; index.dim()];
    feedback.apply(&mut vector, &index)?;
    let filtered = match options.filter.is_everything() {
        true => None,
        false => Some(Arc::new(collection.passing(&options.filter)?)),
    };
    let keep = without(filtered, &feedback, collection)?;
    let days = options.recency.map(|_| Days::read(collection)).transpose()?;
    let by_vectors = ByVectors {
        collection,
        index: &index,
        keep: keep.as_deref().map(|keep| &keep[..]),
        recency: options.recency.zip(days.as_ref()),
    };
    let mut answer = by_vectors.answer(vec![vector], Combine::All, options, Took::default())?;
    answer.took.total = started.elapsed();
    Ok(answer.in_order(options))
}

/// How vectors are searched.
pub(crate) fn params(options: &SearchOptions) -> SearchParams {
    let SearchOptions { k, ef, strategy, rerank, .. } = *options;
    // A search for as many hits as the beam keeps scores all its candidates in full precision.
    let wanted = if rerank { ef.max(k) } else { k };
    let strategy = if rerank && strategy == Strategy::Auto { Strategy::Graph } else { strategy };
    SearchParams::new(wanted).with_ef(ef).with_strategy(strategy)
}

pub(crate) fn mode(strategy: ChosenStrategy, options: &SearchOptions) -> SearchMode {
    match strategy {
        ChosenStrategy::Exact => SearchMode::Exact,
        ChosenStrategy::Graph if options.rerank => SearchMode::HnswReranked,
        ChosenStrategy::Graph => SearchMode::Hnsw,
    }
}

/// Runs a step and notes how long it took.
pub(crate) fn timed<T>(into: &mut Duration, step: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = step();
    *into = started.elapsed();
    result
}
