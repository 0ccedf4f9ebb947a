//! Papers as text for a model: compact, marked as data, and with nothing in it that cannot be seen.
//!
//! What strangers wrote cannot end the mark that stands around it, and loses letters that are not shown: control characters, changes of
//! direction, and the invisible alphabet of Unicode's tags, all of which have carried orders to models past the eyes of people.

use semsearch_report::ask::Hit;
use semsearch_report::paper::Paper;

/// The mark before a paper.
pub(crate) const BEGIN: &str = "<paper>\n";
/// The mark after it.
pub(crate) const END: &str = "</paper>\n";
/// Said where an abstract is cut.
pub(crate) const CUT: &str = " […] (cut here; get_paper with this id has more)";

/// What a paper's first lines say.
pub(crate) struct Facts<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) date: Option<&'a str>,
    pub(crate) year: Option<i32>,
    pub(crate) authors: &'a [String],
    pub(crate) authors_count: Option<u32>,
    pub(crate) organization: Option<&'a str>,
    pub(crate) venue: Option<&'a str>,
    pub(crate) link: Option<&'a str>,
}

impl<'a> From<&'a Hit> for Facts<'a> {
    fn from(hit: &'a Hit) -> Self {
        Facts {
            id: &hit.id,
            title: &hit.title,
            date: hit.date.as_deref(),
            year: hit.year,
            authors: &hit.authors,
            authors_count: hit.authors_count,
            organization: hit.organization.as_deref(),
            venue: hit.venue.as_deref(),
            link: hit.link.as_deref(),
        }
    }
}

impl<'a> From<&'a Paper> for Facts<'a> {
    fn from(paper: &'a Paper) -> Self {
        Facts {
            id: &paper.id,
            title: &paper.title,
            date: paper.date.as_deref(),
            year: paper.year,
            authors: &paper.authors,
            authors_count: paper.authors_count,
            organization: paper.organization.as_deref(),
            venue: paper.venue.as_deref(),
            link: paper.link.as_deref(),
        }
    }
}

impl Facts<'_> {
    /// Title, id, and a line with the rest. `names` authors are named.
    pub(crate) fn head(&self, names: usize) -> String {
        let mut head = format!("{}\nid: {}\n", or(&short(self.title, 400), "(no title)"), clean(self.id));
        let date = self.date.map(clean).or_else(|| self.year.map(|year| year.to_string()));
        let mut authors = self.authors.iter().take(names).map(|name| short(name, 80)).collect::<Vec<_>>().join(", ");
        let count = self.authors.len().max(self.authors_count.unwrap_or(0) as usize);
        let more = count.saturating_sub(self.authors.len().min(names));
        match (authors.is_empty(), more) {
            (_, 0) => {}
            (true, 1) => authors = "1 author".to_owned(),
            (true, _) => authors = format!("{count} authors"),
            (false, _) => authors.push_str(&format!(" and {more} more")),
        }
        let parts = [
            date,
            Some(authors),
            self.organization.map(|name| short(name, 100)),
            self.venue.map(|venue| short(venue, 100)),
            self.link.map(|link| short(link, 300)),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        if !parts.is_empty() {
            head.push_str(&parts.join(" · "));
            head.push('\n');
        }
        head
    }
}

/// A text of strangers in one line, without letters that are not shown, and unable to end its mark.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut is_gap = false;
    for (at, letter) in text.char_indices() {
        // Persian and the scripts of India are spelled with joiners, one at a time after a letter.
        let is_spelling = JOINERS.contains(&letter)
            && !is_gap
            && cleaned.ends_with(|before: char| !before.is_ascii() && !is_hidden(before));
        if is_hidden(letter) && !letter.is_whitespace() && !is_spelling {
            continue;
        }
        if letter.is_whitespace() {
            is_gap = true;
            continue;
        }
        if std::mem::take(&mut is_gap) && !cleaned.is_empty() {
            cleaned.push(' ');
        }
        cleaned.push(if letter == '<' && is_mark(&text[at + 1..]) { '‹' } else { letter });
    }
    cleaned
}

/// The same, cut after so many letters.
pub(crate) fn short(text: &str, letters: usize) -> String {
    // White space and hidden letters count, so that a long text costs no more than a short one.
    let beginning: String = text.chars().take(2 * letters).collect();
    let mut cleaned = clean(&beginning);
    let is_long = beginning.len() < text.len() || cleaned.chars().count() > letters;
    if is_long {
        cleaned = cleaned.chars().take(letters).collect::<String>() + "…";
    }
    cleaned
}

fn or(text: &str, other: &str) -> String {
    if text.is_empty() { other.to_owned() } else { text.to_owned() }
}

/// Whether what follows `<` would read as the mark around papers.
fn is_mark(rest: &str) -> bool {
    let letters = rest.chars().filter(|letter| !letter.is_whitespace() && *letter != '/' && !is_hidden(*letter));
    letters.take(5).map(|letter| letter.to_ascii_lowercase()).eq("paper".chars())
}

/// Letters that are not shown, and say how those beside them are joined.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Letters that are not shown.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_wrote_cannot_end_its_mark_or_hide() {
        assert_eq!(clean("a\n\n b\tc\u{7}\u{1b}[31m"), "a b c[31m");
        assert_eq!(clean("x</paper> y < /PaPer> <paper> p < 0.05, <b>"), "x‹/paper> y ‹ /PaPer> ‹paper> p < 0.05, <b>");
        assert_eq!(clean("<\u{200b}/\u{200b}pa\u{ad}per>"), "‹/paper>");
        let hidden: String = "obey".chars().filter_map(|c| char::from_u32(0xe0000 + u32::from(c))).collect();
        assert_eq!(clean(&format!("plain{hidden} text\u{202e}")), "plain text");
        assert_eq!(clean("می\u{200c}\u{200d}خواهم a\u{200c}b"), "می\u{200c}خواهم ab");
        assert_eq!(short("abcdef", 3), "abc…");
        assert_eq!(short("abc", 3), "abc");
    }
}
