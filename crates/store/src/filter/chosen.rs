//! The papers that somebody chooses field by field, as flags or parameters rather than as an expression.

use std::fmt;
use std::str::FromStr;

use semsearch_corpus::Date;

use super::{Filter, FilterError, NumberField, TextField};

/// What a paper must have. It must pass every field that says something, and one of several texts of a field.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Chosen {
    /// The first day.
    pub since: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// The years.
    pub years: Option<Years>,
    /// Parts of the venue.
    pub venue: Vec<String>,
    /// Categories or keywords, in full. One without a point, such as `cs`, is also every category below it, such as `cs.CL`.
    pub category: Vec<String>,
    /// Parts of the organization.
    pub org: Vec<String>,
    /// Names of authors, or parts of one, in any order.
    pub author: Vec<String>,
    /// Names of sources, in full: files, folders, files within folders.
    pub source: Vec<String>,
    /// A whole expression.
    pub expression: Option<String>,
}

/// Why papers cannot be chosen so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChosenError {
    /// No day is in both.
    #[error("`since` is later than `until`, so no paper could match")]
    Dates,
    /// A text says nothing.
    #[error("`{0}` is empty; leave it out to take every paper")]
    Empty(&'static str),
    /// The expression is not one.
    #[error(transparent)]
    Expression(#[from] FilterError),
}

impl Chosen {
    /// The filter that all of it makes together.
    ///
    /// # Errors
    /// [`ChosenError`], if no paper could pass, or a text or the expression cannot be right.
    pub fn filter(&self) -> Result<Filter, ChosenError> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since.earliest() > until.latest()
        {
            return Err(ChosenError::Dates);
        }
        let mut filters = vec![Filter::dates(self.since, self.until)];
        if let Some(Years { first, last }) = self.years {
            filters.push(Filter::numbers(NumberField::Year, first.map(i64::from), last.map(i64::from)));
        }
        for (name, field, texts) in [
            ("venue", TextField::Venue, &self.venue),
            ("category", TextField::Category, &self.category),
            ("org", TextField::Org, &self.org),
            ("author", TextField::Author, &self.author),
            ("source", TextField::Source, &self.source),
        ] {
            if texts.iter().any(|text| text.trim().is_empty()) {
                return Err(ChosenError::Empty(name));
            }
            if !texts.is_empty() {
                filters.push(match field {
                    TextField::Category => categories(texts),
                    TextField::Source => Filter::text_is(field, texts),
                    _ => Filter::text_contains(field, texts),
                });
            }
        }
        if let Some(expression) = &self.expression {
            filters.push(Filter::parse(expression)?);
        }
        Ok(Filter::all(filters))
    }
}

/// Papers of one of these categories, or of one below it.
fn categories(texts: &[String]) -> Filter {
    let (above, whole): (Vec<String>, Vec<String>) = texts.iter().cloned().partition(|text| !text.contains('.'));
    if above.is_empty() {
        return Filter::text_is(TextField::Category, &whole);
    }
    let exact = (!whole.is_empty()).then(|| Filter::text_is(TextField::Category, &whole));
    let above = above.iter().map(|text| Filter::text_is_or_below(TextField::Category, text.trim()));
    Filter::any(exact.into_iter().chain(above).collect())
}

/// `2021`, `2019..2022`, `2020..` or `..2015`, ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Years {
    first: Option<i32>,
    last: Option<i32>,
}

impl fmt::Display for Years {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first, self.last) {
            (Some(first), Some(last)) if first == last => write!(f, "{first}"),
            (first, last) => {
                let written = |year: Option<i32>| year.map(|year| year.to_string()).unwrap_or_default();
                write!(f, "{}..{}", written(first), written(last))
            }
        }
    }
}

impl Years {
    /// Whether a year is one of them.
    #[must_use]
    pub fn holds(self, year: i32) -> bool {
        self.first.is_none_or(|first| first <= year) && self.last.is_none_or(|last| year <= last)
    }
}

impl FromStr for Years {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("expected a year or a range of years such as 2019..2022, found `{text}`");
        let year = |text: &str| -> Result<Option<i32>, String> {
            if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| form()) }
        };
        let years = match text.split_once("..") {
            Some((first, last)) => Years { first: year(first)?, last: year(last)? },
            None => Years { first: year(text)?, last: year(text)? },
        };
        match years {
            Years { first: None, last: None } => Err(form()),
            Years { first: Some(first), last: Some(last) } if first > last => {
                Err(format!("{first} is later than {last}, so no paper could match"))
            }
            years => Ok(years),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_one_or_a_range_with_an_end_at_least() {
        let years = |text: &str| text.parse::<Years>().map(|years| (years.first, years.last));
        assert_eq!(years("2021"), Ok((Some(2021), Some(2021))));
        assert_eq!(years("2019..2022"), Ok((Some(2019), Some(2022))));
        assert_eq!(years("2019.."), Ok((Some(2019), None)));
        assert_eq!(years("..2022"), Ok((None, Some(2022))));
        for text in ["", "..", "2019-2022", "2019...2022", "x", "2022..2019"] {
            years(text).expect_err(text);
        }
        for text in ["2019..2022", "2019..", "..2022", "2019"] {
            assert_eq!(text.parse::<Years>().unwrap().to_string(), text);
        }
        let range: Years = "2019..2022".parse().unwrap();
        assert_eq!([2018, 2019, 2022, 2023].map(|year| range.holds(year)), [false, true, true, false]);
    }

    #[test]
    fn texts_of_one_field_are_alternatives_and_fields_add_up() {
        let two = |one: &str, other: &str| vec![one.to_owned(), other.to_owned()];
        let chosen = Chosen {
            since: Some("2020".parse().unwrap()),
            years: Some("2021..".parse().unwrap()),
            venue: two("ACL", "EMNLP"),
            category: two("cs.CL", "cs.IR"),
            source: vec!["a.jsonl".to_owned()],
            expression: Some("has author or has org".to_owned()),
            ..Chosen::default()
        };
        assert_eq!(
            chosen.filter().unwrap().to_string(),
            r#"date >= 2020 and year >= 2021 and (venue ~ "ACL" or venue ~ "EMNLP") and category in ("cs.CL", "cs.IR") and source = "a.jsonl" and (has author or has org)"#
        );
        assert!(Chosen::default().filter().unwrap().is_everything());
        let empty = Chosen { author: vec![" ".to_owned()], ..Chosen::default() };
        assert!(matches!(empty.filter(), Err(ChosenError::Empty("author"))));
        let dates =
            Chosen { since: Some("2021".parse().unwrap()), until: Some("2020".parse().unwrap()), ..Chosen::default() };
        assert!(matches!(dates.filter(), Err(ChosenError::Dates)));
    }
}
