//! Syntax errors of filter expressions, with the place.

use std::fmt;
use std::ops::Range;

use semsearch_task::ErrorKind;

/// Characters of an expression that are shown around the place.
const SHOWN: usize = 72;
/// Characters shown before the place if the expression is longer than that.
const BEFORE: usize = 40;

/// Why a text is not a valid filter. The message shows the expression with a mark below the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    problem: String,
    hint: Option<String>,
    /// The line of the expression that holds the place.
    line: String,
    /// Characters of the line before the place.
    column: usize,
    /// The length of the place in characters.
    width: usize,
}

impl FilterError {
    /// `place` is in bytes of `text`.
    pub(super) fn new(text: &str, place: Range<usize>, problem: impl Into<String>) -> Self {
        let (before, after) = (text.get(..place.start).unwrap_or(text), text.get(place.start..).unwrap_or(""));
        let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
        let end = after.find('\n').unwrap_or(after.len());
        let marked = &after[..end.min(place.len())];
        FilterError {
            problem: problem.into(),
            hint: None,
            line: format!("{}{}", &before[begin..], &after[..end]),
            column: before[begin..].chars().count(),
            width: marked.chars().count().max(1),
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Always [`ErrorKind::Usage`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// A suggestion for what to write instead.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The column of the place, counted from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column + 1
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)?;
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        // A long line is cut on both sides; control characters would move the mark, or the cursor.
        let first = if self.line.chars().count() <= SHOWN { 0 } else { self.column.saturating_sub(BEFORE) };
        let shown: String = self.line.chars().skip(first).take(SHOWN).map(visible).collect();
        let cut = if first > 0 { "…" } else { "" };
        let indent = " ".repeat(self.column - first + cut.chars().count());
        let mark = "^".repeat(self.width.min(SHOWN.saturating_sub(self.column - first)).max(1));
        write!(f, "\n  {cut}{}\n  {indent}{mark}", shown.trim_end())
    }
}

fn visible(letter: char) -> char {
    if letter.is_control() { ' ' } else { letter }
}

impl std::error::Error for FilterError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_below_the_place() {
        let error = FilterError::new("année = 3 and yaer = 2", 15..19, "no such field").hint("did you mean `year`?");
        let expected = "no such field; did you mean `year`?\n  année = 3 and yaer = 2\n                ^^^^";
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.column(), 15);
    }

    #[test]
    fn a_long_expression_is_cut_around_the_place() {
        let text = format!("{}HERE{}", "a".repeat(500), "b".repeat(500));
        let shown = FilterError::new(&text, 500..504, "what").to_string();
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 2 + 1 + SHOWN), "{shown}");
        let place = lines[1].chars().position(|letter| letter == 'H').unwrap();
        assert_eq!(lines[2], format!("{}^^^^", " ".repeat(place)));
    }

    #[test]
    fn only_the_line_with_the_place_is_shown() {
        let error = FilterError::new("year = 1\nor\tyaer = 2\nor year = 3", 12..16, "what");
        assert_eq!(error.to_string(), "what\n  or yaer = 2\n     ^^^^");
        assert_eq!(FilterError::new("year", 4..4, "what").to_string(), "what\n  year\n      ^");
    }
}
