//! Whether anything here answers the query.

use semsearch_lexical::confidence::{Confidence as Level, QueryWord, Thresholds, best_cover, cover, unknown_idf};
use semsearch_lexical::{LexicalError, LexicalIndex};

use super::fusion::Evidence;
use super::part::Part;
use super::request::Combine;

/// The best hits, one of which is to hold what the words of the query tell.
const FIRST: usize = 3;

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

/// How sure it is that a candidate answers the texts: for [`Combine::All`] as sure as of the least sure text, otherwise as
/// of the surest. `scored` holds, for each text, what is known of every candidate and its score.
pub(crate) fn confidence(
    parts: &[Part],
    scored: &[Vec<(Evidence, f32)>],
    index: &LexicalIndex,
    combine: Combine,
) -> Result<Confidence, LexicalError> {
    let mut all = Vec::with_capacity(parts.len());
    for (part, scored) in parts.iter().zip(scored) {
        all.push(of_one(part, scored, index)?);
    }
    let by_sureness = |one: &Confidence, other: &Confidence| {
        one.level.cmp(&other.level).then(one.top_cosine.total_cmp(&other.top_cosine))
    };
    let chosen = match combine {
        Combine::All => all.into_iter().min_by(by_sureness),
        Combine::Any => all.into_iter().max_by(by_sureness),
    };
    Ok(chosen.unwrap_or(Confidence { level: Level::None, top_cosine: -1.0, cover: 0.0 }))
}

fn of_one(part: &Part, scored: &[(Evidence, f32)], index: &LexicalIndex) -> Result<Confidence, LexicalError> {
    let question = &part.question;
    let mut words = Vec::with_capacity(question.stems.len());
    let mut matcher = index.matcher(&question.stems)?;
    for stem in matcher.stems() {
        let idf = if index.document_frequency(stem)? > 0 { index.idf(stem)? } else { unknown_idf(index.documents()) };
        words.push(QueryWord { idf, certainty: question.certainty_of(stem) });
    }
    let top_cosine = scored.iter().map(|one| one.0.cosine).fold(-1.0, f32::max);
    let first = best(scored);
    let covers = first.iter().map(|hit| {
        let matches = matcher.look_at(hit.doc);
        cover(&words, |word| matches.stems[word].title + matches.stems[word].text > 0)
    });
    let mut best = best_cover(covers.collect::<Vec<_>>());
    // A name or an identifier says all that the query says.
    if first.first().is_some_and(|hit| hit.is_named) {
        best = 1.0;
    }
    Ok(Confidence { level: Thresholds::default().confidence(top_cosine, best), top_cosine, cover: best })
}

/// The candidates with the best scores for one text, best first.
fn best(scored: &[(Evidence, f32)]) -> Vec<Evidence> {
    let mut order: Vec<&(Evidence, f32)> = scored.iter().collect();
    let best_first = |a: &&(Evidence, f32), b: &&(Evidence, f32)| b.1.total_cmp(&a.1).then(a.0.doc.cmp(&b.0.doc));
    if order.len() > FIRST {
        order.select_nth_unstable_by(FIRST, best_first);
        order.truncate(FIRST);
    }
    order.sort_unstable_by(best_first);
    order.into_iter().map(|one| one.0).collect()
}
