//! How long does it take to score a row of codes, and to find the scores that reach a threshold?
//!
//! `cargo bench -p semsearch-benches --bench codes`. Rows have 384 dimensions: 192 bytes in four bits, 384 in eight. The
//! row counts stand for where the rows lie: 5,000 rows of four bits (0.9 MiB) fit a second-level cache, 59,000 rows (10.8
//! MiB) do not. A list has 32 rows, as many as a node of the graph has neighbours, taken from anywhere. divan's items per
//! second are rows per second, in time that passes; on a machine with other work, look at the fastest run.

use divan::{Bencher, black_box, counter::ItemsCount};
use semsearch_testing::Random;
use semsearch_vector::simd::{self, Kernels};
use semsearch_vector::{CodeBits, CodeRows, PackedInt8, QuantisedRows};

const DIM: usize = 384;
const LIST: usize = 32;
/// Rows that are unpacked at a time.
const CHUNK: usize = 256;

fn main() {
    divan::main();
}

#[divan::bench(args = cases())]
fn run(bencher: Bencher, case: &Case) {
    let bytes = Bytes::new(case);
    let (rows, query) = (bytes.rows(), query());
    let mut scores = vec![0; rows.len()];
    bencher
        .counter(ItemsCount::new(rows.len()))
        .bench_local(|| case.kernels.score_code_run(&rows, black_box(&query), 0, black_box(&mut scores)));
}

#[divan::bench(args = cases())]
fn lists(bencher: Bencher, case: &Case) {
    let bytes = Bytes::new(case);
    let (rows, query) = (bytes.rows(), query());
    let ids: Vec<u32> = noise().take(1000 * LIST).map(|number| (number as usize % rows.len()) as u32).collect();
    let mut scores = [0; LIST];
    bencher.counter(ItemsCount::new(ids.len())).bench_local(|| {
        for list in ids.as_chunks::<LIST>().0 {
            case.kernels.score_codes(&rows, black_box(&query), list, black_box(&mut scores));
        }
    });
}

/// Many queries at once: the codes of a few rows are unpacked, then multiplied. Items are scores: rows times queries.
#[divan::bench(args = kernels(), consts = [8, 32, 128])]
fn batch<const QUERIES: usize>(bencher: Bencher, kernel: &str) {
    let case = Case { kernels: named(kernel), bits: CodeBits::Four, rows: 5_000 };
    let bytes = Bytes::new(&case);
    let queries = PackedInt8::whole(&query().repeat(QUERIES), DIM, DIM, QUERIES);
    let (mut codes, mut scores) = (QuantisedRows::default(), vec![0.0; CHUNK * QUERIES]);
    bencher.counter(ItemsCount::new(CHUNK * QUERIES)).bench_local(|| {
        case.kernels.unpack_codes(&bytes.rows(), 0, CHUNK, &mut codes);
        case.kernels.matmul_int8(&codes, black_box(&queries), black_box(&mut scores), QUERIES);
    });
}

/// One row in a hundred reaches the threshold.
#[divan::bench(args = kernels())]
fn reaching(bencher: Bencher, kernel: &str) {
    let scores: Vec<i32> = noise().take(59_000).map(|number| (number % 1000) as i32).collect();
    let errors = vec![0.5; scores.len()];
    let (kernels, mut found) = (named(kernel), Vec::new());
    bencher.counter(ItemsCount::new(scores.len())).bench_local(|| {
        found.clear();
        kernels.reaching(black_box(&scores), &errors, 1.0, 1.0, 990.0, 0, &mut found);
        found.len()
    });
}

/// Rows of one bit a dimension.
#[divan::bench(args = kernels())]
fn differing_bits(bencher: Bencher, kernel: &str) {
    let rows: Vec<u8> = noise().take(5_000 * DIM / 8).map(|number| number as u8).collect();
    let (kernels, mut counts) = (named(kernel), vec![0; 5_000]);
    bencher
        .counter(ItemsCount::new(counts.len()))
        .bench_local(|| kernels.hamming_run(black_box(&rows[..DIM / 8]), &rows, black_box(&mut counts)));
}

struct Case {
    kernels: Kernels,
    bits: CodeBits,
    rows: usize,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} bits, {} rows, {}", self.bits, self.rows, self.kernels.int8)
    }
}

/// Every kernel of this machine in both numbers of bits, in the second-level cache and out of it.
fn cases() -> impl Iterator<Item = Case> {
    [(CodeBits::Four, 5_000), (CodeBits::Four, 59_000), (CodeBits::Eight, 2_500), (CodeBits::Eight, 59_000)]
        .into_iter()
        .flat_map(|(bits, rows)| simd::available().into_iter().map(move |kernels| Case { kernels, bits, rows }))
}

fn kernels() -> impl Iterator<Item = &'static str> {
    simd::available().into_iter().map(|kernels| kernels.int8)
}

fn named(kernel: &str) -> Kernels {
    simd::available().into_iter().find(|kernels| kernels.int8 == kernel).expect("listed as available")
}

/// Rows that begin at a cache line, as those of an index file do.
struct Bytes {
    buffer: Vec<u8>,
    first: usize,
    bits: CodeBits,
}

impl Bytes {
    fn new(case: &Case) -> Self {
        let buffer: Vec<u8> = noise().take(case.rows * case.bits.stride(DIM) + 63).map(|number| number as u8).collect();
        let first = buffer.as_ptr().align_offset(64);
        Bytes { buffer, first, bits: case.bits }
    }

    fn rows(&self) -> CodeRows<'_> {
        let stride = self.bits.stride(DIM);
        let whole = (self.buffer.len() - 63) / stride * stride;
        CodeRows::new(&self.buffer[self.first..][..whole], self.bits, DIM)
    }
}

fn query() -> Vec<i8> {
    noise().take(DIM).map(|number| (number % 255) as i8).map(|byte| byte.max(-127)).collect()
}

/// Numbers that look random and are the same every time.
fn noise() -> impl Iterator<Item = u32> {
    let mut random = Random::new(1);
    std::iter::from_fn(move || Some((random.number() >> 33) as u32))
}
