//! Papers that have some words in a row.

use semsearch_engine::count::{PhraseCount, PlaceCount, Same, words_of};
use semsearch_store::Filter;

use super::shared::expression;
use crate::count::{Count, CountSchema, Place};

impl Count {
    /// What was counted of a phrase, among `passing` of `documents` papers that pass a filter.
    #[must_use]
    pub fn new(phrase: &str, same: Same, counted: &PhraseCount, filter: &Filter, documents: u64, passing: u64) -> Self {
        Count {
            schema: CountSchema::V1,
            phrase: phrase.to_owned(),
            words: words_of(phrase, same),
            forms: same == Same::Form,
            filter: expression(filter),
            documents,
            passing,
            papers: counted.papers,
            occurrences: counted.occurrences(),
            title: counted.title.into(),
            r#abstract: counted.r#abstract.into(),
        }
    }
}

impl From<PlaceCount> for Place {
    fn from(PlaceCount { papers, occurrences }: PlaceCount) -> Self {
        Place { papers, occurrences }
    }
}
