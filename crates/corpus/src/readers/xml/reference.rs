//! What a reference such as `&eacute;` or `&#233;` adds to a text.
//!
//! A name that is not known stays as it is. A number that is no character of XML, such as `&#x1a;`, is dropped: repositories
//! send them, and nobody wants to read them.

use crate::readers::entities;

/// Adds what a reference stands for; `name` is without `&` and `;`.
pub(super) fn push(into: &mut String, name: &str) {
    match entities::resolve(name) {
        Some(character) => into.push(character),
        None if is_number(name) => {}
        None => {
            into.push('&');
            into.push_str(name);
            into.push(';');
        }
    }
}

fn is_number(name: &str) -> bool {
    let Some(number) = name.strip_prefix('#') else { return false };
    let (digits, radix) = number.strip_prefix(['x', 'X']).map_or((number, 10), |digits| (digits, 16));
    !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_no_characters_are_dropped_and_unknown_names_stay() {
        let shown = |name: &str| {
            let mut text = String::new();
            push(&mut text, name);
            text
        };
        assert_eq!(["#x1a", "#0", "#xD800", "#99999999999"].map(shown), ["", "", "", ""]);
        assert_eq!(["lol", "#", "#+65", "uuml", "#233"].map(shown), ["&lol;", "&#;", "&#+65;", "ü", "é"]);
    }
}
