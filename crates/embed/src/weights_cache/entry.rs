//! An entry of the cache: one file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::sections::{self, Sections, SectionsWriter};
use crate::describe::checksum::sha256_text;
use crate::describe::{CONFIG, Manifest, Precision, TOKENIZER, WEIGHTS};

const MAGIC: &[u8; 16] = b"semsearch image\0";
/// The version of the format. Raised whenever the description, the sections or the rounding of numbers change.
const VERSION: u32 = 1;
/// Bytes before the description.
const HEADER: usize = 32;

/// Whether a model was loaded from the packed-weights cache.
#[derive(Debug)]
#[non_exhaustive]
pub enum CacheUse {
    /// The cache was not used: the model does not run in eight bits, or no folder was named.
    Off,
    /// This entry was mapped.
    Mapped(PathBuf),
    /// This entry was written, because it was missing or was made from other files.
    Written(PathBuf),
    /// The entry could not be written; the next load takes as long as this one.
    NotWritten {
        /// Where the entry would have been.
        path: PathBuf,
        /// The system's message.
        problem: io::Error,
    },
}

/// A file that an entry was made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SourceFile {
    path: String,
    bytes: u64,
    sha256: String,
    /// Nanoseconds since 1970.
    modified: u64,
}

#[derive(Serialize, Deserialize)]
struct About<T> {
    sources: Vec<SourceFile>,
    network: T,
}

/// The path of a model's entry, and the source files that it must have been made from.
pub(crate) struct Entry {
    path: PathBuf,
    sources: Vec<SourceFile>,
}

impl Entry {
    /// The entry in `cache` of the model with these files in `folder`; `None` if a file cannot be examined.
    pub(crate) fn of(cache: &Path, folder: &Path, manifest: &Manifest, precision: Precision) -> Option<Self> {
        let sources = [CONFIG, TOKENIZER, WEIGHTS].map(|name| {
            let file = manifest.file(name)?;
            let found = fs::metadata(folder.join(name)).ok()?;
            let modified = found.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
            Some(SourceFile {
                path: name.to_owned(),
                bytes: found.len(),
                sha256: file.sha256.clone(),
                modified: u64::try_from(modified).ok()?,
            })
        });
        let sources: Vec<SourceFile> = sources.into_iter().collect::<Option<_>>()?;
        let hashes: Vec<&str> = sources.iter().map(|source| source.sha256.as_str()).collect();
        let key = sha256_text(&hashes.join("\n"));
        let path = cache.join(format!("{}-{}-{precision}.image", manifest.name, &key[..16]));
        Some(Entry { path, sources })
    }

    /// The file of the entry.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Maps the entry; `None` if it is missing, damaged, or was made from other files.
    pub(crate) fn open<T: DeserializeOwned>(&self) -> Option<(T, Sections)> {
        let map = sections::map(&File::open(&self.path).ok()?).ok()?;
        let header = map.get(..HEADER)?;
        let number = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
        if &header[..16] != MAGIC || number(16) != VERSION || number(20) != checksum(&map[24..]) {
            return None;
        }
        let length = usize::try_from(u64::from_le_bytes(header[24..].try_into().expect("eight bytes"))).ok()?;
        let end = HEADER.checked_add(length)?;
        let about: About<T> = serde_json::from_slice(map.get(HEADER..end)?).ok()?;
        (about.sources == self.sources).then(|| (about.network, Sections::new(map, end)))
    }

    /// Writes the entry beside its place and moves it there.
    pub(crate) fn write<T: Serialize>(&self, network: &T, sections: &SectionsWriter) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let about = About { sources: self.sources.clone(), network };
        let about = serde_json::to_vec(&about)?;
        let mut body = (about.len() as u64).to_le_bytes().to_vec();
        body.extend_from_slice(&about);
        // Sections begin at the next multiple of 64 in the file, where 24 bytes precede the body.
        body.resize((24 + body.len()).next_multiple_of(sections::ALIGNMENT) - 24, 0);
        body.extend_from_slice(sections.bytes());
        let mut builder = tempfile::Builder::new();
        // Temporary files are private; an entry is for every user who may read the models.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(MAGIC)?;
        file.write_all(&VERSION.to_le_bytes())?;
        file.write_all(&checksum(&body).to_le_bytes())?;
        file.write_all(&body)?;
        // Not synced: after a crash the checksum is wrong, and the entry is written again.
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(folder: &Path) -> Entry {
        let source = SourceFile { path: "weights".to_owned(), bytes: 3, sha256: "00".to_owned(), modified: 7 };
        Entry { path: folder.join("cache/one.image"), sources: vec![source] }
    }

    fn write(entry: &Entry) -> Vec<u8> {
        let mut sections = SectionsWriter::default();
        sections.bytes_of(&[1, 2, 3]);
        sections.floats(&[0.5, -1.5]);
        sections.ints(&[-7]);
        entry.write(&"sizes".to_owned(), &sections).unwrap();
        fs::read(&entry.path).unwrap()
    }

    #[test]
    fn what_was_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let entry = entry(folder.path());
        assert!(entry.open::<String>().is_none(), "nothing is there yet");
        write(&entry);
        let (network, mut sections) = entry.open::<String>().unwrap();
        assert_eq!(network, "sizes");
        assert_eq!(*sections.bytes(3).unwrap(), [1, 2, 3]);
        assert_eq!(sections.floats(2).unwrap(), [0.5, -1.5]);
        assert_eq!(sections.ints(1).unwrap(), [-7]);
        assert!(sections.bytes(1).is_none(), "nothing is left");
    }

    #[test]
    fn an_entry_of_other_files_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let mut entry = entry(folder.path());
        write(&entry);
        assert!(entry.open::<String>().is_some());
        for change in [
            |source: &mut SourceFile| source.modified += 1,
            |source: &mut SourceFile| source.bytes += 1,
            |source: &mut SourceFile| source.sha256 = "11".to_owned(),
        ] {
            let before = entry.sources.clone();
            change(&mut entry.sources[0]);
            assert!(entry.open::<String>().is_none());
            entry.sources = before;
        }
    }

    #[test]
    fn a_truncated_or_changed_entry_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let entry = entry(folder.path());
        let whole = write(&entry);
        for length in 0..whole.len() {
            fs::write(&entry.path, &whole[..length]).unwrap();
            assert!(entry.open::<String>().is_none(), "truncated to {length}");
        }
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 4;
            fs::write(&entry.path, &changed).unwrap();
            assert!(entry.open::<String>().is_none(), "byte {place} changed");
        }
    }
}
