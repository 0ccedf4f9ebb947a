//! A collection: documents, their vectors, and the index over them, in one folder.
//!
//! | file | holds | written by |
//! | --- | --- | --- |
//! | `collection.json` | how it was made, by which model; lengths and checksums of the rest | [`Description`] |
//! | `documents.jsonl`, `documents.idx` | the documents, and where each is | [`Documents`] |
//! | `index/` | vectors and graph | [`semsearch_index::storage`] |
//!
//! Opening checks the small files whole and the large ones when they are first used, so that a damaged collection is
//! refused with the name of the damaged file and never answers wrongly.

mod description;
mod documents;
mod fields;
mod generation;

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use semsearch_embed::{Encoder, Fingerprint};
use semsearch_index::storage::HEADER_BYTES;
use semsearch_index::{OpenError, RowId, RowSet, StoredIndex};

use crate::facets::Facets;
use crate::filter::Filter;

pub(crate) use description::SCHEMA;
pub use description::{Description, FileRecord, ModelRecord};
pub(crate) use documents::{DOCUMENT_INDEX, DOCUMENTS, DocumentsWriter};
pub use documents::{DocumentError, Documents};
pub(crate) use fields::{Days, FieldsWriter, fold};
pub use fields::{Field, Fields, FieldsError, NumberField, TextField};
#[cfg(test)]
pub(crate) use fields::{authors_count, known_date, known_year};
pub(crate) use generation::Writer;

pub(crate) const DESCRIPTION: &str = "collection.json";
pub(crate) const INDEX: &str = "index";
/// Fields of the documents, column by column.
pub(crate) const FIELDS: &str = "fields.columns";
/// Vectors and graph.
pub(crate) const INDEX_FILE: &str = "index/vectors.index";

/// Why a collection cannot be opened or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectionError {
    /// There is none.
    #[error("there is no index in {path}; make one with `semsearch embed INPUT... --index {path}`")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file is not what was written.
    #[error("{path} is damaged: {problem}; build the index again with `semsearch embed`")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// It was written by a version of the program with another form.
    #[error(
        "{path} has the form {found:?}, this program reads {SCHEMA:?}; build the index again with `semsearch embed`"
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// The form it names.
        found: String,
    },
    /// The folder holds something else.
    #[error("{path} is not empty and not an index (it holds {found}); choose another folder with --index")]
    NotACollection {
        /// The folder.
        path: PathBuf,
        /// Something in it that no index has.
        found: String,
    },
    /// Another process is writing.
    #[error("another semsearch is writing to {path}; wait for it to finish")]
    Busy {
        /// The collection's folder.
        path: PathBuf,
    },
    /// The vectors were made by another model.
    #[error(transparent)]
    ModelMismatch(Box<ModelMismatch>),
    /// The vectors or the graph cannot be used.
    #[error(transparent)]
    Index(#[from] OpenError),
    /// The documents cannot be used.
    #[error(transparent)]
    Documents(#[from] DocumentError),
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// A collection and an encoder whose vectors cannot be compared.
#[derive(Debug, thiserror::Error)]
#[error(
    "the index {} was built with model {index}, the query would be encoded with {query}; their vectors cannot be \
     compared. Ask without --model, or build the index again with `semsearch embed --model {}`",
    path.display(), query.name
)]
pub struct ModelMismatch {
    /// The collection's folder.
    pub path: PathBuf,
    /// The model that made the collection's vectors.
    pub index: ModelIdentity,
    /// The model that would encode the query.
    pub query: ModelIdentity,
}

/// Which model, and how it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelIdentity {
    /// The model's name, which another model may have too.
    pub name: String,
    /// Longest input in tokens.
    pub max_tokens: usize,
    /// What tells it from all others.
    pub fingerprint: String,
}

impl fmt::Display for ModelIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Twelve digits are enough to tell two models apart by eye.
        let short = self.fingerprint.get(..12).unwrap_or(&self.fingerprint);
        write!(f, "`{}` ({} tokens, fingerprint {short})", self.name, self.max_tokens)
    }
}

/// An opened collection, ready to be searched. It does not change, whatever happens to its folder.
#[derive(Debug)]
pub struct Collection {
    root: PathBuf,
    description: Description,
    documents: Documents,
    index: StoredIndex,
    /// Once a filter or a facet has asked for them.
    fields: OnceLock<Fields>,
    /// Keeps writers from removing the files, some of which are opened only when they are needed.
    _held: File,
}

impl Collection {
    /// Opens the collection in `root`.
    ///
    /// # Errors
    /// [`CollectionError`] names the file, what is wrong with it and what to do.
    pub fn open(root: &Path) -> Result<Self, CollectionError> {
        let mut pointer = generation::current(root)?;
        loop {
            let outcome = Self::open_generation(root, &pointer);
            // A writer may have replaced the generation between reading the pointer and following it.
            let now = generation::current(root)?;
            if outcome.is_ok() || now == pointer {
                return outcome;
            }
            pointer = now;
        }
    }

    fn open_generation(root: &Path, pointer: &generation::Pointer) -> Result<Self, CollectionError> {
        let folder = root.join(&pointer.folder);
        let path = folder.join(DESCRIPTION);
        let mut held = generation::open_to_read(&path).map_err(|source| unreadable(&path, source))?;
        let mut bytes = Vec::new();
        held.read_to_end(&mut bytes).map_err(|source| unreadable(&path, source))?;
        if blake3::hash(&bytes).to_hex().as_str() != pointer.blake3 {
            return Err(damaged(&path, "its checksum does not hold"));
        }
        let schema: SchemaOnly = serde_json::from_slice(&bytes).map_err(|error| damaged(&path, &error.to_string()))?;
        if schema.schema != SCHEMA {
            return Err(CollectionError::Schema { path, found: schema.schema });
        }
        let description: Description =
            serde_json::from_slice(&bytes).map_err(|error| damaged(&path, &error.to_string()))?;
        // Every document is checked when it is read, so of the large file only the length counts here.
        check_length(&folder, &description, DOCUMENTS)?;
        let bytes = read_checked(&folder, &description, DOCUMENT_INDEX)?;
        let documents = Documents::open(&folder, &bytes)?;
        // Opened first: an index of an earlier version says so.
        let index = semsearch_index::open(&folder.join(INDEX))?;
        check_index(&folder, &description)?;
        let rows = index.len() as u64;
        if documents.len() as u64 != rows || description.documents != rows {
            let problem =
                format!("{} documents, {rows} vectors, and {} promised", documents.len(), description.documents);
            return Err(damaged(&folder, &problem));
        }
        Ok(Collection { root: root.to_owned(), description, documents, index, fields: OnceLock::new(), _held: held })
    }

    /// The folder it was opened from.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// How it was made.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Its documents.
    #[must_use]
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Its vectors and graph.
    #[must_use]
    pub fn index(&self) -> &StoredIndex {
        &self.index
    }

    /// The fields of its documents.
    ///
    /// # Errors
    /// [`CollectionError`] if they cannot be read.
    pub fn fields(&self) -> Result<&Fields, CollectionError> {
        match self.fields.get() {
            Some(fields) => Ok(fields),
            None => {
                let fields = self.fields_of_documents()?;
                Ok(self.fields.get_or_init(|| fields))
            }
        }
    }

    /// Makes the fields by reading every document, because no file has them yet.
    fn fields_of_documents(&self) -> Result<Fields, CollectionError> {
        let mut writer = FieldsWriter::new();
        for row in 0..self.documents.len() {
            writer.push(&self.documents.get(RowId(row as u32))?);
        }
        Fields::decode(writer.finish()).map_err(|error| self.damaged_fields(&error))
    }

    /// The rows that pass a filter.
    ///
    /// # Errors
    /// [`CollectionError`] if the fields cannot be read.
    pub fn passing(&self, filter: &Filter) -> Result<RowSet, CollectionError> {
        if filter.is_everything() {
            return Ok(RowSet::all(self.documents.len()));
        }
        filter.rows(self.fields()?).map_err(|error| self.damaged_fields(&error))
    }

    /// Counts rows into facets.
    ///
    /// # Errors
    /// [`CollectionError`] if the fields cannot be read.
    pub fn count(&self, rows: &RowSet, facets: &mut Facets) -> Result<(), CollectionError> {
        facets.add(self.fields()?, rows).map_err(|error| self.damaged_fields(&error))
    }

    fn damaged_fields(&self, error: &FieldsError) -> CollectionError {
        damaged(&self.root.join(FIELDS), &error.to_string())
    }

    /// Refuses an encoder whose vectors cannot be compared with the collection's.
    ///
    /// # Errors
    /// [`ModelMismatch`] says which model is which.
    pub fn expect_model(&self, encoder: &dyn Encoder) -> Result<(), CollectionError> {
        let ours = &self.description.model;
        let theirs = encoder.fingerprint();
        // The index vouches for the fingerprint that the description has; precision apart, the encoder has to share it.
        if self.index.expect_fingerprint(&ours.fingerprint).is_ok()
            && Fingerprint::space_of(&ours.fingerprint) == theirs.space()
        {
            return Ok(());
        }
        Err(CollectionError::ModelMismatch(Box::new(ModelMismatch {
            path: self.root.clone(),
            index: ModelIdentity {
                name: ours.manifest.name.clone(),
                max_tokens: ours.max_tokens,
                fingerprint: ours.fingerprint.clone(),
            },
            query: ModelIdentity {
                name: encoder.manifest().name.clone(),
                max_tokens: encoder.max_tokens(),
                fingerprint: theirs.to_string(),
            },
        })))
    }
}

#[derive(serde::Deserialize)]
struct SchemaOnly {
    schema: String,
}

/// Reads a file that must be exactly the one that was recorded.
fn read_checked(folder: &Path, description: &Description, file: &str) -> Result<Vec<u8>, CollectionError> {
    let record = check_length(folder, description, file)?;
    let path = folder.join(file);
    let bytes = std::fs::read(&path).map_err(|source| unreadable(&path, source))?;
    let found = blake3::hash(&bytes).to_hex();
    if record.blake3.as_deref() != Some(found.as_str()) {
        return Err(damaged(&path, "its checksum does not hold"));
    }
    Ok(bytes)
}

/// The first page of an index answers for all of it, and every block behind it is checked when it is read.
fn check_index(folder: &Path, description: &Description) -> Result<(), CollectionError> {
    let record = check_length(folder, description, INDEX_FILE)?;
    let path = folder.join(INDEX_FILE);
    let found = first_page_checksum(&path).map_err(|source| unreadable(&path, source))?;
    if record.blake3.as_ref() == Some(&found) {
        Ok(())
    } else {
        Err(damaged(&path, "it is that of another collection"))
    }
}

/// The BLAKE3 of the first page of an index, hex.
pub(crate) fn first_page_checksum(path: &Path) -> std::io::Result<String> {
    let mut page = Vec::new();
    File::open(path)?.take(HEADER_BYTES as u64).read_to_end(&mut page)?;
    Ok(blake3::hash(&page).to_hex().to_string())
}

fn check_length<'a>(
    folder: &Path,
    description: &'a Description,
    file: &str,
) -> Result<&'a FileRecord, CollectionError> {
    let path = folder.join(file);
    let Some(record) = description.files.iter().find(|record| record.path == file) else {
        return Err(damaged(&path, "collection.json does not mention it"));
    };
    let found = std::fs::metadata(&path).map_err(|source| unreadable(&path, source))?.len();
    if found != record.bytes {
        return Err(damaged(&path, &format!("expected {} bytes, found {found}", record.bytes)));
    }
    Ok(record)
}

fn damaged(path: &Path, problem: &str) -> CollectionError {
    CollectionError::Damaged { path: path.to_owned(), problem: problem.to_owned() }
}

/// A file that `CURRENT` or `collection.json` promises and that is not there is damage, and no trouble with the disk.
fn unreadable(path: &Path, source: std::io::Error) -> CollectionError {
    match source.kind() {
        std::io::ErrorKind::NotFound => {
            CollectionError::Damaged { path: path.to_owned(), problem: "the file is missing".to_owned() }
        }
        _ => CollectionError::Io { action: "read", path: path.to_owned(), source },
    }
}
