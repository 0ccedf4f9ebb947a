//! What people type before they know the names here: `search` for `ask`, `--top-k 5` for `-k 5`, `aks`.
//!
//! The line is parsed as it stands. Only if that fails, the unknown word is looked up. A word with one meaning becomes the
//! command it means and the line is parsed again; everything else stays an error, with a tip that says what to type.
//!
//! | file       | holds                                                  |
//! |------------|--------------------------------------------------------|
//! | `commands` | the table of commands, those with one meaning and tips |
//! | `flags`    | the table of flags                                     |
//! | `question` | what is put into a question and belongs into flags     |
//! | `slip`     | how far a word is from the nearest name                |
//! | `spellings` | other names of our flags, and flags before the command |

mod commands;
mod flags;
mod question;
mod slip;
mod spellings;

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, FromArgMatches};

use self::commands::Meaning;
pub(crate) use self::question::hint;
pub(crate) use self::spellings::arranged;
use crate::args::{Cli, definition};
use crate::help::Amount;

/// Endings of files that people hand to `embed`.
const ENDINGS: [&str; 18] = [
    "arrow", "bib", "csv", "db", "enw", "gz", "json", "jsonl", "md", "nbib", "parquet", "ris", "tsv", "txt", "xlsx",
    "xml", "zip", "zst",
];

/// More words than any guess takes, so that a table with a circle could not keep the program.
const MOST_GUESSES: usize = 4;

/// Parses the arguments, and those that they were meant to be.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    for _ in 0..MOST_GUESSES {
        let parsed = definition().try_get_matches_from(&arguments).and_then(|found| Cli::from_arg_matches(&found));
        let Err(error) = parsed else { return parsed };
        match meant(&error, &arguments) {
            Some(better) => arguments = better,
            None => break,
        }
    }
    // Help is laid out only where it, or an error, is shown: that takes longer than a command line does to parse.
    let command = crate::help::arranged_for_terminal(Amount::of(&arguments));
    let parsed = command.clone().try_get_matches_from(&arguments).and_then(|found| Cli::from_arg_matches(&found));
    parsed.map_err(|error| {
        // Global flags reach their commands when these are built.
        let mut command = command;
        command.build();
        spellings::explained(advised(error, &command, &arguments))
    })
}

/// The arguments with an unknown command replaced by the one that it means, if it means only one.
fn meant(error: &clap::Error, arguments: &[OsString]) -> Option<Vec<OsString>> {
    let unknown = unknown_command(error)?;
    let root = definition();
    let place = Place::of(&root, arguments, Some(unknown))?;
    let Some(Meaning::Command(words)) = commands::meaning(&place.path(), unknown) else { return None };
    let mut better = arguments.to_vec();
    if *words == commands::HELP {
        // `help ask` is `ask --help`.
        better.remove(place.at);
        better.push("--help".into());
        return Some(better);
    }
    // A name may be in the table and not in this program.
    let exists = words.iter().try_fold(place.command, |command, word| command.find_subcommand(word)).is_some()
        || words.first().is_some_and(|word| word.starts_with('-'));
    // `models show` is `model show`, and not `model list show`.
    let next = arguments.get(place.at + 1).map(|word| word.to_string_lossy());
    let first = words.first().and_then(|word| place.command.find_subcommand(word));
    let goes_on = next.is_some_and(|next| first.is_some_and(|first| first.find_subcommand(next.as_ref()).is_some()));
    let words = if goes_on { &words[..1] } else { words };
    better.splice(place.at..=place.at, words.iter().map(OsString::from));
    exists.then_some(better)
}

/// The error with a tip of ours in place of the parser's.
fn advised(mut error: clap::Error, root: &Command, arguments: &[OsString]) -> clap::Error {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let Some(unknown) = unknown_command(&error).map(str::to_owned) else { return error };
            let Some(place) = Place::of(root, arguments, Some(&unknown)) else { return error };
            let tip = command_tip(&place, &unknown, &arguments[place.at + 1..]);
            error.remove(ContextKind::SuggestedSubcommand);
            set_tip(&mut error, tip);
        }
        ErrorKind::UnknownArgument => {
            let Some(unknown) = text(&error, ContextKind::InvalidArg).map(str::to_owned) else { return error };
            let Some(place) = Place::of(root, arguments, None) else { return error };
            let tip = if !unknown.starts_with('-') {
                strange_word(&place, &unknown)
            } else if let Some(tip) = excluded_word(&place, &unknown, arguments) {
                Some(tip)
            } else if place.commands.len() > 1 && flags::is_of(place.command, &unknown) {
                let command = place.path().join(" ");
                Some(format!("put it behind the command: `semsearch {command} ... {unknown}`"))
            } else {
                Some(flags::tip_for(root, place.command, &unknown))
            };
            if let Some(tip) = tip {
                error.remove(ContextKind::SuggestedArg);
                // The parser's usage has the flag that it would have suggested.
                let usage = place.command.clone().render_usage();
                error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
                set_tip(&mut error, tip);
            }
        }
        ErrorKind::MissingRequiredArgument => {
            let place = Place::of(root, arguments, None);
            if place.as_ref().is_some_and(|place| place.path() == ["export"]) {
                set_tip(&mut error, "`--to FILE` names the file; `--to -` writes papers to standard output".to_owned());
            }
            if place.as_ref().is_some_and(|place| place.path() == ["facets"]) {
                let tip = "`--by year` counts by year; also venue, category, org, author and source";
                set_tip(&mut error, tip.to_owned());
            }
            if place.as_ref().is_some_and(|place| place.path() == ["count"]) {
                let tip = "`semsearch count \"WORDS\"` counts papers with these words; `semsearch facets --by year` counts all \
                           papers by a field";
                set_tip(&mut error, tip.to_owned());
            }
            if place.as_ref().is_some_and(|place| matches!(place.path()[..], ["show" | "open" | "similar"])) {
                set_tip(
                    &mut error,
                    "`semsearch ask` finds papers and shows their ids, `semsearch list` lists them".to_owned(),
                );
            }
            if place.is_some_and(|place| place.path() == ["import"]) {
                let file = arguments.iter().skip(1).map(|word| word.to_string_lossy()).find(|word| names_papers(word));
                let file = file.map_or("FILE".to_owned(), |file| slip::quoted(&file));
                let tip =
                    format!("`import` takes vectors that were made elsewhere; `semsearch embed {file}` embeds papers");
                set_tip(&mut error, tip);
            }
        }
        _ => {}
    }
    error
}

/// What to do about a word that a command does not take.
fn strange_word(place: &Place, word: &str) -> Option<String> {
    let word = slip::quoted(word);
    match place.path().as_slice() {
        ["list"] => {
            Some(format!("`semsearch show {word}` shows a paper, `semsearch ask {word}` finds papers about something"))
        }
        ["export"] if !names_papers(&word) => Some(flags::PAPERS_BY_NAME.to_owned()),
        ["export"] => Some(format!("name the file with --to: `semsearch export --to {word} --format FORMAT`")),
        ["info" | "verify" | "repair" | "vacuum" | "doctor" | "dupes" | "bench" | "selftest"] => {
            Some(format!("to name an index, type `--index {word}`"))
        }
        _ => None,
    }
}

/// What to do about `-coral` in a question, which is a row of flags to the parser. `flag` is the letter that is none.
fn excluded_word(place: &Place, flag: &str, arguments: &[OsString]) -> Option<String> {
    let [command @ ("ask" | "facets" | "count" | "encode")] = place.path()[..] else { return None };
    let letter = flag.strip_prefix('-').filter(|letter| letter.chars().count() == 1)?;
    let start = arguments.iter().position(|argument| argument == command)? + 1;
    let typed: Vec<_> =
        arguments[start..].iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--").collect();
    let is_word = |word: &str| {
        let bare = word.strip_prefix('-').unwrap_or_default();
        bare.chars().count() > 1 && bare.starts_with(char::is_alphanumeric) && bare.contains(letter)
    };
    let at = typed.iter().position(|word| is_word(word))?;
    let word = &typed[at];
    let long = format!("-{word}");
    if flags::is_of(place.command, &long) {
        return Some(format!("type `{long}`"));
    }
    let before = typed[..at].iter().take_while(|word| !word.starts_with('-')).map(|word| slip::quoted(word));
    let words: Vec<String> = before.chain([slip::quoted(word)]).collect();
    let line = format!("put `--` before it: `semsearch {command} -- {}`", words.join(" "));
    Some(match (command, words.len()) {
        ("ask", 1) => format!("{line}; a word that must not be there needs another word beside it"),
        _ => line,
    })
}

/// What to type instead of an unknown command.
fn command_tip(place: &Place, unknown: &str, rest: &[OsString]) -> String {
    let path = place.path();
    if let Some(Meaning::Tip(tip)) = commands::meaning(&path, unknown) {
        return (*tip).to_owned();
    }
    let is_root = path.is_empty();
    if is_root && unknown.contains(char::is_whitespace) {
        return format!("to ask a question, type `semsearch ask {}`", slip::quoted(unknown));
    }
    if is_root && names_papers(unknown) {
        return format!("to make an index of papers, type `semsearch embed {}`", slip::quoted(unknown));
    }
    let words: Vec<_> =
        rest.iter().map(|word| word.to_string_lossy()).take_while(|word| !word.starts_with('-')).collect();
    let is_question = is_root && words.len() >= 2 && !words.iter().any(|word| names_papers(word));
    if let Some(tip) = slip::of_command(place.command, &path, unknown)
        // `how do tides form` is no slip of `show`; `aks how do tides form` is one of `ask`.
        && (!is_question || tip.contains("ask"))
    {
        return tip;
    }
    if is_question {
        return format!("to ask a question, type `semsearch ask {unknown} {}`", words.join(" "));
    }
    let words = path.iter().map(|word| format!(" {word}")).collect::<String>();
    format!("`semsearch{words} --help` lists all commands")
}

/// Whether a word looks like the name of a file or folder of papers.
fn names_papers(word: &str) -> bool {
    let ending = Path::new(word).extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
        || (word.contains(['/', '.']) && Path::new(word).exists())
}

fn unknown_command(error: &clap::Error) -> Option<&str> {
    text(error, ContextKind::InvalidSubcommand).filter(|_| error.kind() == ErrorKind::InvalidSubcommand)
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

fn set_tip(error: &mut clap::Error, tip: String) {
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
}

/// Where in the arguments the parser stopped.
struct Place<'a> {
    /// The commands that were understood, the program first.
    commands: Vec<&'a Command>,
    /// The last of them.
    command: &'a Command,
    /// The position of the unknown word; past the end if there is none.
    at: usize,
}

impl<'a> Place<'a> {
    /// Follows the commands among the arguments as far as they are known, up to `unknown`.
    fn of(root: &'a Command, arguments: &[OsString], unknown: Option<&str>) -> Option<Self> {
        let mut commands = vec![root];
        let mut command = root;
        for (at, argument) in arguments.iter().enumerate().skip(1) {
            let argument = argument.to_string_lossy();
            if unknown.is_some_and(|unknown| unknown == argument) {
                return Some(Place { commands, command, at });
            }
            if argument == "--" {
                break;
            }
            if let Some(next) = command.find_subcommand(argument.as_ref()) {
                commands.push(next);
                command = next;
            }
        }
        unknown.is_none().then_some(Place { commands, command, at: arguments.len() })
    }

    /// The names of the commands, without the program.
    fn path(&self) -> Vec<&str> {
        self.commands.iter().skip(1).map(|command| command.get_name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_in_the_table_exists() {
        let root = definition();
        for (path, typed, meaning) in commands::TABLE {
            let parent = path.iter().try_fold(&root, |command, word| command.find_subcommand(word)).unwrap();
            for word in *typed {
                assert!(parent.find_subcommand(word).is_none(), "{word} is a command");
            }
            let Meaning::Command(words) = meaning else { continue };
            let found = words.iter().try_fold(parent, |command, word| command.find_subcommand(word));
            let is_known = found.is_some() || words[0].starts_with('-');
            assert!(is_known || *words == commands::HELP, "{words:?}");
        }
    }

    #[test]
    fn no_word_is_in_the_table_twice() {
        let mut words: Vec<_> =
            commands::TABLE.iter().flat_map(|(path, typed, _)| typed.iter().map(move |word| (path, word))).collect();
        words.sort();
        let before = words.len();
        words.dedup();
        assert_eq!(before, words.len(), "{words:?}");
    }

    #[test]
    fn a_circle_in_the_table_would_end() {
        let parsed = parse(["semsearch", "help", "help", "help", "help", "help"].map(OsString::from));
        parsed.unwrap_err();
    }
}
