//! What a filter that no document passes would nearly have matched: for each of its parts, how many documents pass it by
//! itself, and for a text that no document has, which texts are like it.
//!
//! Cost: one pass over the columns that the filter names. It is paid only when nothing was found.

use semsearch_index::RowSet;
use strsim::osa_distance;

use crate::collection::Collection;
use crate::columns::{TextField, fold};
use crate::error::CollectionError;
use crate::facets::{FacetField, Facets};
use crate::filter::Filter;

/// The number of texts that are named for a text that no document has.
const NAMED: usize = 3;
/// Texts longer than this are not compared letter by letter.
const LONGEST: usize = 64;

/// A part of a filter by itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NearMiss {
    /// The part.
    pub part: Filter,
    /// Documents that pass it.
    pub documents: u64,
    /// Documents that have a value of the field that the part asks for; `None` unless it asks for texts of one field that no
    /// document has.
    pub having: Option<u64>,
    /// Texts like the one that no document has, and how many documents have them; the likest first.
    pub values: Vec<(String, u64)>,
    /// The first and the last year of any document, if the part asks for a time of which there is none.
    pub years: Option<(i64, i64)>,
}

/// What a filter would nearly have matched, part by part.
///
/// # Errors
/// If the columns of a segment are damaged.
pub fn near_misses(collection: &Collection, filter: &Filter) -> Result<Vec<NearMiss>, CollectionError> {
    let all = collection.passing(&Filter::default())?;
    filter.parts().into_iter().map(|part| near_miss(collection, &all, part)).collect()
}

fn near_miss(collection: &Collection, all: &[RowSet], part: Filter) -> Result<NearMiss, CollectionError> {
    let documents = collection.passing(&part)?.iter().map(|rows| rows.len() as u64).sum();
    let (mut values, mut years, mut having) = (Vec::new(), None, None);
    if documents == 0 {
        if let Some((field, texts)) = part.asked_texts() {
            let mut facets = Facets::new(FacetField::Text(field));
            collection.count(all, &mut facets)?;
            having = Some(facets.papers() - facets.without());
            let mut counts = facets.counts();
            if field == TextField::Source {
                // A folder is one source, and comes before files in it that are as like.
                counts.retain(|(file, _)| file.contains('/'));
                counts.splice(0..0, collection.sources()?);
            }
            values = like(&texts, counts);
        } else if part.is_of_time() {
            let mut facets = Facets::new(FacetField::Year);
            collection.count(all, &mut facets)?;
            let numbers = facets.counts();
            let known = || numbers.iter().filter_map(|(year, _)| year.parse().ok());
            years = known().min().zip(known().max());
        }
    }
    Ok(NearMiss { part, documents, having, values, years })
}

/// The values that are like one of the texts, the likest first; `counts` come with the most frequent first.
fn like(texts: &[&str], counts: Vec<(String, u64)>) -> Vec<(String, u64)> {
    let texts: Vec<String> = texts.iter().map(|text| fold(text)).collect();
    let mut found: Vec<(usize, (String, u64))> = Vec::new();
    for counted in counts {
        let value = fold(&counted.0);
        if let Some(distance) = texts.iter().filter_map(|text| distance(text, &value)).min() {
            found.push((distance, counted));
        }
    }
    // Stable, so that of equally like values the most frequent comes first.
    found.sort_by_key(|(distance, _)| *distance);
    found.into_iter().take(NAMED).map(|(_, counted)| counted).collect()
}

/// How far a value is from a text, both folded; `None` if they are not alike. One that holds the other is nearest, then slips
/// of the pen, then values that share a word, or nearly.
fn distance(text: &str, value: &str) -> Option<usize> {
    if text.is_empty() || value.is_empty() {
        return None;
    }
    if value.contains(text) || (value.len() > 2 && text.contains(value)) {
        return Some(0);
    }
    let own: Vec<&str> = words(value).collect();
    let shared = words(text).flat_map(|word| own.iter().filter_map(move |own| slips(word, own))).min();
    slips(text, value).or(shared.map(|slips| LONGEST + slips))
}

/// How many slips of the pen lie between two texts; `None` if they are more than a third of the first.
fn slips(one: &str, other: &str) -> Option<usize> {
    if one.len() > LONGEST || other.len() > LONGEST {
        return None;
    }
    let slips = osa_distance(one, other);
    (slips * 3 <= one.chars().count().max(3)).then_some(slips)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_hold_the_text_come_first_then_slips_then_a_shared_word() {
        let counts = ["cs.CL", "cs.CV", "stat.ML", "Jane Doe", "Qi Feng", "Feng Li"];
        let counts = || counts.iter().zip([9, 22, 5, 3, 2, 1]).map(|(value, n)| ((*value).to_owned(), n)).collect();
        let near = |text: &str| like(&[text], counts()).into_iter().map(|(value, _)| value).collect::<Vec<_>>();
        assert_eq!(near("CV"), ["cs.CV"]);
        assert_eq!(near("cs.c"), ["cs.CL", "cs.CV"]);
        assert_eq!(near("jnae doe"), ["Jane Doe"]);
        assert_eq!(near("Robert Feng"), ["Qi Feng", "Feng Li"]);
        assert_eq!(near("Fenk"), ["Qi Feng", "Feng Li"]);
        assert_eq!(near("geology"), Vec::<String>::new());
    }
}
