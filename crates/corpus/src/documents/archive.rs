//! A ZIP archive as all files in it, read one after the other.
//!
//! Nothing is unpacked under the name that the archive gives it: each file is copied to a file without a name, of at most
//! [`LARGEST`] bytes, and read from there. An archive within the archive is not opened.
//!
//! Cost: the list of the archive, the current file on disk, and what its format costs.

use std::fs::File;
use std::io::{BufReader, Read, Seek, Write};
use std::path::PathBuf;

use zip::ZipArchive;

use super::parts::{Content, Part, Parts};
use super::stream::OpenFile;
use crate::detect;
use crate::error::{Mismatch, ReadError};
use crate::format::Format;
use crate::input::Input;
use crate::options::ReadOptions;
use crate::record::Records;

/// The largest file of an archive that is read, in bytes.
const LARGEST: u64 = 16 << 30;

/// The most files of an archive.
const MOST_FILES: usize = 100_000;

/// The records of the files of an archive, each opened by `open_file`.
pub(super) fn open(input: Input, name: &str, options: &ReadOptions, open_file: OpenFile) -> Result<Records, ReadError> {
    let (path, notes) = (input.path().to_owned(), input.notes());
    let damaged =
        |error: zip::result::ZipError| Mismatch::new("a whole ZIP archive", error.to_string()).up_to_the_end(&path, 1);
    let archive = ZipArchive::new(BufReader::new(input.into_file()?)).map_err(damaged)?;
    if archive.len() > MOST_FILES {
        let found = format!("{} of them", archive.len());
        return Err(Mismatch::new(format!("an archive of at most {MOST_FILES} files"), found).up_to_the_end(&path, 1));
    }
    let mut names: Vec<(String, usize)> = (0..archive.len())
        .filter_map(|at| Some((archive.name_for_index(at)?.ok()?.into_owned(), at)))
        .filter(|(name, _)| is_of_user(name))
        .collect();
    names.sort();
    let nothing = ReadError::UnknownFormat {
        path: path.clone(),
        found: "a ZIP archive without a file of these formats".to_owned(),
    };
    let mut files = Files { archive, path: path.clone(), name: name.to_owned(), options: options.clone(), open_file };
    let parts = names.into_iter().map(move |(name, at)| files.part(name, at));
    Ok(Box::new(Parts::new(path, notes, parts, nothing)))
}

/// Whether a file was put into the archive by its user: not a folder, not hidden, not what a program keeps beside it.
fn is_of_user(name: &str) -> bool {
    !name.ends_with('/')
        && !name.split(['/', '\\']).any(|part| part.starts_with('_') || (part.starts_with('.') && part != ".."))
}

struct Files {
    archive: ZipArchive<BufReader<File>>,
    path: PathBuf,
    /// What sources call the archive.
    name: String,
    options: ReadOptions,
    open_file: OpenFile,
}

impl Files {
    fn part(&mut self, name: String, at: usize) -> Part {
        let content = self.open(&name, at);
        Part { name, content, fields: Vec::new() }
    }

    fn open(&mut self, name: &str, at: usize) -> Result<Content, ReadError> {
        let file = match self.unpacked(at)? {
            Ok(file) => file,
            Err(why) => return Ok(Content::Other(why)),
        };
        let input = Input::of_file(&self.path.join(name), file)?;
        if matches!(detect::detect(input.head()), detect::Content::Known(Format::Zip)) {
            return Ok(Content::Other("an archive within the archive; unpack it first".to_owned()));
        }
        let source = match self.archive.len() {
            1 => name.rsplit('/').next().unwrap_or(name).to_owned(),
            _ => format!("{}/{name}", self.name),
        };
        (self.open_file)(input, source, &self.options).map(Content::Papers)
    }

    /// A file of the archive in a file without a name, or why there is none.
    fn unpacked(&mut self, at: usize) -> Result<Result<File, String>, ReadError> {
        let scratch = |source| ReadError::Scratch { folder: std::env::temp_dir(), source };
        let mut packed = match self.archive.by_index(at) {
            Ok(packed) => packed,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let mut file = tempfile::tempfile().map_err(scratch)?;
        let (mut buffer, mut total) = (vec![0; 64 << 10], 0);
        loop {
            match packed.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    total += length as u64;
                    if total > LARGEST {
                        return Ok(Err(format!("a file of more than {} GiB", LARGEST >> 30)));
                    }
                    file.write_all(&buffer[..length]).map_err(scratch)?;
                }
                Err(error) => return Ok(Err(format!("damaged data: {error}"))),
            }
        }
        file.rewind().map_err(scratch)?;
        Ok(Ok(file))
    }
}

#[cfg(test)]
mod tests {
    use zip::write::SimpleFileOptions;

    use super::super::stream::Documents;
    use super::*;
    use crate::notes::Note;

    fn archive(files: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut writer = zip::ZipWriter::new(file.reopen().unwrap());
        for (name, content) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap();
        file
    }

    #[test]
    fn every_file_of_an_archive_is_read() {
        let csv = b"title,abstract\nOn Tides,The sea moves.\n";
        let lines = b"{\"title\": \"Winds\", \"abstract\": \"Air moves.\"}\n";
        let file =
            archive(&[("b/../../x.csv", csv), ("a.jsonl", lines), ("__MACOSX/._a", b"x"), ("z.png", b"\x89PNG\0")]);
        let mut documents = Documents::open(file.path(), &ReadOptions::new()).unwrap();
        assert_eq!(documents.format(), Format::Zip);
        let titles: Vec<String> = documents.by_ref().map(|document| document.unwrap().title).collect();
        assert_eq!(titles, ["Winds", "On Tides"]);
        let told = documents.take_notes().into_iter().filter(|note| !matches!(note, Note::Named(_)));
        let notes: Vec<Note> = told.collect();
        assert!(matches!(&notes[..], [Note::NotRead { part, .. }] if part == "z.png"), "{notes:?}");
    }

    #[test]
    fn an_archive_without_papers_says_so() {
        let file = archive(&[("a.png", b"\x89PNG\0")]);
        let error = Documents::open(file.path(), &ReadOptions::new()).unwrap().next().unwrap().unwrap_err();
        assert!(error.to_string().contains("a ZIP archive without a file"), "{error}");
        let inner = archive(&[("x.csv", b"title,abstract\na,b\n")]);
        let outer = archive(&[("x.zip", &std::fs::read(inner.path()).unwrap())]);
        assert!(Documents::open(outer.path(), &ReadOptions::new()).unwrap().next().unwrap().is_err());
    }
}
