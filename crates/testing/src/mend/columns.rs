//! The file of columns (COLUMNS.md): a head with a line a column, and the columns.

use super::numbers::{place_at, put_u32, span};

/// Columns of a file.
pub const COLUMNS: usize = 9;
/// Where the lines of the columns begin in the head.
pub const LINES: usize = 24;
/// Bytes of such a line: the length of the column and its checksum.
pub const LINE: usize = 12;
/// Bytes of the head, without its checksum.
pub const HEAD: usize = LINES + LINE * COLUMNS;

/// Makes all checksums fit, as far as the lengths make sense.
pub fn mend(bytes: &mut [u8]) {
    let mut start = HEAD + 4;
    for line in (LINES..HEAD).step_by(LINE) {
        let Some(len) = place_at(bytes, line) else { return };
        let Some(column) = span(bytes, start, len) else { break };
        let check = crc32c::crc32c(column);
        put_u32(bytes, line + 8, check);
        start += len;
    }
    if let Some(head) = span(bytes, 0, HEAD) {
        let check = crc32c::crc32c(head);
        put_u32(bytes, HEAD, check);
    }
}

pub(super) fn edges(bytes: &[u8]) -> Vec<usize> {
    let mut end = HEAD + 4;
    let ends = (LINES..HEAD).step_by(LINE).map(|line| {
        end += place_at(bytes, line).unwrap_or(0).min(bytes.len());
        end
    });
    [LINES, HEAD, HEAD + 4].into_iter().chain(ends).collect()
}
