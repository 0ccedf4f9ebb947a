//! The manifest of a generation: `manifest.json`.
//!
//! It is JSON because it is small, read once, and the file a curious user opens first. It names every file of the
//! generation with length and checksum, the models that made its vectors, and the change that made it. A file that it
//! does not name is not part of the collection.

use std::io::{self, BufReader, Read};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use semsearch_corpus::Report;
use semsearch_disk::File;
use semsearch_index::{Element, HnswParams};
use serde::{Deserialize, Serialize};

use crate::description::ModelDescription;
use crate::layout::{self, SCHEMA};

/// The contents of `manifest.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// Name and version of the format.
    pub schema: String,
    /// The program that wrote it.
    pub written_by: String,
    /// When, in seconds since 1970.
    pub created_unix: u64,
    /// The number of the generation, counted from 1.
    pub generation: u64,
    /// The change that made it from the generation before, in words.
    pub change: String,
    /// Records read by all additions so far, whatever became of them: a file that is read every week counts every week.
    pub intake: IntakeTotals,
    /// How graphs are built and vectors kept.
    pub graph: GraphRecord,
    /// The models whose vectors are kept: usually one, two while a switch replaces one by the other.
    pub models: Vec<ModelRecord>,
    /// The fingerprint of the active model, whose vectors are searched.
    pub active: String,
    /// The fingerprint of the model that was active before, to which a switch can go back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The segments, in the order of their documents.
    pub segments: Vec<SegmentRecord>,
}

/// Counts of the records that were read to get the documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IntakeTotals {
    /// Records read.
    pub records: u64,
    /// Records that were merged into another as duplicates.
    pub merged: u64,
    /// Malformed records that were left out at the user's wish.
    pub skipped: u64,
}

impl IntakeTotals {
    /// These counts and those of one more reading.
    #[must_use]
    pub fn plus(self, report: &Report) -> Self {
        IntakeTotals {
            records: self.records + report.records,
            merged: self.merged + report.merged,
            skipped: self.skipped + report.skipped,
        }
    }
}

/// How graphs are built and vectors stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GraphRecord {
    /// Links of a row, `M` in HNSW.
    pub m: usize,
    /// Candidates from which a row chooses its links.
    pub ef_construction: usize,
    /// Whether vectors are kept in half precision.
    pub half: bool,
}

impl Default for GraphRecord {
    fn default() -> Self {
        let HnswParams { m, ef_construction, .. } = HnswParams::default();
        GraphRecord { m, ef_construction, half: false }
    }
}

impl GraphRecord {
    /// Sets the links of a row.
    #[must_use]
    pub fn with_m(mut self, m: usize) -> Self {
        self.m = m;
        self
    }

    /// Sets the candidates from which a row chooses its links.
    #[must_use]
    pub fn with_ef_construction(mut self, ef_construction: usize) -> Self {
        self.ef_construction = ef_construction;
        self
    }

    /// Sets whether vectors are kept in half precision.
    #[must_use]
    pub fn with_half(mut self, half: bool) -> Self {
        self.half = half;
        self
    }

    /// The parameters in the form that the index takes.
    #[must_use]
    pub fn params(&self) -> HnswParams {
        HnswParams::default().with_m(self.m).with_ef_construction(self.ef_construction)
    }

    /// The kind of number that vectors are kept in.
    #[must_use]
    pub fn element(&self) -> Element {
        if self.half { Element::F16 } else { Element::F32 }
    }
}

/// The model that made vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelRecord {
    /// Where the model is found: a name for the model store, or an absolute folder.
    pub reference: String,
    /// Longest input in tokens that was used.
    #[serde(rename = "max_tokens")]
    pub max_seq_length: usize,
    /// The precision that the vectors were computed in: `f32` or `int8`.
    #[serde(default = "single_precision")]
    pub precision: String,
    /// The treatment of longer texts: `first` or `mean`.
    #[serde(default = "first_window", skip_serializing_if = "is_first_window")]
    pub windows: String,
    /// The dimension that vectors are truncated to; `None` if they are kept whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimension: Option<usize>,
    /// The fingerprint of the model with these settings.
    pub fingerprint: String,
    /// The model's manifest.
    pub manifest: ModelDescription,
}

fn single_precision() -> String {
    "f32".to_owned()
}

fn first_window() -> String {
    "first".to_owned()
}

fn is_first_window(windows: &str) -> bool {
    windows == "first"
}

impl ModelRecord {
    /// The record of a model in single precision that reads the first window of a text and keeps its vectors whole.
    #[must_use]
    pub fn new(reference: String, fingerprint: String, max_seq_length: usize, manifest: ModelDescription) -> Self {
        let (precision, windows) = (single_precision(), first_window());
        ModelRecord { reference, max_seq_length, precision, windows, dimension: None, fingerprint, manifest }
    }

    /// The name of the model. Names are not unique; fingerprints are.
    #[must_use]
    pub fn name(&self) -> &str {
        self.manifest.name()
    }

    /// The dimension of the vectors in the collection.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension.unwrap_or(self.manifest.dimension())
    }
}

/// A segment: a part of a collection, with documents and their vectors by one model or more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SegmentRecord {
    /// Its folder below `segments`.
    pub name: String,
    /// Its documents, deleted ones included.
    pub rows: u64,
    /// Its deleted documents: removed by the user, or replaced by a later version.
    #[serde(rename = "removed")]
    pub deleted: u64,
    /// Its files.
    pub files: Vec<FileRecord>,
    /// The bitmap of deleted rows: a file in the folder of the generation.
    #[serde(default, rename = "removed_rows", skip_serializing_if = "Option::is_none")]
    pub deletes: Option<FileRecord>,
    /// Its vectors, at most one set a model.
    pub vectors: Vec<VectorsRecord>,
}

impl SegmentRecord {
    /// The record of a segment without deletes.
    #[must_use]
    pub fn new(name: String, rows: u64, files: Vec<FileRecord>, vectors: Vec<VectorsRecord>) -> Self {
        SegmentRecord { name, rows, deleted: 0, files, deletes: None, vectors }
    }

    /// The number of documents that are not deleted.
    #[must_use]
    pub fn alive(&self) -> u64 {
        self.rows - self.deleted
    }

    /// Whether the segment has words. Segments of earlier versions have none.
    #[must_use]
    pub fn has_words(&self) -> bool {
        self.files.iter().any(|file| file.path == crate::layout::WORDS_FILE)
    }

    /// The vectors that the model of this fingerprint made.
    #[must_use]
    pub fn vectors_of(&self, fingerprint: &str) -> Option<&VectorsRecord> {
        self.vectors.iter().find(|vectors| vectors.fingerprint == fingerprint)
    }
}

/// Vectors of all documents of a segment by one model, and the graph over them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VectorsRecord {
    /// Their folder below `vectors`.
    pub name: String,
    /// The fingerprint of the model.
    pub fingerprint: String,
    /// Tokens that were encoded to get them.
    pub tokens: u64,
    /// Truncated documents: longer than the model reads.
    pub truncated: u64,
    /// Seconds spent on encoding.
    pub seconds_encode: f64,
    /// Seconds spent on building the graph.
    pub seconds_index: f64,
    /// The files.
    pub files: Vec<FileRecord>,
}

/// A file of the collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileRecord {
    /// Path below the folder of the segment, the vectors or the generation.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// BLAKE3 of the whole file, hex: what `verify` compares.
    pub blake3: String,
    /// BLAKE3 of its first 4,096 bytes, hex: what opening compares. These bytes hold the checksums of the rest, or the
    /// checksum of a table of checksums.
    pub head: String,
}

impl FileRecord {
    /// The number of bytes at the beginning of a file that opening compares.
    pub const HEAD_BYTES: usize = 4096;

    /// The record of a file with this content.
    pub fn of(path: String, content: &[u8]) -> Self {
        let head = &content[..content.len().min(Self::HEAD_BYTES)];
        FileRecord { path, bytes: content.len() as u64, blake3: hex(content), head: hex(head) }
    }

    /// The record, under the name `path`, of the file that is at `full`.
    pub fn measure(full: &Path, path: &str) -> io::Result<FileRecord> {
        let mut file = File::open(full)?;
        let mut head = Vec::new();
        (&mut file).take(Self::HEAD_BYTES as u64).read_to_end(&mut head)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&head);
        let rest = io::copy(&mut BufReader::with_capacity(1 << 20, file), &mut hasher)?;
        let blake3 = hasher.finalize().to_hex().to_string();
        let bytes = head.len() as u64 + rest;
        Ok(FileRecord { blake3, bytes, ..FileRecord::of(path.to_owned(), &head) })
    }
}

/// The sum of counts from a manifest. A forged manifest may hold any counts, so an overflow gives the largest number.
fn sum(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

fn hex(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Manifest {
    /// The manifest of an empty collection for vectors by `model`.
    pub fn empty(model: ModelRecord, graph: GraphRecord) -> Self {
        Manifest {
            schema: SCHEMA.to_owned(),
            written_by: String::new(),
            created_unix: 0,
            generation: 0,
            change: String::new(),
            intake: IntakeTotals::default(),
            graph,
            active: model.fingerprint.clone(),
            models: vec![model],
            previous: None,
            segments: Vec::new(),
        }
    }

    /// A copy for the next generation; `change` says in words what changed.
    pub fn next(&self, change: String) -> Self {
        Manifest {
            schema: SCHEMA.to_owned(),
            written_by: format!("semsearch {}", env!("CARGO_PKG_VERSION")),
            created_unix: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            change,
            ..self.clone()
        }
    }

    /// Replaces the record that has the same fingerprint.
    pub fn replace_model(&mut self, record: ModelRecord) {
        if let Some(held) = self.models.iter_mut().find(|held| held.fingerprint == record.fingerprint) {
            *held = record;
        }
    }

    /// The number of documents that are not deleted.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.segments.iter().map(SegmentRecord::alive).sum()
    }

    /// The active model.
    ///
    /// # Panics
    /// If the active model is not among the models, which opening rules out.
    #[must_use]
    pub fn model(&self) -> &ModelRecord {
        self.model_of(&self.active).expect("checked when opened: the active model is among the models")
    }

    /// The model with this fingerprint.
    #[must_use]
    pub fn model_of(&self, fingerprint: &str) -> Option<&ModelRecord> {
        self.models.iter().find(|model| model.fingerprint == fingerprint)
    }

    /// Tokens that the active model encoded.
    #[must_use]
    pub fn tokens(&self) -> u64 {
        sum(self.active_vectors().map(|vectors| vectors.tokens))
    }

    /// Documents truncated for the active model. Deleted documents count until their segment is merged.
    #[must_use]
    pub fn truncated(&self) -> u64 {
        sum(self.active_vectors().map(|vectors| vectors.truncated))
    }

    /// Seconds spent on encoding and on building graphs, for the active model.
    #[must_use]
    pub fn seconds(&self) -> (f64, f64) {
        let add =
            |(encode, index), vectors: &VectorsRecord| (encode + vectors.seconds_encode, index + vectors.seconds_index);
        self.active_vectors().fold((0.0, 0.0), add)
    }

    fn active_vectors(&self) -> impl Iterator<Item = &VectorsRecord> {
        self.segments.iter().filter_map(|segment| segment.vectors_of(&self.active))
    }

    /// Checks that the manifest does not contradict itself. It has a checksum, so a contradiction comes from a bug or a
    /// forgery.
    pub fn check(&self) -> Result<(), String> {
        if self.model_of(&self.active).is_none() {
            return Err("the active model is not among its models".to_owned());
        }
        self.models.iter().try_for_each(ModelRecord::check)?;
        for segment in &self.segments {
            let name = &segment.name;
            if !layout::is_segment(name) {
                return Err(format!("{name:?} is no name of a segment"));
            }
            if segment.deleted > segment.rows || segment.rows > u64::from(u32::MAX) {
                return Err(format!("{name} has {} rows and {} of them removed", segment.rows, segment.deleted));
            }
            if segment.vectors_of(&self.active).is_none() {
                return Err(format!("{name} has no vectors of the active model"));
            }
            let files = segment.files.iter().chain(segment.vectors.iter().flat_map(|vectors| &vectors.files));
            if let Some(odd) = files.chain(&segment.deletes).find(|file| !is_plain(&file.path)) {
                return Err(format!("{:?} is no name of a file", odd.path));
            }
            if let Some(odd) = segment.vectors.iter().find(|vectors| !layout::is_vectors(&vectors.name)) {
                return Err(format!("{:?} is no name of vectors", odd.name));
            }
            if let Some(odd) = segment.vectors.iter().find(|vectors| self.model_of(&vectors.fingerprint).is_none()) {
                return Err(format!("the model of {} is not among its models", odd.name));
            }
        }
        let rows: u64 = self.segments.iter().map(|segment| segment.rows).sum();
        if rows > u64::from(u32::MAX) {
            return Err(format!("{rows} rows are more than a collection has"));
        }
        Ok(())
    }
}

impl ModelRecord {
    /// Checks that the fingerprint is safe as part of a file name.
    pub fn check(&self) -> Result<(), String> {
        let fingerprint = &self.fingerprint;
        // A hash in hex, then after each `+` a setting that the vectors depend on.
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+';
        match !fingerprint.is_empty() && fingerprint.bytes().all(is_fit) {
            true => Ok(()),
            false => Err(format!("{fingerprint:?} is no fingerprint of a model")),
        }
    }
}

/// Whether a name is a plain file name, which cannot lead out of its folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_that_leads_elsewhere_is_refused() {
        let golden =
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/collection-v2/generations/g000001/manifest.json");
        let manifest: Manifest = serde_json::from_slice(&std::fs::read(golden).unwrap()).unwrap();
        manifest.check().unwrap();
        let mut eight_bits = manifest.model().clone();
        eight_bits.fingerprint.push_str("+int8");
        eight_bits.check().unwrap();
        for odd in ["", "../../elsewhere", "a/b", "a.b"] {
            let mut model = manifest.model().clone();
            model.fingerprint = odd.to_owned();
            let mut changed = manifest.clone();
            changed.models.push(model);
            assert_eq!(changed.check().unwrap_err(), format!("{odd:?} is no fingerprint of a model"));
        }
    }

    #[test]
    fn counts_that_no_number_holds_together_are_the_largest_number() {
        assert_eq!(sum([u64::MAX, 3].into_iter()), u64::MAX);
        assert_eq!(sum([4, 3].into_iter()), 7);
    }
}
