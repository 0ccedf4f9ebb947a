//! Arithmetic over rows, once per instruction set.
//!
//! [`scalar`](self) code defines what a kernel computes; the others compute the same in wider registers and with several
//! sums at a time. [`best`] looks at the processor once per process and keeps its choice. [`available`] lists every kernel
//! that this machine can run, for tests and benches.
//!
//! | kernel   | machines                           | products per instruction |
//! |----------|------------------------------------|--------------------------|
//! | `avx512` | x86-64 with AVX-512F               | 16                       |
//! | `avx2`   | x86-64 with AVX2, FMA, F16C        | 8                        |
//! | `neon`   | AArch64                            | 4                        |
//! | `scalar` | all                                | whatever the compiler finds |
//!
//! A single running sum would wait four cycles for each addition before it could start the next, so every kernel keeps
//! several and adds them at the end. The matrix product and the functions of the encoder differ in the last bits between
//! kernels, because the order of additions differs, or a multiplication and an addition are fused. The functions that rank
//! answers give the same bits everywhere:
//!
//! - The inner product has one order of additions, below, and no kernel fuses.
//! - Eight-bit products and scores of codes add whole numbers; their instruction sets have names of their own
//!   ([`Kernels::int8`]).
//!
//! ```text
//! lane l of 64:    s[l] = ((0 + a[l]·b[l]) + a[64+l]·b[64+l]) + a[128+l]·b[128+l] …
//! sixteen sums:    t[l] = (s[l] + s[16+l]) + (s[32+l] + s[48+l])
//! eight sums:      u[l] = t[l] + t[8+l]          then four, two and one the same way
//! ```
//!
//! The tests compare all kernels that the machine can run. Those of AArch64 also run on other machines under QEMU, with the
//! instruction sets of the processor that `-cpu` names: `max` has them all, `neoverse-n1` lacks `i8mm`, `cortex-a72` lacks
//! `dotprod` as well.
//!
//! ```text
//! CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
//! CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -cpu max -L /usr/aarch64-linux-gnu" \
//! cargo test -p semsearch-vector --target aarch64-unknown-linux-gnu
//! ```
//!
//! Miri interprets the crate and finds reads and writes outside of a slice that a processor would allow. It detects only
//! the instruction sets that the build names, so without them only plain Rust runs. It supports the instructions used
//! here of x86-64 (AVX-VNNI only if AVX-512VL is named too), except for those of AVX-512 that take a minimum or a
//! maximum, estimate a reciprocal or compare into a mask, and those that widen half precision. Of NEON it supports those
//! of the f32 products. Plain Rust stands in for `dot_f16` and `reaching`; tests that need other missing instructions are
//! skipped. Under Miri the tests use smaller sizes and take a few minutes.
//!
//! ```text
//! rustup component add miri rust-src --toolchain nightly
//! cargo +nightly miri test -p semsearch-vector --lib
//! AVX2=+avx2,+fma,+f16c,+popcnt
//! RUSTFLAGS="-C target-feature=$AVX2" cargo +nightly miri test -p semsearch-vector --lib
//! AVX512=+avx512f,+avx512bw,+avx512vl,+avx512vnni,+avx512vpopcntdq
//! RUSTFLAGS="-C target-feature=$AVX2,+avxvnni,$AVX512" cargo +nightly miri test -p semsearch-vector --lib -- \
//!     --skip gelu --skip softmax --skip rounded --skip stand_for --skip largest_bytes --skip without_a_range
//! cargo +nightly miri test -p semsearch-vector --lib --target aarch64-unknown-linux-gnu -- \
//!     every_matrix_product documented_order
//! ```

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx2_codes;
#[cfg(target_arch = "x86_64")]
mod avx2_int8;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512_codes;
#[cfg(target_arch = "x86_64")]
mod avx512_load;
#[cfg(target_arch = "x86_64")]
mod avx512_pack;
#[cfg(target_arch = "x86_64")]
mod avx512_rows;
#[cfg(target_arch = "x86_64")]
mod avx512_vnni;
mod bytes;
mod codes;
mod detect;
mod elementwise;
mod kernels;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon_codes;
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
mod neon_int8;
mod offer;
mod prefetch;
mod product;
mod product_int8;
mod quantise;
mod scalar;
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little")))]
mod scoring;
#[cfg(test)]
mod tests;

pub use bytes::add_scaled_bytes;
pub use detect::{available, best};
pub use kernels::Kernels;
pub use offer::{Thresholds, offer_above, offer_above_each, offer_reaching};
pub use prefetch::prefetch;
