//! The inner product in plain Rust: what the other kernels mean, and the one that runs everywhere.

/// Running sums kept side by side. Without them each addition waits for the one before; with them the compiler may
/// use whatever vector registers the target always has.
const LANES: usize = 8;

pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (blocks_a, rest_a) = a.as_chunks::<LANES>();
    let (blocks_b, rest_b) = b.as_chunks::<LANES>();

    let mut sums = [0.0_f32; LANES];
    for (x, y) in blocks_a.iter().zip(blocks_b) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    // Not `sum()`, which starts at -0.0 and would return it for an empty vector.
    let rest = rest_a.iter().zip(rest_b).fold(0.0, |sum, (x, y)| sum + x * y);
    sums.iter().fold(rest, |sum, lane| sum + lane)
}
