//! The expression of a filter as a tree, and its text form.

use std::fmt;

use semsearch_corpus::Date;

use crate::columns::{DocumentField, Field, NumberField, TextField};

/// An expression over the fields of a document.
///
/// [`Expression::All`] never contains another [`Expression::All`] and never exactly one expression; the same holds for
/// [`Expression::Any`]. [`Expression::all`] and [`Expression::any`] make sure of it. So equal filters mostly have the same
/// form, and a chain of a thousand `or` is no deeper than a single `or`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// All of the expressions hold. An empty list matches every document.
    All(Vec<Expression>),
    /// At least one of the expressions holds. An empty list matches no document.
    Any(Vec<Expression>),
    /// The expression does not hold.
    Not(Box<Expression>),
    /// The document has a value for the field.
    Has(Field),
    /// The comparison holds for a day that the document may have been published on.
    Date(Comparison<Date>),
    /// The comparison holds for a number.
    Number(NumberField, Comparison<i64>),
    /// The test holds for a field of texts.
    Text(TextField, TextTest),
    /// The test holds for a text of the document.
    Document(DocumentField, TextTest),
}

/// A comparison of dates or numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Comparison<T> {
    Is(Operator, T),
    /// The value equals one of these.
    In(Vec<T>),
    /// The value is in a range, both ends included. The first end is not after the second.
    Between(T, T),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// A test of the texts of a field in folded form. It holds if it holds for at least one text; [`TextTest::IsNot`] holds if
/// the document has texts and [`TextTest::Is`] holds for none of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TextTest {
    Is(String),
    IsNot(String),
    Contains(String),
    StartsWith(String),
    In(Vec<String>),
}

impl Expression {
    pub(super) fn everything() -> Self {
        Expression::All(Vec::new())
    }

    pub(super) fn nothing() -> Self {
        Expression::Any(Vec::new())
    }

    pub(super) fn all(parts: Vec<Expression>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expression::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Expression::All(flat) }
    }

    pub(super) fn any(parts: Vec<Expression>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expression::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Expression::Any(flat) }
    }

    pub(super) fn negated(self) -> Self {
        Expression::Not(Box::new(self))
    }

    /// The field and the texts that are asked for, if only texts of one field are.
    pub(super) fn asked_texts(&self) -> Option<(TextField, Vec<&str>)> {
        match self {
            Expression::Text(field, TextTest::Is(text) | TextTest::Contains(text) | TextTest::StartsWith(text)) => {
                Some((*field, vec![text]))
            }
            Expression::Text(field, TextTest::In(texts)) => Some((*field, texts.iter().map(String::as_str).collect())),
            Expression::Any(parts) => {
                let mut asked = parts.iter().map(Expression::asked_texts).collect::<Option<Vec<_>>>()?.into_iter();
                let (field, mut texts) = asked.next()?;
                for (other, more) in asked {
                    if other != field {
                        return None;
                    }
                    texts.extend(more);
                }
                Some((field, texts))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::All(parts) if parts.is_empty() => f.write_str("everything"),
            Expression::Any(parts) if parts.is_empty() => f.write_str("nothing"),
            Expression::All(parts) => joined(f, parts, " and "),
            Expression::Any(parts) => joined(f, parts, " or "),
            Expression::Not(inner) => write!(f, "not {}", Inner(inner)),
            Expression::Has(field) => write!(f, "has {field}"),
            Expression::Date(comparison) => write!(f, "date {comparison}"),
            Expression::Number(field, comparison) => write!(f, "{} {comparison}", Field::Number(*field)),
            Expression::Text(field, test) => write!(f, "{} {test}", Field::Text(*field)),
            Expression::Document(field, test) => write!(f, "{} {test}", Field::Document(*field)),
        }
    }
}

/// An expression inside another one, written in parentheses if it is a chain of `and` or `or`.
struct Inner<'a>(&'a Expression);

impl fmt::Display for Inner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expression::All(parts) | Expression::Any(parts) if !parts.is_empty() => write!(f, "({})", self.0),
            _ => self.0.fmt(f),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Expression], by: &str) -> fmt::Result {
    parts.iter().enumerate().try_for_each(|(place, part)| {
        let by = if place == 0 { "" } else { by };
        write!(f, "{by}{}", Inner(part))
    })
}

impl<T: fmt::Display> fmt::Display for Comparison<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Comparison::Is(operator, value) => write!(f, "{operator} {value}"),
            Comparison::Between(first, last) => write!(f, "between {first} and {last}"),
            Comparison::In(values) => list(f, values.iter()),
        }
    }
}

impl fmt::Display for TextTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextTest::Is(text) => write!(f, "= {}", Quoted(text)),
            TextTest::IsNot(text) => write!(f, "!= {}", Quoted(text)),
            TextTest::Contains(text) => write!(f, "~ {}", Quoted(text)),
            TextTest::StartsWith(text) => write!(f, "starts with {}", Quoted(text)),
            TextTest::In(texts) => list(f, texts.iter().map(|text| Quoted(text))),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, values: impl Iterator<Item = impl fmt::Display>) -> fmt::Result {
    f.write_str("in (")?;
    for (value, place) in values.zip(0..) {
        write!(f, "{}{value}", if place == 0 { "" } else { ", " })?;
    }
    f.write_str(")")
}

/// A text in quotes; quotes, backslashes and control characters are escaped.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for letter in self.0.chars() {
            match letter {
                '"' | '\\' => write!(f, "\\{letter}")?,
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                _ => write!(f, "{letter}")?,
            }
        }
        f.write_str("\"")
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operator::Equal => "=",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::AtMost => "<=",
            Operator::Greater => ">",
            Operator::AtLeast => ">=",
        })
    }
}
