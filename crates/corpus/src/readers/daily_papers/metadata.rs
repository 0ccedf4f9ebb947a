//! The short lines below an abstract.
//!
//! ```text
//!   • 3 authors          or an organisation, `google Google`: its slug, then its name
//! ·
//! Mar 18, 2024 2         the year is missing in the current one; the last number counts comments
//! ```

use std::fmt;

use crate::date::Date;

/// An organisation, `google Google`: a slug, then a name. One of them may be missing.
#[derive(Debug, PartialEq)]
pub(super) struct Organization {
    pub(super) slug: Option<String>,
    pub(super) name: String,
}

/// A month and a day that exists in a leap year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DayOfYear {
    pub(super) month: u8,
    pub(super) day: u8,
}

/// A date as a page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ShownDate {
    pub(super) day: DayOfYear,
    pub(super) year: Option<i32>,
}

/// The three letters by which a page names months.
pub(super) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl fmt::Display for DayOfYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", MONTHS[usize::from(self.month) - 1], self.day)
    }
}

/// The number in `• 3 authors`.
pub(super) fn authors_line(text: &str) -> Option<u32> {
    let (count, word) = text.strip_prefix('•')?.trim().split_once(' ')?;
    matches!(word, "author" | "authors").then(|| count.parse().ok()).flatten()
}

pub(super) fn organization_line(text: &str) -> Organization {
    match text.split_once(' ') {
        Some((slug, name)) => Organization { slug: Some(slug.to_owned()), name: name.trim().to_owned() },
        None => Organization { slug: None, name: text.to_owned() },
    }
}

/// The date and the number of comments in `Mon D[, YYYY][ comments]`.
pub(super) fn date_line(text: &str) -> Option<(ShownDate, Option<u32>)> {
    let mut words = text.split_whitespace();
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u8 + 1;

    let day = words.next()?;
    let (day, has_year) = day.strip_suffix(',').map_or((day, false), |day| (day, true));
    let day: u8 = day.parse().ok()?;
    let year = if has_year { Some(four_digits(words.next()?)?) } else { None };

    let comments = words.next().map(|count| count.parse::<u32>()).transpose().ok()?;
    // Any day of a leap year is accepted; the year is settled later.
    let in_calendar = Date::new(year.unwrap_or(2000), Some(month), Some(day)).is_ok();
    (in_calendar && words.next().is_none()).then_some((ShownDate { day: DayOfYear { month, day }, year }, comments))
}

fn four_digits(text: &str) -> Option<i32> {
    (text.len() == 4).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_line_may_hold_a_year_and_a_count() {
        let date = |month, day, year| ShownDate { day: DayOfYear { month, day }, year };
        assert_eq!(date_line("Mar 18"), Some((date(3, 18, None), None)));
        assert_eq!(date_line("Mar 18 2"), Some((date(3, 18, None), Some(2))));
        assert_eq!(date_line("Mar 18, 2024"), Some((date(3, 18, Some(2024)), None)));
        assert_eq!(date_line("Feb 29, 2024 12"), Some((date(2, 29, Some(2024)), Some(12))));
        for text in
            ["Mars 18", "Mar 32", "Feb 29, 2023", "Mar 18, 24", "Mar 18, 2024 2 3", "Mar 18 x", "Mar", "Mar 18,", ""]
        {
            assert_eq!(date_line(text), None, "{text}");
        }
    }

    #[test]
    fn metadata_lines_are_told_apart() {
        assert_eq!(authors_line("• 1 author"), Some(1));
        assert_eq!(authors_line("• 12 authors"), Some(12));
        assert_eq!(authors_line("12 authors"), None);
        assert_eq!(
            organization_line("deep-sea Deep Sea Lab"),
            Organization { slug: Some("deep-sea".into()), name: "Deep Sea Lab".into() }
        );
        assert_eq!(organization_line("Sea"), Organization { slug: None, name: "Sea".into() });
    }
}
