//! Filters: an expression over the fields of documents that decides which documents may be answers.
//!
//! ```text
//! year >= 2020 and (venue = "ACL" or category in ("cs.CL", "cs.IR")) and not author ~ "smith"
//! ```
//!
//! | file | holds |
//! | --- | --- |
//! | `expression` | the expression as a tree, and its text form |
//! | `token`, `parse` | from text to expression |
//! | `texts` | titles, abstracts, ids and DOIs, which have no column |
//! | `evaluate` | from expression to rows, with the columns and documents of a segment |
//! | `chosen` | fields with their values, as flags and parameters give them |
//! | `error`, `suggest` | syntax errors with their place, and suggestions |
//!
//! The language is described in `docs/filters.md`. Two rules for documents without a value: a comparison, `!=` included,
//! holds only for documents that have the field; `not` matches all documents that its expression does not match. So
//! `not date < 2020` holds for a document without a date, and `date >= 2020` does not.

mod chosen;
mod error;
mod evaluate;
mod expression;
mod parse;
mod suggest;
mod texts;
mod token;

use std::fmt;

use semsearch_corpus::Date;
use semsearch_index::RowSet;

use crate::columns::{Columns, ColumnsError, DocumentField, NumberField, TextField};
use crate::doc_store::{DocumentError, StoreReader};

pub use chosen::{Chosen, ChosenError, Years};
pub use error::FilterError;
use evaluate::Plan;
use expression::{Comparison, Expression, Operator, TextTest};

/// Which documents may be answers. The default is all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Expression);

impl Default for Filter {
    fn default() -> Self {
        Filter(Expression::everything())
    }
}

impl Filter {
    /// Parses an expression.
    ///
    /// # Errors
    /// [`FilterError`] points at the first place that does not parse and says what was expected there.
    pub fn parse(text: &str) -> Result<Filter, FilterError> {
        parse::parse(text).map(Filter)
    }

    /// Documents that pass all of `filters`.
    #[must_use]
    pub fn all(filters: Vec<Filter>) -> Filter {
        Filter(Expression::all(filters.into_iter().map(|filter| filter.0).collect()))
    }

    /// Documents that pass at least one of `filters`; without filters, no document passes.
    #[must_use]
    pub fn any(filters: Vec<Filter>) -> Filter {
        Filter(Expression::any(filters.into_iter().map(|filter| filter.0).collect()))
    }

    /// Documents that may have been published between two dates, ends included; `None` leaves that end open. A document
    /// dated only by its year or month is inside if some day of that year or month is. A document without a date is
    /// outside of every range.
    #[must_use]
    pub fn dates(since: Option<Date>, until: Option<Date>) -> Filter {
        let bound = |operator, date: Date| Expression::Date(Comparison::Is(operator, date));
        let since = since.map(|date| bound(Operator::AtLeast, date));
        let until = until.map(|date| bound(Operator::AtMost, date));
        Filter(Expression::all(since.into_iter().chain(until).collect()))
    }

    /// Documents whose number is in a range, ends included; `None` leaves that end open.
    #[must_use]
    pub fn numbers(field: NumberField, first: Option<i64>, last: Option<i64>) -> Filter {
        let is = |operator, number| Expression::Number(field, Comparison::Is(operator, number));
        Filter(match (first, last) {
            (Some(first), Some(last)) if first == last => is(Operator::Equal, first),
            (Some(first), Some(last)) => Expression::Number(field, Comparison::Between(first, last)),
            (Some(first), None) => is(Operator::AtLeast, first),
            (None, Some(last)) => is(Operator::AtMost, last),
            (None, None) => Expression::everything(),
        })
    }

    /// Documents that have a value that begins with `text`, ignoring case and accents.
    #[must_use]
    pub fn text_starts_with(field: TextField, text: &str) -> Filter {
        Filter(Expression::Text(field, TextTest::StartsWith(text.to_owned())))
    }

    /// Documents that have at least one of `texts` as a value, ignoring case and accents; without texts, no document
    /// passes.
    #[must_use]
    pub fn text_is(field: TextField, texts: &[String]) -> Filter {
        Filter(match texts {
            [] => Expression::nothing(),
            [one] => Expression::Text(field, TextTest::Is(one.clone())),
            several => Expression::Text(field, TextTest::In(several.to_vec())),
        })
    }

    /// Documents that have a value which contains at least one of `texts`, ignoring case and accents.
    #[must_use]
    pub fn text_contains(field: TextField, texts: &[String]) -> Filter {
        Filter(Expression::any(
            texts.iter().map(|text| Expression::Text(field, TextTest::Contains(text.clone()))).collect(),
        ))
    }

    /// Documents that have a value which is `text` or a part of it behind a point: the category `cs.CL` is a part of `cs`.
    #[must_use]
    pub fn text_is_or_below(field: TextField, text: &str) -> Filter {
        let test = |test| Expression::Text(field, test);
        Filter(Expression::any(vec![
            test(TextTest::Is(text.to_owned())),
            test(TextTest::StartsWith(format!("{text}."))),
        ]))
    }

    /// Documents whose id begins with `start`, ignoring case.
    #[must_use]
    pub fn id_starts_with(start: &str) -> Filter {
        Filter(Expression::Document(DocumentField::Id, TextTest::StartsWith(start.to_owned())))
    }

    /// The filters all of which a document has to pass to pass this one.
    #[must_use]
    pub fn parts(&self) -> Vec<Filter> {
        match &self.0 {
            Expression::All(parts) => parts.iter().cloned().map(Filter).collect(),
            one => vec![Filter(one.clone())],
        }
    }

    /// The field and the texts that the filter asks for, if it asks for texts of one field and nothing else.
    #[must_use]
    pub fn asked_texts(&self) -> Option<(TextField, Vec<&str>)> {
        self.0.asked_texts()
    }

    /// Whether the filter asks for the time of publication and nothing else.
    #[must_use]
    pub fn is_of_time(&self) -> bool {
        matches!(self.0, Expression::Date(_) | Expression::Number(NumberField::Year, _))
    }

    /// Whether every document passes, even one without any fields.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.0 == Expression::everything()
    }

    /// The rows of a segment that may pass by what its columns say: those that pass, unless the expression asks for a title,
    /// an abstract, an id or a DOI, which only documents tell.
    ///
    /// # Errors
    /// [`ColumnsError`] if a column that the expression needs is damaged.
    pub fn rows(&self, fields: &Columns) -> Result<RowSet, ColumnsError> {
        Ok(Plan::new(&self.0, fields)?.bounds(fields.rows()).possible)
    }

    /// The rows of a segment that pass, of those that are in `among`.
    pub(crate) fn passing(
        &self,
        fields: &Columns,
        documents: &StoreReader,
        among: Option<&RowSet>,
    ) -> Result<RowSet, Unread> {
        Ok(Plan::new(&self.0, fields)?.rows(fields.rows(), among, documents)?)
    }
}

/// Why a filter could not be applied to a segment.
#[derive(Debug)]
pub(crate) enum Unread {
    /// A column is damaged.
    Columns(ColumnsError),
    /// A document could not be read.
    Documents(DocumentError),
}

impl From<ColumnsError> for Unread {
    fn from(error: ColumnsError) -> Self {
        Unread::Columns(error)
    }
}

impl From<DocumentError> for Unread {
    fn from(error: DocumentError) -> Self {
        Unread::Documents(error)
    }
}

/// Writes the expression; reading it again gives the same filter.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
