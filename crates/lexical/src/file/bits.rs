//! Numbers of a few bits, the lowest bit of a byte first.

/// Writes bits.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not fill a byte yet.
    last: u64,
    /// How many these are.
    used: u32,
}

/// The most bits that are written at once.
const AT_ONCE: u32 = 56;

impl BitWriter {
    /// Appends the `bits` lowest bits of a number, 56 at most.
    #[inline]
    pub(crate) fn push(&mut self, value: u64, bits: u32) {
        debug_assert!(bits <= AT_ONCE, "as many bits as there is room for");
        self.last |= (value & ((1 << bits) - 1)) << self.used;
        self.used += bits;
        while self.used >= 8 {
            self.bytes.push(self.last as u8);
            self.last >>= 8;
            self.used -= 8;
        }
    }

    /// Appends as many zeros as the number says, and a one.
    fn push_unary(&mut self, mut value: u64) {
        while value >= u64::from(AT_ONCE) {
            self.push(0, AT_ONCE);
            value -= u64::from(AT_ONCE);
        }
        self.push(0, value as u32);
        self.push(1, 1);
    }

    /// Appends a number in Rice's code: what is above the `k` lowest bits in unary, then these.
    pub(crate) fn push_rice(&mut self, value: u64, k: u32) {
        self.push_unary(value >> k);
        self.push(value, k);
    }

    /// Appends a number in Elias' gamma code: how many bits it has beside the highest in unary, then these.
    ///
    /// # Panics
    /// If it is 0.
    pub(crate) fn push_gamma(&mut self, value: u64) {
        let bits = value.ilog2();
        self.push_unary(u64::from(bits));
        self.push(value, bits);
    }

    /// Appends a number below `end` in as many bits as there have to be, or one less: of the numbers below `end`, the
    /// lowest take one bit less than the others.
    pub(crate) fn push_below(&mut self, value: u32, end: u32) {
        let (bits, short) = truncated(end);
        if value < short {
            self.push(u64::from(value), bits);
        } else {
            let value = value + short;
            self.push(u64::from(value >> 1), bits);
            self.push(u64::from(value & 1), 1);
        }
    }

    /// The bytes; the last one is filled with zeros.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.used > 0 {
            self.bytes.push(self.last as u8);
        }
        self.bytes
    }
}

/// For numbers below `end`: how many bits the short ones take, and how many are short.
#[inline]
fn truncated(end: u32) -> (u32, u32) {
    let bits = end.max(1).ilog2();
    let short = (2_u64 << bits) - u64::from(end.max(1));
    // All of them, if there are 2ᵇⁱᵗˢ.
    (bits, u32::try_from(short).unwrap_or(u32::MAX))
}

/// Reads bits. Behind the end there are only zeros, and [`is_within`](Self::is_within) is false.
#[derive(Clone, Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// How many bits [`BitReader::peek`] shows at least.
const SHOWN: u32 = 57;

impl<'a> BitReader<'a> {
    /// Reads from the first bit on.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        BitReader { bytes, at: 0 }
    }

    /// Whether what was read is there.
    #[inline]
    pub(crate) fn is_within(&self) -> bool {
        self.at <= self.bytes.len() * 8
    }

    /// The bytes that were not begun.
    pub(crate) fn rest(&self) -> Option<&'a [u8]> {
        self.bytes.get(self.at.div_ceil(8)..)
    }

    #[inline]
    fn peek(&self) -> u64 {
        let byte = self.at / 8;
        let word = match self.bytes.get(byte..).and_then(|rest| rest.first_chunk()) {
            Some(bytes) => u64::from_le_bytes(*bytes),
            None => self.last_word(byte),
        };
        word >> (self.at % 8)
    }

    fn last_word(&self, byte: usize) -> u64 {
        let mut word = [0; 8];
        let rest = self.bytes.get(byte..).unwrap_or_default();
        word[..rest.len()].copy_from_slice(rest);
        u64::from_le_bytes(word)
    }

    /// Takes a number of at most 32 bits.
    #[inline]
    pub(crate) fn take(&mut self, bits: u32) -> u32 {
        let value = self.peek() & ((1 << bits) - 1);
        self.at += bits as usize;
        value as u32
    }

    /// Takes a number in Rice's code, `k` at most 32; 2⁶⁴ − 1 if it is beyond 2³².
    #[inline]
    pub(crate) fn take_rice(&mut self, k: u32) -> u64 {
        let word = self.peek();
        let zeros = word.trailing_zeros();
        if zeros + 1 + k <= SHOWN {
            self.at += (zeros + 1 + k) as usize;
            return u64::from(zeros) << k | word >> zeros >> 1 & ((1 << k) - 1);
        }
        match self.take_unary() {
            Some(high) if high <= u64::from(u32::MAX) >> k => high << k | u64::from(self.take(k)),
            _ => u64::MAX,
        }
    }

    /// Takes a number below `end`, or 0 if that is 0.
    #[inline]
    pub(crate) fn take_below(&mut self, end: u32) -> u32 {
        let (bits, short) = truncated(end);
        let value = self.take(bits);
        if value < short {
            value
        } else {
            (u64::from(value) << 1 | u64::from(self.take(1))).saturating_sub(u64::from(short)) as u32
        }
    }

    /// Takes a number in Elias' gamma code; 2⁶⁴ − 1 if it is beyond 2³².
    #[inline]
    pub(crate) fn take_gamma(&mut self) -> u64 {
        match self.take_unary() {
            Some(bits) if bits <= 32 => 1 << bits | u64::from(self.take(bits as u32)),
            _ => u64::MAX,
        }
    }

    /// Takes zeros up to a one; `None` if there is none.
    fn take_unary(&mut self) -> Option<u64> {
        let mut zeros = 0;
        while self.is_within() {
            let shown = self.peek().trailing_zeros().min(SHOWN);
            zeros += u64::from(shown);
            self.at += shown as usize;
            if shown < SHOWN {
                self.at += 1;
                return Some(zeros);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_in_every_code() {
        let values = [0_u64, 1, 2, 3, 7, 8, 100, 1000, 65_535, 1 << 20];
        let mut bits = BitWriter::default();
        for &value in &values {
            bits.push(value, 21);
            for k in [0, 1, 5, 17, 32] {
                if value >> k < 2000 {
                    bits.push_rice(value, k);
                }
            }
            bits.push_gamma(value + 1);
        }
        bits.push_gamma(u64::from(u32::MAX));
        let bytes = bits.finish();
        let mut read = BitReader::new(&bytes);
        for value in values {
            assert_eq!(u64::from(read.take(21)), value);
            for k in [0, 1, 5, 17, 32] {
                if value >> k < 2000 {
                    assert_eq!(read.take_rice(k), value, "{k}");
                }
            }
            assert_eq!(read.take_gamma(), value + 1);
        }
        assert_eq!(read.take_gamma(), u64::from(u32::MAX));
        assert!(read.is_within());
        assert_eq!(read.rest(), Some(&[][..]));
    }

    #[test]
    fn numbers_below_another_take_no_more_bits_than_that() {
        for end in [1, 2, 3, 5, 8, 150, 255, 256, 257, 1 << 20, u32::MAX] {
            let values = [0, 1, end / 3, end / 2, end.saturating_sub(2), end - 1].map(|value| value.min(end - 1));
            let mut bits = BitWriter::default();
            values.iter().for_each(|&value| bits.push_below(value, end));
            let bytes = bits.finish();
            assert!(bytes.len() * 8 < 6 * (end as f64).log2().ceil() as usize + 8);
            let mut read = BitReader::new(&bytes);
            assert_eq!(values.map(|_| read.take_below(end)), values, "{end}");
        }
        assert_eq!(BitReader::new(&[]).take_below(0), 0);
    }

    #[test]
    fn behind_the_end_is_nothing() {
        for bytes in [&[][..], &[0; 3], &[0; 40]] {
            for k in [0, 3, 32] {
                let mut read = BitReader::new(bytes);
                assert_eq!(read.take_rice(k), u64::MAX);
                assert!(!read.is_within());
                assert_eq!((read.take(32), read.take_gamma(), read.rest()), (0, u64::MAX, None));
            }
        }
        let mut read = BitReader::new(&[0xff]);
        assert_eq!((read.take(8), read.is_within()), (0xff, true));
        assert_eq!((read.take(1), read.is_within()), (0, false));
    }
}
