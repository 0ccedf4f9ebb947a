//! Random numbers that follow from a seed.

/// A number below `count`, evenly, from 64 random bits (Lemire, 2019; its correction matters above 2^32).
pub(crate) fn below(count: usize, bits: u64) -> usize {
    ((u128::from(bits) * count as u128) >> 64) as usize
}

/// Splitmix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014).
pub(crate) fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = state;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}
