//! Numbers of variable length.

/// Appends seven bits a byte, the lowest first; the highest bit of a byte says that another follows.
pub(crate) fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a varint off the front; `None` if the bytes end within it or it is above 2⁶³ − 1.
#[inline]
pub(crate) fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let (&first, rest) = bytes.split_first()?;
    *bytes = rest;
    if first < 0x80 { Some(u64::from(first)) } else { take_long_varint(u64::from(first & 0x7f), bytes) }
}

#[inline]
fn take_long_varint(mut value: u64, bytes: &mut &[u8]) -> Option<u64> {
    for place in 1..9 {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Takes a varint below 2³² off the front.
#[inline]
pub(crate) fn take_u32(bytes: &mut &[u8]) -> Option<u32> {
    take_varint(bytes).and_then(|value| u32::try_from(value).ok())
}

/// Takes `len` bytes off the front.
#[inline]
pub(crate) fn take_bytes<'a>(bytes: &mut &'a [u8], len: u64) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(usize::try_from(len).ok()?)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_they_were() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), (1 << 63) - 1] {
            let mut bytes = Vec::new();
            push_varint(&mut bytes, value);
            let mut rest = &bytes[..];
            assert_eq!((take_varint(&mut rest), rest.len()), (Some(value), 0));
            assert_eq!(take_varint(&mut &bytes[..bytes.len() - 1]), None, "cut off");
            assert_eq!(take_u32(&mut &bytes[..]), u32::try_from(value).ok());
        }
        assert_eq!(take_varint(&mut &[0xff; 20][..]), None, "no end");
    }

    #[test]
    fn no_more_bytes_are_taken_than_there_are() {
        let mut rest = &b"abc"[..];
        assert_eq!(take_bytes(&mut rest, 2), Some(&b"ab"[..]));
        assert_eq!(take_bytes(&mut rest, 2), None);
        assert_eq!(take_bytes(&mut rest, u64::MAX), None);
        assert_eq!(rest, b"c");
    }
}
