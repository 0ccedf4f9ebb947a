//! Recency: a paper's score halves with every half-life of its age.
//!
//! The age is that on the day of the newest paper, so the order does not depend on when one asks: with an exponential
//! decay, another day multiplies all scores by one number. For the same reason papers are ordered by the logarithm, which
//! old papers and short half-lives do not make zero. A paper whose date says only a year or a month
//! is as old as on its last day. A paper without a date counts as one half-life old.

use std::cmp::Ordering;
use std::str::FromStr;

use semsearch_corpus::Date;
use semsearch_index::RowId;
use semsearch_store::{Collection, CollectionError};

/// Days of a year and of a month, on average.
const DAYS_OF_YEAR: f64 = 365.25;

/// The time in which a paper's score halves. Written as a number and a unit: `90d`, `8w`, `18m`, `2y`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HalfLife {
    days: f64,
}

/// Why a text is no half-life.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time as a number and d, w, m or y, such as 18m or 2y, found `{found}`")]
pub struct HalfLifeError {
    found: String,
}

impl HalfLife {
    /// A half-life of so many days; `None` unless it is a positive number.
    #[must_use]
    pub fn of_days(days: f64) -> Option<Self> {
        (days.is_finite() && days > 0.0).then_some(HalfLife { days })
    }

    /// In days.
    #[must_use]
    pub fn days(self) -> f64 {
        self.days
    }
}

impl FromStr for HalfLife {
    type Err = HalfLifeError;

    fn from_str(text: &str) -> Result<Self, HalfLifeError> {
        let error = || HalfLifeError { found: text.to_owned() };
        let trimmed = text.trim();
        let unit = trimmed.chars().last().ok_or_else(error)?;
        let number: f64 = trimmed[..trimmed.len() - unit.len_utf8()].trim().parse().map_err(|_| error())?;
        let days = match unit.to_ascii_lowercase() {
            'd' => number,
            'w' => number * 7.0,
            'm' => number * DAYS_OF_YEAR / 12.0,
            'y' => number * DAYS_OF_YEAR,
            _ => return Err(error()),
        };
        HalfLife::of_days(days).ok_or_else(error)
    }
}

/// The score of a paper, and how many times it has halved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aged {
    pub(crate) score: f32,
    pub(crate) halvings: f64,
}

impl Aged {
    /// Higher first. A score below 0 does not halve: that would raise it.
    pub(crate) fn best_first(&self, other: &Self) -> Ordering {
        // The usual case, without logarithms.
        if self.halvings.total_cmp(&other.halvings).is_eq() {
            return other.score.total_cmp(&self.score);
        }
        match (self.logarithm(), other.logarithm()) {
            (Some(one), Some(two)) => two.total_cmp(&one),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => other.score.total_cmp(&self.score),
        }
    }

    fn logarithm(&self) -> Option<f64> {
        (self.score > 0.0).then(|| f64::from(self.score).log2() - self.halvings)
    }

    /// What is left of the score if it halved so many times less.
    pub(crate) fn left(&self, less: f64) -> f32 {
        if self.score > 0.0 { self.score * (less - self.halvings).exp2() as f32 } else { self.score }
    }
}

/// The day that every paper of a collection is from.
pub(crate) struct Days {
    /// For each segment, the day of each row, counted from some day long ago; `None` without a date.
    segments: Vec<Vec<Option<i32>>>,
    newest: i32,
}

impl Days {
    /// Reads the dates of a collection.
    pub(crate) fn read(collection: &Collection) -> Result<Self, CollectionError> {
        let mut segments = Vec::with_capacity(collection.segments().len());
        let mut newest = i32::MIN;
        for segment in collection.segments() {
            let mut days = vec![None; segment.rows()];
            segment.each_date(|row, date| days[row.index()] = Some(day_number(date.latest())))?;
            let alive = days.iter().enumerate().filter(|(row, _)| segment.is_alive(RowId(*row as u32)));
            newest = alive.filter_map(|(_, day)| *day).fold(newest, i32::max);
            segments.push(days);
        }
        Ok(Days { segments, newest })
    }

    /// How many times the score of a paper has halved, at least 0.
    pub(crate) fn halvings(&self, half_life: HalfLife, segment: usize, row: RowId) -> f64 {
        let day = self.segments.get(segment).and_then(|days| days.get(row.index()).copied().flatten());
        day.map_or(1.0, |day| f64::from(self.newest.saturating_sub(day)) / half_life.days)
    }
}

/// The number of a day, of consecutive days consecutive numbers.
///
/// The count of days before a March of a year has no case for leap years: Richards (2013), in the Explanatory Supplement
/// to the Astronomical Almanac.
fn day_number(date: Date) -> i32 {
    let (year, month) = (date.year(), i32::from(date.month().unwrap_or(1)));
    // The year begins in March, so that the leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + (153 * month + 2) / 5 + i32::from(date.day().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_lives_have_units() {
        let days = |text: &str| text.parse::<HalfLife>().map(HalfLife::days);
        assert_eq!(days("90d"), Ok(90.0));
        assert_eq!(days(" 2 W "), Ok(14.0));
        assert_eq!(days("12m"), days("1y"));
        for wrong in ["", "2", "y", "-1y", "0d", "nand", "infy", "2 years", "1é"] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn days_follow_each_other_over_months_and_leap_years() {
        let number = |text: &str| day_number(text.parse().unwrap());
        assert_eq!(number("2024-03-01") - number("2024-02-28"), 2);
        assert_eq!(number("2023-03-01") - number("2023-02-28"), 1);
        assert_eq!(number("2025-01-01") - number("2024-01-01"), 366);
        assert_eq!(number("2000-01-01") - number("1900-01-01"), 36_524);
        assert_eq!(number("1970-01-01") - number("0001-01-01"), 719_162);
    }

    #[test]
    fn scores_halve_and_keep_their_order_however_often() {
        let aged = |score, halvings| Aged { score, halvings };
        assert_eq!(aged(0.8, 3.0).left(1.0), 0.2);
        assert_eq!(aged(0.8, 1.0).best_first(&aged(0.5, 0.0)), Ordering::Greater);
        assert_eq!(aged(0.8, 5_000.0).best_first(&aged(0.7, 5_000.0)), Ordering::Less);
        assert_eq!(aged(-0.2, 9.0).best_first(&aged(-0.3, 0.0)), Ordering::Less);
        assert_eq!(aged(0.1, 900.0).best_first(&aged(0.0, 0.0)), Ordering::Less);
        assert_eq!(aged(-0.2, 9.0).left(0.0), -0.2);
    }

    #[test]
    fn a_paper_without_a_date_is_one_half_life_old() {
        let half_life: HalfLife = "10d".parse().unwrap();
        let days = Days { segments: vec![vec![Some(100), Some(75), None]], newest: 100 };
        assert_eq!([0, 1, 2].map(|row| days.halvings(half_life, 0, RowId(row))), [0.0, 2.5, 1.0]);
    }
}
