//! Several files as one input: each behind a line `=== NAME`.

/// The files, in order.
pub fn split(input: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    const MARK: &[u8] = b"=== ";
    let mut starts: Vec<usize> =
        input.windows(MARK.len()).enumerate().filter(|(_, part)| *part == MARK).map(|(start, _)| start).collect();
    starts.push(input.len());
    let parts: Vec<&[u8]> = starts.windows(2).map(|ends| &input[ends[0] + MARK.len()..ends[1]]).collect();
    parts.into_iter().filter_map(|part| {
        let end = part.iter().position(|byte| *byte == b'\n').unwrap_or(part.len());
        let name = std::str::from_utf8(&part[..end]).ok()?;
        Some((name, part.get(end + 1..).unwrap_or_default()))
    })
}

/// The files as one input.
#[must_use]
pub fn join<'a>(files: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let mut all = Vec::new();
    for (name, content) in files {
        all.extend_from_slice(format!("=== {name}\n").as_bytes());
        all.extend_from_slice(&content);
    }
    all
}
