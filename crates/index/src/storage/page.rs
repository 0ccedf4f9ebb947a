//! The first page of an index file: what the file is, its [`Header`], and the table of its sections.
//!
//! Where every section lies follows from the header, the sizes of the upper levels and the length of the fingerprint, so
//! [`Table::new`] is the whole truth about it: the writer writes what it gives, and the reader compares what is there
//! with what it gives. Nothing can overlap, leave a gap or reach behind the end of the file.

use semsearch_vector::CodeBits;

use crate::layout::Header;
use crate::limits::{MAX_BLOCK, MAX_DIM, MAX_ENTRIES, MAX_FINGERPRINT, MAX_LEVELS, MAX_LINKS, MAX_ROWS};
use crate::vectors::Element;

/// What a file begins with. The newline at the end is there for transfers that rewrite line ends: they break the name.
pub(super) const MAGIC: [u8; 8] = *b"SEMSIDX\n";
/// The version this code writes, and the only one it reads.
pub(super) const VERSION: u32 = 2;
/// Reads as another number where bytes come in another order.
const ORDER_MARK: u32 = 0x0a0b_0c0d;

/// Bytes of the page; the rows begin behind it.
pub(super) const PAGE: usize = 4096;
/// Sections begin on multiples of this: a cache line, and no kernel asks for more.
pub(super) const ALIGNMENT: u64 = 64;
/// Where the table begins; up to here, bytes without a field are zero.
const TABLE: usize = 256;
/// Bytes of a line of the table.
const LINE: usize = 40;
/// Where the page's own checksum is.
const CHECK: usize = PAGE - 4;

/// What is in a section. The numbers are those of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Kind {
    Rows = 1,
    Codes = 2,
    Links = 3,
    RowOfNode = 4,
    NodeOfRow = 5,
    Errors = 6,
    Quantiser = 7,
    LevelNodes = 8,
    LevelLinks = 9,
    EntryCodes = 10,
    Fingerprint = 11,
    Checks = 12,
    Roots = 13,
}

impl Kind {
    const ALL: [Kind; 13] = [
        Kind::Rows,
        Kind::Codes,
        Kind::Links,
        Kind::RowOfNode,
        Kind::NodeOfRow,
        Kind::Errors,
        Kind::Quantiser,
        Kind::LevelNodes,
        Kind::LevelLinks,
        Kind::EntryCodes,
        Kind::Fingerprint,
        Kind::Checks,
        Kind::Roots,
    ];

    /// The name in errors and in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Rows => "rows",
            Kind::Codes => "codes",
            Kind::Links => "links",
            Kind::RowOfNode => "rows of nodes",
            Kind::NodeOfRow => "nodes of rows",
            Kind::Errors => "errors",
            Kind::Quantiser => "quantiser",
            Kind::LevelNodes => "nodes of a level",
            Kind::LevelLinks => "links of a level",
            Kind::EntryCodes => "entry codes",
            Kind::Fingerprint => "fingerprint",
            Kind::Checks => "checks",
            Kind::Roots => "checks of checks",
        }
    }

    /// The name of what the number stands for.
    pub(super) fn name_of(number: u32) -> &'static str {
        Self::ALL.into_iter().find(|kind| *kind as u32 == number).map_or("unknown", Kind::name)
    }

    /// As many bytes of records as share a checksum, unless one record has more. A block is read whole for the sake of
    /// one record in it; on the other side stand four bytes for each.
    fn block_bytes(self) -> u64 {
        match self {
            Kind::Rows => 8192,
            Kind::Codes | Kind::Links | Kind::EntryCodes => 6144,
            _ => 4096,
        }
    }
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// What is in the section.
    pub(super) kind: u32,
    /// Of which upper level, from 1; 0 for everything else.
    pub(super) level: u32,
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// How many bytes it has.
    pub(super) len: u64,
    /// Bytes of a record.
    pub(super) record: u32,
    /// Records of a block, a power of two; 0 for the roots, of which the page has the checksum.
    pub(super) block: u32,
    /// Which of the checks is that of its first block.
    pub(super) first_check: u64,
}

/// Where everything lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) lines: Vec<Line>,
    pub(super) file_len: u64,
}

/// Why a page is not that of an index.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PageFault {
    Magic,
    ByteOrder,
    Version(u32),
    Checksum { expected: u32, found: u32 },
    Field { offset: usize, problem: &'static str },
}

impl Table {
    /// The table of an index with this header, as many members on its upper levels, and a fingerprint of as many bytes;
    /// None if the file would be longer than a file can be.
    ///
    /// `block` says how many records share a checksum, given the number of the line, its kind and bytes of a record.
    pub(super) fn new(
        header: &Header,
        members: &[u64],
        fingerprint: u64,
        block: impl Fn(usize, Kind, u64) -> u64,
    ) -> Option<Self> {
        let mut table = Table { lines: Vec::with_capacity(16), file_len: PAGE as u64 };
        let mut checks = 0;
        for (kind, level, record, records) in sections(header, members, fingerprint) {
            let block = block(table.lines.len(), kind, record);
            table.add(kind, level, record, records, block, checks)?;
            checks += records.div_ceil(block);
        }
        let of_checks = block(table.lines.len(), Kind::Checks, 4);
        table.add(Kind::Checks, 0, 4, checks, of_checks, 0)?;
        table.add(Kind::Roots, 0, 4, checks.div_ceil(of_checks), 0, 0)?;
        Some(table)
    }

    /// How many records of so many bytes share a checksum in the files that this code writes.
    pub(super) fn usual_block(_: usize, kind: Kind, record: u64) -> u64 {
        // The largest power of two of which a block has room for as many.
        1 << (kind.block_bytes() / record).max(1).ilog2()
    }

    fn add(&mut self, kind: Kind, level: u32, record: u64, records: u64, block: u64, first_check: u64) -> Option<()> {
        let offset = self.file_len.checked_next_multiple_of(ALIGNMENT)?;
        let len = record.checked_mul(records)?;
        self.file_len = offset.checked_add(len)?;
        let (record, block) = (u32::try_from(record).ok()?, u32::try_from(block).ok()?);
        self.lines.push(Line { kind: kind as u32, level, offset, len, record, block, first_check });
        Some(())
    }

    /// The line of a section, if there is one.
    pub(super) fn line(&self, kind: Kind, level: u32) -> Option<&Line> {
        self.lines.iter().find(|line| line.kind == kind as u32 && line.level == level)
    }
}

/// Kind, level, bytes of a record and number of records of every section before the checks.
fn sections(header: &Header, members: &[u64], fingerprint: u64) -> Vec<(Kind, u32, u64, u64)> {
    let rows = header.rows;
    let [dim, stride, degree, upper_degree] =
        [header.dim, header.stride, header.degree, header.upper_degree].map(u64::from);
    let mut sections = vec![(Kind::Rows, 0, header.element.bytes() as u64 * dim, rows)];
    if header.degree > 0 {
        sections.extend([
            (Kind::Codes, 0, stride, rows),
            (Kind::Links, 0, 4 * degree, rows),
            (Kind::RowOfNode, 0, 4, rows),
            (Kind::NodeOfRow, 0, 4, rows),
            (Kind::Errors, 0, 4, rows),
            (Kind::Quantiser, 0, 4 * dim, 2),
        ]);
        for (level, of_level) in (1..).zip(members) {
            sections.push((Kind::LevelNodes, level, 4, *of_level));
            // The top level is scored whole and has no links.
            if level < header.levels {
                sections.push((Kind::LevelLinks, level, 4 * upper_degree, *of_level));
            }
        }
        sections.push((Kind::EntryCodes, 0, stride, members.last().copied().unwrap_or(0)));
    }
    sections.push((Kind::Fingerprint, 0, 1, fingerprint));
    sections
}

impl Header {
    /// Every field once, in the order in which they lie in the file. New ones go to the end.
    fn each(&mut self, fields: &mut impl Fields) {
        let mut element: u32 = match self.element {
            Element::F32 => 1,
            Element::F16 => 2,
        };
        fields.number(&mut self.rows);
        fields.number(&mut self.dim);
        fields.number(&mut element);
        fields.number(&mut self.build_seconds);
        fields.number(&mut self.seed);
        fields.number(&mut self.code_bits);
        fields.number(&mut self.stride);
        fields.number(&mut self.degree);
        fields.number(&mut self.upper_degree);
        fields.number(&mut self.m);
        fields.number(&mut self.ef_construction);
        fields.number(&mut self.alpha);
        fields.number(&mut self.largest_error);
        fields.number(&mut self.levels);
        fields.number(&mut self.spread);
        fields.number(&mut self.typical_error);
        fields.number(&mut self.walk_cost.base);
        fields.number(&mut self.walk_cost.per_ef);
        fields.number(&mut self.neighbour_recall);
        match element {
            1 => self.element = Element::F32,
            2 => self.element = Element::F16,
            _ => fields.refuse(44, "an unknown kind of number"),
        }
    }

    /// Refuses what no index has, before anything is computed from it.
    fn check(&self) -> Result<(), PageFault> {
        let graph = self.degree > 0;
        let stride = match self.code_bits {
            4 => CodeBits::Four.stride(self.dim as usize),
            8 => CodeBits::Eight.stride(self.dim as usize),
            _ => 0,
        };
        let singles = [
            self.alpha,
            self.largest_error,
            self.spread,
            self.typical_error,
            self.walk_cost.base,
            self.walk_cost.per_ef,
            self.neighbour_recall,
        ];
        let finite = self.build_seconds.is_finite() && singles.iter().all(|number| number.is_finite());
        let no_graph = Header {
            rows: self.rows,
            dim: self.dim,
            element: self.element,
            build_seconds: self.build_seconds,
            ..Header::default()
        };
        let rules = [
            (self.rows <= MAX_ROWS as u64, 32, "more rows than there are ids"),
            ((1..=MAX_DIM as u32).contains(&self.dim), 40, "rows that are empty or too wide"),
            (finite, 48, "a number that is not finite"),
            (!graph || stride > 0, 64, "codes of neither 4 nor 8 bits"),
            (!graph || stride == self.stride as usize, 68, "codes of another width than the rows"),
            (self.degree <= MAX_LINKS as u32, 72, "too many links"),
            (graph || *self == no_graph, 72, "parameters of a graph without links"),
            (
                !graph || (1..=MAX_LINKS as u32).contains(&self.upper_degree),
                76,
                "no links or too many on the upper levels",
            ),
            (!graph || (self.m > 0 && self.ef_construction > 0), 80, "parameters that are zero"),
            (self.levels <= MAX_LEVELS, 96, "too many levels"),
            (!graph || (self.levels > 0) == (self.rows > 0), 96, "levels without rows, or rows without levels"),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            Some((_, offset, problem)) => Err(PageFault::Field { offset, problem }),
            None => Ok(()),
        }
    }
}

/// The page of an index with this header and table, and with this checksum of the roots.
pub(super) fn encode(header: &Header, table: &Table, roots_check: u32) -> [u8; PAGE] {
    let mut page = [0; PAGE];
    page[..8].copy_from_slice(&MAGIC);
    let mut out = Writing { page: &mut page, at: 8 };
    let (mut version, mut mark) = (VERSION, ORDER_MARK);
    let (mut file_len, mut lines, mut roots_check) = (table.file_len, table.lines.len() as u32, roots_check);
    out.number(&mut version);
    out.number(&mut mark);
    out.number(&mut file_len);
    out.number(&mut lines);
    out.number(&mut roots_check);
    header.clone().each(&mut out);
    out.at = TABLE;
    table.lines.iter().for_each(|line| line.clone().each(&mut out));
    let check = crc32c::crc32c(&page[..CHECK]);
    page[CHECK..].copy_from_slice(&check.to_le_bytes());
    page
}

/// Reads a page and makes sure that all of it fits together.
///
/// Byte order is looked at before the version, since a version in the wrong order would be a strange number, and the
/// version before the checksum, which another version may have elsewhere.
pub(super) fn decode(page: &[u8; PAGE]) -> Result<(Header, Table, u32), PageFault> {
    let field = |offset, problem| PageFault::Field { offset, problem };
    if page[..8] != MAGIC {
        return Err(PageFault::Magic);
    }
    let mut fields = Reading { page, at: 8, fault: None };
    let (version, mark) = (fields.next::<u32>(), fields.next::<u32>());
    match mark {
        ORDER_MARK => {}
        mark if mark == ORDER_MARK.swap_bytes() => return Err(PageFault::ByteOrder),
        _ => return Err(field(12, "the byte order mark is none")),
    }
    if version != VERSION {
        return Err(PageFault::Version(version));
    }
    let (body, check) = page.split_last_chunk().expect("a page is longer than its checksum");
    let (expected, found) = (u32::from_le_bytes(*check), crc32c::crc32c(body));
    if expected != found {
        return Err(PageFault::Checksum { expected, found });
    }

    let (file_len, lines, roots_check) = (fields.next::<u64>(), fields.next::<u32>() as usize, fields.next::<u32>());
    let mut header = Header::default();
    header.each(&mut fields);
    if let Some(fault) = fields.fault {
        return Err(fault);
    }
    if page[fields.at..TABLE].iter().any(|byte| *byte != 0) {
        return Err(field(fields.at, "reserved bytes are not zero"));
    }
    header.check()?;
    let end = lines.checked_mul(LINE).map(|len| TABLE + len).filter(|end| *end <= CHECK);
    let end = end.ok_or(field(24, "more sections than the page has room for"))?;
    if page[end..CHECK].iter().any(|byte| *byte != 0) {
        return Err(field(end, "bytes behind the table are not zero"));
    }
    fields.at = TABLE;
    let found = Table { lines: (0..lines).map(|_| fields.line()).collect(), file_len };
    check_table(&header, &found)?;
    Ok((header, found, roots_check))
}

/// Computes the table anew, from the three things that are not in the header, and compares.
fn check_table(header: &Header, found: &Table) -> Result<(), PageFault> {
    let of_table = |problem| PageFault::Field { offset: TABLE, problem };
    let members: Vec<u64> =
        (1..=header.levels).map_while(|level| Some(found.line(Kind::LevelNodes, level)?.len / 4)).collect();
    if members.len() != header.levels as usize {
        return Err(of_table("fewer levels than the header says"));
    }
    let nested = std::iter::once(&header.rows).chain(&members).is_sorted_by(|below, above| above <= below);
    if !nested || members.contains(&0) || members.last().is_some_and(|top| *top > MAX_ENTRIES as u64) {
        return Err(of_table("levels that are empty, or larger than the one below, or a top level that is too large"));
    }
    let fingerprint = found.line(Kind::Fingerprint, 0).map_or(0, |line| line.len);
    if fingerprint > MAX_FINGERPRINT as u64 {
        return Err(of_table("a fingerprint that is too long"));
    }
    let checked = found.lines.iter().filter(|line| line.kind != Kind::Roots as u32);
    for Line { record, block, .. } in checked {
        let bytes = u64::from(*record) * u64::from(*block);
        if !block.is_power_of_two() || (*block > 1 && bytes > MAX_BLOCK as u64) {
            return Err(of_table("a block that is no power of two, or too large"));
        }
    }
    // One where the file has no such line: the comparison will then fail, and nothing is divided by zero.
    let block = |line: usize, _, _| found.lines.get(line).map_or(1, |line| u64::from(line.block).max(1));
    let expected = Table::new(header, &members, fingerprint, block).ok_or(of_table("a file that cannot be so long"))?;
    for (i, line) in expected.lines.iter().enumerate() {
        if found.lines.get(i) != Some(line) {
            return Err(PageFault::Field {
                offset: TABLE + i * LINE,
                problem: "a section that is not what the header says, or not where it has to be",
            });
        }
    }
    if found.lines.len() != expected.lines.len() {
        return Err(PageFault::Field { offset: 24, problem: "more sections than an index has" });
    }
    if found.file_len != expected.file_len {
        return Err(PageFault::Field { offset: 16, problem: "another length than that of all sections" });
    }
    Ok(())
}

impl Line {
    fn each(&mut self, fields: &mut impl Fields) {
        fields.number(&mut self.kind);
        fields.number(&mut self.level);
        fields.number(&mut self.offset);
        fields.number(&mut self.len);
        fields.number(&mut self.record);
        fields.number(&mut self.block);
        fields.number(&mut self.first_check);
    }
}

/// The fields of a page in their order: either written or read, so that both have the same.
trait Fields {
    fn number<T: Number>(&mut self, number: &mut T);
    fn refuse(&mut self, offset: usize, problem: &'static str);
}

struct Writing<'a> {
    page: &'a mut [u8; PAGE],
    at: usize,
}

struct Reading<'a> {
    page: &'a [u8; PAGE],
    at: usize,
    fault: Option<PageFault>,
}

impl Fields for Writing<'_> {
    fn number<T: Number>(&mut self, number: &mut T) {
        number.write(&mut self.page[self.at..][..size_of::<T>()]);
        self.at += size_of::<T>();
    }

    fn refuse(&mut self, _: usize, problem: &'static str) {
        unreachable!("what is written has no {problem}");
    }
}

impl Fields for Reading<'_> {
    fn number<T: Number>(&mut self, number: &mut T) {
        *number = T::read(&self.page[self.at..][..size_of::<T>()]);
        self.at += size_of::<T>();
    }

    fn refuse(&mut self, offset: usize, problem: &'static str) {
        self.fault = Some(PageFault::Field { offset, problem });
    }
}

impl Reading<'_> {
    fn next<T: Number + Default>(&mut self) -> T {
        let mut number = T::default();
        self.number(&mut number);
        number
    }

    fn line(&mut self) -> Line {
        let mut line = Line { kind: 0, level: 0, offset: 0, len: 0, record: 0, block: 0, first_check: 0 };
        line.each(self);
        line
    }
}

/// A number of a fixed width, little-endian in the file.
trait Number {
    fn read(bytes: &[u8]) -> Self;
    fn write(&self, bytes: &mut [u8]);
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Number for $kind {
            fn read(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().expect("as many bytes as the number has"))
            }

            fn write(&self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

numbers!(u32, u64, f32, f64);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::WalkCost;

    fn header() -> Header {
        Header {
            rows: 1000,
            dim: 384,
            element: Element::F16,
            build_seconds: 1.5,
            seed: 7,
            code_bits: 4,
            stride: 192,
            degree: 32,
            upper_degree: 16,
            m: 16,
            ef_construction: 64,
            alpha: 1.25,
            largest_error: 0.5,
            levels: 2,
            spread: 80.0,
            typical_error: 0.25,
            neighbour_recall: 0.75,
            walk_cost: WalkCost { base: 300.0, per_ef: 10.0 },
        }
    }

    /// Miri takes a second for what takes others a millisecond.
    const STEP: usize = if cfg!(miri) { 997 } else { 1 };

    /// Where the length of the fingerprint is, in the twelfth of fourteen lines.
    const FINGERPRINT_LEN: usize = TABLE + 11 * LINE + 16;

    fn page_of(header: &Header, members: &[u64]) -> [u8; PAGE] {
        encode(header, &Table::new(header, members, 7, Table::usual_block).unwrap(), 0x1234_5678)
    }

    fn page() -> [u8; PAGE] {
        page_of(&header(), &[62, 4])
    }

    /// Changes some bytes and makes the checksum fit.
    fn with(change: impl FnOnce(&mut [u8; PAGE])) -> Result<(Header, Table, u32), PageFault> {
        let mut page = page();
        change(&mut page);
        mend(&mut page);
        decode(&page)
    }

    fn mend(page: &mut [u8; PAGE]) {
        let check = crc32c::crc32c(&page[..CHECK]);
        page[CHECK..].copy_from_slice(&check.to_le_bytes());
    }

    #[test]
    fn a_page_is_what_the_format_page_says() {
        let page = page();
        let u32_at = |at: usize| u32::from_le_bytes(page[at..][..4].try_into().unwrap());
        let u64_at = |at: usize| u64::from_le_bytes(page[at..][..8].try_into().unwrap());
        assert_eq!(&page[..16], b"SEMSIDX\n\x02\0\0\0\x0d\x0c\x0b\x0a");
        assert_eq!((u32_at(24), u32_at(28), u64_at(32)), (14, 0x1234_5678, 1000));
        assert_eq!((u32_at(40), u32_at(44)), (384, 2));
        assert_eq!((f64::from_bits(u64_at(48)), u64_at(56)), (1.5, 7));
        assert_eq!([64, 68, 72, 76, 80, 84].map(u32_at), [4, 192, 32, 16, 16, 64]);
        assert_eq!([88, 92].map(|at| f32::from_bits(u32_at(at))), [1.25, 0.5]);
        assert_eq!([100, 104, 108, 112, 116].map(|at| f32::from_bits(u32_at(at))), [80.0, 0.25, 300.0, 10.0, 0.75]);
        assert_eq!((u32_at(96), &page[120..256]), (2, &[0; 136][..]));
        // Rows, then codes: kind, level, offset, length, bytes of a record, records of a block, first check.
        assert_eq!([256, 260, 280, 284].map(u32_at), [1, 0, 768, 8]);
        assert_eq!([264, 272, 288].map(u64_at), [4096, 768_000, 0]);
        assert_eq!([296, 300, 320, 324].map(u32_at), [2, 0, 192, 32]);
        assert_eq!([304, 312, 328].map(u64_at), [772_096, 192_000, 125]);
    }

    #[test]
    fn the_format_page_states_the_limits_that_are_kept() {
        let thousands = |number: usize| format!("{},{:03}", number / 1000, number % 1000);
        let stated = [
            format!("number of rows, at most `{MAX_ROWS:#x}`"),
            format!("numbers in a row, 1 to {} ", thousands(MAX_DIM)),
            format!("links of a node on level 0, *d*, 1 to {MAX_LINKS};"),
            format!("links of a member of an upper level, *u*, 1 to {MAX_LINKS} "),
            format!("number of upper levels, *l*, 1 to {MAX_LEVELS};"),
            format!("bytes, at most {} ", thousands(MAX_FINGERPRINT)),
            format!("a block of several has at most {} MiB", MAX_BLOCK >> 20),
            format!("the top one, at most {MAX_ENTRIES}."),
        ];
        let page = include_str!("../../FORMAT.md");
        for limit in stated {
            assert!(page.contains(&limit), "FORMAT.md does not say: {limit}");
        }
    }

    #[test]
    fn a_page_is_read_as_it_was_written() {
        let (found, table, roots_check) = decode(&page()).unwrap();
        assert_eq!((found, roots_check), (header(), 0x1234_5678));
        assert_eq!(table, Table::new(&header(), &[62, 4], 7, Table::usual_block).unwrap());
        for pair in table.lines.windows(2) {
            assert_eq!(pair[1].offset, (pair[0].offset + pair[0].len).next_multiple_of(64));
        }
        let bare = Header { rows: 3, dim: 2, build_seconds: 2.0, ..Header::default() };
        let (found, table, _) = decode(&page_of(&bare, &[])).unwrap();
        assert_eq!((found, table.lines.len()), (bare, 4), "rows, fingerprint, and two sections of checks");
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        for bit in (0..PAGE * 8).step_by(STEP) {
            let mut page = page();
            page[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&page).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn no_bit_can_be_flipped_in_the_table_even_if_the_checksum_is_mended() {
        // How many records share a checksum is the writer's choice, and so is the length of the fingerprint.
        let mut free: Vec<_> = (0..13).map(|line| TABLE + line * LINE + 28).map(|at| at..at + 4).collect();
        free.push(FINGERPRINT_LEN..FINGERPRINT_LEN + 8);
        for bit in (TABLE * 8..CHECK * 8).step_by(STEP) {
            if !free.iter().any(|field| field.contains(&(bit / 8))) {
                assert!(with(|page| page[bit / 8] ^= 1 << (bit % 8)).is_err(), "bit {bit}");
            }
        }
    }

    #[test]
    fn counts_that_no_file_could_hold_are_refused() {
        let number = |at: usize, number: u64, bytes: usize| {
            with(|page| page[at..][..bytes].copy_from_slice(&number.to_le_bytes()[..bytes])).unwrap_err()
        };
        for huge in [u64::MAX, u64::MAX / 768, u64::MAX / 768 + 1, 1 << 63, 1 << 31] {
            assert!(matches!(number(32, huge, 8), PageFault::Field { offset: 32, .. }), "{huge} rows");
        }
        for rows in [0, 999, 1001, 0x7f80_0000] {
            number(32, rows, 8);
        }
        for (at, values) in [
            (24, &[0, 13, 15, 96, u32::MAX][..]),
            (40, &[0, 383, 385, 65_537, u32::MAX]),
            (44, &[0, 1, 3]),
            (64, &[0, 3, 8]),
            (68, &[0, 128, 256, u32::MAX]),
            (72, &[0, 31, 33, 257, u32::MAX]),
            (76, &[0, 17, 257, u32::MAX]),
            (96, &[0, 1, 3, 33, u32::MAX]),
        ] {
            for value in values {
                number(at, u64::from(*value), 4);
            }
        }
        // Offset, length and first check of every line.
        for line in (0..14).step_by(STEP.min(6)) {
            for field in [8, 16, 32] {
                for value in [1, 63, 4096, u64::MAX, u64::MAX - 63, 1 << 63] {
                    let at = TABLE + line * LINE + field;
                    let same = page()[at..][..8] == value.to_le_bytes();
                    if !same && (at, value) != (FINGERPRINT_LEN, 1) && (at, value) != (FINGERPRINT_LEN, 63) {
                        number(at, value, 8);
                    }
                }
            }
            for block in if line == 13 { [1, 3, 1 << 31] } else { [0, 3, 1 << 31] } {
                number(TABLE + line * LINE + 28, block, 4);
            }
        }
    }

    #[test]
    fn levels_that_lie_about_their_members_are_refused() {
        for members in [&[0, 0][..], &[62, 0], &[62, 63], &[1001, 4], &[900, 257], &[62], &[62, 4, 2]] {
            let table = Table::new(&header(), members, 7, Table::usual_block).unwrap();
            assert!(decode(&encode(&header(), &table, 0)).is_err(), "{members:?}");
        }
    }

    #[test]
    fn what_a_file_is_comes_before_what_is_wrong_with_it() {
        let magic = with(|page| page[0] = b'%');
        let order = with(|page| page[12..16].reverse());
        let version = with(|page| page[8] = 1);
        assert_eq!(
            [magic, order, version].map(Result::unwrap_err),
            [PageFault::Magic, PageFault::ByteOrder, PageFault::Version(1)]
        );
        assert!(matches!(with(|page| page[12] ^= 1), Err(PageFault::Field { offset: 12, .. })));
        let mut damaged = page();
        damaged[200] = 1;
        assert!(matches!(decode(&damaged), Err(PageFault::Checksum { .. })));
    }

    #[test]
    fn a_block_has_as_many_records_as_have_room() {
        let block = |kind, record| Table::usual_block(0, kind, record);
        assert_eq!([block(Kind::Rows, 1536), block(Kind::Rows, 768), block(Kind::Rows, 20_000)], [4, 8, 1]);
        assert_eq!([block(Kind::Codes, 192), block(Kind::Links, 128), block(Kind::Checks, 4)], [32, 32, 1024]);
    }
}
