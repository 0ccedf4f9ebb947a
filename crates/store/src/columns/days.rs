//! The days a document may have been published on.

use semsearch_corpus::{Date, Document};
use serde::{Deserialize, Serialize};

/// The first and last day a document may have been published on, as `yyyymmdd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Days {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

impl Days {
    /// The days that `date` can mean: a year stands for all of its days.
    pub(crate) fn of(date: Date) -> Self {
        Days { first: number(date.earliest()), last: number(date.latest()) }
    }
}

fn number(date: Date) -> u32 {
    let year = u32::try_from(date.year()).unwrap_or(0);
    year * 10_000 + u32::from(date.month().unwrap_or(0)) * 100 + u32::from(date.day().unwrap_or(0))
}

/// The publication date of a document; its year if it has no date.
pub(crate) fn known_date(document: &Document) -> Option<Date> {
    document.date.or_else(|| document.year.and_then(|year| Date::new(year, None, None).ok()))
}

/// A date as one number in calendar order: year, then 4 bits of month and 5 bits of day, which are 0 if unknown.
pub(super) fn packed(date: Date) -> i64 {
    (i64::from(date.year()) << 9) | (i64::from(date.month().unwrap_or(0)) << 5) | i64::from(date.day().unwrap_or(0))
}

/// The date from which [`packed`] made `number`; `None` if it cannot have made this number.
pub(super) fn unpacked(number: i64) -> Option<Date> {
    let part = |value: i64| u8::try_from(value).ok().map(|part| Some(part).filter(|part| *part > 0));
    Date::new(i32::try_from(number >> 9).ok()?, part(number >> 5 & 15)?, part(number & 31)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_date_keeps_its_depth() {
        for text in ["2023", "2023-05", "2023-05-10", "0001", "9999-12-31", "2024-02-29"] {
            let date: Date = text.parse().unwrap();
            assert_eq!(unpacked(packed(date)), Some(date));
        }
    }

    #[test]
    fn a_number_that_is_no_date_is_none() {
        for number in [0, -1, i64::MIN, i64::MAX, 2023 << 9 | 13 << 5, 2023 << 9 | 7, 2023 << 9 | 2 << 5 | 30] {
            assert_eq!(unpacked(number), None, "{number}");
        }
    }
}
