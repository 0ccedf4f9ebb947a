//! What a JSON value tells, whatever its shape.
//!
//! The same thing is a string in one export, a list of one string in the next and an object in a third:
//!
//! | told     | shapes                                                                                               |
//! |----------|------------------------------------------------------------------------------------------------------|
//! | a text   | a string, a number; `{"value": …}`, `{"name": …}` and the like; a list, of which the first text counts |
//! | people   | a list, or one string, of names; objects with `name`, `given` and `family`, `first` and `last`, …; lists |
//! |          | of family name, given names and suffix                                                               |
//! | words    | a list, or one string, of words; objects with `name`, `term`, `tag`, …                                |
//! | a date   | a string in any usual form; a year; seconds, milliseconds, … since 1970; objects with `year`, `date-parts`, `raw`, |
//! |          | `literal`, …; lists of these                                                                         |
//!
//! `null`, empty values and words such as `NaN` tell nothing. What tells nothing in any of these shapes gives `None`, and
//! the caller keeps the value.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Map, Value};

use super::calendar;
use super::joined::{fold_white_space, split_keywords};
use super::people::{split_authors, spoken};
use crate::date::Date;
use crate::family_names::{group, name_of};
use crate::readers::missing::is_missing;

/// The names under which objects hold a text.
pub(super) const TEXTS: [&str; 16] = [
    "value",
    "text",
    "#text",
    "$",
    "_",
    "title",
    "name",
    "display_name",
    "journal_title",
    "full_name",
    "description",
    "label",
    "literal",
    "en",
    "journal",
    "isPartOf",
];

/// The names under which objects hold a keyword.
const WORDS: [&str; 12] = [
    "term",
    "tag",
    "keyword",
    "name",
    "display_name",
    "value",
    "category",
    "label",
    "subject",
    "descriptorName",
    "text",
    "title",
];

/// How deep values may lie in each other. Deeper ones tell nothing.
const DEEPEST: usize = 4;

/// Whether a value says nothing.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => is_missing(text),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

/// One text.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    text_within(value, DEEPEST).filter(|text| !is_missing(text))
}

/// A title. A paper may be called `None`.
pub(super) fn title(value: &Value) -> Option<Cow<'_, str>> {
    text_within(value, DEEPEST)
}

fn text_within(value: &Value, depth: usize) -> Option<Cow<'_, str>> {
    let deeper = depth.checked_sub(1)?;
    match value {
        Value::String(text) => Some(Cow::Borrowed(text.trim())).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(Cow::Owned(whole(number).map_or_else(|| number.to_string(), |n| n.to_string()))),
        Value::Array(list) => list.iter().find_map(|item| text_within(item, deeper)),
        Value::Object(object) => TEXTS.iter().find_map(|name| text_within(object.get(*name)?, deeper)),
        Value::Null | Value::Bool(_) => None,
    }
}

/// A number without a fraction, such as the `2021.0` that pandas makes of years with gaps.
pub(super) fn whole(number: &serde_json::Number) -> Option<i64> {
    if let Some(number) = number.as_i64() {
        return Some(number);
    }
    let float = number.as_f64()?;
    // Integers up to here are exact.
    (float.fract() == 0.0 && float.abs() < 9.0e15).then_some(float as i64)
}

/// An abstract: the parts of a list of strings joined, and of a list of objects the one that says that it is the abstract,
/// or the first.
pub(super) fn summary(value: &Value) -> Option<Cow<'_, str>> {
    let Value::Array(parts) = value else { return text(value) };
    let is_abstract = |part: &&Value| {
        let kind = ["descriptionType", "type", "kind"].iter().find_map(|name| part.get(*name)?.as_str());
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("abstract"))
    };
    if let Some(part) = parts.iter().find(is_abstract) {
        return text(part);
    }
    // The paragraphs of a parsed paper.
    let paragraph = |part: &Value| part.get("section").and(part.get("text")).and_then(Value::as_str).map(str::to_owned);
    if let Some(paragraphs) = parts.iter().map(paragraph).collect::<Option<Vec<_>>>().filter(|list| !list.is_empty()) {
        return Some(Cow::Owned(paragraphs.join(" ")));
    }
    if parts.iter().any(|part| !part.is_string() && !part.is_null()) {
        return text(value);
    }
    let parts: Vec<&str> = parts.iter().filter_map(Value::as_str).filter(|part| !is_missing(part)).collect();
    (!parts.is_empty()).then(|| Cow::Owned(parts.join(" ")))
}

/// The names of people, as people read them.
pub(super) fn people(value: &Value) -> Option<Vec<String>> {
    let names = match value {
        Value::String(text) if is_missing(text) => Vec::new(),
        Value::String(text) => split_authors(text),
        Value::Array(list) => {
            let is_author = |person: &&Value| kind_of_creator(person).is_some_and(|kind| kind == "author");
            let only_authors = list.iter().any(|person| is_author(&person));
            let people = list.iter().filter(|person| !only_authors || is_author(person));
            // A list in a list is one person, or all of them.
            let of = |person: &Value| match person {
                Value::Array(names) if are_names(names) => names.iter().filter_map(person_of).collect::<Vec<_>>(),
                one => person_of(one).into_iter().collect(),
            };
            people.flat_map(of).collect()
        }
        Value::Object(object) => match within(object, &["author", "authors", "value"]) {
            Some(inner @ Value::Array(_)) => return people(inner),
            _ => match person_of(value) {
                Some(name) => vec![name],
                // A map from places or ids to names.
                None => {
                    object.values().filter_map(|person| person_of(person).filter(|_| !person.is_number())).collect()
                }
            },
        },
        _ => Vec::new(),
    };
    (!names.is_empty()).then_some(names)
}

fn kind_of_creator(person: &Value) -> Option<&str> {
    person.get("creatorType")?.as_str()
}

/// Whether every text of a list is a name of its own, rather than a part of one.
fn are_names(parts: &[Value]) -> bool {
    parts.iter().all(|part| part.as_str().is_none_or(|part| part.trim().contains(' '))) && !parts.is_empty()
        || parts.iter().any(Value::is_object)
}

/// One name.
fn person_of(value: &Value) -> Option<String> {
    let name = match value {
        Value::String(name) if is_missing(name) => String::new(),
        Value::String(name) => spoken(name),
        // Family name, given names, suffix, as arXiv parses names.
        Value::Array(parts) => {
            let part = |at: usize| parts.get(at).and_then(Value::as_str).unwrap_or_default();
            name_of(part(1), part(0), part(2))
        }
        Value::Object(person) => name_in(person),
        _ => String::new(),
    };
    (!name.is_empty()).then_some(name)
}

/// The name in an object.
fn name_in(person: &Map<String, Value>) -> String {
    let mut parts: [Option<Cow<'_, str>>; 6] = [const { None }; 6];
    for (field, value) in person {
        if let Some(at) = part_of_name(field)
            && parts[at].is_none()
        {
            parts[at] = joined(value);
        }
    }
    // OpenAIRE calls the given name `name`, beside `fullName`.
    let is_whole_elsewhere = person.contains_key("fullName") && parts[0].is_none();
    if parts[FAMILY].is_some() && !is_whole_elsewhere {
        let told =
            |range: Range<usize>| parts[range].iter().flatten().map(|part| part.trim()).collect::<Vec<_>>().join(" ");
        // Particles, of which programs have two kinds, belong to the family name.
        return name_of(&told(0..2), &told(2..FAMILY + 1), &told(FAMILY + 1..6));
    }
    const WHOLE: [&str; 10] = [
        "fullName",
        "name",
        "full_name",
        "display_name",
        "displayName",
        "raw_author_name",
        "value",
        "fullname",
        "collectiveName",
        "text",
    ];
    // What is written literally is not turned.
    if let Some(name) = person.get("literal").and_then(Value::as_str).filter(|name| !is_missing(name)) {
        return group(name);
    }
    let whole = WHOLE.iter().find_map(|name| person.get(*name)?.as_str().filter(|name| !is_missing(name)));
    match (whole, within(person, &["author", "person"])) {
        (Some(name), _) => spoken(name),
        (None, Some(inner)) => person_of(inner).unwrap_or_default(),
        (None, None) => fold_white_space(parts[0].as_deref().unwrap_or_default()),
    }
}

/// The place of the family name among the parts of a name.
const FAMILY: usize = 4;

/// The place of a part among the parts of a name, in the order of speech.
fn part_of_name(field: &str) -> Option<usize> {
    Some(match field {
        "given" | "first" | "firstName" | "first_name" | "givenName" | "given_name" | "given_names" | "forenames"
        | "forename" => 0,
        "middle" | "middle_name" | "middleName" => 1,
        "dropping-particle" => 2,
        "non-dropping-particle" | "prefix" => 3,
        "family" | "last" | "lastName" | "last_name" | "familyName" | "family_name" | "surname" | "keyname" => FAMILY,
        "suffix" => 5,
        _ => return None,
    })
}

/// The first of some fields that says something.
fn within<'a>(object: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| object.get(*name).filter(|value| !is_nothing(value)))
}

/// A string, or the strings of a list with spaces between.
fn joined(value: &Value) -> Option<Cow<'_, str>> {
    let text = match value {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        Value::Array(list) => Cow::Owned(list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")),
        _ => return None,
    };
    (!is_missing(&text)).then_some(text)
}

/// Keywords of a field.
pub(super) fn words(field: &str, value: &Value) -> Option<Vec<String>> {
    let mut words = Vec::new();
    gather_words(field, value, DEEPEST, &mut words);
    (!words.is_empty()).then_some(words)
}

fn gather_words(field: &str, value: &Value, depth: usize, words: &mut Vec<String>) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    match value {
        Value::String(text) if is_missing(text) => {}
        Value::String(text) if depth == DEEPEST => words.extend(split_keywords(field, text)),
        // Some copies of arXiv's list have one string with all categories of a paper in a list.
        Value::String(text) if field == "categories" && text.split(' ').all(is_category) => {
            words.extend(text.split(' ').map(str::to_owned));
        }
        Value::String(text) => words.extend(Some(fold_white_space(text)).filter(|word| !word.is_empty())),
        Value::Number(number) => {
            words.extend(text_within(value, 1).map(Cow::into_owned).filter(|_| whole(number).is_some()))
        }
        Value::Array(list) => list.iter().for_each(|item| gather_words(field, item, deeper, words)),
        Value::Object(object) => {
            if let Some(inner) = within(object, &WORDS) {
                gather_words(field, inner, deeper.min(DEEPEST - 1), words);
            }
        }
        _ => {}
    }
}

/// Whether a text looks like a category of arXiv: `hep-ph`, `cs.CL`.
fn is_category(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.' || byte == b'-')
}

/// A date.
pub(super) fn date(value: &Value) -> Option<Date> {
    date_within(value, DEEPEST)
}

fn date_within(value: &Value, depth: usize) -> Option<Date> {
    let deeper = depth.checked_sub(1)?;
    match value {
        Value::String(text) => match text.trim() {
            // Seconds and milliseconds since 1970 have as many digits from 2001 on.
            digits if matches!(digits.len(), 10 | 13) && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                since_1970(digits.parse().ok()?)
            }
            text => calendar::written(text).or_else(|| since_1970(text.parse::<f64>().ok()? as i64)),
        },
        Value::Number(number) => match whole(number) {
            Some(year @ 1..=9999) => Date::new(i32::try_from(year).ok()?, None, None).ok(),
            Some(digits @ 10_000_101..=99_991_231) => calendar::written(&digits.to_string()),
            Some(number) => since_1970(number),
            // Seconds with a fraction, as Python's `time.time()`.
            None => since_1970(number.as_f64()? as i64),
        },
        Value::Array(list) if list.first().is_some_and(|first| first.is_number() || is_short(first)) => of_parts(list),
        Value::Array(list) => list.iter().find_map(|item| date_within(item, deeper)),
        Value::Object(object) => {
            const WHOLE: [&str; 14] = [
                "date-parts",
                "date_parts",
                "raw",
                "literal",
                "date-time",
                "$date",
                "value",
                "date",
                "start",
                "created",
                "timestamp",
                "text",
                "#text",
                "edtf",
            ];
            let whole = WHOLE.iter().find_map(|name| date_within(object.get(*name)?, deeper));
            whole.or_else(|| {
                let part = |name: &str| object.get(name).cloned().unwrap_or(Value::Null);
                of_parts(&[part("year"), part("month"), part("day")])
            })
        }
        Value::Null | Value::Bool(_) => None,
    }
}

/// Whether a value is a year in a string, as the first of a date's parts.
fn is_short(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().len() == 4 && text.trim().parse::<u16>().is_ok())
}

/// Year, month and day, as deep as they are valid.
fn of_parts(parts: &[Value]) -> Option<Date> {
    let part = |at: usize| parts.get(at).and_then(|part| text_within(part, 1));
    let year: i32 = part(0)?.parse().ok()?;
    let month = part(1).as_deref().and_then(calendar::month);
    let day = month.and(part(2)).and_then(|day| day.parse().ok());
    [(month, day), (month, None), (None, None)].into_iter().find_map(|(month, day)| Date::new(year, month, day).ok())
}

/// The day of a time in seconds, milliseconds, microseconds or nanoseconds since 1970. Papers are from years in which these
/// cannot be confused.
fn since_1970(time: i64) -> Option<Date> {
    const DAY: i64 = 86_400;
    let seconds = match time.unsigned_abs() {
        // Before 1973 it might as well be a number of something else.
        0..100_000_000 => return None,
        100_000_000..100_000_000_000 => time,
        100_000_000_000..100_000_000_000_000 => time.div_euclid(1_000),
        100_000_000_000_000..100_000_000_000_000_000 => time.div_euclid(1_000_000),
        _ => time.div_euclid(1_000_000_000),
    };
    day(seconds.div_euclid(DAY))
}

/// The date `days` after 1 January 1970: the algorithm `civil_from_days` of Howard Hinnant, which counts years from March on so
/// that a leap day is the last of its year.
pub(super) fn day(days: i64) -> Option<Date> {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    let shifted = days.checked_add(719_468)?;
    let (era, in_era) = (shifted.div_euclid(DAYS_OF_400_YEARS), shifted.rem_euclid(DAYS_OF_400_YEARS));
    let year_of_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let day_of_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = era.checked_mul(400)?.checked_add(year_of_era + i64::from(month <= 2))?;
    Date::new(i32::try_from(year).ok()?, u8::try_from(month).ok(), u8::try_from(day_of_month).ok()).ok()
}

/// A year.
pub(super) fn year(value: &Value) -> Option<i32> {
    date(value).map(|date| date.year())
}

/// A count. Lists are not counted.
pub(super) fn count(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) => whole(number).and_then(|count| u32::try_from(count).ok()),
        Value::String(text) => text.trim().trim_end_matches(".0").parse().ok(),
        _ => None,
    }
}

/// A web address.
pub(super) fn url(value: &Value) -> Option<String> {
    const NAMES: [&str; 5] = ["url", "URL", "href", "value", "@id"];
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let mut texts = list
        .iter()
        .filter_map(|item| item.as_str().or_else(|| NAMES.iter().find_map(|name| item.get(*name)?.as_str())));
    texts.find(|text| !is_missing(text)).map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(value: Value) -> Option<String> {
        date(&value).map(|date| date.to_string())
    }

    #[test]
    fn a_text_may_lie_in_lists_and_objects() {
        for value in [json!("T"), json!(["T"]), json!({"value": "T"}), json!([null, {"title": " T "}]), json!([["T"]])]
        {
            assert_eq!(text(&value).as_deref(), Some("T"), "{value}");
        }
        assert_eq!(text(&json!(2021.0)).as_deref(), Some("2021"));
        for value in [json!(null), json!([]), json!({"x": "T"}), json!("NaN"), json!(true)] {
            assert_eq!(text(&value), None, "{value}");
        }
        assert_eq!(title(&json!("None")).as_deref(), Some("None"));
    }

    #[test]
    fn an_abstract_may_have_parts() {
        assert_eq!(
            summary(&json!(["Background: x.", null, "Results: y."])).as_deref(),
            Some("Background: x. Results: y.")
        );
        let described = json!([{"descriptionType": "Other", "description": "o"},
            {"descriptionType": "Abstract", "description": "a"}]);
        assert_eq!(summary(&described).as_deref(), Some("a"));
        assert_eq!(summary(&json!([{"value": "first"}, {"value": "second"}])).as_deref(), Some("first"));
    }

    #[test]
    fn people_come_in_many_shapes() {
        let ada = Some(vec!["Ada Dune".to_owned()]);
        for value in [
            json!("Dune, Ada"),
            json!(["Ada Dune", null]),
            json!([{"name": "Ada Dune"}, {"name": null}, {}]),
            json!([{"given": "Ada", "family": "Dune"}]),
            json!([{"first": "Ada", "middle": [], "last": "Dune", "suffix": ""}]),
            json!([{"firstName": "Ada", "lastName": "Dune", "creatorType": "author"},
                {"firstName": "Ed", "lastName": "Itor", "creatorType": "editor"}]),
            json!([["Dune", "Ada", ""]]),
            json!([["Ada Dune"]]),
            json!([{"author": {"display_name": "Ada Dune"}}]),
            json!({"author": [{"fullName": "Ada Dune"}]}),
            json!({"value": ["Ada Dune"]}),
            json!({"1": "Ada Dune"}),
            json!({"name": "Dune, Ada"}),
        ] {
            assert_eq!(people(&value), ada, "{value}");
        }
        let parts = json!([{"family": "Berg", "given": "Jo", "non-dropping-particle": "van den", "suffix": "Jr."}]);
        assert_eq!(people(&parts), Some(vec!["Jo van den Berg Jr.".to_owned()]));
        for value in [json!(null), json!([null]), json!(3), json!("NA"), json!([{"orcid": "1"}])] {
            assert_eq!(people(&value), None, "{value}");
        }
    }

    #[test]
    fn words_come_in_many_shapes() {
        let both = Some(vec!["deep sea".to_owned(), "tides".to_owned()]);
        for value in [
            json!("deep sea; tides"),
            json!(["deep sea", null, "tides"]),
            json!([{"term": "deep sea"}, {"tag": "tides"}]),
            json!({"keyword": ["deep sea", "tides"]}),
        ] {
            assert_eq!(words("keywords", &value), both, "{value}");
        }
        let categories = Some(vec!["hep-ph".to_owned(), "cs.CL".to_owned()]);
        assert_eq!(words("categories", &json!(["hep-ph cs.CL"])), categories);
        assert_eq!(words("categories", &json!("hep-ph cs.CL")), categories);
        assert_eq!(words("keywords", &json!([{"x": 1}])), None);
    }

    #[test]
    fn dates_come_in_many_shapes() {
        for (value, told) in [
            (json!("2000-3-15/2000-3-17"), "2000-03-15"),
            (json!(2020), "2020"),
            (json!(2021.0), "2021"),
            (json!(20_190_510), "2019-05-10"),
            (json!(1_577_836_800), "2020-01-01"),
            (json!(1_577_836_800_000_i64), "2020-01-01"),
            (json!("1577836800000"), "2020-01-01"),
            (json!(1_577_836_800_000_000_000_i64), "2020-01-01"),
            (json!(-2_208_988_800_000_i64), "1900-01-01"),
            (json!(1_582_934_400.5), "2020-02-29"),
            (json!({"date-parts": [["2020", 5, "1"]]}), "2020-05-01"),
            (json!({"date-parts": [[2009, "season-04"]], "season": 4}), "2009"),
            (json!({"date-parts": [[2020, 2, 30]]}), "2020-02"),
            (json!([{"year": "2009", "month": "1", "day": "1"}]), "2009-01-01"),
            (json!([{"date-parts": [2006]}]), "2006"),
            (json!({"raw": "2024 Feb 21"}), "2024-02-21"),
            (json!({"literal": "May 2020"}), "2020-05"),
            (json!({"year": 2020, "month": 5}), "2020-05"),
            (json!({"year": "2020", "month": "May"}), "2020-05"),
            (json!([2020, 5, 1]), "2020-05-01"),
            (json!(["2020-05-01", "x"]), "2020-05-01"),
            (json!([{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}]), "2007-04-02"),
            (json!({"$date": "2020-05-01T00:00:00Z"}), "2020-05-01"),
        ] {
            assert_eq!(shown(value.clone()).as_deref(), Some(told), "{value}");
        }
        for value in
            [json!(0), json!(true), json!("n.d."), json!({}), json!(["v1"]), json!(123_456), json!({"raw": "NA"})]
        {
            assert_eq!(shown(value.clone()), None, "{value}");
        }
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

    #[test]
    fn addresses_and_identifiers_may_lie_in_lists() {
        assert_eq!(url(&json!(["https://a.example"])).as_deref(), Some("https://a.example"));
        assert_eq!(url(&json!([{"href": "https://a.example"}])).as_deref(), Some("https://a.example"));
    }
}
