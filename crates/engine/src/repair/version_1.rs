//! Collections of the first version, which become such of this one.
//!
//! ```text
//! INDEX/
//!   CURRENT          as now
//!   g000007/         collection.json, documents.jsonl, documents.idx, index/vectors.index
//! ```
//!
//! Documents are taken over line by line, and vectors bit for bit. How many tokens each document has was not recorded,
//! so the model's tokeniser counts them again; nothing is encoded.

use std::collections::HashSet;
use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use semsearch_corpus::Identity;
use semsearch_disk::File;
use semsearch_index::{RowId, StoredIndex};
use semsearch_store::{
    CollectionError, GraphRecord, IntakeTotals, Manifest, ModelRecord, SegmentRecord, io_error, layout, unreadable,
};
use serde::Deserialize;

use super::make::{Taken, parse};
use super::{Lost, Repair, RepairError, Repaired};

/// What the description of such a collection names as its form.
pub(super) const SCHEMA: &str = "semsearch.collection/1";

const DESCRIPTION: &str = "collection.json";
const DOCUMENTS: &str = "documents.jsonl";
const DOCUMENT_INDEX: &str = "documents.idx";
const INDEX: &str = "index";

/// `collection.json`, as far as it is still of use.
#[derive(Debug, Deserialize)]
struct Description {
    schema: String,
    documents: u64,
    records: u64,
    merged: u64,
    skipped: u64,
    seconds_encode: f64,
    model: ModelRecord,
    files: Vec<OldFile>,
}

#[derive(Debug, Deserialize)]
struct OldFile {
    path: String,
    #[serde(default)]
    blake3: Option<String>,
}

/// Where a document is: an entry of `documents.idx`.
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
    description: Description,
    /// Each document's line, if it is as it was written.
    lines: Vec<Option<Vec<u8>>>,
    /// Vectors, if they are all there and as they were written.
    index: Option<StoredIndex>,
}

impl Version1 {
    /// Opens generation `number`, whose description has this checksum, if that is known.
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
            Err(semsearch_index::OpenError::Io { path, source }) => return Err(io_error("read", &path, source).into()),
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

/// A file; none if it is not there.
fn read(path: &Path) -> Result<Option<Vec<u8>>, CollectionError> {
    match semsearch_disk::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(unreadable(path, source)),
    }
}

/// The lines of all documents. Without the list of where they are they are told by what they hold.
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
            // Behind the last line there is nothing.
            lines.truncate(usize::try_from(description.documents).unwrap_or(usize::MAX));
            lines
        }
    })
}

/// The numbers of all generations of version 1, ascending.
pub(super) fn numbers(root: &Path) -> Result<Vec<u64>, CollectionError> {
    let names = semsearch_disk::list(root).map_err(|source| io_error("list", root, source))?;
    let is_old = |name: &&String| root.join(name).join(DESCRIPTION).exists();
    let mut numbers: Vec<u64> =
        names.iter().filter(is_old).filter_map(|name| layout::generation_number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The folders of version 1.
pub(super) fn folders(root: &Path) -> Result<Vec<PathBuf>, CollectionError> {
    Ok(numbers(root)?.into_iter().map(|number| root.join(layout::generation_name(number))).collect())
}

/// Whether a program of that version reads a folder.
pub(super) fn is_read(folder: &Path) -> bool {
    let file = File::open(&folder.join(DESCRIPTION));
    file.is_ok_and(|file| matches!(file.inner().try_lock(), Err(TryLockError::WouldBlock)))
}

impl Repair<'_> {
    /// Makes a collection of this version of one of the first.
    pub(super) fn rewrite(mut self, old: &Version1) -> Result<Repaired, RepairError> {
        let Version1 { folder, description, lines, index } = old;
        let (mut kept, mut ids, mut replaced) = (Vec::new(), HashSet::new(), 0);
        for (row, line) in lines.iter().enumerate().rev() {
            let Some(line) = line else { continue };
            // As everywhere, a later paper takes the place of an earlier one of its id.
            if ids.insert(Identity::of_id(&parse(line)?.id).0) {
                kept.push(RowId(row as u32));
            } else {
                replaced += 1;
            }
        }
        kept.reverse();
        for row in (0..lines.len()).filter(|&row| lines[row].is_none()) {
            self.lost.push(Lost { path: folder.join(DOCUMENTS), row: row as u32, id_hash: None });
        }
        if kept.is_empty() {
            return Err(RepairError::Hopeless { path: self.root.to_owned() });
        }
        let model = &description.model;
        self.act(folder.join(DOCUMENTS), format!("{} of {} papers taken over", kept.len(), description.documents));
        if replaced > 0 {
            self.act(folder.join(DOCUMENTS), format!("{replaced} papers have the id of a later one: left out"));
        }
        self.act(
            folder.join(INDEX),
            match index {
                Some(_) => format!("vectors taken over, tokens counted anew by model `{}`", model.reference),
                None => format!("damaged: papers embedded again by model `{}`", model.reference),
            },
        );
        if self.dry_run {
            return Ok(Repaired {
                documents: kept.len() as u64,
                actions: self.actions,
                lost: self.lost,
                generation: None,
            });
        }
        let mut graph = GraphRecord::default();
        if let Some(index) = index {
            if let Some(params) = index.hnsw_params() {
                (graph.m, graph.ef_construction) = (params.m, params.ef_construction);
            }
            graph.half = index.vectors().element() == semsearch_index::Element::F16;
        }
        let line = |place: usize| {
            let line = kept.get(place).and_then(|row| lines.get(row.index())?.clone());
            line.ok_or_else(|| CollectionError::Document { problem: "it is not there".to_owned() })
        };
        let (name, files) = self.make_documents(kept.len(), &line)?;
        let taken =
            index.as_ref().map(|index| Taken { index, rows: &kept, tokens: None, seconds: description.seconds_encode });
        let vectors = self.make_vectors(model, &graph, kept.len(), taken, &line)?;
        let mut manifest = Manifest::empty(model.clone(), graph).next("rewritten from version 1".to_owned());
        manifest.intake =
            IntakeTotals { records: description.records, merged: description.merged, skipped: description.skipped };
        let rows = kept.len() as u64;
        let segment = SegmentRecord { name, rows, removed: 0, files, removed_rows: None, vectors: vec![vectors] };
        manifest.segments = vec![segment];
        self.commit(manifest, &[])
    }
}
