//! Measures the memory of reading, beside the documents.
//!
//! Writes a million made-up papers to a file, reads them with `stream_corpus` and drops them. The result is the peak memory
//! less the memory before, per record. With `--existing`, the existing collection is built in memory before measuring.
//!
//! ```text
//! cargo run --release -p semsearch-corpus --example memory -- [RECORDS] [--keep-duplicates] [--bare] [--existing]
//! ```
//!
//! `--bare` gives papers no DOI and no arXiv id; `--existing` reads them a second time, as an addition to themselves.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::Instant;

use semsearch_corpus::{Document, Each, ExistingDocuments, Identity, ReadError, ReadOptions, stream_corpus};
use semsearch_task::{ErrorKind, NoProgress};

/// A collection that is only a file and the tables that find documents in it.
struct Kept {
    file: RefCell<File>,
    places: Vec<(u64, usize)>,
    numbers: HashMap<Identity, Vec<u64>>,
}

impl ExistingDocuments for Kept {
    fn find(&self, identity: Identity) -> Result<Vec<u64>, ReadError> {
        Ok(self.numbers.get(&identity).cloned().unwrap_or_default())
    }

    fn document(&self, number: u64) -> Result<Document, ReadError> {
        let (offset, length) = self.places[number as usize];
        let mut json = vec![0; length];
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(&mut json))
            .map_err(|error| ReadError::existing(ErrorKind::Io, error))?;
        serde_json::from_slice(&json).map_err(|error| ReadError::existing(ErrorKind::Io, error))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let records = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("papers.jsonl");
    write_papers(&path, records, has("--bare"))?;

    let options = ReadOptions::new().with_keep_duplicates(has("--keep-duplicates"));
    let mut kept = Kept { file: RefCell::new(tempfile::tempfile()?), places: Vec::new(), numbers: HashMap::new() };
    if has("--existing") {
        let mut end = 0;
        read(&path, &options, None, &mut |arrival| {
            let number = kept.places.len() as u64;
            kept.file
                .borrow_mut()
                .write_all(arrival.json)
                .map_err(|error| ReadError::existing(ErrorKind::Io, error))?;
            kept.places.push((end, arrival.json.len()));
            end += arrival.json.len() as u64;
            for identity in arrival.document.identities() {
                kept.numbers.entry(identity).or_default().push(number);
            }
            Ok(())
        })?;
    }
    reset_peak();
    let before = peak_bytes("VmRSS:");
    let (started, mut documents, mut unchanged) = (Instant::now(), 0_u64, 0_u64);
    let existing: Option<&dyn ExistingDocuments> = if has("--existing") { Some(&kept) } else { None };
    read(&path, &options, existing, &mut |arrival| {
        documents += 1;
        unchanged += u64::from(arrival.unchanged);
        Ok(())
    })?;
    let seconds = started.elapsed().as_secs_f64();
    let bytes = peak_bytes("VmHWM:").saturating_sub(before);
    writeln!(
        std::io::stdout(),
        "{records} records, {documents} documents, {unchanged} unchanged, in {seconds:.1} s; {:.1} MB more than before, \
         {:.1} bytes a record",
        bytes as f64 / 1e6,
        bytes as f64 / f64::from(records)
    )?;
    Ok(())
}

fn read(
    path: &PathBuf,
    options: &ReadOptions,
    existing: Option<&dyn ExistingDocuments>,
    each: &mut Each<'_, ReadError>,
) -> Result<(), ReadError> {
    let scratch = path.parent().unwrap_or(path);
    stream_corpus(std::slice::from_ref(path), options, &NoProgress, &mut |_| (), scratch, existing, each)?;
    Ok(())
}

/// Papers with unique titles and abstracts, and all kinds of identifiers.
fn write_papers(path: &PathBuf, records: u32, bare: bool) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..records {
        let (shelf, row) = (number / 1_000, number % 1_000);
        let names = if bare {
            String::new()
        } else {
            let (month, paper) = (number / 90_000, number % 90_000);
            let month = 1501 + month / 12 * 100 + month % 12;
            format!(r#", "doi": "10.1000/{number}", "arxiv_id": "{month}.{paper:05}""#)
        };
        writeln!(
            file,
            r#"{{"id": "paper-{number}", "title": "Paper {row} on shelf {shelf}", "abstract": "We found it on shelf {shelf}, where {row} others stood before it, and say what is in it.", "year": 2020{names}}}"#
        )?;
    }
    file.flush()
}

/// Resets the peak memory, if the system can.
fn reset_peak() {
    // Only Linux has such a file.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn peak_bytes(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok())
        .map_or(0, |kilobytes: u64| kilobytes * 1024)
}
