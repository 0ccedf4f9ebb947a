//! What a page of the manual says, whatever it looks like.

use clap::{Arg, Command};

use crate::help::{GROUPS, Note};

/// The page of a command.
pub(super) struct Page {
    /// The words of the command: `semsearch`, `model`, `switch`.
    pub(super) words: Vec<String>,
    /// What it does, in a line.
    pub(super) about: String,
    /// How it is typed.
    pub(super) usage: String,
    /// The commands below it, in groups.
    pub(super) groups: Vec<(String, Vec<(String, String)>)>,
    /// Its arguments and flags, below their headings.
    pub(super) sections: Vec<(String, Vec<Flag>)>,
    /// What else is to be said.
    pub(super) blocks: Vec<Block>,
    /// Examples, a line each.
    pub(super) examples: Vec<String>,
    /// What its exit codes say, where they say more than everywhere.
    pub(super) exit: Option<String>,
}

/// An argument or a flag.
pub(super) struct Flag {
    /// How it is typed: `-k <N>`.
    pub(super) term: String,
    /// What it does.
    pub(super) blocks: Vec<Block>,
    /// Values that it can have, and what they mean.
    pub(super) values: Vec<(String, String)>,
    /// Its value, where it is not given.
    pub(super) default: Option<String>,
}

/// A piece of text.
pub(super) enum Block {
    /// A paragraph.
    Prose(String),
    /// Lines that stay as they are.
    Lines(Vec<String>),
}

impl Page {
    /// The page of a command; `above` are the words of the commands above it.
    pub(super) fn of(command: &Command, above: &[String]) -> Self {
        let words = [above, &[command.get_name().to_owned()]].concat();
        let note =
            command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string).unwrap_or_default();
        let note = Note::of(&note);
        let usage = command.clone().bin_name(words.join(" ")).render_usage().to_string();
        Page {
            about: command.get_about().map(ToString::to_string).unwrap_or_default(),
            usage: usage.trim_start_matches("Usage: ").split_whitespace().collect::<Vec<_>>().join(" "),
            groups: groups(command),
            sections: sections(command),
            blocks: note.paragraphs.iter().flat_map(|paragraph| blocks(paragraph)).collect(),
            examples: note.examples.iter().map(|line| line.trim_start().to_owned()).collect(),
            exit: note.exit.iter().find(|line| line.starts_with("Exit code ")).map(|line| (*line).to_owned()),
            words,
        }
    }
}

/// The commands below a command; those of the program in their groups.
fn groups(command: &Command) -> Vec<(String, Vec<(String, String)>)> {
    let below = |command: &Command| {
        (command.get_name().to_owned(), command.get_about().map(ToString::to_string).unwrap_or_default())
    };
    let shown = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    let is_root = command.find_subcommand("embed").is_some();
    if !is_root {
        let all: Vec<_> = command.get_subcommands().filter(shown).map(below).collect();
        return if all.is_empty() { Vec::new() } else { vec![("Commands".to_owned(), all)] };
    }
    GROUPS
        .iter()
        .map(|(heading, names)| {
            let known = names.iter().filter_map(|name| command.find_subcommand(name)).map(below);
            ((*heading).to_owned(), known.collect::<Vec<_>>())
        })
        .filter(|(_, commands)| !commands.is_empty())
        .collect()
}

/// The arguments and flags below their headings, in the order in which help shows them.
fn sections(command: &Command) -> Vec<(String, Vec<Flag>)> {
    let mut sections: Vec<(String, Vec<(usize, Flag)>)> = Vec::new();
    let shown = |argument: &&Arg| !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str());
    for argument in command.get_arguments().filter(shown) {
        let heading = match argument.get_help_heading() {
            Some(heading) => heading,
            None if argument.is_positional() => "Arguments",
            None => "Options",
        };
        let place = crate::help::place_of(argument);
        let flag = (place, Flag::of(argument));
        match sections.iter_mut().find(|(other, _)| other == heading) {
            Some((_, flags)) => flags.push(flag),
            None => sections.push((heading.to_owned(), vec![flag])),
        }
    }
    // As help has them: arguments, options, then the rest.
    sections.sort_by_key(|(heading, _)| match heading.as_str() {
        "Arguments" => 0,
        "Options" => 1,
        "Global options" => 3,
        _ => 2,
    });
    sections
        .into_iter()
        .map(|(heading, mut flags)| {
            flags.sort_by_key(|(place, _)| *place);
            (heading, flags.into_iter().map(|(_, flag)| flag).collect())
        })
        .collect()
}

impl Flag {
    fn of(argument: &Arg) -> Self {
        let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
        let takes_values = argument.get_action().takes_values();
        let values = if takes_values { argument.get_possible_values() } else { Vec::new() };
        let text = |value: &clap::builder::PossibleValue| value.get_help().map(ToString::to_string).unwrap_or_default();
        let defaults: Vec<String> =
            argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
        Flag {
            term: term(argument),
            blocks: blocks(&help),
            values: values
                .iter()
                .filter(|value| !value.is_hide_set())
                .map(|value| (value.get_name().to_owned(), text(value)))
                .collect(),
            default: Some(defaults.join(",")).filter(|default| takes_values && !default.is_empty()),
        }
    }
}

/// How an argument or a flag is typed.
fn term(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    let values = names.iter().map(|name| format!("<{name}>")).collect::<Vec<_>>().join(" ");
    let many = argument.get_num_args().is_some_and(|range| range.max_values() > 1)
        || matches!(argument.get_action(), clap::ArgAction::Append) && argument.is_positional();
    let values = if many && !values.ends_with("...>") { format!("{values}...") } else { values };
    if argument.is_positional() {
        return values;
    }
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let names = short.into_iter().chain(long).collect::<Vec<_>>().join(", ");
    if argument.get_action().takes_values() { format!("{names} {values}") } else { names }
}

/// Text cut into paragraphs and into lines that stay as they are: those that begin with two spaces.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            is_open = false;
            continue;
        }
        let stays = line.starts_with("  ");
        match blocks.last_mut().filter(|_| is_open) {
            Some(Block::Lines(lines)) if stays => lines.push(line.to_owned()),
            Some(Block::Prose(prose)) if !stays => {
                prose.push(' ');
                prose.push_str(line.trim());
            }
            _ if stays => blocks.push(Block::Lines(vec![line.to_owned()])),
            _ => blocks.push(Block::Prose(line.trim().to_owned())),
        }
        is_open = true;
    }
    blocks
}
