//! Opening an index: everything is checked before anything is used.
//!
//! [`open`] reads the meta file, compares the length of every file with it, maps the rows, and checks their checksum
//! and their lengths. The graph is checked and loaded only when it is asked for, since loading takes much longer than
//! an exact search of a small collection.
//!
//! Cost: one pass over the rows, about 0.4 ms per MB; for a graph, one over its files and then some 7 µs per row.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::header::{self, HeaderFault, META_MAGIC, PREFIX_LEN, VECTORS_HEADER_LEN, VERSION};
use super::manifest::{BODY_START, CHECKSUM_LEN, FileRecord, Manifest};
use super::mmap::{MappedFile, MappedRows};
use super::{IndexMeta, MACHINE_FITS, META_FILE, VECTORS_FILE};
use crate::flat::FlatIndex;
use crate::hnsw::{DATA_FILE, DumpError, GRAPH_FILE, HnswIndex, HnswParams};
use crate::vectors::{Vectors, VectorsError};

/// Why an index could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A file is not there.
    #[error("there is no {path}; build the index with `semsearch embed`")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file is something else.
    #[error("{path} is not an index file; give the folder of an index, or build one with `semsearch embed`")]
    NotAnIndex {
        /// The file.
        path: PathBuf,
    },
    /// A file was written in another version of the format.
    #[error(
        "{path} has format version {found}, this program reads version {expected}; rebuild it with `semsearch embed`"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// The version this program reads.
        expected: u32,
        /// The version the file has.
        found: u32,
    },
    /// The file, or this machine, has the other byte order, or this machine is not a 64-bit one.
    #[error(
        "{path} does not fit this machine: an index is little-endian and read on 64-bit machines; rebuild it with `semsearch embed` on such a machine"
    )]
    Machine {
        /// The file.
        path: PathBuf,
    },
    /// A file ends too early.
    #[error("{path}: section `{section}` ends at byte {end}, the file has {len}; rebuild it with `semsearch embed`")]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Which part of it is cut off.
        section: &'static str,
        /// Where that part should end.
        end: u64,
        /// Where the file ends.
        len: u64,
    },
    /// A file goes on behind its end.
    #[error("{path} should end at byte {end}, but has {len}; rebuild it with `semsearch embed`")]
    TrailingBytes {
        /// The file.
        path: PathBuf,
        /// Where it should end.
        end: u64,
        /// Where it ends.
        len: u64,
    },
    /// A file is not the one that was written.
    #[error("{path} is damaged: its checksum is {found}, expected {expected}; rebuild it with `semsearch embed`")]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The checksum that was recorded.
        expected: String,
        /// The checksum of what is there.
        found: String,
    },
    /// A file's numbers contradict each other although its checksum holds.
    #[error("{path} is damaged at byte {offset}: {problem}; rebuild it with `semsearch embed`")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What is wrong there.
        problem: &'static str,
    },
    /// The rows cannot be searched.
    #[error("{path} has rows that cannot be searched; rebuild it with `semsearch embed`")]
    Vectors {
        /// The file.
        path: PathBuf,
        /// Which row, and why.
        source: VectorsError,
    },
    /// The rows were made by another model than queries are.
    #[error(
        "{path}: built with model `{found}`, queries are encoded with `{expected}`; use that model or rebuild with `semsearch embed`"
    )]
    ModelMismatch {
        /// The meta file.
        path: PathBuf,
        /// The model that encodes queries.
        expected: String,
        /// The model that made the rows.
        found: String,
    },
    /// The index was saved without a graph.
    #[error("{dir} holds no graph; search it exactly, or build a graph with `semsearch embed`")]
    NoGraph {
        /// The folder.
        dir: PathBuf,
    },
    /// The graph library failed.
    #[error("cannot read the graph {path}: {reason}; rebuild it with `semsearch embed`")]
    Graph {
        /// The file of the links.
        path: PathBuf,
        /// What the library said.
        reason: String,
    },
    /// The operating system failed; the index itself may be fine.
    #[error("cannot read {path}; the index may be fine, check permissions and the disk")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        source: io::Error,
    },
}

/// An index in a folder, checked and ready.
#[derive(Debug)]
pub struct StoredIndex {
    dir: PathBuf,
    manifest: Manifest,
    vectors: Vectors,
    meta_bytes: u64,
}

/// How many bytes the files of an index have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexSizes {
    /// The rows.
    pub vectors_bytes: u64,
    /// Both files of the graph; 0 without one.
    pub graph_bytes: u64,
    /// The description.
    pub meta_bytes: u64,
    /// How many rows there are.
    pub rows: u64,
}

impl IndexSizes {
    /// All files together.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.vectors_bytes + self.graph_bytes + self.meta_bytes
    }

    /// All files together, per row; 0 for an empty index.
    #[must_use]
    pub fn bytes_per_vector(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.total_bytes() as f64 / self.rows as f64 }
    }
}

/// Opens the index in `dir`.
///
/// # Errors
/// If a file is missing, cannot be read, or is not exactly what was written.
pub fn open(dir: &Path) -> Result<StoredIndex, OpenError> {
    let meta_path = dir.join(META_FILE);
    if !MACHINE_FITS {
        return Err(OpenError::Machine { path: meta_path });
    }
    let bytes = fs::read(&meta_path).map_err(|source| io_error(&meta_path, source))?;
    let manifest = read_manifest(&meta_path, &bytes)?;
    let vectors = read_vectors(&dir.join(VECTORS_FILE), &manifest)?;
    for (name, record) in graph_files(&manifest) {
        let path = dir.join(name);
        let len = open_file(&path)?.metadata().map_err(|source| io_error(&path, source))?.len();
        check_len(&path, "graph", record.len, len)?;
    }
    Ok(StoredIndex { dir: dir.to_owned(), manifest, vectors, meta_bytes: bytes.len() as u64 })
}

impl StoredIndex {
    /// What the caller of [`save`](super::save) wanted to find again.
    #[must_use]
    pub fn meta(&self) -> &IndexMeta {
        &self.manifest.meta
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.vectors.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vectors.is_empty()
    }

    /// How many numbers a row has.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.vectors.dim()
    }

    /// How the graph was built; None if there is no graph.
    #[must_use]
    pub fn hnsw_params(&self) -> Option<&HnswParams> {
        self.manifest.graph.as_ref().map(|graph| &graph.params)
    }

    /// The size of the files.
    #[must_use]
    pub fn sizes(&self) -> IndexSizes {
        IndexSizes {
            vectors_bytes: self.manifest.vectors.len,
            graph_bytes: graph_files(&self.manifest).map(|(_, record)| record.len).sum(),
            meta_bytes: self.meta_bytes,
            rows: self.manifest.rows,
        }
    }

    /// Makes sure that queries are encoded by the model that made the rows. Vectors of two models have nothing to say to
    /// each other, and a search across them returns confident nonsense.
    ///
    /// # Errors
    /// [`OpenError::ModelMismatch`] if `expected`, the model that encodes queries, is another one.
    pub fn expect_fingerprint(&self, expected: &str) -> Result<(), OpenError> {
        let found = &self.manifest.meta.fingerprint;
        if found == expected {
            return Ok(());
        }
        Err(OpenError::ModelMismatch {
            path: self.dir.join(META_FILE),
            expected: expected.to_owned(),
            found: found.clone(),
        })
    }

    /// The rows, mapped from their file.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// The exact index. Takes no time: the rows are mapped and checked.
    #[must_use]
    pub fn flat(&self) -> FlatIndex {
        FlatIndex::new(self.vectors.clone())
    }

    /// The graph, checked and loaded anew with each call.
    ///
    /// # Errors
    /// If there is none, or its files are not exactly what was written.
    pub fn hnsw(&self) -> Result<HnswIndex, OpenError> {
        let Some(record) = &self.manifest.graph else {
            return Err(OpenError::NoGraph { dir: self.dir.clone() });
        };
        let Some([links, points]) = &record.files else {
            return Ok(HnswIndex::without_links(self.vectors.clone(), record.params));
        };
        let links = map_checked(&self.dir.join(GRAPH_FILE), "graph", links)?;
        let points = map_checked(&self.dir.join(DATA_FILE), "graph", points)?;
        HnswIndex::load(&self.dir, &links, &points, self.vectors.clone(), record.params, record.unreached.clone())
            .map_err(|error| match error {
                DumpError::Io { path, source } => io_error(&path, source),
                DumpError::Library { path, reason } => OpenError::Graph { path, reason },
                DumpError::Malformed { path, offset, problem } => {
                    OpenError::Malformed { path, offset: offset as u64, problem }
                }
            })
    }
}

/// Reads the meta file: prefix, length, checksum, and only then the body.
fn read_manifest(path: &Path, bytes: &[u8]) -> Result<Manifest, OpenError> {
    let len = bytes.len() as u64;
    let truncated = |section, end| OpenError::Truncated { path: path.to_owned(), section, end, len };

    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX_LEN>() else {
        return Err(truncated("header", BODY_START as u64));
    };
    header::check_prefix(prefix, META_MAGIC).map_err(|fault| header_error(path, fault))?;
    let Some((body_len, rest)) = rest.split_first_chunk() else {
        return Err(truncated("header", BODY_START as u64));
    };
    let body_end = u64::from_le_bytes(*body_len).saturating_add(BODY_START as u64);
    let file_end = body_end.saturating_add(CHECKSUM_LEN as u64);
    if body_end > len {
        return Err(truncated("body", body_end));
    }
    check_len(path, "checksum", file_end, len)?;

    let (signed, checksum) = bytes.split_at(bytes.len() - CHECKSUM_LEN);
    check_checksum(path, checksum, signed)?;
    Manifest::decode(&rest[..rest.len() - CHECKSUM_LEN]).map_err(|problem| OpenError::Malformed {
        path: path.to_owned(),
        offset: BODY_START as u64,
        problem,
    })
}

fn read_vectors(path: &Path, manifest: &Manifest) -> Result<Vectors, OpenError> {
    let file = map_checked(path, "rows", &manifest.vectors)?;
    let malformed = |problem| OpenError::Malformed { path: path.to_owned(), offset: 0, problem };
    let head = file.first_chunk::<VECTORS_HEADER_LEN>().ok_or_else(|| malformed("there is no header"))?;
    header::check_vectors_header(head, manifest.rows, manifest.dim).map_err(|fault| header_error(path, fault))?;
    let rows = MappedRows::new(file, manifest.dim as usize).ok_or_else(|| malformed("rows are not whole"))?;
    Vectors::mapped(rows).map_err(|source| OpenError::Vectors { path: path.to_owned(), source })
}

/// Maps a file whose length and checksum are what was recorded.
fn map_checked(path: &Path, section: &'static str, record: &FileRecord) -> Result<MappedFile, OpenError> {
    let file = open_file(path)?;
    let bytes = MappedFile::new(&file).map_err(|source| io_error(path, source))?;
    check_len(path, section, record.len, bytes.len() as u64)?;
    check_checksum(path, &record.blake3, &bytes)?;
    Ok(bytes)
}

fn check_len(path: &Path, section: &'static str, end: u64, len: u64) -> Result<(), OpenError> {
    let path = || path.to_owned();
    match len.cmp(&end) {
        std::cmp::Ordering::Less => Err(OpenError::Truncated { path: path(), section, end, len }),
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => Err(OpenError::TrailingBytes { path: path(), end, len }),
    }
}

fn check_checksum(path: &Path, expected: &[u8], bytes: &[u8]) -> Result<(), OpenError> {
    let found = blake3::hash(bytes);
    if found.as_bytes() == expected {
        return Ok(());
    }
    let expected = expected.iter().map(|byte| format!("{byte:02x}")).collect();
    Err(OpenError::Checksum { path: path.to_owned(), expected, found: found.to_hex().to_string() })
}

/// The files of the graph, if it has any.
fn graph_files(manifest: &Manifest) -> impl Iterator<Item = (&'static str, &FileRecord)> {
    let files = manifest.graph.as_ref().and_then(|graph| graph.files.as_ref());
    files.into_iter().flat_map(|files| [GRAPH_FILE, DATA_FILE].into_iter().zip(files))
}

fn open_file(path: &Path) -> Result<File, OpenError> {
    File::open(path).map_err(|source| io_error(path, source))
}

/// Only a file that is not there is reported as missing. Everything else that can go wrong may pass, and must not read
/// as "there is no index".
fn io_error(path: &Path, source: io::Error) -> OpenError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => OpenError::Missing { path },
        _ => OpenError::Io { path, source },
    }
}

fn header_error(path: &Path, fault: HeaderFault) -> OpenError {
    let path = path.to_owned();
    match fault {
        HeaderFault::Magic => OpenError::NotAnIndex { path },
        HeaderFault::ByteOrder => OpenError::Machine { path },
        HeaderFault::Version(found) => OpenError::Version { path, expected: VERSION, found },
        HeaderFault::Field { offset, problem } => OpenError::Malformed { path, offset, problem },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{IndexMeta, save};
    use super::*;
    use crate::Index;
    use semsearch_vector::Matrix;

    const ROWS: usize = 40;

    fn saved() -> tempfile::TempDir {
        let mut matrix = Matrix::new(4);
        for i in 0..ROWS {
            let mut row = [0.3, 1.7, 2.9, 4.1].map(|step| (i as f32 * step).sin());
            semsearch_vector::normalise(&mut row);
            matrix.push(&row);
        }
        let vectors = Vectors::new(matrix).unwrap();
        let graph = HnswIndex::build(
            vectors.clone(),
            &HnswParams { m: 4, ef_construction: 20, ..HnswParams::default() },
            &|_| {},
            &|| false,
        );
        let dir = tempfile::tempdir().unwrap();
        save(dir.path(), &vectors, Some(&graph.unwrap()), &IndexMeta::default()).unwrap();
        dir
    }

    /// Writes `bytes` to a file of the index and makes its record fit them, as an attacker would.
    fn write_mended(dir: &Path, manifest: &Manifest, name: &str, bytes: &[u8]) {
        let mut manifest = manifest.clone();
        let record = FileRecord { len: bytes.len() as u64, blake3: *blake3::hash(bytes).as_bytes() };
        let graph = manifest.graph.as_mut().and_then(|graph| graph.files.as_mut()).unwrap();
        match name {
            VECTORS_FILE => manifest.vectors = record,
            GRAPH_FILE => graph[0] = record,
            _ => graph[1] = record,
        }
        fs::write(dir.join(name), bytes).unwrap();
        fs::write(dir.join(META_FILE), manifest.encode().unwrap()).unwrap();
    }

    /// What a damaged index that opens must still do: answer, with hits that are rows.
    fn search(dir: &Path) -> Result<(), OpenError> {
        let stored = open(dir)?;
        let hnsw = stored.hnsw()?;
        for (query, k) in [([0.5; 4], 10), ([0.0, 1.0, 0.0, 0.0], 1)] {
            let hits = hnsw.search(&query, k, 5).unwrap();
            assert_eq!(hits.len(), k);
            assert!(hits.iter().all(|hit| hit.id.index() < ROWS && hit.score.is_finite()));
        }
        Ok(())
    }

    #[test]
    fn damage_with_a_mended_checksum_is_refused_or_harmless() {
        let dir = saved();
        let manifest = open(dir.path()).unwrap().manifest;
        let mut refused = 0;
        for name in [VECTORS_FILE, GRAPH_FILE, DATA_FILE] {
            let good = fs::read(dir.path().join(name)).unwrap();
            let mut state = 12345_u64;
            for round in 0..500 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let place = (state >> 33) as usize % good.len();
                let mut bytes = good.clone();
                match round % 5 {
                    0 => bytes[place] ^= 1 << (state >> 60 & 7),
                    1 => bytes[place] = 0xff,
                    2 => bytes[place..].iter_mut().take(8).for_each(|byte| *byte = 0xff),
                    3 => bytes.truncate(place),
                    _ => drop(bytes.splice(place..place, [0; 17])),
                }
                write_mended(dir.path(), &manifest, name, &bytes);
                refused += usize::from(search(dir.path()).is_err());
            }
            write_mended(dir.path(), &manifest, name, &good);
            search(dir.path()).unwrap();
        }
        assert!(refused > 700, "only {refused} of 1,500 were refused");
    }

    #[test]
    fn rows_that_are_not_finite_are_refused_even_with_a_mended_checksum() {
        let dir = saved();
        let manifest = open(dir.path()).unwrap().manifest;
        let mut bytes = fs::read(dir.path().join(VECTORS_FILE)).unwrap();
        bytes[64 + 16..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
        write_mended(dir.path(), &manifest, VECTORS_FILE, &bytes);
        let error = open(dir.path()).unwrap_err();
        assert!(matches!(error, OpenError::Vectors { source: VectorsError::NotFinite { row: 1, .. }, .. }), "{error}");
    }
}
