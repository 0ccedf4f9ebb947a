//! Adding rows of bytes to a row of floats: the whole work of a static model.
//!
//! The loop is the same for every instruction set and left to the compiler: a product and a sum for each number, each
//! rounded by itself, so every machine gives the same bits. With AVX2 one instruction widens eight bytes.
//! `cargo bench -p semsearch-benches --bench encoder -- add_scaled_bytes` measures it.

#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls loops compiled for instruction sets that were detected")
)]

/// Adds `factor` times each number of `row` to the number at its place in `out`.
///
/// # Panics
/// If the slices differ in length.
pub fn add_scaled_bytes(out: &mut [f32], row: &[i8], factor: f32) {
    assert_eq!(out.len(), row.len(), "a row is added to one of its length");
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the machine has AVX2, as the line above found.
        return unsafe { add_avx2(out, row, factor) };
    }
    add(out, row, factor);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_avx2(out: &mut [f32], row: &[i8], factor: f32) {
    add(out, row, factor);
}

#[inline(always)]
fn add(out: &mut [f32], row: &[i8], factor: f32) {
    for (sum, &byte) in out.iter_mut().zip(row) {
        *sum += factor * f32::from(byte);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(crate::property_tests())]

        #[test]
        fn every_instruction_set_gives_the_same_bits(
            numbers in prop::collection::vec((-10f32..10.0, any::<i8>()), 0..100),
            factor in -2f32..2.0,
        ) {
            let (mut found, row): (Vec<f32>, Vec<i8>) = numbers.into_iter().unzip();
            let mut expected = found.clone();
            for (place, sum) in expected.iter_mut().enumerate() {
                *sum += factor * f32::from(row[place]);
            }
            add_scaled_bytes(&mut found, &row, factor);
            prop_assert_eq!(found, expected);
        }
    }
}
