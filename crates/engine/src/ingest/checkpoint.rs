//! Checkpoint: vectors that were made and are in no collection yet, so that a killed run need not make them again.
//!
//! ```text
//! INDEX/checkpoint/4f6c….vectors      one file a fingerprint; see `checkpoint_format`
//! ```
//!
//! Every vector is appended as soon as it is made, and the rows of the index are read from here at the end, so a run
//! that was interrupted and one that was not write the same file. A record is found by the key of its passage: papers
//! may come in another order, or some of them be changed, and every passage that is the same finds its vector.
//!
//! All records have one length. So a record that was cut off by the end of a process is the last, and is dropped; a
//! record whose checksum does not match is skipped, and those behind it still stand where they should.
//!
//! Nothing here is synced. What was handed to the system survives the end of the process; only a power cut can take the
//! last seconds, and the checksums tell which records it took. A sync after every record would make the disk the
//! slowest part of the pipeline. The index itself is synced before it counts.
//!
//! Cost: the size of the vectors on disk while embedding; about 30 bytes of memory for each vector that was found.

use std::collections::HashMap;
use std::fs::TryLockError;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use semsearch_disk::File;
use semsearch_embed::Fingerprint;
use semsearch_store::{CollectionError, Key, io_error};

use super::checkpoint_format::{
    Facts, HEAD, Slot, file_name, head, read_facts, read_vector, record_bytes, write_record,
};

/// The checkpoint of one model in one collection.
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
    /// Opens the checkpoint for vectors of `fingerprint` in `folder`, which is made if there is none.
    pub(crate) fn open(folder: &Path, fingerprint: &Fingerprint, dim: usize) -> Result<Self, CollectionError> {
        let path = folder.join(file_name(fingerprint.as_str()));
        let fail = |source| io_error("write", &path, source);
        semsearch_disk::create_folder(folder).map_err(fail)?;
        let out = File::append(&path).map_err(fail)?;
        match out.inner().try_lock() {
            // On a file system without locks, the lock of the collection has to do.
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
        checkpoint.scan(&head(fingerprint, dim)).map_err(fail)?;
        Ok(checkpoint)
    }

    /// Reads all records. A file with another head is emptied.
    fn scan(&mut self, head: &[u8; HEAD]) -> io::Result<()> {
        let mut input = BufReader::with_capacity(1 << 18, &self.input);
        let mut found = [0; HEAD];
        let is_ours = match input.read_exact(&mut found) {
            Ok(()) => found == *head,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            // The file may hold hours of work: an error of the disk does not empty it.
            Err(error) => return Err(error),
        };
        if !is_ours {
            self.out.set_len(0)?;
            return self.out.write_all(head);
        }
        let mut record = vec![0; record_bytes(self.dim)];
        let mut slot = 0;
        loop {
            match input.read_exact(&mut record) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error),
            }
            match read_facts(&record) {
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
        HEAD as u64 + u64::from(slot) * record_bytes(self.dim) as u64
    }

    /// Finds a passage among the records that the checkpoint had when it was opened, and those that were
    /// [put](Self::put).
    pub(crate) fn find(&self, key: Key) -> Option<Slot> {
        self.found.get(&key).copied()
    }

    /// Whether there is no record.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots == 0
    }

    /// The number of records that were damaged when the checkpoint was opened.
    pub(crate) fn damaged(&self) -> u64 {
        self.damaged
    }

    /// Appends records in one write, and returns the slot of the first; the others follow it.
    pub(crate) fn append<'a>(
        &mut self,
        records: impl Iterator<Item = (Facts, &'a [f32])>,
    ) -> Result<Slot, CollectionError> {
        let first_slot = self.slots;
        self.buffer.clear();
        for (facts, vector) in records {
            write_record(&mut self.buffer, facts, vector);
            self.slots += 1;
        }
        self.out.write_all(&self.buffer).map_err(|source| io_error("write", &self.path, source))?;
        Ok(Slot(first_slot))
    }

    /// Appends records that [`find`](Self::find) finds from now on.
    pub(crate) fn put<'a>(
        &mut self,
        records: impl Iterator<Item = (Facts, &'a [f32])> + Clone,
    ) -> Result<(), CollectionError> {
        let first = self.append(records.clone())?;
        self.found.extend(records.enumerate().map(|(number, (facts, _))| (facts.key, first.after(number))));
        Ok(())
    }

    /// Removes all records.
    pub(crate) fn clear(&mut self) -> Result<(), CollectionError> {
        self.out.set_len(HEAD as u64).map_err(|source| io_error("write", &self.path, source))?;
        self.found.clear();
        (self.slots, self.damaged) = (0, 0);
        Ok(())
    }

    /// Removes the file: its vectors are in the collection.
    pub(crate) fn discard(self) {
        // A file that stays is found by the next run for the same model, and used or removed.
        let _ = semsearch_disk::remove_file(&self.path);
        if let Some(folder) = self.path.parent() {
            let _ = semsearch_disk::remove_empty_folder(folder);
        }
    }

    /// Reads the vector of a record into `vector`, and returns what else the record holds.
    pub(crate) fn read(&mut self, slot: Slot, vector: &mut [f32]) -> Result<Facts, CollectionError> {
        let place = SeekFrom::Start(self.place(slot.0));
        self.buffer.resize(record_bytes(self.dim), 0);
        let read = self.input.seek(place).and_then(|_| self.input.read_exact(&mut self.buffer));
        read.map_err(|source| io_error("read", &self.path, source))?;
        let damaged = || CollectionError::Damaged {
            path: self.path.clone(),
            problem: "the checksum of a vector does not match".to_owned(),
        };
        let facts = read_facts(&self.buffer).ok_or_else(damaged)?;
        read_vector(&self.buffer, vector);
        Ok(facts)
    }
}

/// The number of vectors of this fingerprint in `folder`, also while a process appends more.
///
/// # Errors
/// [`CollectionError::Io`] if the file cannot be read.
pub(crate) fn checkpoint_records(folder: &Path, fingerprint: &str, dim: usize) -> Result<u64, CollectionError> {
    let path = folder.join(file_name(fingerprint));
    let bytes = match File::open(&path).and_then(|file| file.length()) {
        Ok(bytes) => bytes,
        Err(error) if is_missing(&error) => 0,
        Err(source) => return Err(io_error("read", &path, source)),
    };
    Ok(bytes.saturating_sub(HEAD as u64) / record_bytes(dim) as u64)
}

/// Removes the vectors of this fingerprint, if there are any.
///
/// # Errors
/// [`CollectionError::Io`] if the file cannot be removed.
pub(crate) fn discard_checkpoint(folder: &Path, fingerprint: &str) -> Result<(), CollectionError> {
    let path = folder.join(file_name(fingerprint));
    match semsearch_disk::remove_file(&path) {
        Err(error) if !is_missing(&error) => Err(io_error("remove", &path, error)),
        _ => Ok(()),
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint_format::FRAME;
    use super::*;

    const DIM: usize = 3;

    fn fingerprint(max_tokens: usize) -> Fingerprint {
        Fingerprint::of(&semsearch_embed::bundled().remove(0), max_tokens)
    }

    fn open(folder: &Path) -> Checkpoint {
        Checkpoint::open(folder, &fingerprint(256), DIM).unwrap()
    }

    fn facts(number: usize) -> Facts {
        Facts { key: Key::of(&number.to_string()), tokens: number as u32, truncated: number.is_multiple_of(2) }
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
    fn appended_records_are_found_when_the_file_is_opened_again() {
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
    fn only_a_damaged_record_is_skipped() {
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
    fn a_file_with_another_head_is_emptied() {
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
    fn a_file_that_cannot_be_read_just_now_is_not_emptied() {
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
        // A width so large that the bytes of a record overflow.
        assert_eq!([records(usize::MAX), records(usize::MAX / 4 + 1)], [0, 0]);
    }
}
