//! Recursive descent over the tokens of an expression.
//!
//! ```text
//! any   = all { "or" all }
//! all   = part { "and" part }
//! part  = "not" part | "(" any ")" | "everything" | "nothing" | "has" field | field test
//! test  = ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" ) value | "starts" "with" value
//!       | "in" "(" value { "," value } ")" | "between" value "and" value
//! ```

use std::ops::Range;

use semsearch_corpus::Date;

use super::error::FilterError;
use super::expression::{Comparison, Expression, Operator, TextTest};
use super::suggest;
use super::token::{KEYWORDS, Kind, Token, tokens};
use crate::columns::{Field, fold};

/// The greatest depth of nested parentheses and `not`.
pub(super) const MAX_NESTING: usize = 100;
/// The greatest length of an expression in bytes.
pub(super) const MAX_BYTES: usize = 64 << 10;
/// At most this many characters of the found text are repeated in an error.
const REPEATED: usize = 40;

/// Parses an expression.
pub(super) fn parse(text: &str) -> Result<Expression, FilterError> {
    if text.len() > MAX_BYTES {
        let problem = format!("the expression has {} bytes, {MAX_BYTES} are the most", text.len());
        return Err(FilterError::new("", 0..0, problem));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, next: 0 };
    let expression = parser.any(0)?;
    match &parser.token().kind {
        Kind::End => Ok(expression),
        Kind::Sign(")") => Err(parser.error("this `)` closes nothing")),
        _ => Err(parser.unexpected("`and`, `or` or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
}

/// The operator between a field and its value.
enum Test {
    Compare(Operator),
    Contains,
    StartsWith,
    In,
    Between,
}

impl Parser<'_> {
    fn any(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let mut parts = vec![self.all(depth)?];
        while self.takes_word("or") {
            parts.push(self.all(depth)?);
        }
        Ok(Expression::any(parts))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, FilterError> {
        let mut parts = vec![self.part(depth)?];
        while self.takes_word("and") {
            parts.push(self.part(depth)?);
        }
        Ok(Expression::all(parts))
    }

    fn part(&mut self, depth: usize) -> Result<Expression, FilterError> {
        if depth > MAX_NESTING {
            return Err(self.error(format!("parentheses and `not` go deeper than {MAX_NESTING}")));
        }
        if self.takes_word("not") {
            return Ok(self.part(depth + 1)?.negated());
        }
        if self.takes_sign("(") {
            let opened = self.tokens[self.next - 1].place.clone();
            let inner = self.any(depth + 1)?;
            if !self.takes_sign(")") {
                return Err(match self.token().kind {
                    Kind::End => FilterError::new(self.text, opened, "this `(` is never closed"),
                    _ => self.unexpected("`and`, `or` or `)`"),
                });
            }
            return Ok(inner);
        }
        if self.takes_word("everything") {
            return Ok(Expression::everything());
        }
        if self.takes_word("nothing") {
            return Ok(Expression::nothing());
        }
        if self.takes_word("has") {
            return Ok(Expression::Has(self.field("a field")?));
        }
        let field = self.field("a field, `not`, `has` or `(`")?;
        self.test(field)
    }

    fn field(&mut self, expected: &str) -> Result<Field, FilterError> {
        let Kind::Word(name) = &self.token().kind else { return Err(self.unexpected(expected)) };
        if let Some(field) = Field::named(name) {
            self.next += 1;
            return Ok(field);
        }
        if is_keyword(name) {
            return Err(self.unexpected(expected));
        }
        let names = Field::ALL.map(Field::name).join(", ");
        let hint = match suggest::field_like(name) {
            Some(ours) => format!("did you mean `{ours}`?"),
            None => {
                format!("the fields are {names}; others that records have are kept, and no filter can ask for them")
            }
        };
        Err(self.error(format!("there is no field `{}`", shortened(name))).hint(hint))
    }

    fn test(&mut self, field: Field) -> Result<Expression, FilterError> {
        let at = self.token().place.clone();
        let test = self.operator(field)?;
        let written = at.start..self.tokens[self.next - 1].place.end;
        match (field, test) {
            (Field::Date, test) => Ok(Expression::Date(self.comparison(field, test, written, Self::date)?)),
            (Field::Number(number), test) => {
                Ok(Expression::Number(number, self.comparison(field, test, written, Self::number)?))
            }
            (Field::Text(text), test) => Ok(Expression::Text(text, self.text_test(field, test, written)?)),
            (Field::Document(text), test) => Ok(Expression::Document(text, self.text_test(field, test, written)?)),
        }
    }

    /// Takes the operator, whether or not the type of the field supports it.
    fn operator(&mut self, field: Field) -> Result<Test, FilterError> {
        let test = match &self.token().kind {
            Kind::Sign("=") => Test::Compare(Operator::Equal),
            Kind::Sign("!=") => Test::Compare(Operator::NotEqual),
            Kind::Sign("<") => Test::Compare(Operator::Less),
            Kind::Sign("<=") => Test::Compare(Operator::AtMost),
            Kind::Sign(">") => Test::Compare(Operator::Greater),
            Kind::Sign(">=") => Test::Compare(Operator::AtLeast),
            Kind::Sign("~") => Test::Contains,
            Kind::Word(word) if word.eq_ignore_ascii_case("in") => Test::In,
            Kind::Word(word) if word.eq_ignore_ascii_case("between") => Test::Between,
            Kind::Word(word) if word.eq_ignore_ascii_case("starts") => {
                self.next += 1;
                if !self.is_word("with") {
                    return Err(self.unexpected("`with` behind `starts`"));
                }
                Test::StartsWith
            }
            Kind::Word(word) if word.eq_ignore_ascii_case("not") => {
                let hint = format!("write `not` before the field: not {field} ...");
                return Err(self.unexpected(operators(field)).hint(hint));
            }
            _ => return Err(self.unexpected(operators(field))),
        };
        self.next += 1;
        Ok(test)
    }

    /// Parses the rest of a comparison of dates or numbers, reading each value with `value`.
    fn comparison<T: PartialOrd + Ends>(
        &mut self,
        field: Field,
        test: Test,
        written: Range<usize>,
        value: impl Fn(&mut Self, Field) -> Result<T, FilterError>,
    ) -> Result<Comparison<T>, FilterError> {
        match test {
            Test::Compare(operator) => Ok(Comparison::Is(operator, value(self, field)?)),
            Test::In => Ok(Comparison::In(self.list(|parser| value(parser, field))?)),
            Test::Between => {
                let begin = self.token().place.start;
                let first = value(self, field)?;
                if !self.takes_word("and") {
                    return Err(self.unexpected("`and` and the other end"));
                }
                let last = value(self, field)?;
                if first.is_after(&last) {
                    let place = begin..self.tokens[self.next - 1].place.end;
                    let problem = "the first end is after the second, so nothing could match";
                    return Err(FilterError::new(self.text, place, problem));
                }
                Ok(Comparison::Between(first, last))
            }
            Test::Contains | Test::StartsWith => Err(self.mismatch(field, written)),
        }
    }

    fn text_test(&mut self, field: Field, test: Test, written: Range<usize>) -> Result<TextTest, FilterError> {
        Ok(match test {
            Test::Compare(Operator::Equal) => TextTest::Is(self.words(field)?),
            Test::Compare(Operator::NotEqual) => TextTest::IsNot(self.words(field)?),
            Test::Contains => TextTest::Contains(self.words(field)?),
            Test::StartsWith => TextTest::StartsWith(self.words(field)?),
            Test::In => TextTest::In(self.list(|parser| parser.words(field))?),
            Test::Compare(_) | Test::Between => return Err(self.mismatch(field, written)),
        })
    }

    fn list<T>(&mut self, value: impl Fn(&mut Self) -> Result<T, FilterError>) -> Result<Vec<T>, FilterError> {
        if !self.takes_sign("(") {
            return Err(self.unexpected("`(` and values behind `in`"));
        }
        let mut values = vec![value(self)?];
        while self.takes_sign(",") {
            values.push(value(self)?);
        }
        if !self.takes_sign(")") {
            return Err(self.unexpected("`,` or `)`"));
        }
        Ok(values)
    }

    fn date(&mut self, _: Field) -> Result<Date, FilterError> {
        let text = self.value("a date as YYYY, YYYY-MM or YYYY-MM-DD")?;
        text.parse().map_err(|error| self.value_error(format!("{error}")))
    }

    fn number(&mut self, field: Field) -> Result<i64, FilterError> {
        let expected = format!("a whole number for `{field}`");
        let text = self.value(&expected)?;
        text.parse().map_err(|_| self.value_error(format!("expected {expected}, found `{}`", shortened(&text))))
    }

    fn words(&mut self, field: Field) -> Result<String, FilterError> {
        let text = self.value("a text")?;
        if fold(&text).is_empty() {
            let hint = format!("a document without one is found by: not has {field}");
            return Err(self.value_error(format!("expected a text for `{field}`, found an empty one")).hint(hint));
        }
        Ok(text)
    }

    /// Takes a word or a text in quotes, which the caller then parses by the type of the field.
    fn value(&mut self, expected: &str) -> Result<String, FilterError> {
        let text = match &self.token().kind {
            Kind::Word(word) if is_keyword(word) => {
                let hint = format!("`{word}` is a word of the language; as a text, write \"{word}\"");
                return Err(self.unexpected(expected).hint(hint));
            }
            Kind::Word(text) | Kind::Text(text) => text.clone(),
            Kind::Sign(_) | Kind::End => return Err(self.unexpected(expected)),
        };
        self.next += 1;
        Ok(text)
    }

    /// An error about the value that was just taken.
    fn value_error(&self, problem: String) -> FilterError {
        FilterError::new(self.text, self.tokens[self.next - 1].place.clone(), problem)
    }

    /// The error of an operator that the field's type does not support.
    fn mismatch(&self, field: Field, written: Range<usize>) -> FilterError {
        let kind = match field {
            Field::Date => "a date",
            Field::Number(_) => "a number",
            Field::Text(_) | Field::Document(_) => "text",
        };
        let problem = format!("`{}` does not go with `{field}`, which is {kind}", &self.text[written.clone()]);
        FilterError::new(self.text, written, problem).hint(format!("it takes {}", operators(field)))
    }

    fn unexpected(&self, expected: &str) -> FilterError {
        let found = match &self.token().kind {
            Kind::Word(word) => format!("`{}`", shortened(word)),
            Kind::Text(text) => format!("the text \"{}\"", shortened(text)),
            Kind::Sign(sign) => format!("`{sign}`"),
            Kind::End => "the end".to_owned(),
        };
        self.error(format!("expected {expected}, found {found}"))
    }

    /// An error about the token that comes next.
    fn error(&self, problem: impl Into<String>) -> FilterError {
        FilterError::new(self.text, self.token().place.clone(), problem)
    }

    fn token(&self) -> &Token {
        // The end is never taken.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn is_word(&self, keyword: &str) -> bool {
        matches!(&self.token().kind, Kind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn takes_word(&mut self, keyword: &str) -> bool {
        let is = self.is_word(keyword);
        self.next += usize::from(is);
        is
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let is = matches!(&self.token().kind, Kind::Sign(found) if *found == sign);
        self.next += usize::from(is);
        is
    }
}

/// The type of the two ends of a range.
trait Ends {
    fn is_after(&self, last: &Self) -> bool;
}

impl Ends for Date {
    fn is_after(&self, last: &Self) -> bool {
        self.earliest() > last.latest()
    }
}

impl Ends for i64 {
    fn is_after(&self, last: &Self) -> bool {
        self > last
    }
}

fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

/// The operators that a field supports.
fn operators(field: Field) -> &'static str {
    match field {
        Field::Date | Field::Number(_) => "=, !=, <, <=, >, >=, in (...) or between",
        Field::Text(_) | Field::Document(_) => "=, !=, ~, in (...) or starts with",
    }
}

fn shortened(text: &str) -> String {
    let mut shown: String = text.chars().take(REPEATED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > REPEATED {
        shown.push('…');
    }
    shown
}
