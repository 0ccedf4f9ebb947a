//! The encoder's kernels at the sizes of all-MiniLM-L6-v2 and 256 tokens, on one thread.
//!
//! `cargo bench -p semsearch-benches --bench encoder`. Items are multiplications with their additions for products, and
//! numbers for the rest.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use semsearch_vector::simd::available;
use semsearch_vector::{Packed, PackedInt8, QuantisedRows};

fn main() {
    divan::main();
}

fn kernels() -> Vec<&'static str> {
    available().iter().map(|kernels| kernels.name).collect()
}

fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|place| (place * 7919 % 1000) as f32 / 1000.0 - 0.5).collect()
}

/// Rows × inputs × outputs: the four products of a layer, one attention head's two, and a question's widest.
const PRODUCTS: [(usize, usize, usize); 6] =
    [(256, 384, 1152), (256, 384, 384), (96, 384, 1536), (96, 1536, 384), (256, 32, 256), (10, 384, 1536)];

#[divan::bench(args = kernels().into_iter().flat_map(|name| PRODUCTS.map(|size| (name, size))))]
fn matmul(bencher: Bencher<'_, '_>, (name, (rows, inputs, outputs)): (&str, (usize, usize, usize))) {
    let kernels = available().into_iter().find(|kernels| kernels.name == name).expect("listed");
    let a = numbers(rows * inputs);
    let b = Packed::linear(&numbers(inputs * outputs), &numbers(outputs), inputs);
    let mut out = vec![0.0; rows * outputs];
    bencher
        .counter(ItemsCount::new(rows * inputs * outputs))
        .bench_local(|| kernels.matmul(black_box(&a), inputs, rows, black_box(&b), &mut out, outputs));
}

fn int8_kernels() -> Vec<&'static str> {
    available().iter().map(|kernels| kernels.int8).collect()
}

#[divan::bench(args = int8_kernels().into_iter().flat_map(|name| PRODUCTS.map(|size| (name, size))))]
fn matmul_int8(bencher: Bencher<'_, '_>, (name, (rows, inputs, outputs)): (&str, (usize, usize, usize))) {
    let kernels = available().into_iter().find(|kernels| kernels.int8 == name).expect("listed");
    let mut a = QuantisedRows::default();
    kernels.quantise(&numbers(rows * inputs), inputs, rows, inputs, &mut a);
    let b = PackedInt8::linear(&numbers(inputs * outputs), &numbers(outputs), inputs);
    let mut out = vec![0.0; rows * outputs];
    bencher
        .counter(ItemsCount::new(rows * inputs * outputs))
        .bench_local(|| kernels.matmul_int8(black_box(&a), black_box(&b), &mut out, outputs));
}

#[divan::bench(args = kernels())]
fn quantise(bencher: Bencher<'_, '_>, name: &str) {
    let kernels = available().into_iter().find(|kernels| kernels.name == name).expect("listed");
    let (values, mut out) = (numbers(96 * 384), QuantisedRows::default());
    bencher
        .counter(ItemsCount::new(values.len()))
        .bench_local(|| kernels.quantise(black_box(&values), 384, 96, 384, &mut out));
}

#[divan::bench(args = kernels())]
fn gelu_quantise(bencher: Bencher<'_, '_>, name: &str) {
    let kernels = available().into_iter().find(|kernels| kernels.name == name).expect("listed");
    let (mut values, mut out) = (numbers(96 * 1536), QuantisedRows::default());
    bencher
        .counter(ItemsCount::new(values.len()))
        .bench_local(|| kernels.gelu_quantise(black_box(&mut values), 1536, &mut out));
}

#[divan::bench(args = kernels())]
fn softmax_quantise(bencher: Bencher<'_, '_>, name: &str) {
    let kernels = available().into_iter().find(|kernels| kernels.name == name).expect("listed");
    let (mut values, mut out) = (numbers(24 * 256), QuantisedRows::default());
    bencher
        .counter(ItemsCount::new(values.len()))
        .bench_local(|| kernels.softmax_quantise(black_box(&mut values), 256, 0.2, &mut out));
}

#[divan::bench(args = kernels())]
fn pack_keys(bencher: Bencher<'_, '_>, name: &str) {
    let kernels = available().into_iter().find(|kernels| kernels.name == name).expect("listed");
    let (values, mut out) = (numbers(256 * 1152), PackedInt8::default());
    bencher
        .counter(ItemsCount::new(256 * 32_usize))
        .bench_local(|| kernels.pack_int8_transposed(black_box(&values), 1152, 32, 256, &mut out));
}

#[divan::bench(args = kernels())]
fn pack_values(bencher: Bencher<'_, '_>, name: &str) {
    let kernels = available().into_iter().find(|kernels| kernels.name == name).expect("listed");
    let (values, mut out) = (numbers(256 * 1152), PackedInt8::default());
    bencher
        .counter(ItemsCount::new(256 * 32_usize))
        .bench_local(|| kernels.pack_int8(black_box(&values), 1152, 256, 32, &mut out));
}

#[divan::bench(args = kernels())]
fn gelu(bencher: Bencher<'_, '_>, name: &str) {
    let kernels = available().into_iter().find(|kernels| kernels.name == name).expect("listed");
    let mut values = numbers(96 * 1536);
    bencher.counter(ItemsCount::new(values.len())).bench_local(|| kernels.gelu(black_box(&mut values)));
}

#[divan::bench(args = kernels())]
fn softmax(bencher: Bencher<'_, '_>, name: &str) {
    let kernels = available().into_iter().find(|kernels| kernels.name == name).expect("listed");
    let mut values = numbers(256);
    bencher.counter(ItemsCount::new(values.len())).bench_local(|| kernels.softmax(black_box(&mut values), 0.2));
}

#[divan::bench(args = kernels())]
fn add_layer_norm(bencher: Bencher<'_, '_>, name: &str) {
    let kernels = available().into_iter().find(|kernels| kernels.name == name).expect("listed");
    let (mut row, other) = (numbers(384), numbers(384));
    bencher
        .counter(ItemsCount::new(row.len()))
        .bench_local(|| kernels.add_layer_norm(black_box(&mut row), &other, &other, &other, 1e-12));
}

/// A token of a static model: one row of the table added to the sum.
#[divan::bench(args = [256, 368])]
fn add_scaled_bytes(bencher: Bencher<'_, '_>, dim: usize) {
    let row: Vec<i8> = (0..dim).map(|place| (place * 31 % 255) as u8 as i8).collect();
    let mut sum = vec![0.0; dim];
    bencher
        .counter(ItemsCount::new(dim))
        .bench_local(|| semsearch_vector::simd::add_scaled_bytes(black_box(&mut sum), black_box(&row), 0.5));
}
