//! The first bytes of our two files, and the fixed head of the vectors file.

/// What a file begins with: eight letters that name it, then version and byte order.
///
/// The newline at the end of each magic is there for transfers that rewrite line ends: they break the name.
pub(super) const META_MAGIC: [u8; 8] = *b"SEMSIDX\n";
/// See [`META_MAGIC`].
pub(super) const VECTORS_MAGIC: [u8; 8] = *b"SEMSVEC\n";
/// The version this code writes, and the only one it reads.
pub(super) const VERSION: u32 = 1;
/// Reads as another number where bytes come in another order.
const ORDER_MARK: u32 = 0x0a0b_0c0d;
/// The only kind of number so far: IEEE 754 single precision.
const ELEMENT_F32: u32 = 1;

/// How long magic, version and byte order are together.
pub(super) const PREFIX_LEN: usize = 16;
/// How long the head of the vectors file is; the rows begin here, on a cache line.
pub(super) const VECTORS_HEADER_LEN: usize = 64;

/// Why the first bytes of a file are not what they should be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HeaderFault {
    Magic,
    ByteOrder,
    Version(u32),
    Field { offset: u64, problem: &'static str },
}

pub(super) fn prefix(magic: [u8; 8]) -> [u8; PREFIX_LEN] {
    let mut bytes = [0; PREFIX_LEN];
    bytes[0..8].copy_from_slice(&magic);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&ORDER_MARK.to_le_bytes());
    bytes
}

/// Byte order is looked at before the version, since a version in the wrong order would be a strange number.
pub(super) fn check_prefix(bytes: &[u8; PREFIX_LEN], magic: [u8; 8]) -> Result<(), HeaderFault> {
    if bytes[0..8] != magic {
        return Err(HeaderFault::Magic);
    }
    match number(bytes, 12) {
        ORDER_MARK => {}
        mark if mark == ORDER_MARK.swap_bytes() => return Err(HeaderFault::ByteOrder),
        _ => {
            return Err(HeaderFault::Field { offset: 12, problem: "the byte order mark is none" });
        }
    }
    match number(bytes, 8) {
        VERSION => Ok(()),
        version => Err(HeaderFault::Version(version)),
    }
}

pub(super) fn vectors_header(rows: u64, dim: u32) -> [u8; VECTORS_HEADER_LEN] {
    let mut bytes = [0; VECTORS_HEADER_LEN];
    bytes[..PREFIX_LEN].copy_from_slice(&prefix(VECTORS_MAGIC));
    bytes[16..20].copy_from_slice(&ELEMENT_F32.to_le_bytes());
    bytes[20..24].copy_from_slice(&dim.to_le_bytes());
    bytes[24..32].copy_from_slice(&rows.to_le_bytes());
    bytes
}

/// Compares the head of a vectors file with what the meta file says.
pub(super) fn check_vectors_header(bytes: &[u8; VECTORS_HEADER_LEN], rows: u64, dim: u32) -> Result<(), HeaderFault> {
    let (prefix, _) = bytes.split_first_chunk().expect("the head is longer than its prefix");
    check_prefix(prefix, VECTORS_MAGIC)?;
    let expected = vectors_header(rows, dim);
    let fields = [
        (16..20, "an unknown kind of number"),
        (20..24, "another width than the meta file says"),
        (24..32, "another number of rows than the meta file says"),
        (32..64, "reserved bytes are not zero"),
    ];
    for (place, problem) in fields {
        if bytes[place.clone()] != expected[place.clone()] {
            return Err(HeaderFault::Field { offset: place.start as u64, problem });
        }
    }
    Ok(())
}

fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_what_the_format_page_says() {
        let bytes = vectors_header(0x0102, 384);
        assert_eq!(&bytes[..16], b"SEMSVEC\n\x01\0\0\0\x0d\x0c\x0b\x0a");
        assert_eq!(&bytes[16..32], b"\x01\0\0\0\x80\x01\0\0\x02\x01\0\0\0\0\0\0");
        assert_eq!(bytes[32..], [0; 32]);
    }

    #[test]
    fn a_file_in_the_other_byte_order_is_told_from_a_broken_one() {
        let mut bytes = prefix(META_MAGIC);
        bytes[12..16].reverse();
        assert_eq!(check_prefix(&bytes, META_MAGIC), Err(HeaderFault::ByteOrder));
        bytes[12] ^= 1;
        assert!(matches!(check_prefix(&bytes, META_MAGIC), Err(HeaderFault::Field { offset: 12, .. })));
    }

    #[test]
    fn every_byte_of_a_header_is_checked() {
        let good = vectors_header(7, 16);
        assert_eq!(check_vectors_header(&good, 7, 16), Ok(()));
        for place in 0..VECTORS_HEADER_LEN {
            let mut bytes = good;
            bytes[place] ^= 0x10;
            assert!(check_vectors_header(&bytes, 7, 16).is_err(), "byte {place}");
        }
    }
}
