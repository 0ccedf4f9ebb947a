//! Half-precision numbers, IEEE 754 binary16, as the bits of a `u16`.
//!
//! A sign, five bits of exponent, ten of fraction. For numbers of a unit row, at most 1 in size, that is an error of at
//! most 2⁻¹² or 2⁻¹¹ of the number, whichever is smaller. Rows are converted whole, by the instructions of the processor
//! where it has them.

use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};

/// The numbers that the bits stand for, exactly: every half is a single.
pub(crate) fn widen(halves: &[u16]) -> Vec<f32> {
    halves.reinterpret_cast::<f16>().to_f32_vec()
}

/// Puts the nearest half of each number into `halves`; of two equally near ones the one with an even last bit, and infinity
/// from 65,520 on.
pub(crate) fn narrow(numbers: &[f32], halves: &mut Vec<u16>) {
    halves.resize(numbers.len(), 0);
    halves.reinterpret_cast_mut::<f16>().convert_from_f32_slice(numbers);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_widened(bits: u16) -> f32 {
        widen(&[bits])[0]
    }

    fn one_narrowed(number: f32) -> u16 {
        let mut halves = Vec::new();
        narrow(&[number], &mut halves);
        halves[0]
    }

    #[test]
    fn known_numbers_have_the_bits_that_the_standard_gives_them() {
        let known = [
            (0x0000, 0.0),
            (0x8000, -0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65_504.0),
            (0x0400, f32::exp2(-14.0)),
            (0x0001, f32::exp2(-24.0)),
            (0x3555, 1365.0 / 4096.0),
            (0x7c00, f32::INFINITY),
        ];
        for (bits, number) in known {
            assert_eq!((one_widened(bits).to_bits(), one_narrowed(number)), (number.to_bits(), bits), "{number}");
        }
        assert!(one_widened(0x7e00).is_nan() && one_widened(one_narrowed(f32::NAN)).is_nan());
    }

    #[test]
    fn every_half_survives_being_widened() {
        for bits in 0..=u16::MAX {
            if !one_widened(bits).is_nan() {
                assert_eq!(one_narrowed(one_widened(bits)), bits);
            }
        }
    }

    #[test]
    fn a_number_between_two_halves_goes_to_the_nearer_and_from_the_middle_to_the_even_one() {
        for bits in 0..0x7bff_u16 {
            let (low, high) = (one_widened(bits), one_widened(bits + 1));
            let middle = (low + high) / 2.0;
            assert_eq!(one_narrowed(middle), bits + (bits & 1), "the middle above {low:e}");
            assert_eq!(one_narrowed(middle.next_down()), bits, "below the middle above {low:e}");
            assert_eq!(one_narrowed(middle.next_up()), bits + 1, "above the middle above {low:e}");
            assert_eq!(one_narrowed(-middle.next_up()), (bits + 1) | 0x8000);
        }
    }

    #[test]
    fn rows_of_any_length_are_converted_number_by_number() {
        // Eight numbers at a time, where the processor can, and the rest one by one.
        for len in 0..40 {
            let numbers: Vec<f32> = (0..len).map(|place| (place as f32 * 0.7).sin()).collect();
            let mut halves = vec![9; 3];
            narrow(&numbers, &mut halves);
            assert!(halves.iter().copied().eq(numbers.iter().map(|number| one_narrowed(*number))));
            assert!(widen(&halves).into_iter().eq(halves.iter().map(|half| one_widened(*half))));
        }
    }
}
