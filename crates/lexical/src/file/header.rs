//! The header: what the file is, where its sections are, and the checksums of their blocks.

use std::ops::Range;

use super::error::LexicalError;
use super::section::Section;

const MAGIC: [u8; 8] = *b"SEMSLEX\n";
const VERSION: u32 = 1;
/// Magic, version, number of sections, rows, lengths of sections.
const FIXED: usize = 24 + 8 * Section::ALL.len();
/// Bytes of the sections that share a checksum.
pub(crate) const BLOCK: usize = 1 << 14;

/// What the header of a file says.
#[derive(Debug)]
pub(crate) struct Header {
    /// How many papers there are.
    pub(crate) rows: u32,
    /// Where each section is, from the end of the header on.
    pub(crate) sections: [Range<usize>; Section::ALL.len()],
    /// Where the header ends.
    pub(crate) end: usize,
    /// A CRC-32C for each block.
    pub(crate) checks: Vec<u32>,
}

/// Makes a file of sections.
pub(crate) fn write(rows: u32, sections: &[Vec<u8>; Section::ALL.len()]) -> Vec<u8> {
    let body: usize = sections.iter().map(Vec::len).sum();
    let end = header_len(body);
    let mut file = Vec::with_capacity(end + body);
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(&VERSION.to_le_bytes());
    file.extend_from_slice(&(Section::ALL.len() as u32).to_le_bytes());
    file.extend_from_slice(&u64::from(rows).to_le_bytes());
    for section in sections {
        file.extend_from_slice(&(section.len() as u64).to_le_bytes());
    }
    file.resize(end, 0);
    sections.iter().for_each(|section| file.extend_from_slice(section));
    mend(&mut file);
    file
}

/// Writes the checksums that the content of a file has, if its header says where they are.
fn mend(file: &mut [u8]) {
    let lengths = file[24..FIXED].chunks(8).map(|length| u64::from_le_bytes(length.try_into().unwrap_or_default()));
    let end = header_len(lengths.sum::<u64>() as usize);
    let checks: Vec<u8> = file[end..].chunks(BLOCK).flat_map(|block| crc32c::crc32c(block).to_le_bytes()).collect();
    file[FIXED..end - 4].copy_from_slice(&checks);
    let check = crc32c::crc32c(&file[..end - 4]);
    file[end - 4..end].copy_from_slice(&check.to_le_bytes());
}

/// Reads the header of a file. The sections fill the rest of the file exactly.
pub(crate) fn read(file: &[u8]) -> Result<Header, LexicalError> {
    let begins = file.get(..MAGIC.len()).unwrap_or(file);
    if begins != MAGIC {
        return Err(LexicalError::NotLexical { found: String::from_utf8_lossy(begins).into_owned() });
    }
    let version = u32_at(file, 8)?;
    if version != VERSION {
        return Err(LexicalError::Version { found: version });
    }
    if u32_at(file, 12)? as usize != Section::ALL.len() {
        return Err(damaged("it names another number of sections"));
    }
    let rows = u32::try_from(u64_at(file, 16)?).ok().filter(|&rows| rows < u32::MAX);
    let rows = rows.ok_or(damaged("it names too many rows"))?;
    let mut body = 0_usize;
    let mut sections = [const { 0..0 }; Section::ALL.len()];
    for (place, section) in sections.iter_mut().enumerate() {
        let len = usize::try_from(u64_at(file, 24 + 8 * place)?).ok().filter(|len| *len <= file.len());
        let len = len.ok_or_else(|| Section::ALL[place].damaged("it ends behind the file"))?;
        *section = body..body + len;
        body += len;
    }
    let end = header_len(body);
    if file.len() != end + body {
        return Err(damaged("the sections are not what fills the file"));
    }
    if u32_at(file, end - 4)? != crc32c::crc32c(&file[..end - 4]) {
        return Err(damaged("its checksum does not hold"));
    }
    let checks = file[FIXED..end - 4].chunks_exact(4).map(|check| {
        let check: [u8; 4] = check.try_into().expect("four bytes");
        u32::from_le_bytes(check)
    });
    Ok(Header { rows, sections, end, checks: checks.collect() })
}

/// How long the header of a file is whose sections have `body` bytes.
fn header_len(body: usize) -> usize {
    FIXED + 4 * body.div_ceil(BLOCK) + 4
}

fn damaged(problem: &'static str) -> LexicalError {
    LexicalError::Damaged { part: "header", problem }
}

fn u32_at(file: &[u8], at: usize) -> Result<u32, LexicalError> {
    array_at(file, at).map(u32::from_le_bytes)
}

fn u64_at(file: &[u8], at: usize) -> Result<u64, LexicalError> {
    array_at(file, at).map(u64::from_le_bytes)
}

fn array_at<const N: usize>(file: &[u8], at: usize) -> Result<[u8; N], LexicalError> {
    let bytes = file.get(at..).and_then(|rest| rest.first_chunk());
    bytes.copied().ok_or_else(|| damaged("the file ends within it"))
}
