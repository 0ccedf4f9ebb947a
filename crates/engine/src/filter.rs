//! Which documents may be answers: a range of days.
//!
//! A document dated only by its year or month counts as inside when some day it may mean is inside; one without any
//! date is outside every range, because nothing says that it belongs there.

use semsearch_corpus::Date;
use semsearch_index::RowId;

use crate::collection::{Days, Documents};

/// A range of days, both ends included. The default is everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateRange {
    /// Not before the first day this can mean.
    pub since: Option<Date>,
    /// Not after the last day this can mean.
    pub until: Option<Date>,
}

impl DateRange {
    /// Whether every document is inside, dated or not.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == DateRange::default()
    }

    /// Whether the range cannot hold a day.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!((self.since, self.until), (Some(since), Some(until)) if since.earliest() > until.latest())
    }

    /// A test of rows.
    pub(crate) fn test<'a>(&self, documents: &'a Documents) -> impl Fn(RowId) -> bool + 'a {
        let first = self.since.map_or(0, |date| Days::of(date).first);
        let last = self.until.map_or(u32::MAX, |date| Days::of(date).last);
        move |row| documents.days(row).is_some_and(|days| days.last >= first && days.first <= last)
    }
}
