//! Rounding to bytes, and the product of bytes.

use proptest::prelude::*;

use super::{at_most, exact, noise, rounding_bound};
use crate::quantised::{PackedInt8, QuantisedRows};
use crate::simd::{available, best};

proptest! {
    #![proptest_config(crate::property_tests())]

    #[test]
    fn every_eight_bit_product_has_the_bits_of_scalar(
        (rows, inputs, outputs) in (1..at_most(30, 14), 1..at_most(70, 20), 1..at_most(100, 40)),
        gap in 0usize..3,
        seed in any::<u32>(),
    ) {
        let (numbers, weights) = (noise(seed, rows * inputs), noise(seed ^ 1, outputs * inputs));
        let packed = PackedInt8::linear(&weights, &noise(seed ^ 2, outputs), inputs);
        let all = available();
        let scalar = all.last().unwrap();
        let mut a = QuantisedRows::default();
        scalar.quantise(&numbers, inputs, rows, inputs, &mut a);
        let stride = outputs + gap;
        let mut expected = vec![f32::NAN; rows * stride];
        scalar.matmul_int8(&a, &packed, &mut expected, stride);
        for kernels in &all {
            let mut found = vec![f32::NAN; rows * stride];
            kernels.matmul_int8(&a, &packed, &mut found, stride);
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert_eq!(found.to_bits(), expected.to_bits(), "{}", kernels.int8);
            }
        }
    }

    #[test]
    fn an_eight_bit_product_is_that_of_the_numbers_its_bytes_stand_for(
        (rows, inputs, outputs) in (1..9_usize, 1..at_most(40, 20), 1..at_most(50, 40)),
        seed in any::<u32>(),
    ) {
        let (weights, bias) = (noise(seed, outputs * inputs), noise(seed ^ 7, outputs));
        let packed = PackedInt8::linear(&weights, &bias, inputs);
        for kernels in available() {
            let mut a = QuantisedRows::default();
            kernels.quantise(&noise(seed ^ 9, rows * inputs), inputs, rows, inputs, &mut a);
            let mut out = vec![0.0; rows * outputs];
            kernels.matmul_int8(&a, &packed, &mut out, outputs);
            for row in 0..rows {
                let numbers = a.dequantised(row);
                for output in 0..outputs {
                    let column: Vec<f32> = (0..inputs).map(|input| packed.dequantised(input, output)).collect();
                    let expected = exact(&numbers, &column) + f64::from(bias[output]);
                    let bound = rounding_bound(&numbers, &column) + 1e-5;
                    let found = f64::from(out[row * outputs + output]);
                    prop_assert!((found - expected).abs() <= bound, "{}: {found} {expected}", kernels.int8);
                }
            }
        }
    }

    #[test]
    fn a_number_is_rounded_to_within_half_a_step_of_its_row(
        row in prop::collection::vec(-50f32..50.0, 1..70), shift in -60f32..60.0,
    ) {
        let row: Vec<f32> = row.iter().map(|x| x + shift).collect();
        for kernels in available() {
            let mut rounded = QuantisedRows::default();
            kernels.quantise(&row, row.len(), 1, row.len(), &mut rounded);
            // The zero is rounded as well, which at the ends of the range costs up to another half.
            let bound = rounded.scales()[0] * 1.001 + 1e-6;
            for (x, found) in row.iter().zip(rounded.dequantised(0)) {
                prop_assert!((x - found).abs() <= bound, "{}: {x} became {found}", kernels.name);
            }
        }
    }

    #[test]
    fn both_ways_of_packing_bytes_agree_with_a_linear_layer((inputs, outputs) in (1..at_most(50, 20), 1usize..80), seed in any::<u32>()) {
        let columns = noise(seed, outputs * inputs);
        let expected = PackedInt8::linear(&columns, &vec![0.0; outputs], inputs);
        let rows: Vec<f32> = (0..inputs * outputs).map(|place| columns[place % outputs * inputs + place / outputs]).collect();
        for kernels in available() {
            let (mut by_columns, mut by_rows) = (PackedInt8::default(), PackedInt8::default());
            // What was there before must not show.
            kernels.pack_int8(&noise(seed ^ 5, 300), 20, 15, 20, &mut by_rows);
            kernels.pack_int8_transposed(&columns, inputs, inputs, outputs, &mut by_columns);
            kernels.pack_int8(&rows, outputs, inputs, outputs, &mut by_rows);
            prop_assert_eq!(by_columns.panels(), by_rows.panels(), "{}", kernels.name);
            for packed in [&by_columns, &by_rows] {
                prop_assert_eq!(packed.scales(), expected.scales());
                for output in 0..outputs {
                    let sum: i32 = (0..inputs).map(|input| (packed.dequantised(input, output) / packed.scales()[output]).round() as i32).sum();
                    prop_assert_eq!(packed.sums()[output], sum, "{}", kernels.name);
                    for input in 0..inputs {
                        let apart = (packed.dequantised(input, output) - expected.dequantised(input, output)).abs();
                        prop_assert!(apart <= packed.scales()[output] * 1.001, "{}", kernels.name);
                    }
                }
            }
        }
    }

    #[test]
    fn rounded_shares_are_near_the_true_ones_and_add_up_to_one(row in prop::collection::vec(-60f32..60.0, 1..70), scale in 0.05f32..1.0) {
        let mut shares = row.clone();
        best().softmax(&mut shares, scale);
        for kernels in available() {
            let mut rounded = QuantisedRows::default();
            kernels.softmax_quantise(&mut row.clone(), row.len(), scale, &mut rounded);
            let found = rounded.dequantised(0);
            prop_assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{}", kernels.name);
            let highest = shares.iter().copied().fold(0.0, f32::max);
            // Half a step for itself, and its part of what the others' halves did to the sum.
            let bound = highest / 255.0 * (0.5 + 0.5 * row.len() as f32 * highest.min(1.0)) + 1e-6;
            for (found, share) in found.iter().zip(&shares) {
                prop_assert!((found - share).abs() <= bound, "{}: {found} {share}", kernels.name);
            }
        }
    }
}

#[test]
fn the_largest_bytes_do_not_saturate() {
    for inputs in [1, 2, 4, 8, at_most(1536, 30), at_most(65_536, 100)] {
        let packed = PackedInt8::linear(&vec![-1.0; inputs * 2], &[0.0; 2], inputs);
        for kernels in available() {
            let mut a = QuantisedRows::default();
            kernels.quantise(&vec![3.0; inputs], inputs, 1, inputs, &mut a);
            let mut out = [0.0; 2];
            kernels.matmul_int8(&a, &packed, &mut out, 2);
            let expected = -3.0 * inputs as f32;
            assert!((out[0] / expected - 1.0).abs() < 1e-6, "{} at {inputs}: {}", kernels.int8, out[0]);
        }
    }
}

#[test]
fn rows_without_a_range_are_zero_and_infinite_ones_no_number() {
    let packed = PackedInt8::linear(&[1.0; 8], &[0.25], 8);
    for kernels in available() {
        let mut a = QuantisedRows::default();
        let mut product = |row: [f32; 8]| {
            let mut out = [0.0];
            kernels.quantise(&row, 8, 1, 8, &mut a);
            kernels.matmul_int8(&a, &packed, &mut out, 1);
            out[0]
        };
        assert_eq!(product([0.0; 8]), 0.25, "{}", kernels.int8);
        assert_eq!(product([1e-38; 8]), 0.25, "{}", kernels.int8);
        assert!(product([f32::INFINITY, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]).is_nan(), "{}", kernels.int8);
    }
}

#[test]
fn gelu_and_rounding_in_one_are_the_two_one_after_the_other() {
    for kernels in available() {
        let mut numbers = noise(3, 5 * 40);
        numbers.iter_mut().for_each(|x| *x *= 4.0);
        let (mut one, mut two) = (QuantisedRows::default(), QuantisedRows::default());
        kernels.gelu_quantise(&mut numbers.clone(), 40, &mut one);
        kernels.gelu(&mut numbers);
        kernels.quantise(&numbers, 40, 5, 40, &mut two);
        assert_eq!((one.bytes(), one.scales(), one.zeros()), (two.bytes(), two.scales(), two.zeros()));
    }
}
