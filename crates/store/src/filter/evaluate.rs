//! Evaluates an expression over the columns of a segment: every test scans its column once, and sets of rows are combined
//! 64 rows at a time.

use semsearch_corpus::Date;
use semsearch_index::RowSet;

use super::expression::{Comparison, Expression, Operator, TextTest};
use crate::columns::{Columns, ColumnsError, Days, TextField, fold};

/// The rows for which an expression holds.
pub(super) fn rows(expression: &Expression, fields: &Columns) -> Result<RowSet, ColumnsError> {
    match expression {
        Expression::All(parts) => {
            let mut set = RowSet::all(fields.rows());
            for part in parts {
                set.intersect(&rows(part, fields)?);
            }
            Ok(set)
        }
        Expression::Any(parts) => {
            let mut set = RowSet::empty(fields.rows());
            for part in parts {
                set.unite(&rows(part, fields)?);
            }
            Ok(set)
        }
        Expression::Not(inner) => {
            let mut set = rows(inner, fields)?;
            set.complement();
            Ok(set)
        }
        Expression::Has(field) => fields.having(*field),
        Expression::Date(comparison) => match comparison {
            Comparison::Is(operator, date) => {
                let (operator, date) = (*operator, Days::of(*date));
                fields.dates(|days| date_holds(operator, days, date))
            }
            Comparison::In(dates) => {
                let dates: Vec<Days> = dates.iter().copied().map(Days::of).collect();
                fields.dates(|days| dates.iter().any(|date| date_holds(Operator::Equal, days, *date)))
            }
            Comparison::Between(first, last) => {
                let span = span(*first, *last);
                fields.dates(|days| date_holds(Operator::Equal, days, span))
            }
        },
        Expression::Number(field, comparison) => match comparison {
            Comparison::Is(operator, number) => fields.numbers(*field, |value| number_holds(*operator, value, *number)),
            Comparison::In(numbers) => fields.numbers(*field, |value| numbers.contains(&value)),
            Comparison::Between(first, last) => fields.numbers(*field, |value| (first..=last).contains(&&value)),
        },
        Expression::Text(field, test) => text_rows(*field, test, fields),
    }
}

/// The days from the first day of `first` to the last day of `last`.
pub(super) fn span(first: Date, last: Date) -> Days {
    Days { first: Days::of(first).first, last: Days::of(last).last }
}

/// Whether a comparison holds for some day that the document may have been published on. `=` holds if the two dates share
/// a day, `!=` if they share none.
pub(super) fn date_holds(operator: Operator, document: Days, date: Days) -> bool {
    match operator {
        Operator::Less => document.first < date.first,
        Operator::AtMost => document.first <= date.last,
        Operator::Greater => document.last > date.last,
        Operator::AtLeast => document.last >= date.first,
        Operator::Equal => document.first <= date.last && document.last >= date.first,
        Operator::NotEqual => !date_holds(Operator::Equal, document, date),
    }
}

pub(super) fn number_holds(operator: Operator, value: i64, number: i64) -> bool {
    match operator {
        Operator::Equal => value == number,
        Operator::NotEqual => value != number,
        Operator::Less => value < number,
        Operator::AtMost => value <= number,
        Operator::Greater => value > number,
        Operator::AtLeast => value >= number,
    }
}

fn text_rows(field: TextField, test: &TextTest, fields: &Columns) -> Result<RowSet, ColumnsError> {
    let values = fields.texts(field)?;
    let is = |text: &str| values.rows_of(values.find(&fold(text)));
    Ok(match test {
        TextTest::Is(text) => is(text),
        TextTest::IsNot(text) => {
            let mut set = is(text);
            set.complement();
            set.intersect(&values.rows_of(0..values.len()));
            set
        }
        TextTest::In(texts) => values.rows_of(texts.iter().filter_map(|text| values.find(&fold(text)))),
        // The empty text would match every value; it matches no document instead.
        TextTest::Contains(text) | TextTest::StartsWith(text) if fold(text).is_empty() => RowSet::empty(fields.rows()),
        TextTest::Contains(text) => values.rows_of(values.containing(&fold(text))),
        TextTest::StartsWith(text) => values.rows_of(values.starting(&fold(text))),
    })
}
