//! Similar papers.

use semsearch_engine::{HalfLife, SearchOptions};

use super::ask::hits;
use super::shared::expression;
use crate::shared::Near;
use crate::similar::{Similar, SimilarSchema};

impl Similar {
    /// The papers similar to `papers`, by the vectors of `model`.
    #[must_use]
    pub fn new(papers: &[String], model: &str, answer: &semsearch_engine::Answer, options: &SearchOptions) -> Self {
        Similar {
            schema: SimilarSchema::V1,
            papers: papers.to_owned(),
            model: model.to_owned(),
            vectors: answer.mode.map(Into::into),
            diversity: options.diversity,
            half_life_days: options.recency.map(HalfLife::days),
            filter: expression(&options.filter),
            min_score: options.min_score,
            best_left_out: answer.best_left_out,
            sort: options.order.map(|order| order.as_str().to_owned()),
            documents: answer.documents as u64,
            near: Vec::new(),
            took_us: answer.took.into(),
            hits: hits(answer).collect(),
        }
    }

    /// The same with what each part of the filter matches by itself.
    #[must_use]
    pub fn with_near(self, near: Vec<Near>) -> Self {
        Similar { near, ..self }
    }
}
