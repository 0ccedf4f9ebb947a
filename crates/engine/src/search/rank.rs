//! Ranks papers by vectors and words.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use semsearch_index::{Explain, RowSet, SearchParams};
use semsearch_lexical::acronyms::AcronymDictionary;
use semsearch_lexical::confidence::{Confidence as Level, QueryWord, Thresholds, best_cover, cover, unknown_idf};
use semsearch_lexical::{LexicalError, LexicalIndex, Scores};
use semsearch_store::{Collection, SegmentedIndex};

use super::error::SearchError;
use super::fusion::{Evidence, Fused, Fusion};
use super::question::Question;

/// Candidates that are taken from each list, unless more hits are wanted.
const CANDIDATES: usize = 200;

/// The words of a collection, opened.
pub(crate) struct Words {
    pub(crate) index: LexicalIndex,
    /// Made by the first query that may hold an acronym.
    acronyms: OnceLock<AcronymDictionary>,
}

impl Words {
    /// The words of a collection; `None` if an earlier version wrote a segment, without words.
    pub(crate) fn open(collection: &Collection) -> Result<Option<Self>, SearchError> {
        let index = collection.lexical()?;
        Ok(index.map(|index| Words { index, acronyms: OnceLock::new() }))
    }

    /// What the acronyms of the collection stand for.
    pub(crate) fn acronyms(&self) -> Result<&AcronymDictionary, LexicalError> {
        if let Some(acronyms) = self.acronyms.get() {
            return Ok(acronyms);
        }
        let definitions = self.index.definitions()?;
        let counted = definitions.iter().map(|one| (&*one.acronym, &*one.long_form, u64::from(one.documents)));
        let acronyms = AcronymDictionary::new(counted);
        Ok(self.acronyms.get_or_init(|| acronyms))
    }
}

/// How sure it is that a hit answers the query.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Confidence {
    /// In a word.
    pub level: Level,
    /// The best cosine similarity of a candidate, -1 to 1.
    pub top_cosine: f32,
    /// The share of what the words of the query tell that the best of the first three hits holds, 0 to 1.
    pub cover: f32,
}

/// Papers ranked by vectors and words.
pub(crate) struct Ranked {
    /// Best first.
    pub(crate) hits: Vec<Fused>,
    /// How vectors were searched; `None` if they were not.
    pub(crate) explain: Option<Explain>,
    pub(crate) candidates: Candidates,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) took: RankTook,
}

/// How many candidates each list gave.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Candidates {
    /// Nearest by vectors.
    pub dense: usize,
    /// Best by words.
    pub lexical: usize,
    /// Papers in either list.
    pub union: usize,
    /// The weight of the words, 0 to 1; `None` if ranks were fused and not scores.
    pub weight: Option<f32>,
}

/// Where the time of a ranking went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RankTook {
    pub(crate) dense: Duration,
    pub(crate) lexical: Duration,
    pub(crate) fuse: Duration,
}

/// What is searched, and how.
pub(crate) struct Ranking<'a> {
    pub(crate) collection: &'a Collection,
    pub(crate) vectors: &'a SegmentedIndex,
    pub(crate) words: &'a Words,
    /// For each segment, the rows that may be answers.
    pub(crate) keep: Option<&'a [RowSet]>,
    /// The documents of which the query is a name, in ascending order.
    pub(crate) named: &'a [u32],
    /// How vectors are searched.
    pub(crate) params: SearchParams,
    /// The number of hits wanted.
    pub(crate) k: usize,
    pub(crate) fusion: Fusion,
    /// Whether the bounds of confidence were measured for the model of the vectors.
    pub(crate) is_calibrated: bool,
}

/// Ranks papers. Without a `vector`, by words alone.
pub(crate) fn rank(question: &Question, vector: Option<&[f32]>, ranking: &Ranking<'_>) -> Result<Ranked, SearchError> {
    let Ranking { collection, vectors, words, keep, .. } = *ranking;
    let mut took = RankTook::default();
    let count = CANDIDATES.max(ranking.k);

    let started = Instant::now();
    let mut dense = Vec::new();
    let mut explain = None;
    if let Some(vector) = vector {
        let mut params = ranking.params;
        (params.k, params.ef) = (params.k.max(count), params.ef.max(count));
        let (hits, found) = vectors.search_with(vector, &params, keep)?;
        (dense, explain) = (hits, Some(found));
    }
    took.dense = started.elapsed();

    let started = Instant::now();
    let scores = words.index.scores(&question.terms)?;
    let is_kept = |doc: u32| match (keep, collection.doc_id_numbered(u64::from(doc))) {
        (Some(keep), Some(id)) => {
            collection.place(id).is_ok_and(|(segment, row)| keep.get(segment).is_some_and(|rows| rows.contains(row)))
        }
        (None, Some(_)) => true,
        (_, None) => false,
    };
    let lexical = scores.top(count, &is_kept);
    took.lexical = started.elapsed();

    let started = Instant::now();
    let named = ranking.named.iter().copied().filter(|&doc| is_kept(doc));
    let found = dense.iter().map(|hit| hit.id.number()).chain(lexical.iter().map(|hit| hit.0));
    let mut docs: Vec<u32> = found.chain(named).collect();
    if let (None, true, Some(keep)) = (vector, question.terms.is_empty(), keep) {
        // The query only demands, as `author:vaswani` does: all that it demands is an answer, in the order of papers.
        let of_segment = |(segment, rows)| {
            let rows: &RowSet = rows;
            rows.iter().filter_map(move |row| collection.doc_id(segment, row)).map(|id| id.number())
        };
        docs.extend(keep.iter().enumerate().flat_map(of_segment).take(count));
    }
    docs.sort_unstable();
    docs.dedup();
    let mut known: Vec<Option<f32>> = vec![None; docs.len()];
    for hit in &dense {
        if let Ok(place) = docs.binary_search(&hit.id.number()) {
            known[place] = Some(hit.score);
        }
    }
    let evidence = gather(question, vector, ranking, &scores, &docs, &known)?;
    let mut hits = ranking.fusion.rank(&evidence);
    let confidence = match vector {
        Some(_) if ranking.is_calibrated => Some(confidence(question, &words.index, &hits)?),
        _ => None,
    };
    let weight = match ranking.fusion {
        Fusion::Convex { weight } => Some(weight),
        Fusion::ReciprocalRank { .. } => None,
    };
    let candidates = Candidates { dense: dense.len(), lexical: lexical.len(), union: docs.len(), weight };
    hits.truncate(ranking.k);
    took.fuse = started.elapsed();
    Ok(Ranked { hits, explain, candidates, confidence, took })
}

/// Gathers every score of every candidate. `known` are the cosines that searching vectors gave.
fn gather(
    question: &Question,
    vector: Option<&[f32]>,
    ranking: &Ranking<'_>,
    scores: &Scores,
    docs: &[u32],
    known: &[Option<f32>],
) -> Result<Vec<Evidence>, SearchError> {
    let Ranking { collection, vectors, words, named, .. } = *ranking;
    let count = docs.len();
    let mut lexical: Vec<f32> = docs.iter().map(|&doc| scores.get(doc)).collect();
    let mut all_in_title = vec![false; count];
    if !question.stems.is_empty() {
        let mut matcher = words.index.matcher(&question.stems)?;
        let pairs = matcher.pairs().len();
        // For each pair, what it is worth in each candidate before its idf.
        let mut saturations = vec![0.0; pairs * count];
        let mut frequencies = vec![0_u32; pairs];
        for (place, &doc) in docs.iter().enumerate() {
            // A paper that holds no word of the query has no pair either.
            if lexical[place] <= 0.0 {
                continue;
            }
            all_in_title[place] = matcher.look_at(doc).are_all_in_title() && question.stems.len() >= 2;
            for pair in 0..pairs {
                let saturation = matcher.pair_saturation(pair);
                saturations[place * pairs + pair] = saturation;
                frequencies[pair] += u32::from(saturation > 0.0);
            }
        }
        // How many papers hold a pair is counted among the candidates; that is as good as counting all.
        let idf: Vec<f32> = frequencies.iter().map(|&frequency| words.index.idf_of(frequency)).collect();
        let weight = question.pair_weight();
        for (lexical, saturations) in lexical.iter_mut().zip(saturations.chunks(pairs.max(1))) {
            let sum: f32 = saturations.iter().zip(&idf).map(|(saturation, idf)| saturation * idf).sum();
            *lexical += weight * sum;
        }
    }
    let mut evidence = Vec::with_capacity(count);
    for (place, &doc) in docs.iter().enumerate() {
        let cosine = match (known[place], vector, collection.doc_id_numbered(u64::from(doc))) {
            (Some(cosine), _, _) => cosine,
            (None, Some(vector), Some(id)) => vectors.score(id, vector)?,
            _ => 0.0,
        };
        evidence.push(Evidence {
            doc,
            cosine,
            lexical: lexical[place],
            all_in_title: all_in_title[place],
            is_named: named.binary_search(&doc).is_ok(),
        });
    }
    Ok(evidence)
}

/// How sure it is that one of `hits`, best first, answers the question.
fn confidence(question: &Question, index: &LexicalIndex, hits: &[Fused]) -> Result<Confidence, LexicalError> {
    let mut words = Vec::with_capacity(question.stems.len());
    let mut matcher = index.matcher(&question.stems)?;
    for stem in matcher.stems() {
        let idf = if index.document_frequency(stem)? > 0 { index.idf(stem)? } else { unknown_idf(index.documents()) };
        words.push(QueryWord { idf, certainty: question.certainty_of(stem) });
    }
    let top_cosine = hits.iter().map(|hit| hit.evidence.cosine).fold(-1.0, f32::max);
    let covers = hits.iter().take(3).map(|hit| {
        let matches = matcher.look_at(hit.evidence.doc);
        cover(&words, |word| matches.stems[word].title + matches.stems[word].text > 0)
    });
    let mut best = best_cover(covers.collect::<Vec<_>>());
    // A name or an identifier says all that the query says.
    if hits.first().is_some_and(|hit| hit.evidence.is_named) {
        best = 1.0;
    }
    Ok(Confidence { level: Thresholds::default().confidence(top_cosine, best), top_cosine, cover: best })
}
