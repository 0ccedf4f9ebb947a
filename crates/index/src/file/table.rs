//! Where every section of an index file lies.
//!
//! The place of every section follows from the header, the number of members of each upper level and the length of the
//! fingerprint. [`Table::new`] computes the table from them: the writer writes that table, and the reader compares the
//! table in the file with it. So no section can overlap another, leave a gap or reach behind the end of the file.

use super::damage::SectionKind;
use super::fields::{FieldFault, Fields, Reading};
use super::header::Header;
use crate::limits::{MAX_BLOCK, MAX_ENTRIES, MAX_FINGERPRINT};

/// Bytes of the first page; the rows begin behind it.
pub(crate) const PAGE: usize = 4096;
/// Sections begin on multiples of this: a cache line, and no kernel asks for more.
pub(crate) const ALIGNMENT: u64 = 64;
/// Where in the page the table begins; up to here, bytes without a field are zero.
pub(super) const TABLE: usize = 256;
/// Bytes of a line of the table.
pub(super) const LINE: usize = 40;

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The number of the section's kind, as the file has it.
    pub(crate) kind: u32,
    /// The upper level it belongs to, from 1; 0 for sections of no level.
    pub(crate) level: u32,
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// How many bytes it has.
    pub(crate) len: u64,
    /// Bytes of a record.
    pub(crate) record: u32,
    /// Records of a block, a power of two; 0 for the roots, of which the page has the checksum.
    pub(crate) block: u32,
    /// The number of the check of its first block.
    pub(crate) first_check: u64,
}

/// Where everything lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) lines: Vec<Line>,
    pub(crate) file_len: u64,
}

impl Table {
    /// The table of an index with this header, the given number of members on each upper level, and a fingerprint of
    /// `fingerprint` bytes; `None` if the file would be longer than a file can be.
    ///
    /// `block` says how many records share a checksum, from the number of the line, its kind and the bytes of a record.
    pub(crate) fn new(
        header: &Header,
        members: &[u64],
        fingerprint: u64,
        block: impl Fn(usize, SectionKind, u64) -> u64,
    ) -> Option<Self> {
        let mut table = Table { lines: Vec::with_capacity(16), file_len: PAGE as u64 };
        let mut checks = 0;
        for (kind, level, record, records) in sections(header, members, fingerprint) {
            let block = block(table.lines.len(), kind, record);
            table.add(kind, level, record, records, block, checks)?;
            checks += records.div_ceil(block);
        }
        let of_checks = block(table.lines.len(), SectionKind::Checks, 4);
        table.add(SectionKind::Checks, 0, 4, checks, of_checks, 0)?;
        table.add(SectionKind::Roots, 0, 4, checks.div_ceil(of_checks), 0, 0)?;
        Some(table)
    }

    /// How many records of `record` bytes share a checksum in the files that this code writes: the largest power of two of
    /// them that a block has room for.
    pub(crate) fn usual_block(_: usize, kind: SectionKind, record: u64) -> u64 {
        1 << (block_bytes(kind) / record).max(1).ilog2()
    }

    fn add(
        &mut self,
        kind: SectionKind,
        level: u32,
        record: u64,
        records: u64,
        block: u64,
        first_check: u64,
    ) -> Option<()> {
        let offset = self.file_len.checked_next_multiple_of(ALIGNMENT)?;
        let len = record.checked_mul(records)?;
        self.file_len = offset.checked_add(len)?;
        let (record, block) = (u32::try_from(record).ok()?, u32::try_from(block).ok()?);
        self.lines.push(Line { kind: kind as u32, level, offset, len, record, block, first_check });
        Some(())
    }

    /// The line of a section; `None` if the table has none.
    pub(crate) fn line(&self, kind: SectionKind, level: u32) -> Option<&Line> {
        self.lines.iter().find(|line| line.kind == kind as u32 && line.level == level)
    }
}

/// Target bytes of a block of records that share a checksum. A longer record is a block of its own. Large blocks cost
/// time, since using one record reads its whole block; small blocks cost memory, four bytes each.
fn block_bytes(kind: SectionKind) -> u64 {
    match kind {
        SectionKind::Rows => 8192,
        SectionKind::Codes | SectionKind::Links | SectionKind::EntryCodes => 6144,
        _ => 4096,
    }
}

/// Kind, level, bytes of a record and number of records of every section before the checks.
fn sections(header: &Header, members: &[u64], fingerprint: u64) -> Vec<(SectionKind, u32, u64, u64)> {
    let rows = header.rows;
    let [dim, stride, degree, upper_degree] =
        [header.dim, header.stride, header.degree, header.upper_degree].map(u64::from);
    let mut sections = vec![(SectionKind::Rows, 0, header.element.bytes() as u64 * dim, rows)];
    if header.has_graph() {
        sections.extend([
            (SectionKind::Codes, 0, stride, rows),
            (SectionKind::Links, 0, 4 * degree, rows),
            (SectionKind::RowOfNode, 0, 4, rows),
            (SectionKind::NodeOfRow, 0, 4, rows),
            (SectionKind::ResidualNorms, 0, 4, rows),
            (SectionKind::Quantiser, 0, 4 * dim, 2),
        ]);
        for (level, of_level) in (1..).zip(members) {
            sections.push((SectionKind::LevelNodes, level, 4, *of_level));
            // The top level is scored whole and has no links.
            if level < header.levels {
                sections.push((SectionKind::LevelLinks, level, 4 * upper_degree, *of_level));
            }
        }
        sections.push((SectionKind::EntryCodes, 0, stride, members.last().copied().unwrap_or(0)));
    }
    sections.push((SectionKind::Fingerprint, 0, 1, fingerprint));
    sections
}

/// Computes the table again, from the header and the three numbers that are not in it, and compares.
pub(super) fn check_table(header: &Header, found: &Table) -> Result<(), FieldFault> {
    let of_table = |problem| FieldFault { offset: TABLE, problem };
    let members: Vec<u64> =
        (1..=header.levels).map_while(|level| Some(found.line(SectionKind::LevelNodes, level)?.len / 4)).collect();
    if members.len() != header.levels as usize {
        return Err(of_table("fewer levels than the header says"));
    }
    let nested = std::iter::once(&header.rows).chain(&members).is_sorted_by(|below, above| above <= below);
    if !nested || members.contains(&0) || members.last().is_some_and(|top| *top > MAX_ENTRIES as u64) {
        return Err(of_table("levels that are empty, or larger than the one below, or a top level that is too large"));
    }
    let fingerprint = found.line(SectionKind::Fingerprint, 0).map_or(0, |line| line.len);
    if fingerprint > MAX_FINGERPRINT as u64 {
        return Err(of_table("a fingerprint that is too long"));
    }
    let checked = found.lines.iter().filter(|line| line.kind != SectionKind::Roots as u32);
    for Line { record, block, .. } in checked {
        let bytes = u64::from(*record) * u64::from(*block);
        if !block.is_power_of_two() || (*block > 1 && bytes > MAX_BLOCK as u64) {
            return Err(of_table("a block that is not a power of two, or too large"));
        }
    }
    // One where the file has no such line: the comparison will then fail, and nothing is divided by zero.
    let block = |line: usize, _, _| found.lines.get(line).map_or(1, |line| u64::from(line.block).max(1));
    let expected = Table::new(header, &members, fingerprint, block).ok_or(of_table("a file that cannot be so long"))?;
    for (i, line) in expected.lines.iter().enumerate() {
        if found.lines.get(i) != Some(line) {
            return Err(FieldFault {
                offset: TABLE + i * LINE,
                problem: "a section that is not what the header says, or not where it has to be",
            });
        }
    }
    if found.lines.len() != expected.lines.len() {
        return Err(FieldFault { offset: 24, problem: "more sections than an index has" });
    }
    if found.file_len != expected.file_len {
        return Err(FieldFault { offset: 16, problem: "another length than that of all sections" });
    }
    Ok(())
}

impl Line {
    /// What is in the section, of a table that was checked.
    pub(crate) fn section(&self) -> SectionKind {
        SectionKind::numbered(self.kind).expect("a table that was checked has known sections only")
    }

    /// The next line of a page that is read.
    pub(super) fn read(fields: &mut Reading<'_>) -> Self {
        let mut line = Line { kind: 0, level: 0, offset: 0, len: 0, record: 0, block: 0, first_check: 0 };
        line.each(fields);
        line
    }

    /// Every field once, in the order in which they lie in the file.
    pub(super) fn each(&mut self, fields: &mut impl Fields) {
        fields.number(&mut self.kind);
        fields.number(&mut self.level);
        fields.number(&mut self.offset);
        fields.number(&mut self.len);
        fields.number(&mut self.record);
        fields.number(&mut self.block);
        fields.number(&mut self.first_check);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_as_many_records_as_have_room() {
        let block = |kind, record| Table::usual_block(0, kind, record);
        let rows = [1536, 768, 20_000].map(|record| block(SectionKind::Rows, record));
        assert_eq!(rows, [4, 8, 1]);
        let others = [(SectionKind::Codes, 192), (SectionKind::Links, 128), (SectionKind::Checks, 4)];
        assert_eq!(others.map(|(kind, record)| block(kind, record)), [32, 32, 1024]);
    }
}
