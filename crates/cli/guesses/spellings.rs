//! What people type because other programs take it: other names of our flags, and flags in front of the command.
//!
//! Names are added to the definition of the arguments in one place, so every command that has a flag has it under all of its
//! names. What no definition can express is rewritten before it is parsed.

use std::ffi::{OsStr, OsString};

use clap::Command;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::commands::{self, Meaning};
use crate::args::definition;

/// The arguments as the parser wants them: flags that stand in front of the command behind it, and `--format json` as
/// `--json`.
pub(crate) fn arranged(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    if arguments.len() == 2 && arguments[1] == "-v" {
        // Alone, it can only ask for the version.
        return vec![arguments.swap_remove(0), "--version".into()];
    }
    let is_flag_first = arguments.get(1).is_some_and(|first| is_flag(first));
    let has_format = arguments.iter().any(|one| text(one) == "--format" || text(one).starts_with("--format="));
    if !is_flag_first && !has_format {
        return arguments;
    }
    let command = definition();
    if is_flag_first {
        arguments = command_first(arguments, &command);
    }
    if has_format { as_flags(arguments, &command) } else { arguments }
}

/// Moves flags in front of the command behind it.
fn command_first(arguments: Vec<OsString>, command: &Command) -> Vec<OsString> {
    let mut at = 1;
    while let Some(flag) = arguments.get(at).filter(|argument| is_flag(argument)) {
        // These are answered without a command, and nothing behind `--` is a flag.
        if ["-h", "--help", "-V", "--version", "--"].contains(&&*text(flag)) {
            return arguments;
        }
        at += if takes_value(command, &text(flag)) { 2 } else { 1 };
    }
    let mut end = at;
    let mut inner = Some(command);
    while let (Some(current), Some(word)) = (inner, arguments.get(end)) {
        let next = current.find_subcommand(word);
        // The first word is the command even if it is misspelt: what is wrong with it is said elsewhere.
        if next.is_none() && end > at {
            break;
        }
        end += 1;
        inner = next.filter(|next| next.has_subcommands());
    }
    let (front, words, rest) =
        (&arguments[1..at.min(arguments.len())], at.min(arguments.len())..end, &arguments[end..]);
    let mut ordered = vec![arguments[0].clone()];
    ordered.extend_from_slice(&arguments[words]);
    ordered.extend_from_slice(front);
    ordered.extend_from_slice(rest);
    ordered
}

/// `--format json` and its kin as the flags of the command, unless the command has formats of its own.
fn as_flags(arguments: Vec<OsString>, command: &Command) -> Vec<OsString> {
    let mut named = command;
    for word in arguments.iter().skip(1).take_while(|word| !is_flag(word)) {
        let inner = named.find_subcommand(word).or_else(|| match commands::meaning(&[], &text(word)) {
            Some(Meaning::Command(words)) => {
                words.iter().try_fold(named, |command, word| command.find_subcommand(word))
            }
            _ => None,
        });
        match inner {
            Some(inner) => named = inner,
            None => break,
        }
    }
    if named.get_arguments().any(|argument| argument.get_long() == Some("format")) {
        return arguments;
    }
    let mut ordered = Vec::with_capacity(arguments.len());
    let mut rest = arguments.into_iter();
    while let Some(argument) = rest.next() {
        let typed = text(&argument).into_owned();
        if typed == "--" {
            ordered.push(argument);
            ordered.extend(rest);
            break;
        }
        let (value, following) = match typed.strip_prefix("--format") {
            Some("") => (rest.next().unwrap_or_default(), true),
            Some(behind) if behind.starts_with('=') => (behind[1..].into(), false),
            _ => {
                ordered.push(argument);
                continue;
            }
        };
        match &*text(&value).to_lowercase() {
            "json" => ordered.push("--json".into()),
            "jsonl" | "ndjson" | "jsonlines" => ordered.push("--jsonl".into()),
            "bibtex" | "bib" => ordered.push("--bibtex".into()),
            "text" | "table" | "plain" | "human" => {}
            // The parser says that there is no such flag.
            _ => {
                ordered.push(argument);
                ordered.extend(following.then_some(value));
            }
        }
    }
    ordered
}

/// Whether a flag of the program or of any command takes a value.
fn takes_value(command: &Command, flag: &str) -> bool {
    let is_it = |argument: &clap::Arg| match flag.strip_prefix("--") {
        Some(long) => {
            argument.get_long() == Some(long) || argument.get_all_aliases().is_some_and(|names| names.contains(&long))
        }
        None => {
            let mut letters = flag.chars().skip(1);
            let (letter, alone) = (letters.next(), letters.next().is_none());
            let mut names: Vec<char> = argument.get_all_short_aliases().unwrap_or_default();
            names.extend(argument.get_short());
            alone && letter.is_some_and(|letter| names.contains(&letter))
        }
    };
    let of_values = |argument: &clap::Arg| argument.get_action().takes_values() && !argument.is_positional();
    command.get_arguments().any(|argument| is_it(argument) && of_values(argument))
        || command.get_subcommands().any(|inner| takes_value(inner, flag))
}

/// Adds to an error what somebody used to other programs, or to an earlier version of this one, has to know.
pub(crate) fn explained(mut error: clap::Error) -> clap::Error {
    let is_of = |kind: ContextKind, what: &str| match error.get(kind) {
        Some(ContextValue::String(text)) => text.contains(what),
        Some(ContextValue::Strings(texts)) => texts.iter().any(|text| text.contains(what)),
        _ => false,
    };
    let tip = match error.kind() {
        ErrorKind::MissingRequiredArgument
            if is_of(ContextKind::InvalidArg, "<QUERY>") && !is_of(ContextKind::InvalidArg, "--ask") =>
        {
            "'semsearch ask -' reads questions from standard input, one a line"
        }
        ErrorKind::UnknownArgument if is_of(ContextKind::InvalidArg, "--format") => {
            "the formats of this command are its flags, such as '--json'; '--help' lists them"
        }
        _ if is_of(ContextKind::InvalidArg, "--quiet") && is_of(ContextKind::PriorArg, "--quiet") => {
            "'-q' is '--quiet'; to ask several questions at once, write '-Q' or '--question' before each"
        }
        _ => return error,
    };
    // What is suggested by letters alone, and the usage that is made of it, would lead astray.
    error.remove(ContextKind::SuggestedArg);
    if error.kind() == ErrorKind::UnknownArgument {
        error.remove(ContextKind::Usage);
    }
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    error
}

fn is_flag(argument: &OsStr) -> bool {
    let argument = text(argument);
    argument.starts_with('-') && argument != "-"
}

fn text(argument: &OsStr) -> std::borrow::Cow<'_, str> {
    argument.to_string_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged_text(line: &str) -> String {
        let arranged = arranged(line.split(' ').map(OsString::from));
        arranged.iter().map(|argument| text(argument).into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_definition_with_all_names_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn flags_in_front_of_the_command_come_behind_it() {
        for (typed, meant) in [
            ("semsearch --index x ask -k 3 tides", "semsearch ask --index x -k 3 tides"),
            ("semsearch --index=x --json info", "semsearch info --index=x --json"),
            ("semsearch -q -n 3 ask tides", "semsearch ask -q -n 3 tides"),
            ("semsearch --json model show static", "semsearch model show --json static"),
            ("semsearch --index x searches add tides when", "semsearch searches add --index x tides when"),
            ("semsearch --quiet", "semsearch --quiet"),
            ("semsearch --help ask", "semsearch --help ask"),
            ("semsearch --json nonsense", "semsearch nonsense --json"),
            ("semsearch ask --index x", "semsearch ask --index x"),
            ("semsearch -v", "semsearch --version"),
            ("semsearch -v ask tides", "semsearch ask -v tides"),
        ] {
            assert_eq!(arranged_text(typed), meant, "{typed}");
        }
    }

    #[test]
    fn a_format_is_a_flag_where_the_command_has_no_formats_of_its_own() {
        for (typed, meant) in [
            ("semsearch ask tides --format json", "semsearch ask tides --json"),
            ("semsearch ask --format=jsonl tides", "semsearch ask --jsonl tides"),
            ("semsearch ask tides --format text", "semsearch ask tides"),
            ("semsearch export --format csv --to x", "semsearch export --format csv --to x"),
            ("semsearch --format json info", "semsearch info --json"),
            ("semsearch ask tides --format xml", "semsearch ask tides --format xml"),
            ("semsearch ask -- --format json", "semsearch ask -- --format json"),
        ] {
            assert_eq!(arranged_text(typed), meant, "{typed}");
        }
    }
}
