//! Opening an index: one page is read, everything else is looked at when it is used.
//!
//! [`open`] maps the file, makes sure of its first page, of where each section lies, and of the checksums of the
//! checksums. What remains is that many bytes may not be what was written; a [`Section`] finds that out block by block,
//! before the first use of each, and a search then ends with [`SearchError::Damaged`](crate::SearchError::Damaged).
//! [`StoredIndex::verify_all`] makes sure of all of it at once.
//!
//! Cost: the same for every index, some 50 µs, apart from one bit for each block of records.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use semsearch_disk::File;
use semsearch_vector::Bytes;

use super::mmap::MappedFile;
use super::page::{self, ALIGNMENT, Kind, PAGE, PageFault, Table, VERSION};
use super::section::{Content, Damage, Fault, Place, Section};
use super::{INDEX_FILE, IndexMeta, IndexSizes, MACHINE_FITS, content};
use crate::flat::FlatIndex;
use crate::hnsw::{HnswIndex, HnswParams};
use crate::layout::{Header, LevelParts, Parts};
use crate::vectors::Vectors;

/// The file that folders of version 1 have, and no later one.
const META_FILE_OF_VERSION_1: &str = "index.meta";

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
    /// A file is not as it was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
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
    /// The rows were made by another model than queries are.
    #[error(
        "{path}: built with model `{found}`, queries are encoded with `{expected}`; use that model or rebuild with `semsearch embed`"
    )]
    ModelMismatch {
        /// The file.
        path: PathBuf,
        /// The model that encodes queries.
        expected: String,
        /// The model that made the rows.
        found: String,
    },
    /// The index was saved without a graph.
    #[error("{path} holds no graph; search it exactly, or build a graph with `semsearch embed`")]
    NoGraph {
        /// The file.
        path: PathBuf,
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

/// An index in a file. Opening it has read next to nothing of it; see the [module](crate::storage).
#[derive(Debug)]
pub struct StoredIndex {
    path: PathBuf,
    meta: IndexMeta,
    parts: Parts,
    table: Table,
    fingerprint: Section,
    checks: Section,
    /// None for a file that was given as bytes.
    file: Option<MappedFile>,
}

/// Opens the index in `dir`.
///
/// # Errors
/// If the file is missing, cannot be read, or is not that of an index, as far as its first page tells.
pub fn open(dir: &Path) -> Result<StoredIndex, OpenError> {
    let path = dir.join(INDEX_FILE);
    let file = File::open(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => missing(dir, &path),
        _ => OpenError::Io { path: path.clone(), source },
    })?;
    let file = MappedFile::new(&file).map_err(|source| OpenError::Io { path: path.clone(), source })?;
    let mut stored = open_bytes(&path, file.bytes())?;
    let rows = stored.parts.rows.section().bytes().len();
    file.expect_random(PAGE, rows);
    stored.file = Some(file);
    Ok(stored)
}

/// Opens an index whose file is in memory already; `path` is what errors call it.
///
/// Bytes that do not begin on a multiple of 64 are copied.
///
/// # Errors
/// As [`open`].
pub fn open_bytes(path: &Path, bytes: Bytes) -> Result<StoredIndex, OpenError> {
    if !MACHINE_FITS {
        return Err(OpenError::Machine { path: path.to_owned() });
    }
    let bytes = aligned(bytes);
    let len = bytes.len() as u64;
    let truncated = |section, end| OpenError::Truncated { path: path.to_owned(), section, end, len };

    let page: &[u8; PAGE] = bytes.first_chunk().ok_or_else(|| truncated("header", PAGE as u64))?;
    let (header, table, roots_check) = page::decode(page).map_err(|fault| page_error(path, fault))?;
    if len < table.file_len {
        let cut = table.lines.iter().find(|line| line.offset + line.len > len).expect("the last one ends the file");
        return Err(truncated(Kind::name_of(cut.kind), cut.offset + cut.len));
    }
    if len > table.file_len {
        return Err(OpenError::TrailingBytes { path: path.to_owned(), end: table.file_len, len });
    }

    let reader = Reader::new(path.into(), &bytes, &table, roots_check)?;
    let fingerprint = reader.section(Kind::Fingerprint, 0, None);
    fingerprint.verify_all()?;
    let text = std::str::from_utf8(fingerprint.bytes()).map_err(|_| OpenError::Malformed {
        path: path.to_owned(),
        offset: reader.offset(Kind::Fingerprint, 0),
        problem: "the fingerprint is no text",
    })?;
    let meta = IndexMeta { fingerprint: text.to_owned(), build_seconds: header.build_seconds };
    let parts = reader.parts(header);
    let checks = reader.checks.clone();
    Ok(StoredIndex { path: path.to_owned(), meta, parts, fingerprint, checks, table, file: None })
}

impl StoredIndex {
    /// What the caller of [`save`](super::save) wanted to find again.
    #[must_use]
    pub fn meta(&self) -> &IndexMeta {
        &self.meta
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.rows.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.rows.is_empty()
    }

    /// How many numbers a row has.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.parts.rows.dim()
    }

    /// How the graph was built; None if there is no graph.
    #[must_use]
    pub fn hnsw_params(&self) -> Option<HnswParams> {
        self.parts.has_graph().then(|| self.parts.header.params())
    }

    /// What the bytes of the file are spent on.
    #[must_use]
    pub fn sizes(&self) -> IndexSizes {
        IndexSizes::of(self.parts.header.rows, &self.table)
    }

    /// Makes sure that queries are encoded by the model that made the rows. Vectors of two models have nothing to say to
    /// each other, and a search across them returns confident nonsense.
    ///
    /// # Errors
    /// [`OpenError::ModelMismatch`] if `expected`, the model that encodes queries, is another one.
    pub fn expect_fingerprint(&self, expected: &str) -> Result<(), OpenError> {
        let found = &self.meta.fingerprint;
        if found == expected {
            return Ok(());
        }
        Err(OpenError::ModelMismatch { path: self.path.clone(), expected: expected.to_owned(), found: found.clone() })
    }

    /// Makes sure of every byte that means something, on the threads of the current rayon pool.
    ///
    /// # Errors
    /// For one of the places that are not as they were written.
    pub fn verify_all(&self) -> Result<(), Damage> {
        if let Some(file) = &self.file {
            file.expect_all();
        }
        self.checks.verify_all()?;
        self.fingerprint.verify_all()?;
        self.parts.sections().into_iter().try_for_each(Section::verify_all)
    }

    /// Everything that [`verify_all`](Self::verify_all) would find, one place in each damaged section.
    #[must_use]
    pub fn damages(&self) -> Vec<Damage> {
        if let Some(file) = &self.file {
            file.expect_all();
        }
        let own = [&self.checks, &self.fingerprint];
        own.into_iter().chain(self.parts.sections()).filter_map(|section| section.verify_all().err()).collect()
    }

    /// The rows, mapped from the file.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.parts.rows
    }

    /// The exact index. Takes no time: the rows are mapped.
    #[must_use]
    pub fn flat(&self) -> FlatIndex {
        FlatIndex::new(self.vectors().clone())
    }

    /// The graph. Takes no time either.
    ///
    /// # Errors
    /// If there is none.
    pub fn hnsw(&self) -> Result<HnswIndex, OpenError> {
        if self.parts.has_graph() {
            HnswIndex::of(self.parts.clone()).map_err(OpenError::Damaged)
        } else {
            Err(OpenError::NoGraph { path: self.path.clone() })
        }
    }
}

/// What finds sections in a file whose table has been checked.
struct Reader<'a> {
    path: Arc<Path>,
    bytes: &'a Bytes,
    table: &'a Table,
    checks: Section,
}

impl<'a> Reader<'a> {
    /// Compares the roots, with which everything else is compared.
    fn new(path: Arc<Path>, bytes: &'a Bytes, table: &'a Table, roots_check: u32) -> Result<Self, Damage> {
        let none = Section::trusted(Bytes::from(Vec::new()), 4);
        let mut reader = Reader { path, bytes, table, checks: none };
        let roots = Section::trusted(reader.bytes_of(Kind::Roots, 0), 4);
        let found = crc32c::crc32c(roots.bytes());
        if found != roots_check {
            let start = reader.offset(Kind::Roots, 0);
            return Err(Damage {
                path: reader.path.to_path_buf(),
                section: Kind::Roots.name(),
                range: start..start + roots.bytes().len() as u64,
                fault: Fault::Checksum { expected: roots_check, found },
            });
        }
        reader.checks = roots;
        reader.checks = reader.section(Kind::Checks, 0, None);
        Ok(reader)
    }

    fn parts(&self, header: Header) -> Parts {
        let dim = header.dim as usize;
        let rows = self.section(Kind::Rows, 0, Some(content::rows(dim, header.element)));
        let rows = Vectors::stored(rows, dim, header.element);
        if header.degree == 0 {
            return Parts::without_graph(header, rows);
        }
        let nodes = rows.len();
        let raw = |kind| Section::trusted(self.bytes_of(kind, 0), 4);
        let back_from = |kind| Some(content::permutation(raw(kind)));
        Parts {
            rows,
            codes: self.section(Kind::Codes, 0, None),
            links: self.section(Kind::Links, 0, Some(content::links(header.degree as usize, nodes))),
            row_of_node: self.section(Kind::RowOfNode, 0, back_from(Kind::NodeOfRow)),
            node_of_row: self.section(Kind::NodeOfRow, 0, back_from(Kind::RowOfNode)),
            errors: self.section(Kind::Errors, 0, Some(content::errors(header.largest_error))),
            quantiser: self.section(Kind::Quantiser, 0, Some(content::quantiser())),
            levels: (1..=header.levels).map(|level| self.level(&header, level, nodes)).collect(),
            entry_codes: self.section(Kind::EntryCodes, 0, None),
            header,
        }
    }

    fn level(&self, header: &Header, level: u32, nodes: usize) -> LevelParts {
        let all = Section::trusted(self.bytes_of(Kind::LevelNodes, level), 4);
        let members = all.len();
        let nodes = self.section(Kind::LevelNodes, level, Some(content::members(all, nodes)));
        if level == header.levels {
            return LevelParts::top(nodes);
        }
        let degree = header.upper_degree as usize;
        let links = self.section(Kind::LevelLinks, level, Some(content::links(degree, members)));
        LevelParts { degree, nodes, links }
    }

    /// A section that compares itself with its checksums.
    fn section(&self, kind: Kind, level: u32, content: Option<Content>) -> Section {
        let line = self.table.line(kind, level).expect("the table has all sections of its header");
        let place = Place {
            path: self.path.clone(),
            name: kind.name(),
            offset: line.offset,
            shift: line.block.ilog2(),
            checks: self.checks.clone(),
            first_check: line.first_check as usize,
            content,
        };
        Section::guarded(self.bytes_of(kind, level), line.record as usize, place)
    }

    fn bytes_of(&self, kind: Kind, level: u32) -> Bytes {
        let line = self.table.line(kind, level).expect("the table has all sections of its header");
        let start = line.offset as usize;
        self.bytes.part(start..start + line.len as usize).expect("all sections lie within the file")
    }

    fn offset(&self, kind: Kind, level: u32) -> u64 {
        self.table.line(kind, level).map_or(0, |line| line.offset)
    }
}

/// Numbers are read where they lie, so they have to lie on multiples of their size.
fn aligned(bytes: Bytes) -> Bytes {
    let alignment = ALIGNMENT as usize;
    if (bytes.as_ptr() as usize).is_multiple_of(alignment) {
        return bytes;
    }
    let mut copy = vec![0; bytes.len() + alignment];
    let address = copy.as_ptr() as usize;
    let start = address.next_multiple_of(alignment) - address;
    copy[start..][..bytes.len()].copy_from_slice(&bytes);
    Bytes::from(copy).part(start..start + bytes.len()).expect("a part of the copy")
}

/// A folder without our file has perhaps the one of an earlier version.
fn missing(dir: &Path, path: &Path) -> OpenError {
    let earlier = dir.join(META_FILE_OF_VERSION_1);
    if earlier.exists() {
        OpenError::Version { path: earlier, expected: VERSION, found: 1 }
    } else {
        OpenError::Missing { path: path.to_owned() }
    }
}

fn page_error(path: &Path, fault: PageFault) -> OpenError {
    let path = path.to_owned();
    match fault {
        PageFault::Magic => OpenError::NotAnIndex { path },
        PageFault::ByteOrder => OpenError::Machine { path },
        PageFault::Version(found) => OpenError::Version { path, expected: VERSION, found },
        PageFault::Checksum { expected, found } => {
            let fault = Fault::Checksum { expected, found };
            OpenError::Damaged(Damage { path, section: "header", range: 0..PAGE as u64, fault })
        }
        PageFault::Field { offset, problem } => OpenError::Malformed { path, offset: offset as u64, problem },
    }
}
