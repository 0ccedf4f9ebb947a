//! Measures how fast readers are: reads inputs, keeps nothing, and prints the number of records.
//!
//! ```text
//! cargo run --release -p semsearch-corpus --example count -- FILE...
//! ```
//!
//! Memory must not grow with the file: the last number is the peak memory of the process (`VmHWM`, on Linux).

#![expect(clippy::print_stdout, reason = "an example prints what it finds")]

use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args_os().skip(1).map(PathBuf::from) {
        let begun = Instant::now();
        let documents = semsearch_corpus::open(&path)?;
        let format = documents.format();
        let (mut records, mut malformed, mut characters) = (0u64, 0u64, 0u64);
        for document in documents {
            match document {
                Ok(document) => {
                    records += 1;
                    characters += (document.title.len() + document.r#abstract.len()) as u64;
                }
                Err(error) if error.is_skippable() => malformed += 1,
                Err(error) => return Err(error.into()),
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        let rate = records as f64 / seconds;
        println!("{}: {format}, {records} records, {malformed} malformed, {characters} bytes of text", path.display());
        println!("  {seconds:.2} s, {rate:.0} records/s, at most {}", peak_memory());
    }
    Ok(())
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "an unknown amount of memory".to_owned(), |peak| peak.trim().to_owned())
}
