//! Names of people as lists of papers spell and join them, turned into names as people read them: `Dune, Ada` is
//! `Ada Dune`.

use super::joined::{fold_white_space, non_empty};
use crate::family_names::{group, is_suffix, name_of};

/// What a group calls itself, as the first or the last word of its name.
const GROUPS: [&str; 16] = [
    "agency",
    "association",
    "center",
    "centre",
    "collaboration",
    "commission",
    "committee",
    "consortium",
    "department",
    "group",
    "institute",
    "ministry",
    "network",
    "organization",
    "society",
    "team",
];

/// How family names begin that have a capital inside.
const BEGINNINGS: [&str; 14] =
    ["Mc", "Mac", "De", "Di", "Du", "Da", "Del", "La", "Le", "Van", "Von", "Fitz", "Mt", "San"];

/// The most letters that are taken for initials.
const MOST_INITIALS: usize = 4;

/// Splits `A; B`, `A|B`, `A, B and C` and BibTeX's `Last, First and Last, First`. Names are turned: `Last, First` is
/// `First Last`.
pub(crate) fn split_authors(text: &str) -> Vec<String> {
    let text = fold_white_space(text);
    if text.contains([';', '|']) {
        return names(text.split([';', '|']));
    }
    let by_and: Vec<&str> = text.split(" and ").collect();
    if by_and.len() > 1 && by_and.iter().all(|part| part.matches(',').count() == 1 && !part.trim().ends_with(',')) {
        return names(by_and.into_iter());
    }
    // `Tide, Samuel, III`: one person, unless the given name is another's whole name.
    if let [name] = by_and[..]
        && let [_, given, suffix] = name.split(',').map(str::trim).collect::<Vec<_>>()[..]
        && is_suffix(suffix)
        && (!given.contains(' ') || are_initials(given.split(' ').next_back().unwrap_or_default()))
    {
        return names([name].into_iter());
    }
    if is_group(&by_and) {
        return names([text.as_str()].into_iter());
    }
    let parts = non_empty(by_and.iter().flat_map(|part| part.split(',')));
    let has_commas = text.contains(',');
    if has_commas && are_family_and_given(&parts) {
        let turned: Vec<String> = parts.chunks(2).map(|name| name.join(", ")).collect();
        return names(turned.iter().map(String::as_str));
    }
    names(parts.iter().map(String::as_str))
}

/// Whether what stands around `and` is one group: `Wind and Sea Consortium`, `Ministry of Winds and Seas`.
fn is_group(by_and: &[&str]) -> bool {
    let is_of_group = |word: &str| GROUPS.contains(&word.to_lowercase().as_str());
    match by_and {
        [before, after] if !before.contains(',') && !after.contains(',') => {
            let is_named_so_far = before.split(' ').next().is_some_and(is_of_group);
            let is_one_word = !before.contains(' ');
            is_named_so_far || (is_one_word && after.rsplit(' ').next().is_some_and(is_of_group) && after.contains(' '))
        }
        _ => false,
    }
}

/// Whether the parts between commas are a family name and given names in turn: `Gatica, G.N., Sequeira, F.A.`, or one
/// person's `Dune, Ada` and `van der Wave, Carl`.
fn are_family_and_given(parts: &[String]) -> bool {
    let is_family = |part: &str| !part.contains(' ') || part.starts_with(char::is_lowercase);
    match parts {
        [family, given] if is_family(family) => !are_initials(family) || are_initials(given),
        _ => {
            parts.len() >= 2
                && parts.len().is_multiple_of(2)
                && parts.chunks(2).all(|name| !are_initials(&name[0]) && are_initials(&name[1]))
        }
    }
}

/// Names as people read them, without the numbers that Scopus puts behind them and the mark of names left out.
fn names<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let without_number = |part: &'a str| match part.trim().strip_suffix(')').and_then(|part| part.rsplit_once(" (")) {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => part,
    };
    let names = parts.map(|part| spoken(without_number(part).trim_end_matches('…')));
    names.filter(|name| !name.is_empty()).collect()
}

/// Turns `Dune, Ada` and `Dune, Ada, Jr.` around, with the family name as [`name_of`] marks it. A name without a comma, and one with more commas than a person's name
/// has, stays as it is.
pub(crate) fn spoken(name: &str) -> String {
    // `European Space Agency,`: EndNote wants a comma behind the name of a group.
    let is_group = name.trim_end().ends_with(',');
    let name = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    if !name.contains(',') {
        return if is_group { group(name) } else { fold_white_space(name) };
    }
    let parts: Vec<&str> = name.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [family, suffix] if is_suffix(suffix) => name_of("", family, suffix),
        // `Dune, Ada B Jr`, as PubMed writes it.
        [family, given] => match given.rsplit_once(' ').filter(|(_, last)| is_suffix(last)) {
            Some((given, suffix)) => name_of(given, family, suffix),
            None => name_of(given, family, ""),
        },
        [family, suffix, given] | [family, given, suffix] if is_suffix(suffix) => name_of(given, family, suffix),
        _ => fold_white_space(name),
    }
}

/// Turns `Dune AB` and `Dune AB Jr`, as medical databases write names, around. Names with commas are turned at these.
pub(crate) fn spoken_initials(name: &str) -> String {
    if name.contains(',') {
        return spoken(name);
    }
    let mut words: Vec<&str> = name.split_whitespace().collect();
    let suffix = words.pop_if(|word| is_suffix(word));
    match words.pop_if(|word| are_initials(word)) {
        Some(initials) if !words.is_empty() => name_of(initials, &words.join(" "), suffix.unwrap_or_default()),
        _ => fold_white_space(name),
    }
}

/// Whether a text is capital letters, with full stops, hyphens or spaces between them: `A. B.`, `JA`, `G.-N.`.
pub(crate) fn are_initials(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    (1..=MOST_INITIALS).contains(&letters)
        && text.chars().all(|c| c.is_uppercase() || c == '.' || c == '-' || c.is_whitespace())
}

/// The names in a text that has nothing between two of them: `Ada DuneCarl Wave`. A name ends where a capital follows a small
/// letter, unless the letters so far are the beginning of a family name, such as `Mc`.
pub(crate) fn unglued(text: &str) -> Vec<String> {
    if text.contains([';', ',', '|']) {
        return split_authors(text);
    }
    let (mut names, mut name) = (Vec::new(), String::new());
    let mut last = ' ';
    for letter in text.chars() {
        let word = name.rsplit([' ', '-', '\'', '\u{2019}']).next().unwrap_or_default();
        let is_end = letter.is_uppercase() && (last.is_lowercase() || last == '.') && name.contains(' ');
        if is_end && !BEGINNINGS.contains(&word) && !are_initials(word) {
            names.push(fold_white_space(&std::mem::take(&mut name)));
        }
        name.push(letter);
        last = letter;
    }
    names.push(fold_white_space(&name));
    names.retain(|name| !name.is_empty());
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family_names::unmarked;

    #[test]
    fn one_string_of_authors_is_split_the_way_it_was_joined() {
        assert_eq!(split_authors("A. One, B. Two and C. Three"), ["A. One", "B. Two", "C. Three"]);
        assert_eq!(split_authors("A. One, B. Two, and C. Three"), ["A. One", "B. Two", "C. Three"]);
        assert_eq!(split_authors("One, A.; Two, B."), ["A. One", "B. Two"]);
        assert_eq!(split_authors("One, A.\n and Two, B."), ["A. One", "B. Two"]);
        assert_eq!(split_authors("Andrea Sand"), ["Andrea Sand"]);
        assert_eq!(split_authors("Dune and Wave"), ["Dune", "Wave"]);
        assert_eq!(split_authors("Ada Dune and Sea Group"), ["Ada Dune", "Sea Group"]);
        for group in ["Wind and Sea Consortium", "Ministry of Winds and Seas"] {
            assert_eq!(split_authors(group), [group]);
        }
        assert_eq!(split_authors("Ada Dune|Carl Wave"), ["Ada Dune", "Carl Wave"]);
        assert_eq!(split_authors("Dune, Ada (591); Wave, Carl (592)"), ["Ada Dune", "Carl Wave"]);
        assert_eq!(split_authors("A Dune, C Wave…"), ["A Dune", "C Wave"]);
        assert!(split_authors("  ").is_empty());
    }

    #[test]
    fn one_comma_between_two_words_is_one_name() {
        assert_eq!(split_authors("Dune, Ada"), ["Ada Dune"]);
        assert_eq!(split_authors("van der Wave, Carl B."), ["Carl B. van der Wave"]);
        assert_eq!(split_authors("Dune, A."), ["A. Dune"]);
        assert_eq!(split_authors("Dune, Ada B., Jr."), ["Ada B. Dune Jr."]);
        assert_eq!(split_authors("Tide, Samuel, III"), ["Samuel Tide III"]);
        assert_eq!(split_authors("Gatica, G.N., Sequeira, F.A."), ["G.N. Gatica", "F.A. Sequeira"]);
        assert_eq!(split_authors("Ada Dune, Carl Wave"), ["Ada Dune", "Carl Wave"]);
        assert_eq!(split_authors("Dune A, Wave C"), ["Dune A", "Wave C"]);
    }

    #[test]
    fn names_with_nothing_between_them_are_taken_apart() {
        let unglued = |text: &str| unglued(text);
        assert_eq!(unglued("Ada DuneCarl van der Wave"), ["Ada Dune", "Carl van der Wave"]);
        assert_eq!(
            unglued("Ada McDuneJ.B. WaveÉmile O'Sand Jr.Ida DeTide"),
            ["Ada McDune", "J.B. Wave", "Émile O'Sand Jr.", "Ida DeTide"]
        );
        assert_eq!(unglued("Ada Dune; Carl Wave"), ["Ada Dune", "Carl Wave"]);
        assert_eq!(unglued("Ada Dune"), ["Ada Dune"]);
        assert!(unglued(" ").is_empty());
    }

    #[test]
    fn names_are_turned_at_their_comma() {
        for (written, read) in [
            ("Dune, Ada", "Ada Dune"),
            (" van der Wave ,  Carl B.", "Carl B. van der Wave"),
            ("Dune, Ada, Jr.", "Ada Dune Jr."),
            ("Dune, Jr., Ada", "Ada Dune Jr."),
            ("Dune, Ada B Jr", "Ada B Dune Jr"),
            ("Dune, III", "Dune III"),
            ("Ada  Dune", "Ada Dune"),
            ("Sea Group,", "Sea Group"),
            ("Department of Seas, Tides, and Harbours", "Department of Seas, Tides, and Harbours"),
            (", ", ""),
        ] {
            assert_eq!(unmarked(&spoken(written)), read, "{written}");
        }
    }

    #[test]
    fn initials_go_in_front() {
        for (written, read) in [
            ("Dune AB", "AB Dune"),
            ("van der Wave C Jr", "C van der Wave Jr"),
            ("Dune A.", "A. Dune"),
            ("Dune, Ada", "Ada Dune"),
            ("Ada Dune", "Ada Dune"),
            ("NASA", "NASA"),
            ("Sea Group", "Sea Group"),
        ] {
            assert_eq!(spoken_initials(written), read, "{written}");
        }
    }
}
