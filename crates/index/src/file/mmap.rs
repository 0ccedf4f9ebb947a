//! Files as memory, and memory that is read all over.
//!
//! Mapping costs nothing up front, and processes that open the same index share its pages. The price is a promise: a
//! mapped file that another process shortens ends this one with SIGBUS. Nothing in this project changes the files of an
//! index in place: a new index is written to a new folder, and an old folder is removed as a whole, which leaves
//! existing maps valid.
//!
//! Miri knows neither maps of files nor advice; for it, both are plain memory.

#![cfg_attr(not(miri), expect(unsafe_code, reason = "maps files"))]

use std::io;
use std::sync::Arc;

#[cfg(not(miri))]
use memmap2::Mmap;
use semsearch_disk::File;
use semsearch_disk::fault::{Operation, check};
use semsearch_vector::Bytes;

/// The bytes of a file.
#[derive(Clone, Debug)]
pub(crate) struct MappedFile(Arc<Map>);

#[cfg(not(miri))]
type Map = Mmap;
#[cfg(miri)]
type Map = Vec<u8>;

impl MappedFile {
    #[cfg(not(miri))]
    pub(crate) fn new(file: &File) -> io::Result<Self> {
        check(Operation::Map, file.path())?;
        // SAFETY: a map is sound as long as the file is not changed beneath it. Files of an index are never changed
        // in place (see the module's documentation), and what is read from them is used only as numbers and bytes,
        // for which every bit pattern is valid.
        unsafe { Mmap::map(file.inner()) }.map(|map| Self(Arc::new(map)))
    }

    #[cfg(miri)]
    pub(crate) fn new(file: &File) -> io::Result<Self> {
        use std::io::{Read, Seek};

        let (mut file, mut bytes) = (file.inner(), Vec::new());
        file.rewind()?;
        file.read_to_end(&mut bytes)?;
        Ok(Self(Arc::new(bytes)))
    }

    pub(crate) fn bytes(&self) -> Bytes {
        Bytes::of(self.0.clone())
    }

    /// Says that `len` bytes from `offset` on are read here and there, so that the system does not read what lies next
    /// to them as well. This is advice: if the system ignores it, reading is only slower.
    pub(crate) fn expect_random(&self, offset: usize, len: usize) {
        #[cfg(all(unix, not(miri)))]
        let _ = self.0.advise_range(memmap2::Advice::Random, offset, len);
        #[cfg(any(not(unix), miri))]
        let _ = (offset, len);
    }

    /// Says that the whole file will be read soon.
    pub(crate) fn expect_all(&self) {
        #[cfg(all(unix, not(miri)))]
        let _ = self.0.advise(memmap2::Advice::WillNeed);
    }
}

/// The bytes of a file, mapped. The file must never be changed in place, as with all files of an index; see the
/// documentation of this module's source.
///
/// # Errors
/// If the system cannot map it.
pub fn map_file(file: &File) -> io::Result<Bytes> {
    Ok(MappedFile::new(file)?.bytes())
}

/// Alignment of a huge page, in bytes.
const HUGE: usize = if cfg!(miri) { 64 } else { 2 << 20 };

/// Writable memory of `len` bytes that begins with a huge page, where the system has such; it is zero.
///
/// A graph search reads a few hundred bytes here and there, and in pages of four kilobytes most of these reads wait for the
/// translation of the address as well.
pub(crate) struct HotMemory {
    #[cfg(not(miri))]
    map: memmap2::MmapMut,
    #[cfg(miri)]
    map: Vec<u8>,
    start: usize,
    len: usize,
}

impl HotMemory {
    pub(crate) fn new(len: usize) -> io::Result<Self> {
        // A map begins at a small page. One huge page more leaves room to begin at a huge one.
        #[cfg(not(miri))]
        let map = memmap2::MmapMut::map_anon(len.saturating_add(HUGE))?;
        #[cfg(miri)]
        let map = vec![0; len + HUGE];
        let address = map.as_ptr() as usize;
        let start = address.next_multiple_of(HUGE) - address;
        #[cfg(all(target_os = "linux", not(miri)))]
        let _ = map.advise_range(memmap2::Advice::HugePage, start, len.next_multiple_of(HUGE).min(map.len() - start));
        Ok(Self { map, start, len })
    }

    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        &mut self.map[self.start..][..self.len]
    }

    pub(crate) fn freeze(self) -> io::Result<Bytes> {
        #[cfg(not(miri))]
        let bytes = Bytes::of(Arc::new(self.map.make_read_only()?));
        #[cfg(miri)]
        let bytes = Bytes::from(self.map);
        Ok(bytes.part(self.start..self.start + self.len).expect("a part of what was asked for"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_mapped_file_is_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = File::create(&folder.path().join("a")).unwrap();
        assert!(MappedFile::new(&file).unwrap().bytes().is_empty());
        file.write_all(&[7; 5000]).unwrap();
        let mapped = MappedFile::new(&file).unwrap();
        mapped.expect_random(4096, 904);
        mapped.expect_all();
        assert_eq!(*mapped.bytes(), [7; 5000]);
    }

    #[test]
    fn hot_memory_begins_on_a_huge_page_and_keeps_what_is_written() {
        for len in [0, 1, 5000, HUGE + 1] {
            let mut memory = HotMemory::new(len).unwrap();
            assert!(memory.as_mut().iter().all(|byte| *byte == 0));
            memory.as_mut().fill(9);
            let bytes = memory.freeze().unwrap();
            assert_eq!((bytes.len(), bytes.as_ptr() as usize % HUGE), (len, 0));
            assert!(bytes.iter().all(|byte| *byte == 9));
        }
    }
}
