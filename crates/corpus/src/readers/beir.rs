//! A folder laid out as in the BEIR collection.
//!
//! `corpus.jsonl` holds the documents (`_id`, `title`, `text`), `queries.jsonl` the questions, `qrels.tsv` or
//! `qrels/test.tsv` the judgements. Each may be compressed. The documents are ordinary JSON lines.

use std::path::{Path, PathBuf};

use crate::error::ReadError;

const CORPUS: [&str; 3] = ["corpus.jsonl", "corpus.jsonl.gz", "corpus.jsonl.zst"];

/// The file of a BEIR folder that holds the documents.
pub(crate) fn corpus_file(folder: &Path) -> Result<PathBuf, ReadError> {
    file_in(folder, &CORPUS)
}

/// The first file that a folder has under one of these names.
pub(crate) fn file_in(folder: &Path, names: &[&str]) -> Result<PathBuf, ReadError> {
    names
        .iter()
        .map(|name| folder.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| ReadError::NotInFolder { path: folder.to_owned(), expected: names.join(" or ") })
}

/// The name in sources, `folder/corpus.jsonl`: the file's name alone would be the same for every BEIR folder.
pub(crate) fn name_of(folder: &Path, file: &Path) -> String {
    let file = crate::paths::name_of(file);
    match folder.file_name() {
        Some(folder) => format!("{}/{file}", folder.to_string_lossy()),
        None => file,
    }
}
