//! The encoder's matrix product and element-wise functions, in single precision.

use proptest::prelude::*;

use super::{at_most, exact, rounding_bound};
use crate::packed::Packed;
use crate::simd::available;

proptest! {
    #![proptest_config(crate::property_tests())]

    #[test]
    fn every_matrix_product_is_a_table_of_inner_products(
        (rows, inputs, outputs) in (1..at_most(30, 14), 1..at_most(50, 10), 1..at_most(80, 40)),
        gap in 0usize..3,
        seed in 0u32..1000,
    ) {
        let number = |place: usize| ((place as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 16) as f32 / 32768.0 - 1.0;
        let a: Vec<f32> = (0..rows * (inputs + gap)).map(number).collect();
        let weights: Vec<f32> = (0..inputs * outputs).map(|place| number(place + 7777)).collect();
        let bias: Vec<f32> = (0..outputs).map(|place| number(place + 99)).collect();
        let packed = Packed::linear(&weights, &bias, inputs);
        for kernels in available() {
            let mut out = vec![f32::NAN; rows * (outputs + gap)];
            kernels.matmul(&a, inputs + gap, rows, &packed, &mut out, outputs + gap);
            for row in 0..rows {
                let a = &a[row * (inputs + gap)..][..inputs];
                for column in 0..outputs {
                    let w = &weights[column * inputs..][..inputs];
                    let expected = exact(a, w) + f64::from(bias[column]);
                    let found = f64::from(out[row * (outputs + gap) + column]);
                    let bound = rounding_bound(a, w) * 2.0 + 1e-6;
                    prop_assert!((found - expected).abs() <= bound, "{} at {row}, {column}: {found} {expected}", kernels.name);
                }
                let between = &out[row * (outputs + gap) + outputs..(row + 1) * (outputs + gap)];
                prop_assert!(between.iter().all(|x| x.is_nan()), "{}: what lies between rows is left alone", kernels.name);
            }
        }
    }

    #[test]
    fn softmax_gives_shares_that_add_up_to_one(row in prop::collection::vec(-60f32..60.0, 1..70), scale in 0.05f32..1.0) {
        let high = row.iter().copied().fold(f32::MIN, f32::max);
        let powers: Vec<f64> = row.iter().map(|x| (f64::from(x - high) * f64::from(scale)).exp()).collect();
        let sum: f64 = powers.iter().sum();
        for kernels in available() {
            let mut found = row.clone();
            kernels.softmax(&mut found, scale);
            for (found, power) in found.iter().zip(&powers) {
                prop_assert!((f64::from(*found) - power / sum).abs() < 1e-6, "{}: {found}", kernels.name);
            }
        }
    }

    #[test]
    fn layer_normalisation_follows_its_formula(row in prop::collection::vec(-50f32..50.0, 2..70)) {
        let n = row.len() as f64;
        let residual: Vec<f32> = row.iter().rev().map(|x| x * 0.5 + 1.0).collect();
        let gain: Vec<f32> = row.iter().map(|x| x.sin()).collect();
        let shift: Vec<f32> = row.iter().map(|x| x.cos()).collect();
        let sums: Vec<f64> = row.iter().zip(&residual).map(|(x, r)| f64::from(x + r)).collect();
        let mean = sums.iter().sum::<f64>() / n;
        let variance = sums.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        for kernels in available() {
            let mut found = row.clone();
            kernels.add_layer_norm(&mut found, &residual, &gain, &shift, 1e-12);
            for (place, found) in found.iter().enumerate() {
                let unit = if variance > 1e-6 { (sums[place] - mean) / (variance + 1e-12).sqrt() } else { continue };
                let expected = unit * f64::from(gain[place]) + f64::from(shift[place]);
                prop_assert!((f64::from(*found) - expected).abs() < 1e-3, "{}: {found} {expected}", kernels.name);
            }
        }
    }
}

#[test]
fn gelu_agrees_with_known_values_and_between_kernels() {
    // x · Φ(x) from tables of the normal distribution.
    let known = [(0.0, 0.0), (1.0, 0.841_344_7), (-1.0, -0.158_655_3), (2.0, 1.954_499_7), (-3.0, -0.004_049_7)];
    for kernels in available() {
        for (x, expected) in known {
            for length in [1, 17, 40] {
                let mut numbers = vec![x; length];
                kernels.gelu(&mut numbers);
                assert!(numbers.iter().all(|y| (y - expected).abs() < 1e-6), "{}: {x} {numbers:?}", kernels.name);
            }
        }
        let mut far = [-1e4, -90.0, 90.0, 1e4];
        kernels.gelu(&mut far);
        assert_eq!(far, [0.0, 0.0, 90.0, 1e4], "{}", kernels.name);
    }
}
