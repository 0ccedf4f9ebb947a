//! The file of documents (DOC_STORE.md): blocks, four tables, and checksums of all of them.

use super::numbers::{place_at, put_u32, span, u32_at};
use super::page::{self, PAGE};

/// Where the table of sections begins in the first page.
const TABLE: usize = 256;
/// Bytes of a line of that table.
const LINE: usize = 24;
/// Bytes of a table that share a checksum.
const CHUNK: usize = 4096;
/// Bytes of an entry of the table of blocks.
const ENTRY: usize = 20;

/// Where section `number`, counted from 1, begins, and how many bytes it has.
fn section(bytes: &[u8], number: usize) -> Option<(usize, usize)> {
    let at = TABLE + LINE * (number - 1);
    Some((place_at(bytes, at + 8)?, place_at(bytes, at + 16)?))
}

/// Makes all checksums fit, as far as the tables make sense.
pub fn mend(bytes: &mut [u8]) {
    if let (Some((blocks, _)), Some((table, len))) = (section(bytes, 1), section(bytes, 2)) {
        for at in (0..len / ENTRY).map_while(|number| table.checked_add(ENTRY * number)) {
            if at >= bytes.len() {
                break;
            }
            let packed = || {
                let start = blocks.checked_add(place_at(bytes, at)?)?;
                span(bytes, start, u32_at(bytes, at + 8)? as usize).map(crc32c::crc32c)
            };
            if let Some(check) = packed() {
                put_u32(bytes, at + 16, check);
            }
        }
    }
    let tables = (2..=5).filter_map(|number| section(bytes, number));
    let checks: Vec<u8> = tables
        .filter_map(|(start, len)| span(bytes, start, len))
        .flat_map(|table| table.chunks(CHUNK).flat_map(|chunk| crc32c::crc32c(chunk).to_le_bytes()))
        .collect();
    if let Some((start, _)) = section(bytes, 6)
        && let Some(end) = start.checked_add(checks.len())
        && let Some(place) = bytes.get_mut(start..end)
    {
        place.copy_from_slice(&checks);
        let check = crc32c::crc32c(&checks);
        put_u32(bytes, 28, check);
    }
    page::mend(bytes);
}

pub(super) fn edges(bytes: &[u8]) -> Vec<usize> {
    let ends = (1..=6).filter_map(|number| section(bytes, number)).map(|(start, len)| start.saturating_add(len));
    [PAGE].into_iter().chain(ends).collect()
}
