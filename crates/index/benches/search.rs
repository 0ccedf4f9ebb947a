//! How fast are exact and approximate search over 10,000 rows of 384 numbers, and what does the graph miss?
//!
//! `cargo bench -p semsearch-index`. Speed is shown next to recall over a sweep of `ef`, since either alone says
//! nothing. Queries run one after the other on one thread; the build uses all of them. The rows are made, not real:
//! points of a 32-dimensional space in 64 clusters, turned into 384 dimensions with a little noise, which is about as
//! many directions as embeddings of paper abstracts vary in. Queries are drawn the same way and are none of the rows.

#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use std::time::{Duration, Instant};

use semsearch_index::{FlatIndex, HnswIndex, HnswParams, Index, IndexMeta, Vectors, open, save};
use semsearch_vector::{Matrix, normalise};

const ROWS: usize = 10_000;
const QUERIES: usize = 500;
const DIM: usize = 384;
const DIRECTIONS: usize = 32;
const CLUSTERS: usize = 64;
const K: usize = 10;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (rows, queries) = made_rows();
    let vectors = Vectors::new(rows)?;
    let flat = FlatIndex::new(vectors.clone());

    let start = Instant::now();
    let hnsw = HnswIndex::build(vectors.clone(), &HnswParams::default(), &|_| {}, &|| false)?;
    let build = start.elapsed();
    println!("{ROWS} rows of {DIM}, {QUERIES} queries, k {K}, graph {:?}", hnsw.params());
    println!("build {:.1} s on {} threads", build.as_secs_f64(), rayon::current_num_threads());

    let dir = tempfile::tempdir()?;
    let meta = IndexMeta { fingerprint: String::new(), build_seconds: build.as_secs_f64() };
    let (saved, saving) = timed(|| save(dir.path(), &vectors, Some(&hnsw), &meta));
    saved?;
    let (stored, opening) = timed(|| open(dir.path()));
    let stored = stored?;
    let (loaded, loading) = timed(|| stored.hnsw());
    loaded?;
    println!(
        "save {saving:.0?}, open {opening:.1?}, load graph {loading:.0?}, {:.0} bytes per row",
        stored.sizes().bytes_per_vector()
    );

    println!("\nindex     ef  recall@{K}   median µs  queries/s");
    let truth: Vec<f32> = queries
        .iter()
        .map(|query| Ok(flat.search(query, K, 0)?[K - 1].score))
        .collect::<Result<_, semsearch_index::SearchError>>()?;
    report(&flat, 0, &queries, &truth)?;
    for ef in [10, 16, 32, 64, 96, 128, 192, 256, 512] {
        report(&hnsw, ef, &queries, &truth)?;
    }
    Ok(())
}

/// One line of the table. A hit counts if it scores no less than the true last one.
fn report(index: &dyn Index, ef: usize, queries: &Matrix, truth: &[f32]) -> Result<(), semsearch_index::SearchError> {
    let mut times = Vec::with_capacity(queries.rows());
    let mut found = 0;
    for (query, worst) in queries.iter().zip(truth) {
        let (hits, time) = timed(|| index.search(query, K, ef));
        found += hits?.iter().filter(|hit| hit.score >= *worst).count();
        times.push(time);
    }
    times.sort_unstable();
    let total: Duration = times.iter().sum();
    println!(
        "{:<7} {ef:>4} {:>10.4} {:>11.0} {:>10.0}",
        index.name(),
        found as f64 / (K * queries.rows()) as f64,
        times[times.len() / 2].as_secs_f64() * 1e6,
        queries.rows() as f64 / total.as_secs_f64(),
    );
    Ok(())
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = run();
    (value, start.elapsed())
}

/// Rows and queries from one distribution.
fn made_rows() -> (Matrix, Matrix) {
    let mut seed = 1_u64;
    let mut normal = || -> f32 { (0..4).map(|_| uniform(&mut seed) - 0.5).sum() };
    let mut table = |rows: usize, dim: usize| Matrix::from_vec((0..rows * dim).map(|_| normal()).collect(), dim);
    let basis = table(DIRECTIONS, DIM).expect("whole rows");
    let centres = table(CLUSTERS, DIRECTIONS).expect("whole rows");
    let offsets = table(ROWS + QUERIES, DIRECTIONS).expect("whole rows");
    let mut rows = table(ROWS + QUERIES, DIM).expect("whole rows");

    for i in 0..rows.rows() {
        let row = rows.row_mut(i);
        row.iter_mut().for_each(|x| *x *= 0.3);
        for (direction, (centre, offset)) in basis.iter().zip(centres.row(i % CLUSTERS).iter().zip(offsets.row(i))) {
            for (x, along) in row.iter_mut().zip(direction) {
                *x += (centre + offset) * along;
            }
        }
        normalise(row);
    }
    let mut data = rows.into_vec();
    let queries = data.split_off(ROWS * DIM);
    (Matrix::from_vec(data, DIM).expect("whole rows"), Matrix::from_vec(queries, DIM).expect("whole rows"))
}

/// Splitmix64, as a number from 0 to 1.
fn uniform(seed: &mut u64) -> f32 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut x = *seed;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 40) as f32 / (1 << 24) as f32
}
