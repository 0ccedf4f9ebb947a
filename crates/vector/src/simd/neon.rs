//! The inner product with NEON: 4 products at a time, 4 sums.
//!
//! ```text
//! while 16 numbers are left:  sum₀ += a[0..4]·b[0..4]   …   sum₃ += a[12..16]·b[12..16]
//! while  4 numbers are left:  sum₀ += a[0..4]·b[0..4]
//! the last 0 to 3 one by one
//! ```

#![expect(unsafe_code, reason = "loads four floats through a pointer")]

use std::arch::aarch64::{float32x4_t, vaddq_f32, vaddvq_f32, vdupq_n_f32, vfmaq_f32, vld1q_f32};

const LANES: usize = 4;
const SUMS: usize = 4;

/// Call only where NEON was detected, with slices of one length (a longer one is cut to the shorter).
#[target_feature(enable = "neon")]
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (registers_a, rest_a) = a.as_chunks::<LANES>();
    let (registers_b, rest_b) = b.as_chunks::<LANES>();
    let (blocks_a, single_a) = registers_a.as_chunks::<SUMS>();
    let (blocks_b, single_b) = registers_b.as_chunks::<SUMS>();

    let mut sums = [vdupq_n_f32(0.0); SUMS];
    for (x, y) in blocks_a.iter().zip(blocks_b) {
        for i in 0..SUMS {
            sums[i] = vfmaq_f32(sums[i], load(&x[i]), load(&y[i]));
        }
    }
    for (x, y) in single_a.iter().zip(single_b) {
        sums[0] = vfmaq_f32(sums[0], load(x), load(y));
    }
    let total = vaddq_f32(vaddq_f32(sums[0], sums[1]), vaddq_f32(sums[2], sums[3]));
    rest_a.iter().zip(rest_b).fold(vaddvq_f32(total), |sum, (x, y)| sum + x * y)
}

#[target_feature(enable = "neon")]
fn load(numbers: &[f32; LANES]) -> float32x4_t {
    // SAFETY: the reference guarantees four readable floats, and this load asks for no alignment.
    unsafe { vld1q_f32(numbers.as_ptr()) }
}
