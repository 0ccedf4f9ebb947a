//! The flags that choose papers, shared by several subcommands, and the filter they make.

use clap::Args;
use semsearch_corpus::Date;
use semsearch_store::{Chosen, ChosenError, Filter, Years};

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
    /// Only papers from this source, as `semsearch info` names it: a file, or a folder with all its files; repeatable, any of
    /// them
    #[arg(long, value_name = "SOURCE")]
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

impl FilterArgs {
    /// Whether any flag was given.
    pub(crate) fn is_given(&self) -> bool {
        let FilterArgs { since, until, year, venue, category, org, author, source, expression } = self;
        let texts = [venue, category, org, author, source];
        since.is_some()
            || until.is_some()
            || year.is_some()
            || expression.is_some()
            || texts.iter().any(|texts| !texts.is_empty())
    }

    /// The filter that combines the flags.
    pub(crate) fn filter(&self) -> anyhow::Result<Filter> {
        let mut chosen = Chosen::default();
        (chosen.since, chosen.until, chosen.years) = (self.since, self.until, self.year);
        (chosen.venue, chosen.category, chosen.org) = (self.venue.clone(), self.category.clone(), self.org.clone());
        (chosen.author, chosen.source) = (self.author.clone(), self.source.clone());
        chosen.expression = self.expression.clone();
        chosen.filter().map_err(|error| match error {
            ChosenError::Dates => {
                UsageError("--since is later than --until, so no paper could match".to_owned()).into()
            }
            ChosenError::Empty(name) => {
                UsageError(format!("--{name} is empty; leave it out to take every paper")).into()
            }
            ChosenError::Expression(error) => anyhow::Error::from(error).context("--where is not understood"),
            error => error.into(),
        })
    }
}
