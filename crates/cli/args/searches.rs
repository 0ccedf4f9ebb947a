//! Flags of the commands that save searches and say what is new.

use clap::{Args, Subcommand};
use semsearch_corpus::Date;

use super::encoder::RunArgs;
use super::index::IndexArg;
use super::values::positive;
use crate::filters::FilterArgs;

/// Save searches, to be told later what is new
#[derive(Debug, Subcommand)]
pub(crate) enum Searches {
    /// Save a search; what is in the index now counts as seen
    Add(Box<SearchesAdd>),
    /// List the saved searches
    List(SearchesList),
    /// Forget saved searches
    Remove(SearchesRemove),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  semsearch searches add caches \"efficient KV cache compression\"
  semsearch searches add ours 'author:vaswani' -k 50 --category cs.CL")]
pub(crate) struct SearchesAdd {
    /// A name for the search
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// The question, as `semsearch ask` takes it
    #[arg(value_name = "QUERY", required = true)]
    pub(crate) query: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// A new paper answers the question if it is among the first N of the whole index
    #[arg(short, value_name = "N", default_value_t = 10, value_parser = positive)]
    pub(crate) k: usize,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    /// Report all saved searches as one JSON document
    #[arg(long, help_heading = "Options")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SearchesList {
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SearchesRemove {
    /// Names of searches
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Report the searches that are left as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
A paper is new if its id came into the index after the last `semsearch new` of the search, or after the search was saved. A paper \
that changed is not new; one that was removed and added again is. It is shown if it is among the first papers of the whole index \
for the question, as many as `searches add -k` says, and if the answer is not one of which `ask` says that nothing here is likely \
to answer. Searches are marked as seen when their papers have been printed.

Examples:
  semsearch new                     all saved searches
  semsearch new caches --peek
  semsearch new --since 2026-11-01 --json

Exit code 1: nothing is new.")]
pub(crate) struct New {
    /// Names of saved searches; all without one
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) index: IndexArg,
    /// Show what came on this day or later, in UTC, seen or not, and mark nothing as seen; `last` is the last time
    #[arg(long, value_name = "DATE|last", default_value = "last")]
    pub(crate) since: Since,
    /// Mark nothing as seen
    #[arg(long)]
    pub(crate) peek: bool,
    /// Encode questions with this model instead of the model of the index; refused if they differ
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) model: Option<String>,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    /// Report as one JSON document
    #[arg(long)]
    pub(crate) json: bool,
}

/// Since when papers are new.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Since {
    /// The last time.
    Last,
    /// The beginning of a day, in seconds since 1970.
    Time(u64),
}

impl std::str::FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "last" {
            return Ok(Since::Last);
        }
        let date: Date = text.parse().map_err(|error| format!("{error}; or write `last`"))?;
        Ok(Since::Time(seconds(date)))
    }
}

/// The beginning of a date in seconds since 1970; 0 before that.
fn seconds(date: Date) -> u64 {
    let first = date.earliest();
    let (month, day) = (i64::from(first.month().unwrap_or(1)), i64::from(first.day().unwrap_or(1)));
    // Years that begin in March have their leap day at the end.
    let year = i64::from(first.year()) - i64::from(month <= 2);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468;
    u64::try_from(days).unwrap_or(0) * 86_400
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_beginning_of_its_first_day() {
        let at = |text: &str| text.parse::<Since>();
        assert_eq!(at("last"), Ok(Since::Last));
        for (text, days) in
            [("1970-01-01", 0), ("1970", 0), ("1969", 0), ("2000-03-01", 11_017), ("2026-11-30", 20_787)]
        {
            assert_eq!(at(text), Ok(Since::Time(days * 86_400)), "{text}");
        }
        assert!(at("soon").unwrap_err().contains("or write `last`"));
    }
}
