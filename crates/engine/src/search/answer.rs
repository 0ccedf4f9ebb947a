//! The answer to a query.

use std::time::Duration;

use semsearch_corpus::Document;
use semsearch_index::Explain;
use semsearch_lexical::confidence::Confidence as Level;

use super::confidence::Confidence;
use super::options::{Ranker, SearchOptions};
use super::question::Correction;
use super::rank::Candidates;
use super::reasons::Reasons;
use crate::align::OverlapAt10;

/// How vectors were searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// What ranked them.
    pub ranker: Ranker,
    /// How vectors were searched; `None` if words alone ranked.
    pub mode: Option<SearchMode>,
    /// What searching vectors cost, and what the other strategy would have cost; `None` if words alone ranked.
    pub explain: Option<Explain>,
    /// How many candidates were ranked; `None` if vectors alone ranked.
    pub candidates: Option<Candidates>,
    /// Words of the query that no document holds, and what was searched for them.
    pub corrections: Vec<Correction>,
    /// Acronyms and long forms that were searched as well.
    pub expansions: Vec<String>,
    /// How sure it is that a hit answers the query; `None` if vectors or words alone ranked.
    pub confidence: Option<Confidence>,
    /// Whether a text is longer than the model reads, so that its end counts by its words only.
    pub truncated: bool,
    /// Documents in the collection.
    pub documents: usize,
    /// The best score below [`SearchOptions::min_score`], if any hit was left out for it.
    pub best_left_out: Option<f32>,
    /// What the alignment is worth through which the documents were found; `None` if they were found by vectors of the
    /// query's own model.
    pub aligned: Option<OverlapAt10>,
    /// Where the time went.
    pub took: Took,
}

impl Answer {
    /// Whether there are hits, and one of them is likely to answer what was asked as far as that is known.
    #[must_use]
    pub fn is_likely(&self) -> bool {
        let is_good = self.confidence.as_ref().is_none_or(|confidence| confidence.level != Level::None);
        is_good && !self.hits.is_empty()
    }

    /// Puts the hits into the order that is wanted; equals stay in the order of their scores.
    pub(crate) fn in_order(mut self, options: &SearchOptions) -> Self {
        if let Some(order) = options.order {
            self.hits.sort_by_cached_key(|hit| order.key(&hit.document));
        }
        self
    }
}

/// One document of an answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// What it is ranked by.
    pub score: f32,
    /// Cosine similarity of query and document, -1 to 1, for several texts combined as their scores; `None` if words alone
    /// ranked.
    pub cosine: Option<f32>,
    /// Score by words, 0 if the document holds none of them; `None` if vectors alone ranked.
    pub lexical: Option<f32>,
    /// Its score for each text that was asked, if these were several; 0 for a text that only demands.
    pub parts: Vec<f32>,
    /// Why it was found, if that was asked for.
    pub reasons: Option<Reasons>,
    /// The document.
    pub document: Document,
}

impl Found {
    /// A document ranked by vectors alone, and its cosine similarity with the query.
    #[must_use]
    pub fn dense(cosine: f32, document: Document) -> Self {
        Found { score: cosine, cosine: Some(cosine), lexical: None, parts: Vec::new(), reasons: None, document }
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
    /// From words to candidates.
    pub lexical: Duration,
    /// Scoring the candidates of both, and ranking them.
    pub fuse: Duration,
    /// Scoring candidates by exact similarity, or choosing diverse ones.
    pub rerank: Duration,
    /// All steps, reading the documents included.
    pub total: Duration,
}
