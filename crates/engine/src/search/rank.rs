//! Ranks papers by vectors and words.
//!
//! Every text that is asked has two lists of candidates, the best papers by its vector and by its words. All candidates
//! of all texts are scored exactly for each text; the scores of a paper become one, age takes its share, and the best
//! papers are the hits.
//!
//! Where several texts or the age decide, a paper that is among the best of no list may be a hit. The lists then grow until
//! their last papers show that none is left outside: a paper in neither list has at most the cosine of the last one in
//! the first and the words of the last one in the second.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use semsearch_index::{Explain, RowSet, SearchParams};
use semsearch_lexical::acronyms::AcronymDictionary;
use semsearch_lexical::{LexicalError, LexicalIndex};
use semsearch_store::{Collection, DocHit, DocId, SegmentedIndex};

use super::confidence::{Confidence, confidence};
use super::error::SearchError;
use super::fusion::{Evidence, Fusion};
use super::part::{Part, asking};
use super::recency::{Aged, Days, HalfLife};
use super::request::Combine;
use super::topic::{mean, topic};

/// Candidates that are taken from each list for a few words, unless more hits are wanted. Pairs of words and titles may
/// raise a paper that is far behind in both lists.
const CANDIDATES_FOR_WORDS: usize = 200;
/// Candidates that are taken from each list for a sentence.
const CANDIDATES_FOR_SENTENCES: usize = 100;
/// How many times as many candidates are taken if those that were taken do not show the best.
const WIDENING: usize = 8;

/// The words of a collection, opened.
pub(crate) struct Words {
    pub(crate) index: LexicalIndex,
    /// Made by the first query that may hold an acronym.
    acronyms: OnceLock<AcronymDictionary>,
    /// The mean vector of the papers, made by the first query that is ranked by vectors and words.
    mean: OnceLock<Vec<f32>>,
}

impl Words {
    /// The words of a collection; `None` if an earlier version wrote a segment, without words.
    pub(crate) fn open(collection: &Collection) -> Result<Option<Self>, SearchError> {
        let index = collection.lexical()?;
        Ok(index.map(|index| Words { index, acronyms: OnceLock::new(), mean: OnceLock::new() }))
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

    /// The mean vector of the papers.
    fn mean(&self, vectors: &SegmentedIndex) -> Result<&[f32], SearchError> {
        if let Some(mean) = self.mean.get() {
            return Ok(mean);
        }
        let mean = mean(vectors, self.index.documents())?;
        Ok(self.mean.get_or_init(|| mean))
    }
}

/// What is searched, and how.
pub(crate) struct Ranking<'a> {
    pub(crate) collection: &'a Collection,
    pub(crate) vectors: &'a SegmentedIndex,
    /// Without words, vectors alone rank.
    pub(crate) words: Option<&'a Words>,
    /// For each segment, the rows that may be answers.
    pub(crate) keep: Option<&'a [RowSet]>,
    /// How vectors are searched.
    pub(crate) params: SearchParams,
    /// The number of hits wanted.
    pub(crate) k: usize,
    pub(crate) combine: Combine,
    /// How fast scores halve with age, and the age of papers.
    pub(crate) recency: Option<(HalfLife, &'a Days)>,
    /// Whether the bounds of confidence were measured for the vectors that are compared.
    pub(crate) is_calibrated: bool,
}

/// Ranked papers.
pub(crate) struct Ranked {
    /// Best first.
    pub(crate) hits: Vec<RankedHit>,
    /// How vectors were searched; `None` if they were not.
    pub(crate) explain: Option<Explain>,
    pub(crate) candidates: Candidates,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) took: RankTook,
}

/// A paper with its scores.
#[derive(Clone, Debug)]
pub(crate) struct RankedHit {
    pub(crate) doc: u32,
    /// What it is ranked by.
    pub(crate) score: f32,
    /// What is known of it for each text.
    pub(crate) parts: Vec<(Evidence, f32)>,
}

/// How many candidates each list gave, over all texts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Candidates {
    /// Nearest by vectors.
    pub dense: usize,
    /// Best by words.
    pub lexical: usize,
    /// Papers in any list.
    pub union: usize,
    /// The weight of the words, 0 to 1; `None` if ranks were fused and not scores, or texts have different weights.
    pub weight: Option<f32>,
}

/// Where the time of a ranking went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RankTook {
    pub(crate) dense: Duration,
    pub(crate) lexical: Duration,
    pub(crate) fuse: Duration,
}

/// Ranks papers for one or more texts.
pub(crate) fn rank(parts: &[Part], ranking: &Ranking<'_>) -> Result<Ranked, SearchError> {
    let mut took = RankTook::default();
    let is_sentence = parts.iter().all(|part| part.question.is_sentence());
    let candidates = if is_sentence { CANDIDATES_FOR_SENTENCES } else { CANDIDATES_FOR_WORDS };
    // Twice as many as hits, so that the last hits are chosen too.
    let mut count = candidates.max(ranking.k.saturating_mul(2));
    let may_be_outside = parts.len() > 1 || ranking.recency.is_some();
    loop {
        let mut lists = Vec::with_capacity(parts.len());
        for part in parts {
            lists.push(Lists::search(part, ranking, count, &mut took)?);
        }
        let started = Instant::now();
        let docs = union(parts, &lists, ranking, count);
        let scored = score(parts, &lists, &docs, ranking)?;
        let is_complete = lists.iter().all(|list| list.is_complete(count)) || count >= ranking.collection.len();
        if may_be_outside && !is_complete && !scored.shows_the_best(&lists, parts, ranking, count) {
            took.fuse += started.elapsed();
            count = count.saturating_mul(WIDENING).min(ranking.collection.len());
            continue;
        }
        let confidence = match ranking.words {
            Some(words) if ranking.is_calibrated => {
                Some(confidence(parts, &scored.parts, &words.index, ranking.combine)?)
            }
            _ => None,
        };
        let candidates = Candidates {
            dense: lists.iter().map(|list| list.dense.len()).sum(),
            lexical: lists.iter().map(|list| list.lexical.len()).sum(),
            union: docs.len(),
            weight: weight(parts),
        };
        let hits = scored.best(ranking);
        took.fuse += started.elapsed();
        let explain = lists.iter().filter_map(|list| list.explain).reduce(|one, other| {
            let mut both = one.combined(&other);
            // The texts are asked of the same papers.
            (both.rows, both.kept) = (one.rows, one.kept);
            both
        });
        return Ok(Ranked { hits, explain, candidates, confidence, took });
    }
}

fn weight(parts: &[Part]) -> Option<f32> {
    let mut weights = parts.iter().map(|part| match part.fusion {
        Fusion::Convex { weight } => Some(weight),
        Fusion::ReciprocalRank { .. } => None,
    });
    let first = weights.next().flatten()?;
    weights.all(|weight| weight == Some(first)).then_some(first)
}

/// The candidates of one text.
struct Lists {
    dense: Vec<DocHit>,
    lexical: Vec<(u32, f32)>,
    explain: Option<Explain>,
}

impl Lists {
    fn search(part: &Part, ranking: &Ranking<'_>, count: usize, took: &mut RankTook) -> Result<Self, SearchError> {
        let started = Instant::now();
        let (mut dense, mut explain) = (Vec::new(), None);
        if let Some(vector) = &part.vector {
            let mut params = ranking.params;
            (params.k, params.ef) = (params.k.max(count), params.ef.max(count));
            let (hits, found) = ranking.vectors.search_with(vector, &params, ranking.keep)?;
            (dense, explain) = (hits, Some(found));
        }
        took.dense += started.elapsed();
        let started = Instant::now();
        let lexical = match ranking.words {
            Some(words) => words.index.best(&part.question.terms, count, &|doc| ranking.is_kept(doc))?,
            None => Vec::new(),
        };
        took.lexical += started.elapsed();
        Ok(Lists { dense, lexical, explain })
    }

    /// Whether no paper is left outside that has anything to do with the text.
    fn is_complete(&self, count: usize) -> bool {
        let vectors_are = self.explain.is_none() || self.dense.len() < count;
        // A paper that no vector search left out is known, whatever its words.
        vectors_are && (self.explain.is_some() || self.lexical.len() < count)
    }

    /// The most that a paper in neither list can have, but for its pairs of words. `topic` is the best of the candidates.
    fn outside(&self, count: usize, topic: f32) -> Evidence {
        let cosine = self.dense.last().map_or(0.0, |hit| hit.score);
        let lexical = self.lexical.last().filter(|_| self.lexical.len() >= count).map_or(0.0, |hit| hit.1);
        Evidence { doc: u32::MAX, cosine, topic, lexical, all_in_title: false, is_named: false }
    }
}

impl Ranking<'_> {
    /// Whether a document may be an answer.
    fn is_kept(&self, doc: u32) -> bool {
        match (self.keep, self.collection.doc_id_numbered(u64::from(doc))) {
            (Some(keep), Some(id)) => {
                let place = self.collection.place(id);
                place.is_ok_and(|(segment, row)| keep.get(segment).is_some_and(|rows| rows.contains(row)))
            }
            (None, Some(_)) => true,
            (_, None) => false,
        }
    }
}

/// All candidates, in ascending order.
fn union(parts: &[Part], lists: &[Lists], ranking: &Ranking<'_>, count: usize) -> Vec<u32> {
    let mut docs: Vec<u32> = Vec::new();
    for (part, list) in parts.iter().zip(lists) {
        docs.extend(list.dense.iter().map(|hit| hit.id.number()));
        docs.extend(list.lexical.iter().map(|hit| hit.0));
        docs.extend(part.named.iter().copied().filter(|&doc| ranking.is_kept(doc)));
    }
    let only_demands = parts.iter().all(|part| part.vector.is_none() && part.question.terms.is_empty());
    if let (true, Some(keep)) = (only_demands, ranking.keep) {
        // The query only demands, as `author:vaswani` does: all that it demands is an answer, in the order of papers.
        let of_segment = |(segment, rows)| {
            let rows: &RowSet = rows;
            rows.iter().filter_map(move |row| ranking.collection.doc_id(segment, row)).map(DocId::number)
        };
        docs.extend(keep.iter().enumerate().flat_map(of_segment).take(count));
    }
    docs.sort_unstable();
    docs.dedup();
    docs
}

/// Candidates with all their scores.
struct Scored<'a> {
    docs: &'a [u32],
    /// For each text, what is known of each candidate and its score.
    parts: Vec<Vec<(Evidence, f32)>>,
    has_vectors: bool,
    /// The order, best first: places in `docs`.
    order: Vec<u32>,
    /// The score of each candidate for all texts, and how often it halved.
    aged: Vec<Aged>,
}

fn score<'a>(
    parts: &[Part],
    lists: &[Lists],
    docs: &'a [u32],
    ranking: &Ranking<'_>,
) -> Result<Scored<'a>, SearchError> {
    let mut scored = Vec::with_capacity(parts.len());
    for (part, list) in parts.iter().zip(lists) {
        let mut known: Vec<Option<f32>> = vec![None; docs.len()];
        for hit in &list.dense {
            if let Ok(place) = docs.binary_search(&hit.id.number()) {
                known[place] = Some(hit.score);
            }
        }
        let evidence = gather(part, ranking, docs, &known)?;
        let fused = part.fusion.scores(&evidence);
        scored.push(evidence.into_iter().zip(fused).collect::<Vec<_>>());
    }
    let mut aged = Vec::with_capacity(docs.len());
    for (place, &doc) in docs.iter().enumerate() {
        let score = ranking.combine.of(asking(parts).map(|part| scored[part][place].1));
        let halvings = match (ranking.recency, ranking.collection.doc_id_numbered(u64::from(doc))) {
            (Some((half_life, days)), Some(id)) => {
                let (segment, row) = ranking.collection.place(id)?;
                days.halvings(half_life, segment, row)
            }
            _ => 0.0,
        };
        aged.push(Aged { score, halvings });
    }
    let mut order: Vec<u32> = (0..docs.len() as u32).collect();
    order.sort_unstable_by(|&a, &b| aged[a as usize].best_first(&aged[b as usize]).then(a.cmp(&b)));
    let has_vectors = parts.iter().any(|part| part.vector.is_some());
    Ok(Scored { docs, parts: scored, has_vectors, order, aged })
}

impl Scored<'_> {
    /// Whether no paper outside of the lists can be one of the best.
    fn shows_the_best(&self, lists: &[Lists], parts: &[Part], ranking: &Ranking<'_>, count: usize) -> bool {
        let Some(&last) = ranking.k.checked_sub(1).and_then(|last| self.order.get(last)) else { return false };
        let outside = asking(parts).map(|number| {
            let (list, part, scored) = (&lists[number], &parts[number], &self.parts[number]);
            let best = scored.iter().map(|one| one.0.lexical).fold(0.0, f32::max);
            let topic = scored.iter().map(|one| one.0.topic).fold(-1.0, f32::max);
            part.fusion.score(&list.outside(count, topic), best)
        });
        let outside = Aged { score: ranking.combine.of(outside), halvings: 0.0 };
        self.aged[last as usize].best_first(&outside).is_lt()
    }

    /// The best papers.
    fn best(self, ranking: &Ranking<'_>) -> Vec<RankedHit> {
        let mut order = self.order;
        // By words alone, a paper that holds no word of one of the texts does not answer all of them.
        let may_score_nothing = self.has_vectors || self.parts.len() == 1;
        order.retain(|&place| may_score_nothing || self.aged[place as usize].score > 0.0);
        order.truncate(ranking.k);
        // Scores are shown as of the day of the newest hit.
        let newest = order.iter().map(|&place| self.aged[place as usize].halvings).fold(f64::INFINITY, f64::min);
        let hit = |place: u32| {
            let place = place as usize;
            let parts = self.parts.iter().map(|part| part[place]).collect();
            RankedHit { doc: self.docs[place], score: self.aged[place].left(newest), parts }
        };
        order.into_iter().map(hit).collect()
    }
}

/// Gathers every score of every candidate. `known` are the cosines that searching vectors gave.
fn gather(
    part: &Part,
    ranking: &Ranking<'_>,
    docs: &[u32],
    known: &[Option<f32>],
) -> Result<Vec<Evidence>, SearchError> {
    let Ranking { collection, vectors, words, .. } = *ranking;
    let Part { question, vector, named, .. } = part;
    let count = docs.len();
    let mut lexical = match words {
        Some(words) => words.index.scores_of(&question.terms, docs)?,
        None => vec![0.0; count],
    };
    let mut all_in_title = vec![false; count];
    if let (Some(words), false) = (words, question.stems.is_empty()) {
        let matcher = words.index.matcher(&question.stems)?;
        // A paper that holds no word of the query has no pair either.
        let holding: Vec<usize> = (0..count).filter(|&place| lexical[place] > 0.0).collect();
        let neighbours = matcher.neighbours(&holding.iter().map(|&place| docs[place]).collect::<Vec<u32>>());
        let mut frequencies = vec![0_u32; matcher.pairs().len()];
        for row in 0..holding.len() {
            let held = neighbours.saturations(row).iter().zip(&mut frequencies);
            held.for_each(|(&saturation, frequency)| *frequency += u32::from(saturation > 0.0));
        }
        // How many papers hold a pair is counted among the candidates; that is as good as counting all.
        let idf: Vec<f32> = frequencies.iter().map(|&frequency| words.index.idf_of(frequency)).collect();
        let weight = question.pair_weight();
        for (row, place) in holding.into_iter().enumerate() {
            all_in_title[place] = neighbours.are_all_in_title(row) && question.stems.len() >= 2;
            let pairs = neighbours.saturations(row).iter().zip(&idf);
            lexical[place] += weight * pairs.map(|(saturation, idf)| saturation * idf).sum::<f32>();
        }
    }
    let doc_id = |doc: u32| collection.doc_id_numbered(u64::from(doc));
    let about = match (words, vector) {
        (Some(words), Some(_)) if question.is_sentence() => {
            topic(&question.terms, &words.index, vectors, words.mean(vectors)?, doc_id)?
        }
        _ => None,
    };
    let mut evidence = Vec::with_capacity(count);
    for (place, &doc) in docs.iter().enumerate() {
        let id = doc_id(doc);
        let cosine = match (known[place], vector, id) {
            (Some(cosine), _, _) => cosine,
            (None, Some(vector), Some(id)) => vectors.score(id, vector)?,
            _ => 0.0,
        };
        let topic = match (&about, id) {
            (Some(about), Some(id)) => vectors.score(id, about)?,
            _ => cosine,
        };
        evidence.push(Evidence {
            doc,
            cosine,
            topic,
            lexical: lexical[place],
            all_in_title: all_in_title[place],
            is_named: named.binary_search(&doc).is_ok(),
        });
    }
    Ok(evidence)
}
