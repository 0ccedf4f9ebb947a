//! What the bytes of an index file are spent on.

use super::page::{Kind, Line, PAGE, Table};

/// How many bytes an index file has, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexSizes {
    /// How many rows there are.
    pub rows: u64,
    /// The rows in full precision.
    pub vectors_bytes: u64,
    /// What a walk through the graph reads, and therefore has to be in memory for it: codes, links, upper levels, and
    /// the rows of nodes.
    pub hot_bytes: u64,
    /// The whole file.
    pub file_bytes: u64,
    /// Every section in the order of the file, a kind of section that there is on each level as one.
    pub sections: Vec<SectionSize>,
}

/// A section and its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionSize {
    /// What is in it.
    pub name: &'static str,
    /// How many bytes that takes.
    pub bytes: u64,
}

impl IndexSizes {
    pub(super) fn of(rows: u64, table: &Table) -> Self {
        let hot = [Kind::Codes, Kind::Links, Kind::RowOfNode, Kind::LevelNodes, Kind::LevelLinks, Kind::EntryCodes];
        let bytes = |kinds: &[Kind]| {
            let counted = |line: &&Line| kinds.iter().any(|kind| line.kind == *kind as u32);
            table.lines.iter().filter(counted).map(|line| line.len).sum()
        };
        let mut sections = vec![SectionSize { name: "header", bytes: PAGE as u64 }];
        for line in &table.lines {
            let name = Kind::name_of(line.kind);
            match sections.iter_mut().find(|section| section.name == name) {
                Some(section) => section.bytes += line.len,
                None => sections.push(SectionSize { name, bytes: line.len }),
            }
        }
        IndexSizes {
            rows,
            vectors_bytes: bytes(&[Kind::Rows]),
            hot_bytes: bytes(&hot),
            file_bytes: table.file_len,
            sections,
        }
    }

    /// All that is there for the graph: everything but the rows.
    #[must_use]
    pub fn graph_bytes(&self) -> u64 {
        self.file_bytes - self.vectors_bytes
    }

    /// The whole file, per row; 0 for an empty index.
    #[must_use]
    pub fn bytes_per_vector(&self) -> f64 {
        self.per_row(self.file_bytes)
    }

    /// What a walk reads, per row; 0 for an empty index.
    #[must_use]
    pub fn hot_bytes_per_vector(&self) -> f64 {
        self.per_row(self.hot_bytes)
    }

    fn per_row(&self, bytes: u64) -> f64 {
        if self.rows == 0 { 0.0 } else { bytes as f64 / self.rows as f64 }
    }
}
