//! Answers and hits.

use semsearch_corpus::Document;
use semsearch_engine::{ChosenStrategy, Found, SearchMode};
use semsearch_store::Filter;

use super::shared::expression;
use crate::ask::{Answer, AnswerSchema, Expected, Explain, Hit, HitLine, HitSchema, Mode, Took};

impl Answer {
    /// The answer to `query`, which `model` encoded; with an explanation if `explain`.
    #[must_use]
    pub fn new(query: &str, model: &str, answer: &semsearch_engine::Answer, filter: &Filter, explain: bool) -> Self {
        Answer {
            schema: AnswerSchema::V1,
            query: query.to_owned(),
            model: model.to_owned(),
            mode: answer.mode.into(),
            bridged: answer.aligned.map(Into::into),
            filter: expression(filter),
            took_us: answer.took.into(),
            explain: explain.then(|| Explain::from(&answer.explain)),
            hits: hits(answer).collect(),
        }
    }
}

impl HitLine {
    /// A line for each hit of the answer to `query`.
    pub fn all<'a>(query: &'a str, answer: &'a semsearch_engine::Answer) -> impl Iterator<Item = Self> + 'a {
        let bridged = answer.aligned.is_some();
        hits(answer).map(move |hit| HitLine { schema: HitSchema::V1, query: query.to_owned(), bridged, hit })
    }
}

fn hits(answer: &semsearch_engine::Answer) -> impl Iterator<Item = Hit> + '_ {
    answer.hits.iter().zip(1..).map(|(found, rank)| Hit::new(rank, found))
}

impl Hit {
    /// The paper found at this rank, from 1.
    #[must_use]
    pub fn new(rank: u64, found: &Found) -> Self {
        let Document { id, title, r#abstract, date, year, authors, authors_count, organization, url, .. } =
            found.document.clone();
        let date = date.map(|date| date.to_string());
        Hit { rank, id, score: found.score, title, r#abstract, date, year, authors, authors_count, organization, url }
    }
}

impl From<SearchMode> for Mode {
    fn from(mode: SearchMode) -> Self {
        match mode {
            SearchMode::Hnsw => Mode::Hnsw,
            SearchMode::HnswReranked => Mode::HnswReranked,
            SearchMode::Exact => Mode::Exact,
        }
    }
}

impl From<semsearch_engine::Took> for Took {
    fn from(took: semsearch_engine::Took) -> Self {
        let us = |duration: std::time::Duration| duration.as_micros() as u64;
        Took { encode: us(took.encode), search: us(took.search), rerank: us(took.rerank), total: us(took.total) }
    }
}

impl From<&semsearch_engine::Explain> for Explain {
    fn from(explain: &semsearch_engine::Explain) -> Self {
        let us = |ns: f64| (ns / 100.0).round() / 10.0;
        Explain {
            papers: explain.rows as u64,
            papers_kept_by_filter: explain.kept as u64,
            expected_us: Expected { scan: us(explain.expected_exact_ns), graph: us(explain.expected_graph_ns) },
            expanded: explain.expanded as u64,
            compared_by_code: explain.coded as u64,
            compared_in_full: explain.full as u64,
            proven_exact: explain.strategy == ChosenStrategy::Exact,
        }
    }
}
