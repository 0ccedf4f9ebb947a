//! Writing an index into a folder of its own.
//!
//! The first page is left empty until everything behind it has reached the disk, so a file that a crash left half
//! written does not begin like an index and is none. Making a finished folder the current one, in a single step, is the
//! caller's part.

use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use semsearch_disk::{File, sync_folder};

use super::IndexMeta;
use super::page::{self, Kind, PAGE, Table};
use super::rows::{RowsWriter, StoredRows};
use super::section::{Damage, Section};
use crate::hnsw::HnswIndex;
use crate::layout::{Header, Parts};
use crate::limits::MAX_FINGERPRINT;
use crate::vectors::{Vectors, VectorsError};

/// Why an index could not be saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The file is little-endian with lengths of eight bytes, and this machine is not.
    #[error("an index can only be written on a 64-bit little-endian machine; build it on one")]
    Machine,
    /// The folder has such a file already; the file of an index is never changed in place.
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
    /// Rows are empty, or wider than an index takes.
    #[error("rows of {dim} numbers do not fit an index, which takes 1 to {}", Vectors::MAX_DIM)]
    Width {
        /// How wide.
        dim: usize,
    },
    /// The identity of the model is longer than an index takes.
    #[error("a fingerprint of {len} bytes does not fit an index, which takes {MAX_FINGERPRINT}")]
    Fingerprint {
        /// How long.
        len: usize,
    },
    /// What is to be saved lies in a file and is not as it was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
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
/// The file is synced when this returns, and so is the folder.
///
/// # Errors
/// If the folder holds an index already, the graph is over other rows, or writing fails. What was written by then
/// stays behind and is no index; remove the folder.
pub fn save(dir: &Path, vectors: &Vectors, graph: Option<&HnswIndex>, meta: &IndexMeta) -> Result<(), SaveError> {
    let parts = parts_over(vectors, graph)?;
    vectors.section().verify_all()?;
    let mut writer = RowsWriter::create(dir, vectors.len() as u64, vectors.dim(), vectors.element())?;
    let rows = vectors.section();
    rows.bytes().chunks_exact(rows.record()).try_for_each(|row| writer.push_bytes(row))?;
    write_behind(&writer.finish()?, &parts, meta)
}

/// Completes the index of which the rows are there, by a graph over them, if there is one, and by the first page.
///
/// # Errors
/// As [`save`].
pub fn complete(rows: &StoredRows, graph: Option<&HnswIndex>, meta: &IndexMeta) -> Result<(), SaveError> {
    write_behind(rows, &parts_over(&rows.vectors, graph)?, meta)
}

fn parts_over(vectors: &Vectors, graph: Option<&HnswIndex>) -> Result<Parts, SaveError> {
    let Some(graph) = graph else { return Ok(Parts::without_graph(Header::default(), vectors.clone())) };
    let parts = graph.parts();
    if parts.rows.same_as(vectors) {
        Ok(parts.clone())
    } else {
        Err(SaveError::OtherRows { graph_rows: parts.rows.len(), rows: vectors.len() })
    }
}

/// Writes every section but the rows behind the rows, then the page before them.
fn write_behind(rows: &StoredRows, parts: &Parts, meta: &IndexMeta) -> Result<(), SaveError> {
    let path = &rows.path;
    let fingerprint = Section::trusted(meta.fingerprint.clone().into_bytes().into(), 1);
    if fingerprint.len() > MAX_FINGERPRINT {
        return Err(SaveError::Fingerprint { len: fingerprint.len() });
    }
    let mut sections = parts.sections();
    sections.push(&fingerprint);
    sections.iter().try_for_each(|section| section.verify_all())?;
    let header = Header {
        rows: rows.vectors.len() as u64,
        dim: rows.vectors.dim() as u32,
        element: rows.vectors.element(),
        build_seconds: meta.build_seconds,
        ..parts.header
    };
    let members: Vec<u64> = parts.levels.iter().map(|level| level.nodes.len() as u64).collect();
    let table = Table::new(&header, &members, fingerprint.len() as u64, Table::usual_block);
    let table = table.expect("what is in memory fits a file");

    let mut checks = rows.checks.clone();
    for (section, line) in sections.iter().zip(&table.lines).skip(1) {
        let of = Kind::name_of(line.kind);
        assert_eq!(section.record(), line.record as usize, "the bytes of a record of `{of}` are those of the header");
        assert_eq!(section.bytes().len() as u64, line.len, "`{of}` is as long as the header says");
        assert_eq!(checks.len() as u64, line.first_check, "as many checks before `{of}` as there are blocks");
        checks.extend(section.bytes().chunks((line.record * line.block) as usize).map(crc32c::crc32c));
    }
    let checks = Section::of_u32s(checks, 1);
    let block = Table::usual_block(0, Kind::Checks, 4) as usize;
    let roots = checks.u32s().chunks(block).map(|checks| crc32c::crc32c(bytemuck::cast_slice(checks))).collect();
    let roots = Section::of_u32s(roots, 1);
    sections.extend([&checks, &roots]);
    let page = page::encode(&header, &table, crc32c::crc32c(roots.bytes()));
    page::decode(&page).expect("what is written can be read");
    at(path, write_sections(&rows.file, &table, &sections, &page))?;
    at(path, sync_folder(path.parent().expect("a file lies in a folder")))
}

fn write_sections(mut file: &File, table: &Table, sections: &[&Section], page: &[u8; PAGE]) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    let mut first = [0; 1];
    file.read_exact(&mut first)?;
    if first != [0] {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut end = table.lines[0].offset + table.lines[0].len;
    file.seek(SeekFrom::Start(end))?;
    let mut out = BufWriter::new(file);
    for (section, line) in sections.iter().zip(&table.lines).skip(1) {
        io::copy(&mut io::repeat(0).take(line.offset - end), &mut out)?;
        out.write_all(section.bytes())?;
        end = line.offset + line.len;
    }
    out.flush()?;
    drop(out);
    // The disk may keep another order than that of the calls, but not across this one.
    file.sync()?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(page)?;
    file.sync()
}

pub(super) fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, SaveError> {
    result.map_err(|source| {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists => SaveError::Exists { path },
            _ => SaveError::Io { path, source },
        }
    })
}
