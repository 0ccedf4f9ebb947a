//! The year of a page's dates that show none.
//!
//! A page shows no year in dates of the current year, so every year that it shows lies before its own. The newest year
//! shown, plus one, is the earliest year the page can be from. It is taken for the page's year if
//!
//! - at least [`ENOUGH`] papers show that newest year: results reach back from today without a gap, so a page with many
//!   recent papers has some of last year's, while a single old paper proves little;
//! - no date without a year lies after the page's date, since papers do not come from the future;
//! - the calendar of that year has all of those days (February 29 may be missing).
//!
//! Otherwise the year stays unknown and such dates are left out: a missing date can be seen, a wrong one cannot. Users who
//! know the year set [`ReadOptions::page_year`](crate::ReadOptions::page_year), which is not checked.
//!
//! Three of the five captures this was made with show years: the newest is 2024 on each, on at least six papers, and no
//! date without a year lies after the page's date.

use super::metadata::{DayOfYear, ShownDate};
use crate::date::Date;

/// The fewest papers that have to show the newest year.
const ENOUGH: usize = 3;

impl ShownDate {
    /// The full date on a page from `page_year`; `None` when the year is unknown or lacks the day.
    pub(super) fn on_page_from(self, page_year: Option<i32>) -> Option<Date> {
        on(self.year.or(page_year)?, self.day)
    }
}

/// The year of a page, inferred from its own date and those of its papers; `None` if it stays unknown.
pub(super) fn infer(page_day: Option<DayOfYear>, dates: &[ShownDate]) -> Option<i32> {
    let years = || dates.iter().filter_map(|date| date.year);
    let newest = years().max()?;
    let page_year = newest + 1;

    let shown_often = years().filter(|&year| year == newest).count() >= ENOUGH;
    let fits = |day: DayOfYear| on(page_year, day).is_some() && page_day.is_none_or(|page_day| day <= page_day);
    let all_fit = dates.iter().filter(|date| date.year.is_none()).all(|date| fits(date.day));
    (shown_often && all_fit).then_some(page_year)
}

fn on(year: i32, DayOfYear { month, day }: DayOfYear) -> Option<Date> {
    Date::new(year, Some(month), Some(day)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEC_17: Option<DayOfYear> = Some(DayOfYear { month: 12, day: 17 });

    fn shown(month: u8, day: u8, year: impl Into<Option<i32>>) -> ShownDate {
        ShownDate { day: DayOfYear { month, day }, year: year.into() }
    }

    fn three_of(year: i32) -> Vec<ShownDate> {
        vec![shown(4, 1, year), shown(5, 2, year), shown(6, 3, year), shown(1, 1, year - 4)]
    }

    #[test]
    fn the_year_after_the_newest_shown_one_is_the_pages() {
        let dates = [three_of(2024), vec![shown(10, 28, None)]].concat();
        assert_eq!(infer(DEC_17, &dates), Some(2025));
    }

    #[test]
    fn little_evidence_gives_no_year() {
        assert_eq!(infer(DEC_17, &[shown(4, 1, 2019), shown(5, 1, 2017), shown(10, 28, None)]), None);
        assert_eq!(infer(DEC_17, &[shown(10, 28, None)]), None);
        assert_eq!(infer(DEC_17, &[]), None);
    }

    #[test]
    fn a_paper_from_the_future_gives_no_year() {
        assert_eq!(infer(DEC_17, &[three_of(2024), vec![shown(12, 18, None)]].concat()), None);
        assert_eq!(infer(None, &[three_of(2024), vec![shown(12, 18, None)]].concat()), Some(2025));
    }

    #[test]
    fn a_leap_day_contradicts_a_common_year() {
        assert_eq!(infer(DEC_17, &[three_of(2024), vec![shown(2, 29, None)]].concat()), None);
        assert_eq!(infer(DEC_17, &[three_of(2023), vec![shown(2, 29, None)]].concat()), Some(2024));
    }

    #[test]
    fn the_page_year_completes_dates_that_show_none() {
        let date = |shown: ShownDate, year| shown.on_page_from(year).map(|date| date.to_string());
        assert_eq!(date(shown(10, 28, None), Some(2025)).as_deref(), Some("2025-10-28"));
        assert_eq!(date(shown(10, 28, 2020), Some(2025)).as_deref(), Some("2020-10-28"));
        assert_eq!(date(shown(10, 28, 2020), None).as_deref(), Some("2020-10-28"));
        assert_eq!(date(shown(10, 28, None), None), None);
        assert_eq!(date(shown(2, 29, None), Some(2025)), None);
    }
}
