//! The first page of an index file: what the file is, its [`Header`], the [`Table`] of its sections, and a checksum.

use super::fields::{FieldFault, Fields, Reading, Writing};
use super::header::Header;
use super::table::{LINE, Line, PAGE, TABLE, Table, check_table};

/// The magic at the beginning of a file. It ends in a newline, so that a transfer that rewrites line ends breaks it.
const MAGIC: [u8; 8] = *b"SEMSIDX\n";
/// The version this code writes, and the only one it reads.
pub(crate) const VERSION: u32 = 2;
/// Byte-order mark: reads differently with the wrong endianness.
const ORDER_MARK: u32 = 0x0a0b_0c0d;
/// Where the page's own checksum is.
const CHECK: usize = PAGE - 4;

/// Whether this machine has numbers as the file has them: little-endian, and with a `usize` of eight bytes, which is
/// what the length of a file takes.
pub(crate) const MACHINE_FITS: bool = cfg!(all(target_endian = "little", target_pointer_width = "64"));

/// Why a page is not the first page of an index.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PageFault {
    /// The file is something else.
    Magic,
    /// The file was written with the other byte order.
    ByteOrder,
    /// The file has this version.
    Version(u32),
    /// The checksum does not match the page.
    Checksum { expected: u32, found: u32 },
    /// The checksum holds, and a field has a value that no valid index has.
    Field(FieldFault),
}

impl From<FieldFault> for PageFault {
    fn from(fault: FieldFault) -> Self {
        PageFault::Field(fault)
    }
}

/// The page of an index with this header and table, and with this checksum of the roots.
pub(crate) fn encode(header: &Header, table: &Table, roots_check: u32) -> [u8; PAGE] {
    let mut page = [0; PAGE];
    page[..8].copy_from_slice(&MAGIC);
    let mut out = Writing { page: &mut page, at: 8 };
    let (mut version, mut mark) = (VERSION, ORDER_MARK);
    let (mut file_len, mut lines, mut roots_check) = (table.file_len, table.lines.len() as u32, roots_check);
    out.number(&mut version);
    out.number(&mut mark);
    out.number(&mut file_len);
    out.number(&mut lines);
    out.number(&mut roots_check);
    header.clone().each(&mut out);
    out.at = TABLE;
    table.lines.iter().for_each(|line| line.clone().each(&mut out));
    let check = crc32c::crc32c(&page[..CHECK]);
    page[CHECK..].copy_from_slice(&check.to_le_bytes());
    page
}

/// Reads a page, and checks that its fields fit together.
///
/// Byte order is looked at before the version, since a version in the wrong order would be a strange number, and the
/// version before the checksum, which another version may have elsewhere.
pub(crate) fn decode(page: &[u8; PAGE]) -> Result<(Header, Table, u32), PageFault> {
    let field = |offset, problem| PageFault::Field(FieldFault { offset, problem });
    if page[..8] != MAGIC {
        return Err(PageFault::Magic);
    }
    let mut fields = Reading { page, at: 8, fault: None };
    let (version, mark) = (fields.next::<u32>(), fields.next::<u32>());
    match mark {
        ORDER_MARK => {}
        mark if mark == ORDER_MARK.swap_bytes() => return Err(PageFault::ByteOrder),
        _ => return Err(field(12, "not a byte-order mark")),
    }
    if version != VERSION {
        return Err(PageFault::Version(version));
    }
    let (body, check) = page.split_last_chunk().expect("a page is longer than its checksum");
    let (expected, found) = (u32::from_le_bytes(*check), crc32c::crc32c(body));
    if expected != found {
        return Err(PageFault::Checksum { expected, found });
    }

    let (file_len, lines, roots_check) = (fields.next::<u64>(), fields.next::<u32>() as usize, fields.next::<u32>());
    let mut header = Header::default();
    header.each(&mut fields);
    if let Some(fault) = fields.fault {
        return Err(fault.into());
    }
    if page[fields.at..TABLE].iter().any(|byte| *byte != 0) {
        return Err(field(fields.at, "reserved bytes are not zero"));
    }
    header.check()?;
    let end = lines.checked_mul(LINE).map(|len| TABLE + len).filter(|end| *end <= CHECK);
    let end = end.ok_or(field(24, "more sections than the page has room for"))?;
    if page[end..CHECK].iter().any(|byte| *byte != 0) {
        return Err(field(end, "bytes behind the table are not zero"));
    }
    fields.at = TABLE;
    let found = Table { lines: (0..lines).map(|_| Line::read(&mut fields)).collect(), file_len };
    check_table(&header, &found)?;
    Ok((header, found, roots_check))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::header::{BeamCost, Element};
    use crate::limits::{MAX_BLOCK, MAX_DIM, MAX_ENTRIES, MAX_FINGERPRINT, MAX_LEVELS, MAX_LINKS, MAX_ROWS};

    fn header() -> Header {
        Header {
            rows: 1000,
            dim: 384,
            element: Element::F16,
            build_seconds: 1.5,
            seed: 7,
            code_bits: 4,
            stride: 192,
            degree: 32,
            upper_degree: 16,
            m: 16,
            ef_construction: 64,
            alpha: 1.25,
            largest_residual: 0.5,
            levels: 2,
            code_norm: 80.0,
            mean_residual: 0.25,
            neighbour_recall: 0.75,
            beam_cost: BeamCost { base: 300.0, per_ef: 10.0 },
        }
    }

    /// Miri takes a second for what takes others a millisecond.
    const STEP: usize = if cfg!(miri) { 997 } else { 1 };

    /// Where the length of the fingerprint is, in the twelfth of fourteen lines.
    const FINGERPRINT_LEN: usize = TABLE + 11 * LINE + 16;

    fn page_of(header: &Header, members: &[u64]) -> [u8; PAGE] {
        encode(header, &Table::new(header, members, 7, Table::usual_block).unwrap(), 0x1234_5678)
    }

    fn page() -> [u8; PAGE] {
        page_of(&header(), &[62, 4])
    }

    /// Changes some bytes and makes the checksum fit.
    fn with(change: impl FnOnce(&mut [u8; PAGE])) -> Result<(Header, Table, u32), PageFault> {
        let mut page = page();
        change(&mut page);
        semsearch_testing::mend::page::mend(&mut page);
        decode(&page)
    }

    #[test]
    fn a_page_is_what_the_format_page_says() {
        let page = page();
        let u32_at = |at: usize| u32::from_le_bytes(page[at..][..4].try_into().unwrap());
        let u64_at = |at: usize| u64::from_le_bytes(page[at..][..8].try_into().unwrap());
        assert_eq!(&page[..16], b"SEMSIDX\n\x02\0\0\0\x0d\x0c\x0b\x0a");
        assert_eq!((u32_at(24), u32_at(28), u64_at(32)), (14, 0x1234_5678, 1000));
        assert_eq!((u32_at(40), u32_at(44)), (384, 2));
        assert_eq!((f64::from_bits(u64_at(48)), u64_at(56)), (1.5, 7));
        assert_eq!([64, 68, 72, 76, 80, 84].map(u32_at), [4, 192, 32, 16, 16, 64]);
        assert_eq!([88, 92].map(|at| f32::from_bits(u32_at(at))), [1.25, 0.5]);
        assert_eq!([100, 104, 108, 112, 116].map(|at| f32::from_bits(u32_at(at))), [80.0, 0.25, 300.0, 10.0, 0.75]);
        assert_eq!((u32_at(96), &page[120..256]), (2, &[0; 136][..]));
        // Rows, then codes: kind, level, offset, length, bytes of a record, records of a block, first check.
        assert_eq!([256, 260, 280, 284].map(u32_at), [1, 0, 768, 8]);
        assert_eq!([264, 272, 288].map(u64_at), [4096, 768_000, 0]);
        assert_eq!([296, 300, 320, 324].map(u32_at), [2, 0, 192, 32]);
        assert_eq!([304, 312, 328].map(u64_at), [772_096, 192_000, 125]);
    }

    #[test]
    fn the_format_page_states_the_limits_that_are_kept() {
        let thousands = |number: usize| format!("{},{:03}", number / 1000, number % 1000);
        let stated = [
            format!("number of rows, at most `{MAX_ROWS:#x}`"),
            format!("numbers in a row, 1 to {} ", thousands(MAX_DIM)),
            format!("links of a node on level 0, *d*, 1 to {MAX_LINKS};"),
            format!("links of a member of an upper level, *u*, 1 to {MAX_LINKS} "),
            format!("number of upper levels, *l*, 1 to {MAX_LEVELS};"),
            format!("bytes, at most {} ", thousands(MAX_FINGERPRINT)),
            format!("a block of several has at most {} MiB", MAX_BLOCK >> 20),
            format!("the top one, at most {MAX_ENTRIES}."),
        ];
        let page = include_str!("../../FORMAT.md");
        for limit in stated {
            assert!(page.contains(&limit), "FORMAT.md does not say: {limit}");
        }
    }

    #[test]
    fn a_page_is_read_as_it_was_written() {
        let (found, table, roots_check) = decode(&page()).unwrap();
        assert_eq!((found, roots_check), (header(), 0x1234_5678));
        assert_eq!(table, Table::new(&header(), &[62, 4], 7, Table::usual_block).unwrap());
        for pair in table.lines.windows(2) {
            assert_eq!(pair[1].offset, (pair[0].offset + pair[0].len).next_multiple_of(64));
        }
        let bare = Header { rows: 3, dim: 2, build_seconds: 2.0, ..Header::default() };
        let (found, table, _) = decode(&page_of(&bare, &[])).unwrap();
        assert_eq!((found, table.lines.len()), (bare, 4), "rows, fingerprint, and two sections of checks");
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        for bit in (0..PAGE * 8).step_by(STEP) {
            let mut page = page();
            page[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&page).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn no_bit_can_be_flipped_in_the_table_even_if_the_checksum_is_mended() {
        // How many records share a checksum is the writer's choice, and so is the length of the fingerprint.
        let mut free: Vec<_> = (0..13).map(|line| TABLE + line * LINE + 28).map(|at| at..at + 4).collect();
        free.push(FINGERPRINT_LEN..FINGERPRINT_LEN + 8);
        for bit in (TABLE * 8..CHECK * 8).step_by(STEP) {
            if !free.iter().any(|field| field.contains(&(bit / 8))) {
                assert!(with(|page| page[bit / 8] ^= 1 << (bit % 8)).is_err(), "bit {bit}");
            }
        }
    }

    #[test]
    fn counts_that_no_file_could_hold_are_refused() {
        let number = |at: usize, number: u64, bytes: usize| {
            with(|page| page[at..][..bytes].copy_from_slice(&number.to_le_bytes()[..bytes])).unwrap_err()
        };
        for huge in [u64::MAX, u64::MAX / 768, u64::MAX / 768 + 1, 1 << 63, 1 << 31] {
            assert!(matches!(number(32, huge, 8), PageFault::Field(FieldFault { offset: 32, .. })), "{huge} rows");
        }
        for rows in [0, 999, 1001, 0x7f80_0000] {
            number(32, rows, 8);
        }
        for (at, values) in [
            (24, &[0, 13, 15, 96, u32::MAX][..]),
            (40, &[0, 383, 385, 65_537, u32::MAX]),
            (44, &[0, 1, 3]),
            (64, &[0, 3, 8]),
            (68, &[0, 128, 256, u32::MAX]),
            (72, &[0, 31, 33, 257, u32::MAX]),
            (76, &[0, 17, 257, u32::MAX]),
            (96, &[0, 1, 3, 33, u32::MAX]),
        ] {
            for value in values {
                number(at, u64::from(*value), 4);
            }
        }
        // Offset, length and first check of every line.
        for line in (0..14).step_by(STEP.min(6)) {
            for field in [8, 16, 32] {
                for value in [1, 63, 4096, u64::MAX, u64::MAX - 63, 1 << 63] {
                    let at = TABLE + line * LINE + field;
                    let same = page()[at..][..8] == value.to_le_bytes();
                    if !same && (at, value) != (FINGERPRINT_LEN, 1) && (at, value) != (FINGERPRINT_LEN, 63) {
                        number(at, value, 8);
                    }
                }
            }
            for block in if line == 13 { [1, 3, 1 << 31] } else { [0, 3, 1 << 31] } {
                number(TABLE + line * LINE + 28, block, 4);
            }
        }
    }

    #[test]
    fn levels_that_lie_about_their_members_are_refused() {
        for members in [&[0, 0][..], &[62, 0], &[62, 63], &[1001, 4], &[900, 257], &[62], &[62, 4, 2]] {
            let table = Table::new(&header(), members, 7, Table::usual_block).unwrap();
            assert!(decode(&encode(&header(), &table, 0)).is_err(), "{members:?}");
        }
    }

    #[test]
    fn what_a_file_is_comes_before_what_is_wrong_with_it() {
        let magic = with(|page| page[0] = b'%');
        let order = with(|page| page[12..16].reverse());
        let version = with(|page| page[8] = 1);
        assert_eq!(
            [magic, order, version].map(Result::unwrap_err),
            [PageFault::Magic, PageFault::ByteOrder, PageFault::Version(1)]
        );
        assert!(matches!(with(|page| page[12] ^= 1), Err(PageFault::Field(FieldFault { offset: 12, .. }))));
        let mut damaged = page();
        damaged[200] = 1;
        assert!(matches!(decode(&damaged), Err(PageFault::Checksum { .. })));
    }
}
