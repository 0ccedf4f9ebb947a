//! Counts by a field.

use semsearch_engine::Matched;
use semsearch_store::{FacetField, Filter, TextField};

use super::shared::expression;
use crate::facets::{FacetBy, FacetValue, Facets, FacetsSchema};
use crate::shared::Near;

/// Which papers were counted.
#[derive(Clone, Debug)]
pub struct Counted<'a> {
    /// The question and the model that encoded it. `None` if all papers were counted.
    pub question: Option<(&'a str, &'a str)>,
    /// How many papers about the question, or how similar ones. `None` without a question.
    pub matched: Option<Matched>,
    /// Whether the question is longer than the model reads.
    pub truncated: bool,
    /// The filter.
    pub filter: &'a Filter,
    /// Papers in the index.
    pub documents: u64,
    /// Papers that pass the filter.
    pub passing: u64,
}

impl Facets {
    /// The counts of `facets` over the papers that `counted` describes, with at most `limit` values.
    #[must_use]
    pub fn new(by: FacetField, facets: semsearch_store::Facets, counted: &Counted<'_>, limit: usize) -> Self {
        let Counted { question, matched, truncated, filter, documents, passing } = counted;
        let (papers, without) = (facets.papers(), facets.without());
        let mut values: Vec<FacetValue> =
            facets.counts().into_iter().map(|(value, papers)| FacetValue { value, papers }).collect();
        let distinct_values = values.len() as u64;
        values.truncate(limit);
        let (top, min_score) = match matched {
            Some(Matched::Nearest(top)) => (Some(*top as u64), None),
            Some(Matched::AtLeast(score)) => (None, Some(*score)),
            None => (None, None),
        };
        Facets {
            schema: FacetsSchema::V1,
            query: question.map(|(query, _)| query.to_owned()),
            model: question.map(|(_, model)| model.to_owned()),
            truncated: *truncated,
            by: by.into(),
            top,
            min_score,
            filter: expression(filter),
            documents: *documents,
            passing: *passing,
            papers,
            without,
            distinct_values,
            values,
            near: Vec::new(),
        }
    }

    /// The same counts with what each part of the filter matches by itself.
    #[must_use]
    pub fn with_near(self, near: Vec<Near>) -> Self {
        Facets { near, ..self }
    }
}

impl From<FacetField> for FacetBy {
    fn from(field: FacetField) -> Self {
        match field {
            FacetField::Year => FacetBy::Year,
            FacetField::Text(TextField::Venue) => FacetBy::Venue,
            FacetField::Text(TextField::Category) => FacetBy::Category,
            FacetField::Text(TextField::Org) => FacetBy::Org,
            FacetField::Text(TextField::Author) => FacetBy::Author,
            FacetField::Text(TextField::Source) => FacetBy::Source,
        }
    }
}
