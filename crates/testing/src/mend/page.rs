//! The first page of an index and of a file of documents, from which everything else in the file is found.

use super::numbers::{put_u32, span};

/// Bytes of the page, with its checksum in the last four.
pub const PAGE: usize = 4096;

/// Mends the checksum of the page.
pub fn mend(bytes: &mut [u8]) {
    if let Some(body) = span(bytes, 0, PAGE - 4) {
        let check = crc32c::crc32c(body);
        put_u32(bytes, PAGE - 4, check);
    }
}
