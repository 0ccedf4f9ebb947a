//! The flags that choose papers, shared by several subcommands, and the filter they make.

use std::str::FromStr;

use anyhow::Context;
use clap::Args;
use semsearch_corpus::Date;
use semsearch_store::{Filter, NumberField, TextField};

use crate::exit::UsageError;

/// The papers to choose. A paper must pass every kind of flag, and at least one of several flags of the same kind.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Which papers")]
pub(crate) struct FilterArgs {
    /// Only papers of this date or later: YYYY, YYYY-MM or YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<Date>,
    /// Only papers of this date or earlier
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<Date>,
    /// Only papers of this year, or of a range of years: 2021, 2019..2022, 2020.., ..2015
    #[arg(long, value_name = "YEAR")]
    pub(crate) year: Option<Years>,
    /// Only papers whose venue contains this; repeatable, any of them
    #[arg(long, value_name = "TEXT")]
    pub(crate) venue: Vec<String>,
    /// Only papers of this category or keyword, in full; `cs` is also cs.CL and every other cs.*; repeatable, any of them
    #[arg(long, value_name = "TEXT")]
    pub(crate) category: Vec<String>,
    /// Only papers whose organization contains this; repeatable, any of them
    #[arg(long, value_name = "TEXT")]
    pub(crate) org: Vec<String>,
    /// Only papers with an author of this name, or a part of it, in any order: qi feng, "Feng, Qi"; repeatable, any of them
    #[arg(long, value_name = "TEXT")]
    pub(crate) author: Vec<String>,
    /// Only papers read from this file, by its name in full; repeatable, any of them
    #[arg(long, value_name = "FILE")]
    pub(crate) source: Vec<String>,
    /// Only papers for which this holds, such as: year >= 2020 and not venue = "arXiv"
    #[arg(long = "where", value_name = "EXPR", long_help = WHERE)]
    pub(crate) expression: Option<String>,
}

const WHERE: &str = "\
Only papers for which an expression holds:

  --where 'year >= 2020 and (venue = \"ACL\" or category = cs.CL)'

  date                      = != < <= > >=   in (2020, 2021-05)
                            between 2020 and 2021-05-31
  year, comments, authors   the same with whole numbers; `authors` is
                            how many there are
  venue, category, org,     = != all of it   ~ contains
    author, source, title,  in (\"a\", \"b\")   starts with \"a\"
    abstract, id, doi       whatever case, accents and white space
  has venue                 whether a field is known
  and, or, not, ( )         `and` binds more tightly than `or`

A comparison holds only for papers that have the field, also `!=`; `not` is everything else. A date such as 2020 is any day of the \
year. Texts that hold more than letters, digits and . - _ + / : @ # go in quotes.";

/// `2021`, `2019..2022`, `2020..` or `..2015`, ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Years {
    first: Option<i32>,
    last: Option<i32>,
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

impl FilterArgs {
    /// The filter that combines the flags.
    pub(crate) fn filter(&self) -> anyhow::Result<Filter> {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && since.earliest() > until.latest()
        {
            return Err(UsageError("--since is later than --until, so no paper could match".to_owned()).into());
        }
        let mut filters = vec![Filter::dates(self.since, self.until)];
        if let Some(Years { first, last }) = self.year {
            filters.push(Filter::numbers(NumberField::Year, first.map(i64::from), last.map(i64::from)));
        }
        for (flag, field, texts, whole) in [
            ("--venue", TextField::Venue, &self.venue, false),
            ("--category", TextField::Category, &self.category, true),
            ("--org", TextField::Org, &self.org, false),
            ("--author", TextField::Author, &self.author, false),
            ("--source", TextField::Source, &self.source, true),
        ] {
            if texts.iter().any(|text| text.trim().is_empty()) {
                return Err(UsageError(format!("{flag} is empty; leave it out to take every paper")).into());
            }
            if !texts.is_empty() {
                filters.push(match (field, whole) {
                    (TextField::Category, _) => categories(texts),
                    (_, true) => Filter::text_is(field, texts),
                    (_, false) => Filter::text_contains(field, texts),
                });
            }
        }
        if let Some(expression) = &self.expression {
            filters.push(Filter::parse(expression).context("--where is not understood")?);
        }
        Ok(Filter::all(filters))
    }
}

/// Papers of one of these categories. One without a point, such as `cs`, is also every category below it, such as `cs.CL`.
fn categories(texts: &[String]) -> Filter {
    let (above, whole): (Vec<String>, Vec<String>) = texts.iter().cloned().partition(|text| !text.contains('.'));
    if above.is_empty() {
        return Filter::text_is(TextField::Category, &whole);
    }
    let exact = (!whole.is_empty()).then(|| Filter::text_is(TextField::Category, &whole));
    let above = above.iter().map(|text| Filter::text_is_or_below(TextField::Category, text.trim()));
    Filter::any(exact.into_iter().chain(above).collect())
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
    }

    #[test]
    fn flags_of_one_kind_are_alternatives_and_kinds_add_up() {
        let two = |one: &str, other: &str| vec![one.to_owned(), other.to_owned()];
        let args = FilterArgs {
            since: Some("2020".parse().unwrap()),
            year: Some("2021..".parse().unwrap()),
            venue: two("ACL", "EMNLP"),
            category: two("cs.CL", "cs.IR"),
            source: vec!["a.jsonl".to_owned()],
            expression: Some("has author or has org".to_owned()),
            ..FilterArgs::default()
        };
        assert_eq!(
            args.filter().unwrap().to_string(),
            r#"date >= 2020 and year >= 2021 and (venue ~ "ACL" or venue ~ "EMNLP") and category in ("cs.CL", "cs.IR") and source = "a.jsonl" and (has author or has org)"#
        );
        assert!(FilterArgs::default().filter().unwrap().is_everything());
    }
}
