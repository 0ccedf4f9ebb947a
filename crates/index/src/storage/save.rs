//! Writing an index into a folder of its own.
//!
//! The first page is left empty until everything behind it has reached the disk, so a file that a crash left half written
//! does not begin like an index. Making a finished folder the current one, in a single step, is the caller's part.

use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use semsearch_disk::{File, sync_folder};

use super::error::{SaveError, at};
use super::meta::IndexMeta;
use super::rows::{RowsWriter, StoredRows};
use crate::file::{Header, PAGE, Section, SectionKind, Table, page};
use crate::flat::FlatIndex;
use crate::hnsw_index::HnswIndex;
use crate::layout::Parts;
use crate::limits::MAX_FINGERPRINT;
use crate::vectors::Vectors;

impl HnswIndex {
    /// Writes the index into `dir`, a folder of its own, which is created if it does not exist.
    ///
    /// The file and the folder are synced when this returns.
    ///
    /// # Errors
    /// If the folder holds an index already, writing fails, or the index lies in a file and is damaged. What was written
    /// by then stays behind and is not an index; remove the folder.
    pub fn save(&self, dir: &Path, meta: &IndexMeta) -> Result<(), SaveError> {
        write_behind(&write_rows(self.vectors(), dir)?, self.parts(), meta)
    }
}

impl FlatIndex {
    /// Writes the rows, without a graph, into `dir`, a folder of its own, which is created if it does not exist.
    ///
    /// The file and the folder are synced when this returns.
    ///
    /// # Errors
    /// As [`HnswIndex::save`].
    pub fn save(&self, dir: &Path, meta: &IndexMeta) -> Result<(), SaveError> {
        let vectors = self.vectors();
        write_behind(&write_rows(vectors, dir)?, &Parts::without_graph(Header::default(), vectors.clone()), meta)
    }
}

impl StoredRows {
    /// Completes the file: writes the graph behind the rows, if there is one, and the first page.
    ///
    /// # Errors
    /// If the graph is over other rows, was damaged, or writing fails.
    pub fn complete(&self, graph: Option<&HnswIndex>, meta: &IndexMeta) -> Result<(), SaveError> {
        let rows = self.vectors();
        match graph {
            None => write_behind(self, &Parts::without_graph(Header::default(), rows.clone()), meta),
            Some(graph) if graph.vectors().same_as(rows) => write_behind(self, graph.parts(), meta),
            Some(graph) => Err(SaveError::OtherRows { graph_rows: graph.vectors().len(), rows: rows.len() }),
        }
    }
}

fn write_rows(vectors: &Vectors, dir: &Path) -> Result<StoredRows, SaveError> {
    vectors.verify_all()?;
    let mut writer = RowsWriter::create(dir, vectors.len() as u64, vectors.dim(), vectors.element())?;
    let rows = vectors.section();
    rows.bytes().chunks_exact(rows.record()).try_for_each(|row| writer.push_bytes(row))?;
    writer.finish()
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
        let of = line.section();
        assert_eq!(section.record(), line.record as usize, "the bytes of a record of `{of}` are those of the header");
        assert_eq!(section.bytes().len() as u64, line.len, "`{of}` is as long as the header says");
        assert_eq!(checks.len() as u64, line.first_check, "as many checks before `{of}` as there are blocks");
        checks.extend(section.bytes().chunks((line.record * line.block) as usize).map(crc32c::crc32c));
    }
    let checks = Section::of_u32s(checks, 1);
    let block = Table::usual_block(0, SectionKind::Checks, 4) as usize;
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
    // A disk may reorder writes, but not across a sync.
    file.sync()?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(page)?;
    file.sync()
}
