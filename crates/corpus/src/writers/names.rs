//! Names of people, family name first, as reference managers want them.

use crate::readers::people::is_suffix;

/// A name in its parts.
#[derive(Debug, PartialEq)]
pub(super) struct Parts<'a> {
    pub(super) given: String,
    /// With the particle in front.
    pub(super) family: String,
    pub(super) suffix: Option<&'a str>,
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

/// The parts of a person's name; `None` if the name is one word or that of a group.
pub(super) fn parts(name: &str) -> Option<Parts<'_>> {
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
    let mut begin = words.len() - 1;
    while begin > 1 && words[begin - 1].starts_with(char::is_lowercase) {
        begin -= 1;
    }
    Some(Parts { given: words[..begin].join(" "), family: words[begin..].join(" "), suffix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_and_suffixes_belong_to_the_family() {
        let shown = |name| parts(name).map(|p| format!("{}|{}|{}", p.family, p.suffix.unwrap_or_default(), p.given));
        assert_eq!(shown("Ada B. Dune").as_deref(), Some("Dune||Ada B."));
        assert_eq!(shown("Carl van der Wave Jr.").as_deref(), Some("van der Wave|Jr.|Carl"));
        assert_eq!(shown("de la Sea").as_deref(), Some("la Sea||de"));
        for name in ["Dune", "Sea and Shore Group", "Department of Seas", "Dune, Ada", "Team 5", ""] {
            assert_eq!(parts(name), None, "{name}");
        }
    }
}
