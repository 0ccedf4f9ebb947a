//! What a collection holds, in files that other programs read.
//!
//! ```text
//! npy      a folder: vectors.npy, documents.jsonl in the same order, export.json
//! fbin     a folder: vectors.fbin, documents.jsonl, export.json
//! parquet  a file: one document a row, with its vector
//! jsonl    a file: one document a line
//! beir     a folder: corpus.jsonl with _id, title, text and metadata
//! ```
//!
//! `export.json` says which model made the vectors, so that they can come back. Only documents that can be found are
//! written, in their order. Everything is written beside its place under another name and renamed at the end: what is
//! there is whole.

use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use semsearch_corpus::Document;
use semsearch_disk::File;
use semsearch_index::{OpenError, RowSet, Vectors};
use semsearch_store::{Collection, CollectionError, Filter, ModelRecord, Segment};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::table::Table;
use super::vector_file::VectorForm;

/// Form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Vectors and documents.
    Vectors(VectorForm),
    /// Documents and vectors in the columns of one Parquet file.
    Parquet,
    /// Documents, one a line.
    Jsonl,
    /// Documents as BEIR has them.
    Beir,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// There is something where the export is to be.
    #[error("{path} exists already; give --to a name that is free")]
    Exists {
        /// Where it was to be.
        path: PathBuf,
    },
    /// There is no folder to make it in.
    #[error("there is no folder {path} to make it in; make it first, or give --to another name")]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// A file of this form has no room for so many rows.
    #[error("{rows} rows of {dim} numbers do not fit the format; choose `npy`, or fewer papers")]
    TooLarge {
        /// Rows.
        rows: u64,
        /// Numbers in each.
        dim: usize,
    },
    /// The collection could not be read, or the files not be written.
    #[error(transparent)]
    Collection(#[from] CollectionError),
}

/// `export.json`: what the files beside it are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportRecord {
    /// Name and version of this form.
    pub schema: String,
    /// The program that wrote it.
    pub written_by: String,
    /// How many rows there are.
    pub rows: u64,
    /// Numbers in each.
    pub dimension: usize,
    /// The model that made them, with its fingerprint.
    pub model: ModelRecord,
}

/// What [`ExportRecord::schema`] is.
pub(crate) const SCHEMA: &str = "semsearch.export/1";

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many documents.
    pub documents: u64,
    /// The files.
    pub files: Vec<PathBuf>,
}

/// Writes the documents of `collection` that pass `filter` to `to`, which must not exist.
///
/// # Errors
/// [`ExportError`]; nothing is left behind then.
pub fn export(
    collection: &Collection,
    filter: &Filter,
    format: ExportFormat,
    to: &Path,
) -> Result<Exported, ExportError> {
    let exists = || ExportError::Exists { path: to.to_owned() };
    if to.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let name = to.file_name().ok_or_else(exists)?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fail = |source: std::io::Error| match source.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ExportError::NoFolder { path: parent.to_owned() },
        _ => CollectionError::Io { action: "write in", path: parent.to_owned(), source }.into(),
    };
    let scratch = tempfile::Builder::new().prefix(".semsearch-export-").tempdir_in(parent).map_err(fail)?;
    let rows = collection.passing(filter)?;
    let folder = scratch.path().join(name);
    let files: Vec<&str> = match format {
        ExportFormat::Parquet => {
            write_table(collection, &rows, &folder)?;
            vec![]
        }
        ExportFormat::Jsonl => {
            write_documents(collection, &rows, &folder, |document| serde_json::to_vec(&plain(document)))?;
            vec![]
        }
        ExportFormat::Beir => {
            semsearch_disk::create_folder(&folder).map_err(fail)?;
            write_documents(collection, &rows, &folder.join("corpus.jsonl"), |document| {
                serde_json::to_vec(&beir(document))
            })?;
            vec!["corpus.jsonl"]
        }
        ExportFormat::Vectors(form) => {
            semsearch_disk::create_folder(&folder).map_err(fail)?;
            let vectors = match form {
                VectorForm::Npy => "vectors.npy",
                VectorForm::Fbin => "vectors.fbin",
            };
            let record = write_vectors(collection, &rows, form, &folder.join(vectors))?;
            write_documents(collection, &rows, &folder.join("documents.jsonl"), |document| {
                serde_json::to_vec(&plain(document))
            })?;
            let path = folder.join("export.json");
            let json = serde_json::to_vec_pretty(&record).map_err(|error| write_error(&path, error.into()))?;
            semsearch_disk::write_synced(&path, &json).map_err(|source| write_error(&path, source))?;
            vec![vectors, "documents.jsonl", "export.json"]
        }
    };
    // Between the look at the beginning and now somebody may have been quicker.
    if to.symlink_metadata().is_ok() {
        return Err(exists());
    }
    semsearch_disk::rename(&folder, to).map_err(|source| write_error(to, source))?;
    semsearch_disk::sync_folder(parent).map_err(|source| write_error(parent, source))?;
    let files = if files.is_empty() { vec![to.to_owned()] } else { files.iter().map(|file| to.join(file)).collect() };
    Ok(Exported { documents: rows.iter().map(|rows| rows.len() as u64).sum(), files })
}

/// A document as `embed` reads it: fields of its own in their places, those that say nothing left out. Where it was read is
/// left out, too: whoever reads it, reads it here.
fn plain(document: Document) -> Map<String, Value> {
    let is_judged = document.judged;
    let mut fields = match serde_json::to_value(document) {
        Ok(Value::Object(fields)) => fields,
        // Every key is a string, so nothing here fails to be an object.
        _ => Map::new(),
    };
    for name in ["source", "judged"] {
        fields.remove(name);
    }
    let extra = fields.remove("extra");
    if let Some(Value::Object(extra)) = extra {
        for (name, value) in extra {
            fields.entry(name).or_insert(value);
        }
    }
    if is_judged && let Some(id) = fields.remove("id") {
        fields.insert("_id".to_owned(), id);
    }
    fields.retain(|_, value| match value {
        Value::Null => false,
        Value::Array(values) => !values.is_empty(),
        Value::Object(values) => !values.is_empty(),
        _ => true,
    });
    fields
}

/// A document as BEIR has it: what it has no place for is metadata.
fn beir(document: Document) -> Value {
    let (id, title, text) = (document.id.clone(), document.title.clone(), document.r#abstract.clone());
    let mut metadata = plain(document);
    metadata.retain(|name, _| !["id", "_id", "title", "abstract"].contains(&&**name));
    json!({ "_id": id, "title": title, "text": text, "metadata": metadata })
}

fn write_documents(
    collection: &Collection,
    rows: &[RowSet],
    path: &Path,
    line: impl Fn(Document) -> serde_json::Result<Vec<u8>>,
) -> Result<(), ExportError> {
    let mut out = create(path)?;
    for (segment, rows) in collection.segments().iter().zip(rows) {
        segment.documents().for_each(rows.iter(), |_, record| {
            let mut line = line(document(record.json)?).map_err(|error| write_error(path, error.into()))?;
            line.push(b'\n');
            out.write_all(&line).map_err(|source| write_error(path, source))
        })?;
    }
    finish(out, path)
}

fn write_vectors(
    collection: &Collection,
    rows: &[RowSet],
    form: VectorForm,
    path: &Path,
) -> Result<ExportRecord, ExportError> {
    let record = describe(collection, rows);
    let (count, dim) = (record.rows, record.dimension);
    let header = form.header(count, dim).ok_or(ExportError::TooLarge { rows: count, dim })?;
    let mut out = create(path)?;
    out.write_all(&header).map_err(|source| write_error(path, source))?;
    let mut bytes = Vec::with_capacity(4 * dim);
    for (segment, rows) in collection.segments().iter().zip(rows) {
        let vectors = active_vectors(collection, segment)?;
        for row in rows.iter() {
            let vector = vectors.row(row).map_err(OpenError::Damaged);
            bytes.clear();
            bytes.extend(vector.map_err(CollectionError::from)?.iter().flat_map(|number| number.to_le_bytes()));
            out.write_all(&bytes).map_err(|source| write_error(path, source))?;
        }
    }
    finish(out, path)?;
    Ok(record)
}

fn write_table(collection: &Collection, rows: &[RowSet], path: &Path) -> Result<(), ExportError> {
    let fail = |error: ParquetError| write_error(path, io_of(error));
    let record = serde_json::to_string(&describe(collection, rows)).map_err(|error| write_error(path, error.into()))?;
    let mut table = Table::begin(create(path)?, record).map_err(fail)?;
    for (segment, rows) in collection.segments().iter().zip(rows) {
        let vectors = active_vectors(collection, segment)?;
        segment.documents().for_each(rows.iter(), |row, record| {
            let vector = vectors.row(row).map_err(|damage| CollectionError::from(OpenError::Damaged(damage)))?;
            table.push(document(record.json)?, &vector).map_err(fail)
        })?;
    }
    finish(table.finish().map_err(fail)?, path)
}

/// What the disk said, where that is what failed.
fn io_of(error: ParquetError) -> std::io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => std::io::Error::other(cause),
        },
        other => std::io::Error::other(other),
    }
}

fn describe(collection: &Collection, rows: &[RowSet]) -> ExportRecord {
    let model = collection.model();
    ExportRecord {
        schema: SCHEMA.to_owned(),
        written_by: format!("semsearch {}", env!("CARGO_PKG_VERSION")),
        rows: rows.iter().map(|rows| rows.len() as u64).sum(),
        dimension: model.dimension(),
        model: model.clone(),
    }
}

/// A segment's vectors of the model that answers.
fn active_vectors<'a>(collection: &Collection, segment: &'a Segment) -> Result<&'a Vectors, CollectionError> {
    let fingerprint = &collection.model().fingerprint;
    let vectors = segment.vectors_of(fingerprint).ok_or_else(|| CollectionError::Incomplete {
        path: collection.root().to_owned(),
        segment: segment.record().name.clone(),
        fingerprint: fingerprint.clone(),
    })?;
    Ok(vectors.index().vectors())
}

fn document(json: &[u8]) -> Result<Document, CollectionError> {
    serde_json::from_slice(json).map_err(|error| CollectionError::Document { problem: error.to_string() })
}

fn create(path: &Path) -> Result<BufWriter<File>, CollectionError> {
    let file = File::create_new(path).map_err(|source| write_error(path, source))?;
    Ok(BufWriter::with_capacity(1 << 18, file))
}

fn finish(out: BufWriter<File>, path: &Path) -> Result<(), ExportError> {
    let file = out.into_inner().map_err(|error| write_error(path, error.into_error()))?;
    Ok(file.sync().map_err(|source| write_error(path, source))?)
}

fn write_error(path: &Path, source: std::io::Error) -> CollectionError {
    CollectionError::Io { action: "write", path: path.to_owned(), source }
}
