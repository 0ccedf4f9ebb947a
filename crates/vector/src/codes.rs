//! Rows in four or eight bits a number, which an index searches.
//!
//! A code is a whole number, 0 to 15 or 0 to 255; the caller decides what it stands for. A query is one signed byte a
//! dimension, and the score of a row is `Σ code · query`: a whole number, exact, and therefore the same on every machine.
//!
//! ```text
//! 4 bits   block of 64 bytes = 128 dimensions   byte j:  dimension j in the low nibble, 64 + j in the high one
//! 8 bits   block of 64 bytes =  64 dimensions   byte j:  dimension j
//! ```
//!
//! A row is a whole number of blocks. One load of 64 bytes and two masks thus give two registers of four-bit codes, each in
//! the order of the query; with neighbouring dimensions in one byte, codes would have to be interleaved. The last block is
//! padded: with code 0 in a row, and with byte 0 in a query.

/// Bytes of a block.
pub(crate) const BLOCK: usize = 64;

/// How many bits a code has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeBits {
    /// Two codes a byte.
    Four,
    /// One code a byte.
    Eight,
}

impl CodeBits {
    /// The most numbers of a row: 65,536 products of at most 255 · 128 fit a signed 32-bit sum.
    pub const MAX_DIM: usize = 65_536;

    /// Bytes of a row of `dim` numbers: whole blocks of 64.
    #[must_use]
    pub fn stride(self, dim: usize) -> usize {
        dim.div_ceil(self.block_dimensions()) * BLOCK
    }

    /// Bytes of a query for rows of `dim` numbers: one for each dimension of every block.
    #[must_use]
    pub fn query_len(self, dim: usize) -> usize {
        dim.next_multiple_of(self.block_dimensions())
    }

    /// How many codes there are: 16 or 256.
    #[must_use]
    pub fn levels(self) -> u32 {
        match self {
            CodeBits::Four => 16,
            CodeBits::Eight => 256,
        }
    }

    /// Whether every score of rows of `dim` numbers is a whole number that an `f32` holds exactly: at most 2²⁴.
    ///
    /// Four bits: up to 8,738 dimensions; eight bits: up to 514.
    #[must_use]
    pub fn scores_are_exact_in_f32(self, dim: usize) -> bool {
        dim <= (1 << 24) / ((self.levels() - 1) * 128) as usize
    }

    /// Dimensions of a block.
    fn block_dimensions(self) -> usize {
        match self {
            CodeBits::Four => 2 * BLOCK,
            CodeBits::Eight => BLOCK,
        }
    }
}

/// Borrowed rows of codes, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct CodeRows<'a> {
    // Whole rows of `stride` bytes, `rows` of them: the kernels rely on it.
    bytes: &'a [u8],
    bits: CodeBits,
    dim: usize,
    stride: usize,
    rows: usize,
}

impl<'a> CodeRows<'a> {
    /// Takes `bytes` as rows of `dim` numbers.
    ///
    /// # Panics
    /// If `dim` is zero or more than 65,536, or `bytes` is not a whole number of rows.
    #[must_use]
    pub fn new(bytes: &'a [u8], bits: CodeBits, dim: usize) -> Self {
        let most = CodeBits::MAX_DIM;
        assert!((1..=most).contains(&dim), "{dim} dimensions, there may be 1 to {most}");
        let stride = bits.stride(dim);
        assert!(bytes.len().is_multiple_of(stride), "{} bytes are not whole rows of {stride}", bytes.len());
        CodeRows { bytes, bits, dim, stride, rows: bytes.len() / stride }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Numbers in a row.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Bits of a code.
    #[must_use]
    pub fn bits(&self) -> CodeBits {
        self.bits
    }

    /// Bytes from one row to the next.
    #[must_use]
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All rows.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The bytes of row `row`.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> &'a [u8] {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        &self.bytes[row * self.stride..][..self.stride]
    }

    /// The code of one number.
    ///
    /// # Panics
    /// If there is no such row or dimension.
    #[must_use]
    pub fn code(&self, row: usize, dimension: usize) -> u8 {
        assert!(dimension < self.dim, "dimension {dimension} of {}", self.dim);
        let place = dimension % self.bits.block_dimensions();
        let byte = self.row(row)[dimension / self.bits.block_dimensions() * BLOCK + place % BLOCK];
        match self.bits {
            CodeBits::Four if place < BLOCK => byte & 0x0f,
            CodeBits::Four => byte >> 4,
            CodeBits::Eight => byte,
        }
    }

    /// Writes the codes of one row, a byte for each dimension, in the layout of a row.
    ///
    /// # Panics
    /// If `out` is not [`CodeBits::stride`] long. In a debug build, if a code has more than `bits` bits.
    pub fn pack(bits: CodeBits, codes: &[u8], out: &mut [u8]) {
        assert_eq!(out.len(), bits.stride(codes.len()), "a row of {} numbers", codes.len());
        debug_assert!(codes.iter().all(|&code| u32::from(code) < bits.levels()), "codes below {}", bits.levels());
        match bits {
            CodeBits::Four => {
                out.fill(0);
                for (codes, block) in codes.chunks(2 * BLOCK).zip(out.chunks_exact_mut(BLOCK)) {
                    let (low, high) = codes.split_at(BLOCK.min(codes.len()));
                    block.iter_mut().zip(low).for_each(|(byte, code)| *byte = code & 0x0f);
                    block.iter_mut().zip(high).for_each(|(byte, code)| *byte |= code << 4);
                }
            }
            CodeBits::Eight => {
                let (row, rest) = out.split_at_mut(codes.len());
                row.copy_from_slice(codes);
                rest.fill(0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(crate::property_tests())]

        #[test]
        fn a_packed_code_is_found_again(
            four in any::<bool>(), codes in prop::collection::vec(any::<u8>(), 1..if cfg!(miri) { 150 } else { 700 }),
        ) {
            let bits = if four { CodeBits::Four } else { CodeBits::Eight };
            let codes: Vec<u8> = codes.iter().map(|&code| if four { code & 15 } else { code }).collect();
            // What was there before must not show.
            let mut bytes = vec![0xee; 2 * bits.stride(codes.len())];
            let (first, second) = bytes.split_at_mut(bits.stride(codes.len()));
            CodeRows::pack(bits, &vec![0; codes.len()], first);
            CodeRows::pack(bits, &codes, second);
            let rows = CodeRows::new(&bytes, bits, codes.len());
            prop_assert_eq!(rows.len(), 2);
            let found: Vec<u8> = (0..codes.len()).map(|dimension| rows.code(1, dimension)).collect();
            prop_assert_eq!(&found, &codes);
            prop_assert!(rows.row(0).iter().all(|&byte| byte == 0));
            let nibbles = |byte: &u8| u64::from(byte & 15) + u64::from(byte >> 4);
            let sum = |byte: &u8| if four { nibbles(byte) } else { u64::from(*byte) };
            let all: u64 = rows.row(1).iter().map(sum).sum();
            prop_assert_eq!(all, codes.iter().map(|&code| u64::from(code)).sum::<u64>(), "what fills up is zero");
        }
    }

    #[test]
    fn low_nibbles_come_before_high_ones() {
        let codes: Vec<u8> = (0..130).map(|dimension| if dimension < 64 { 1 } else { 2 }).collect();
        let mut row = [0; 128];
        CodeRows::pack(CodeBits::Four, &codes, &mut row);
        assert_eq!(row[..64], [0x21; 64]);
        assert_eq!((row[64], row[65], row[66]), (0x02, 0x02, 0));
        assert_eq!((CodeBits::Four.stride(384), CodeBits::Eight.stride(384)), (192, 384));
        assert_eq!((CodeBits::Four.query_len(130), CodeBits::Eight.query_len(130)), (256, 192));
    }

    #[test]
    fn scores_outgrow_an_f32_where_the_documentation_says() {
        assert!(CodeBits::Four.scores_are_exact_in_f32(8738) && !CodeBits::Four.scores_are_exact_in_f32(8739));
        assert!(CodeBits::Eight.scores_are_exact_in_f32(514) && !CodeBits::Eight.scores_are_exact_in_f32(515));
    }

    #[test]
    #[should_panic(expected = "not whole rows of 192")]
    fn a_part_of_a_row_is_refused() {
        let _ = CodeRows::new(&[0; 200], CodeBits::Four, 384);
    }

    #[test]
    #[should_panic(expected = "row 2 of 2")]
    fn a_row_that_is_not_there_is_refused() {
        let _ = CodeRows::new(&[0; 128], CodeBits::Four, 100).row(2);
    }
}
