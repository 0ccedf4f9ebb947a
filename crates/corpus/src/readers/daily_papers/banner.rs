//! Where a capture begins.
//!
//! Every page opens with the same few lines about the site. A capture is recognised by one of them, the tag line; the
//! others may be missing.

use super::lines::Line;

/// The line of the banner by which a capture is recognised, without spaces, which copying does not preserve.
const TAG_LINE: &str = "byAKandtheresearchcommunity";

/// The lines that may stand above it.
const ABOVE_TAG_LINE: [&str; 4] = ["new", "Get trending papers in your email inbox!", "Subscribe", "Daily Papers"];

/// The most lines of the banner that are not blank, its tag line included.
const BANNER_LINES: usize = 10;

/// Whether a text opens with the banner of a capture.
pub(crate) fn has_banner(text: &str) -> bool {
    text.lines().filter(|line| !line.trim().is_empty()).take(BANNER_LINES).any(is_tag_line)
}

fn is_tag_line(line: &str) -> bool {
    line.split_whitespace().flat_map(str::chars).eq(TAG_LINE.chars())
}

/// The captures in a file, each without its banner but with the page's date. A file may hold several, as
/// `cat a.txt b.txt` makes them.
pub(super) fn pages(lines: &[Line]) -> Vec<&[Line]> {
    let tag_lines: Vec<usize> = (0..lines.len()).filter(|&at| is_tag_line(&lines[at].text)).collect();
    let ends = tag_lines.iter().skip(1).map(|&tag_line| banner_start(lines, tag_line)).chain([lines.len()]);
    tag_lines.iter().zip(ends).map(|(&tag_line, end)| &lines[tag_line + 1..end]).collect()
}

fn banner_start(lines: &[Line], tag_line: usize) -> usize {
    let above = lines[..tag_line].iter().rev();
    tag_line - above.take_while(|line| ABOVE_TAG_LINE.contains(&line.text.as_str())).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banner_stands_near_the_top_and_its_spaces_do_not_count() {
        assert!(has_banner("new\n\nSubscribe\n\nby AK and the research community\n"));
        assert!(!has_banner(&format!("{}byAK and the research community", "line\n".repeat(10))));
        assert!(!has_banner("by the research community"));
    }

    #[test]
    fn pages_in_one_file_are_told_apart() {
        let page = "new\nSubscribe\nbyAK and the research community\nMay 3\nOne\nabstract\n";
        let text = page.repeat(2);
        let lines: Vec<Line> = text.lines().zip(1..).map(|(line, number)| Line::new(number, line)).collect();
        let pages = pages(&lines);
        assert_eq!(pages.len(), 2);
        assert!(pages.iter().all(|page| page.len() == 3 && page[0].text == "May 3"));
    }
}
