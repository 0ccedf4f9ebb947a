//! The sections of an index file, and what can be wrong with one.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use semsearch_task::ErrorKind;

/// A kind of section of an index file. The numbers are those of the file; FORMAT.md describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum SectionKind {
    /// The first page, which is not in the table of sections.
    Header = 0,
    /// Rows in full precision.
    Rows = 1,
    /// Rows as codes.
    Codes = 2,
    /// Links between nodes.
    Links = 3,
    /// The row of each node.
    RowOfNode = 4,
    /// The node of each row.
    NodeOfRow = 5,
    /// The residual norm of each node: how long the difference between a row and its decoded codes is at most.
    ResidualNorms = 6,
    /// The mean and the step of codes.
    Quantiser = 7,
    /// The members of an upper level.
    LevelNodes = 8,
    /// Links between the members of an upper level.
    LevelLinks = 9,
    /// Codes of the members of the top level.
    EntryCodes = 10,
    /// The identity of the model that made the rows.
    Fingerprint = 11,
    /// The checksum of each block of the other sections.
    Checks = 12,
    /// The checksum of each block of [`Checks`](Self::Checks).
    Roots = 13,
}

impl SectionKind {
    const ALL: [SectionKind; 14] = [
        SectionKind::Header,
        SectionKind::Rows,
        SectionKind::Codes,
        SectionKind::Links,
        SectionKind::RowOfNode,
        SectionKind::NodeOfRow,
        SectionKind::ResidualNorms,
        SectionKind::Quantiser,
        SectionKind::LevelNodes,
        SectionKind::LevelLinks,
        SectionKind::EntryCodes,
        SectionKind::Fingerprint,
        SectionKind::Checks,
        SectionKind::Roots,
    ];

    /// The name in errors and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SectionKind::Header => "header",
            SectionKind::Rows => "rows",
            SectionKind::Codes => "codes",
            SectionKind::Links => "links",
            SectionKind::RowOfNode => "rows of nodes",
            SectionKind::NodeOfRow => "nodes of rows",
            SectionKind::ResidualNorms => "errors",
            SectionKind::Quantiser => "quantiser",
            SectionKind::LevelNodes => "nodes of a level",
            SectionKind::LevelLinks => "links of a level",
            SectionKind::EntryCodes => "entry codes",
            SectionKind::Fingerprint => "fingerprint",
            SectionKind::Checks => "checks",
            SectionKind::Roots => "checks of checks",
        }
    }

    /// The kind that has this number in the file.
    pub(super) fn numbered(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u32 == number)
    }
}

impl fmt::Display for SectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A place in an index file that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is damaged: section `{section}`, bytes {} to {}: {fault}", path.display(), range.start, range.end)]
#[non_exhaustive]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// Which section of it.
    pub section: SectionKind,
    /// Which bytes of the file.
    pub range: Range<u64>,
    /// What is wrong with them.
    pub fault: Fault,
}

impl Damage {
    /// Always [`ErrorKind::Damaged`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Damaged
    }
}

/// What is wrong with a block of records.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The block is not what was written.
    #[error("the checksum is {found:08x}, expected {expected:08x}")]
    Checksum {
        /// The CRC-32C that was recorded.
        expected: u32,
        /// The CRC-32C of the block.
        found: u32,
    },
    /// The checksum holds, perhaps because it was made to fit, and the block contradicts the rest of the file.
    #[error("{0}")]
    Content(&'static str),
}
