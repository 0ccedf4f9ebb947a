//! The file as a whole: round trips, damage, and writes that fail.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use semsearch_corpus::Document;
use semsearch_disk::fault::{Failure, Plan};
use semsearch_index::RowId;
use semsearch_testing::mend::documents::mend;

use super::error::DocumentError;
use super::format::{Layout, PAGE, Section, VERSION};
use super::table::{IdentityEntry, Key};
use super::{Record, StoreReader, StoreWriter};

/// An owned [`Record`].
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

/// A document with an id, and with a second identity that it shares with other documents.
fn owned(number: usize) -> Owned {
    let title = format!("On {}", "tides and moons ".repeat(number % 7));
    let document = Document::new(format!("id-{number}"), title, "");
    // Written out, since the stored golden file keeps the fields that documents had when it was made.
    let json = format!(
        "{{\"id\":\"id-{number}\",\"title\":\"{}\",\"abstract\":\"\",\"authors\":[],\"authors_count\":null,\
         \"organization\":null,\"date\":null,\"year\":null,\"venue\":null,\"url\":null,\"keywords\":[],\"comments\":null,\
         \"source\":[],\"extra\":{{}}}}",
        document.title
    );
    Owned {
        json: json.into_bytes(),
        content: key(&format!("content {number}")),
        passage: key(&document.passage()),
        identities: vec![key(&document.id), key(&format!("shared {}", number % 5))],
    }
}

fn write(path: &Path, records: &[Owned]) -> Result<(), DocumentError> {
    let mut out = StoreWriter::create(path)?;
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

/// Reads everything and compares it with `records`.
fn assert_holds(blocks: &StoreReader, records: &[Owned]) {
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

fn visited(blocks: &StoreReader, rows: impl Iterator<Item = RowId>) -> Vec<Owned> {
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
        let blocks = StoreReader::open(&path).unwrap();
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
    assert_holds(&StoreReader::open(&path).unwrap(), &records);
}

#[test]
fn rows_are_visited_in_the_order_asked_for() {
    let records: Vec<Owned> = (0..100).map(owned).collect();
    let (_folder, path) = folder_with(&records);
    let blocks = StoreReader::open(&path).unwrap();
    let order = [99, 3, 3, 50, 1, 2, 17, 16, 0];
    let expected: Vec<Owned> = order.iter().map(|number| records[*number].clone()).collect();
    assert_eq!(visited(&blocks, order.iter().map(|number| row(*number))), expected);
}

#[test]
fn a_row_that_is_not_there_is_an_error() {
    let (_folder, path) = folder_with(&[owned(0)]);
    let blocks = StoreReader::open(&path).unwrap();
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
    let mut out = StoreWriter::create(&folder.path().join("a")).unwrap();
    let record = Owned { json: b"{}\n{}".to_vec(), ..owned(0) };
    let error = out.push(&record.record()).unwrap_err();
    assert!(matches!(error, DocumentError::Io { action: "write", .. }));
}

/// Overwrites a file with bytes of the same length. Truncating it first would make the system wait for the disk.
fn overwrite(path: &Path, bytes: &[u8]) {
    std::fs::File::options().write(true).open(path).unwrap().write_all(bytes).unwrap();
}

/// Asserts that every read of a damaged file fails or returns what was written, and that verifying it fails.
fn assert_never_wrong(path: &Path, records: &[Owned], rows: &[usize]) {
    let Ok(blocks) = StoreReader::open(path) else { return };
    assert_eq!(blocks.len(), records.len());
    for number in rows {
        let (row, record) = (row(*number), &records[*number]);
        assert!(blocks.json(row).is_ok_and(|json| json == record.json) || blocks.json(row).is_err());
        assert!(blocks.content(row).is_ok_and(|key| key == record.content) || blocks.content(row).is_err());
        assert!(blocks.passage(row).is_ok_and(|key| key == record.passage) || blocks.passage(row).is_err());
        assert!(blocks.identities(row).is_ok_and(|keys| keys == record.identities) || blocks.identities(row).is_err());
        let found = blocks.find(record.identities[0]);
        assert!(found.is_err() || found.is_ok_and(|rows| rows == [row]));
    }
}

#[test]
fn a_file_that_was_cut_anywhere_is_refused_when_it_is_opened() {
    let (_folder, path) = folder_with(&(0..18).map(owned).collect::<Vec<_>>());
    let whole = std::fs::read(&path).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    for len in (0..whole.len()).rev() {
        file.set_len(len as u64).unwrap();
        assert!(matches!(StoreReader::open(&path), Err(DocumentError::DamagedFile { .. })), "{len} bytes");
    }
    std::fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    assert!(matches!(StoreReader::open(&path), Err(DocumentError::DamagedFile { .. })));
}

#[test]
fn every_flipped_byte_is_noticed_and_none_gives_another_document() {
    let records: Vec<Owned> = (0..17).map(owned).collect();
    let (_folder, path) = folder_with(&records);
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            overwrite(&path, &bytes);
            let verified = StoreReader::open(&path).and_then(|blocks| blocks.verify_all());
            assert!(verified.is_err(), "byte {at} with {flip:#x}");
        }
        assert_never_wrong(&path, &records, &[0, 15, 16]);
    }
}

/// Calls every function; each must return a value or an error, not panic.
fn exercise(path: &Path, records: &[Owned]) {
    let Ok(blocks) = StoreReader::open(path) else { return };
    let _ = blocks.verify_all();
    for (number, record) in records.iter().enumerate() {
        let row = row(number);
        let _ = (blocks.get(row), blocks.content(row), blocks.passage(row), blocks.identities(row));
        for identity in &record.identities {
            if let Ok(found) = blocks.find(*identity) {
                assert!(found.iter().all(|row| row.index() < blocks.len()));
            }
        }
    }
    let _ = blocks.find(key("nobody"));
    let rows = (0..blocks.len().min(100)).map(row);
    let _ = blocks.for_each(rows, |_, _| Ok::<_, DocumentError>(()));
}

#[test]
fn bytes_that_were_changed_together_with_all_checksums_never_panic() {
    let records: Vec<Owned> = (0..17).map(owned).collect();
    let (_folder, path) = folder_with(&records);
    let whole = std::fs::read(&path).unwrap();
    let mut mended = whole.clone();
    mend(&mut mended);
    assert!(mended == whole, "there is nothing to mend in a good file");
    // The zeros of the first page are all alike.
    for at in (0..80).chain(250..420).chain(PAGE..whole.len()) {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            mend(&mut bytes);
            overwrite(&path, &bytes);
            exercise(&path, &records);
        }
    }
}

fn layout_of(bytes: &[u8]) -> Layout {
    super::format::decode(bytes.first_chunk().unwrap(), bytes.len() as u64).unwrap().1
}

/// Opens a file in which a number was replaced and all checksums were recomputed.
fn with_number(records: &[Owned], at: impl FnOnce(&Layout) -> usize, number: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let (folder, path) = folder_with(records);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = at(&layout_of(&bytes));
    bytes[at..][..number.len()].copy_from_slice(number);
    mend(&mut bytes);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn lengths_that_cannot_be_are_refused_before_there_is_room_for_them() {
    let records: Vec<Owned> = (0..17).map(owned).collect();
    // Documents, identities, bytes of the blocks, length of the file.
    for at in [32, 40, 256 + 16, 16] {
        for number in [u64::MAX, u64::MAX - 4095, 1 << 40, 1 << 31, 1 << 63] {
            let (_folder, path) = with_number(&records, |_| at, &number.to_le_bytes());
            let error = StoreReader::open(&path).unwrap_err();
            assert!(matches!(error, DocumentError::DamagedFile { .. }), "{number:#x} at {at}: {error}");
        }
    }
    // Where a block lies, its bytes, and those it is to become.
    let table = |layout: &Layout| layout.span(Section::BlockTable).offset as usize;
    for (field, number) in [(0, u64::MAX), (0, 1 << 40), (8, 0x10_ffff_ffff), (8, 0x7fff_ffff), (12, 0xffff_ffff)] {
        let number = number.to_le_bytes();
        let (_folder, path) = with_number(&records, |layout| table(layout) + field, &number[..8 - field % 8]);
        let blocks = StoreReader::open(&path).unwrap();
        assert!(matches!(
            blocks.json(RowId(0)),
            Err(DocumentError::Damaged { .. } | DocumentError::DamagedFile { .. })
        ));
        assert!(blocks.verify_all().is_err());
    }
}

#[test]
fn a_chain_that_leads_in_a_circle_is_refused() {
    let records: Vec<Owned> = (0..17).map(owned).collect();
    // Entry 1 is the first of an identity that five documents share. It becomes its own next entry.
    let next = |layout: &Layout| layout.span(Section::Identities).offset as usize + IdentityEntry::BYTES + 20;
    let (_folder, path) = with_number(&records, next, &2_u32.to_le_bytes());
    let blocks = StoreReader::open(&path).unwrap();
    assert!(matches!(blocks.find(records[0].identities[1]), Err(DocumentError::DamagedFile { .. })));
    assert_eq!(blocks.find(records[0].identities[0]).unwrap(), [RowId(0)]);
}

#[test]
fn another_version_is_named_and_other_files_are_not_taken_for_ours() {
    let (_folder, path) = with_number(&[owned(0)], |_| 8, &7_u32.to_le_bytes());
    let error = StoreReader::open(&path).unwrap_err();
    assert!(matches!(error, DocumentError::Version { found: 7, expected: VERSION, .. }));
    std::fs::write(&path, [b'x'; 5000]).unwrap();
    assert!(matches!(StoreReader::open(&path), Err(DocumentError::DamagedFile { .. })));
    std::fs::remove_file(&path).unwrap();
    assert!(StoreReader::open(&path).unwrap_err().to_string().contains("missing"));
}

#[test]
fn a_write_that_fails_anywhere_is_an_error_and_what_it_leaves_is_never_opened() {
    let records: Vec<Owned> = (0..40).map(owned).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("documents.blocks");
    let operations = {
        let counting = Plan::count().below(folder.path()).arm();
        write(&path, &records).unwrap();
        counting.operations()
    };
    assert!(operations >= 8, "create, header, blocks, tables, checks, header, sync: {operations}");
    for nth in 1..=operations {
        for failure in [Failure::Errno(5), Failure::ShortWrite] {
            std::fs::remove_file(&path).unwrap();
            let armed = Plan::nth(nth, failure).below(folder.path()).arm();
            let error = write(&path, &records).unwrap_err();
            drop(armed);
            assert!(matches!(error, DocumentError::Io { action: "write", .. }), "operation {nth}: {error}");
            // A file can be opened only if everything was written and just the sync failed; no manifest names it then.
            assert!(nth == operations || StoreReader::open(&path).is_err(), "operation {nth}");
            write(&path, &records).unwrap();
        }
    }
    assert_holds(&StoreReader::open(&path).unwrap(), &records);
}

#[test]
fn a_read_that_fails_is_no_damage() {
    let records: Vec<Owned> = (0..40).map(owned).collect();
    let (folder, path) = folder_with(&records);
    let all = || {
        let blocks = StoreReader::open(&path)?;
        blocks.get(RowId(17))?;
        blocks.find(records[3].identities[1])?;
        blocks.identities(RowId(3))?;
        blocks.for_each((0..40).map(row), |_, _| Ok::<_, DocumentError>(()))?;
        blocks.verify_all()
    };
    let operations = {
        let counting = Plan::count().below(folder.path()).arm();
        all().unwrap();
        counting.operations()
    };
    for nth in 1..=operations {
        let _armed = Plan::nth(nth, Failure::Errno(5)).below(folder.path()).arm();
        let error = all().unwrap_err();
        assert!(matches!(error, DocumentError::Io { .. }), "operation {nth}: {error}");
    }
}

#[test]
fn opening_reads_the_first_page_and_hits_of_one_block_cost_one_decompression() {
    let records: Vec<Owned> = (0..1000).map(owned).collect();
    let (folder, path) = folder_with(&records);
    let counting = Plan::count().below(folder.path()).arm();
    let blocks = StoreReader::open(&path).unwrap();
    assert_eq!(counting.operations(), 3, "open, length, page");
    blocks.get(RowId(160)).unwrap();
    let first = counting.operations();
    for row in 161..176 {
        blocks.get(RowId(row)).unwrap();
    }
    assert_eq!(counting.operations(), first);
}

#[test]
fn threads_read_side_by_side() {
    let records: Vec<Owned> = (0..300).map(owned).collect();
    let (_folder, path) = folder_with(&records);
    let blocks = StoreReader::open(&path).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (blocks, records) = (&blocks, &records);
            scope.spawn(move || {
                for step in 0..300 {
                    let number = (step * 37 + thread * 11) % 300;
                    assert_eq!(blocks.json(row(number)).unwrap(), records[number].json);
                    assert_eq!(blocks.find(records[number].identities[0]).unwrap(), [row(number)]);
                }
            });
        }
    });
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/documents-v1.blocks")
}

/// If this fails, the file format changed: it needs a new version, a new golden file, and a decision about old files.
#[test]
fn the_stored_file_of_version_1_opens_and_holds_what_it_did() {
    let records: Vec<Owned> = (0..20).map(owned).collect();
    assert_holds(&StoreReader::open(&golden()).unwrap(), &records);
}

/// Run only on purpose: `cargo test --workspace --lib -- --ignored write_the_stored_file`.
#[test]
#[ignore = "writes the file that the test above reads"]
fn write_the_stored_file() {
    write(&golden(), &(0..20).map(owned).collect::<Vec<_>>()).unwrap();
}

fn records() -> impl Strategy<Value = Vec<Owned>> {
    // Few identities, some of them with the same slot, so that documents often share one and lookups often collide.
    let identity = (0_u8..4, 0_u8..3, 0_u8..3).prop_map(|(home, tag, rest)| {
        let mut identity = [0; 16];
        (identity[0], identity[8], identity[15]) = (home, tag, rest);
        identity
    });
    let json = prop::collection::vec(any::<u8>().prop_filter("no newline", |byte| *byte != b'\n'), 0..60);
    let identities = prop::collection::vec(identity, 0..4);
    let record = (json, any::<Key>(), any::<Key>(), identities);
    let record = record.prop_map(|(json, content, passage, identities)| Owned { json, content, passage, identities });
    prop::collection::vec(record, 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_written_comes_back(records in records(), rows in prop::collection::vec(any::<prop::sample::Index>(), 0..30)) {
        let (_folder, path) = folder_with(&records);
        let blocks = StoreReader::open(&path).unwrap();
        assert_holds(&blocks, &records);
        if !records.is_empty() {
            let rows: Vec<usize> = rows.iter().map(|at| at.index(records.len())).collect();
            let expected: Vec<Owned> = rows.iter().map(|number| records[*number].clone()).collect();
            prop_assert_eq!(visited(&blocks, rows.iter().map(|number| row(*number))), expected);
        }
    }
}
