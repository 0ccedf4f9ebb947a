//! Collections of the first version, read.
//!
//! ```text
//! INDEX/
//!   CURRENT          as now
//!   g000007/         collection.json, documents.jsonl, documents.idx, index/vectors.index
//! ```

use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use semsearch_disk::File;
use semsearch_index::{OpenError, StoredIndex};
use semsearch_store::{CollectionError, ModelRecord, io_error, layout, unreadable};
use serde::Deserialize;

use super::documents::parse;
use super::error::RepairError;

/// The schema of such a collection.
pub(super) const SCHEMA: &str = "semsearch.collection/1";

const DESCRIPTION: &str = "collection.json";
/// The file of documents.
pub(super) const DOCUMENTS: &str = "documents.jsonl";
const DOCUMENT_INDEX: &str = "documents.idx";
/// The folder of the vectors.
pub(super) const INDEX: &str = "index";

/// `collection.json`, as far as a repair needs it.
#[derive(Debug, Deserialize)]
pub(super) struct Description {
    schema: String,
    pub(super) documents: u64,
    pub(super) records: u64,
    pub(super) merged: u64,
    pub(super) skipped: u64,
    pub(super) seconds_encode: f64,
    pub(super) model: ModelRecord,
    files: Vec<OldFile>,
}

#[derive(Debug, Deserialize)]
struct OldFile {
    path: String,
    #[serde(default)]
    blake3: Option<String>,
}

/// The place of a document: an entry of `documents.idx`.
#[derive(Debug, Deserialize)]
struct Entry {
    offset: u64,
    bytes: u32,
    check: [u8; 8],
    _days: Option<(u32, u32)>,
}

/// An opened collection of version 1.
pub(super) struct Version1 {
    pub(super) folder: PathBuf,
    pub(super) description: Description,
    /// Each document's line; `None` if it is damaged.
    pub(super) lines: Vec<Option<Vec<u8>>>,
    /// The vectors; `None` if any of them is damaged or missing.
    pub(super) index: Option<StoredIndex>,
}

impl Version1 {
    /// Opens generation `number`. Its description has to have the checksum `blake3`, if one is given.
    pub(super) fn open(root: &Path, number: u64, blake3: Option<&str>) -> Result<Self, RepairError> {
        let folder = root.join(layout::generation_name(number));
        let hopeless = || RepairError::Hopeless { path: root.to_owned() };
        let bytes = read(&folder.join(DESCRIPTION))?.ok_or_else(hopeless)?;
        if blake3.is_some_and(|blake3| blake3::hash(&bytes).to_hex().as_str() != blake3) {
            return Err(hopeless());
        }
        let description: Description = serde_json::from_slice(&bytes).map_err(|_| hopeless())?;
        if description.schema != SCHEMA {
            return Err(hopeless());
        }
        let lines = lines(&folder, &description)?;
        let index = match semsearch_index::open(&folder.join(INDEX)) {
            Ok(index) => Some(index),
            Err(OpenError::Io { path, source }) => return Err(io_error("read", &path, source).into()),
            Err(_) => None,
        };
        let index = index.filter(|index| {
            index.len() == lines.len()
                && index.dim() == description.model.dimension()
                && index.expect_fingerprint(&description.model.fingerprint).is_ok()
                && index.vectors().verify_all().is_ok()
        });
        Ok(Version1 { folder, description, lines, index })
    }
}

/// Reads a file; `None` if it is missing.
fn read(path: &Path) -> Result<Option<Vec<u8>>, CollectionError> {
    match semsearch_disk::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(unreadable(path, source)),
    }
}

/// The lines of all documents. Without the list of their places, every line that holds a document counts.
fn lines(folder: &Path, description: &Description) -> Result<Vec<Option<Vec<u8>>>, CollectionError> {
    let all = read(&folder.join(DOCUMENTS))?.unwrap_or_default();
    let list = read(&folder.join(DOCUMENT_INDEX))?.filter(|list| {
        let recorded = description.files.iter().find(|file| file.path == DOCUMENT_INDEX);
        let recorded = recorded.and_then(|file| file.blake3.as_deref());
        recorded == Some(blake3::hash(list).to_hex().as_str())
    });
    let entries: Option<Vec<Entry>> = list.and_then(|list| postcard::from_bytes(&list).ok());
    let is_document = |line: &[u8]| parse(line).is_ok();
    Ok(match entries {
        Some(entries) => {
            let line = |entry: &Entry| {
                let start = usize::try_from(entry.offset).ok()?;
                let line = all.get(start..start.checked_add(entry.bytes as usize)?)?;
                let whole = blake3::hash(line).as_bytes()[..8] == entry.check && is_document(line);
                whole.then(|| line.to_vec())
            };
            entries.iter().map(line).collect()
        }
        None => {
            let mut lines: Vec<_> =
                all.split(|byte| *byte == b'\n').map(|line| is_document(line).then(|| line.to_vec())).collect();
            // The text behind the last line break is empty.
            lines.truncate(usize::try_from(description.documents).unwrap_or(usize::MAX));
            lines
        }
    })
}

/// The numbers of all generations of version 1, ascending.
pub(super) fn numbers(root: &Path) -> Result<Vec<u64>, CollectionError> {
    let names = semsearch_disk::list(root).map_err(|source| io_error("list", root, source))?;
    let mut numbers = Vec::new();
    for name in names {
        let Some(number) = layout::generation_number(&name) else { continue };
        let path = root.join(name).join(DESCRIPTION);
        if semsearch_disk::is_there(&path).map_err(|source| io_error("read", &path, source))? {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The folders of all generations of version 1.
pub(super) fn folders(root: &Path) -> Result<Vec<PathBuf>, CollectionError> {
    Ok(numbers(root)?.into_iter().map(|number| root.join(layout::generation_name(number))).collect())
}

/// Whether a program of version 1 has the folder open.
pub(super) fn is_read(folder: &Path) -> bool {
    let file = File::open(&folder.join(DESCRIPTION));
    file.is_ok_and(|file| matches!(file.inner().try_lock(), Err(TryLockError::WouldBlock)))
}
