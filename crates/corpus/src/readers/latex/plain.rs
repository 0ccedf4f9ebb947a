//! A value as people read it.

use std::borrow::Cow;

use super::text::{link_of, text_of};
use crate::readers::joined::fold_white_space;
use crate::readers::markup;

/// A value as plain text. Mathematics stays between its `$`; tags, which Zotero writes as `{\textless}p{\textgreater}`, go.
pub(crate) fn plain(value: &str) -> String {
    let text = if has_no_commands(value) { without_braces(value) } else { Cow::Owned(text_of(value)) };
    fold_white_space(&markup::plain(&text))
}

/// A text that may hold LaTeX or not, such as a title or an abstract of arXiv: with accents as letters, if it has accents in
/// LaTeX, and as it is otherwise.
pub(crate) fn unaccented(text: String) -> String {
    if has_accents(&text) { plain(&text) } else { text }
}

/// Whether a text has accents or letters in LaTeX outside of its mathematics.
fn has_accents(text: &str) -> bool {
    // Commands whose names are signs, and those whose names are letters.
    const SIGNS: &str = "'\"^~=.`";
    const LETTERS: [&str; 22] = [
        "H", "c", "v", "u", "k", "r", "d", "b", "ss", "o", "O", "l", "L", "ae", "AE", "oe", "OE", "aa", "AA", "i", "j",
        "t",
    ];
    let mut is_mathematics = false;
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'\\', b'$', rest.as_bytes()) {
        let behind = &rest[at + 1..];
        if rest.as_bytes()[at] == b'$' {
            is_mathematics = !is_mathematics;
            rest = behind;
            continue;
        }
        let name = &behind[..behind.bytes().take_while(u8::is_ascii_alphabetic).count()];
        let is_accent = match name {
            "" => behind.starts_with(|c| SIGNS.contains(c)),
            name => LETTERS.contains(&name),
        };
        if is_accent && !is_mathematics {
            return true;
        }
        // An escaped sign is no other command, and no mathematics.
        rest = behind.char_indices().nth(1).map_or("", |(next, _)| &behind[next..]);
    }
    false
}

/// The plain text of a link, a DOI or an eprint: their only LaTeX is a backslash before a few characters.
pub(crate) fn verbatim(value: &str) -> String {
    fold_white_space(&link_of(value))
}

/// Whether the value of a field is no LaTeX, so that two hyphens are not a dash: files, ids, links.
pub(crate) fn is_link(name: &str, value: &str) -> bool {
    const NAMES: [&str; 7] = ["file", "pdf", "eprint", "urlraw", "url", "link", "doi"];
    let is_address = value.starts_with("http://") || value.starts_with("https://");
    NAMES.contains(&name) || (is_address && !value.contains(char::is_whitespace))
}

/// Whether braces are all that a value has of LaTeX; alone they only protect the case of letters.
fn has_no_commands(value: &str) -> bool {
    let bytes = value.as_bytes();
    !bytes.iter().enumerate().any(|(at, byte)| match byte {
        b'\\' | b'$' | b'~' | b'`' => true,
        b'-' | b'\'' => bytes.get(at + 1) == Some(byte),
        _ => false,
    })
}

fn without_braces(value: &str) -> Cow<'_, str> {
    match value.contains(['{', '}']) {
        true => Cow::Owned(value.replace(['{', '}'], "")),
        false => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_outside_of_mathematics_become_letters() {
        for (written, read) in [
            ("The Erd\\H{o}s sea moves at \\ 5\\%.", "The Erdős sea moves at 5%."),
            ("A tide $\\alpha$ of Schr\\\"odinger", "A tide $\\alpha$ of Schrödinger"),
            ("Moves by $\\'x$ and \\alpha -- 5\\%", "Moves by $\\'x$ and \\alpha -- 5\\%"),
            ("It costs \\$5 in \\O", "It costs $5 in Ø"),
            ("\\é", "\\é"),
        ] {
            assert_eq!(unaccented(written.to_owned()), read);
        }
    }
}
