//! A folder as all that is in it, and in the folders below it.
//!
//! | files                                                                    | become                               |
//! |--------------------------------------------------------------------------|--------------------------------------|
//! | `corpus.jsonl`, compressed or not                                        | the corpus of a BEIR folder, and no other file is read |
//! | files of a known format, told from their content                         | their papers                         |
//! | Markdown and text files (`.md`, `.markdown`, `.txt`) of no known format  | a paper each                         |
//! | the same beside files of papers, if they are about these: `README.md`, `LICENSE` | nothing                      |
//! | everything else                                                          | nothing, and they are named          |
//!
//! Files are read in the order of their paths. Files and folders whose names begin with a full stop or an underscore are
//! passed over: programs keep what is about the other files there (`_metadata`, `_SUCCESS`). So are links to folders, which
//! may lead in circles.
//!
//! Cost: the paths, and what the format of the current file costs.

use std::fs;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use super::parts::{Content as Holds, Part, Parts};
use super::stream::{Documents, OpenFile};
use crate::detect::{Content, detect};
use crate::error::ReadError;
use crate::format::Format;
use crate::input::Input;
use crate::notes::{Note, Notes};
use crate::options::ReadOptions;
use crate::paths::name_of;
use crate::readers::{beir, jsonl, text_folder};

/// What the names of files begin with that are about the files beside them.
const ABOUT: [&str; 12] = [
    "readme",
    "license",
    "licence",
    "copying",
    "notice",
    "changelog",
    "contributing",
    "citation",
    "authors",
    "dataset_card",
    "requirements",
    "code_of_conduct",
];

/// The most folders within folders.
const DEEPEST: usize = 64;

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Papers(Format),
    Text,
    /// Something else, in words that fit behind "found".
    Other(String),
}

/// The records of the files of a folder, each opened by `open_file`.
pub(super) fn open(folder: &Path, options: &ReadOptions, open_file: OpenFile) -> Result<Documents, ReadError> {
    let notes = Notes::default();
    if let Ok(file) = beir::corpus_file(folder) {
        let records = jsonl::open(Input::open(&file)?, beir::name_of(folder, &file));
        return Ok(Documents::new(file, Format::Beir, records, notes, options));
    }
    let mut files = Vec::new();
    collect(folder, 0, &mut files)?;
    let files: Vec<(PathBuf, Kind)> =
        files.into_iter().map(|file| (kind_of(&file), file)).map(|(kind, file)| (file, kind)).collect();
    let mut formats =
        files.iter().filter_map(|(_, kind)| if let Kind::Papers(format) = kind { Some(*format) } else { None });
    let Some(format) = formats.next() else {
        for (file, kind) in &files {
            if let Kind::Other(found) = kind {
                notes.add(Note::NotRead { path: folder.to_owned(), part: relative(folder, file), why: found.clone() });
            }
        }
        return Ok(Documents::new(folder.to_owned(), Format::TextFolder, text_folder::open(folder)?, notes, options));
    };
    let is_one_format = formats.all(|other| other == format);
    let has_notes = files.iter().any(|(file, kind)| *kind == Kind::Text && !is_about_others(file));
    let format = if is_one_format && !has_notes { format } else { Format::Folder };
    let nothing = ReadError::NothingInFolder { path: folder.to_owned() };
    let (root, of_parts) = (folder.to_owned(), options.clone());
    let parts = files.into_iter().map(move |(file, kind)| part(&root, &file, kind, &of_parts, open_file));
    let parts = Parts::new(folder.to_owned(), notes.clone(), parts, nothing);
    Ok(Documents::new(folder.to_owned(), format, Box::new(parts), notes, options))
}

fn part(folder: &Path, file: &Path, kind: Kind, options: &ReadOptions, open_file: OpenFile) -> Part {
    let name = relative(folder, file);
    let content = match kind {
        Kind::Papers(_) => Input::open(file)
            .and_then(|input| open_file(input, format!("{}/{name}", name_of(folder)), options))
            .map(Holds::Papers),
        Kind::Text if is_about_others(file) => Ok(Holds::Other("a text about the other files".to_owned())),
        Kind::Text => text_folder::read_file(folder, file).map(|record| Holds::Paper(Box::new(record))),
        Kind::Other(found) => Ok(Holds::Other(found)),
    };
    let fields = fields_of(&name);
    Part { name, content, fields }
}

/// The fields that folders tell: `year=2020/venue=Journal%20of%20Seas/part.parquet`, as Hive and its followers write tables.
fn fields_of(name: &str) -> Vec<(String, String)> {
    let folders = name.rsplit_once('/').map_or("", |(folders, _)| folders).split('/');
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let fields = folders.filter_map(|folder| folder.split_once('='));
    let told =
        fields.filter(|(name, value)| !name.is_empty() && !value.is_empty() && *value != "__HIVE_DEFAULT_PARTITION__");
    told.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// The files in a folder and below it, by path.
fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), ReadError> {
    let failure = |source| ReadError::opening(folder, source);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failure)? {
        let path = entry.map_err(failure)?.path();
        if !path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b".") || name.as_encoded_bytes().starts_with(b"_"))
        {
            paths.push(path);
        }
    }
    paths.sort();
    for path in paths {
        if path.is_file() {
            files.push(path);
        } else if path.is_dir() && !path.is_symlink() && depth < DEEPEST {
            collect(&path, depth + 1, files)?;
        }
    }
    Ok(())
}

fn kind_of(file: &Path) -> Kind {
    let input = match Input::open(file) {
        Ok(input) => input,
        Err(error) => return Kind::Other(error.to_string()),
    };
    match detect(input.head()) {
        Content::Known(format) => Kind::Papers(format),
        _ if text_folder::is_text(file) => Kind::Text,
        Content::Nothing => Kind::Other("an empty file".to_owned()),
        Content::Binary(found) => Kind::Other(found.to_owned()),
        Content::OtherText(found) => Kind::Other(found),
    }
}

/// Whether a file is about the files beside it, by its name.
fn is_about_others(file: &Path) -> bool {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    ABOUT.iter().any(|about| stem.strip_prefix(about).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
}

fn relative(folder: &Path, file: &Path) -> String {
    let parts = file.strip_prefix(folder).unwrap_or(file).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> (Format, Vec<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let mut documents = open(folder.path(), &ReadOptions::new(), Documents::of_input).unwrap();
        let titles = documents.by_ref().map(|document| document.unwrap().title).collect();
        let not_read = documents.take_notes().into_iter().filter_map(|note| match note {
            Note::NotRead { part, .. } => Some(part),
            Note::Decoded { path, .. } => Some(path.display().to_string()),
            Note::Named(_) => None,
        });
        (documents.format(), titles, not_read.collect())
    }

    const CSV: &str = "title,abstract\nOn Tides,The sea moves.\n";
    const LINES: &str = "{\"title\": \"Winds\", \"abstract\": \"Air moves.\"}\n";

    #[test]
    fn all_files_are_read_by_their_content_and_the_others_are_named() {
        let files = [
            ("b/papers.data", CSV),
            ("a/lines.jsonl", LINES),
            ("README.md", "# A list of papers\n"),
            ("picture.png", "\u{89}PNG\0"),
            ("settings.json", "{\n \"a\": 1\n}\n"),
            ("_SUCCESS", ""),
            (".hidden/x.csv", CSV),
            ("notes/rivers.md", "# Rivers\n\nThey flow.\n"),
        ];
        let (format, titles, not_read) = read(&files);
        assert_eq!(format, Format::Folder);
        assert_eq!(titles, ["Winds", "On Tides", "Rivers"]);
        assert_eq!(not_read, ["README.md", "picture.png", "settings.json"]);
    }

    #[test]
    fn a_folder_of_one_format_has_that_format() {
        assert_eq!(read(&[("x=1/part.0.csv", CSV), ("README.md", "# Parts\n")]).0, Format::Delimited);
        assert_eq!(read(&[("README.md", "# Notes\n"), ("a.txt", "On Tides\n")]).0, Format::TextFolder);
    }

    #[test]
    fn folders_tell_fields() {
        assert_eq!(
            fields_of("year=2020/venue=Deep%20Seas/part.0.parquet"),
            [("year".to_owned(), "2020".to_owned()), ("venue".to_owned(), "Deep Seas".to_owned())]
        );
        assert!(fields_of("a/b=.csv").is_empty() && fields_of("y=1.csv").is_empty());
    }

    #[test]
    fn names_of_files_about_others_are_known() {
        for name in ["README.md", "readme_en.md", "LICENSE", "LICENSE-MIT.txt"] {
            assert!(is_about_others(Path::new(name)), "{name}");
        }
        assert!(!is_about_others(Path::new("licensed_seas.md")));
    }
}
