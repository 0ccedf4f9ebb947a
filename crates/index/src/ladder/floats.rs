//! Rows as numbers: single precision, which is the truth the other rungs are measured against, and half.
//!
//! Half precision keeps eleven bits of every number. A row is half as long, and so is the time of a scan that waits for
//! memory.

use semsearch_vector::simd;

use super::best::best;
use super::{Full, Rung};

/// The rows as they are.
pub(super) struct Singles<'a>(pub(super) Full<'a>);

impl Rung for Singles<'_> {
    fn bytes_per_vector(&self) -> usize {
        self.0.dim * size_of::<f32>()
    }

    fn shared_bytes(&self) -> usize {
        0
    }

    fn best(&self, query: &[f32], most: usize) -> Vec<u32> {
        let kernels = simd::best();
        best(self.0.rows(), most, |first, scores: &mut [f32]| {
            scores.iter_mut().zip(first..).for_each(|(score, row)| *score = kernels.dot(query, self.0.row(row)));
        })
    }
}

/// The rows in half precision.
pub(super) struct Halves {
    numbers: Vec<u16>,
    dim: usize,
}

impl Halves {
    pub(super) fn encode(full: Full<'_>) -> Self {
        Halves { numbers: full.numbers.iter().map(|number| narrow(*number)).collect(), dim: full.dim }
    }
}

impl Rung for Halves {
    fn bytes_per_vector(&self) -> usize {
        self.dim * size_of::<u16>()
    }

    fn shared_bytes(&self) -> usize {
        0
    }

    fn best(&self, query: &[f32], most: usize) -> Vec<u32> {
        let kernels = simd::best();
        best(self.numbers.len() / self.dim, most, |first, scores: &mut [f32]| {
            let rows = self.numbers[first * self.dim..].chunks_exact(self.dim);
            scores.iter_mut().zip(rows).for_each(|(score, row)| *score = kernels.dot_f16(query, row));
        })
    }
}

/// The bits of the nearest half (IEEE 754 binary16), of two equally near ones the one with an even last bit.
///
/// For numbers of a unit row, which are far below the 65,520 that a half cannot hold.
fn narrow(number: f32) -> u16 {
    let sign = (number.to_bits() >> 16) as u16 & 0x8000;
    let size = number.abs();
    // The last place of a half is 2⁻²⁴ below 2⁻¹⁴, and above that 2⁻¹⁰ of the power of two below the number. Adding a
    // number whose last single place is that makes the addition do the rounding.
    let power = f32::from_bits((size.to_bits() & 0x7f80_0000).max((127 - 14) << 23));
    let rounder = power * 8192.0;
    let rounded = (size + rounder) - rounder;
    if rounded < 2f32.powi(-14) {
        return sign | (rounded * 2f32.powi(24)) as u16;
    }
    sign | ((rounded.to_bits() >> 13) - ((127 - 15) << 10)) as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ladder::tests::{expect_ranking, made_rows};

    /// What the bits stand for, by the definition.
    fn widen(bits: u16) -> f64 {
        let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
        let size = match exponent {
            0 => fraction * 2f64.powi(-24),
            _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
        };
        if bits & 0x8000 == 0 { size } else { -size }
    }

    #[test]
    fn every_half_up_to_one_is_its_own_nearest() {
        for bits in (0..=0x3c00_u16).flat_map(|bits| [bits, bits | 0x8000]) {
            assert_eq!(narrow(widen(bits) as f32), bits, "{}", widen(bits));
        }
    }

    #[test]
    fn a_scan_of_halves_ranks_by_the_rounded_numbers() {
        let rows = made_rows(3000, 19, 7);
        let full = Full { numbers: rows.as_slice(), dim: 19 };
        let halves = Halves::encode(full);
        assert_eq!((halves.bytes_per_vector(), halves.shared_bytes()), (38, 0));
        for query in made_rows(8, 19, 8).iter() {
            expect_ranking(&halves, query, full.rows(), 1e-6, |row| {
                full.row(row).iter().zip(query).map(|(x, q)| widen(narrow(*x)) * f64::from(*q)).sum()
            });
            expect_ranking(&Singles(full), query, full.rows(), 1e-6, |row| {
                full.row(row).iter().zip(query).map(|(x, q)| f64::from(*x) * f64::from(*q)).sum()
            });
        }
    }

    #[test]
    fn half_way_between_two_halves_the_even_one_is_taken() {
        for bits in 0..0x3c00_u16 {
            let middle = ((widen(bits) + widen(bits + 1)) / 2.0) as f32;
            assert_eq!(narrow(middle), bits + (bits & 1), "{middle:e}");
            assert_eq!((narrow(middle.next_down()), narrow(middle.next_up())), (bits, bits + 1), "{middle:e}");
        }
    }

    proptest! {
        #[test]
        fn no_half_is_nearer(number in -1.0f32..=1.0, shrink in 0i32..30) {
            let number = number * 2f32.powi(-shrink);
            let bits = narrow(number);
            let off = |bits: u16| (widen(bits) - f64::from(number)).abs();
            prop_assert!(off(bits) <= off(bits + 1) && (bits & 0x7fff == 0 || off(bits) <= off(bits - 1)));
        }
    }
}
