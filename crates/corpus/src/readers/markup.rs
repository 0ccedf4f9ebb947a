//! Text without the tags and references of HTML, JATS and MathML that exports leave in titles and abstracts.
//!
//! Only tags of known names are dropped: `a < b` and `<sysname>` are text. What stands between tags stays, so `H<sub>2</sub>O`
//! is `H2O`.

use std::borrow::Cow;

use super::entities::resolve;

/// The longest tag, in bytes.
const LONGEST_TAG: usize = 2048;

/// The longest name of a reference, in bytes.
const LONGEST_NAME: usize = 32;

/// Tags within a line.
const INLINE: [&str; 45] = [
    "a",
    "abbr",
    "b",
    "big",
    "bold",
    "cite",
    "code",
    "del",
    "em",
    "emphasis",
    "ext-link",
    "font",
    "i",
    "inf",
    "inline-formula",
    "ins",
    "it",
    "italic",
    "math",
    "mi",
    "mn",
    "mo",
    "monospace",
    "mrow",
    "mstyle",
    "msub",
    "msubsup",
    "msup",
    "mtext",
    "named-content",
    "overline",
    "roman",
    "sans-serif",
    "sc",
    "scp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "tt",
    "u",
    "underline",
    "xref",
];

/// Tags that divide a text.
const BLOCKS: [&str; 28] = [
    "abstract",
    "blockquote",
    "br",
    "center",
    "dd",
    "disp-formula",
    "div",
    "dl",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "list",
    "list-item",
    "ol",
    "p",
    "pre",
    "sec",
    "table",
    "td",
    "title",
    "tr",
    "ul",
];

/// The text without tags and with its references resolved.
pub(crate) fn without_markup(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((says, length)) = tag(rest).or_else(|| reference(rest)) {
            plain.extend(says);
            rest = &rest[length..];
        } else {
            plain.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The text in a form that [`without_markup`] turns back into it.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    match without_markup(text) {
        Cow::Owned(plain) if plain != text => Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;")),
        _ => Cow::Borrowed(text),
    }
}

/// What a tag at the beginning of a text says, and its length.
fn tag(text: &str) -> Option<(Option<char>, usize)> {
    let inside = text.strip_prefix('<')?;
    let end = inside.bytes().take(LONGEST_TAG).position(|byte| matches!(byte, b'>' | b'<'))?;
    if !inside[end..].starts_with('>') {
        return None;
    }
    if inside.starts_with("!--") && inside[..end].ends_with("--") {
        return Some((None, end + 2));
    }
    let inside = inside[..end].strip_prefix('/').unwrap_or(&inside[..end]);
    let length = inside.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-')).count();
    let (name, behind) = inside.split_at(length);
    if !behind.is_empty() && !behind.starts_with(|c: char| c.is_whitespace() || c == '/') {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let local = name
        .split_once(':')
        .map_or(Some(name.as_str()), |(space, local)| matches!(space, "jats" | "mml" | "m").then_some(local))?;
    let says = match () {
        () if BLOCKS.contains(&local) => Some(' '),
        () if INLINE.contains(&local) || name != local => None,
        () => return None,
    };
    Some((says, end + 2))
}

/// The character of a reference at the beginning of a text, and the length of the reference.
fn reference(text: &str) -> Option<(Option<char>, usize)> {
    let inside = text.strip_prefix('&')?;
    let end = inside.bytes().take(LONGEST_NAME).position(|byte| byte == b';')?;
    Some((Some(resolve(&inside[..end])?), end + 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_go_and_what_they_hold_stays() {
        for (marked, plain) in [
            ("<i>E. coli</i> in H<sub>2</sub>O", "E. coli in H2O"),
            ("<span class=\"nocase\">BERT</span>&nbsp;&amp; R&#38;D", "BERT\u{a0}& R&D"),
            ("<jats:p>The sea <jats:italic>moves</jats:italic>.</jats:p>", " The sea moves. "),
            ("one<br/>two<BR>three</p>", "one two three "),
            ("<mml:math><mml:mi>x</mml:mi></mml:math>", "x"),
            ("a < b and c > d, p<0.05, <sysname>, <i", "a < b and c > d, p<0.05, <sysname>, <i"),
            ("AT&T; R&D &unknown; &", "AT&T; R&D &unknown; &"),
            ("&lt;i&gt; is a tag, &amp;lt; is none", "<i> is a tag, &lt; is none"),
        ] {
            assert_eq!(without_markup(marked), plain, "{marked}");
        }
    }

    proptest! {
        #[test]
        fn escaping_is_undone(pieces in proptest::collection::vec(
            proptest::sample::select(vec!["<", ">", "i", "/", "&", "amp", ";", "p", " ", "lt", "é", "!--", "--"]), 0..20
        )) {
            let text = pieces.concat();
            let written = escaped(&text);
            prop_assert_eq!(without_markup(&written), text.as_str());
        }
    }
}
