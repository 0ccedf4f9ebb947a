//! Similar papers.

use semsearch_engine::{HalfLife, SearchOptions};

use super::ask::hits;
use super::shared::expression;
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
            took_us: answer.took.into(),
            hits: hits(answer).collect(),
        }
    }
}
