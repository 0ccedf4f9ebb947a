//! Text without the tags and entities of HTML and JATS: `On <i>Zostera</i> &amp; H<sub>2</sub>O` is `On Zostera & H2O`.
//!
//! Titles and abstracts hold such markup wherever they were once part of a web page or of a publisher's XML: Crossref,
//! reference managers, spreadsheets. What looks like a tag and is none stays: `a < b`, `p<0.05`, `<EOS>`.
//!
//! | markup                                                           | becomes                              |
//! |------------------------------------------------------------------|--------------------------------------|
//! | a tag inside a line (`<i>`, `<sub>`, `<jats:italic>`, `<mml:mi>`) | nothing                              |
//! | a tag that ends a line or a paragraph (`<p>`, `<br>`, `<li>`)     | a space                              |
//! | a heading (`<jats:title>Methods</jats:title>`, `<h4>`)            | `Methods:`; nothing if it only says `Abstract` |
//! | a comment, a script, the TeX beside a formula                    | nothing                              |
//! | `&eacute;`, `&#233;`                                             | `é`; a name that is not known stays  |
//!
//! A tag has one of the known names, and its attributes have values. Names that are also words or signs of other things
//! (`<b>`, `<title>`) are tags only if the text holds one that opens and one that closes.
//!
//! White space is not folded.

use std::borrow::Cow;

use super::entities::resolve;

/// How often text is looked at: a list that was escaped twice (`&amp;lt;p&amp;gt;`) is read in three turns.
const MOST_TURNS: usize = 3;

/// The longest tag, in bytes.
const LONGEST_TAG: usize = 4096;

/// The longest name of a character, with `&` and `;`.
const LONGEST_ENTITY: usize = 12;

/// Tags inside a line, which nothing else is called.
const INLINE: [&str; 35] = [
    "sub",
    "sup",
    "inf",
    "span",
    "em",
    "strong",
    "italic",
    "bold",
    "sc",
    "math",
    "mi",
    "mo",
    "mn",
    "mrow",
    "msub",
    "msup",
    "msubsup",
    "mfrac",
    "msqrt",
    "mtext",
    "mstyle",
    "mspace",
    "mover",
    "munder",
    "munderover",
    "mfenced",
    "mtable",
    "mtr",
    "mtd",
    "semantics",
    "inline-formula",
    "named-content",
    "ext-link",
    "scp",
    "nobr",
];

/// Tags that end a line or a paragraph.
const BLOCKS: [&str; 9] = ["p", "br", "hr", "div", "li", "ul", "ol", "sec", "disp-formula"];

/// Tags inside a line whose names may be something else.
const PAIRED_INLINE: [&str; 19] = [
    "a",
    "b",
    "i",
    "u",
    "q",
    "tt",
    "font",
    "small",
    "big",
    "code",
    "cite",
    "abbr",
    "underline",
    "monospace",
    "xref",
    "alternatives",
    "strike",
    "roman",
    "styled-content",
];

/// Tags that end a line and whose names may be something else.
const PAIRED_BLOCKS: [&str; 16] = [
    "blockquote",
    "center",
    "pre",
    "table",
    "thead",
    "tbody",
    "tr",
    "td",
    "th",
    "list",
    "list-item",
    "label",
    "caption",
    "abstract",
    "dl",
    "dd",
];

/// Tags of headings.
const HEADINGS: [&str; 7] = ["title", "h1", "h2", "h3", "h4", "h5", "h6"];

/// Tags whose content is no text.
const HIDDEN: [&str; 4] = ["script", "style", "annotation", "annotation-xml"];

/// Prefixes of names, which nothing but XML has.
const PREFIXES: [&str; 3] = ["jats:", "mml:", "m:"];

/// Text without markup.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    for _ in 0..MOST_TURNS {
        match once(&plain) {
            Some(read) => plain = Cow::Owned(read),
            None => break,
        }
    }
    plain
}

/// Takes one layer of markup off; `None` if there is none.
fn once(text: &str) -> Option<String> {
    if !text.bytes().any(|byte| byte == b'<' || byte == b'&') {
        return None;
    }
    let tags = tags_of(text);
    let mut read = String::with_capacity(text.len());
    let mut at = 0;
    let mut heading = None;
    let mut changed = false;
    let mut tags = tags.into_iter();
    while let Some(tag) = tags.next() {
        unescape(&text[at..tag.start], &mut read);
        changed = true;
        at = tag.end;
        match tag.kind {
            Kind::Inline => {}
            Kind::Block => read.push(' '),
            Kind::Heading if tag.opens => {
                read.push(' ');
                heading = Some(read.len());
            }
            Kind::Heading => end_heading(&mut read, heading.take()),
            Kind::Hidden if tag.opens => {
                // What is hidden ends at the tag of that name which closes it, or is not hidden.
                let name = tag.name;
                let rest = tags.clone().position(|later| later.name == name && !later.opens);
                if let Some(place) = rest {
                    at = tags.nth(place).map_or(at, |end| end.end);
                }
            }
            Kind::Hidden => {}
        }
    }
    changed |= unescape(&text[at..], &mut read);
    changed.then_some(read)
}

/// Ends the heading that began at a place of the text that was read.
fn end_heading(read: &mut String, start: Option<usize>) {
    if let Some(start) = start {
        let heading = read[start..].trim();
        let bare = heading.trim_end_matches(['.', ':']);
        if read[..start].trim().is_empty() && ["abstract", "summary"].iter().any(|word| word.eq_ignore_ascii_case(bare))
        {
            read.truncate(start);
        } else if heading.ends_with(char::is_alphanumeric) {
            read.truncate(read.trim_end().len());
            read.push(':');
        }
    }
    read.push(' ');
}

/// Adds a text with the characters that its entities stand for. Returns whether there were any.
fn unescape(text: &str, read: &mut String) -> bool {
    let mut rest = text;
    let mut changed = false;
    while let Some(at) = rest.find('&') {
        read.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';');
        match end.and_then(|end| Some((resolve(&rest[1..end])?, end))) {
            Some((character, end)) => {
                read.push(character);
                rest = &rest[end + 1..];
                changed = true;
            }
            None => {
                read.push('&');
                rest = &rest[1..];
            }
        }
    }
    read.push_str(rest);
    changed
}

/// What a tag does to the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Inline,
    Block,
    Heading,
    Hidden,
}

/// A tag, or a comment as one that does nothing.
#[derive(Debug, Clone)]
struct Tag<'a> {
    start: usize,
    end: usize,
    name: &'a str,
    kind: Kind,
    opens: bool,
    /// Whether it is a tag only beside its counterpart.
    is_paired: bool,
}

/// The tags of a text, in order.
fn tags_of(text: &str) -> Vec<Tag<'_>> {
    let mut tags: Vec<Tag<'_>> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        at += found;
        match tag(text, at) {
            Some(tag) => {
                at = tag.end;
                tags.push(tag);
            }
            None => at += 1,
        }
    }
    let has_tex_beside = tags.iter().any(|tag| tag.name == "math");
    for tag in &mut tags {
        if tag.name == "tex-math" && has_tex_beside {
            tag.kind = Kind::Hidden;
        }
    }
    let mut halves: Vec<(&str, bool)> = tags.iter().map(|tag| (tag.name, tag.opens)).collect();
    halves.sort_unstable();
    halves.dedup();
    tags.retain(|tag| !tag.is_paired || halves.binary_search(&(tag.name, !tag.opens)).is_ok());
    tags
}

/// The tag that begins at a place.
fn tag(text: &str, start: usize) -> Option<Tag<'_>> {
    let inside = &text[start + 1..];
    if let Some(comment) = inside.strip_prefix("!--") {
        let end = start + 4 + comment.find("-->")? + 3;
        return Some(Tag { start, end, name: "!", kind: Kind::Inline, opens: true, is_paired: false });
    }
    let (name, opens) = match inside.strip_prefix('/') {
        Some(name) => (name, false),
        None => (inside, true),
    };
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ':';
    let written = &name[..name.find(|c| !is_of_name(c)).unwrap_or(name.len())];
    let prefix = PREFIXES.iter().find(|prefix| written.starts_with(**prefix));
    let bare = &written[prefix.map_or(0, |prefix| prefix.len())..];
    let (name, kind, is_paired) = known(bare, prefix.is_some())?;
    let behind = start + 1 + usize::from(!opens) + written.len();
    let (end, has_attributes) = end_of_tag(text, behind)?;
    Some(Tag { start, end, name, kind, opens, is_paired: is_paired && prefix.is_none() && !has_attributes })
}

/// A known name, what its tag does, and whether the name may be that of something else.
fn known(name: &str, has_prefix: bool) -> Option<(&'static str, Kind, bool)> {
    let of = |names: &[&'static str]| names.iter().find(|known| known.eq_ignore_ascii_case(name)).copied();
    let found = [
        (&INLINE[..], Kind::Inline, false),
        (&BLOCKS, Kind::Block, false),
        (&PAIRED_INLINE, Kind::Inline, true),
        (&PAIRED_BLOCKS, Kind::Block, true),
        (&HEADINGS, Kind::Heading, true),
        (&HIDDEN, Kind::Hidden, true),
        (&["tex-math"], Kind::Inline, false),
    ];
    let named = found.into_iter().find_map(|(names, kind, is_paired)| Some((of(names)?, kind, is_paired)));
    // Whatever has such a prefix is a tag.
    named.or_else(|| (has_prefix && !name.is_empty()).then_some(("", Kind::Inline, false)))
}

/// The end of a tag whose name ends at a place, and whether it has attributes. `None` if it does not end as a tag.
fn end_of_tag(text: &str, behind: usize) -> Option<(usize, bool)> {
    let bytes = &text.as_bytes()[behind..];
    let bytes = &bytes[..bytes.len().min(LONGEST_TAG)];
    let skip = |mut at: usize, is: fn(u8) -> bool| {
        while bytes.get(at).is_some_and(|&byte| is(byte)) {
            at += 1;
        }
        at
    };
    let (mut at, mut has_attributes) = (0, false);
    loop {
        let name = skip(at, |byte| byte.is_ascii_whitespace());
        match bytes.get(name)? {
            b'>' => return Some((behind + name + 1, has_attributes)),
            b'/' => at = name + 1,
            _ if name == at => return None,
            _ => {
                let end = skip(name, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':' | b'_' | b'.'));
                let equals = skip(end, |byte| byte.is_ascii_whitespace());
                if end == name || bytes.get(equals) != Some(&b'=') {
                    return None;
                }
                let value = skip(equals + 1, |byte| byte.is_ascii_whitespace());
                at = match bytes.get(value)? {
                    &quote @ (b'"' | b'\'') => value + 2 + bytes[value + 1..].iter().position(|&byte| byte == quote)?,
                    _ => skip(value, |byte| !byte.is_ascii_whitespace() && byte != b'>' && byte != b'<'),
                };
                has_attributes = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::readers::joined::fold_white_space;

    fn read(text: &str) -> String {
        fold_white_space(&plain(text))
    }

    #[test]
    fn tags_of_html_and_jats_are_dropped_and_their_text_stays() {
        for (written, seen) in [
            ("On <i>Zostera</i> &amp; tides: H<sub>2</sub>O", "On Zostera & tides: H2O"),
            ("<p>The sea moves.</p><p>Twice &lt;daily&gt;.</p>", "The sea moves. Twice <daily>."),
            ("10<sup>-3</sup> m<br/>deep<BR>sea", "10-3 m deep sea"),
            ("The <span class=\"nocase\">TIDES</span> of <I>E. coli</I>", "The TIDES of E. coli"),
            ("<jats:p>The sea <jats:italic toggle=\"yes\">moves</jats:italic>.</jats:p>", "The sea moves."),
            ("see <a href='https://sea.example/?a=1&amp;b=2' target=_blank>the page</a>", "see the page"),
            ("a<!-- <p> a remark -->b", "ab"),
            ("<style>p { x }</style>On Tides", "On Tides"),
            ("CO<inf>2</inf> and <formula formulatype=\"inline\">", "CO2 and <formula formulatype=\"inline\">"),
        ] {
            assert_eq!(read(written), seen, "{written}");
        }
    }

    #[test]
    fn headings_stand_in_front_of_their_parts() {
        let jats = "<jats:title>Abstract</jats:title><jats:sec><jats:title>Aims</jats:title><jats:p>To see.</jats:p>\
                    </jats:sec><jats:sec><jats:title>Results:</jats:title><jats:p>So.</jats:p></jats:sec>";
        assert_eq!(read(jats), "Aims: To see. Results: So.");
        assert_eq!(
            read("<h4>Background</h4>The sea.<h4>Methods </h4>We look."),
            "Background: The sea. Methods: We look."
        );
        assert_eq!(read("<title>Abstract</title><p>The sea.</p>"), "The sea.");
    }

    #[test]
    fn formulas_keep_their_letters_once() {
        let formula = "<jats:inline-formula><jats:alternatives><jats:tex-math>$$x_1$$</jats:tex-math>\
                       <mml:math xmlns:mml=\"http://x\"><mml:msub><mml:mi>x</mml:mi><mml:mn>1</mml:mn></mml:msub></mml:math>\
                       </jats:alternatives></jats:inline-formula>";
        assert_eq!(read(&format!("Where {formula} is.")), "Where x1 is.");
        assert_eq!(read("<inline-formula><tex-math notation=\"LaTeX\">$x$</tex-math></inline-formula>"), "$x$");
        assert_eq!(read("<math><mi>y</mi><annotation encoding='x'>y^2</annotation></math>"), "y");
    }

    #[test]
    fn what_is_no_tag_stays() {
        for text in [
            "a < b and c > d",
            "p<0.05, n>3",
            "the token <EOS> or <unk>, <s> and </s>",
            "<b and c>",
            "for <i> and <j>",
            "the tag <title> and the tag <b>",
            "x<y>z",
            "<https://sea.example>",
            "AT&T & R&D; &unknown; &",
            "1 <p",
            "<",
            "</",
            "<p class=\"never closed",
            "a <= b <p< c",
        ] {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn text_escaped_more_than_once_is_read() {
        assert_eq!(
            read("&lt;p&gt;On &lt;i&gt;Zostera&lt;/i&gt; &amp;amp; S&amp;#248;ren&lt;/p&gt;"),
            "On Zostera & Søren"
        );
        assert_eq!(read("a &amp;lt; b"), "a < b");
    }

    #[test]
    fn text_without_markup_is_not_copied() {
        assert!(matches!(plain("On Tides"), Cow::Borrowed(_)));
        assert!(matches!(plain("a < b & c"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([<>/&;='\" a-c!-]|<p|<i>|</i>|&lt;|<title>|<style>|</style>|é){0,40}") {
            let _ = plain(&text);
        }
    }
}
