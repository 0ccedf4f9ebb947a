//! Whether all that surrounds a title agrees: the year, the authors, the venue, the pages.
//!
//! A title of a few words without an abstract identifies no paper by itself. But the five exports of one library say of each
//! paper all that a reference says, and a journal hardly prints two papers of one title by the same people in one year.
//!
//! Both records have to name the year and all authors, the same ones in the same order, and the venue or the address. Where
//! both name the month, the volume, the issue or the first page, these have to be the same.

use serde_json::Value;

use crate::document::Document;
use crate::names::may_be_one_person;
use crate::normalise::normalise;

/// What else a reference says of a place in a journal, by the names that formats have for it.
const PLACES: [&[&str]; 3] =
    [&["volume", "VL"], &["issue", "IS", "number"], &["pages", "page", "SP", "start_page", "first_page"]];

/// Whether two documents with the same title have the same year, authors, and venue or address, and nothing speaks against it.
pub(crate) fn surroundings_agree(one: &Document, other: &Document) -> bool {
    let same_people = !one.authors.is_empty()
        && one.authors.len() == other.authors.len()
        && one.authors.iter().zip(&other.authors).all(|(one, other)| may_be_one_person(one, other));
    let month = |document: &Document| document.date.and_then(|date| date.month());
    let venue = agree(one.venue.as_deref(), other.venue.as_deref());
    let address = agree(one.url.as_deref(), other.url.as_deref());
    same_people
        && one.year.is_some()
        && one.year == other.year
        && venue != Some(false)
        && (venue == Some(true) || address == Some(true))
        && agree_where_known(month(one), month(other))
        && PLACES.iter().all(|names| agree_where_known(number(one, names), number(other, names)))
}

/// Whether two texts agree in letters and digits; `None` if one is unknown.
fn agree(one: Option<&str>, other: Option<&str>) -> Option<bool> {
    one.zip(other).map(|(one, other)| normalise(one) == normalise(other))
}

fn agree_where_known<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

/// The first number of a field, in whatever spelling the field has it.
fn number(document: &Document, names: &[&str]) -> Option<String> {
    let (_, value) =
        document.extra.iter().find(|(field, _)| names.iter().any(|name| field.eq_ignore_ascii_case(name)))?;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.first()?.as_str()?.to_owned(),
        other => other.to_string(),
    };
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then(|| digits.trim_start_matches('0').to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn note(venue: Option<&str>) -> Document {
        let authors = vec!["Ada Dune".to_owned(), "Carl Wave".to_owned()];
        let note = Document::new("a", "Naming Storms", "").with_authors(authors).with_year(Some(2020));
        note.with_venue(venue.map(str::to_owned))
    }

    fn with(field: &str, value: Value) -> Document {
        let mut note = note(Some("Sea Letters"));
        note.extra.insert(field.to_owned(), value);
        note
    }

    #[test]
    fn what_agrees_in_year_people_and_venue_is_one_paper() {
        let first = note(Some("Sea Letters"));
        assert!(surroundings_agree(&first, &note(Some("SEA LETTERS"))));
        assert!(surroundings_agree(&with("pages", json!("177--185")), &with("SP", json!("0177"))));
        assert!(surroundings_agree(&with("volume", json!(7)), &with("Volume", json!(["7"]))));
        let at = |url: &str| note(None).with_url(Some(url.to_owned()));
        assert!(surroundings_agree(&at("https://sea.example/7"), &at("https://sea.example/7")));
        assert!(!surroundings_agree(&at("https://sea.example/7"), &at("https://sea.example/8")));
    }

    #[test]
    fn what_says_too_little_or_something_else_is_not() {
        let first = note(Some("Sea Letters"));
        assert!(!surroundings_agree(&first, &note(None)));
        assert!(!surroundings_agree(&first, &note(Some("Annals of Wind"))));
        assert!(!surroundings_agree(&first, &note(Some("Sea Letters")).with_year(Some(2021))));
        assert!(!surroundings_agree(&first, &note(Some("Sea Letters")).with_authors(vec!["Ada Dune".to_owned()])));
        assert!(!surroundings_agree(&with("pages", json!("177")), &with("SP", json!("178"))));
        assert!(!surroundings_agree(&with("volume", json!("7")), &with("VL", json!("8"))));
    }
}
