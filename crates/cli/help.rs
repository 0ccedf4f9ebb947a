//! The layout of help: sections, order, and what `-h` leaves to `--help`.
//!
//! Flags are defined where they are read, in `args`; this file says where they are shown. `-h` has the flags that most
//! people use, in one order for all commands, and fits a screen; `--help` has all of them, and all examples. The commands of
//! `semsearch --help` stand in groups.

use clap::{Arg, Command};

use crate::args::definition;
use crate::narrow::{self, ENOUGH};
use crate::output;

/// The groups of commands, and their order.
pub(crate) const GROUPS: [(&str, &[&str]); 6] = [
    (
        "Find papers",
        &["ask", "similar", "show", "list", "open", "facets", "count", "map", "searches", "new", "serve", "mcp"],
    ),
    ("Collect papers", &["embed", "inspect", "remove", "dupes", "export", "import"]),
    ("Look after an index", &["info", "verify", "repair", "vacuum"]),
    ("Models", &["model", "encode"]),
    ("Measure", &["bench", "eval", "selftest"]),
    ("This program", &["doctor", "completions", "man"]),
];

/// Flags in the order of their use; those that are not here come after them.
const FIRST: &[&str] = &[
    "to",
    "format",
    "by",
    "k",
    "limit",
    "since",
    "until",
    "year",
    "author",
    "category",
    "venue",
    "org",
    "source",
    "expression",
    "like",
    "mode",
    "exact",
    "diverse",
    "recency",
    "model",
    "replace",
    "sync",
    "dry_run",
    "skip_bad",
    "index",
    "json",
    "jsonl",
];

/// Flags that `-h` leaves to `--help`.
const RARE: &[&str] = &[
    "all",
    "any",
    "as_typed",
    "batch",
    "color",
    "complete",
    "device",
    "dim",
    "ef",
    "ef_construction",
    "examples",
    "fingerprint",
    "full",
    "graph",
    "half",
    "jsonl",
    "keep_duplicates",
    "m",
    "max_tokens",
    "memory",
    "metrics",
    "model_record",
    "no_correct",
    "no_ladder",
    "normalise",
    "offline",
    "org",
    "page_year",
    "passage_prompt",
    "precision",
    "query_prompt",
    "rerank",
    "rrf",
    "seed",
    "source",
    "split",
    "strict",
    "table",
    "threads",
    "trec",
    "unlike",
    "until",
    "venue",
    "weight",
    "windows",
];

/// How many examples `-h` shows.
const FEW: usize = 4;

/// What `-h` says of a flag in half a line, where the beginning of its help would not do.
const BRIEF: &[(&str, &str)] = &[
    ("against", "Compare with another mode, run or model"),
    ("author", "With an author whose name contains this"),
    ("by", "Field to count by: year, venue, category, org, author, source"),
    ("category", "Of this category or keyword"),
    ("color", "auto, always or never"),
    ("diverse", "Unlike each other, 0 to 1; 0.3 skips near-duplicates"),
    ("expression", "For which this holds: 'year >= 2020 and authors <= 3'"),
    ("file", "Ask with a text, such as a draft or an abstract"),
    ("format", "npy, fbin, parquet, jsonl, bibtex, ris, csl, csv or beir"),
    ("index", "The index, if it is not in the data directory"),
    ("like", "Near to this paper, by id, arXiv id or DOI"),
    ("mode", "hybrid, or dense (by meaning), or lexical (by words)"),
    ("model", "A model's name or folder"),
    ("per_query", "Show the N queries that gain and that lose most"),
    ("query", "The question in plain words; `-` reads one a line"),
    ("questions", "One of several questions, all to be answered; repeat"),
    ("recency", "Newer first: a score halves every 90d, 18m or 2y"),
    ("since", "Of this date or later: YYYY, YYYY-MM or YYYY-MM-DD"),
    ("until", "Of this date or earlier"),
    ("windows", "How longer texts are encoded: first or mean"),
    ("year", "Of a year or of years: 2021, 2019..2022, 2020.."),
];

/// How much of the help is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// `-h`: one screen.
    Screen,
    /// `--help`: all of it.
    All,
}

impl Amount {
    /// What the arguments ask for.
    pub(crate) fn of<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Self {
        let mut flags = arguments.iter().map(AsRef::as_ref).take_while(|argument| *argument != "--");
        if flags.any(|flag| flag == "-h") { Amount::Screen } else { Amount::All }
    }
}

/// The command line with its help laid out, for lines of any length.
pub(crate) fn arranged(amount: Amount) -> Command {
    laid_out(amount, ENOUGH)
}

/// The command line with its help laid out for this terminal. The parser asks the same for its width.
pub(crate) fn arranged_for_terminal(amount: Amount) -> Command {
    laid_out(amount, terminal_size::terminal_size().map_or(ENOUGH, |(width, _)| usize::from(width.0)))
}

fn laid_out(amount: Amount, width: usize) -> Command {
    let command = arrange(definition(), amount, "", width);
    let groups = groups(&command);
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}{{options}}{{after-help}}"
    ))
}

fn arrange(command: Command, amount: Amount, above: &str, width: usize) -> Command {
    let path = format!("{above}{}", command.get_name());
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let ids: Vec<String> = command.get_arguments().map(|argument| argument.get_id().to_string()).collect();
    let whole = command.get_after_help().map(ToString::to_string);
    let mut command = command.mut_args(|argument| match amount {
        Amount::Screen => shorten(order(argument)),
        Amount::All => order(head(argument, &ids)),
    });
    if let Some(whole) = whole.filter(|_| names.is_empty()) {
        let fitting = |note: String| if width < ENOUGH { narrow::note(&note, width) } else { note };
        command = command.after_help(fitting(few_examples(&whole))).after_long_help(fitting(whole));
    }
    if width < ENOUGH && !above.is_empty() {
        let usage = command.clone().bin_name(&path).render_usage().to_string();
        let usage = usage.trim_start_matches("Usage: ").split_whitespace().collect::<Vec<_>>().join(" ");
        command = command.override_usage(narrow::usage(&usage, width));
    }
    let above = format!("{path} ");
    names
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, |command| arrange(command, amount, &above, width)))
}

/// A flag under its heading.
fn head(argument: Arg, ids: &[String]) -> Arg {
    let id = argument.get_id().to_string();
    let has = |id: &str| ids.iter().any(|other| other == id);
    // A heading that a group of flags has left behind.
    let leaked = argument.get_help_heading().is_none_or(|heading| heading == WHICH || heading == WAYS);
    match section(&id, &has) {
        Some(heading) => argument.help_heading(heading),
        None if leaked => argument.help_heading(None::<&'static str>),
        None => argument,
    }
}

/// A flag in its place among the others.
fn order(argument: Arg) -> Arg {
    let place = place_of(&argument);
    if argument.is_positional() { argument } else { argument.display_order(place) }
}

/// The place of a flag among the others.
pub(crate) fn place_of(argument: &Arg) -> usize {
    FIRST.iter().position(|first| argument.get_id() == *first).unwrap_or(FIRST.len())
}

/// A flag on one line, or hidden.
fn shorten(argument: Arg) -> Arg {
    let id = argument.get_id().to_string();
    let whole = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let brief = BRIEF.iter().find(|(of, _)| *of == id && !whole.is_empty()).map(|(_, brief)| (*brief).to_owned());
    let first =
        || whole.split(['.', ';', ':']).next().unwrap_or_default().split(" [").next().unwrap_or_default().to_owned();
    let brief = brief.unwrap_or_else(first);
    let argument = argument.help(brief).long_help(whole).help_heading(None::<&'static str>);
    let wide = argument.get_value_names().unwrap_or_default().first().map(|name| name.to_string()).unwrap_or_default();
    let argument = match WIDE.iter().find(|(name, _)| *name == wide) {
        Some((_, narrow)) => argument.value_name(*narrow),
        None => argument,
    };
    // `--source` of `embed` names what is embedded, and is used each week; elsewhere it is a filter.
    let is_rare = RARE.contains(&id.as_str()) && !(id == "source" && wide == "NAME");
    let argument = argument.hide_env(true).hide_short_help(is_rare);
    if argument.get_action().takes_values() { argument.hide_possible_values(true) } else { argument }
}

/// Names of values that would make a wide column, and what `-h` calls them.
const WIDE: &[(&str, &str)] = &[
    ("FILE.svg|FILE.png", "FILE.svg"),
    ("MODE,MODE,...", "MODE"),
    ("MODE|FILE|MODEL", "MODE"),
    ("NAME,NAME,...", "NAME"),
];

const WHICH: &str = "Which papers";
const WAYS: &str = "Other ways to ask";

/// The heading that a flag belongs under, if not under `Options`.
fn section(id: &str, has: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    Some(match id {
        "since" | "until" | "year" | "venue" | "category" | "org" | "author" | "source" | "expression"
            if has("expression") =>
        {
            WHICH
        }
        "questions" | "all" | "any" | "file" | "batch" if has("questions") => WAYS,
        "mode" | "weight" | "rrf" | "like" | "unlike" | "diverse" | "recency" | "no_correct" | "as_typed" => "Ranking",
        "exact" | "graph" | "rerank" => "Vector search",
        "ef" if has("rerank") => "Vector search",
        "model" | "max_tokens" | "windows" | "dim" | "query_prompt" | "passage_prompt" | "device" | "precision"
            if has("device") && !has("ask") =>
        {
            "Model and machine"
        }
        "device" | "precision" => "Model and machine",
        "threads" | "memory" if has("device") => "Model and machine",
        "json" | "jsonl" | "trec" | "explain" | "plot" | "write_run" | "per_query" => "Output",
        _ => return None,
    })
}

/// The first examples of a text below the flags.
fn few_examples(whole: &str) -> String {
    let examples: Vec<&str> = Note::of(whole).examples.into_iter().take(FEW).collect();
    if examples.is_empty() {
        return String::new();
    }
    format!("Examples:\n{}", examples.join("\n"))
}

/// The parts of the text below the flags of a command.
pub(crate) struct Note<'a> {
    /// Paragraphs, before and after the examples.
    pub(crate) paragraphs: Vec<&'a str>,
    /// Examples, a line each, indented.
    pub(crate) examples: Vec<&'a str>,
    /// Lines on exit codes.
    pub(crate) exit: Vec<&'a str>,
}

impl<'a> Note<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        let mut note = Note { paragraphs: Vec::new(), examples: Vec::new(), exit: Vec::new() };
        for block in text.split("\n\n") {
            if let Some(examples) = block.strip_prefix("Examples:\n") {
                note.examples.extend(examples.lines());
            } else if let Some(codes) = block.strip_prefix("Exit codes:\n") {
                note.exit.extend(codes.lines());
            } else if block.starts_with("Exit code ") {
                note.exit.push(block);
            } else {
                note.paragraphs.push(block);
            }
        }
        note
    }
}

/// The commands in their groups, a line each.
fn groups(root: &Command) -> String {
    let mut text = String::new();
    let mut rest: Vec<&str> =
        root.get_subcommands().filter(|command| !command.is_hide_set()).map(Command::get_name).collect();
    let mut group = |heading: &str, names: &[&str], rest: &mut Vec<&str>| {
        let known: Vec<&Command> = names.iter().filter_map(|name| root.find_subcommand(name)).collect();
        if known.is_empty() {
            return;
        }
        let style = output::STRONG;
        text.push_str(&format!("{style}{heading}:{style:#}\n"));
        for command in known {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let first = format!("  {:<13}", command.get_name());
            let options =
                textwrap::Options::new(output::width()).initial_indent(&first).subsequent_indent("               ");
            text.push_str(&textwrap::fill(&about, options));
            text.push('\n');
            rest.retain(|name| *name != command.get_name());
        }
        text.push('\n');
    };
    for (heading, names) in GROUPS {
        group(heading, names, &mut rest);
    }
    group("More", &rest.clone(), &mut rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All commands below one, with their words.
    fn all(command: &Command, words: Vec<String>, found: &mut Vec<(Vec<String>, Command)>) {
        found.push((words.clone(), command.clone()));
        for below in command.get_subcommands() {
            all(below, [words.clone(), vec![below.get_name().to_owned()]].concat(), found);
        }
    }

    fn commands() -> Vec<(Vec<String>, Command)> {
        let mut found = Vec::new();
        all(&arranged(Amount::All), vec!["semsearch".to_owned()], &mut found);
        found
    }

    /// Words as a shell would make them of a line, up to a pipe, a redirection or a remark.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote, mut has_word) = (Vec::new(), String::new(), None, false);
        for letter in line.chars() {
            match (quote, letter) {
                (Some(open), letter) if open == letter => quote = None,
                (Some(_), letter) => word.push(letter),
                (None, '"' | '\'') => (quote, has_word) = (Some(letter), true),
                (None, ' ') if has_word => {
                    words.push(std::mem::take(&mut word));
                    has_word = false;
                }
                (None, ' ') => {}
                (None, letter) => {
                    word.push(letter);
                    has_word = true;
                }
            }
        }
        if has_word {
            words.push(word);
        }
        assert!(quote.is_none(), "{line}");
        let end = words.iter().position(|word| ["|", "<", ">"].contains(&word.as_str())).unwrap_or(words.len());
        words.truncate(end);
        words
    }

    /// The command of an example, without what feeds it and without the remark beside it.
    fn command_of(line: &str) -> Option<&str> {
        let line = &line[line.find("semsearch ")?..];
        let inside_quotes = |at: usize| line[..at].matches('"').count() % 2 == 1;
        let remark = line.match_indices("  ").map(|(at, _)| at).find(|at| !inside_quotes(*at));
        Some(&line[..remark.unwrap_or(line.len())])
    }

    #[test]
    fn every_example_is_a_command_line_that_parses_and_fits_eighty_columns() {
        for (name, command) in commands() {
            let Some(text) = command.get_after_long_help().or(command.get_after_help()) else { continue };
            for line in Note::of(&text.to_string()).examples {
                assert!(line.chars().count() <= 80, "{name:?}: {line}");
                let Some(example) = command_of(line) else { continue };
                let words = words(example);
                let parsed = definition().try_get_matches_from(&words);
                assert!(parsed.is_ok(), "{name:?}: {line}\n{words:?}\n{}", parsed.unwrap_err());
            }
        }
    }

    #[test]
    fn every_example_of_the_documents_parses() {
        let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
        let mut pages: Vec<_> = std::fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().path()).collect();
        pages.push(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
        let mut number = 0;
        for page in pages.iter().filter(|page| page.extension().is_some_and(|ending| ending == "md")) {
            let text = std::fs::read_to_string(page).unwrap();
            for block in text.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()) {
                for line in block.lines().filter(|line| line.starts_with("semsearch ")) {
                    let words = words(command_of(line).unwrap());
                    let parsed = definition().try_get_matches_from(&words);
                    assert!(parsed.is_ok(), "{}: {line}\n{}", page.display(), parsed.unwrap_err());
                    number += 1;
                }
            }
        }
        assert!(number > 60, "{number}");
    }

    #[test]
    fn a_section_holds_what_it_says() {
        for (name, command) in commands() {
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                let heading = argument.get_help_heading();
                let is_another = ["index", "json", "threads", "model", "k"].contains(&id);
                assert!(heading != Some(WHICH) || !is_another, "{name:?} {id}");
                if id == "index" && name != ["semsearch"] {
                    assert_eq!(heading, None, "{name:?}: --index");
                }
            }
        }
    }

    #[test]
    fn every_flag_of_the_tables_exists_or_will() {
        let commands = commands();
        for id in FIRST.iter().chain(RARE) {
            let known =
                commands.iter().any(|(_, command)| command.get_arguments().any(|argument| argument.get_id() == *id));
            assert!(known, "{id}");
        }
    }

    #[test]
    fn both_amounts_of_help_are_consistent() {
        arranged(Amount::Screen).debug_assert();
        arranged(Amount::All).debug_assert();
    }

    #[test]
    fn a_short_text_belongs_to_a_flag() {
        let commands = commands();
        for (id, _) in BRIEF {
            assert!(
                commands.iter().any(|(_, command)| command.get_arguments().any(|argument| argument.get_id() == *id)),
                "{id}"
            );
        }
    }

    #[test]
    fn every_command_is_in_a_group() {
        let grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        for command in arranged(Amount::All).get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(about.chars().count() <= 65, "more than a line beside the name: {about}");
            assert!(grouped.contains(&command.get_name()), "{}", command.get_name());
        }
    }
}
