//! The file as a whole: round trips, damage, and writes that fail.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use semsearch_corpus::Document;
use semsearch_disk::fault::{Failure, Plan};
use semsearch_index::RowId;

use super::format::{PAGE, VERSION};
use super::table::Key;
use super::{Blocks, BlocksWriter, Record};
use crate::collection::documents::DocumentError;

/// What a record is made of, to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owned {
    json: Vec<u8>,
    content: Key,
    passage: Key,
    identities: Vec<Key>,
}

impl Owned {
    fn record(&self) -> Record<'_> {
        Record { json: &self.json, content: self.content, passage: self.passage, identities: &self.identities }
    }
}

fn key(text: &str) -> Key {
    let mut key = [0; 16];
    key.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    key
}

/// A document with an id, and with an identity besides that it shares with others.
fn owned(number: usize) -> Owned {
    let title = format!("On {}", "tides and moons ".repeat(number % 7));
    let document = Document { id: format!("id-{number}"), title, ..Document::default() };
    Owned {
        json: serde_json::to_vec(&document).unwrap(),
        content: key(&format!("content {number}")),
        passage: key(&document.passage()),
        identities: vec![key(&document.id), key(&format!("shared {}", number % 5))],
    }
}

fn write(path: &Path, records: &[Owned]) -> Result<(), DocumentError> {
    let mut out = BlocksWriter::create(path)?;
    records.iter().try_for_each(|record| out.push(&record.record()))?;
    out.finish()
}

fn folder_with(records: &[Owned]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("documents.blocks");
    write(&path, records).unwrap();
    (folder, path)
}

fn row(number: usize) -> RowId {
    RowId(u32::try_from(number).unwrap())
}

/// Asks for everything there is.
fn assert_holds(blocks: &Blocks, records: &[Owned]) {
    assert_eq!((blocks.len(), blocks.is_empty()), (records.len(), records.is_empty()));
    let mut rows_of: HashMap<Key, Vec<RowId>> = HashMap::new();
    for (number, record) in records.iter().enumerate() {
        let row = row(number);
        assert_eq!(blocks.json(row).unwrap(), record.json);
        assert_eq!(blocks.content(row).unwrap(), record.content);
        assert_eq!(blocks.passage(row).unwrap(), record.passage);
        assert_eq!(blocks.identities(row).unwrap(), record.identities);
        for identity in &record.identities {
            let rows = rows_of.entry(*identity).or_default();
            if rows.last() != Some(&row) {
                rows.push(row);
            }
        }
    }
    for (identity, rows) in rows_of {
        assert_eq!(blocks.find(identity).unwrap(), rows);
    }
    assert_eq!(blocks.find(key("nobody")).unwrap(), []);
    assert_eq!(visited(blocks, (0..records.len()).map(row)), records);
    blocks.verify_all().unwrap();
}

fn visited(blocks: &Blocks, rows: impl Iterator<Item = RowId>) -> Vec<Owned> {
    let mut all = Vec::new();
    let visit = |_, record: &Record<'_>| {
        let (json, identities) = (record.json.to_vec(), record.identities.to_vec());
        all.push(Owned { json, content: record.content, passage: record.passage, identities });
        Ok::<_, DocumentError>(())
    };
    blocks.for_each(rows, visit).unwrap();
    all
}

#[test]
fn documents_come_back_as_they_were_written_however_many_there_are() {
    for count in [0, 1, 15, 16, 17, 1000, 1100] {
        let records: Vec<Owned> = (0..count).map(owned).collect();
        let (_folder, path) = folder_with(&records);
        let blocks = Blocks::open(&path).unwrap();
        assert_holds(&blocks, &records);
        if count > 0 {
            assert_eq!(blocks.get(row(count - 1)).unwrap().id, format!("id-{}", count - 1));
        }
        let sizes = blocks.sizes();
        assert_eq!(sizes.file_bytes, std::fs::metadata(&path).unwrap().len());
        assert_eq!(sizes.json_bytes, records.iter().map(|record| record.json.len() as u64 + 1).sum::<u64>());
        assert_eq!(sizes.compressed_bytes + sizes.table_bytes, sizes.file_bytes);
    }
}

#[test]
fn documents_may_be_empty_or_very_long() {
    let mut records: Vec<Owned> = (0..40).map(owned).collect();
    for number in [0, 3, 16, 39] {
        records[number].json.clear();
        records[number].identities.clear();
    }
    records[20].json = (0..5_000_000_u32).map(|byte| b'a' + (byte.wrapping_mul(2_654_435_761) >> 28) as u8).collect();
    let (_folder, path) = folder_with(&records);
    assert_holds(&Blocks::open(&path).unwrap(), &records);
}

#[test]
fn rows_are_visited_in_the_order_asked_for() {
    let records: Vec<Owned> = (0..100).map(owned).collect();
    let (_folder, path) = folder_with(&records);
    let blocks = Blocks::open(&path).unwrap();
    let order = [99, 3, 3, 50, 1, 2, 17, 16, 0];
    let expected: Vec<Owned> = order.iter().map(|number| records[*number].clone()).collect();
    assert_eq!(visited(&blocks, order.iter().map(|number| row(*number))), expected);
}

#[test]
fn a_row_that_is_not_there_is_an_error() {
    let (_folder, path) = folder_with(&[owned(0)]);
    let blocks = Blocks::open(&path).unwrap();
    for missing in [1, 15, 16, u32::MAX] {
        let row = RowId(missing);
        assert!(matches!(blocks.get(row), Err(DocumentError::Damaged { .. })));
        assert!(blocks.content(row).is_err() && blocks.passage(row).is_err() && blocks.identities(row).is_err());
        let visit = |_, _: &Record<'_>| Ok::<_, DocumentError>(());
        assert!(blocks.for_each([row].into_iter(), visit).is_err());
    }
}

#[test]
fn two_lines_are_no_document() {
    let folder = tempfile::tempdir().unwrap();
    let mut out = BlocksWriter::create(&folder.path().join("a")).unwrap();
    let record = Owned { json: b"{}\n{}".to_vec(), ..owned(0) };
    let error = out.push(&record.record()).unwrap_err();
    assert!(matches!(error, DocumentError::Io { action: "write", .. }));
}
