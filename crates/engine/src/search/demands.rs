//! What a question demands of the fields of papers, as filters: `author:vaswani`, `year:2019..2021`.

use semsearch_lexical::query::{FieldName, FieldValue, Occur, Query, What};
use semsearch_store::{Filter, NumberField, TextField};

/// A part of a question that names a field.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Demand {
    /// The part, as it was typed.
    pub typed: String,
    /// A filter that asks for the same.
    pub filter: Filter,
}

/// What a question demands of authors, venue and year.
#[must_use]
pub fn demands(question: &str) -> Vec<Demand> {
    let clauses = Query::parse(question).clauses.into_iter().filter(|clause| clause.occur != Occur::MustNot);
    let found = clauses.filter_map(|clause| {
        let What::Field(name, value) = clause.what else { return None };
        let text = |field| match &value {
            FieldValue::Words(text) | FieldValue::Phrase(text) | FieldValue::Prefix(text) => {
                Some(Filter::text_contains(field, std::slice::from_ref(text)))
            }
            FieldValue::Years { .. } => None,
        };
        let filter = match (name, &value) {
            (FieldName::Author, _) => text(TextField::Author),
            (FieldName::Venue, _) => text(TextField::Venue),
            (FieldName::Year, FieldValue::Years { from, to }) => {
                Some(Filter::numbers(NumberField::Year, from.map(i64::from), to.map(i64::from)))
            }
            _ => None,
        }?;
        Some(Demand { typed: question.get(clause.bytes)?.to_owned(), filter })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_a_question_are_filters() {
        let found = demands("attention author:\"ashish vaswani\" year:2019.. -venue:nature tides");
        let typed: Vec<&str> = found.iter().map(|demand| demand.typed.as_str()).collect();
        assert_eq!(typed, ["author:\"ashish vaswani\"", "year:2019.."]);
    }
}
