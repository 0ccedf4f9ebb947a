//! Vectors that were made but are in no collection yet: what a killed `embed` need not do again.
//!
//! ```text
//! INDEX/checkpoint/4f6c….vectors
//!   head      magic, version, dimension, hash of the fingerprint, checksum             96 bytes
//!   records   key of the passage · tokens · cut · vector · checksum                    32 + 4 · dimension bytes each
//! ```
//!
//! Every vector is appended as soon as it is made, and the rows of the index are taken from here in the end, so a run
//! that was interrupted and one that was not give the same file. A record is found by the first 16 bytes of the
//! BLAKE3 of its passage: papers may come in another order, or some of them be changed, and whatever still matches is
//! used. Vectors of another fingerprint are in another file.
//!
//! Records are all of one length. So one that was cut off by the end of a process is the last, and is dropped; one
//! whose checksum does not hold is passed over, and those behind it still stand where they should.
//!
//! Nothing here is synced. What was handed to the system survives the process however that ends; only a power cut can
//! take the last seconds, the checksums tell what it took, and a sync for every record would make the disk the slowest
//! part of the line. The index itself is synced before it counts.
//!
//! Cost: the size of the vectors on disk while embedding; some 30 bytes of memory for each that was found.

use std::collections::HashMap;
use std::fs::TryLockError;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use semsearch_disk::File;
use semsearch_embed::Fingerprint;
use semsearch_store::{CollectionError, Key};

const MAGIC: &[u8; 8] = b"SEMSCKP\n";
const VERSION: u32 = 1;
const HEAD: usize = 96;
/// A record without its vector.
const FRAME: usize = 32;

fn first<const N: usize>(hash: blake3::Hash) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&hash.as_bytes()[..N]);
    bytes
}

/// The place of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u32);

/// What is known of an encoded passage beside its vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) key: Key,
    pub(crate) tokens: u32,
    pub(crate) cut: bool,
}

/// The checkpoint of one model in one index.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    path: PathBuf,
    out: File,
    input: File,
    dim: usize,
    slots: u32,
    found: HashMap<Key, Slot>,
    damaged: u64,
    buffer: Vec<u8>,
}

impl Checkpoint {
    /// Opens the checkpoint for vectors of `fingerprint` in `folder`, which is made if it does not exist.
    pub(crate) fn open(folder: &Path, fingerprint: &Fingerprint, dim: usize) -> Result<Self, CollectionError> {
        let path = path_of(folder, fingerprint.as_str());
        let fail = |source| CollectionError::Io { action: "write", path: path.clone(), source };
        semsearch_disk::create_folder(folder).map_err(fail)?;
        let out = File::append(&path).map_err(fail)?;
        match out.inner().try_lock() {
            // Where the file system knows no locks, the one of the collection has to do.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => return Err(CollectionError::Busy { path }),
        }
        let input = File::open(&path).map_err(fail)?;
        let mut checkpoint = Checkpoint {
            path: path.clone(),
            out,
            input,
            dim,
            slots: 0,
            found: HashMap::new(),
            damaged: 0,
            buffer: Vec::new(),
        };
        checkpoint.take_stock(&head(fingerprint, dim)).map_err(fail)?;
        Ok(checkpoint)
    }

    /// Reads all records that are there. A file with another head is begun anew.
    fn take_stock(&mut self, head: &[u8; HEAD]) -> io::Result<()> {
        let mut input = BufReader::with_capacity(1 << 18, &self.input);
        let mut found = [0; HEAD];
        let is_ours = match input.read_exact(&mut found) {
            Ok(()) => found == *head,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            // What cannot be read just now may be hours of work.
            Err(error) => return Err(error),
        };
        if !is_ours {
            self.out.set_len(0)?;
            return self.out.write_all(head);
        }
        let mut record = vec![0; FRAME + 4 * self.dim];
        let mut slot = 0;
        loop {
            match input.read_exact(&mut record) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error),
            }
            match parse(&record) {
                Some(facts) => {
                    self.found.insert(facts.key, Slot(slot));
                }
                None => self.damaged += 1,
            }
            slot += 1;
        }
        self.slots = slot;
        self.out.set_len(self.place(slot))
    }

    fn place(&self, slot: u32) -> u64 {
        HEAD as u64 + u64::from(slot) * (FRAME + 4 * self.dim) as u64
    }

    /// The vector of a passage that was there when the checkpoint was opened.
    pub(crate) fn find(&self, key: Key) -> Option<Slot> {
        self.found.get(&key).copied()
    }

    /// Whether it has no vector.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots == 0
    }

    /// Records that were there and are not what was written.
    pub(crate) fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Appends vectors with what is known of each, in one write, and tells the place of the first; the others follow it.
    pub(crate) fn append<'a>(
        &mut self,
        records: impl Iterator<Item = (Facts, &'a [f32])>,
    ) -> Result<Slot, CollectionError> {
        let first_slot = self.slots;
        self.buffer.clear();
        for (facts, vector) in records {
            let start = self.buffer.len();
            self.buffer.extend(facts.key.0);
            self.buffer.extend(facts.tokens.to_le_bytes());
            self.buffer.extend(u32::from(facts.cut).to_le_bytes());
            vector.iter().for_each(|number| self.buffer.extend(number.to_le_bytes()));
            let check: [u8; 8] = first(blake3::hash(&self.buffer[start..]));
            self.buffer.extend(check);
            self.slots += 1;
        }
        let written = self.out.write_all(&self.buffer);
        written.map_err(|source| CollectionError::Io { action: "write", path: self.path.clone(), source })?;
        Ok(Slot(first_slot))
    }

    /// Appends vectors that are to be found at once.
    pub(crate) fn put<'a>(
        &mut self,
        records: impl Iterator<Item = (Facts, &'a [f32])> + Clone,
    ) -> Result<(), CollectionError> {
        let first = self.append(records.clone())?;
        self.found.extend(records.enumerate().map(|(number, (facts, _))| (facts.key, first.after(number))));
        Ok(())
    }

    /// Forgets all vectors.
    pub(crate) fn clear(&mut self) -> Result<(), CollectionError> {
        let fail = |source| CollectionError::Io { action: "write", path: self.path.clone(), source };
        self.out.set_len(HEAD as u64).map_err(fail)?;
        self.found.clear();
        (self.slots, self.damaged) = (0, 0);
        Ok(())
    }

    /// Removes it: its vectors are where they are to be.
    pub(crate) fn discard(self) {
        // Only tidying. What stays is found by the next run for the same model, and used or removed.
        let _ = semsearch_disk::remove_file(&self.path);
        if let Some(folder) = self.path.parent() {
            let _ = std::fs::remove_dir(folder);
        }
    }

    /// Reads a record into `vector`.
    pub(crate) fn read(&mut self, slot: Slot, vector: &mut [f32]) -> Result<Facts, CollectionError> {
        let place = SeekFrom::Start(self.place(slot.0));
        self.buffer.resize(FRAME + 4 * self.dim, 0);
        let read = self.input.seek(place).and_then(|_| self.input.read_exact(&mut self.buffer));
        read.map_err(|source| CollectionError::Io { action: "read", path: self.path.clone(), source })?;
        let damaged = || CollectionError::Damaged {
            path: self.path.clone(),
            problem: "the checksum of a vector does not hold".to_owned(),
        };
        let facts = parse(&self.buffer).ok_or_else(damaged)?;
        for (number, bytes) in vector.iter_mut().zip(self.buffer[24..].chunks_exact(4)) {
            *number = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        Ok(facts)
    }
}

impl Slot {
    /// The place that many records further on.
    pub(crate) fn after(self, records: usize) -> Slot {
        Slot(self.0 + records as u32)
    }
}

/// A fingerprint in 64 digits, whatever it is made of.
fn hashed(fingerprint: &str) -> String {
    blake3::hash(fingerprint.as_bytes()).to_hex().to_string()
}

/// The file for vectors of this fingerprint.
fn path_of(folder: &Path, fingerprint: &str) -> PathBuf {
    folder.join(format!("{}.vectors", &hashed(fingerprint)[..16]))
}

/// How many vectors of this fingerprint there are in `folder`, also while somebody appends more.
///
/// # Errors
/// If that cannot be told.
pub(crate) fn checkpoint_records(folder: &Path, fingerprint: &str, dim: usize) -> Result<u64, CollectionError> {
    let path = path_of(folder, fingerprint);
    let bytes = match File::open(&path).and_then(|file| file.length()) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => 0,
        Err(source) => return Err(CollectionError::Io { action: "read", path, source }),
    };
    // Whoever recorded the model may have recorded any width.
    let record = FRAME.saturating_add(dim.saturating_mul(4));
    Ok(bytes.saturating_sub(HEAD as u64) / record as u64)
}

/// Removes the vectors of this fingerprint, if there are any.
///
/// # Errors
/// If they cannot be removed.
pub(crate) fn discard_checkpoint(folder: &Path, fingerprint: &str) -> Result<(), CollectionError> {
    let path = path_of(folder, fingerprint);
    match semsearch_disk::remove_file(&path) {
        Ok(()) => Ok(()),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(()),
        Err(source) => Err(CollectionError::Io { action: "remove", path, source }),
    }
}

fn head(fingerprint: &Fingerprint, dim: usize) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..8].copy_from_slice(MAGIC);
    head[8..12].copy_from_slice(&VERSION.to_le_bytes());
    head[12..16].copy_from_slice(&(dim as u32).to_le_bytes());
    head[16..80].copy_from_slice(hashed(fingerprint.as_str()).as_bytes());
    let check: [u8; 16] = first(blake3::hash(&head[..80]));
    head[80..].copy_from_slice(&check);
    head
}

/// What a record says; nothing if its checksum does not hold.
fn parse(record: &[u8]) -> Option<Facts> {
    let (body, check) = record.split_last_chunk::<8>()?;
    let (key, rest) = body.split_first_chunk::<16>()?;
    let (tokens, rest) = rest.split_first_chunk::<4>()?;
    let (cut, _) = rest.split_first_chunk::<4>()?;
    let holds = first::<8>(blake3::hash(body)) == *check;
    holds.then(|| Facts { key: Key(*key), tokens: u32::from_le_bytes(*tokens), cut: u32::from_le_bytes(*cut) != 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIM: usize = 3;

    fn fingerprint(max_tokens: usize) -> Fingerprint {
        Fingerprint::of(&semsearch_embed::bundled().remove(0), max_tokens)
    }

    fn open(folder: &Path) -> Checkpoint {
        Checkpoint::open(folder, &fingerprint(256), DIM).unwrap()
    }

    fn facts(number: usize) -> Facts {
        Facts { key: Key::of(&number.to_string()), tokens: number as u32, cut: number.is_multiple_of(2) }
    }

    fn vector(number: usize) -> [f32; DIM] {
        [number as f32, 0.5, -1.0 / 3.0]
    }

    /// A checkpoint of ten records, closed.
    fn ten(folder: &Path) -> PathBuf {
        let mut checkpoint = open(folder);
        let vectors: Vec<_> = (0..10).map(|number| (facts(number), vector(number))).collect();
        let slot = checkpoint.append(vectors[..4].iter().map(|(facts, vector)| (*facts, &vector[..]))).unwrap();
        assert_eq!(slot, Slot(0));
        let slot = checkpoint.append(vectors[4..].iter().map(|(facts, vector)| (*facts, &vector[..]))).unwrap();
        assert_eq!(slot.after(1), Slot(5));
        checkpoint.path
    }

    /// The numbers whose records are found, each compared with what was written.
    fn found(folder: &Path) -> Vec<usize> {
        let mut checkpoint = open(folder);
        let mut numbers = Vec::new();
        for number in 0..10 {
            if let Some(slot) = checkpoint.find(facts(number).key) {
                let mut read = [0.0; DIM];
                assert_eq!(checkpoint.read(slot, &mut read).unwrap(), facts(number));
                assert_eq!(read, vector(number));
                numbers.push(number);
            }
        }
        numbers
    }

    #[test]
    fn what_was_appended_is_found_by_the_next_who_opens() {
        let folder = tempfile::tempdir().unwrap();
        ten(folder.path());
        assert_eq!(found(folder.path()), (0..10).collect::<Vec<_>>());
        assert!(open(folder.path()).find(Key::of("another passage")).is_none());
    }

    #[test]
    fn a_record_cut_off_anywhere_is_dropped_and_the_next_is_appended_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = ten(folder.path());
        let whole = std::fs::read(&path).unwrap();
        let record = FRAME + 4 * DIM;
        for lost in 1..=record {
            std::fs::write(&path, &whole[..whole.len() - lost]).unwrap();
            assert_eq!(found(folder.path()), (0..9).collect::<Vec<_>>(), "{lost} bytes lost");
            let mut checkpoint = open(folder.path());
            assert_eq!(checkpoint.damaged(), 0);
            checkpoint.append(std::iter::once((facts(9), &vector(9)[..]))).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn a_damaged_record_is_passed_over_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = ten(folder.path());
        let whole = std::fs::read(&path).unwrap();
        let record = FRAME + 4 * DIM;
        for place in HEAD..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x10;
            std::fs::write(&path, &damaged).unwrap();
            let number = (place - HEAD) / record;
            assert_eq!(found(folder.path()), (0..10).filter(|&other| other != number).collect::<Vec<_>>());
            assert_eq!(open(folder.path()).damaged(), 1);
        }
        // What a power cut may leave: the length without the content.
        let zeros = [&whole[..HEAD + 3 * record], &vec![0; 7 * record][..]].concat();
        std::fs::write(&path, zeros).unwrap();
        assert_eq!(found(folder.path()), [0, 1, 2]);
    }

    #[test]
    fn a_file_with_another_head_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = ten(folder.path());
        let whole = std::fs::read(&path).unwrap();
        for length in 0..HEAD {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(found(folder.path()).is_empty());
            assert_eq!(std::fs::read(&path).unwrap(), whole[..HEAD]);
        }
        for place in 0..HEAD {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert!(found(folder.path()).is_empty(), "byte {place}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_just_now_is_not_begun_anew() {
        use semsearch_disk::fault::{Failure, Plan};

        let folder = tempfile::tempdir().unwrap();
        let path = ten(folder.path());
        let whole = std::fs::read(&path).unwrap();
        let operations = {
            let counting = Plan::count().below(folder.path()).arm();
            open(folder.path());
            counting.operations()
        };
        for nth in 1..=operations {
            let armed = Plan::nth(nth, Failure::Errno(5)).below(folder.path()).arm();
            let error = Checkpoint::open(folder.path(), &fingerprint(256), DIM).unwrap_err();
            assert!(matches!(error, CollectionError::Io { .. }), "operation {nth}: {error}");
            drop(armed);
            assert_eq!(std::fs::read(&path).unwrap(), whole, "operation {nth}");
        }
        assert_eq!(found(folder.path()).len(), 10);
    }

    #[test]
    fn vectors_of_another_model_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        ten(folder.path());
        let other = Checkpoint::open(folder.path(), &fingerprint(128), DIM).unwrap();
        assert!(other.find(facts(1).key).is_none());
        assert_eq!(found(folder.path()).len(), 10);
    }

    #[test]
    fn a_vector_that_changes_under_us_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = ten(folder.path());
        let mut checkpoint = open(folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[HEAD + 30] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = checkpoint.read(Slot(0), &mut [0.0; DIM]).unwrap_err();
        assert!(matches!(error, CollectionError::Damaged { .. }), "{error}");
    }

    #[test]
    fn records_of_any_width_can_be_counted() {
        let folder = tempfile::tempdir().unwrap();
        ten(folder.path());
        let fingerprint = fingerprint(256);
        let records = |dim| checkpoint_records(folder.path(), fingerprint.as_str(), dim).unwrap();
        assert_eq!(records(DIM), 10);
        // A width that somebody made up, whose bytes no number counts.
        assert_eq!([records(usize::MAX), records(usize::MAX / 4 + 1)], [0, 0]);
    }
}
