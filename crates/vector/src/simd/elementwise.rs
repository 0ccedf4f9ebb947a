//! Element-wise arithmetic of a transformer: GELU, softmax, layer normalisation.
//!
//! Written once, in plain Rust, as loops the compiler turns into vector code; each instruction set compiles its own copy
//! (`elementwise!` below). The constant `FMA` says whether the set has fused multiply-add: without it, `mul_add` would call
//! a library function for every number.
//!
//! `exp` reduces its argument to `2ⁿ · eʳ` with `|r| ≤ ln 2 / 2` and takes a polynomial of degree 6 for `eʳ` (the
//! coefficients of Cephes' `expf`): within 2 units in the last place. `erf` is formula 7.1.26 of Abramowitz and Stegun,
//! off by at most 1.5 · 10⁻⁷.

/// Sums that a loop keeps side by side.
pub(super) const LANES: usize = 16;

#[inline(always)]
pub(super) fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// `eˣ` for any finite `x`; 0 below -87, the largest power of two within reach above 88.
#[inline(always)]
pub(super) fn exp<const FMA: bool>(x: f32) -> f32 {
    // Adding 1.5 · 2²³ rounds to a whole number and leaves it in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = fma::<FMA>(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = fma::<FMA>(n, -LN2_LOW, fma::<FMA>(n, -LN2_HIGH, x));
    let mut p = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = fma::<FMA>(p, r, coefficient);
    }
    let e_to_r = fma::<FMA>(p * r, r, r) + 1.0;
    let two_to_n = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    e_to_r * two_to_n
}

#[inline(always)]
fn erf<const FMA: bool>(x: f32) -> f32 {
    let a = x.abs();
    let t = 1.0 / fma::<FMA>(a, 0.327_591_1, 1.0);
    let mut p = 1.061_405_4;
    for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_72, 0.254_829_6] {
        p = fma::<FMA>(p, t, coefficient);
    }
    (1.0 - p * t * exp::<FMA>(-a * a)).copysign(x)
}

/// `x · Φ(x)` in place: the Gaussian error linear unit in its exact form (Hendrycks and Gimpel, 2016).
#[inline(always)]
pub(super) fn gelu<const FMA: bool>(numbers: &mut [f32]) {
    for x in numbers {
        let half = 0.5 * *x;
        *x = fma::<FMA>(half, erf::<FMA>(*x * std::f32::consts::FRAC_1_SQRT_2), half);
    }
}

/// Softmax: replaces each number by `e^(scale · x)` divided by the sum over all numbers.
#[inline(always)]
pub(super) fn softmax<const FMA: bool>(row: &mut [f32], scale: f32) {
    let (chunks, rest) = row.as_chunks_mut::<LANES>();
    let mut highest = [f32::NEG_INFINITY; LANES];
    for chunk in &*chunks {
        for lane in 0..LANES {
            highest[lane] = higher(highest[lane], chunk[lane]);
        }
    }
    let highest = rest.iter().copied().fold(across(highest, higher), higher);
    let mut sums = [0.0; LANES];
    for chunk in &mut *chunks {
        for lane in 0..LANES {
            chunk[lane] = exp::<FMA>((chunk[lane] - highest) * scale);
            sums[lane] += chunk[lane];
        }
    }
    let mut sum = across(sums, |a, b| a + b);
    for x in &mut *rest {
        *x = exp::<FMA>((*x - highest) * scale);
        sum += *x;
    }
    let share = 1.0 / sum;
    for x in row {
        *x *= share;
    }
}

/// Adds `residual` to `row`, brings the sum to mean 0 and variance 1, and applies `gain` and `shift` (Ba et al., 2016).
/// All four are equally long.
#[inline(always)]
pub(super) fn add_layer_norm<const FMA: bool>(
    row: &mut [f32],
    residual: &[f32],
    gain: &[f32],
    shift: &[f32],
    epsilon: f32,
) {
    let n = row.len() as f32;
    for (x, r) in row.iter_mut().zip(residual) {
        *x += r;
    }
    let mean = sum(row, |x| x) / n;
    // Two passes: the mean of squares less the square of the mean would lose digits if the mean is large.
    let variance = sum(row, |x| (x - mean) * (x - mean)) / n;
    let scale = 1.0 / (variance + epsilon).sqrt();
    for ((x, g), s) in row.iter_mut().zip(gain).zip(shift) {
        *x = fma::<FMA>((*x - mean) * scale, *g, *s);
    }
}

/// Combines sixteen lanes into one: halves, quarters, eighths, pairs. In sequence, each step would wait for the one before.
#[inline(always)]
pub(super) fn across<T: Copy>(lanes: [T; LANES], join: impl Fn(T, T) -> T) -> T {
    let mut lanes = lanes;
    for width in [8, 4, 2, 1] {
        for lane in 0..width {
            lanes[lane] = join(lanes[lane], lanes[lane + width]);
        }
    }
    lanes[0]
}

/// The larger one; `a` where `b` is NaN.
#[inline(always)]
pub(super) fn higher(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// The smaller one; `a` where `b` is NaN.
#[inline(always)]
pub(super) fn lower(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += of(chunk[lane]);
        }
    }
    across(sums, |a, b| a + b) + rest.iter().map(|&x| of(x)).sum::<f32>()
}

/// Compiles the functions of this file for one instruction set.
macro_rules! elementwise {
    ($fma:literal $(, $feature:literal)?) => {
        $(#[target_feature(enable = $feature)])?
        pub(super) fn gelu(numbers: &mut [f32]) {
            super::elementwise::gelu::<$fma>(numbers);
        }

        $(#[target_feature(enable = $feature)])?
        pub(super) fn softmax(row: &mut [f32], scale: f32) {
            super::elementwise::softmax::<$fma>(row, scale);
        }
    };
}
pub(super) use elementwise;

/// Compiles [`add_layer_norm`] for one instruction set.
macro_rules! layer_norm {
    ($fma:literal $(, $feature:literal)?) => {
        $(#[target_feature(enable = $feature)])?
        pub(super) fn add_layer_norm(row: &mut [f32], residual: &[f32], gain: &[f32], shift: &[f32], epsilon: f32) {
            super::elementwise::add_layer_norm::<$fma>(row, residual, gain, shift, epsilon);
        }
    };
}
pub(super) use layer_norm;
