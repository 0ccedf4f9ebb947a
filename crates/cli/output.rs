//! Output: results go to standard output, everything else to standard error.
//!
//! This is the only file that writes to either. `anstream` decides on colour once per stream: on a terminal and without
//! `NO_COLOR`, unless `--color` says otherwise.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};
use semsearch_task::Progress;
use serde::Serialize;

use crate::wrap;

static QUIET: AtomicBool = AtomicBool::new(false);
static VERBOSE: AtomicBool = AtomicBool::new(false);

/// Headings: ranks and titles.
pub(crate) const STRONG: Style = Style::new().bold();
/// Less important text.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Scores.
pub(crate) const SCORE: Style = AnsiColor::Cyan.on_default();

/// Standard output could not be written, such as a closed pipe or a full disk.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output")]
pub(crate) struct StdoutError(#[source] io::Error);

impl StdoutError {
    /// The error of writing to [`stream`].
    pub(crate) fn new(source: io::Error) -> StdoutError {
        StdoutError(source)
    }

    /// Whether the reader has closed the pipe.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// Applies `--quiet`, `--verbose` and `--color`.
pub(crate) fn set_up(quiet: bool, verbose: bool, color: anstream::ColorChoice) {
    QUIET.store(quiet, Ordering::Relaxed);
    VERBOSE.store(verbose, Ordering::Relaxed);
    color.write_global();
}

/// Whether `--quiet` was given.
pub(crate) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Whether `--verbose` was given.
pub(crate) fn is_verbose() -> bool {
    VERBOSE.load(Ordering::Relaxed)
}

/// Prints a line to standard error, unless `--quiet`.
pub(crate) fn say(text: impl AsRef<str>) {
    if !is_quiet() {
        complain(text);
    }
}

/// Prints the notes of long work, as [`say`] does.
pub(crate) struct Notes;

impl Progress for Notes {
    fn note(&self, message: &str) {
        say(message);
    }
}

/// Prints a line to standard error, even with `--quiet`. A closed standard error is ignored.
///
/// On a terminal, lines are broken between words.
pub(crate) fn complain(text: impl AsRef<str>) {
    let text = fitting(text.as_ref(), terminal_size::terminal_size_of(io::stderr()));
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// A text whose lines fit a terminal: longer ones are broken between words, and what follows is indented a little more.
fn fitting(text: &str, terminal: Option<(terminal_size::Width, terminal_size::Height)>) -> Cow<'_, str> {
    let Some((width, _)) = terminal else { return Cow::Borrowed(text) };
    let width = usize::from(width.0).max(40);
    let fits = |line: &str| textwrap::core::display_width(line) <= width;
    if text.lines().all(fits) {
        return Cow::Borrowed(text);
    }
    let lines = text.split('\n').map(|line| {
        if fits(line) {
            return Cow::Borrowed(line);
        }
        let (first, bare) = line.split_at(line.len() - line.trim_start().len());
        let next = format!("{first}  ");
        Cow::Owned(textwrap::fill(bare, wrap::options(width).initial_indent(first).subsequent_indent(&next)))
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// Prints one JSON document on one line to standard error, even with `--quiet`.
pub(crate) fn complain_json(value: &impl Serialize) {
    if let Ok(line) = serde_json::to_string(value) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

/// Prints results to standard output. The text may hold colour codes. On a terminal, lines are broken between words.
pub(crate) fn print(text: &str) -> Result<(), StdoutError> {
    let text = fitting(text, terminal_size::terminal_size_of(io::stdout()));
    let mut out = anstream::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(StdoutError)
}

/// Writes one JSON document on one line.
///
/// Not through `anstream`, which would remove control characters from the user's texts.
pub(crate) fn print_json_line(value: &impl Serialize) -> Result<(), StdoutError> {
    let mut line = serde_json::to_vec(value).map_err(|error| StdoutError(error.into()))?;
    line.push(b'\n');
    print_bytes(&line)
}

/// Writes one JSON document: indented on a terminal, where a person reads it, on one line elsewhere.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), StdoutError> {
    if !io::IsTerminal::is_terminal(&io::stdout()) {
        return print_json_line(value);
    }
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| StdoutError(error.into()))?;
    text.push(b'\n');
    print_bytes(&text)
}

/// Writes bytes as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), StdoutError> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(StdoutError)
}

/// Standard output for a long result, which is written as it is.
pub(crate) fn stream() -> impl Write {
    io::BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// The columns to wrap at: those of the terminal, but at most 100, since longer lines are hard to read; 80 in a pipe.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(80, |(width, _)| usize::from(width.0)).clamp(40, 100)
}

/// A line of a list. On a terminal it is wrapped, with continuation lines indented; in a pipe it stays one line, for `grep`.
pub(crate) fn item(line: &str) -> String {
    if !io::IsTerminal::is_terminal(&io::stdout()) {
        return format!("{line}\n");
    }
    let options = wrap::options(width()).subsequent_indent("  ");
    textwrap::fill(line, options) + "\n"
}

/// A line of a list that explains or adds something.
pub(crate) fn faint_item(line: &str) -> String {
    wrap::wrap(line, width()).iter().map(|line| format!("{FAINT}{line}{FAINT:#}\n")).collect()
}

/// A line of a table of names and values, the value wrapped on a terminal below where it begins.
pub(crate) fn row(name: &str, value: &str) -> String {
    let line = |value: &str| format!("{STRONG}{name}{STRONG:#} {value}\n");
    if !io::IsTerminal::is_terminal(&io::stdout()) {
        return line(value);
    }
    let (width, indent) = (width(), name.chars().count() + 1);
    // On a narrow terminal the value would be a column of single words.
    let indent = if indent * 2 > width { 4 } else { indent };
    let (before, blank) = (" ".repeat(name.chars().count() + 1), " ".repeat(indent));
    let options = wrap::options(width).initial_indent(&before).subsequent_indent(&blank);
    line(textwrap::fill(value, options).trim_start())
}

/// Text from a file, made safe for a terminal: control characters, which could move the cursor or change colours, become
/// spaces, and runs of white space become one space.
pub(crate) fn plain(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `12345` as `12,345`.
pub(crate) fn thousands(number: u64) -> String {
    indicatif::HumanCount(number).to_string()
}

/// A number with so many decimals; what is rounded to nothing has no sign.
pub(crate) fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(bare) if !bare.contains(|digit| ('1'..='9').contains(&digit)) => bare.to_owned(),
        _ => text,
    }
}

/// A difference with its sign and so many decimals.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = decimal(value, decimals);
    if text.starts_with('-') { text } else { format!("+{text}") }
}

/// A length in bytes for people, such as `1.5 MiB`: one decimal, where indicatif's `BinaryBytes` has two.
pub(crate) fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// A duration in seconds for people.
pub(crate) fn seconds(value: f64) -> String {
    match value {
        v if v < 10.0 => format!("{v:.1} s"),
        v if v < 120.0 => format!("{v:.0} s"),
        v if v < 7200.0 => format!("{:.0} min", v / 60.0),
        v => format!("{:.1} h", v / 3600.0),
    }
}

/// `1 paper`, `2 papers`.
pub(crate) fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"],
            [0, 999, 1000, 1_234_567].map(thousands).each_ref().map(String::as_str)
        );
        assert_eq!(
            ["0 B", "1023 B", "1.0 KiB", "86.7 MiB"],
            [0, 1023, 1024, 90_868_376].map(bytes).each_ref().map(String::as_str)
        );
        assert_eq!(
            ["0.2 s", "65 s", "10 min", "2.0 h"],
            [0.16, 65.0, 600.0, 7200.0].map(seconds).each_ref().map(String::as_str)
        );
        assert_eq!(
            ["0.000", "0.000", "-0.001", "1.50", "+0.000", "+0.100"],
            [decimal(-1e-9, 3), decimal(0.0, 3), decimal(-0.001, 3), decimal(1.5, 2), signed(-0.0, 3), signed(0.1, 3)]
                .each_ref()
                .map(String::as_str)
        );
        assert_eq!((count(1, "paper"), count(2, "paper")), ("1 paper".to_owned(), "2 papers".to_owned()));
    }
}
