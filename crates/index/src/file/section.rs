//! A run of equally long records, checked block by block before they are used.
//!
//! An index is opened without reading its sections, so no section has been checked then. A section keeps one CRC-32C for
//! every block of records, and one bit for every block that says whether it has been compared: the first use of a record
//! pays for its block, some 0.3 µs, and every later one for a load of that bit. After the checksum the content is checked
//! where it has to make sense: an id below the number of rows, a length that is finite. A file that was forged passes the
//! first check and not the second.
//!
//! The checksums are a section too, with checksums of their own, and so on to a page that is read when the file is
//! opened. So opening costs the same for a file of any size.
//!
//! Several threads may check one block at once and come to the same result. Nothing is written but the bit, so no order
//! between them is needed.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use semsearch_vector::Bytes;

use super::damage::{Damage, Fault, SectionKind};

/// A run of equally long records in a file or in memory, checked before they are used. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    // A whole number of records.
    bytes: Bytes,
    record: usize,
    /// `None` for records that this process made or has compared already.
    guard: Option<Arc<Guard>>,
}

/// The checksums of a section in a file, and which blocks have been compared with them.
struct Guard {
    place: Place,
    /// One bit a block.
    done: Box<[AtomicU64]>,
    /// How many blocks have not been compared yet.
    left: AtomicUsize,
}

/// Where a section lies and what it has to be.
pub(crate) struct Place {
    /// The file.
    pub(crate) path: Arc<Path>,
    /// What the section holds.
    pub(crate) kind: SectionKind,
    /// Where it begins in the file.
    pub(crate) offset: u64,
    /// A block has `1 << shift` records; the last one may have fewer.
    pub(crate) shift: u32,
    /// One CRC-32C a block, for this section from `first_check` on.
    pub(crate) checks: Section,
    /// The number of this section's first check in `checks`.
    pub(crate) first_check: usize,
    /// Looks at what a checksum cannot know.
    pub(crate) content: Option<Content>,
}

/// Looks at the records of one block, given the number of the first one.
pub(crate) type Content = Box<dyn Fn(usize, &[u8]) -> Result<(), &'static str> + Send + Sync>;

/// How many blocks share a word of bits, and are one piece of work for a thread.
const WORD: usize = u64::BITS as usize;

impl Section {
    /// Records of `record` bytes that this process made.
    ///
    /// # Panics
    /// If the last one is incomplete, or `record` is 0.
    pub(crate) fn trusted(bytes: Bytes, record: usize) -> Self {
        assert!(bytes.len().is_multiple_of(record), "{} bytes are not whole records of {record}", bytes.len());
        Section { bytes, record, guard: None }
    }

    /// Records of `width` numbers each, which this process made.
    ///
    /// # Panics
    /// As [`trusted`](Self::trusted).
    pub(crate) fn of_u32s(numbers: Vec<u32>, width: usize) -> Self {
        Self::trusted(Bytes::of(Arc::new(Numbers(numbers))), width * size_of::<u32>())
    }

    /// Records of `width` numbers each, which this process made.
    ///
    /// # Panics
    /// As [`trusted`](Self::trusted).
    pub(crate) fn of_u16s(numbers: Vec<u16>, width: usize) -> Self {
        Self::trusted(Bytes::of(Arc::new(Numbers(numbers))), width * size_of::<u16>())
    }

    /// Records of `width` numbers each, which this process made.
    ///
    /// # Panics
    /// As [`trusted`](Self::trusted).
    pub(crate) fn of_f32s(numbers: Vec<f32>, width: usize) -> Self {
        Self::trusted(Bytes::of(Arc::new(Numbers(numbers))), width * size_of::<f32>())
    }

    /// Records from a file, each block of which is compared before its first use.
    ///
    /// # Panics
    /// As [`trusted`](Self::trusted), and if there are fewer checks than blocks.
    pub(crate) fn guarded(bytes: Bytes, record: usize, place: Place) -> Self {
        let section = Self::trusted(bytes, record);
        let blocks = section.len().div_ceil(1 << place.shift);
        assert!(blocks <= place.checks.len().saturating_sub(place.first_check), "a check for every block");
        let done = (0..blocks.div_ceil(WORD)).map(|_| AtomicU64::new(0)).collect();
        let guard = Guard { place, done, left: AtomicUsize::new(blocks) };
        Section { guard: Some(Arc::new(guard)), ..section }
    }

    /// All bytes, whether or not they have been compared: what is read from them may be anything.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// All bytes as numbers; see [`bytes`](Self::bytes).
    ///
    /// # Panics
    /// If they do not lie on a multiple of four. Sections of a file do, and so do those made of numbers.
    pub(crate) fn u32s(&self) -> &[u32] {
        self.numbers()
    }

    /// See [`u32s`](Self::u32s).
    pub(crate) fn u16s(&self) -> &[u16] {
        self.numbers()
    }

    /// See [`u32s`](Self::u32s).
    pub(crate) fn f32s(&self) -> &[f32] {
        self.numbers()
    }

    fn numbers<T: bytemuck::AnyBitPattern>(&self) -> &[T] {
        // An empty slice may have any alignment, which the cast refuses.
        if self.bytes.is_empty() { &[] } else { bytemuck::cast_slice(&self.bytes) }
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() / self.record
    }

    /// Bytes of a record.
    pub(crate) fn record(&self) -> usize {
        self.record
    }

    /// Whether every block has been compared with its checksum.
    #[inline]
    pub(crate) fn is_verified(&self) -> bool {
        self.guard.as_ref().is_none_or(|guard| guard.left.load(Relaxed) == 0)
    }

    /// The damage of a record whose checksum holds and that contradicts another section. `kind` is what the section holds.
    pub(crate) fn fault(&self, kind: SectionKind, record: usize, problem: &'static str) -> Damage {
        let (path, offset) = match &self.guard {
            Some(guard) => (guard.place.path.to_path_buf(), guard.place.offset),
            None => (PathBuf::from("an index in memory"), 0),
        };
        let start = offset + (record * self.record) as u64;
        Damage { path, section: kind, range: start..start + self.record as u64, fault: Fault::Content(problem) }
    }

    /// Checks one record: compares its block unless that has been done.
    ///
    /// # Errors
    /// If the block is not as it was written.
    ///
    /// # Panics
    /// If there is no such record.
    #[inline]
    pub(crate) fn verify(&self, record: usize) -> Result<(), Damage> {
        match &self.guard {
            Some(guard) => self.verify_block(guard, record >> guard.place.shift),
            None => Ok(()),
        }
    }

    /// Checks each of `records`.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    ///
    /// # Panics
    /// As [`verify`](Self::verify), unless everything has been compared already.
    #[inline]
    pub(crate) fn verify_each(&self, records: &[u32]) -> Result<(), Damage> {
        match &self.guard {
            Some(guard) if guard.left.load(Relaxed) > 0 => {
                records.iter().try_for_each(|record| self.verify_block(guard, *record as usize >> guard.place.shift))
            }
            _ => Ok(()),
        }
    }

    /// Checks a run of records.
    ///
    /// # Errors
    /// As [`verify`](Self::verify).
    ///
    /// # Panics
    /// As [`verify_each`](Self::verify_each).
    pub(crate) fn verify_range(&self, records: Range<usize>) -> Result<(), Damage> {
        match &self.guard {
            Some(guard) if guard.left.load(Relaxed) > 0 && !records.is_empty() => {
                let shift = guard.place.shift;
                (records.start >> shift..=(records.end - 1) >> shift)
                    .try_for_each(|block| self.verify_block(guard, block))
            }
            _ => Ok(()),
        }
    }

    /// Checks all records, on the threads of the current rayon pool.
    ///
    /// # Errors
    /// The damage of one of the blocks that are not as they were written.
    pub(crate) fn verify_all(&self) -> Result<(), Damage> {
        let Some(guard) = self.guard.as_ref().filter(|guard| guard.left.load(Relaxed) > 0) else { return Ok(()) };
        let blocks = self.len().div_ceil(1 << guard.place.shift);
        let verify_word =
            |word| (word * WORD..blocks.min((word + 1) * WORD)).try_for_each(|block| self.verify_block(guard, block));
        // A process that only opens an index need not start its threads for that.
        if guard.done.len() == 1 {
            verify_word(0)
        } else {
            (0..guard.done.len()).into_par_iter().try_for_each(verify_word)
        }
    }

    /// Copies all records into `out` and checks the copy, on the threads of the current rayon pool.
    ///
    /// # Errors
    /// As [`verify_all`](Self::verify_all).
    ///
    /// # Panics
    /// If `out` is not as long as the section.
    pub(crate) fn copy_verified(&self, out: &mut [u8]) -> Result<(), Damage> {
        assert_eq!(out.len(), self.bytes.len(), "a copy is as long as what it is made of");
        let shift = self.guard.as_ref().map_or(0, |guard| guard.place.shift);
        let step = (self.record << shift) * WORD;
        out.par_chunks_mut(step).zip(self.bytes.chunks(step).collect::<Vec<_>>()).enumerate().try_for_each(
            |(word, (out, bytes))| {
                let blocks = out.chunks_mut(self.record << shift).zip(bytes.chunks(self.record << shift));
                for (block, (out, bytes)) in (word * WORD..).zip(blocks) {
                    out.copy_from_slice(bytes);
                    if let Some(guard) = &self.guard {
                        guard.place.compare(block, self.record, out)?;
                    }
                }
                Ok(())
            },
        )
    }

    #[inline]
    fn verify_block(&self, guard: &Guard, block: usize) -> Result<(), Damage> {
        let bit = 1 << (block % WORD);
        if guard.done[block / WORD].load(Relaxed) & bit != 0 { Ok(()) } else { self.compare_block(guard, block) }
    }

    #[cold]
    fn compare_block(&self, guard: &Guard, block: usize) -> Result<(), Damage> {
        let step = self.record << guard.place.shift;
        let bytes = &self.bytes[block * step..];
        guard.place.compare(block, self.record, &bytes[..step.min(bytes.len())])?;
        let bit = 1 << (block % WORD);
        if guard.done[block / WORD].fetch_or(bit, Relaxed) & bit == 0 {
            guard.left.fetch_sub(1, Relaxed);
        }
        Ok(())
    }
}

impl Place {
    /// Compares one block of `record`-byte records, wherever its bytes are.
    fn compare(&self, block: usize, record: usize, bytes: &[u8]) -> Result<(), Damage> {
        let check = self.first_check + block;
        self.checks.verify(check)?;
        let (expected, found) = (self.checks.u32s()[check], crc32c::crc32c(bytes));
        let first = block << self.shift;
        let fault = if expected == found {
            match self.content.as_ref().map_or(Ok(()), |content| content(first, bytes)) {
                Ok(()) => return Ok(()),
                Err(problem) => Fault::Content(problem),
            }
        } else {
            Fault::Checksum { expected, found }
        };
        let start = self.offset + (first * record) as u64;
        let range = start..start + bytes.len() as u64;
        Err(Damage { path: self.path.to_path_buf(), section: self.kind, range, fault })
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Guard({}, {} blocks to compare)", self.place.kind, self.left.load(Relaxed))
    }
}

/// Numbers that are read as bytes.
struct Numbers<T>(Vec<T>);

impl<T: bytemuck::NoUninit> AsRef<[u8]> for Numbers<T> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: usize = 12;
    const SHIFT: u32 = 2;

    /// 300 records of three numbers in 75 blocks, behind a header of 64 bytes; `spoil` is called between writing and
    /// opening.
    fn stored(spoil: impl FnOnce(&mut [u8]), content: Option<Content>) -> Section {
        let mut bytes: Vec<u8> = (0..900_u32).flat_map(|number| (number * 7).to_le_bytes()).collect();
        let checks = bytes.chunks(RECORD << SHIFT).map(crc32c::crc32c).collect();
        spoil(&mut bytes);
        let place = Place {
            path: Path::new("a file").into(),
            kind: SectionKind::Links,
            offset: 64,
            shift: SHIFT,
            checks: Section::of_u32s(checks, 1),
            first_check: 0,
            content,
        };
        Section::guarded(Bytes::from(bytes), RECORD, place)
    }

    fn spoilt(place: usize) -> Section {
        stored(|bytes| bytes[place] ^= 1, None)
    }

    #[test]
    fn what_was_written_is_verified_once_all_of_it_has_been_used() {
        let section = stored(|_| {}, None);
        assert_eq!((section.len(), section.record()), (300, RECORD));
        assert!(!section.is_verified());
        section.verify(0).unwrap();
        section.verify_range(1..299).unwrap();
        assert!(section.is_verified(), "the last block has been used with record 298");
        assert!(stored(|_| {}, None).verify_all().is_ok());
    }

    #[test]
    fn a_damaged_block_is_an_error_and_its_neighbours_are_not() {
        let section = spoilt(100 * RECORD + 5);
        section.verify_range(0..100).unwrap();
        section.verify_range(104..300).unwrap();
        section.verify_range(50..50).unwrap();
        for _ in 0..2 {
            let damage = section.verify(103).unwrap_err();
            assert_eq!((damage.section, damage.range.clone()), (SectionKind::Links, 64 + 1200..64 + 1248));
            assert!(matches!(damage.fault, Fault::Checksum { .. }), "{damage}");
        }
        assert!(!section.is_verified());
        assert_eq!(section.verify_each(&[7, 299, 100]).unwrap_err(), section.verify_all().unwrap_err());
        assert!(section.copy_verified(&mut vec![0; 3600]).is_err());
    }

    #[test]
    fn a_copy_of_what_was_written_is_that() {
        let section = stored(|_| {}, None);
        let mut copy = vec![0; 3600];
        section.copy_verified(&mut copy).unwrap();
        assert_eq!(copy, section.bytes());
    }

    #[test]
    fn content_is_looked_at_behind_the_checksum_and_told_where_it_is() {
        let seen = Arc::new(AtomicUsize::new(0));
        let content = {
            let seen = seen.clone();
            move |first: usize, block: &[u8]| {
                seen.fetch_add(1, Relaxed);
                assert_eq!(u32::from_le_bytes(*block.first_chunk().unwrap()), first as u32 * 3 * 7);
                if first == 40 { Err("forty is not allowed here") } else { Ok(()) }
            }
        };
        let section = stored(|_| {}, Some(Box::new(content)));
        section.verify_each(&[0, 1, 2, 3, 299, 299]).unwrap();
        assert_eq!(seen.load(Relaxed), 2, "once a block");
        assert_eq!(section.verify(41).unwrap_err().fault, Fault::Content("forty is not allowed here"));
    }

    #[test]
    fn a_damaged_checksum_is_found_by_the_checksum_above_it() {
        let mut checks: Vec<u8> = [1_u32, 2, 3, 4].iter().flat_map(|check| check.to_le_bytes()).collect();
        let roots = Section::of_u32s(vec![crc32c::crc32c(&checks)], 1);
        let place = |kind, checks| {
            let path = Path::new("a file").into();
            Place { path, kind, offset: 0, shift: 2, checks, first_check: 0, content: None }
        };
        checks[9] ^= 4;
        let checks = Section::guarded(Bytes::from(checks), 4, place(SectionKind::Checks, roots));
        let section = Section::guarded(Bytes::from(vec![0; 16]), 1, place(SectionKind::Rows, checks));
        assert_eq!(section.verify(0).unwrap_err().section, SectionKind::Checks);
    }

    #[test]
    fn what_this_process_made_needs_no_check() {
        let section = Section::of_u32s(vec![1, 2, 3, 4], 2);
        assert!(section.is_verified() && section.verify_each(&[0, 1]).is_ok() && section.verify_all().is_ok());
        assert_eq!((section.len(), section.u32s()), (2, &[1, 2, 3, 4][..]));
        let empty = Section::trusted(Bytes::from(Vec::new()), 4);
        assert_eq!((empty.len(), empty.f32s().len(), empty.verify_range(0..0)), (0, 0, Ok(())));
    }

    #[test]
    fn threads_that_check_the_same_blocks_all_see_the_same() {
        let section = stored(|bytes| bytes[RECORD * 8] ^= 1, None);
        let wrong: usize = std::thread::scope(|scope| {
            let run = || (0..300).filter(|record| section.verify(*record).is_err()).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(wrong, 4 * 4, "the four records of one block, for every thread");
        assert_eq!(section.guard.as_ref().unwrap().left.load(Relaxed), 1);
    }
}
