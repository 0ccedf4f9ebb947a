//! Correcting a single changed bit by its CRC-32C.
//!
//! A CRC is linear: flipping a bit changes it by an amount, the *syndrome*, that depends only on the number of bytes after
//! the bit. With CRC-32C, all single bits of up to 2³¹ - 33 have different syndromes, and none has the syndrome of a changed
//! bit in the checksum itself (the Hamming distance is at least 4; P. Koopman, 32-bit cyclic redundancy codes for internet
//! applications, DSN 2002). So a single changed bit is always found. Larger damage is mistaken for a single bit with a
//! probability of bits / 2³², one in 100,000 for a block of 5,000 bytes.

/// The polynomial, reflected.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// Flips the one bit of `bytes` that makes their CRC-32C `expected`. Returns whether there was one. If the changed bit is in
/// the checksum itself, `bytes` stay as they are, and the result is `true`.
pub(super) fn put_back(bytes: &mut [u8], expected: u32) -> bool {
    let syndrome = crc32c::crc32c(bytes) ^ expected;
    if syndrome.count_ones() <= 1 {
        return true;
    }
    // The syndromes of the eight bits of the last byte; then of the byte before it, and so on.
    let mut syndromes: [u32; 8] = std::array::from_fn(|bit| past_a_byte(1 << bit));
    for byte in bytes.iter_mut().rev() {
        if let Some(bit) = syndromes.iter().position(|own| *own == syndrome) {
            *byte ^= 1 << bit;
            return true;
        }
        syndromes = syndromes.map(past_a_byte);
    }
    false
}

/// The syndrome after one more byte.
fn past_a_byte(mut register: u32) -> u32 {
    for _ in 0..8 {
        register = if register & 1 == 1 { register >> 1 ^ POLYNOMIAL } else { register >> 1 };
    }
    register
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at * 37 % 251) as u8).collect()
    }

    #[test]
    fn every_single_bit_is_put_back() {
        for len in [1, 2, 77, 300] {
            let whole = bytes(len);
            let check = crc32c::crc32c(&whole);
            for bit in 0..8 * len {
                let mut changed = whole.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                assert!(put_back(&mut changed, check));
                assert_eq!(changed, whole, "bit {bit} of {len} bytes");
            }
        }
    }

    #[test]
    fn a_bit_of_the_checksum_leaves_the_bytes_alone() {
        let whole = bytes(500);
        for bit in 0..32 {
            let mut same = whole.clone();
            assert!(put_back(&mut same, crc32c::crc32c(&whole) ^ 1 << bit));
            assert_eq!(same, whole);
        }
    }

    #[test]
    fn more_than_a_bit_is_left_as_it_is() {
        let whole = bytes(400);
        let check = crc32c::crc32c(&whole);
        for at in (0..390).step_by(7) {
            for change in [0b11, 0b1001, 0xff] {
                let mut changed = whole.clone();
                changed[at] ^= change;
                let before = changed.clone();
                assert!(!put_back(&mut changed, check));
                assert_eq!(changed, before);
            }
        }
    }
}
