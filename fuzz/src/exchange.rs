//! `export.json`, which says what made the vectors that are imported.

use semsearch_corpus::ReadOptions;
use semsearch_engine::exchange::{ExportRecord, ImportOptions, import};
use semsearch_engine::{Intake, IntakeMode};
use semsearch_store::Collection;
use semsearch_task::NoProgress;

use crate::{scratch, tell, whole};

/// More numbers than this are not made up for a row.
const WIDEST: usize = 64;

/// Imports two papers with vectors of the model that the record names. What is imported can be opened.
#[must_use]
pub fn export_record(bytes: &[u8]) -> bool {
    let record: ExportRecord = match serde_json::from_slice(bytes) {
        Ok(record) => record,
        Err(error) => {
            tell(&error);
            return !bytes.is_empty();
        }
    };
    let papers = b"{\"id\": \"1\", \"text\": \"Tides\"}\n{\"id\": \"2\", \"text\": \"Knots\"}\n";
    let papers = scratch::write("papers.jsonl", papers);
    let dim = record.model.dimension().min(WIDEST);
    let mut numbers = vec![0.0_f32; 2 * dim];
    numbers.iter_mut().step_by(dim + 1).for_each(|number| *number = 1.0);
    let head = [2, dim as u32].map(u32::to_le_bytes).concat();
    let rows: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let vectors = scratch::write("vectors.fbin", &[head, rows].concat());
    let root = scratch::path("imported");
    let options = ReadOptions::new().with_keep_duplicates(true);
    let intake = Intake::read(&root, IntakeMode::Add, &[papers], &options, &mut |_| {}, &NoProgress);
    match import(
        intake.expect("two papers into an empty folder"),
        &vectors,
        &record.model,
        ImportOptions::default(),
        &NoProgress,
    ) {
        Ok(imported) => {
            assert_eq!((imported.added, imported.manifest.model()), (2, &record.model));
            let collection = Collection::open(&root).expect("what was imported can be opened");
            assert_eq!((collection.len(), collection.model()), (2, &record.model));
            drop(collection);
            let verdict = whole::look(&root).expect("it is a collection");
            assert!(verdict.is_whole(), "what was imported is whole: {verdict:?}");
        }
        Err(error) => tell(&error),
    }
    let _ = std::fs::remove_dir_all(&root);
    true
}
