//! Opening an index: one page is read, everything else is looked at when it is used.
//!
//! [`open`] maps the file, and checks its first page, where each section lies, and the checksums of the checksums. Other bytes
//! may still be damaged. A [`Section`] finds that out block by block, before the first use of each, and a search then ends
//! with [`SearchError::Damaged`](crate::SearchError::Damaged). [`StoredIndex::verify_all`] checks all blocks at once.
//!
//! Cost: the same for every index, some 50 µs, apart from one bit for each block of records.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use semsearch_disk::File;
use semsearch_vector::Bytes;

use super::content;
use super::error::OpenError;
use super::meta::{INDEX_FILE, IndexMeta};
use super::sizes::IndexSizes;
use crate::file::mmap::MappedFile;
use crate::file::page::{self, MACHINE_FITS, VERSION};
use crate::file::{ALIGNMENT, Content, Damage, Fault, Header, PAGE, Place, Section, SectionKind, Table};
use crate::flat::FlatIndex;
use crate::hnsw::HnswParams;
use crate::hnsw_index::HnswIndex;
use crate::layout::{LevelParts, Parts};
use crate::vectors::Vectors;

/// A file that folders of format version 1 have, and no later ones.
const META_FILE_OF_VERSION_1: &str = "index.meta";

/// An index in a file, of which little more than the first page has been read; see the [module](crate::storage).
#[derive(Debug)]
pub struct StoredIndex {
    path: PathBuf,
    meta: IndexMeta,
    parts: Parts,
    table: Table,
    fingerprint: Section,
    checks: Section,
    /// `None` for a file that was given as bytes.
    file: Option<MappedFile>,
}

/// Opens the index in `dir`.
///
/// # Errors
/// If the file is missing, cannot be read, or does not have the first page of an index.
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

/// Opens an index whose file is in memory; `path` is its name in errors.
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

    let page: &[u8; PAGE] = bytes.first_chunk().ok_or_else(|| truncated(SectionKind::Header, PAGE as u64))?;
    let (header, table, roots_check) = page::decode(page).map_err(|fault| OpenError::of_page(path, fault))?;
    if len < table.file_len {
        let cut = table.lines.iter().find(|line| line.offset + line.len > len).expect("the last one ends the file");
        return Err(truncated(cut.section(), cut.offset + cut.len));
    }
    if len > table.file_len {
        return Err(OpenError::TrailingBytes { path: path.to_owned(), end: table.file_len, len });
    }

    let reader = Reader::new(path.into(), &bytes, &table, roots_check)?;
    let fingerprint = reader.section(SectionKind::Fingerprint, 0, None);
    fingerprint.verify_all()?;
    let text = std::str::from_utf8(fingerprint.bytes()).map_err(|_| OpenError::Malformed {
        path: path.to_owned(),
        offset: reader.offset(SectionKind::Fingerprint, 0),
        problem: "the fingerprint is not text",
    })?;
    let meta = IndexMeta { fingerprint: text.to_owned(), build_seconds: header.build_seconds };
    let parts = reader.parts(header);
    let checks = reader.checks.clone();
    Ok(StoredIndex { path: path.to_owned(), meta, parts, fingerprint, checks, table, file: None })
}

impl StoredIndex {
    /// The metadata with which the index was saved.
    #[must_use]
    pub fn meta(&self) -> &IndexMeta {
        &self.meta
    }

    /// The path of the file.
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

    /// How the graph was built; `None` if there is no graph.
    #[must_use]
    pub fn hnsw_params(&self) -> Option<HnswParams> {
        self.parts.header.has_graph().then(|| HnswParams::of(&self.parts.header))
    }

    /// The sizes of the file and of its sections.
    #[must_use]
    pub fn sizes(&self) -> IndexSizes {
        IndexSizes::of(self.parts.header.rows, &self.table)
    }

    /// Checks that queries are encoded by the model that made the rows. Vectors of two models cannot be compared; a search
    /// across them returns confident nonsense.
    ///
    /// # Errors
    /// [`OpenError::ModelMismatch`] if the model that encodes queries, `expected`, is another one.
    pub fn expect_fingerprint(&self, expected: &str) -> Result<(), OpenError> {
        let found = &self.meta.fingerprint;
        if found == expected {
            return Ok(());
        }
        Err(OpenError::ModelMismatch { path: self.path.clone(), expected: expected.to_owned(), found: found.clone() })
    }

    /// Checks every byte that means something, on the threads of the current rayon pool.
    ///
    /// # Errors
    /// The damage of one of the blocks that are not as they were written.
    pub fn verify_all(&self) -> Result<(), Damage> {
        if let Some(file) = &self.file {
            file.expect_all();
        }
        self.checks.verify_all()?;
        self.fingerprint.verify_all()?;
        self.parts.sections().into_iter().try_for_each(Section::verify_all)
    }

    /// The damages that [`verify_all`](Self::verify_all) would find, one for each damaged section.
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

    /// The index without its graph, for exact search by comparing all rows. Takes no time.
    #[must_use]
    pub fn flat(&self) -> FlatIndex {
        FlatIndex::new(self.vectors().clone())
    }

    /// The index with its graph. Takes no time: what a search reads is mapped.
    ///
    /// # Errors
    /// If there is no graph, or the section of the quantiser is damaged.
    pub fn hnsw(&self) -> Result<HnswIndex, OpenError> {
        if self.parts.header.has_graph() {
            HnswIndex::of(self.parts.clone()).map_err(OpenError::Damaged)
        } else {
            Err(OpenError::NoGraph { path: self.path.clone() })
        }
    }
}

/// Finds sections in a file whose table has been checked.
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
        let roots = Section::trusted(reader.bytes_of(SectionKind::Roots, 0), 4);
        let found = crc32c::crc32c(roots.bytes());
        if found != roots_check {
            let start = reader.offset(SectionKind::Roots, 0);
            return Err(Damage {
                path: reader.path.to_path_buf(),
                section: SectionKind::Roots,
                range: start..start + roots.bytes().len() as u64,
                fault: Fault::Checksum { expected: roots_check, found },
            });
        }
        reader.checks = roots;
        reader.checks = reader.section(SectionKind::Checks, 0, None);
        Ok(reader)
    }

    fn parts(&self, header: Header) -> Parts {
        let dim = header.dim as usize;
        let rows = self.section(SectionKind::Rows, 0, Some(content::rows(dim, header.element)));
        let rows = Vectors::stored(rows, dim, header.element);
        if !header.has_graph() {
            return Parts::without_graph(header, rows);
        }
        let nodes = rows.len();
        let raw = |kind| Section::trusted(self.bytes_of(kind, 0), 4);
        let back_from = |kind| Some(content::permutation(raw(kind)));
        Parts {
            rows,
            codes: self.section(SectionKind::Codes, 0, None),
            links: self.section(SectionKind::Links, 0, Some(content::links(header.degree as usize, nodes))),
            row_of_node: self.section(SectionKind::RowOfNode, 0, back_from(SectionKind::NodeOfRow)),
            node_of_row: self.section(SectionKind::NodeOfRow, 0, back_from(SectionKind::RowOfNode)),
            residual_norms: self.section(
                SectionKind::ResidualNorms,
                0,
                Some(content::residual_norms(header.largest_residual)),
            ),
            quantiser: self.section(SectionKind::Quantiser, 0, Some(content::quantiser())),
            levels: (1..=header.levels).map(|level| self.level(&header, level, nodes)).collect(),
            entry_codes: self.section(SectionKind::EntryCodes, 0, None),
            header,
        }
    }

    fn level(&self, header: &Header, level: u32, nodes: usize) -> LevelParts {
        let all = Section::trusted(self.bytes_of(SectionKind::LevelNodes, level), 4);
        let members = all.len();
        let nodes = self.section(SectionKind::LevelNodes, level, Some(content::members(all, nodes)));
        if level == header.levels {
            return LevelParts::top(nodes);
        }
        let degree = header.upper_degree as usize;
        let links = self.section(SectionKind::LevelLinks, level, Some(content::links(degree, members)));
        LevelParts { degree, nodes, links }
    }

    /// A section whose blocks are compared with their checksums before they are used.
    fn section(&self, kind: SectionKind, level: u32, content: Option<Content>) -> Section {
        let line = self.table.line(kind, level).expect("the table has all sections of its header");
        let place = Place {
            path: self.path.clone(),
            kind,
            offset: line.offset,
            shift: line.block.ilog2(),
            checks: self.checks.clone(),
            first_check: line.first_check as usize,
            content,
        };
        Section::guarded(self.bytes_of(kind, level), line.record as usize, place)
    }

    fn bytes_of(&self, kind: SectionKind, level: u32) -> Bytes {
        let line = self.table.line(kind, level).expect("the table has all sections of its header");
        let start = line.offset as usize;
        self.bytes.part(start..start + line.len as usize).expect("all sections lie within the file")
    }

    fn offset(&self, kind: SectionKind, level: u32) -> u64 {
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

/// The error of a folder without an index file, which may have the files of an earlier version.
fn missing(dir: &Path, path: &Path) -> OpenError {
    let earlier = dir.join(META_FILE_OF_VERSION_1);
    match semsearch_disk::is_there(&earlier) {
        Ok(true) => OpenError::Version { path: earlier, expected: VERSION, found: 1 },
        Ok(false) => OpenError::Missing { path: path.to_owned() },
        Err(source) => OpenError::Io { path: earlier, source },
    }
}
