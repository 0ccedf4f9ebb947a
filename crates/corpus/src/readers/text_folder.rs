//! A folder of Markdown or text files, one paper or note each.
//!
//! Files that end in `.md`, `.markdown` or `.txt` are read, in the folder and in the folders below it, sorted by path.
//! Names that begin with a dot are passed over, and so are links to folders, which may lead in circles.
//!
//! | field    | from                                                                                        |
//! |----------|---------------------------------------------------------------------------------------------|
//! | id       | the path within the folder, without the ending; another folder may have the same            |
//! | title    | `title` in the front matter ([`front_matter`]), or else the first line, without `#`         |
//! | abstract | the rest of the text, behind an `abstract` or `summary` of the front matter                 |
//! | others   | the front matter, under the names of JSON lines ([`jsonl`](super::jsonl))                   |
//!
//! A first line of more than [`LONGEST_TITLE`] characters is text, and the title stays empty. Markup is left as it is. An
//! `id` in the front matter is kept in `extra`.
//!
//! Cost: one file, of [`LONGEST_RECORD`] at most, and the names in each folder on the way to it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::jsonl::record;
use super::{daily_papers, front_matter};
use crate::document::Source;
use crate::error::{Mismatch, ReadError};
use crate::input::Input;
use crate::lines::{LONGEST_RECORD, too_long, utf8};
use crate::paths::name_of;
use crate::record::{IdOrigin, Record, Records};

const ENDINGS: [&str; 3] = ["md", "markdown", "txt"];

/// The most characters that a first line may have to be a title.
const LONGEST_TITLE: usize = 300;

pub(crate) fn open(folder: &Path) -> Result<Records, ReadError> {
    let mut files = Files { open: vec![entries(folder)?.into_iter()] };
    let Some(first) = files.next().transpose()? else {
        return Err(ReadError::NothingInFolder { path: folder.to_owned() });
    };
    let folder = folder.to_owned();
    Ok(Box::new(std::iter::once(Ok(first)).chain(files).map(move |file| read_file(&folder, &file?))))
}

/// The text files of a folder and those below it, by path.
struct Files {
    /// The entries left to visit in each open folder, the outermost first.
    open: Vec<std::vec::IntoIter<PathBuf>>,
}

impl Iterator for Files {
    type Item = Result<PathBuf, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(path) = self.open.last_mut()?.next() else {
                self.open.pop();
                continue;
            };
            if path.is_dir() {
                // `is_dir` follows links.
                if !path.is_symlink() {
                    match entries(&path) {
                        Ok(below) => self.open.push(below.into_iter()),
                        Err(error) => {
                            self.open.clear();
                            return Some(Err(error));
                        }
                    }
                }
            } else if is_text(&path) && path.is_file() {
                return Some(Ok(path));
            }
        }
    }
}

pub(crate) fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|found| ENDINGS.iter().any(|ending| found.eq_ignore_ascii_case(ending)))
}

/// The entries of a folder, sorted, without hidden ones.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let failure = |source| ReadError::opening(folder, source);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failure)? {
        let path = entry.map_err(failure)?.path();
        if !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The paper that a text is; `folder` is the folder that it was found in or below.
pub(crate) fn read_file(folder: &Path, file: &Path) -> Result<Record, ReadError> {
    let relative = file.strip_prefix(folder).unwrap_or(file);
    let input = Input::open(file)?;
    if daily_papers::has_banner(&String::from_utf8_lossy(input.head())) {
        let found = "a captured Daily Papers page; name the file instead of the folder";
        return Err(Mismatch::new("the text of one paper", found).at(file, 1));
    }
    let mut lines = input.into_lines();
    let (mut text, mut length) = (Vec::new(), 0);
    while let Some(line) = lines.next() {
        let (number, line) = line?;
        length += line.len() + 1;
        if length > LONGEST_RECORD {
            return Err(too_long(LONGEST_RECORD).at(file, number));
        }
        text.push(utf8(line).map_err(|mismatch| mismatch.at(file, number))?.to_owned());
    }
    let id = slashed(&relative.with_extension(""));
    let mut record = paper(id, &text).map_err(|mismatch| mismatch.at(file, 1))?;
    let name = format!("{}/{}", name_of(folder), slashed(relative));
    // Another folder may have a note of the same path.
    record.id_origin = IdOrigin::Local;
    record.document.source = vec![Source { file: name, line: 1, rank: None, key: None }];
    Ok(record)
}

fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    parts.join("/")
}

fn paper(id: String, lines: &[String]) -> Result<Record, Mismatch> {
    let (mut fields, taken) = front_matter::read(lines).unwrap_or((Map::new(), 0));
    let (title, rest) = split_title(&lines[taken..]);
    let given = fields.get("title").and_then(Value::as_str).map(str::to_owned);
    // A heading that repeats the title is not part of the text.
    let body = if given.as_deref().is_none_or(|given| Some(given.trim()) == title) { rest } else { &lines[taken..] };
    let ahead = ["abstract", "summary", "text"].iter().find_map(|&name| fields.remove(name));
    let ahead = ahead.as_ref().and_then(Value::as_str).unwrap_or_default();
    let text = format!("{ahead}\n{}", body.join("\n")).trim().to_owned();
    if given.is_none() {
        let title = title.unwrap_or_default();
        if title.is_empty() && text.is_empty() {
            return Err(Mismatch::new("a title or text", "an empty file"));
        }
        fields.insert("title".to_owned(), title.into());
    }
    fields.insert("abstract".to_owned(), text.into());
    let own_id = fields.insert("id".to_owned(), id.into());
    let mut record = record(fields);
    if let Some(own_id) = own_id {
        record.document.extra.insert("id".to_owned(), own_id);
    }
    Ok(record)
}

/// The first line that is not blank as a title, and the lines after it; `None` and all lines if it is too long for a title.
fn split_title(lines: &[String]) -> (Option<&str>, &[String]) {
    let Some(first) = lines.iter().position(|line| !line.trim().is_empty()) else {
        return (None, &[]);
    };
    let line = lines[first].trim();
    let heading = line.trim_start_matches('#');
    let title = match heading.len() < line.len() && heading.starts_with([' ', '\t']) {
        true => heading.trim_end_matches('#').trim(),
        false => line,
    };
    if title.chars().count() > LONGEST_TITLE {
        return (None, lines);
    }
    let underlined = lines.get(first + 1).map(|below| below.trim());
    let is_line =
        |below: &str| below.len() > 2 && (below.bytes().all(|b| b == b'=') || below.bytes().all(|b| b == b'-'));
    let behind = if underlined.is_some_and(is_line) { first + 2 } else { first + 1 };
    (Some(title), &lines[behind..])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::Document;

    fn read(text: &str) -> Result<Document, Mismatch> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        paper("notes/a".to_owned(), &lines).map(|record| record.document)
    }

    fn parts(text: &str) -> (String, String) {
        let document = read(text).unwrap();
        (document.title, document.r#abstract)
    }

    fn pair(title: &str, summary: &str) -> (String, String) {
        (title.to_owned(), summary.to_owned())
    }

    #[test]
    fn the_first_line_is_the_title_and_the_rest_is_text() {
        assert_eq!(parts("\n# On Tides #\n\nThe sea\nmoves.\n"), pair("On Tides", "The sea moves."));
        assert_eq!(parts("On Tides\n========\nThe sea moves."), pair("On Tides", "The sea moves."));
        assert_eq!(parts("#tides are hashed"), pair("#tides are hashed", ""));
        let long = "word ".repeat(100);
        assert_eq!(parts(&long), pair("", long.trim()));
    }

    #[test]
    fn fields_at_the_head_come_first() {
        let text = "---\ntitle: On Tides\nid: 7\nyear: 1898\ntags: [sea]\nabstract: Short.\nstatus: read\n---\n# On Tides\nThe sea.";
        let document = read(text).unwrap();
        assert_eq!((document.id.as_str(), document.title.as_str()), ("notes/a", "On Tides"));
        assert_eq!((document.r#abstract.as_str(), document.year), ("Short. The sea.", Some(1898)));
        assert_eq!(document.keywords, ["sea"]);
        assert_eq!(Value::Object(document.extra), json!({"id": "7", "status": "read"}));
        assert_eq!(parts("---\ntitle: A\n---\n# B\nText."), pair("A", "# B Text."));
    }

    #[test]
    fn a_file_without_words_is_malformed_and_a_field_that_is_not_understood_is_kept() {
        assert_eq!(read(" \n\n").unwrap_err().found, "an empty file");
        assert_eq!(read("---\nyear: MMX\n---\nT").unwrap().extra["year"], "MMX");
    }
}
