//! What a source is called, and whether an input is a source that the collection knows.
//!
//! A source is an input as a collection remembers it: the file or folder that papers came from. Its name is that of the
//! file, unless the caller gives another one. Exports are often renamed, though: `library.bib` is `library (1).bib` a week
//! later. So an input under a name that the collection does not know is compared with what the collection holds. If it is
//! mostly the papers of one source, it is that source, under a new name. Then its papers keep their places, and are neither
//! changed nor come from two sources.
//!
//! A wrong guess would only hide one of two files with the same papers. Yet it is made with care:
//!
//! - at least [`FEWEST`] papers are in both, which is four fifths of the papers of either;
//! - both names have the same ending, or one has none, because a caller gave it;
//! - the source is not itself among the inputs.
//!
//! Only files are compared, not folders and standard input. Cost: such a file is read twice, unless its first
//! [`PROBED`] records are mostly unknown.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::document::Document;
use crate::documents::Documents;
use crate::duplicates::same_paper;
use crate::error::ReadError;
use crate::existing::ExistingDocuments;
use crate::identity::Identity;
use crate::identity_table::MOST_PER_IDENTITY;
use crate::options::ReadOptions;
use crate::paths::{is_stdin, name_of};

/// The fewest papers that a file and a source must have in common.
const FEWEST: u64 = 3;
/// The records after which a file is known to hold something else.
const PROBED: u64 = 200;
/// The endings that say nothing about a format, because another ending stands before them.
const PACKED: [&str; 5] = ["gz", "zst", "bz2", "xz", "zip"];

/// What an input is called in the places of its documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceName {
    /// The name that readers give: that of the file or folder.
    own: String,
    /// The name that counts.
    pub(crate) name: String,
    /// The source of the collection that it is, by its papers.
    pub(crate) known: Option<KnownSource>,
}

/// A source of a collection that an input was recognised as.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownSource {
    /// Its name in the collection.
    pub name: String,
    /// The name that the caller gave to the input, which the source is to have from now on.
    pub wanted: Option<String>,
    /// The papers that are in both.
    pub shared: u64,
    /// The papers of the input.
    pub papers: u64,
}

impl SourceName {
    /// What the input `path` is called, where `inputs` are read together.
    pub(crate) fn of(
        path: &Path,
        inputs: &[PathBuf],
        options: &ReadOptions,
        existing: Option<&dyn ExistingDocuments>,
    ) -> Result<SourceName, ReadError> {
        let own = name_of(path);
        let wanted = options.source.clone();
        let name = wanted.clone().unwrap_or_else(|| own.clone());
        let known = match existing {
            Some(existing) if existing.papers_of(&name)? == Some(0) => recognise(path, inputs, options, existing)?,
            _ => None,
        };
        let known = known.map(|known| KnownSource { wanted, ..known });
        let name = known.as_ref().map_or(name, |known| known.name.clone());
        Ok(SourceName { own, name, known })
    }

    /// Puts the name into the places of a document. What lies within an input keeps its path: `notes/tides.md`.
    pub(crate) fn put_into(&self, document: &mut Document) {
        if self.own == self.name {
            return;
        }
        for place in &mut document.source {
            let within = place.file.strip_prefix(&self.own).filter(|rest| rest.starts_with('/'));
            place.file = format!("{}{}", self.name, within.unwrap_or_default());
        }
    }
}

/// The source of the collection that a file is, by its papers.
fn recognise(
    path: &Path,
    inputs: &[PathBuf],
    options: &ReadOptions,
    existing: &dyn ExistingDocuments,
) -> Result<Option<KnownSource>, ReadError> {
    if is_stdin(path) || !path.is_file() {
        return Ok(None);
    }
    // What is wrong with the file is said when it is read.
    let Ok(mut documents) = Documents::open(path, options) else { return Ok(None) };
    // Inputs that have a name are not called like their files.
    let others: Vec<String> = match options.source {
        Some(_) => Vec::new(),
        None => inputs.iter().map(|input| name_of(input)).collect(),
    };
    let may_be = |file: &str| {
        let is_file = !is_stdin(Path::new(file)) && !file.contains('/');
        is_file && !others.iter().any(|other| other == file) && endings_agree(file, &name_of(path))
    };
    let (mut papers, mut shared) = (0, HashMap::<String, u64>::new());
    while let Some(record) = documents.next_record() {
        let Ok(record) = record else { continue };
        papers += 1;
        if let Some(held) = held(existing, &record.document)? {
            let mut files: Vec<&String> = held.source.iter().map(|place| &place.file).collect();
            files.sort_unstable();
            files.dedup();
            for file in files.into_iter().filter(|file| may_be(file)) {
                *shared.entry(file.clone()).or_default() += 1;
            }
        }
        if papers == PROBED && shared.values().all(|&count| count < PROBED / 2) {
            return Ok(None);
        }
    }
    // Of several with as many papers, the first by name.
    let best = shared.into_iter().max_by(|one, other| one.1.cmp(&other.1).then_with(|| other.0.cmp(&one.0)));
    let Some((name, shared)) = best.filter(|(_, shared)| *shared >= FEWEST && is_most(*shared, papers)) else {
        return Ok(None);
    };
    let is_it = existing.papers_of(&name)?.is_some_and(|held| is_most(shared, held));
    Ok(is_it.then_some(KnownSource { name, wanted: None, shared, papers }))
}

fn is_most(part: u64, of: u64) -> bool {
    part * 5 >= of * 4
}

/// The document of the collection that a record is.
fn held(existing: &dyn ExistingDocuments, record: &Document) -> Result<Option<Document>, ReadError> {
    let text = Identity::of_text(&record.title, &record.r#abstract);
    let identities = [Some(Identity::of_id(&record.id)), text, Identity::of_title(&record.title)];
    for identity in identities.into_iter().flatten() {
        for number in existing.find(identity)?.into_iter().take(MOST_PER_IDENTITY) {
            let document = existing.document(number)?;
            if same_paper(&document, record) {
                return Ok(Some(document));
            }
        }
    }
    Ok(None)
}

/// Whether two names have the same ending, or one has none.
fn endings_agree(one: &str, other: &str) -> bool {
    let endings = [one, other].map(ending);
    endings.iter().any(Option::is_none) || endings[0] == endings[1]
}

/// The ending of a file's name that tells its format.
fn ending(name: &str) -> Option<String> {
    let (rest, last) = name.rsplit_once('.')?;
    let last = last.to_lowercase();
    match PACKED.contains(&last.as_str()) {
        true => ending(rest).or(Some(last)),
        false => Some(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;

    #[test]
    fn endings_are_those_of_the_format() {
        assert!(endings_agree("library.bib", "library (1).bib") && endings_agree("a.jsonl.gz", "b.jsonl"));
        assert!(endings_agree("zotero", "library.bib") && !endings_agree("library.bib", "library.ris"));
    }

    #[test]
    fn a_name_replaces_that_of_the_input_and_leaves_what_is_within() {
        let named = |file: &str| {
            let name = SourceName { own: "notes".to_owned(), name: "mine".to_owned(), known: None };
            let place = Source { file: file.to_owned(), line: 1, rank: None, key: None };
            let mut document = Document::new("a", "On Tides", "").with_source(vec![place]);
            name.put_into(&mut document);
            document.source[0].file.clone()
        };
        assert_eq!((named("notes/a/b.md").as_str(), named("notes").as_str()), ("mine/a/b.md", "mine"));
        // An archive calls its one file by the name that the file has in it.
        assert_eq!(named("papers.csv"), "mine");
    }
}
