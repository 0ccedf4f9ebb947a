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
