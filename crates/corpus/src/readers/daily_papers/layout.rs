//! Lines of a capture into papers.
//!
//! Blank lines are ignored: the order of the other lines says as much. A malformed paper becomes an error in its place,
//! and parsing goes on at the next line that can be a title.

use std::ops::Range;
use std::path::Path;

use super::lines::Line;
use super::metadata::{DayOfYear, Organization, ShownDate, authors_line, date_line, organization_line};
use crate::error::{Mismatch, ReadError, snippet};

/// The most characters a title has; longer lines are abstracts.
pub(super) const LONGEST_TITLE: usize = 300;

/// The line between authors and date.
const DOT: &str = "·";

/// A paper as a page shows it.
#[derive(Debug)]
pub(super) struct Paper {
    pub(super) line: u64,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) authors_count: Option<u32>,
    pub(super) organization: Option<Organization>,
    pub(super) date: Option<ShownDate>,
    pub(super) comments: Option<u32>,
}

/// The page's own date and its papers, malformed ones included.
pub(super) fn papers(page: &[Line], path: &Path) -> (Option<DayOfYear>, Vec<Result<Paper, ReadError>>) {
    let page_date = page.first().and_then(|line| date_line(&line.text));
    let mut parser = Parser { path, lines: page, at: usize::from(page_date.is_some()) };
    let papers = std::iter::from_fn(|| (parser.at < page.len()).then(|| parser.paper())).collect();
    (page_date.map(|(shown, _)| shown.day), papers)
}

struct Parser<'a> {
    path: &'a Path,
    lines: &'a [Line],
    at: usize,
}

impl<'a> Parser<'a> {
    /// Reads one paper, and goes to the line after it.
    fn paper(&mut self) -> Result<Paper, ReadError> {
        let start = self.at;
        let paper = self.text_and_metadata();
        // A damaged line makes its paper malformed, even if all else fits.
        match self.damage_in(start..self.at) {
            Some(damage) => Err(damage),
            None => paper,
        }
    }

    fn text_and_metadata(&mut self) -> Result<Paper, ReadError> {
        let start = self.at;
        let mut paper = self.title_and_abstract().map_err(|mismatch| self.error(start, mismatch))?;
        self.metadata(&mut paper).map_err(|(line, mismatch)| self.error(line, mismatch))?;
        Ok(paper)
    }

    fn title_and_abstract(&mut self) -> Result<Paper, Mismatch> {
        let line = &self.lines[self.at];
        let title = line.text.as_str();
        if self.is_metadata(self.at) {
            self.skip_metadata();
            return Err(Mismatch::new("the title of a paper", shown(title)));
        }
        self.at += 1;
        if is_long(title) {
            let expected = format!("a title of at most {LONGEST_TITLE} characters");
            let found = format!("{} characters beginning with {}", title.chars().count(), snippet(title));
            return Err(Mismatch::new(expected, found));
        }

        let missing = |found| Mismatch::new(format!("an abstract below the title {}", snippet(title)), found);
        let Some(summary) = self.text(self.at) else {
            return Err(missing("the end of the page".to_owned()));
        };
        if self.is_metadata(self.at) {
            self.skip_metadata();
            return Err(missing(shown(summary)));
        }
        if !is_long(summary) && self.text(self.at + 1).is_some_and(is_long) {
            return Err(missing(format!("the next title, {}", snippet(summary))));
        }
        self.at += 1;
        Ok(Paper {
            line: line.number,
            title: title.to_owned(),
            summary: summary.to_owned(),
            authors_count: None,
            organization: None,
            date: None,
            comments: None,
        })
    }

    /// Reads the metadata below an abstract, which may be incomplete. A complaint comes with its line.
    fn metadata(&mut self, paper: &mut Paper) -> Result<(), (usize, Mismatch)> {
        while let Some(text) = self.above_dot() {
            match authors_line(text) {
                Some(count) => paper.authors_count = Some(count),
                None => paper.organization = Some(organization_line(text)),
            }
            self.at += 1;
        }
        if self.text(self.at) != Some(DOT) {
            return Ok(());
        }
        self.at += 1;
        // The capture may end here.
        let Some(text) = self.text(self.at) else {
            return Ok(());
        };
        self.at += 1;
        let (date, comments) = date_line(text).ok_or_else(|| {
            let expected = "a date such as `Mar 18`, `Mar 18 2` or `Mar 18, 2024 2`";
            (self.at - 1, Mismatch::new(expected, snippet(text)))
        })?;
        paper.date = Some(date);
        paper.comments = comments;
        Ok(())
    }

    /// Passes over metadata that does not belong to a paper.
    fn skip_metadata(&mut self) {
        while self.above_dot().is_some() {
            self.at += 1;
        }
        if self.text(self.at) == Some(DOT) {
            self.at += 1;
            self.at += usize::from(self.text(self.at).is_some_and(|text| date_line(text).is_some()));
        }
    }

    /// Whether the metadata of a paper begins on a line.
    fn is_metadata(&self, at: usize) -> bool {
        let Some(text) = self.text(at) else { return false };
        text == DOT || authors_line(text).is_some() || (self.text(at + 1) == Some(DOT) && !is_long(text))
    }

    /// The current line, if it is metadata that stands above the dot.
    fn above_dot(&self) -> Option<&'a str> {
        self.text(self.at).filter(|&text| text != DOT && self.is_metadata(self.at))
    }

    fn text(&self, at: usize) -> Option<&'a str> {
        self.lines.get(at).map(|line| line.text.as_str())
    }

    fn error(&self, at: usize, mismatch: Mismatch) -> ReadError {
        mismatch.at(self.path, self.lines[at].number)
    }

    fn damage_in(&self, range: Range<usize>) -> Option<ReadError> {
        let mut lines = self.lines[range].iter();
        lines.find_map(|line| Some(line.damage.clone()?.at(self.path, line.number)))
    }
}

/// A description of a line that fits behind "found".
fn shown(text: &str) -> String {
    format!("the line {}", snippet(text))
}

fn is_long(text: &str) -> bool {
    text.chars().nth(LONGEST_TITLE).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        let filled = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
        filled.map(|(line, number)| Line::new(number, line)).collect()
    }

    fn parse(text: &str) -> Vec<Result<Paper, String>> {
        let papers = papers(&lines(text), Path::new("page.txt")).1;
        papers.into_iter().map(|paper| paper.map_err(|error| error.to_string())).collect()
    }

    fn long(word: &str) -> String {
        format!("{word} ").repeat(200)
    }

    #[test]
    fn a_title_without_abstract_costs_only_itself() {
        let text = format!("One\n\n{}\n\nTwo\n\nThree, longer\n\n{}\n\nFour", long("a"), long("b"));
        let papers = parse(&text);
        assert_eq!(papers.len(), 4);
        assert_eq!(papers[0].as_ref().unwrap().title, "One");
        assert!(papers[1].as_ref().unwrap_err().contains("line 5: expected an abstract below the title `Two`"));
        assert_eq!(papers[2].as_ref().unwrap().title, "Three, longer");
        assert!(papers[3].as_ref().unwrap_err().contains("found the end of the page"));
    }

    #[test]
    fn metadata_in_the_wrong_place_is_named_and_passed_over() {
        let papers = parse(&format!("• 2 authors\n·\nMar 1\n\nOne\n\n• 3 authors\n·\nMar 2\n\nTwo\n\n{}", long("a")));
        assert!(papers[0].as_ref().unwrap_err().contains("line 1: expected the title of a paper"));
        assert!(papers[1].as_ref().unwrap_err().contains("found the line `• 3 authors`"));
        assert_eq!(papers[2].as_ref().unwrap().title, "Two");
        assert_eq!(papers.len(), 3);
    }

    #[test]
    fn an_abstract_without_title_is_named() {
        let papers = parse(&format!("{}\n\nTwo\n\nshort abstract", long("a")));
        assert!(
            papers[0].as_ref().unwrap_err().contains("a title of at most 300 characters, found 399 characters"),
            "{papers:?}"
        );
        assert_eq!(papers[1].as_ref().unwrap().summary, "short abstract");
    }

    #[test]
    fn a_date_that_is_none_is_named_by_its_own_line() {
        let papers = parse(&format!("One\n\n{}\n\n• 2 authors\n·\nyesterday\n\nTwo\n\n{}", long("a"), long("b")));
        assert!(papers[0].as_ref().unwrap_err().contains("line 7: expected a date such as"));
        assert_eq!(papers[1].as_ref().unwrap().title, "Two");
    }

    #[test]
    fn a_page_may_end_inside_its_last_papers_metadata() {
        for end in ["• 2 authors", "• 2 authors\n·"] {
            let papers = parse(&format!("One\n\n{}\n\n{end}", long("a")));
            assert_eq!(papers.len(), 1);
            assert_eq!(papers[0].as_ref().unwrap().authors_count, Some(2));
        }
    }
}
