//! A day, a month or a year.
//!
//! Sources give dates to different depths: `2023`, `2023-05`, `2023-05-10`. A [`Date`] keeps that depth rather than
//! inventing a first of January. [`Date::earliest`] and [`Date::latest`] are the first and last day it may mean; a filter
//! such as "since May 2023" compares with them.
//!
//! Dates are ordered like their written form: a vaguer date sorts before the days it contains (`2023 < 2023-01 <
//! 2023-01-01`).

use std::fmt;
use std::str::FromStr;

use semsearch_task::ErrorKind;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A year, or a month of it, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    // In this order, so that the derived comparison is the calendar's.
    year: i32,
    month: Option<u8>,
    day: Option<u8>,
}

/// Why a text or a triple of numbers is not a valid date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DateError {
    /// The text is in none of the accepted forms.
    #[error("expected a date as YYYY, YYYY-MM or YYYY-MM-DD, found `{found}`")]
    Form {
        /// The text.
        found: String,
    },
    /// The year lies outside 1 to 9999.
    #[error("expected a year from 1 to 9999, found {found}")]
    Year {
        /// The year.
        found: i32,
    },
    /// The month lies outside 1 to 12.
    #[error("expected a month from 1 to 12, found {found}")]
    Month {
        /// The month.
        found: u8,
    },
    /// The month has no such day.
    #[error("expected a day from 1 to {last} in {year:04}-{month:02}, found {found}")]
    Day {
        /// The year the month lies in.
        year: i32,
        /// The month.
        month: u8,
        /// The month's last day.
        last: u8,
        /// The day.
        found: u8,
    },
    /// A day without the month it belongs to.
    #[error("expected a month beside day {day}, found none")]
    DayWithoutMonth {
        /// The day.
        day: u8,
    },
}

impl DateError {
    /// Always [`ErrorKind::Usage`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }
}

impl Date {
    /// Builds a date from its parts and checks that the calendar has it.
    ///
    /// # Errors
    ///
    /// When the year, the month or the day does not exist, or a day comes without a month.
    pub fn new(year: i32, month: Option<u8>, day: Option<u8>) -> Result<Date, DateError> {
        if !(1..=9999).contains(&year) {
            return Err(DateError::Year { found: year });
        }
        match (month, day) {
            (Some(found), _) if !(1..=12).contains(&found) => return Err(DateError::Month { found }),
            (Some(month), Some(found)) => {
                let last = days_in_month(year, month);
                if !(1..=last).contains(&found) {
                    return Err(DateError::Day { year, month, last, found });
                }
            }
            (None, Some(day)) => return Err(DateError::DayWithoutMonth { day }),
            _ => {}
        }
        Ok(Date { year, month, day })
    }

    /// The year.
    pub fn year(&self) -> i32 {
        self.year
    }

    /// The month, 1 to 12, where known.
    pub fn month(&self) -> Option<u8> {
        self.month
    }

    /// The day of the month, where known.
    pub fn day(&self) -> Option<u8> {
        self.day
    }

    /// The first full day this date can mean.
    pub fn earliest(&self) -> Date {
        Date { year: self.year, month: Some(self.month.unwrap_or(1)), day: Some(self.day.unwrap_or(1)) }
    }

    /// The last full day this date can mean.
    pub fn latest(&self) -> Date {
        let month = self.month.unwrap_or(12);
        let day = self.day.unwrap_or_else(|| days_in_month(self.year, month));
        Date { year: self.year, month: Some(month), day: Some(day) }
    }
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: i32) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        for part in [self.month, self.day].into_iter().flatten() {
            write!(f, "-{part:02}")?;
        }
        Ok(())
    }
}

impl FromStr for Date {
    type Err = DateError;

    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or the date part of an ISO timestamp (`2023-05-10T17:59:59Z`),
    /// whose time and zone are ignored.
    fn from_str(text: &str) -> Result<Date, DateError> {
        let trimmed = text.trim();
        let form = || DateError::Form { found: text.to_owned() };

        let mut parts = day_part(trimmed).split('-');
        let year = parts.next().and_then(|part| digits(part, 4)).ok_or_else(form)?;
        let mut two_digits = || match parts.next() {
            None => Ok(None),
            // Two digits always fit a `u8`.
            Some(part) => digits(part, 2).map(|number| Some(number as u8)).ok_or_else(form),
        };
        let (month, day) = (two_digits()?, two_digits()?);
        if parts.next().is_some() {
            return Err(form());
        }
        Date::new(year, month, day)
    }
}

/// Cuts the time off a timestamp; anything else comes back whole.
fn day_part(text: &str) -> &str {
    match text.split_once(['T', 't', ' ']) {
        Some((day, time)) if day.len() == 10 && time.starts_with(|c: char| c.is_ascii_digit()) => day,
        _ => text,
    }
}

/// A number of exactly `width` ASCII digits. `parse` alone would also take a sign.
fn digits(text: &str, width: usize) -> Option<i32> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn dates_of_every_depth_are_written_as_they_were_read() {
        for text in ["2023", "2023-05", "2023-05-10", "0001-01-01", "2024-02-29"] {
            assert_eq!(date(text).to_string(), text);
        }
    }

    #[test]
    fn a_timestamp_gives_its_day() {
        for text in ["2023-05-10T17:59:59Z", "2023-05-10 17:59", "2023-05-10T00:00:00+02:00", " 2023-05-10 "] {
            assert_eq!(date(text).to_string(), "2023-05-10");
        }
    }

    #[test]
    fn days_the_calendar_lacks_are_refused() {
        for text in ["2023-02-29", "1900-02-29", "2023-04-31", "2023-13", "2023-00", "2023-01-00", "0000"] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        assert!("2000-02-29".parse::<Date>().is_ok());
    }

    #[test]
    fn other_forms_are_refused_by_name() {
        for text in ["", "23", "May 2023", "2023-5", "+023", "2023-05-10-1", "2023-05 10:00", "10-05-2023", "२०२३"]
        {
            assert!(matches!(text.parse::<Date>(), Err(DateError::Form { .. })), "{text}");
        }
        assert_eq!(Date::new(2023, None, Some(4)), Err(DateError::DayWithoutMonth { day: 4 }));
    }

    #[test]
    fn a_vague_date_spans_its_days() {
        assert_eq!((date("2024").earliest(), date("2024").latest()), (date("2024-01-01"), date("2024-12-31")));
        assert_eq!((date("2024-02").earliest(), date("2024-02").latest()), (date("2024-02-01"), date("2024-02-29")));
        assert_eq!(date("2024-02-07").earliest(), date("2024-02-07").latest());
    }

    fn any_date() -> impl Strategy<Value = Date> {
        (1..=9999i32, proptest::option::of((1..=12u8, proptest::option::of(1..=31u8)))).prop_filter_map(
            "a day its month has",
            |(year, rest)| match rest {
                None => Date::new(year, None, None).ok(),
                Some((month, day)) => Date::new(year, Some(month), day).ok(),
            },
        )
    }

    proptest! {
        #[test]
        fn a_date_survives_text_and_json(date in any_date()) {
            prop_assert_eq!(date.to_string().parse::<Date>().unwrap(), date);
            let json = serde_json::to_string(&date).unwrap();
            prop_assert_eq!(serde_json::from_str::<Date>(&json).unwrap(), date);
        }

        #[test]
        fn dates_order_as_their_text_does(a in any_date(), b in any_date()) {
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
            prop_assert!(a.earliest() <= a.latest());
            prop_assert!(a <= a.earliest());
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = text.parse::<Date>();
        }
    }
}
