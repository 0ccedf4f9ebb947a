//! What the file of columns takes, and how long filters and facets take on it.
//!
//! `cargo bench -p semsearch-benches --bench columns -- INDEX/segments/*/fields.columns` looks at each file by itself.
//! Sizes are taken from the file by its description; COLUMNS.md has those of 60,000 papers. Of a filter, the first time
//! includes checking and reading the columns it needs, the second is the mean of 20 more.

use std::io::Write;
use std::time::Instant;

use semsearch_index::RowSet;
use semsearch_store::{Columns, FacetField, Filter, TextField};
use semsearch_testing::mend::columns::{LINE, LINES};
use semsearch_testing::mend::numbers::u64_at;

/// The columns in the order of the file.
const NAMES: [&str; 9] = ["date", "year", "comments", "authors", "venue", "category", "org", "author", "source"];

const FILTERS: [&str; 8] = [
    "date >= 2026",
    "year between 2024 and 2025",
    "has category",
    "category = cs.CL",
    "author ~ smith",
    "author ~ wang",
    "author starts with a",
    "not (category in (cs.CL, cs.IR) or author = \"Yu Li\") and year = 2025",
];

/// How often a filter is asked again.
const AGAIN: u32 = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for path in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        let bytes = std::fs::read(&path)?;
        let rows = Columns::decode(bytes.clone())?.rows();
        writeln!(out, "{path}: {rows} papers, {} bytes", bytes.len())?;
        for (number, name) in NAMES.iter().enumerate() {
            let len = u64_at(&bytes, LINES + LINE * number).ok_or("the file is too short")?;
            writeln!(out, "  {name:<9} {len:>9} bytes, {:.2} a paper", len as f64 / rows as f64)?;
        }
        for text in FILTERS {
            let filter = Filter::parse(text)?;
            let columns = Columns::decode(bytes.clone())?;
            let started = Instant::now();
            let found = filter.rows(&columns)?.len();
            let first = started.elapsed();
            let started = Instant::now();
            for _ in 0..AGAIN {
                assert_eq!(filter.rows(&columns)?.len(), found);
            }
            writeln!(out, "  {found:>6} rows, first {first:>9.1?}, then {:>9.1?}: {text}", started.elapsed() / AGAIN)?;
        }
        let columns = Columns::decode(bytes)?;
        let hundred = RowSet::filled(rows, |row| (row.0 as usize).is_multiple_of((rows / 100).max(1)));
        for by in [TextField::Category, TextField::Author] {
            let started = Instant::now();
            let counts = columns.count(&hundred, FacetField::Text(by))?;
            writeln!(
                out,
                "  {} values of {} papers by {by:?} in {:.1?}",
                counts.len(),
                hundred.len(),
                started.elapsed()
            )?;
        }
    }
    Ok(())
}
