//! Writing an index into a folder of its own.
//!
//! Every file is new, complete and synced before the meta file names it, and the meta file comes last; a folder that a
//! crash left half written has none and is no index. Making a finished folder the current one, in a single step, is
//! the caller's part.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::header::vectors_header;
use super::manifest::{FileRecord, GraphRecord, Manifest};
use super::mmap::MappedFile;
use super::{IndexMeta, MACHINE_FITS, META_FILE, VECTORS_FILE};
use crate::hnsw::{DATA_FILE, DumpError, GRAPH_FILE, HnswIndex};
use crate::vectors::{Vectors, VectorsError};

/// Why an index could not be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The files are little-endian with counts of eight bytes, and this machine is not.
    #[error("an index can only be written on a 64-bit little-endian machine; build it on one")]
    Machine,
    /// The folder has such a file already; files of an index are never changed in place.
    #[error("{path} exists already; save into a new folder and swap the folders")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The graph was built over other rows.
    #[error("the graph links {graph_rows} rows that are not the {rows} rows being saved; build it over these")]
    OtherRows {
        /// How many rows the graph links.
        graph_rows: usize,
        /// How many rows were to be saved.
        rows: usize,
    },
    /// A row cannot be searched.
    #[error(transparent)]
    Vectors(#[from] VectorsError),
    /// Rows are wider than the file format can say.
    #[error("rows of {dim} numbers are wider than an index file can hold")]
    TooWide {
        /// How wide.
        dim: usize,
    },
    /// The graph library failed.
    #[error("cannot write the graph {path}: {reason}; check that the disk is not full and try again")]
    Graph {
        /// The file of the links.
        path: PathBuf,
        /// What the library said.
        reason: String,
    },
    /// The description could not be put into bytes.
    #[error("cannot write {path}")]
    Encode {
        /// The meta file.
        path: PathBuf,
        /// What was wrong.
        source: postcard::Error,
    },
    /// The operating system failed.
    #[error("cannot write {path}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was wrong.
        source: io::Error,
    },
}

/// Writes rows, and a graph over them if there is one, into `dir`, which is made if it does not exist.
///
/// All files are synced when this returns, and so is the folder.
///
/// # Errors
/// If the folder holds an index already, the graph is over other rows, or writing fails. What was written by then
/// stays behind and is no index; remove the folder.
pub fn save(dir: &Path, vectors: &Vectors, graph: Option<&HnswIndex>, meta: &IndexMeta) -> Result<(), SaveError> {
    if !MACHINE_FITS {
        return Err(SaveError::Machine);
    }
    let dim = u32::try_from(vectors.dim()).map_err(|_| SaveError::TooWide { dim: vectors.dim() })?;
    fs::create_dir_all(dir).map_err(|source| SaveError::Io { path: dir.to_owned(), source })?;
    save_around(dir, vectors, dim, graph, meta, || write_vectors(dir, vectors, dim))
}

/// Writes an index whose vectors file `write` makes, or has made.
pub(super) fn save_around(
    dir: &Path,
    vectors: &Vectors,
    dim: u32,
    graph: Option<&HnswIndex>,
    meta: &IndexMeta,
    write: impl FnOnce() -> Result<FileRecord, SaveError>,
) -> Result<(), SaveError> {
    if let Some(graph) = graph.filter(|graph| !graph.vectors().same_as(vectors)) {
        return Err(SaveError::OtherRows { graph_rows: graph.vectors().len(), rows: vectors.len() });
    }
    let manifest = Manifest {
        rows: vectors.len() as u64,
        dim,
        meta: meta.clone(),
        vectors: write()?,
        graph: graph.map(|graph| write_graph(dir, graph)).transpose()?,
    };
    let path = dir.join(META_FILE);
    let bytes = manifest.encode().map_err(|source| SaveError::Encode { path: path.clone(), source })?;
    at(&path, create(&path).and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all())))?;
    at(dir, sync_folder(dir))
}

fn write_vectors(dir: &Path, vectors: &Vectors, dim: u32) -> Result<FileRecord, SaveError> {
    let path = dir.join(VECTORS_FILE);
    let write = || {
        let file = create(&path)?;
        let mut out = BufWriter::new(&file);
        out.write_all(&vectors_header(vectors.len() as u64, dim))?;
        let mut bytes = Vec::with_capacity(vectors.dim() * size_of::<f32>());
        for row in vectors {
            bytes.clear();
            bytes.extend(row.iter().flat_map(|x| x.to_le_bytes()));
            out.write_all(&bytes)?;
        }
        out.flush()
    };
    at(&path, write())?;
    at(&path, sync_and_record(&path))
}

fn write_graph(dir: &Path, graph: &HnswIndex) -> Result<GraphRecord, SaveError> {
    graph.dump(dir).map_err(|error| match error {
        DumpError::Io { path, source } => io_error(&path, source),
        DumpError::Library { path, reason } => SaveError::Graph { path, reason },
        DumpError::Malformed { path, problem, .. } => SaveError::Graph { path, reason: problem.to_owned() },
    })?;
    let record = |name| {
        let path = dir.join(name);
        at(&path, sync_and_record(&path))
    };
    let files = if graph.has_links() { Some([record(GRAPH_FILE)?, record(DATA_FILE)?]) } else { None };
    Ok(GraphRecord { params: *graph.params(), unreached: graph.unreached().to_vec(), files })
}

pub(super) fn create(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

/// Brings a written file to the disk, and takes its length and checksum from what a reader will see.
pub(super) fn sync_and_record(path: &Path) -> io::Result<FileRecord> {
    let file = File::options().read(true).write(true).open(path)?;
    file.sync_all()?;
    let bytes = MappedFile::new(&file)?;
    Ok(FileRecord { len: bytes.len() as u64, blake3: *blake3::hash(&bytes).as_bytes() })
}

/// Makes the names of new files last: a synced file in an unsynced folder can still be gone after a power cut. Other
/// systems than Unix have no such call and need none.
fn sync_folder(dir: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}

pub(super) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, SaveError> {
    result.map_err(|source| io_error(path, source))
}

fn io_error(path: &Path, source: io::Error) -> SaveError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::AlreadyExists => SaveError::Exists { path },
        _ => SaveError::Io { path, source },
    }
}
