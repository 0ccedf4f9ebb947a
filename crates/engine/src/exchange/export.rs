//! Exporting a collection to files that other programs read.
//!
//! ```text
//! npy      a folder: vectors.npy, documents.jsonl in the same order, export.json
//! fbin     a folder: vectors.fbin, documents.jsonl, export.json
//! parquet  a file: one document a row, with its vector
//! jsonl    a file: one document a line; bibtex, ris, csl and csv are files of documents too
//! beir     a folder: corpus.jsonl with _id, title, text and metadata
//! ```
//!
//! Documents alone are also written to any stream, and of any list, such as the hits of a question.
//!
//! `export.json` says which model made the vectors, so that they can be imported again. Only searchable documents are
//! written, in their order. Everything is written under another name beside the target and renamed at the end: an
//! export that exists is complete.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use semsearch_corpus::{Document, ListForm, ListWriter, fields_of};
use semsearch_disk::File;
use semsearch_disk::fault::{Operation, check};
use semsearch_index::{OpenError, RowSet, Vectors};
use semsearch_store::{Collection, CollectionError, Filter, ModelRecord, Segment};
use semsearch_task::ErrorKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::parquet_file::ParquetWriter;
use super::vector_file::VectorForm;

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Vectors and documents.
    Vectors(VectorForm),
    /// Documents and vectors in the columns of one Parquet file.
    Parquet,
    /// Documents in one file.
    List(ListForm),
    /// Documents in the format of BEIR.
    Beir,
}

/// What to do with an export that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Refuse.
    Refuse,
    /// Put the new one in its place: a file in that of a file, a folder in that of a folder with files of an export alone.
    Replace,
}

/// The files of an export that is a folder.
const OF_A_FOLDER: [&str; 5] = ["vectors.npy", "vectors.fbin", "documents.jsonl", "export.json", "corpus.jsonl"];

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The target exists.
    #[error("{path} exists already")]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// The target exists, and is not what an export in this format would have made.
    #[error("{path} is not an export in this format, so it is not replaced")]
    NotAnExport {
        /// The target.
        path: PathBuf,
    },
    /// The folder of the target does not exist.
    #[error("there is no folder {path} to make the export in")]
    NoFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The format cannot count that many rows or numbers.
    #[error("{rows} rows of {dim} numbers do not fit the format")]
    TooLarge {
        /// Rows.
        rows: u64,
        /// Numbers in a row.
        dim: usize,
    },
    /// The collection could not be read, or the files could not be written.
    #[error(transparent)]
    Collection(#[from] CollectionError),
}

impl ExportError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            ExportError::Exists { .. }
            | ExportError::NotAnExport { .. }
            | ExportError::NoFolder { .. }
            | ExportError::TooLarge { .. } => ErrorKind::Usage,
            ExportError::Collection(error) => error.kind(),
        }
    }
}

/// `export.json`: what the files beside it hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExportRecord {
    /// Name and version of this form.
    pub schema: String,
    /// The program that wrote it.
    pub written_by: String,
    /// Rows.
    pub rows: u64,
    /// Numbers in a row.
    pub dimension: usize,
    /// The model that made the vectors, with its fingerprint.
    pub model: ModelRecord,
}

/// The value of [`ExportRecord::schema`].
pub(crate) const SCHEMA: &str = "semsearch.export/1";

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// Documents.
    pub documents: u64,
    /// The files.
    pub files: Vec<PathBuf>,
}

/// Writes the documents of `collection` that pass `filter` to `to`, at most `limit` of them if there is one. Without any, no
/// file is made.
///
/// # Errors
/// [`ExportError`]; no file is left behind then.
pub fn export(
    collection: &Collection,
    filter: &Filter,
    limit: Option<usize>,
    format: ExportFormat,
    to: &Path,
    existing: Existing,
) -> Result<Exported, ExportError> {
    let rows = first_passing(collection, filter, limit)?;
    let documents = rows.iter().map(|rows| rows.len() as u64).sum();
    if documents == 0 {
        return Ok(Exported { documents, files: Vec::new() });
    }
    let files = make(to, existing, |path| write_format(collection, &rows, format, path))?;
    Ok(Exported { documents, files })
}

/// For each segment, the rows that pass; the first ones of the collection, if there is a limit.
fn first_passing(
    collection: &Collection,
    filter: &Filter,
    limit: Option<usize>,
) -> Result<Vec<RowSet>, CollectionError> {
    let (mut rows, mut left) = (collection.passing(filter)?, limit.unwrap_or(usize::MAX));
    for set in &mut rows {
        if set.len() > left {
            let mut first = RowSet::empty(set.rows());
            set.iter().take(left).for_each(|row| first.insert(row));
            *set = first;
        }
        left -= set.len();
    }
    Ok(rows)
}

/// Writes these documents to `to`. Without any, no file is made.
///
/// # Errors
/// [`ExportError`]; no file is left behind then.
pub fn export_documents(
    documents: &[Document],
    form: ListForm,
    to: &Path,
    existing: Existing,
) -> Result<Exported, ExportError> {
    if documents.is_empty() {
        return Ok(Exported { documents: 0, files: Vec::new() });
    }
    let files = make(to, existing, |path| {
        let fail = |source| write_error(path, source);
        let mut list = ListWriter::begin(create(path)?, form).map_err(fail)?;
        documents.iter().try_for_each(|document| list.push(document)).map_err(fail)?;
        finish(list.finish().map_err(fail)?, path)?;
        Ok(vec![])
    })?;
    Ok(Exported { documents: documents.len() as u64, files })
}

/// Writes the documents of `collection` that pass `filter` to a stream, at most `limit` of them if there is one, and returns
/// their number.
///
/// # Errors
/// When the collection cannot be read. An error of the stream is an error [`CollectionError::Io`] of the path `-`.
pub fn export_to_stream(
    collection: &Collection,
    filter: &Filter,
    limit: Option<usize>,
    form: ListForm,
    out: impl Write,
) -> Result<u64, ExportError> {
    let rows = first_passing(collection, filter, limit)?;
    write_list(collection, &rows, form, out, Path::new("-"))?;
    Ok(rows.iter().map(|rows| rows.len() as u64).sum())
}

/// Makes `to` with what `write` writes under another name beside it, and returns the files.
fn make(
    to: &Path,
    existing: Existing,
    write: impl FnOnce(&Path) -> Result<Vec<&'static str>, ExportError>,
) -> Result<Vec<PathBuf>, ExportError> {
    let exists = || ExportError::Exists { path: to.to_owned() };
    let name = to.file_name().ok_or_else(exists)?;
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fail = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ExportError::NoFolder { path: parent.to_owned() },
        _ => CollectionError::Io { action: "write in", path: parent.to_owned(), source }.into(),
    };
    if existing == Existing::Refuse && semsearch_disk::is_there(to).map_err(fail)? {
        return Err(exists());
    }
    #[expect(clippy::disallowed_methods, reason = "the crate finds a free name, and its result removes the folder")]
    let make_scratch = || tempfile::Builder::new().prefix(".semsearch-export-").tempdir_in(parent);
    let scratch = check(Operation::CreateFolder, parent).and_then(|()| make_scratch()).map_err(fail)?;
    let made = scratch.path().join(name);
    let files = write(&made)?;
    // Another process may have made it since the first check.
    match (semsearch_disk::is_there(to).map_err(fail)?, existing) {
        (false, _) => {}
        (true, Existing::Refuse) => return Err(exists()),
        (true, Existing::Replace) => make_way(to, !files.is_empty(), &scratch.path().join("before"))?,
    }
    semsearch_disk::rename(&made, to).map_err(|source| write_error(to, source))?;
    semsearch_disk::sync_folder(parent).map_err(|source| write_error(parent, source))?;
    Ok(if files.is_empty() { vec![to.to_owned()] } else { files.iter().map(|file| to.join(file)).collect() })
}

/// Makes way for an export. A file is replaced by its renaming alone; a folder is moved away, to be dropped with what it
/// is moved into. Nothing but an export goes.
fn make_way(to: &Path, is_folder: bool, away: &Path) -> Result<(), ExportError> {
    let other = || ExportError::NotAnExport { path: to.to_owned() };
    match (semsearch_disk::list(to), is_folder) {
        (Ok(names), true) if names.iter().all(|name| OF_A_FOLDER.contains(&name.as_str())) => {
            Ok(semsearch_disk::rename(to, away).map_err(|source| write_error(to, source))?)
        }
        (Err(error), false) if error.kind() == io::ErrorKind::NotADirectory => Ok(()),
        (Err(error), _) if error.kind() != io::ErrorKind::NotADirectory => Err(write_error(to, error).into()),
        _ => Err(other()),
    }
}

/// Writes a file, or a folder with the files that are returned.
fn write_format(
    collection: &Collection,
    rows: &[RowSet],
    format: ExportFormat,
    path: &Path,
) -> Result<Vec<&'static str>, ExportError> {
    let make_folder = || semsearch_disk::create_folder(path).map_err(|source| write_error(path, source));
    Ok(match format {
        ExportFormat::Parquet => {
            write_table(collection, rows, path)?;
            vec![]
        }
        ExportFormat::List(form) => {
            write_list_file(collection, rows, form, path)?;
            vec![]
        }
        ExportFormat::Beir => {
            make_folder()?;
            write_beir(collection, rows, &path.join("corpus.jsonl"))?;
            vec!["corpus.jsonl"]
        }
        ExportFormat::Vectors(form) => {
            make_folder()?;
            let vectors = match form {
                VectorForm::Npy => "vectors.npy",
                VectorForm::Fbin => "vectors.fbin",
            };
            let record = write_vectors(collection, rows, form, &path.join(vectors))?;
            write_list_file(collection, rows, ListForm::Jsonl, &path.join("documents.jsonl"))?;
            let path = path.join("export.json");
            let json = serde_json::to_vec_pretty(&record).map_err(|error| write_error(&path, error.into()))?;
            semsearch_disk::write_synced(&path, &json).map_err(|source| write_error(&path, source))?;
            vec![vectors, "documents.jsonl", "export.json"]
        }
    })
}

/// A document in the format of BEIR: fields that BEIR does not have are metadata.
fn beir(document: &Document) -> Value {
    let (id, title, text) = (&document.id, &document.title, &document.r#abstract);
    let mut metadata = fields_of(document);
    metadata.retain(|name, _| !["id", "_id", "title", "abstract"].contains(&&**name));
    json!({ "_id": id, "title": title, "text": text, "metadata": metadata })
}

fn write_beir(collection: &Collection, rows: &[RowSet], path: &Path) -> Result<(), ExportError> {
    let mut out = create(path)?;
    for_each(collection, rows, |document| {
        let mut line = serde_json::to_vec(&beir(&document)).map_err(|error| write_error(path, error.into()))?;
        line.push(b'\n');
        out.write_all(&line).map_err(|source| write_error(path, source))
    })?;
    finish(out, path)
}

fn write_list_file(collection: &Collection, rows: &[RowSet], form: ListForm, path: &Path) -> Result<(), ExportError> {
    finish(write_list(collection, rows, form, create(path)?, path)?, path)
}

/// Writes documents to a stream; `path` is what an error calls it.
fn write_list<W: Write>(
    collection: &Collection,
    rows: &[RowSet],
    form: ListForm,
    out: W,
    path: &Path,
) -> Result<W, ExportError> {
    let fail = |source| write_error(path, source);
    let mut list = ListWriter::begin(out, form).map_err(fail)?;
    for_each(collection, rows, |document| list.push(&document).map_err(fail))?;
    Ok(list.finish().map_err(fail)?)
}

fn for_each(
    collection: &Collection,
    rows: &[RowSet],
    mut write: impl FnMut(Document) -> Result<(), CollectionError>,
) -> Result<(), CollectionError> {
    for (segment, rows) in collection.segments().iter().zip(rows) {
        segment.documents().for_each(rows.iter(), |_, record| write(document(record.json)?))?;
    }
    Ok(())
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
    let mut table = ParquetWriter::begin(create(path)?, record).map_err(fail)?;
    for (segment, rows) in collection.segments().iter().zip(rows) {
        let vectors = active_vectors(collection, segment)?;
        segment.documents().for_each(rows.iter(), |row, record| {
            let vector = vectors.row(row).map_err(|damage| CollectionError::from(OpenError::Damaged(damage)))?;
            table.push(document(record.json)?, &vector).map_err(fail)
        })?;
    }
    finish(table.finish().map_err(fail)?, path)
}

/// The error of the disk, if that is the cause.
fn io_of(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(cause) => *cause,
            Err(cause) => io::Error::other(cause),
        },
        other => io::Error::other(other),
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

/// A segment's vectors of the active model.
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

fn write_error(path: &Path, source: io::Error) -> CollectionError {
    CollectionError::Io { action: "write", path: path.to_owned(), source }
}
