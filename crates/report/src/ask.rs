//! `ask`.

use serde::{Deserialize, Serialize};

use crate::name::schema_name;
use crate::shared::{Agreement, Near, Place};

schema_name!(AnswerSchema, "semsearch.ask/2");
schema_name!(HitSchema, "semsearch.hit/2");
schema_name!(NoHitSchema, "semsearch.no-hit/1");

/// The answer to one question: `ask --json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Answer {
    /// Name and version of this document.
    pub schema: AnswerSchema,
    /// The question; several, or the passages of a text, one a line.
    pub query: String,
    /// The id of the question, if many were asked from a file. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_id: Option<String>,
    /// The number of the question, from 1, if several were asked one after another. Absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_number: Option<u64>,
    /// The questions, if these are several, or the passages of a text. Absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    /// Papers that moved the question. Absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Feedback>,
    /// How much hits had to differ from each other, 0 to 1. Absent if they did not have to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diversity: Option<f32>,
    /// In how many days of age a score halves. Absent if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half_life_days: Option<f64>,
    /// The model that encoded the question.
    pub model: String,
    /// `true` if the question is longer than the model reads, so that its end counts by its words only. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// What ranks the hits.
    pub mode: Mode,
    /// How vectors were searched. Absent if they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Vectors>,
    /// What else was searched than what was typed. Absent if nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub also: Option<Also>,
    /// How sure it is that a hit answers the question. Absent if there is nothing to tell it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// What the alignment is worth over which the hits were found. Absent if the vectors are the model's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridged: Option<Agreement>,
    /// The filter, as an expression. Absent if every paper could be a hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The least score of a hit. Absent if any would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_score: Option<f32>,
    /// The best score of a paper that was left out for its score. Absent if none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_left_out: Option<f32>,
    /// What the hits are sorted by: `date`, `year` or `title`. Absent if by their scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<String>,
    /// Papers in the index.
    #[serde(default)]
    pub documents: u64,
    /// Where no paper passes the filter, what each of its parts matches by itself. Absent otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Near>,
    /// How long the answer took.
    pub took_us: Took,
    /// How the hits were found and why that way. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explain>,
    /// The papers found, best first unless they are sorted.
    pub hits: Vec<Hit>,
}

/// Several questions that were asked at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Parts {
    /// The questions, in the order of the scores of a hit.
    pub texts: Vec<String>,
    /// How the scores of a paper became one.
    pub combine: Combine,
}

/// How several scores of a paper become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Combine {
    /// The lowest.
    All,
    /// The highest.
    Any,
}

/// Papers that moved a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Feedback {
    /// Papers to be near to, as they were named.
    pub like: Vec<String>,
    /// Papers to be far from.
    pub unlike: Vec<String>,
}

/// What ranks hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Mode {
    /// Vectors and words together.
    Hybrid,
    /// Vectors alone.
    Dense,
    /// Words alone.
    Lexical,
}

/// What was searched besides what was typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Also {
    /// Words that no paper holds, and words that were searched for them.
    pub corrected: Vec<Corrected>,
    /// Acronyms and long forms that were added.
    pub expanded: Vec<String>,
}

/// A word that no paper holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Corrected {
    /// The word as typed.
    pub typed: String,
    /// What was searched for it, the likeliest first.
    pub used: Vec<String>,
}

/// How sure it is that a hit answers the question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Confidence {
    /// In a word.
    pub level: Level,
    /// The best cosine similarity of a paper to the question, -1 to 1.
    pub top_cosine: f32,
    /// How much of the question's words, by what they tell, the best of the first three hits holds, 0 to 1.
    pub cover: f32,
}

/// How sure an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Level {
    /// A hit is likely to answer the question.
    Good,
    /// Hits have something to do with the question.
    Weak,
    /// Nothing here is likely to answer the question.
    None,
}

/// How vectors were searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Vectors {
    /// Beam search in the graph.
    #[serde(rename = "hnsw")]
    Hnsw,
    /// Beam search in the graph; everything it found was scored in full precision.
    #[serde(rename = "hnsw+rerank")]
    HnswReranked,
    /// Every paper was compared, or proven not to be among the best.
    #[serde(rename = "exact")]
    Exact,
}

/// Durations in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Took {
    /// Encoding the question.
    pub encode: u64,
    /// Searching vectors.
    pub search: u64,
    /// Searching words.
    pub lexical: u64,
    /// Scoring the candidates of both, and ranking them.
    pub fuse: u64,
    /// Scoring again in full precision.
    pub rerank: u64,
    /// From question to hits.
    pub total: u64,
}

/// How hits were found and why that way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Explain {
    /// How vectors were searched. Absent if they were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vectors: Option<VectorSearch>,
    /// How many candidates were ranked. Absent unless words were searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Candidates>,
}

/// How vectors were searched and why that way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct VectorSearch {
    /// Papers in the index.
    pub papers: u64,
    /// Papers that pass the filter.
    pub papers_kept_by_filter: u64,
    /// What either strategy was expected to cost.
    pub expected_us: Expected,
    /// Rows of the graph whose neighbours were looked at.
    pub expanded: u64,
    /// Rows compared by their codes.
    pub compared_by_code: u64,
    /// Rows compared in full precision.
    pub compared_in_full: u64,
    /// Whether no paper outside the nearest can be nearer.
    pub proven_exact: bool,
}

/// Candidates of a ranking by vectors and words.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Candidates {
    /// Nearest by vectors.
    pub dense: u64,
    /// Best by words.
    pub lexical: u64,
    /// Papers in either list.
    pub union: u64,
    /// The weight of the words in the score, 0 to 1. Absent if ranks were fused and not scores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f32>,
}

/// Expected durations in microseconds, to a tenth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Expected {
    /// Comparing with every paper.
    pub scan: f64,
    /// Beam search in the graph.
    pub graph: f64,
}

/// A paper that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Hit {
    /// Its place among the hits, from 1.
    pub rank: u64,
    /// Its id, unique in the index.
    pub id: String,
    /// What it is ranked by: in dense mode its cosine similarity to the question, in lexical mode its BM25 score, in hybrid
    /// mode a combination of both.
    pub score: f32,
    /// Its cosine similarity to the question, -1 to 1. Absent in lexical mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosine: Option<f32>,
    /// Its score by words, 0 if it holds none of them. Absent in dense mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bm25: Option<f32>,
    /// Its score for each question, if these were several. Absent otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<f32>,
    /// Why it was found. Absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Reasons>,
    /// Its title, which may be empty.
    pub title: String,
    /// Its abstract, which may be empty.
    pub r#abstract: String,
    /// When it appeared: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub date: Option<String>,
    /// The year it appeared in.
    pub year: Option<i32>,
    /// Names of its authors, in the order of the source.
    pub authors: Vec<String>,
    /// How many authors it has, where a source gives the number without the names.
    pub authors_count: Option<u32>,
    /// The institution or company that the source names.
    pub organization: Option<String>,
    /// Where to read it.
    pub url: Option<String>,
    /// Where to read it: `url`, or else an address made of its DOI or arXiv id.
    #[serde(default)]
    pub link: Option<String>,
    /// The conference or journal.
    #[serde(default)]
    pub venue: Option<String>,
    /// Its DOI, without an address.
    #[serde(default)]
    pub doi: Option<String>,
    /// Its arXiv id, without a version.
    #[serde(default)]
    pub arxiv: Option<String>,
    /// Keywords or subject categories.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// How many comments a results page counts.
    #[serde(default)]
    pub comments: Option<u32>,
    /// Every place it was read from, the first one first.
    #[serde(default)]
    pub source: Vec<Place>,
    /// Other fields of its source, under their own names.
    #[serde(default)]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

impl Mode {
    /// Its name, as it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Hybrid => "hybrid",
            Mode::Dense => "dense",
            Mode::Lexical => "lexical",
        }
    }
}

impl Vectors {
    /// Its name, as it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Vectors::Hnsw => "hnsw",
            Vectors::HnswReranked => "hnsw+rerank",
            Vectors::Exact => "exact",
        }
    }
}

/// Why a paper was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Reasons {
    /// Words of the question that the paper holds, and what they tell.
    pub matched: Vec<MatchedTerm>,
    /// Whether the title holds every word of the question.
    pub all_in_title: bool,
    /// Whether the question is an author or an identifier of the paper.
    pub named: bool,
    /// The sentence of the abstract that is nearest to the question. Absent without an abstract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// A word of a question that a paper holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MatchedTerm {
    /// The word as it stands in the question.
    pub word: String,
    /// Its inverse document frequency: 0 if all papers hold it, some 11 if one of 60,000 does.
    pub idf: f32,
}

/// A paper that was found, with its question: one line of `ask --jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct HitLine {
    /// Name and version of this document.
    pub schema: HitSchema,
    /// The question; several, or the passages of a text, one a line. Empty for papers similar to others.
    pub query: String,
    /// The id of the question, if many were asked from a file. Absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_id: Option<String>,
    /// The number of the question, from 1, if several were asked one after another. Absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_number: Option<u64>,
    /// `true` if the question is longer than the model reads, so that its end counts by its words only. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// `true` if the paper was found by vectors of another model, over an alignment. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bridged: bool,
    /// How likely it is that the papers found answer the question, the same in all of its lines. Absent if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The paper.
    #[serde(flatten)]
    pub hit: Hit,
}

/// A question that has no hit: one line of `ask --jsonl`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NoHit {
    /// Name and version of this document.
    pub schema: NoHitSchema,
    /// The question; several, or the passages of a text, one a line.
    pub query: String,
    /// The id of the question, if many were asked from a file. Absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_id: Option<String>,
    /// The number of the question, from 1, if several were asked one after another. Absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_number: Option<u64>,
    /// `true` if the question is longer than the model reads, so that its end counts by its words only. Absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// Where no paper passes the filter, what each of its parts matches by itself. Absent otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<Near>,
    /// Always 0.
    pub hits: u64,
}

impl Answer {
    /// Whether there are hits, and one of them is likely to answer what was asked as far as that is known.
    #[must_use]
    pub fn is_likely(&self) -> bool {
        self.confidence.is_none_or(|confidence| confidence.level != Level::None) && !self.hits.is_empty()
    }

    /// The same answer with the id of its question.
    #[must_use]
    pub fn with_query_id(self, id: &str) -> Self {
        Answer { query_id: Some(id.to_owned()), ..self }
    }

    /// The same answer with the number of its question.
    #[must_use]
    pub fn with_query_number(self, number: Option<u64>) -> Self {
        Answer { query_number: number, ..self }
    }

    /// The same answer with what each part of its filter matches by itself.
    #[must_use]
    pub fn with_near(self, near: Vec<Near>) -> Self {
        Answer { near, ..self }
    }

    /// A line for each hit.
    pub fn lines(&self) -> impl Iterator<Item = HitLine> + '_ {
        self.hits.iter().map(|hit| HitLine {
            schema: HitSchema::V1,
            query: self.query.clone(),
            query_id: self.query_id.clone(),
            query_number: self.query_number,
            truncated: self.truncated,
            bridged: self.bridged.is_some(),
            confidence: self.confidence,
            hit: hit.clone(),
        })
    }

    /// The line of an answer without hits.
    #[must_use]
    pub fn no_hit(&self) -> NoHit {
        NoHit {
            schema: NoHitSchema::V1,
            query: self.query.clone(),
            query_id: self.query_id.clone(),
            query_number: self.query_number,
            truncated: self.truncated,
            near: self.near.clone(),
            hits: 0,
        }
    }
}
