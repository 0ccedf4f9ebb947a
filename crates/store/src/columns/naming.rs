//! Names of people in whatever order they are typed: `Feng, Qi` and `qi feng` name `Qi Feng`, and `J. Doe` names
//! `Jane A. Doe`.

/// Whether a typed name names a person: the spelling contains it, or each of its words begins a word of the spelling that no
/// other one begins. Both are folded.
pub(crate) fn names(typed: &str, spelling: &str) -> bool {
    if typed.is_empty() {
        return false;
    }
    if spelling.contains(typed) {
        return true;
    }
    let mut left: Vec<&str> = words(spelling).collect();
    let mut typed: Vec<&str> = words(typed).collect();
    // Longer words first: an initial must not take the word that a whole name needs.
    typed.sort_by_key(|word| std::cmp::Reverse(word.len()));
    !typed.is_empty()
        && typed.iter().all(|word| match left.iter().position(|own| own.starts_with(word)) {
            Some(place) => {
                left.swap_remove(place);
                true
            }
            None => false,
        })
}

/// The longest word of a typed name, by which spellings are looked up; `None` if there is only one and no sign beside it.
pub(super) fn rarest_word(typed: &str) -> Option<&str> {
    let mut count = 0;
    let longest = words(typed).inspect(|_| count += 1).max_by_key(|word| word.len())?;
    (count > 1 || longest.len() < typed.len()).then_some(longest)
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '.')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_in_every_order_and_by_its_initials() {
        for typed in ["qi feng", "feng, qi", "feng qi", "feng", "q. feng", "feng,"] {
            assert!(names(typed, "qi feng") && names(typed, "feng, qi"), "{typed}");
        }
        for (typed, spelling) in [("j. doe", "jane a. doe"), ("doe, jane", "jane a. doe"), ("smith", "ada smithson")] {
            assert!(names(typed, spelling), "{typed}");
        }
    }

    #[test]
    fn other_people_are_not_named() {
        for (typed, spelling) in
            [("qi feng", "qi fan"), ("li li", "li wang"), ("ada li", "dada le lin"), ("", "qi"), (",", "qi feng")]
        {
            assert!(!names(typed, spelling), "{typed} and {spelling}");
        }
    }
}
