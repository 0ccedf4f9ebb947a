//! The plain text of a BibTeX value: accents as letters, without braces, names in the order they are spoken.
//!
//! The crate `biblatex` reads the LaTeX. It is given one value at a time, and only values that it reads in reasonable
//! time: it recurses as deep as braces nest, and moves all pieces of a value for each brace. It refuses what LaTeX would
//! refuse, such as a lone `$`; such a value only loses its braces.

use biblatex::{Bibliography, ChunksExt, Entry, Pair, Person, RawBibliography, RawChunk, RawEntry, Spanned};

use super::joined::fold_white_space;

/// The longest value that is read as LaTeX, in bytes.
const LONGEST: usize = 64 << 10;

/// The most braces in a value that is read as LaTeX.
const MOST_BRACES: usize = 400;

/// The deepest nesting of braces in a value that is read as LaTeX.
const DEEPEST: usize = 32;

/// Commands that change only the looks of a text.
const LOOKS: [&str; 16] = [
    "emph",
    "textit",
    "textbf",
    "textrm",
    "texttt",
    "textsc",
    "textsf",
    "textsl",
    "textup",
    "textmd",
    "textnormal",
    "mbox",
    "text",
    "it",
    "bf",
    "em",
];

/// A value as plain text. Mathematics stays between its `$`.
pub(crate) fn plain(value: &str) -> String {
    // Braces alone only protect the case of letters.
    if has_no_commands(value) {
        return fold_white_space(&without_braces(value));
    }
    let value = without_looks(value);
    let text = read(&value, |entry| entry.get(FIELD).map(|chunks| chunks.format_verbatim()));
    fold_white_space(&text.unwrap_or_else(|| without_braces(&value)))
}

/// The plain text of a link, a DOI or an eprint: their only LaTeX is a backslash before a few characters.
pub(crate) fn verbatim(value: &str) -> String {
    let unescaped = ["_", "%", "&", "#", "~", "$"]
        .iter()
        .fold(value.replace("{\\textasciitilde}", "~"), |text, mark| text.replace(&format!("\\{mark}"), mark));
    fold_white_space(&without_braces(&unescaped))
}

/// The people of a value such as `Dune, Ada and {Sea Group} and others`.
pub(crate) fn people(value: &str) -> Vec<String> {
    let names = split_at_and(value).into_iter().map(str::trim);
    names.filter(|name| !name.is_empty() && *name != "others").map(person).filter(|name| !name.is_empty()).collect()
}

fn person(name: &str) -> String {
    if has_no_commands(name) && !name.contains([',', '=', '{', '}']) {
        return fold_white_space(name);
    }
    let name = without_looks(name);
    let spoken = |person: &Person| {
        let parts = [&person.given_name, &person.prefix, &person.name, &person.suffix];
        parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let people = read(&name, |entry| entry.get_as::<Vec<Person>>(FIELD).ok());
    let read = people.map(|people| people.iter().map(spoken).collect::<Vec<_>>().join(" and "));
    fold_white_space(&read.unwrap_or_else(|| without_braces(&name)))
}

/// Splits where `and` stands between names and not within braces.
fn split_at_and(value: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            // The white space in front says that a word begins here.
            _ if depth == 0 && byte.is_ascii_whitespace() && at >= from => {
                let rest = &value.as_bytes()[at + 1..];
                let is_and = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"and"))
                    && rest.get(3).is_none_or(u8::is_ascii_whitespace);
                if is_and {
                    parts.push(&value[from..at]);
                    from = at + 4;
                }
            }
            _ => {}
        }
    }
    parts.push(value.get(from..).unwrap_or_default());
    parts
}

fn has_no_commands(value: &str) -> bool {
    !value.contains(['\\', '$', '~']) && !value.contains("--")
}

/// The field of the entry that is made up for the parser. Its name does not matter.
const FIELD: &str = "note";

fn read<T>(value: &str, take: impl Fn(&Entry) -> Option<T>) -> Option<T> {
    let mut depth = 0_usize;
    let mut deepest = 0;
    let mut braces = 0_usize;
    for byte in value.bytes() {
        match byte {
            b'{' => (depth, braces) = (depth + 1, braces + 1),
            b'}' => depth = depth.saturating_sub(1),
            b'$' => braces += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if value.len() > LONGEST || braces > MOST_BRACES || deepest > DEEPEST {
        return None;
    }
    let parsed = parsed(value).or_else(|| parsed(&value.replace("\\$", "$").replace('$', "\\$")))?;
    parsed.get(KEY).and_then(take)
}

const KEY: &str = "x";

fn parsed(value: &str) -> Option<Bibliography> {
    let chunk = Spanned::new(RawChunk::Normal(value), 0..value.len());
    let fields = vec![Pair::new(Spanned::detached(FIELD), Spanned::detached(vec![chunk]))];
    let entry = RawEntry { key: Spanned::detached(KEY), kind: Spanned::detached("misc"), fields };
    let raw =
        RawBibliography { preamble: String::new(), entries: vec![Spanned::detached(entry)], abbreviations: Vec::new() };
    Bibliography::from_raw(raw).ok()
}

/// Removes commands that change looks, and turns non-breaking spaces into plain ones.
fn without_looks(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find(['\\', '~']) {
        text.push_str(&rest[..at]);
        let found = &rest[at..];
        rest = match found.strip_prefix('~') {
            Some(after) => {
                text.push(' ');
                after
            }
            None => {
                let command = &found[1..];
                let length = command.bytes().take_while(u8::is_ascii_alphabetic).count();
                if LOOKS.contains(&&command[..length]) {
                    command[length..].trim_start()
                } else {
                    // A backslash and the character it belongs to, which may be a tilde or another backslash.
                    let length = 1 + command.chars().next().map_or(0, char::len_utf8);
                    text.push_str(&found[..length]);
                    &found[length..]
                }
            }
        };
    }
    text + rest
}

fn without_braces(value: &str) -> String {
    value.replace(['{', '}'], "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accents_become_letters_and_braces_go() {
        for (value, text) in [
            ("Schr{\\\"o}dinger's {C}at", "Schrödinger's Cat"),
            ("\\'Etude na\\\"{\\i}ve", "Étude naïve"),
            ("Erd\\H{o}s, \\L{}ukasz, \\c{c}a, \\ss", "Erdős, Łukasz, ça, ß"),
            ("Tides --\n  and {\\emph{winds}}", "Tides – and winds"),
            ("10 \\% of \\$5 \\& more", "10 % of $5 & more"),
            ("J.~Wave \\~{n}", "J. Wave ñ"),
            ("$x^2$ and {$O(n)$}", "$x^2$ and $O(n)$"),
            ("costs $5 a {\\'e}", "costs $5 a é"),
            ("", ""),
        ] {
            assert_eq!(plain(value), text, "{value}");
        }
    }

    #[test]
    fn what_is_no_latex_stays_without_braces() {
        assert_eq!(plain("{C:\\"), "C:\\");
        assert_eq!(plain(&format!("{}deep{}", "{".repeat(100_000), "}".repeat(100_000))), "deep");
        assert_eq!(plain(&"\\a{".repeat(20_000)).len(), 40_000);
    }

    #[test]
    fn people_are_named_as_they_are_spoken_of() {
        let value = "Dune, Ada and {Sea and Shore Group} and van der Wave, Jr., Carl and B. Balt{\\'a}zs\n and others";
        assert_eq!(people(value), ["Ada Dune", "Sea and Shore Group", "Carl van der Wave Jr.", "B. Baltázs"]);
        assert_eq!(people("Anders Sand AND Roland Andersen"), ["Anders Sand", "Roland Andersen"]);
        assert_eq!(people("family=Dune, given=Ada"), ["Ada Dune"]);
        assert!(people(" and ").is_empty() && people("").is_empty());
    }

    #[test]
    fn links_keep_what_latex_would_change() {
        assert_eq!(verbatim("https://sea.example/a\\_b--c?d=\\%20&e=~f"), "https://sea.example/a_b--c?d=%20&e=~f");
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic(
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "{", "}", "\\", "\\'", "\\\"", "$", "~", " and ", ",", "=", "--", "\\emph", "é", "word", " ", "\n", "\\c",
                    "%", "#", "\\v ", "\\-", "\u{301}",
                ]),
                0..40,
            ),
            any in "\\PC{0,20}",
        ) {
            let value = pieces.concat() + &any;
            let _ = (plain(&value), people(&value), verbatim(&value));
        }
    }
}
