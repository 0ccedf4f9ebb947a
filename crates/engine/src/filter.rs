//! Which documents may be answers.
//!
//! A document dated only by its year or month counts as inside a range of days when some day it may mean is inside; one
//! without any date is outside every range, because nothing says that it belongs there.

use semsearch_corpus::Date;
use semsearch_index::RowSet;

use crate::collection::{Days, Fields, FieldsError};

/// What a document has to be. The default is anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Not before the first day this can mean.
    since: Option<Date>,
    /// Not after the last day this can mean.
    until: Option<Date>,
}

impl Filter {
    /// A range of days, both ends included.
    #[must_use]
    pub fn days(since: Option<Date>, until: Option<Date>) -> Self {
        Filter { since, until }
    }

    /// Whether every document passes.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == Filter::default()
    }

    /// The rows that pass.
    ///
    /// # Errors
    /// If a column is damaged.
    pub fn rows(&self, fields: &Fields) -> Result<RowSet, FieldsError> {
        if self.is_everything() {
            return Ok(RowSet::all(fields.rows()));
        }
        let first = self.since.map_or(0, |date| Days::of(date).first);
        let last = self.until.map_or(u32::MAX, |date| Days::of(date).last);
        fields.dates(|days| days.last >= first && days.first <= last)
    }
}
