//! How a query is to be answered.

use semsearch_index::{DEFAULT_EF, Strategy};
use semsearch_store::Filter;

use super::fusion::Fusion;
use super::order::Order;
use super::question::QuestionOptions;
use super::recency::HalfLife;

/// How a query is answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SearchOptions {
    /// The greatest number of hits wanted; `usize::MAX` for all.
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
    /// What ranks documents; `None` is vectors and words if the collection has words, and vectors otherwise.
    pub ranker: Option<Ranker>,
    /// How scores by vectors and words become one; `None` is the convex combination with the weight that the length of
    /// the query suggests.
    pub fusion: Option<Fusion>,
    /// What is made of the query's words before they are searched.
    pub question: QuestionOptions,
    /// Whether every hit is to say why it was found.
    pub reasons: bool,
    /// How much hits are to differ from each other, 0 to 1; `None` or 0 leaves them in the order of their scores.
    pub diversity: Option<f32>,
    /// The time in which the score of a paper halves.
    pub recency: Option<HalfLife>,
    /// Hits with a lower score are left out.
    pub min_score: Option<f32>,
    /// The order in which hits are given; `None` is that of their scores.
    pub order: Option<Order>,
}

impl Default for SearchOptions {
    fn default() -> Self {
        SearchOptions {
            k: 10,
            ef: DEFAULT_EF,
            strategy: Strategy::Auto,
            rerank: false,
            filter: Filter::default(),
            ranker: None,
            fusion: None,
            question: QuestionOptions::default(),
            reasons: false,
            diversity: None,
            recency: None,
            min_score: None,
            order: None,
        }
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

    /// Sets what ranks documents.
    #[must_use]
    pub fn with_ranker(mut self, ranker: Option<Ranker>) -> Self {
        self.ranker = ranker;
        self
    }

    /// Sets how scores by vectors and words become one.
    #[must_use]
    pub fn with_fusion(mut self, fusion: Option<Fusion>) -> Self {
        self.fusion = fusion;
        self
    }

    /// Sets what is made of the query's words before they are searched.
    #[must_use]
    pub fn with_question(mut self, question: QuestionOptions) -> Self {
        self.question = question;
        self
    }

    /// Sets whether every hit is to say why it was found.
    #[must_use]
    pub fn with_reasons(mut self, reasons: bool) -> Self {
        self.reasons = reasons;
        self
    }

    /// Sets how much hits are to differ from each other, 0 to 1.
    #[must_use]
    pub fn with_diversity(mut self, diversity: Option<f32>) -> Self {
        self.diversity = diversity.map(|lambda| lambda.clamp(0.0, 1.0));
        self
    }

    /// Sets the time in which the score of a paper halves.
    #[must_use]
    pub fn with_recency(mut self, recency: Option<HalfLife>) -> Self {
        self.recency = recency;
        self
    }

    /// Sets the least score of a hit.
    #[must_use]
    pub fn with_min_score(mut self, min_score: Option<f32>) -> Self {
        self.min_score = min_score;
        self
    }

    /// Sets the order in which hits are given.
    #[must_use]
    pub fn with_order(mut self, order: Option<Order>) -> Self {
        self.order = order;
        self
    }

    /// The same for a collection of `documents` documents: more hits than these there are not.
    pub(crate) fn within(&self, documents: usize) -> Self {
        self.clone().with_k(self.k.min(documents.max(1)))
    }
}

/// What ranks documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranker {
    /// Vectors and words together.
    Hybrid,
    /// Vectors alone.
    Dense,
    /// Words alone. No model is needed.
    Lexical,
}

impl Ranker {
    /// The name on the command line and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Ranker::Hybrid => "hybrid",
            Ranker::Dense => "dense",
            Ranker::Lexical => "lexical",
        }
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
