//! Values that are lists, divided outside of braces.

use super::plain::plain;

/// The keywords of a value, which commas or semicolons divide; braces hold together what has some.
pub(crate) fn keywords(value: &str) -> Vec<String> {
    let value = value.trim();
    let bare = only_group(value).unwrap_or(value);
    let divided = split(bare, |value, at| (value.as_bytes()[at] == b',').then_some(1));
    let mut parts: Vec<&str> = divided.into_iter().flat_map(|part| split(part, is_end_of_item)).collect();
    if let [one] = parts[..] {
        parts = split(one, |value, at| (value.as_bytes()[at] == b'|').then_some(1));
    }
    parts.into_iter().map(plain).filter(|keyword| !keyword.is_empty()).collect()
}

/// Splits a value outside of braces where `length` says how long the separator is that stands there.
pub(super) fn split(value: &str, length: impl Fn(&str, usize) -> Option<usize>) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut at) = (Vec::new(), 0, 0_usize, 0);
    let bytes = value.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            // What a backslash stands in front of is no brace and no comma.
            b'\\' => at += 1,
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            byte if depth == 0 && byte.is_ascii() => {
                if let Some(length) = length(value, at) {
                    parts.push(&value[from..at]);
                    from = at + length;
                    at = from;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(value.get(from..).unwrap_or_default());
    parts
}

/// A semicolon that is not the end of a reference such as `&eacute;`.
pub(super) fn is_end_of_item(value: &str, at: usize) -> Option<usize> {
    let bytes = value.as_bytes();
    if bytes[at] != b';' {
        return None;
    }
    let word = bytes[..at].iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    let is_reference = word > 0 && word < at && bytes[at - word - 1] == b'&';
    (!is_reference).then_some(1)
}

/// What stands in braces, if that is all.
fn only_group(value: &str) -> Option<&str> {
    let mut depth = 0_usize;
    let mut is_escaped = false;
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if is_escaped => {}
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        is_escaped = byte == b'\\' && !is_escaped;
        if depth == 0 {
            return (at + 1 == value.len() && value.starts_with('{')).then(|| &value[1..at]);
        }
    }
    None
}
