//! Dates whose parts stand apart, as libraries write them: `2019`, `Mar` and `4`, or `June 3--5`.
//!
//! A part that is not a date (`in press`, `Spring`, the 31st of June) is left out, and the date is as deep as the parts
//! in front of it.

use crate::date::Date;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The date of these parts, up to the first part that is not valid.
pub(super) fn date(year: &str, month: Option<&str>, day: Option<&str>) -> Option<Date> {
    let year = self::year(year)?;
    let month = month.and_then(self::month);
    let day = day.and_then(first_number).and_then(|day| u8::try_from(day).ok());
    [(month, day), (month, None), (None, None)].into_iter().find_map(|(month, day)| Date::new(year, month, day).ok())
}

/// The date in a text of any usual form, as deep as the text tells it: `2020/05/01/`, `3 May 2019`, `2022 Apr-May`,
/// `20190510`. Of `05/10/2023` only the year is told, since nobody knows which number is the month.
pub(super) fn written(text: &str) -> Option<Date> {
    let text = text.trim();
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return date(&text[..4], Some(&text[4..6]), Some(&text[6..]));
    }
    let year = numbers(text).find(|number| number.len() == 4 && self::year(number).is_some())?;
    // `2020/05//May2020`, as EBSCO writes it: what behind the numbers is said in words says no more.
    if let Some(numbered) = text.strip_prefix(year).and_then(|behind| behind.strip_prefix('/'))
        && numbered.starts_with(|c: char| c.is_ascii_digit())
    {
        let mut parts = numbered.split('/');
        return date(year, parts.next(), parts.next().filter(|day| day.bytes().all(|byte| byte.is_ascii_digit())));
    }
    if let Some(name) = text.split(|c: char| !c.is_alphabetic()).find(|word| !word.is_empty() && month(word).is_some())
    {
        return date(year, Some(name), numbers(text).find(|number| number.len() <= 2));
    }
    let Some(behind) = text.strip_prefix(year) else { return date(year, None, None) };
    let mut parts = behind.split(['-', '/', '.']).skip(1);
    date(year, parts.next(), parts.next())
}

/// The first year in a text: exactly four digits in a row.
pub(super) fn year(text: &str) -> Option<i32> {
    numbers(text).find(|number| number.len() == 4).and_then(|number| number.parse().ok()).filter(|&year| year >= 1000)
}

/// The month at the beginning of a text: its number, its name or the beginning of its name.
pub(super) fn month(text: &str) -> Option<u8> {
    let text = text.trim_start();
    let word: String = text.chars().take_while(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect();
    if word.is_empty() {
        let number = text.bytes().take_while(u8::is_ascii_digit).count();
        return text[..number].parse().ok().filter(|month| (1..=12).contains(month));
    }
    // Three letters at least: `Ma` might be March or May.
    let place = MONTHS.iter().position(|month| word.len() >= 3 && month.starts_with(&word))?;
    u8::try_from(place + 1).ok()
}

fn first_number(text: &str) -> Option<u32> {
    numbers(text).next().and_then(|number| number.parse().ok())
}

fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(year: &str, month: &str, day: &str) -> Option<String> {
        date(year, Some(month), Some(day)).map(|date| date.to_string())
    }

    #[test]
    fn months_have_names_beginnings_of_names_and_numbers() {
        for (text, number) in
            [("Jan", 1), ("feb.", 2), ("MARCH", 3), ("Sept", 9), ("12", 12), (" 05", 5), ("June 3--5", 6)]
        {
            assert_eq!(month(text), Some(number), "{text}");
        }
        for text in ["", "ma", "Spring", "13", "0", "Janus", "–"] {
            assert_eq!(month(text), None, "{text}");
        }
    }

    #[test]
    fn years_are_found_in_what_is_written_around_them() {
        for (text, found) in
            [("1999", Some(1999)), ("c. 1999", Some(1999)), ("2020a", Some(2020)), ("1998-1999", Some(1998))]
        {
            assert_eq!(year(text), found, "{text}");
        }
        for text in ["in press", "99", "19999", "0123", "०१२३"] {
            assert_eq!(year(text), None, "{text}");
        }
    }

    #[test]
    fn a_date_is_as_deep_as_its_parts_are_dates() {
        assert_eq!(read("2019", "Mar", "4").as_deref(), Some("2019-03-04"));
        assert_eq!(read("2019", "June", "31").as_deref(), Some("2019-06"));
        assert_eq!(read("2019", "Spring", "4").as_deref(), Some("2019"));
        assert_eq!(read("in press", "Mar", "4"), None);
    }

    #[test]
    fn dates_of_every_usual_form_are_read() {
        for (text, read) in [
            ("2020/05/01/", "2020-05-01"),
            ("2020/05//", "2020-05"),
            ("2020///Spring", "2020"),
            ("2020/05//May2020", "2020-05"),
            ("2020///May/Jun2020", "2020-05"),
            ("2020/05/15/May2020", "2020-05-15"),
            ("2022 Apr 28", "2022-04-28"),
            ("2022 Apr-May", "2022-04"),
            ("2-4 Oct. 2019", "2019-10-02"),
            ("May 3, 2019", "2019-05-03"),
            ("Spring 2019", "2019"),
            ("20190510", "2019-05-10"),
            ("2019-07-00", "2019-07"),
            ("2019-5-1", "2019-05-01"),
            ("05/10/2023", "2023"),
            ("2019-2020", "2019"),
            ("2021.0", "2021"),
            ("2025-02-04 16:55:17", "2025-02-04"),
        ] {
            assert_eq!(written(text).map(|date| date.to_string()).as_deref(), Some(read), "{text}");
        }
        for text in ["n.d.", "0", "", "in press", "May", "13"] {
            assert_eq!(written(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(year in "\\PC{0,9}", month in "\\PC{0,9}", day in "\\PC{0,9}") {
            let _ = written(&format!("{year} {month}/{day}"));
            let _ = date(&year, Some(&month), Some(&day));
        }
    }
}
