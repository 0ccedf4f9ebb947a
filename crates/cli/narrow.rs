//! Help on a terminal of less than eighty columns: usage and examples that stay what can be typed.
//!
//! The parser breaks lines wherever a space is, and between a name and the dots behind it. A remark beside an example would
//! then look like a command, and so would the end of a long one.

use crate::wrap::{options, wrap};

/// Below this width lines are arranged anew: examples are written for it.
pub(crate) const ENOUGH: usize = 80;

/// A usage that fits beside `Usage: `, broken between words.
pub(crate) fn usage(line: &str, width: usize) -> String {
    textwrap::fill(line, options(width.saturating_sub("Usage: ".len()))).replace('\n', "\n       ")
}

/// Text below the flags, with its examples arranged.
pub(crate) fn note(text: &str, width: usize) -> String {
    let blocks = text.split("\n\n").map(|block| match block.strip_prefix("Examples:\n") {
        Some(lines) => format!("Examples:\n{}", lines.lines().map(|line| example(line, width)).collect::<String>()),
        None => block.to_owned(),
    });
    blocks.collect::<Vec<_>>().join("\n\n").trim_end().to_owned()
}

/// An example as lines that a shell takes for one command: a remark stands above it, behind `#`, and a line that goes on
/// ends in `\`.
fn example(line: &str, width: usize) -> String {
    let (command, remark) = parts(line);
    let mut text = String::new();
    for line in remark.iter().flat_map(|remark| wrap(remark, width.saturating_sub(4))) {
        text.push_str(&format!("  # {line}\n"));
    }
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces(command, width.saturating_sub(6)) {
        match lines.last_mut().filter(|line| line.len() + piece.len() + 5 <= width) {
            Some(line) => *line = format!("{line} {piece}"),
            None => lines.push(piece),
        }
    }
    text + "  " + &lines.join(" \\\n    ") + "\n"
}

/// The command of an example, and the remark that stands beside it.
fn parts(line: &str) -> (&str, Option<&str>) {
    let line = line.trim();
    let is_outside = |at: usize| line[..at].matches('"').count().is_multiple_of(2);
    match line.match_indices("  ").map(|(at, _)| at).find(|at| is_outside(*at)) {
        Some(at) => (&line[..at], Some(line[at..].trim())),
        None => (line, None),
    }
}

/// The words of a command, a flag together with its value where both fit into so many letters.
fn pieces(command: &str, room: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in words(command) {
        let is_bare = |flag: &&mut String| flag.starts_with('-') && !flag.contains(' ') && !word.starts_with('-');
        match pieces.last_mut().filter(is_bare).filter(|flag| flag.len() + word.len() < room) {
            Some(flag) => *flag = format!("{flag} {word}"),
            None => pieces.push(word.to_owned()),
        }
    }
    pieces
}

/// Words as a shell sees them, quotes included.
fn words(command: &str) -> Vec<&str> {
    let (mut found, mut start, mut quote) = (Vec::new(), 0, None);
    for (at, letter) in command.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, ' ') => {
                found.push(&command[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&command[start..]);
    found.retain(|word| !word.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_example_goes_on_behind_a_backslash_and_its_remark_stands_above() {
        let line = "  semsearch eval scifact --against dense --per-query 5     what words change";
        let expected = "  # what words change\n  semsearch eval scifact \\\n    --against dense --per-query 5\n";
        assert_eq!(example(line, 40), expected);
        assert_eq!(
            example("  semsearch ask \"how do tides form, and where\" -k 3", 30),
            "  semsearch ask \\\n    \"how do tides form, and where\" \\\n    -k 3\n"
        );
        assert_eq!(
            example("  semsearch ask x --where 'year >= 2024 and authors <= 3'", 40),
            "  semsearch ask x --where \\\n    'year >= 2024 and authors <= 3'\n"
        );
        assert_eq!(note("A text.\n\nExamples:\n  semsearch info", 40), "A text.\n\nExamples:\n  semsearch info");
    }

    #[test]
    fn a_usage_is_broken_between_words() {
        assert_eq!(usage("semsearch embed [OPTIONS] <INPUT>...", 40), "semsearch embed [OPTIONS]\n       <INPUT>...");
    }
}
