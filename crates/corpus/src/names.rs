//! Whether two spellings may be of one person.
//!
//! `Jane A. Doe`, `Doe, Jane`, `J. Doe` and `Doe JA` may be; `Jane Doe` and `Robert Doe`, or `Jane Doe` and `Jane Roe`,
//! may not. If the spelling does not tell which name is the family's, the last one is taken for it. A wrong guess keeps two
//! records of a paper apart, which is the smaller harm.

use crate::normalise::normalise;

/// Whether two names have the same last name and, if both have an initial, the same first initial.
pub(crate) fn may_be_one_person(one: &str, other: &str) -> bool {
    let ((last, initial), (other_last, other_initial)) = (parts(one), parts(other));
    !last.is_empty() && last == other_last && initial.zip(other_initial).is_none_or(|(one, other)| one == other)
}

/// The last word of the family name, and the first letter of the given name.
fn parts(name: &str) -> (String, Option<char>) {
    let (family, given) = match name.split_once(',') {
        Some((family, given)) => (words(family), words(given)),
        None => {
            let mut family = words(name);
            let given = match family.split_last() {
                // `Doe JA`, as medical databases write it.
                Some((last, before)) if !before.is_empty() && are_initials(last) => {
                    let given = vec![*last];
                    family.pop();
                    given
                }
                _ => family.drain(..family.len().saturating_sub(1)).collect(),
            };
            (family, given)
        }
    };
    let initial = given.first().and_then(|given| normalise(given).chars().next());
    (family.last().map(|last| normalise(last)).unwrap_or_default(), initial)
}

/// The words of a name without a suffix such as `Jr.` or `III`.
fn words(name: &str) -> Vec<&str> {
    let is_suffix = |word: &&str| ["jr", "sr", "ii", "iii", "iv"].contains(&normalise(word).as_str());
    name.split_whitespace().filter(|word| !is_suffix(word) && word.contains(char::is_alphanumeric)).collect()
}

fn are_initials(word: &str) -> bool {
    let letters = || word.chars().filter(|c| c.is_alphabetic());
    (1..=3).contains(&letters().count()) && letters().all(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_name_is_of_the_same_person() {
        let ways = ["Jane A. Doe", "Doe, Jane", "J. Doe", "Doe JA", "DOE, J.", "Jane Doe Jr.", "Doe"];
        for (one, other) in ways.iter().flat_map(|one| ways.map(|other| (one, other))) {
            assert!(may_be_one_person(one, other), "{one} and {other}");
        }
        assert!(may_be_one_person("Johannes van der Waals", "van der Waals, J."));
        assert!(may_be_one_person("José Núñez", "Nunez, J"));
    }

    #[test]
    fn another_last_name_or_initial_is_another_person() {
        for (one, other) in
            [("Jane Doe", "Jane Roe"), ("Jane Doe", "Doe, R."), ("L Wang", "J Wang"), ("", ""), ("-", "-")]
        {
            assert!(!may_be_one_person(one, other), "{one} and {other}");
        }
    }
}
