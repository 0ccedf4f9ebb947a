//! Every kernel of this machine against its meaning, and against plain Rust.

mod dot;
mod encoder;
mod int8;

/// How large something is at most; less under Miri.
pub(super) const fn at_most(usually: usize, under_miri: usize) -> usize {
    if cfg!(miri) { under_miri } else { usually }
}

/// How far a computed inner product of `n` terms may lie from the true one.
///
/// Whatever the order of the additions, and with or without fused multiplication, each product takes part in at
/// most `n` roundings, each off by a factor of at most 1 ± 2⁻²⁴. The error is thus at most γ · Σ|aᵢbᵢ| with
/// γ = n·2⁻²⁴ / (1 − n·2⁻²⁴). Products below the normal range add at most half the smallest subnormal each.
pub(super) fn rounding_bound(a: &[f32], b: &[f32]) -> f64 {
    let magnitude: f64 = a.iter().zip(b).map(|(x, y)| (f64::from(*x) * f64::from(*y)).abs()).sum();
    let roundings = a.len() as f64 * 2f64.powi(-24);
    roundings / (1.0 - roundings) * magnitude + a.len() as f64 * 2f64.powi(-150)
}

/// The sum in double precision, whose own error is a 2²⁹th of the bound above.
pub(super) fn exact(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

/// Numbers that look random and repeat with `seed`.
pub(super) fn noise(seed: u32, count: usize) -> Vec<f32> {
    let mix = |place: usize| (place as u32).wrapping_add(seed).wrapping_mul(2_654_435_761) ^ seed.rotate_left(13);
    (0..count).map(|place| (mix(place).wrapping_mul(0x9E37_79B9) >> 8) as f32 / 8_388_608.0 - 1.0).collect()
}
