//! Reading a file of documents by position; its tables are read in chunks, each compared with its checksum.
//!
//! Tables are not cached: a chunk is compared every time it is read, which takes less time than reading it. Only the
//! checksums stay in memory, a thousandth of the size of the tables, from their first use on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use semsearch_disk::File;
use semsearch_disk::fault::{Operation, check};

use super::error::DocumentError;
use super::format::{self, CHUNK, Header, Layout, PAGE, PageFault, Section, VERSION};
use super::mended::Mended;
use super::one_bit;

/// An opened file and its header.
#[derive(Debug)]
pub(super) struct Source {
    file: File,
    path: PathBuf,
    pub(super) header: Header,
    pub(super) layout: Layout,
    checks: OnceLock<Vec<u32>>,
    /// `Some` if damage is mended where possible; `None` if damage is an error.
    pub(super) mended: Option<Mended>,
    /// Held while seeking and reading, on systems that have no single call for both.
    #[cfg(not(unix))]
    turn: std::sync::Mutex<()>,
}

impl Source {
    /// Opens a file and reads only its first page.
    pub(super) fn open(path: &Path) -> Result<Self, DocumentError> {
        let (mut source, len) = Self::begin(path)?;
        let mut page = [0; PAGE];
        source.read_into(0, &mut page)?;
        source.take_page(&page, len)?;
        Ok(source)
    }

    /// Opens a file that is at least one page long. Also returns its length.
    pub(super) fn begin(path: &Path) -> Result<(Self, u64), DocumentError> {
        let failed = |source: io::Error| match source.kind() {
            // The manifest names the file.
            io::ErrorKind::NotFound => damaged(path, "the file is missing"),
            _ => DocumentError::Io { action: "open", path: path.to_owned(), source },
        };
        let file = File::open(path).map_err(failed)?;
        let len = file.length().map_err(failed)?;
        if len < PAGE as u64 {
            return Err(damaged(path, format!("it has {len} bytes, its header alone has {PAGE}")));
        }
        let source = Source {
            file,
            path: path.to_owned(),
            header: Header { rows: 0, identities: 0, packed: 0, raw: 0, checks: 0 },
            layout: Layout::empty(),
            checks: OnceLock::new(),
            mended: None,
            #[cfg(not(unix))]
            turn: std::sync::Mutex::default(),
        };
        Ok((source, len))
    }

    /// Takes header and layout from the first page of a file of `len` bytes.
    pub(super) fn take_page(&mut self, page: &[u8; PAGE], len: u64) -> Result<(), DocumentError> {
        let path = || self.path.clone();
        (self.header, self.layout) = format::decode(page, len).map_err(|fault| match fault {
            PageFault::Version(found) => DocumentError::Version { path: path(), found, expected: VERSION },
            PageFault::Other(problem) => self.damaged(problem),
        })?;
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// An error about the file, not about one document.
    pub(super) fn damaged(&self, problem: impl Into<String>) -> DocumentError {
        damaged(&self.path, problem)
    }

    /// Reads the header page again: everything else is read from the disk whenever it is used.
    pub(super) fn verify_page(&self) -> Result<(), DocumentError> {
        let mut page = [0; PAGE];
        self.read_into(0, &mut page)?;
        match format::decode(&page, self.file.length().map_err(|source| self.read_error(source))?) {
            Ok(read) if read == (self.header, self.layout) => Ok(()),
            _ => Err(self.damaged("its header has changed since it was opened")),
        }
    }

    /// Reads bytes of a section without comparing a checksum.
    pub(super) fn bytes(&self, section: Section, start: u64, len: u64) -> Result<Vec<u8>, DocumentError> {
        let span = self.layout.span(section);
        let inside = start.checked_add(len).is_some_and(|end| end <= span.len);
        let (true, Ok(room)) = (inside, usize::try_from(len)) else {
            let name = section.name();
            return Err(self.damaged(format!(
                "{len} bytes from {start} on are asked of section `{name}`, which has {}",
                span.len
            )));
        };
        let mut bytes = vec![0; room];
        self.read_into(span.offset + start, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads bytes of the file, in any section.
    pub(super) fn at(&self, offset: u64, len: u64) -> Result<Vec<u8>, DocumentError> {
        let room = usize::try_from(len).map_err(|_| self.damaged(format!("{len} bytes are asked for at once")))?;
        let mut bytes = vec![0; room];
        self.read_into(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads bytes of a table, after comparing the checksums of their chunks.
    pub(super) fn table(&self, section: Section, start: u64, len: u64) -> Result<Vec<u8>, DocumentError> {
        let span = self.layout.span(section);
        // An end behind the section, or one that overflows, is refused below.
        let end = start.saturating_add(len);
        let first = start / CHUNK * CHUNK;
        let last = end.checked_next_multiple_of(CHUNK).unwrap_or(u64::MAX).min(span.len.max(end));
        let mut bytes = self.bytes(section, first, last - first)?;
        let checks = self.checks()?;
        let number = span.first_check + first / CHUNK;
        for (number, chunk) in (number..).zip(bytes.chunks_mut(CHUNK as usize)) {
            let expected = usize::try_from(number).ok().and_then(|number| checks.get(number).copied());
            let found = crc32c::crc32c(chunk);
            let from = span.offset + (number - span.first_check) * CHUNK;
            let to = from + chunk.len() as u64;
            let what = || format!("section `{}`, bytes {from} to {to}", section.name());
            let is_mended = |expected| self.put_back(chunk, expected, what);
            if expected != Some(found) && !expected.is_some_and(is_mended) {
                return Err(self.damaged(format!("{}: the checksum does not hold", what())));
            }
        }
        bytes.truncate((end - first) as usize);
        bytes.drain(..(start - first) as usize);
        Ok(bytes)
    }

    /// Reads record `number` of a table of records of `N` bytes.
    pub(super) fn record<const N: usize>(&self, section: Section, number: u64) -> Result<[u8; N], DocumentError> {
        let bytes = self.table(section, number.saturating_mul(N as u64), N as u64)?;
        let mut record = [0; N];
        record.copy_from_slice(&bytes);
        Ok(record)
    }

    /// The checksums of all chunks, read when they are first needed.
    fn checks(&self) -> Result<&[u32], DocumentError> {
        if let Some(checks) = self.checks.get() {
            return Ok(checks);
        }
        let mut bytes = self.bytes(Section::Checks, 0, self.layout.span(Section::Checks).len)?;
        let is_whole = crc32c::crc32c(&bytes) == self.header.checks
            || self.put_back(&mut bytes, self.header.checks, || "section `checks`".to_owned());
        let numbers = match (is_whole, &self.mended) {
            (true, _) => bytes.as_chunks::<4>().0.iter().map(|number| u32::from_le_bytes(*number)).collect(),
            (false, None) => return Err(self.damaged("section `checks`: the checksum does not hold")),
            (false, Some(mended)) => {
                mended.note("section `checks`: the checksum does not hold; it is made anew from the tables".to_owned());
                self.new_checks()?
            }
        };
        // Another thread may have been faster; it read the same checksums.
        Ok(self.checks.get_or_init(|| numbers))
    }

    /// Computes the checksums of the tables from their current bytes.
    pub(super) fn new_checks(&self) -> Result<Vec<u32>, DocumentError> {
        let mut checks = Vec::new();
        for section in Section::TABLES {
            let len = self.layout.span(section).len;
            for start in (0..len).step_by(CHUNK as usize) {
                checks.push(crc32c::crc32c(&self.bytes(section, start, CHUNK.min(len - start))?));
            }
        }
        Ok(checks)
    }

    /// Tries to mend bytes whose checksum does not hold. Returns whether it could; `what` names the bytes in the note.
    pub(super) fn put_back(&self, bytes: &mut [u8], expected: u32, what: impl FnOnce() -> String) -> bool {
        let Some(mended) = &self.mended else { return false };
        let is_mended = one_bit::put_back(bytes, expected);
        if is_mended {
            mended.note(format!("{}: the checksum does not hold; one bit has changed", what()));
        }
        is_mended
    }

    pub(super) fn read_into(&self, offset: u64, bytes: &mut [u8]) -> Result<(), DocumentError> {
        check(Operation::Read, &self.path)
            .and_then(|()| self.read_exact_at(offset, bytes))
            .map_err(|source| self.read_error(source))
    }

    fn read_error(&self, source: io::Error) -> DocumentError {
        match source.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("it has become shorter since it was opened"),
            _ => DocumentError::Io { action: "read", path: self.path.clone(), source },
        }
    }

    #[cfg(unix)]
    fn read_exact_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        use std::os::unix::fs::FileExt;
        self.file.inner().read_exact_at(bytes, offset)
    }

    #[cfg(not(unix))]
    fn read_exact_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut file = self.file.inner();
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(bytes)
    }
}

/// An error about a file, not about one document of it.
fn damaged(path: &Path, problem: impl Into<String>) -> DocumentError {
    DocumentError::DamagedFile { path: path.to_owned(), problem: problem.into() }
}
