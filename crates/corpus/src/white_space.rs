//! White space, folded.

/// Turns every run of white space into one space and drops it at both ends.
pub(crate) fn fold_white_space(text: &str) -> String {
    match text.is_ascii() {
        true => folded(text.to_owned()),
        false => fold_words(text),
    }
}

/// [`fold_white_space`] of a text that nobody else needs, in its own memory if it is ASCII.
pub(crate) fn folded(text: String) -> String {
    if is_folded(text.as_bytes()) {
        return text;
    }
    match text.is_ascii() {
        true => fold_ascii(text.into_bytes()),
        false => fold_words(&text),
    }
}

fn fold_words(text: &str) -> String {
    if is_folded(text.as_bytes()) {
        return text.to_owned();
    }
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// Whether a text surely has nothing to fold. Most texts have not, and many bytes are compared at once, without an exit inside
/// a block.
fn is_folded(text: &[u8]) -> bool {
    // What may begin a control character or, in UTF-8, white space that is not ASCII.
    let is_doubtful = |byte: u8| byte < b' ' || matches!(byte, 0xc2 | 0xe1..=0xe3);
    let has_doubtful = |block: &[u8]| block.iter().fold(false, |found, &byte| found | is_doubtful(byte));
    let are_spaces = |first: u8, second: u8| (first == b' ') & (second == b' ');
    let has_two_spaces = |block: &[u8]| {
        let pairs = block.iter().zip(block.get(1..).unwrap_or_default());
        pairs.fold(false, |found, (&first, &second)| found | are_spaces(first, second))
    };
    let at_an_end = text.first() == Some(&b' ') || text.last() == Some(&b' ');
    // Blocks overlap by a byte, so that every pair lies in one.
    let blocks = || (0..text.len()).step_by(255).map(|from| &text[from..text.len().min(from + 256)]);
    !at_an_end && !blocks().any(|block| has_doubtful(block) || has_two_spaces(block))
}

/// [`fold_white_space`] for ASCII, without a branch for each byte: splitting at characters took a third of the time of
/// reading a file of abstracts.
fn fold_ascii(mut text: Vec<u8>) -> String {
    let (mut length, mut behind_space) = (0, true);
    for at in 0..text.len() {
        let byte = text[at];
        let is_space = byte == b' ' || (b'\t'..=b'\r').contains(&byte);
        text[length] = if is_space { b' ' } else { byte };
        length += usize::from(!(is_space && behind_space));
        behind_space = is_space;
    }
    text.truncate(length - usize::from(behind_space && length > 0));
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn white_space_of_every_kind_is_folded() {
        assert_eq!(fold_white_space(" a\t\n b\u{b}c\r\n"), "a b c");
        assert_eq!(fold_white_space("\u{a0}é \u{2003}\u{b}b\u{3000}"), "é b");
        assert_eq!(fold_white_space(" \n"), "");
    }

    proptest! {
        #[test]
        fn folding_is_splitting_and_joining(text in "[ a-c\t-\r\u{1c}é\u{a0}]{0,20}", before in 0usize..600) {
            let text = format!("{}{text}", "x".repeat(before));
            let expected = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(fold_white_space(&text), expected);
        }
    }
}
