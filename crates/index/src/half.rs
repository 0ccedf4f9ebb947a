//! Half-precision numbers, IEEE 754 binary16, as the bits of a `u16`.
//!
//! A sign, five bits of exponent, ten of fraction. For numbers of a unit row, at most 1 in size, that is an error of at
//! most 2⁻¹² or 2⁻¹¹ of the number, whichever is smaller.

/// The number that the bits stand for; every half is a single.
pub(crate) fn widen(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let (exponent, fraction) = (u32::from(bits >> 10) & 0x1f, u32::from(bits) & 0x3ff);
    match exponent {
        // Zero, and what is too small for an exponent: fraction · 2⁻²⁴.
        0 => f32::from_bits(sign | (fraction as f32 / 16_777_216.0).to_bits()),
        0x1f => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (exponent + 127 - 15) << 23 | fraction << 13),
    }
}

/// The nearest half, of two equally near ones the one with an even last bit; infinity from 65,520 on.
pub(crate) fn narrow(number: f32) -> u16 {
    let sign = (number.to_bits() >> 16) as u16 & 0x8000;
    let magnitude = number.abs();
    let bits = magnitude.to_bits();
    if magnitude.is_nan() {
        return sign | 0x7e00;
    }
    if magnitude >= 65_520.0 {
        return sign | 0x7c00;
    }
    // Below the smallest half with an exponent, the unit is 2⁻²⁴: adding ½ puts exactly that unit into the last bit of
    // the sum, and the addition rounds.
    if magnitude < 6.103_515_6e-5 {
        return sign | ((magnitude + 0.5).to_bits() - 0.5_f32.to_bits()) as u16;
    }
    // Rounds the thirteen bits that go. A carry out of the fraction is one more in the exponent, as it should be.
    let rounded = bits + 0xfff + (bits >> 13 & 1);
    sign | ((rounded >> 13) - ((127 - 15) << 10)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!((widen(bits).to_bits(), narrow(number)), (number.to_bits(), bits), "{number}");
        }
        assert!(widen(0x7e00).is_nan() && widen(narrow(f32::NAN)).is_nan());
    }

    #[test]
    fn every_half_survives_being_widened() {
        for bits in 0..=u16::MAX {
            if !widen(bits).is_nan() {
                assert_eq!(narrow(widen(bits)), bits);
            }
        }
    }

    #[test]
    fn a_number_between_two_halves_goes_to_the_nearer_and_from_the_middle_to_the_even_one() {
        for bits in 0..0x7bff_u16 {
            let (low, high) = (widen(bits), widen(bits + 1));
            let middle = (low + high) / 2.0;
            assert_eq!(narrow(middle), bits + (bits & 1), "the middle above {low:e}");
            assert_eq!(narrow(middle.next_down()), bits, "below the middle above {low:e}");
            assert_eq!(narrow(middle.next_up()), bits + 1, "above the middle above {low:e}");
            assert_eq!(narrow(-middle.next_up()), (bits + 1) | 0x8000);
        }
    }
}
