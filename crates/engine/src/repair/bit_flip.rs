//! A single changed bit of a small file is found by the hash that was recorded of the file.
//!
//! A hash does not tell which bit changed, so each is tried: a file of 8 KB takes a few tenths of a second. The result
//! has the recorded hash, so it is the file that was written.

use rayon::prelude::*;

/// The longest file that is tried, in bytes: the time grows with the square of the length, to about ten seconds here.
const LONGEST: usize = 128 << 10;

/// `bytes` with one bit changed, such that they have the hash `blake3` in hex; `None` if no single bit does it.
pub(super) fn put_back(bytes: &[u8], blake3: &str) -> Option<Vec<u8>> {
    if bytes.len() > LONGEST {
        return None;
    }
    let try_byte = |copy: &mut Vec<u8>, at: usize| {
        for bit in 0..8 {
            copy[at] ^= 1 << bit;
            if blake3::hash(copy).to_hex().as_str() == blake3 {
                return Some(copy.clone());
            }
            copy[at] ^= 1 << bit;
        }
        None
    };
    let places = (0..bytes.len()).into_par_iter();
    places.map_init(|| bytes.to_vec(), try_byte).find_map_any(|found| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_is_put_back_and_two_are_not() {
        let whole: Vec<u8> = (0..700_u32).map(|at| (at * 31 % 253) as u8).collect();
        let hash = blake3::hash(&whole).to_hex();
        for at in [0, 350, 699] {
            let mut changed = whole.clone();
            changed[at] ^= 0x20;
            assert_eq!(put_back(&changed, &hash).as_ref(), Some(&whole));
            changed[at] ^= 0x01;
            assert_eq!(put_back(&changed, &hash), None);
        }
        assert_eq!(put_back(&[], &hash), None);
    }
}
