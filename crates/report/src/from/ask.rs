//! Answers and hits.

use semsearch_corpus::Document;
use semsearch_engine::{ChosenStrategy, Found, HalfLife, Ranker, Request, SearchMode, SearchOptions};

use super::shared::{expression, place};
use crate::ask::{
    Also, Answer, AnswerSchema, Candidates, Combine, Confidence, Corrected, Expected, Explain, Feedback, Hit, HitLine,
    HitSchema, Level, MatchedTerm, Mode, NoHit, NoHitSchema, Parts, Reasons, Took, VectorSearch, Vectors,
};
use crate::shared::Near;

impl Answer {
    /// The answer to `request`, whose texts `model` encoded; with an explanation if reasons were asked for.
    #[must_use]
    pub fn new(request: &Request, model: &str, answer: &semsearch_engine::Answer, options: &SearchOptions) -> Self {
        let also = !answer.corrections.is_empty() || !answer.expansions.is_empty();
        let is_moved = !request.like.is_empty() || !request.unlike.is_empty();
        let texts = &request.texts;
        Answer {
            schema: AnswerSchema::V1,
            query: texts.join("\n"),
            query_id: None,
            query_number: None,
            parts: (texts.len() > 1).then(|| Parts { texts: texts.clone(), combine: request.combine.into() }),
            feedback: is_moved.then(|| Feedback { like: request.like.clone(), unlike: request.unlike.clone() }),
            diversity: options.diversity,
            half_life_days: options.recency.map(HalfLife::days),
            model: model.to_owned(),
            truncated: answer.truncated,
            mode: answer.ranker.into(),
            vectors: answer.mode.map(Into::into),
            also: also.then(|| Also::from(answer)),
            confidence: answer.confidence.map(Into::into),
            bridged: answer.aligned.map(Into::into),
            filter: expression(&options.filter),
            min_score: options.min_score,
            best_left_out: answer.best_left_out,
            sort: options.order.map(|order| order.as_str().to_owned()),
            documents: answer.documents as u64,
            near: Vec::new(),
            took_us: answer.took.into(),
            explain: options.reasons.then(|| Explain::from(answer)),
            hits: hits(answer).collect(),
        }
    }
}

impl HitLine {
    /// A line for each hit of the answer to `request`.
    pub fn all<'a>(request: &'a Request, answer: &'a semsearch_engine::Answer) -> impl Iterator<Item = Self> + 'a {
        let (bridged, truncated) = (answer.aligned.is_some(), answer.truncated);
        let query = request.texts.join("\n");
        hits(answer).map(move |hit| HitLine {
            schema: HitSchema::V1,
            query: query.clone(),
            query_id: None,
            query_number: None,
            truncated,
            bridged,
            confidence: answer.confidence.map(Into::into),
            hit,
        })
    }

    /// The same line with the id of its question.
    #[must_use]
    pub fn with_query_id(self, id: &str) -> Self {
        HitLine { query_id: Some(id.to_owned()), ..self }
    }

    /// The same line with the number of its question.
    #[must_use]
    pub fn with_query_number(self, number: Option<u64>) -> Self {
        HitLine { query_number: number, ..self }
    }
}

impl NoHit {
    /// The line of a request without hits.
    #[must_use]
    pub fn new(request: &Request, query_id: Option<&str>) -> Self {
        NoHit {
            schema: NoHitSchema::V1,
            query: request.texts.join("\n"),
            query_id: query_id.map(str::to_owned),
            query_number: None,
            truncated: false,
            near: Vec::new(),
            hits: 0,
        }
    }

    /// The same line with the number of its question.
    #[must_use]
    pub fn with_query_number(self, number: Option<u64>) -> Self {
        NoHit { query_number: number, ..self }
    }

    /// The same line, saying whether the question is longer than the model reads.
    #[must_use]
    pub fn with_truncated(self, truncated: bool) -> Self {
        NoHit { truncated, ..self }
    }

    /// The same line with what each part of the filter matches by itself.
    #[must_use]
    pub fn with_near(self, near: Vec<Near>) -> Self {
        NoHit { near, ..self }
    }
}

impl From<semsearch_engine::Combine> for Combine {
    fn from(combine: semsearch_engine::Combine) -> Self {
        match combine {
            semsearch_engine::Combine::Any => Combine::Any,
            _ => Combine::All,
        }
    }
}

pub(super) fn hits(answer: &semsearch_engine::Answer) -> impl Iterator<Item = Hit> + '_ {
    answer.hits.iter().zip(1..).map(|(found, rank)| Hit::new(rank, found))
}

impl Hit {
    /// The paper found at this rank, from 1.
    #[must_use]
    pub fn new(rank: u64, found: &Found) -> Self {
        let document = found.document.clone();
        let link = document.link();
        let Document { id, title, r#abstract, date, year, authors, authors_count, organization, url, .. } = document;
        let Document { venue, doi, arxiv, keywords, comments, source, extra, .. } = document;
        Hit {
            rank,
            id,
            score: found.score,
            cosine: found.cosine,
            bm25: found.lexical,
            parts: found.parts.clone(),
            reasons: found.reasons.as_ref().map(Into::into),
            title,
            r#abstract,
            date: date.map(|date| date.to_string()),
            year,
            authors,
            authors_count,
            organization,
            url,
            link,
            venue,
            doi,
            arxiv,
            keywords,
            comments,
            source: source.iter().map(place).collect(),
            extra,
        }
    }
}

impl From<&semsearch_engine::Reasons> for Reasons {
    fn from(reasons: &semsearch_engine::Reasons) -> Self {
        let matched = reasons.matched.iter();
        Reasons {
            matched: matched.map(|term| MatchedTerm { word: term.word.clone(), idf: term.idf }).collect(),
            all_in_title: reasons.all_in_title,
            named: reasons.is_named,
            sentence: reasons.sentence.clone(),
        }
    }
}

impl From<&semsearch_engine::Answer> for Also {
    fn from(answer: &semsearch_engine::Answer) -> Self {
        let corrections = answer.corrections.iter();
        Also {
            corrected: corrections.map(|one| Corrected { typed: one.typed.clone(), used: one.used.clone() }).collect(),
            expanded: answer.expansions.clone(),
        }
    }
}

impl From<Ranker> for Mode {
    fn from(ranker: Ranker) -> Self {
        match ranker {
            Ranker::Hybrid => Mode::Hybrid,
            Ranker::Dense => Mode::Dense,
            Ranker::Lexical => Mode::Lexical,
        }
    }
}

impl From<SearchMode> for Vectors {
    fn from(mode: SearchMode) -> Self {
        match mode {
            SearchMode::Hnsw => Vectors::Hnsw,
            SearchMode::HnswReranked => Vectors::HnswReranked,
            SearchMode::Exact => Vectors::Exact,
        }
    }
}

impl From<semsearch_engine::Took> for Took {
    fn from(took: semsearch_engine::Took) -> Self {
        let us = |duration: std::time::Duration| duration.as_micros() as u64;
        Took {
            encode: us(took.encode),
            search: us(took.search),
            lexical: us(took.lexical),
            fuse: us(took.fuse),
            rerank: us(took.rerank),
            total: us(took.total),
        }
    }
}

impl From<&semsearch_engine::Answer> for Explain {
    fn from(answer: &semsearch_engine::Answer) -> Self {
        let candidates = answer.candidates.map(|candidates| Candidates {
            dense: candidates.dense as u64,
            lexical: candidates.lexical as u64,
            union: candidates.union as u64,
            weight: candidates.weight,
        });
        Explain { vectors: answer.explain.as_ref().map(VectorSearch::from), candidates }
    }
}

impl From<&semsearch_engine::Explain> for VectorSearch {
    fn from(explain: &semsearch_engine::Explain) -> Self {
        let us = |ns: f64| (ns / 100.0).round() / 10.0;
        VectorSearch {
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

impl From<semsearch_engine::Confidence> for Confidence {
    fn from(confidence: semsearch_engine::Confidence) -> Self {
        let level = match confidence.level {
            semsearch_engine::Level::Good => Level::Good,
            semsearch_engine::Level::Weak => Level::Weak,
            semsearch_engine::Level::None => Level::None,
        };
        Confidence { level, top_cosine: confidence.top_cosine, cover: confidence.cover }
    }
}
