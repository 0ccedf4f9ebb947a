//! Slips of the fingers: the names nearest to a word.
//!
//! The distance is that of Damerau and Levenshtein, in which two letters that changed places are one slip: `aks` is one
//! from `ask`. A word of `n` letters may be `n / 3` away, and at least 1; more would find names in anything.

use clap::{Arg, Command};

use super::commands;

/// The nearest commands, as a tip.
pub(super) fn of_command(parent: &Command, path: &[&str], typed: &str) -> Option<String> {
    let names: Vec<&str> =
        parent.get_subcommands().filter(|command| !command.is_hide_set()).map(Command::get_name).collect();
    let typed = typed.to_ascii_lowercase();
    let beginnings: Vec<&str> =
        names.iter().copied().filter(|name| typed.len() >= 2 && name.starts_with(&typed)).collect();
    if let Some(tip) = similar("command", &beginnings) {
        return Some(tip);
    }
    let nearest = nearest(&typed, names.iter().copied());
    if let Some(tip) = similar("command", &nearest) {
        return Some(tip);
    }
    let guesses: Vec<_> = commands::words(path).filter(|(word, _)| word.len() > 2).collect();
    let nearest = self::nearest(&typed, guesses.iter().map(|(word, _)| *word));
    let (word, meant) = guesses.iter().find(|(word, _)| nearest.first() == Some(word))?;
    let program = std::iter::once("semsearch").chain(path.iter().copied()).collect::<Vec<_>>().join(" ");
    Some(format!("for '{word}' type `{program} {}`", meant.join(" ")))
}

/// The nearest flags of a command, as a tip.
pub(super) fn of_flag(command: &Command, typed: &str) -> Option<String> {
    let names: Vec<&str> = arguments(command).filter_map(Arg::get_long).collect();
    let nearest = nearest(typed, names.iter().copied());
    let nearest: Vec<String> = nearest.iter().map(|name| format!("--{name}")).collect();
    similar("argument", &nearest.iter().map(String::as_str).collect::<Vec<_>>())
}

fn similar(what: &str, names: &[&str]) -> Option<String> {
    let quoted: Vec<String> = names.iter().take(3).map(|name| format!("'{name}'")).collect();
    match quoted.as_slice() {
        [] => None,
        [one] => Some(format!("a similar {what} exists: {one}")),
        several => Some(format!("similar {what}s exist: {}", several.join(", "))),
    }
}

/// The names nearest to a word, if they are near.
fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let most = (typed.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = names
        .map(|name| (strsim::damerau_levenshtein(typed, name), name))
        .filter(|(distance, name)| *distance <= most && *distance < name.chars().count())
        .collect();
    near.sort();
    let least = near.first().map(|(distance, _)| *distance);
    near.into_iter().filter(|(distance, _)| Some(*distance) == least).map(|(_, name)| name).collect()
}

/// The flags of a command that its help shows.
pub(super) fn arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| !argument.is_positional() && !argument.is_hide_set())
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:=,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if word.contains(['"', '$', '`', '\\', '!']) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    format!("\"{word}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_changed_places_are_one_slip_and_far_words_are_none() {
        let names = ["ask", "embed", "remove", "bench", "encode", "verify"];
        let nearest = |typed| nearest(typed, names.iter().copied());
        assert_eq!(nearest("aks"), ["ask"]);
        assert_eq!(nearest("embedd"), ["embed"]);
        assert_eq!(nearest("vreify"), ["verify"]);
        for far in ["serve", "search", "index", "x", "xyz"] {
            assert!(nearest(far).is_empty(), "{far}");
        }
    }

    #[test]
    fn a_word_is_quoted_for_a_shell_only_where_it_has_to_be() {
        assert_eq!(quoted("papers.bib"), "papers.bib");
        assert_eq!(quoted("how do tides form"), "\"how do tides form\"");
        assert_eq!(quoted("what is $x"), "'what is $x'");
        assert_eq!(quoted("it's $5"), r"'it'\''s $5'");
    }
}
