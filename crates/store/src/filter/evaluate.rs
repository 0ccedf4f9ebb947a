//! Evaluates an expression over a segment: every test of a column scans its column once, and sets of rows are combined 64 rows
//! at a time.
//!
//! Titles, abstracts, ids and DOIs have no column. Columns alone tell of an expression which rows pass whatever these texts
//! are, and which rows may pass; only documents that may pass and need not are read, each once however many tests ask for
//! its texts. So `year = 2021 and title ~ "graph"` reads the papers of 2021, and `year = 2021 or title ~ "graph"` all
//! others.

use semsearch_corpus::Date;
use semsearch_index::{RowId, RowSet};

use super::expression::{Comparison, Expression, Operator, TextTest};
use super::texts::{DocumentTexts, Documents};
use crate::columns::{Columns, ColumnsError, Days, DocumentField, Field, TextField, Values, fold};
use crate::doc_store::DocumentError;

/// An expression whose tests of columns are done.
pub(super) enum Plan {
    All(Vec<Plan>),
    Any(Vec<Plan>),
    Not(Box<Plan>),
    /// The rows for which a test of a column holds.
    Known(RowSet),
    /// A test of a text that is in the documents, in folded form.
    Text(DocumentField, TextTest),
    /// Whether a text is in the document.
    Has(DocumentField),
}

/// What columns tell of an expression.
pub(super) struct Bounds {
    /// The rows for which it holds whatever is in the documents.
    pub(super) certain: RowSet,
    /// The rows for which it may hold.
    pub(super) possible: RowSet,
}

impl Plan {
    /// Does the tests of columns.
    pub(super) fn new(expression: &Expression, fields: &Columns) -> Result<Self, ColumnsError> {
        let all = |parts: &[Expression]| parts.iter().map(|part| Plan::new(part, fields)).collect::<Result<_, _>>();
        Ok(match expression {
            Expression::All(parts) => Plan::All(all(parts)?),
            Expression::Any(parts) => Plan::Any(all(parts)?),
            Expression::Not(inner) => Plan::Not(Box::new(Plan::new(inner, fields)?)),
            Expression::Has(Field::Document(field)) => Plan::Has(*field),
            Expression::Document(field, test) => Plan::Text(*field, folded(test)),
            other => Plan::Known(column_rows(other, fields)?),
        })
    }

    /// What is known of `rows` rows without their documents.
    pub(super) fn bounds(&self, rows: usize) -> Bounds {
        match self {
            Plan::All(parts) => {
                let mut both = Bounds { certain: RowSet::all(rows), possible: RowSet::all(rows) };
                for part in parts {
                    let part = part.bounds(rows);
                    both.certain.intersect(&part.certain);
                    both.possible.intersect(&part.possible);
                }
                both
            }
            Plan::Any(parts) => {
                let mut both = Bounds { certain: RowSet::empty(rows), possible: RowSet::empty(rows) };
                for part in parts {
                    let part = part.bounds(rows);
                    both.certain.unite(&part.certain);
                    both.possible.unite(&part.possible);
                }
                both
            }
            Plan::Not(inner) => {
                let Bounds { mut certain, mut possible } = inner.bounds(rows);
                certain.complement();
                possible.complement();
                Bounds { certain: possible, possible: certain }
            }
            Plan::Known(set) => Bounds { certain: set.clone(), possible: set.clone() },
            Plan::Text(..) | Plan::Has(_) => Bounds { certain: RowSet::empty(rows), possible: RowSet::all(rows) },
        }
    }

    /// The rows of `among` for which it holds; of all rows, if `among` is `None`.
    pub(super) fn rows(
        &self,
        rows: usize,
        among: Option<&RowSet>,
        documents: &impl Documents,
    ) -> Result<RowSet, DocumentError> {
        let Bounds { certain: mut set, mut possible } = self.bounds(rows);
        if let Some(among) = among {
            set.intersect(among);
            possible.intersect(among);
        }
        let mut known = set.clone();
        known.complement();
        possible.intersect(&known);
        if !possible.is_empty() {
            set.unite(&documents.matching(&possible, &|row, texts| self.holds(row, texts))?);
        }
        Ok(set)
    }

    /// Whether it holds for a document.
    fn holds(&self, row: RowId, texts: &DocumentTexts<'_>) -> bool {
        match self {
            Plan::All(parts) => parts.iter().all(|part| part.holds(row, texts)),
            Plan::Any(parts) => parts.iter().any(|part| part.holds(row, texts)),
            Plan::Not(inner) => !inner.holds(row, texts),
            Plan::Known(set) => set.contains(row),
            Plan::Text(field, test) => text_holds(test, &fold(texts.get(*field))),
            Plan::Has(field) => !fold(texts.get(*field)).is_empty(),
        }
    }
}

/// A test whose texts are in folded form.
fn folded(test: &TextTest) -> TextTest {
    match test {
        TextTest::Is(text) => TextTest::Is(fold(text)),
        TextTest::IsNot(text) => TextTest::IsNot(fold(text)),
        TextTest::Contains(text) => TextTest::Contains(fold(text)),
        TextTest::StartsWith(text) => TextTest::StartsWith(fold(text)),
        TextTest::In(texts) => TextTest::In(texts.iter().map(|text| fold(text)).collect()),
    }
}

/// Whether a folded test holds for a folded value. An empty value is none, and the empty text matches nothing, as among the
/// values of a column.
fn text_holds(test: &TextTest, value: &str) -> bool {
    if value.is_empty() {
        return false;
    }
    match test {
        TextTest::Is(text) => value == text,
        TextTest::IsNot(text) => value != text,
        TextTest::Contains(text) => !text.is_empty() && value.contains(text.as_str()),
        TextTest::StartsWith(text) => !text.is_empty() && value.starts_with(text.as_str()),
        TextTest::In(texts) => texts.iter().any(|text| value == text),
    }
}

/// The rows for which a test of a column holds.
fn column_rows(test: &Expression, fields: &Columns) -> Result<RowSet, ColumnsError> {
    match test {
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
        // Not tests of columns: a plan holds these as they are.
        Expression::All(_) | Expression::Any(_) | Expression::Not(_) | Expression::Document(..) => {
            Ok(RowSet::empty(fields.rows()))
        }
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
    let is = |text: &str| match field {
        TextField::Source => of_source(text, &values),
        _ => values.rows_of(values.find(&fold(text))),
    };
    Ok(match test {
        TextTest::Is(text) => is(text),
        TextTest::IsNot(text) => {
            let mut set = is(text);
            set.complement();
            set.intersect(&values.rows_of(0..values.len()));
            set
        }
        TextTest::In(texts) if field == TextField::Source => {
            let mut set = RowSet::empty(fields.rows());
            texts.iter().for_each(|text| set.unite(&is(text)));
            set
        }
        TextTest::In(texts) => values.rows_of(texts.iter().filter_map(|text| values.find(&fold(text)))),
        // The empty text would match every value; it matches no document instead.
        TextTest::Contains(text) | TextTest::StartsWith(text) if fold(text).is_empty() => RowSet::empty(fields.rows()),
        TextTest::Contains(text) if field == TextField::Author => values.rows_of(values.named(&fold(text))),
        TextTest::Contains(text) => values.rows_of(values.containing(&fold(text))),
        TextTest::StartsWith(text) => values.rows_of(values.starting(&fold(text))),
    })
}

/// The rows of a source: of a file, or of all files within a folder, which may be written with a `/` at its end.
fn of_source(text: &str, values: &Values<'_>) -> RowSet {
    let name = fold(text);
    let name = name.trim_end_matches('/');
    let mut set = values.rows_of(values.find(name));
    if !name.is_empty() {
        set.unite(&values.rows_of(values.starting(&format!("{name}/"))));
    }
    set
}
