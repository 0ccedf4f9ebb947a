//! Which kernels this machine can run.

use std::sync::OnceLock;

use super::kernels::Kernels;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx2_codes, avx2_int8, avx512, avx512_codes, avx512_vnni};
use super::{codes, scalar};
#[cfg(all(target_arch = "aarch64", target_endian = "little"))]
use super::{neon, neon_codes, neon_int8};

macro_rules! kernels {
    ($name:literal, $others:ident, $int8:literal, $matmul_int8:path, $codes:expr) => {
        Kernels {
            name: $name,
            int8: $int8,
            dot: $others::dot,
            // Miri does not know the instructions that widen.
            dot_f16: if cfg!(miri) { scalar::dot_f16 } else { $others::dot_f16 },
            codes: $codes,
            matmul: $others::matmul,
            gelu: $others::gelu,
            softmax: $others::softmax,
            add_layer_norm: $others::add_layer_norm,
            matmul_int8: $matmul_int8,
            quantise: $others::quantise,
            gelu_quantise: $others::gelu_quantise,
            softmax_quantise: $others::softmax_quantise,
            pack_int8: $others::pack_int8,
            pack_int8_transposed: $others::pack_int8_transposed,
        }
    };
}

/// The fastest kernels this machine can run, found once per process.
#[must_use]
pub fn best() -> &'static Kernels {
    static BEST: OnceLock<Kernels> = OnceLock::new();
    BEST.get_or_init(|| available()[0])
}

/// Every kernel this machine can run, fastest first. The last one is always `scalar`.
#[must_use]
pub fn available() -> Vec<Kernels> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        // Every known processor with AVX2 has these two as well; one without them would run plain Rust.
        let avx2 = avx2 && is_x86_feature_detected!("f16c") && is_x86_feature_detected!("popcnt");
        if is_x86_feature_detected!("avx512f") && avx2 {
            let vnni = is_x86_feature_detected!("avx512vnni");
            let popcnt = is_x86_feature_detected!("avx512vpopcntdq") && is_x86_feature_detected!("avx512bw");
            let codes = avx512_codes::kernels(vnni, popcnt);
            if vnni {
                found.push(kernels!("avx512", avx512, "avx512-vnni", avx512_vnni::matmul_int8, codes));
            } else {
                found.push(kernels!("avx512", avx512, "avx2", avx2_int8::plain::matmul_int8, codes));
            }
        }
        if avx2 && is_x86_feature_detected!("avxvnni") {
            found.push(kernels!("avx2", avx2, "avx-vnni", avx2_int8::vnni::matmul_int8, avx2_codes::vnni::KERNELS));
        }
        if avx2 {
            found.push(kernels!("avx2", avx2, "avx2", avx2_int8::plain::matmul_int8, avx2_codes::plain::KERNELS));
        }
    }
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    if std::arch::is_aarch64_feature_detected!("neon") {
        let dotprod = std::arch::is_aarch64_feature_detected!("dotprod");
        if std::arch::is_aarch64_feature_detected!("i8mm") {
            let codes = if dotprod { neon_codes::dotprod::KERNELS } else { neon_codes::plain::KERNELS };
            found.push(kernels!("neon", neon, "neon-i8mm", neon_int8::i8mm::matmul_int8, codes));
        }
        if dotprod {
            found.push(kernels!(
                "neon",
                neon,
                "neon-dotprod",
                neon_int8::dotprod::matmul_int8,
                neon_codes::dotprod::KERNELS
            ));
        }
        found.push(kernels!("neon", neon, "neon", neon_int8::plain::matmul_int8, neon_codes::plain::KERNELS));
    }
    found.push(kernels!("scalar", scalar, "scalar", scalar::matmul_int8, codes::SCALAR));
    found
}
