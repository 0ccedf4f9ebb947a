//! Rows of `f32` and the arithmetic over them.
//!
//! Text becomes vectors in one crate and neighbours in another; the two meet here, at [`Matrix`] and `&[f32]`. Every
//! score of the project is a [`dot`] of two unit vectors, which is their cosine, so this one product is the inner loop
//! of everything that searches. It has a kernel per instruction set in [`simd`], chosen once per process.
//!
//! ```
//! use semsearch_vector::{Matrix, dot, normalise};
//!
//! let mut rows = Matrix::new(2);
//! rows.push(&[3.0, 4.0]);
//! rows.push(&[4.0, 3.0]);
//! for i in 0..rows.rows() {
//!     normalise(rows.row_mut(i));
//! }
//! assert!((dot(rows.row(0), rows.row(1)) - 0.96).abs() < 1e-6);
//! ```
//!
//! The encoder's matrix products and element-wise functions are kernels of the same kind; their right-hand sides are
//! [`Packed`], or [`PackedInt8`] where both sides are bytes.
//!
//! [`linear`] has linear algebra in f64, for results that are computed once and stored.
//!
//! `unsafe` code is only inside [`simd`] and in one function each of `packed.rs` and `signed.rs`.

mod bytes;
mod codes;
pub mod linear;
mod matrix;
mod metric;
mod packed;
mod quantised;
mod signed;
pub mod simd;

pub use bytes::Bytes;
pub use codes::{CodeBits, CodeRows};
pub use matrix::{Matrix, ShapeError};
pub use metric::{cosine, dot, norm, normalise};
pub use packed::Packed;
pub use quantised::{PackedInt8, QuantisedRows};
pub use signed::SignedRows;

/// The number of cases of a property test. Fewer under Miri, which is a million times slower and has no folder for
/// failures.
#[cfg(test)]
fn property_tests() -> proptest::test_runner::Config {
    if cfg!(miri) {
        proptest::test_runner::Config { cases: 2, failure_persistence: None, ..Default::default() }
    } else {
        proptest::test_runner::Config::default()
    }
}
