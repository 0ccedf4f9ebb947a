//! The lines of a capture that are not blank.

use crate::error::{Mismatch, ReadError};
use crate::input::Input;
use crate::lines::utf8;

/// A line that is not blank, trimmed.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) text: String,
    /// The complaint about bytes that are not UTF-8, which `text` shows as `�`.
    pub(super) damage: Option<Mismatch>,
}

impl Line {
    pub(super) fn new(number: u64, text: &str) -> Line {
        Line { number, text: text.trim().to_owned(), damage: None }
    }
}

pub(super) fn filled_lines(input: Input) -> Result<Vec<Line>, ReadError> {
    let mut lines = input.into_lines();
    let mut filled = Vec::new();
    while let Some(line) = lines.next() {
        let (number, bytes) = line?;
        // Damaged text keeps its place, so that the papers around it are still found.
        let line = Line { damage: utf8(bytes).err(), ..Line::new(number, &String::from_utf8_lossy(bytes)) };
        // Browsers leave spaces that are not ASCII.
        if !line.text.is_empty() {
            filled.push(line);
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::path::Path;

    use super::*;

    #[test]
    fn a_line_of_spaces_of_any_kind_is_no_line() {
        let page = "Daily Papers\n\u{a0}\n \t\n\u{2003}\u{3000}\r\n\u{85}\nOn Tides\n\u{a0}Why\n";
        let input = Input::new(Path::new("page.txt"), Cursor::new(page.as_bytes().to_vec())).unwrap();
        let lines: Vec<(u64, String)> =
            filled_lines(input).unwrap().into_iter().map(|line| (line.number, line.text)).collect();
        let expected = [(1, "Daily Papers"), (6, "On Tides"), (7, "Why")];
        assert_eq!(lines, expected.map(|(number, text)| (number, text.to_owned())));
    }
}
