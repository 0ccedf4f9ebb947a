//! The value of a cell as the field of its column holds it.
//!
//! | field              | what a cell may hold                                                                       |
//! |--------------------|--------------------------------------------------------------------------------------------|
//! | title, abstract    | text without its markup ([`markup`]), a list of one text                                     |
//! | date, year         | a date in any usual form, a year as `2021.0`, seconds or milliseconds since 1970           |
//! | authors            | one string, a list in any spelling ([`cells`]), of names, of groups or of lists of parts   |
//! | keywords           | the same                                                                                   |
//! | venue, url, others | text, the first text of a list, the name within a group                                    |
//! | id                 | text; a number that a program made a float, `12.0`, is `12`                                |
//!
//! [`cells`]: super::super::cells
//! [`markup`]: super::super::markup

use serde_json::{Map, Value};

use crate::date::Date;
use crate::identifiers;
use crate::readers::missing::is_missing;
use crate::readers::calendar;
use crate::readers::cells::{is_quoted_list, nested};
use crate::readers::markup::plain;
use crate::readers::nbib::bare_title;
use crate::readers::people::{spoken, spoken_initials};
use crate::readers::tagged::unless_missing;

/// Columns of whole numbers.
const COUNTS: [&str; 3] = ["authors_count", "n_authors", "comments"];

/// Columns of people.
const PEOPLE: [&str; 2] = ["authors", "author"];

/// Columns of lists of words.
const WORDS: [&str; 3] = ["keywords", "categories", "tags"];

/// Columns of dates.
const DATES: [&str; 5] = ["date", "published", "published_date", "created", "update_date"];

/// What programs call the name within a group.
const NAMES: [&str; 14] = [
    "name",
    "display_name",
    "full_name",
    "fullname",
    "fullName",
    "displayName",
    "literal",
    "author_name",
    "raw_author_name",
    "title",
    "term",
    "label",
    "value",
    "keyword",
];

/// What programs call the parts of a person's name.
const GIVEN: [&str; 8] =
    ["given", "first", "firstName", "first_name", "firstname", "forename", "given_name", "givenName"];
const FAMILY: [&str; 9] =
    ["family", "last", "lastName", "last_name", "lastname", "surname", "family_name", "familyName", "sn"];

/// How deep a person may lie within groups.
const DEEPEST: usize = 4;

/// Whether a cell is empty or holds a program's word for nothing. A title may be such a word.
pub(super) fn says_nothing(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) if name == "title" => text.trim().is_empty(),
        Value::String(text) => is_missing(text),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// The value that the field holds, null for none. `Err` with the value of the cell if the field cannot be that.
pub(super) fn value_of(name: &str, value: Value, is_of_pubmed: bool) -> Result<Value, Value> {
    match name {
        "title" | "abstract" | "text" | "summary" => text_value(name, value, is_of_pubmed),
        "year" => date_of(&value).map(|date| date.year().into()).ok_or_else(|| trimmed(value)),
        date if DATES.contains(&date) => {
            date_of(&value).map(|date| date.to_string().into()).ok_or_else(|| trimmed(value))
        }
        people if PEOPLE.contains(&people) => people_value(value, is_of_pubmed),
        words if WORDS.contains(&words) => words_value(value),
        count if COUNTS.contains(&count) => Ok(count_value(value)),
        "id" | "_id" | "paper_id" | "arxiv_id" | "arxiv" | "doi" => name_value(name, value),
        "url" | "link" => match first_text(&value) {
            Some(text) => Ok(text.split("; ").next().unwrap_or_default().into()),
            None => Err(value),
        },
        "organization" | "organisation" | "affiliation" | "venue" | "journal" | "journal-ref" => {
            first_text(&value).map(|text| plain(&text).into()).ok_or(value)
        }
        _ => Ok(value),
    }
}

/// The value of a cell of text in the form of JSON lines, for files whose other values have types of their own.
pub(crate) fn of_text(name: &str, text: &str) -> Value {
    let value = Value::String(text.to_owned());
    match says_nothing(name, &value) {
        true => Value::Null,
        false => value_of(name, value, false).unwrap_or_else(|odd| odd),
    }
}

fn trimmed(value: Value) -> Value {
    match value {
        Value::String(text) => text.trim().into(),
        other => other,
    }
}

fn text_value(name: &str, value: Value, is_of_pubmed: bool) -> Result<Value, Value> {
    let Some(text) = first_text(&value) else { return Err(value) };
    let text = text.replace('\0', "");
    Ok(match name {
        "title" if is_of_pubmed => plain(bare_title(text.trim())).into(),
        "abstract" => unless_missing(plain(&text).into_owned()).into(),
        _ => plain(&text).into(),
    })
}

/// The text of a value: of a list its first text, of a group its name.
fn first_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if is_quoted_list(text) => match nested(text).as_ref().and_then(first_text) {
            Some(first) => Some(first),
            None => Some(text.clone()),
        },
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(written(number)),
        Value::Array(items) => {
            items.iter().find(|item| !item.is_null()).filter(|item| !item.is_array()).and_then(first_text)
        }
        Value::Object(group) => NAMES.iter().find_map(|name| group.get(*name)?.as_str()).map(str::to_owned),
        Value::Null | Value::Bool(_) => None,
    }
}

/// A number as people write it: without `.0`.
fn written(number: &serde_json::Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn count_value(value: Value) -> Value {
    let count = match &value {
        Value::String(text) => text.trim().trim_end_matches(".0").parse::<u64>().ok(),
        Value::Number(number) => written(number).parse().ok(),
        _ => None,
    };
    count.map_or(value, Value::from)
}

/// The value of a name: an id, a DOI.
fn name_value(name: &str, value: Value) -> Result<Value, Value> {
    let text = match &value {
        Value::Number(number) if name == "id" && number.is_i64() | number.is_u64() => return Ok(value),
        Value::Number(number) => written(number),
        _ => match first_text(&value) {
            Some(text) => text.trim().to_owned(),
            None => return Err(value),
        },
    };
    let text = match name {
        "id" => text.trim_start_matches("https://openalex.org/"),
        _ => &text,
    };
    if let Some(full) = with_zeros(name, text) {
        return Ok(full.into());
    }
    // What a program made of whole numbers with gaps.
    if let Some(whole) = text.strip_suffix(".0").filter(|whole| !whole.is_empty() && whole.len() <= 15)
        && whole.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Ok(whole.into());
    }
    Ok(text.into())
}

/// An arXiv id that a program took for a number, with the zeros that it lost: `1706.0376` was `1706.03760`.
fn with_zeros(name: &str, text: &str) -> Option<String> {
    let (month, number) = text.split_once('.')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(name, "arxiv" | "arxiv_id") || month.len() > 4 || !is_number(month) || !is_number(number) {
        return None;
    }
    let month = format!("{month:0>4}");
    // Since January 2015 five digits stand behind the point.
    let digits = if month.as_str() >= "1501" { 5 } else { 4 };
    let full = format!("{month}.{number:0<digits$}");
    (full != text && identifiers::arxiv(&full).is_some()).then_some(full)
}

/// The date that a value tells.
pub(super) fn date_of(value: &Value) -> Option<Date> {
    match value {
        Value::String(text) => {
            let text = text.trim();
            let seconds = || text.parse::<f64>().ok().and_then(since_1970);
            calendar::written(text).or_else(seconds)
        }
        Value::Number(number) => calendar::written(&written(number)).or_else(|| since_1970(number.as_f64()?)),
        Value::Array(items) => match items.first()? {
            first @ Value::Number(_) => {
                let parts: Vec<String> = items.iter().filter_map(Value::as_i64).map(|part| part.to_string()).collect();
                let part = |at: usize| parts.get(at).map(String::as_str);
                first.is_i64().then(|| calendar::date(part(0)?, part(1), part(2)))?
            }
            first => date_of(first),
        },
        Value::Object(group) => {
            if let Some(inner) =
                ["$date", "date", "value", "raw", "literal", "date-parts"].iter().find_map(|name| group.get(*name))
            {
                return date_of(inner);
            }
            let part =
                |name: &str| group.get(name).map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned));
            calendar::date(&part("year")?, part("month").as_deref(), part("day").as_deref())
        }
        Value::Null | Value::Bool(_) => None,
    }
}

/// The day of a number of seconds since 1970, or of milliseconds, microseconds or nanoseconds.
fn since_1970(number: f64) -> Option<Date> {
    let per_second = match number.abs() {
        small if small < 1e8 => return None,
        small if small < 1e11 => 1.0,
        small if small < 1e14 => 1e3,
        small if small < 1e17 => 1e6,
        _ => 1e9,
    };
    let days = (number / per_second / 86_400.0).floor();
    (days.abs() < 1e7).then(|| day(days as i64)).flatten()
}

/// The date `days` after 1970-01-01.
pub(crate) fn day(days: i64) -> Option<Date> {
    // Counted in eras of 400 years from the first of March of the year 0, so that leap days come last.
    let days = days.checked_add(719_468)?;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = u8::try_from(of_year - (153 * month + 2) / 5 + 1).ok()?;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = i32::try_from(era.checked_mul(400)?.checked_add(year + later)?).ok()?;
    Date::new(year, u8::try_from(month).ok(), Some(day)).ok()
}

fn people_value(value: Value, is_of_pubmed: bool) -> Result<Value, Value> {
    let list = match &value {
        Value::String(text) if is_of_pubmed => {
            let names = text.trim().trim_end_matches('.').split(',').map(spoken_initials);
            return Ok(names.filter(|name| !name.is_empty()).collect::<Vec<_>>().into());
        }
        Value::String(text) => match nested(text) {
            Some(list) => people(&list, DEEPEST),
            // One string of names, which is divided where JSON lines are read.
            None => return Ok(plain(text).into()),
        },
        other => people(other, DEEPEST),
    };
    match list {
        Some(names) if names.is_empty() => Ok(Value::Null),
        Some(names) => Ok(names.into()),
        None => Err(value),
    }
}

/// The names of people in a list, a group or a map; `None` if there is something else.
fn people(value: &Value, depth: usize) -> Option<Vec<String>> {
    let names = match value {
        Value::Array(items) => {
            let names: Vec<Option<String>> =
                items.iter().filter(|item| !item.is_null()).map(|item| person(item, depth)).collect();
            names.into_iter().collect::<Option<Vec<String>>>()?
        }
        Value::Object(group) => match person(value, depth) {
            Some(name) => vec![name],
            // A map from places or ids to names.
            None => group.values().map(|item| person(item, depth)).collect::<Option<Vec<String>>>()?,
        },
        Value::String(text) => vec![spoken(text)],
        _ => return None,
    };
    Some(names.into_iter().filter(|name| !name.is_empty()).collect())
}

/// The name of a person as people read it.
fn person(value: &Value, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::String(text) if is_missing(text) => Some(String::new()),
        Value::String(text) => Some(spoken(&plain(text))),
        Value::Object(group) => of_group(group, depth),
        // arXiv's parts: the family name, the given names, a suffix.
        Value::Array(parts) => {
            let parts: Option<Vec<&str>> =
                parts.iter().map(|part| if part.is_null() { Some("") } else { part.as_str() }).collect();
            match parts?.as_slice() {
                [] => Some(String::new()),
                [name] => Some(spoken(name)),
                [family, given, rest @ ..] => Some(joined(&[given, family, rest.first().unwrap_or(&"")])),
            }
        }
        _ => None,
    }
}

fn of_group(group: &Map<String, Value>, depth: usize) -> Option<String> {
    let part = |names: &[&str]| names.iter().find_map(|name| group.get(*name)).and_then(part_of_name);
    let (given, family) = (part(&GIVEN), part(&FAMILY));
    if let Some(family) = family {
        let middle = part(&["middle", "middle_name", "middleName"]).unwrap_or_default();
        let particle = part(&["non-dropping-particle", "dropping-particle", "particle", "prefix"]).unwrap_or_default();
        let suffix = part(&["suffix"]).unwrap_or_default();
        return Some(joined(&[&given.unwrap_or_default(), &middle, &particle, &family, &suffix]));
    }
    if let Some(name) = part(&NAMES) {
        return Some(spoken(&plain(&name)));
    }
    // OpenAlex: `{"author": {"display_name": …}, "institutions": …}`.
    match group.get("author") {
        Some(inner) => person(inner, depth),
        None => given,
    }
}

/// The text of a part of a name: of a list, as S2ORC has it for middle names, all of it.
fn part_of_name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Array(parts) => {
            let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        }
        _ => None,
    }
}

fn joined(parts: &[&str]) -> String {
    parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn words_value(value: Value) -> Result<Value, Value> {
    let list = match &value {
        Value::String(text) => match nested(text) {
            Some(list) => words(&list),
            None => return Ok(value),
        },
        other => words(other),
    };
    match list {
        Some(words) if words.is_empty() => Ok(Value::Null),
        Some(words) => Ok(words.into()),
        None => Err(value),
    }
}

fn words(value: &Value) -> Option<Vec<String>> {
    let word = |item: &Value| match item {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(written(number)),
        Value::Object(_) => first_text(item),
        _ => None,
    };
    let words = match value {
        Value::Array(items) => {
            items.iter().filter(|item| !item.is_null()).map(word).collect::<Option<Vec<String>>>()?
        }
        Value::Object(_) => vec![word(value)?],
        _ => return None,
    };
    Some(words.into_iter().filter(|word| !word.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(name: &str, value: Value) -> Value {
        value_of(name, value, false).unwrap()
    }

    #[test]
    fn people_are_written_in_many_shapes() {
        let both = json!(["Ada Dune", "Carl Wave"]);
        for people in [
            json!(["Ada Dune", null, "Wave, Carl"]),
            json!([{"name": "Ada Dune"}, {"display_name": "Carl Wave"}]),
            json!([{"given": "Ada", "family": "Dune"}, {"firstName": "Carl", "lastName": "Wave"}]),
            json!([{"first": "Ada", "middle": [], "last": "Dune", "suffix": ""}, {"forename": "Carl", "surname": "Wave"}]),
            json!([["Dune", "Ada", ""], ["Wave", "Carl", ""]]),
            json!([{"author": {"id": "A1", "display_name": "Ada Dune"}}, {"author": {"display_name": "Carl Wave"}}]),
            json!({"1": "Ada Dune", "2": "Carl Wave"}),
            json!("['Ada Dune', 'Carl Wave']"),
            json!("[{'name': 'Ada Dune'}, {'name': 'Carl Wave'}]"),
            json!("[['Dune', 'Ada', ''], ['Wave', 'Carl', '']]"),
        ] {
            assert_eq!(read("authors", people.clone()), both, "{people}");
        }
        assert_eq!(read("authors", json!("Ada Dune; Carl Wave")), json!("Ada Dune; Carl Wave"));
        assert_eq!(read("authors", json!("[]")), Value::Null);
        assert!(value_of("authors", json!(7), false).is_err());
        assert!(value_of("authors", json!([{"x": 1}]), false).is_err());
    }

    #[test]
    fn dates_may_be_numbers_and_groups() {
        for (value, date) in [
            (json!("2021.0"), "2021"),
            (json!(2021.0), "2021"),
            (json!(20_190_510), "2019-05-10"),
            (json!(1_588_291_200), "2020-05-01"),
            (json!(1_588_291_200_000_i64), "2020-05-01"),
            (json!("1588291200000"), "2020-05-01"),
            (json!({"year": 2020, "month": 5}), "2020-05"),
            (json!({"date-parts": [[2020, 5, 1]]}), "2020-05-01"),
        ] {
            assert_eq!(date_of(&value).map(|date| date.to_string()).as_deref(), Some(date), "{value}");
        }
        for value in [json!("n.d."), json!(0), json!(17), json!(null), json!([])] {
            assert_eq!(date_of(&value), None, "{value}");
        }
    }

    #[test]
    fn names_that_became_numbers_are_names_again() {
        assert_eq!(read("id", json!("12.0")), json!("12"));
        assert_eq!(read("id", json!(12.0)), json!("12"));
        assert_eq!(read("arxiv", json!(1706.0376)), json!("1706.03760"));
        assert_eq!(read("arxiv", json!("704.0001")), json!("0704.0001"));
        assert_eq!(read("arxiv", json!("1706.03762")), json!("1706.03762"));
        assert_eq!(read("doi", json!("10.1000/1")), json!("10.1000/1"));
    }

    #[test]
    fn text_is_the_first_of_a_list_or_the_name_of_a_group() {
        assert_eq!(read("title", json!("['On <i>Tides</i>']")), json!("On Tides"));
        assert_eq!(read("title", json!("[On Tides]")), json!("[On Tides]"));
        assert_eq!(read("venue", json!({"name": "Seas", "issn": 1})), json!("Seas"));
        assert_eq!(read("url", json!(["https://a", "https://b"])), json!("https://a"));
        assert_eq!(read("abstract", json!("[No abstract available]")), json!(""));
        assert_eq!(read("title", json!(1984)), json!("1984"));
        assert_eq!(read("keywords", json!([{"display_name": "tides"}, "seas"])), json!(["tides", "seas"]));
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, date) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (18_383, "2020-05-01"),
            (-719_162, "0001-01-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(day(days).map(|date| date.to_string()).as_deref(), Some(date));
        }
        assert_eq!((day(2_932_897), day(i64::MAX), day(i64::MIN)), (None, None, None));
    }
}
