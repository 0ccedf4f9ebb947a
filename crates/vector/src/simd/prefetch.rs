//! Prefetching memory before it is needed.

#![cfg_attr(target_arch = "x86_64", expect(unsafe_code, reason = "prefetch instructions take pointers"))]

/// Bytes of a cache line.
const LINE: usize = 64;

/// Prefetches a slice, without waiting for it. Does nothing on machines other than x86-64.
#[inline]
pub fn prefetch<T>(slice: &[T]) {
    let bytes = size_of_val(slice);
    let start = slice.as_ptr().cast::<u8>();
    for offset in (0..bytes).step_by(LINE) {
        let line = start.wrapping_add(offset);
        #[cfg(target_arch = "x86_64")]
        fetch(line);
        #[cfg(not(target_arch = "x86_64"))]
        let _ = line;
    }
}

/// Prefetches the cache line at a pointer, which may point anywhere.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn fetch(line: *const u8) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

    #[allow(unused_unsafe, reason = "the intrinsic is unsafe up to some compiler after 1.89 and safe since")]
    // SAFETY: SSE belongs to x86-64; a prefetch reads nothing that the program can see, and does not fault.
    unsafe {
        _mm_prefetch::<_MM_HINT_T0>(line.cast());
    }
}
