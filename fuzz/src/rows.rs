//! What a collection keeps of each row of a segment: whether it is removed, and how many tokens it has.

use semsearch_index::RowId;
use semsearch_store::{CollectionError, FileRecord};

use crate::{scratch, tell};

/// Rows of a segment, how many of them are removed, and the file that says which: as the numbers are, and such that they fit
/// the file.
#[must_use]
pub fn removed(input: &[u8]) -> bool {
    let Some(([rows, removed], file)) = numbers(input) else { return false };
    let path = scratch::write("generation/s000001.removed", file);
    let folder = path.parent().unwrap_or(&path);
    let record = record("s000001.removed", file);
    if let Ok(found) = told(semsearch_store::fuzz::read_deletes(folder, &record, rows, removed as u64)) {
        assert_eq!((found.rows(), found.len()), (rows, removed));
    }
    if !file.is_empty() && file.len() % 8 == 0 {
        let rows = file.len() * 8 - rows % 64;
        let is_set = |row: usize| file[row / 8] >> (row % 8) & 1 == 1;
        let removed = (0..rows).filter(|row| is_set(*row)).count();
        let found =
            semsearch_store::fuzz::read_deletes(folder, &record, rows, removed as u64).expect("both numbers fit");
        assert!((0..rows).all(|row| found.contains(RowId(row as u32)) == is_set(row)));
        assert!(semsearch_store::fuzz::read_deletes(folder, &record, rows, removed as u64 + 1).is_err());
    }
    let mut other = record;
    other.blake3 = blake3::hash(b"other").to_hex().to_string();
    assert!(
        semsearch_store::fuzz::read_deletes(folder, &other, rows, removed as u64).is_err(),
        "another file than the one that was written"
    );
    true
}

/// Rows of a segment, and the file of their tokens.
#[must_use]
pub fn tokens(input: &[u8]) -> bool {
    let Some(([rows], file)) = numbers(input) else { return false };
    let path = scratch::write("vectors/tokens.u32", file);
    let folder = path.parent().unwrap_or(&path);
    let record = record("tokens.u32", file);
    for rows in [rows, file.len() / 4] {
        let Ok((tokens, written)) =
            told(semsearch_store::fuzz::read_tokens(folder, std::slice::from_ref(&record), rows))
        else {
            continue;
        };
        assert_eq!(written, file);
        for (row, number) in file.as_chunks::<4>().0.iter().enumerate() {
            let (count, cut) = tokens.get(RowId(row as u32));
            assert_eq!(count + (u32::from(cut) << 31), u32::from_le_bytes(*number));
        }
    }
    assert!(
        semsearch_store::fuzz::read_tokens(folder, &[], rows).is_err(),
        "a file that the manifest does not mention"
    );
    true
}

/// Numbers of four bytes, and what is behind them.
fn numbers<const N: usize>(input: &[u8]) -> Option<([usize; N], &[u8])> {
    let (front, file) = input.split_at_checked(4 * N)?;
    let mut numbers = [0; N];
    for (number, bytes) in numbers.iter_mut().zip(front.as_chunks::<4>().0) {
        *number = u32::from_le_bytes(*bytes) as usize;
    }
    Some((numbers, file))
}

/// What the manifest says of a file with this content.
#[must_use]
pub fn record(path: &str, content: &[u8]) -> FileRecord {
    FileRecord::of(path.to_owned(), content)
}

fn told<T>(outcome: Result<T, CollectionError>) -> Result<T, CollectionError> {
    outcome.inspect_err(|error| {
        assert!(error.is_damage(), "a file that can be read is damaged or whole: {error}");
        tell(error);
    })
}

/// Files of some rows, for the seeds.
#[must_use]
pub fn seed(numbers: &[u32], file: &[u8]) -> Vec<u8> {
    let front: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    [&front, file].concat()
}
