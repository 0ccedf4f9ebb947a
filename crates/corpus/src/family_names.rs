//! Family names: which part of a name is the family's, as reference managers want to know it.
//!
//! A document holds names as people read them, `Gabriel García Márquez`. Most tell their family name themselves: it is the
//! last word, or all from the first particle on. Where a source tells another one (`García Márquez, Gabriel`), or that a
//! name of many words is that of a group (`{European Space Agency}`), it is kept in [`FAMILY_NAMES`].
//!
//! Readers hand out names as texts. One whose family name has to be kept carries it between two marks ([`name_of`]) until
//! the document is complete, when [`settle`] takes the marks out. The mark is a noncharacter, which Unicode reserves for use
//! inside of a program.

use serde_json::{Map, Value};

use crate::document::Document;
use crate::white_space::fold_white_space;

/// The field of `extra` with family names that the names do not tell: an object from names to family names. A name that
/// is its own family name is that of a group.
pub const FAMILY_NAMES: &str = "family_names";

/// Suffixes of a name, in lower case and without full stops.
const SUFFIXES: [&str; 8] = ["jr", "sr", "ii", "iii", "iv", "2nd", "3rd", "4th"];

/// Stands in front of a family name and behind it.
const MARK: char = '\u{fdd0}';

/// A name in its parts.
#[derive(Debug, PartialEq)]
pub(crate) struct Parts<'a> {
    /// Empty if only a suffix stands beside the family name.
    pub(crate) given: String,
    /// With the particle in front.
    pub(crate) family: String,
    pub(crate) suffix: Option<&'a str>,
}

/// A name in the order of speech, of parts that a source tells apart. A name that is only a family name is taken for that
/// of a group, as [`group`] is.
pub(crate) fn name_of(given: &str, family: &str, suffix: &str) -> String {
    let family = fold_white_space(family);
    let name = fold_white_space(&format!("{given} {family} {suffix}"));
    if guessed(&name).map_or_else(|| name == family, |parts| parts.family == family) || family.is_empty() {
        return name;
    }
    fold_white_space(&format!("{given} {MARK}{family}{MARK} {suffix}"))
}

/// The name of a group, which has no family name.
pub(crate) fn group(name: &str) -> String {
    name_of("", name, "")
}

/// Whether a word is one such as `Jr.` or `III`.
pub(crate) fn is_suffix(word: &str) -> bool {
    SUFFIXES.contains(&word.trim_end_matches('.').to_lowercase().as_str())
}

/// A name without its marks.
pub(crate) fn unmarked(name: &str) -> String {
    name.replace(MARK, "")
}

/// Moves the family names that readers found from the names into [`FAMILY_NAMES`].
pub(crate) fn settle(document: &mut Document) {
    let mut told = Map::new();
    for name in document.authors.iter_mut().filter(|name| name.contains(MARK)) {
        let plain = unmarked(name);
        if let Some(family) = name.split(MARK).nth(1) {
            told.insert(plain.clone(), Value::String(family.to_owned()));
        }
        *name = plain;
    }
    // Names of editors and the like are kept as texts.
    document.organization.iter_mut().filter(|name| name.contains(MARK)).for_each(|name| *name = unmarked(name));
    document.extra.values_mut().for_each(unmark);
    if !told.is_empty() {
        add(&mut document.extra, told);
    }
}

/// Adds family names to those that are known.
pub(crate) fn add(extra: &mut Map<String, Value>, more: Map<String, Value>) {
    let known = extra.entry(FAMILY_NAMES).or_insert_with(|| Value::Object(Map::new()));
    // A field of that name in the user's file stays as it is, unless it is an object too.
    if let Value::Object(known) = known {
        for (name, family) in more {
            known.entry(name).or_insert(family);
        }
    }
}

fn unmark(value: &mut Value) {
    match value {
        Value::String(text) if text.contains(MARK) => *text = unmarked(text),
        Value::Array(list) => list.iter_mut().for_each(unmark),
        Value::Object(fields) => fields.values_mut().for_each(unmark),
        _ => {}
    }
}

/// The family name that a source told of an author; the whole name for a group.
pub(crate) fn told<'a>(document: &'a Document, name: &str) -> Option<&'a str> {
    document.extra.get(FAMILY_NAMES)?.get(name)?.as_str()
}

/// The parts of an author's name; `None` if it is one word or that of a group.
pub(crate) fn parts<'a>(document: &Document, name: &'a str) -> Option<Parts<'a>> {
    match told(document, name) {
        Some(family) if family == name => None,
        Some(family) => cut(name, family).or_else(|| guessed(name)),
        None => guessed(name),
    }
}

/// The parts of a name around its family name.
fn cut<'a>(name: &'a str, family: &str) -> Option<Parts<'a>> {
    let around = name.rmatch_indices(family).map(|(at, _)| (&name[..at], &name[at + family.len()..]));
    let is_word = |(given, suffix): &(&str, &str)| {
        (given.is_empty() || given.ends_with(' ')) && (suffix.is_empty() || suffix.starts_with(' '))
    };
    let (given, suffix) = around.into_iter().find(is_word)?;
    // Eastern names have the family name in front of the given one.
    let (given, suffix) = match suffix.trim() {
        "" => (given, None),
        behind if given.is_empty() && !is_suffix(behind) => (behind, None),
        suffix => (given, Some(suffix)),
    };
    Some(Parts { given: given.trim().to_owned(), family: family.to_owned(), suffix })
}

/// Words that only groups have in their names.
const OF_GROUPS: [&str; 40] = [
    "group",
    "team",
    "collaboration",
    "consortium",
    "university",
    "institute",
    "institution",
    "society",
    "association",
    "committee",
    "council",
    "department",
    "ministry",
    "agency",
    "bureau",
    "office",
    "foundation",
    "federation",
    "center",
    "centre",
    "network",
    "project",
    "program",
    "programme",
    "initiative",
    "organization",
    "organisation",
    "company",
    "inc",
    "ltd",
    "gmbh",
    "corporation",
    "laboratory",
    "laboratories",
    "lab",
    "library",
    "commission",
    "study",
    "investigators",
    "union",
];

/// Small words that are no particles of a family name.
const OF_TITLES: [&str; 8] = ["of", "for", "the", "and", "on", "in", "to", "at"];

/// The parts that a person's name seems to have; `None` if it is one word or seems to be that of a group.
pub(crate) fn guessed(name: &str) -> Option<Parts<'_>> {
    let mut words: Vec<&str> = name.split(' ').collect();
    let is_of_group = |word: &&str| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        OF_GROUPS.contains(&bare.as_str()) || OF_TITLES.contains(&bare.as_str())
    };
    let is_person = (2..=8).contains(&words.len())
        && !words.iter().any(is_of_group)
        && !name.contains([',', ';', '(', ')', '&', '/', ':', '"', '|'])
        && !name.contains(|c: char| c.is_ascii_digit())
        && words.iter().all(|word| !word.is_empty());
    if !is_person {
        return None;
    }
    let suffix = if words.len() > 2 { words.pop_if(|word| is_suffix(word)) } else { None };
    // BibTeX divides in the same way: `Charles de la Vallée Poussin` is of the family `de la Vallée Poussin`.
    let particle = words.iter().skip(1).position(|word| word.starts_with(char::is_lowercase));
    let begin = particle.map_or(words.len() - 1, |at| at + 1);
    Some(Parts { given: words[..begin].join(" "), family: words[begin..].join(" "), suffix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_and_suffixes_belong_to_the_family() {
        let shown = |name| guessed(name).map(|p| format!("{}|{}|{}", p.family, p.suffix.unwrap_or_default(), p.given));
        assert_eq!(shown("Ada B. Dune").as_deref(), Some("Dune||Ada B."));
        assert_eq!(shown("Carl van der Wave Jr.").as_deref(), Some("van der Wave|Jr.|Carl"));
        assert_eq!(shown("Charles de la Vallée Poussin").as_deref(), Some("de la Vallée Poussin||Charles"));
        assert_eq!(shown("de la Sea").as_deref(), Some("la Sea||de"));
        for name in ["Dune", "Sea and Shore Group", "Department of Seas", "Dune, Ada", "Team 5", ""] {
            assert_eq!(guessed(name), None, "{name}");
        }
    }

    fn settled(names: &[String]) -> Document {
        let mut document = Document::default().with_authors(names.to_vec());
        document.extra.insert("editor".to_owned(), Value::from(names));
        settle(&mut document);
        document
    }

    #[test]
    fn family_names_are_kept_where_the_names_do_not_tell_them() {
        let names = [
            name_of("Gabriel", "García  Márquez", ""),
            name_of("Ada", "Dune", ""),
            name_of("Jan", "van der Berg", "Jr."),
            name_of("Maria de", "Sousa", ""),
            name_of("Carl", "Wave", "Esq."),
            name_of("", "Dune", "Jr."),
            group("Médecins Sans Frontières"),
            group("Sea and Shore Group"),
            group("NASA"),
        ];
        let document = settled(&names);
        assert_eq!(
            document.authors,
            [
                "Gabriel García Márquez",
                "Ada Dune",
                "Jan van der Berg Jr.",
                "Maria de Sousa",
                "Carl Wave Esq.",
                "Dune Jr.",
                "Médecins Sans Frontières",
                "Sea and Shore Group",
                "NASA",
            ]
        );
        assert_eq!(
            document.extra[FAMILY_NAMES],
            serde_json::json!({
                "Gabriel García Márquez": "García Márquez", "Maria de Sousa": "Sousa", "Carl Wave Esq.": "Wave",
                "Dune Jr.": "Dune", "Médecins Sans Frontières": "Médecins Sans Frontières",
            })
        );
        assert_eq!(document.extra["editor"], serde_json::json!(document.authors), "kept texts have no marks");
        let shown = |name: &str| {
            parts(&document, name).map(|p| format!("{}|{}|{}", p.family, p.suffix.unwrap_or_default(), p.given))
        };
        let shown: Vec<_> = document.authors.iter().map(|name| shown(name).unwrap_or_default()).collect();
        assert_eq!(
            shown,
            [
                "García Márquez||Gabriel",
                "Dune||Ada",
                "van der Berg|Jr.|Jan",
                "Sousa||Maria de",
                "Wave|Esq.|Carl",
                "Dune|Jr.|",
                "",
                "",
                "",
            ]
        );
    }

    #[test]
    fn names_that_tell_their_family_name_leave_nothing_behind() {
        assert!(!settled(&[name_of("Ada", "Dune", ""), group("NASA")]).extra.contains_key(FAMILY_NAMES));
    }

    #[test]
    fn a_field_of_the_same_name_in_a_file_stays() {
        let mut document = Document::default().with_authors(vec![name_of("Vincent", "Van Gogh", "")]);
        document.extra.insert(FAMILY_NAMES.to_owned(), Value::from("Dune; Wave"));
        settle(&mut document);
        assert_eq!(
            (document.authors[0].as_str(), &document.extra[FAMILY_NAMES]),
            ("Vincent Van Gogh", &"Dune; Wave".into())
        );
        assert_eq!(parts(&document, "Vincent Van Gogh").unwrap().family, "Gogh");
    }
}
