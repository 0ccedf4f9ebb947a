//! What every encoding costs, over rows and queries from files.
//!
//! ```text
//! cargo bench -p semsearch-benches --bench quantisation -- rows.f32 queries.f32 384 [k]
//! ```
//!
//! Both files hold rows of as many little-endian `f32` as the third argument says, of length 1, and nothing else. The
//! printed table is Markdown: recall is a mean over all queries, µs is the median of a query on one thread.

#![expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]

use semsearch_eval::sweep::{SweepOptions, measure};
use semsearch_index::Vectors;
use semsearch_task::NoProgress;
use semsearch_vector::Matrix;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [rows, queries, dim, rest @ ..] = &arguments[..] else {
        println!("nothing measured: name a file of rows, a file of queries and their width");
        return Ok(());
    };
    let dim = dim.parse()?;
    let k = rest.first().map_or(Ok(10), |k| k.parse())?;
    let (rows, queries) = (read(rows, dim)?, read(queries, dim)?);
    println!("{} rows of {dim}, {} queries, k {k}\n", rows.rows(), queries.rows());
    let options = SweepOptions { k, rerank: vec![0, 2 * k, 5 * k, 10 * k, 20 * k], seed: 0 };
    let rungs = measure(&Vectors::new(rows)?, &queries, &options, &NoProgress)?;

    let titles = options.rerank.iter().map(|depth| format!(" R {depth} | µs |")).collect::<String>();
    println!("| rung | bytes | shared KiB | encode s |{titles}");
    println!("|---|{}", "--:|".repeat(3 + 2 * options.rerank.len()));
    for rung in rungs {
        let depths = rung.depths.iter().map(|depth| {
            let mean = depth.recall.iter().sum::<f64>() / depth.recall.len().max(1) as f64;
            format!(" {mean:.4} | {:.0} |", depth.median_us)
        });
        let shared = rung.shared_bytes as f64 / 1024.0;
        println!(
            "| {} | {} | {shared:.0} | {:.2} |{}",
            rung.name,
            rung.bytes_per_vector,
            rung.encode_seconds,
            depths.collect::<String>()
        );
    }
    Ok(())
}

fn read(file: &str, dim: usize) -> Result<Matrix, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(file).map_err(|error| format!("{file}: {error}"))?;
    let numbers = bytes.as_chunks().0.iter().map(|number| f32::from_le_bytes(*number)).collect();
    Matrix::from_vec(numbers, dim).map_err(|error| format!("{file}: {error}").into())
}
