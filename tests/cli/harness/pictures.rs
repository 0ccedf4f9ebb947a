//! Looking into pictures.

/// Width and height of a PNG file, as its header says.
#[track_caller]
pub(crate) fn png_size(file: &[u8]) -> (u32, u32) {
    assert!(file.starts_with(b"\x89PNG\r\n\x1a\n") && file[12..16] == *b"IHDR", "{:?}", &file[..16.min(file.len())]);
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().expect("four bytes"));
    (number(16), number(20))
}

/// Walks the tags of an SVG file, expecting each to be closed in its turn, and gives the texts between them.
///
/// Far from all of XML, and enough for a file that a drawing library wrote: no comments, no `>` inside an attribute.
pub(crate) fn words_of_svg(svg: &str) -> Vec<String> {
    let mut open = Vec::new();
    let mut words = Vec::new();
    let mut rest = svg.trim();
    assert!(rest.starts_with("<svg") || rest.starts_with("<?xml"), "{rest:.80}");
    while let Some(at) = rest.find('<') {
        words.push(rest[..at].trim().to_owned());
        let end = at + rest[at..].find('>').expect("a tag ends");
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.trim()), "closed out of turn");
        } else if !tag.ends_with('/') && !tag.starts_with('?') && !tag.starts_with('!') {
            assert_eq!(tag.matches('"').count() % 2, 0, "quotes come in pairs: {tag}");
            open.push(tag.split_whitespace().next().expect("a tag has a name"));
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "left open: {open:?} {rest}");
    words
}
