//! How long is one `dot` at 384 dimensions, in cache and out?
//!
//! `cargo bench -p semsearch-benches --bench dot`. The row counts stand for where the rows lie: 32 rows (48 KiB) about
//! fill the first-level cache, 512 rows (768 KiB) the second, and 200,000 rows (293 MiB) no cache at all. A call
//! scans all rows once, so divan's items per second are products per second.

use divan::{Bencher, counter::ItemsCount};
use semsearch_vector::{Matrix, simd};

const DIM: usize = 384;

fn main() {
    divan::main();
}

#[divan::bench(args = cases())]
fn scan(bencher: Bencher, (kernel, rows): &(&'static str, usize)) {
    let kernels = simd::available().into_iter().find(|kernels| kernels.name == *kernel).expect("listed as available");
    let matrix = Matrix::from_vec((0..rows * DIM).map(|i| (i % 7) as f32 - 3.0).collect(), DIM).expect("whole rows");
    let query = matrix.row(0);
    bencher
        .counter(ItemsCount::new(*rows))
        .bench(|| matrix.iter().map(|row| kernels.dot(divan::black_box(query), row)).fold(f32::MIN, f32::max));
}

/// `dot` with rows in half precision.
#[divan::bench(args = cases())]
fn scan_f16(bencher: Bencher, (kernel, rows): &(&'static str, usize)) {
    let kernels = simd::available().into_iter().find(|kernels| kernels.name == *kernel).expect("listed as available");
    // Numbers from 1 to 2: exponent 15, any fraction.
    let matrix: Vec<u16> = (0..rows * DIM).map(|i| 0x3c00 | (i % 1024) as u16).collect();
    let query = [0.5; DIM];
    bencher.counter(ItemsCount::new(*rows)).bench(|| {
        let scores = matrix.chunks_exact(DIM).map(|row| kernels.dot_f16(divan::black_box(&query), row));
        scores.fold(f32::MIN, f32::max)
    });
}

/// Every kernel of this machine at every size.
fn cases() -> Vec<(&'static str, usize)> {
    let kernels = simd::available();
    [32, 512, 200_000].iter().flat_map(|&rows| kernels.iter().map(move |k| (k.name, rows))).collect()
}
