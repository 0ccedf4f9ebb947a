//! Whether anything here answers the query.

use std::cmp::Ordering;

use semsearch_lexical::confidence::{Confidence as Level, QueryWord, Thresholds, best_cover, cover, unknown_idf};
use semsearch_lexical::{LexicalError, LexicalIndex};

use super::fusion::Evidence;
use super::part::{Part, asking};
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

/// How sure it is that a candidate answers the texts: for [`Combine::All`] all of them, for [`Combine::Any`] the one of which
/// that is surest. `scored` holds, for each text, what is known of every candidate and its score.
pub(crate) fn confidence(
    parts: &[Part],
    scored: &[Vec<(Evidence, f32)>],
    index: &LexicalIndex,
    combine: Combine,
) -> Result<Confidence, LexicalError> {
    if combine == Combine::All && parts.len() > 1 {
        return of_all(parts, scored, index);
    }
    let mut surest = NOTHING;
    for (part, scored) in parts.iter().zip(scored) {
        surest = surer(surest, of_one(part, scored, index)?);
    }
    Ok(surest)
}

/// Nothing answers.
const NOTHING: Confidence = Confidence { level: Level::None, top_cosine: -1.0, cover: 0.0 };

fn by_sureness(one: &Confidence, other: &Confidence) -> Ordering {
    one.level.cmp(&other.level).then(one.top_cosine.total_cmp(&other.top_cosine))
}

fn surer(one: Confidence, other: Confidence) -> Confidence {
    std::cmp::max_by(one, other, by_sureness)
}

/// How sure it is that one paper answers all of the texts. Papers that answer one text each do not, however well they do, so
/// each of the best is judged by the text that it answers worst.
fn of_all(parts: &[Part], scored: &[Vec<(Evidence, f32)>], index: &LexicalIndex) -> Result<Confidence, LexicalError> {
    let candidates = scored.first().map_or(0, Vec::len);
    let together = |place: usize| Combine::All.of(asking(parts).map(|part| scored[part][place].1));
    let mut order: Vec<(usize, f32)> = (0..candidates).map(|place| (place, together(place))).collect();
    order.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    order.truncate(FIRST);
    let mut worst: Vec<Option<Confidence>> = vec![None; order.len()];
    for number in asking(parts) {
        let mut matcher = index.matcher(&parts[number].question.stems)?;
        let words = words(&parts[number], matcher.stems(), index)?;
        for (worst, &(place, _)) in worst.iter_mut().zip(&order) {
            let hit = scored[number][place].0;
            let matches = matcher.look_at(hit.doc);
            let held = cover(&words, |word| matches.stems[word].title + matches.stems[word].text > 0);
            let cover = if hit.is_named { 1.0 } else { held };
            let level = Thresholds::default().confidence(hit.cosine, cover);
            let own = Confidence { level, top_cosine: hit.cosine, cover };
            *worst = Some(worst.take().map_or(own, |known| std::cmp::min_by(known, own, by_sureness)));
        }
    }
    Ok(worst.into_iter().flatten().fold(NOTHING, surer))
}

/// What the words of a text tell.
fn words(part: &Part, stems: &[String], index: &LexicalIndex) -> Result<Vec<QueryWord>, LexicalError> {
    let word = |stem: &String| {
        let idf = if index.document_frequency(stem)? > 0 { index.idf(stem)? } else { unknown_idf(index.documents()) };
        Ok(QueryWord { idf, certainty: part.question.certainty_of(stem) })
    };
    stems.iter().map(word).collect()
}

fn of_one(part: &Part, scored: &[(Evidence, f32)], index: &LexicalIndex) -> Result<Confidence, LexicalError> {
    let mut matcher = index.matcher(&part.question.stems)?;
    let words = words(part, matcher.stems(), index)?;
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
