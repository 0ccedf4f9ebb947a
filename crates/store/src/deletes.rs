//! Deletes: a bitmap of the deleted rows of a segment, in words of 64 bits, little-endian.
//!
//! Every generation that deletes a row writes a new file, 8 MB for 64 million documents; its checksum is in the manifest.

use std::path::Path;

use semsearch_index::{RowId, RowSet};

use crate::error::{CollectionError, damaged, io_error, unreadable};
use crate::manifest::FileRecord;

/// Writes the deletes of a segment into the folder of a generation.
pub(crate) fn write(folder: &Path, segment: &str, rows: &RowSet) -> Result<FileRecord, CollectionError> {
    let mut bytes = vec![0_u8; rows.rows().div_ceil(64) * 8];
    for row in rows.iter() {
        bytes[row.index() / 8] |= 1 << (row.index() % 8);
    }
    let path = format!("{segment}.removed");
    let full = folder.join(&path);
    semsearch_disk::write_synced(&full, &bytes).map_err(|source| io_error("write", &full, source))?;
    Ok(FileRecord::of(path, &bytes))
}

/// Reads the deletes of a segment of `rows` rows, of which `deleted` are deleted.
pub fn read(folder: &Path, record: &FileRecord, rows: usize, deleted: u64) -> Result<RowSet, CollectionError> {
    let path = folder.join(&record.path);
    let expected = rows.div_ceil(64) * 8;
    let found = semsearch_disk::length(&path).map_err(|source| unreadable(&path, source))?;
    if found != expected as u64 || found != record.bytes {
        return Err(damaged(&path, &format!("expected {expected} bytes, found {found}")));
    }
    let bytes = semsearch_disk::read(&path).map_err(|source| unreadable(&path, source))?;
    decode(&path, &bytes, record, rows, deleted)
}

/// Decodes the content of a file after comparing it with its record.
pub fn decode(
    path: &Path,
    bytes: &[u8],
    record: &FileRecord,
    rows: usize,
    deleted: u64,
) -> Result<RowSet, CollectionError> {
    if blake3::hash(bytes).to_hex().as_str() != record.blake3 {
        return Err(damaged(path, "its checksum does not hold"));
    }
    let bit = |row: RowId| bytes.get(row.index() / 8).is_some_and(|byte| byte >> (row.index() % 8) & 1 == 1);
    let set = RowSet::filled(rows, bit);
    if set.len() as u64 != deleted {
        return Err(damaged(path, &format!("expected {deleted} removed rows, found {}", set.len())));
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_comes_back_and_a_changed_one_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        for rows in [1, 63, 64, 65, 1000] {
            let set = RowSet::filled(rows, |row| row.0 % 3 == 0);
            let record = write(folder.path(), "s000001", &set).unwrap();
            let back = read(folder.path(), &record, rows, set.len() as u64).unwrap();
            assert_eq!(back, set);
            assert!(read(folder.path(), &record, rows + 64, set.len() as u64).is_err());
            assert!(read(folder.path(), &record, rows, set.len() as u64 + 1).is_err());
            let path = folder.path().join(&record.path);
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[0] ^= 2;
            std::fs::write(&path, bytes).unwrap();
            let error = read(folder.path(), &record, rows, set.len() as u64).unwrap_err();
            assert!(matches!(error, CollectionError::Damaged { .. }), "{error}");
        }
    }
}
