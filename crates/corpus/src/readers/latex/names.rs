//! The people of a BibTeX value, in the order in which they are spoken of.
//!
//! BibTeX divides a name without commas into given names, particle (`van der`) and family name; since all stay in their
//! order, nothing needs dividing here. One comma divides `Family, Given`, two divide `Family, Suffix, Given`.

use super::lists::{is_end_of_item, split};
use super::plain::plain;
use crate::family_names::{group, is_suffix, name_of};
use crate::readers::joined::fold_white_space;
use crate::readers::people::split_authors;

/// The people of a value such as `Dune, Ada and {Sea Group} and others`.
pub(crate) fn people(value: &str) -> Vec<String> {
    let names = split(value, is_and).into_iter().flat_map(|part| split(part, is_semicolon));
    let named = names.map(str::trim).filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("others"));
    named.flat_map(person).filter(|name| !name.is_empty()).collect()
}

/// One person; more where a name has more commas than BibTeX knows.
fn person(name: &str) -> Vec<String> {
    if !name.contains([',', '=', '{', '}', '\\', '~', '$', '&', '<', '-', '`', '\'']) {
        return vec![fold_white_space(name)];
    }
    let parts = split(name, is_comma);
    let read: Vec<String> = parts.iter().map(|part| plain(part)).filter(|part| !part.is_empty()).collect();
    if let Some(named) = from_named_parts(&parts) {
        return vec![named];
    }
    match &read[..] {
        [family, suffix] if is_suffix(suffix) => vec![name_of("", family, suffix)],
        [family, given] => vec![name_of(given, family, "")],
        [family, given, suffix] if is_suffix(suffix) => vec![name_of(given, family, suffix)],
        [family, suffix, given] => vec![name_of(given, family, suffix)],
        [] => read,
        [_] => vec![without_commas(name)],
        // `Dune, A., Wave, C.`, which only commas divide.
        _ => split_authors(&read.join(", ")),
    }
}

/// A name without commas: one in braces is a group's, and braces around its last words hold a family name together.
fn without_commas(name: &str) -> String {
    let words = split(name.trim_matches(|c: char| c.is_whitespace() || c == ','), |value, at| {
        (value.as_bytes()[at].is_ascii_whitespace()).then_some(1)
    });
    // `{\'E}` is one letter.
    let is_in_braces = |word: &str| word.starts_with('{') && word.ends_with('}') && !word.starts_with("{\\");
    match words.split_last() {
        Some((last, [])) if is_in_braces(last) => group(&plain(last)),
        Some((last, before)) if is_in_braces(last) => name_of(&plain(&before.join(" ")), &plain(last), ""),
        _ => plain(name),
    }
}

/// The name of `family=Wave, given=Carl, prefix=van, useprefix=true`, as biblatex has it.
fn from_named_parts(parts: &[&str]) -> Option<String> {
    let mut named = [(); 4].map(|()| String::new());
    for part in parts {
        let (name, value) = part.split_once('=')?;
        let place = match name.trim().to_ascii_lowercase().as_str() {
            "given" => Some(0),
            "prefix" => Some(1),
            "family" => Some(2),
            "suffix" => Some(3),
            "useprefix" | "juniorcomma" | "hash" | "id" | "cslcluster" => None,
            initials if initials.ends_with("-i") => None,
            _ => return None,
        };
        if let Some(place) = place {
            named[place] = plain(value.trim().trim_matches('"'));
        }
    }
    let [given, prefix, family, suffix] = named;
    let spoken = name_of(&given, &format!("{prefix} {family}"), &suffix);
    (!spoken.is_empty()).then_some(spoken)
}

fn is_comma(value: &str, at: usize) -> Option<usize> {
    (value.as_bytes()[at] == b',').then_some(1)
}

/// An `and` with white space around it. The white space behind belongs to what follows, which may be another `and`.
fn is_and(value: &str, at: usize) -> Option<usize> {
    let rest = &value.as_bytes()[at..];
    let is_and = rest[0].is_ascii_whitespace()
        && rest.get(1..4).is_some_and(|word| word.eq_ignore_ascii_case(b"and"))
        && rest.get(4).is_none_or(u8::is_ascii_whitespace);
    is_and.then_some(4)
}

/// A semicolon behind a name. One without white space behind is taken for a part of it.
fn is_semicolon(value: &str, at: usize) -> Option<usize> {
    is_end_of_item(value, at).filter(|_| value.as_bytes().get(at + 1).is_none_or(u8::is_ascii_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family_names::unmarked;

    #[test]
    fn people_are_named_as_they_are_spoken_of() {
        let value = "Dune, Ada and {Sea and Shore Group} and van der Wave, Jr., Carl and B. Balt{\\'a}zs\n and others";
        assert_eq!(people(value), ["Ada Dune", "Sea and Shore Group", "Carl van der Wave Jr.", "B. Baltázs"]);
        assert_eq!(people("Anders Sand AND Roland Andersen"), ["Anders Sand", "Roland Andersen"]);
        assert!(people(" and ").is_empty() && people("").is_empty() && people(", and and").is_empty());
    }

    #[test]
    fn names_have_parts_with_names_in_biblatex() {
        assert_eq!(people("family=Dune, given=Ada"), ["Ada Dune"]);
        assert_eq!(
            people(
                "given={Jean Pierre}, given-i={JP}, family=Wave, prefix=de la, suffix=III, useprefix=true and B. Sea"
            ),
            ["Jean Pierre de la Wave III", "B. Sea"]
        );
    }

    #[test]
    fn particles_suffixes_and_braces_stay() {
        for (value, names) in [
            ("A. {Delgado de Molina} and van den Bout, D. E.", &["A. Delgado de Molina", "D. E. van den Bout"][..]),
            (
                "{European Sea Foundation (ESF)} and King, Jr., Martin L.",
                &["European Sea Foundation (ESF)", "Martin L. King Jr."],
            ),
            ("{{da Gama}}, Vasco and {\\relax Ph}ilippe Dune", &["Vasco da Gama", "Philippe Dune"]),
            ("{de'\\hspace{0pt} Medici}, Lorenzo", &["Lorenzo de' Medici"]),
            ("{Sea, Shore, and Sons Inc.}", &["Sea, Shore, and Sons Inc."]),
            ("Dune, A.\\,B. and Wave, C.{\\,}D.", &["A. B. Dune", "C. D. Wave"]),
            ("Dune,Ada and Ehlis, A. -C.", &["Ada Dune", "A. -C. Ehlis"]),
            ("Dune, A., Wave, C., Balazs, B.", &["A. Dune", "C. Wave", "B. Balazs"]),
            ("Dune, Ada; Wave, Carl; Balazs, Berta", &["Ada Dune", "Carl Wave", "Berta Balazs"]),
            ("Garc&iacute;a, Ada and Wave, C.", &["Ada García", "C. Wave"]),
            ("Garc\\'{\\i}a M\\'arquez, Gabriel", &["Gabriel García Márquez"]),
            ("Dune, Jr.", &["Dune Jr."]),
        ] {
            let read: Vec<String> = people(value).iter().map(|name| unmarked(name)).collect();
            assert_eq!(read, names, "{value}");
        }
    }
}
