//! The sizes of an index file and of its sections.

use crate::file::{PAGE, SectionKind, Table};

/// How many bytes an index file has, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexSizes {
    /// How many rows there are.
    pub rows: u64,
    /// The rows in full precision.
    pub vectors_bytes: u64,
    /// The bytes that a graph search reads here and there, and that should be in memory: codes, links, upper levels, and the
    /// rows of nodes.
    pub hot_bytes: u64,
    /// The whole file.
    pub file_bytes: u64,
    /// Every kind of section in the order of the file; a kind that each level has counts as one.
    pub sections: Vec<SectionSize>,
}

/// A kind of section and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SectionSize {
    /// What is in the section.
    pub section: SectionKind,
    /// How many bytes the section has, without the gap behind it.
    pub bytes: u64,
}

impl IndexSizes {
    pub(super) fn of(rows: u64, table: &Table) -> Self {
        const HOT: [SectionKind; 6] = [
            SectionKind::Codes,
            SectionKind::Links,
            SectionKind::RowOfNode,
            SectionKind::LevelNodes,
            SectionKind::LevelLinks,
            SectionKind::EntryCodes,
        ];
        let mut sections = vec![SectionSize { section: SectionKind::Header, bytes: PAGE as u64 }];
        for line in &table.lines {
            let section = line.section();
            match sections.iter_mut().find(|size| size.section == section) {
                Some(size) => size.bytes += line.len,
                None => sections.push(SectionSize { section, bytes: line.len }),
            }
        }
        let bytes = |kinds: &[SectionKind]| {
            sections.iter().filter(|size| kinds.contains(&size.section)).map(|size| size.bytes).sum()
        };
        IndexSizes {
            rows,
            vectors_bytes: bytes(&[SectionKind::Rows]),
            hot_bytes: bytes(&HOT),
            file_bytes: table.file_len,
            sections,
        }
    }

    /// Everything but the rows in full precision, in bytes.
    #[must_use]
    pub fn graph_bytes(&self) -> u64 {
        self.file_bytes - self.vectors_bytes
    }

    /// Bytes of the whole file per row; 0 for an empty index.
    #[must_use]
    pub fn bytes_per_vector(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.file_bytes as f64 / self.rows as f64 }
    }
}
