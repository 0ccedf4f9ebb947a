//! What reading inputs would give, without keeping any of it: [`inspect`].
//!
//! For each input: its format, how many records fill which field, where the fields come from, what else is kept, and the first
//! papers. For all of them: which records are one paper, and what a collection that they were added to would get.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use semsearch_task::Progress;

use crate::corpus::{ReadEvent, stream_corpus};
use crate::document::Document;
use crate::error::ReadError;
use crate::existing::ExistingDocuments;
use crate::family_names::FAMILY_NAMES;
use crate::format::Format;
use crate::options::ReadOptions;
use crate::origin::Origin;
use crate::paths::shown;
use crate::report::{Merge, Report};

/// The fields of a [`Document`] in the order in which they are told, without those that follow from others.
const FIELDS: [&str; 13] = [
    "title",
    "abstract",
    "authors",
    "authors_count",
    "organization",
    "date",
    "year",
    "venue",
    "doi",
    "arxiv",
    "url",
    "keywords",
    "comments",
];

/// What reading inputs would give.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Inspection {
    /// Each input.
    pub inputs: Vec<InspectedInput>,
    /// The account of reading all of them.
    pub report: Report,
    /// Papers that the collection has not.
    pub added: u64,
    /// Papers that the collection has with another content.
    pub changed: u64,
    /// Papers that the collection has with the same content.
    pub unchanged: u64,
    /// The numbers of the collection's documents that are among the papers.
    pub held: HashSet<u64>,
    /// The first papers that were merged from several records, at most as many as were asked for.
    pub merges: Vec<Merge>,
    /// Papers that were merged from several records.
    pub merged_papers: u64,
}

/// What one input holds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InspectedInput {
    /// The path as it was given; `standard input` for `-`.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// Its encoding, if it is not UTF-8.
    pub encoding: Option<String>,
    /// Well-formed records.
    pub records: u64,
    /// The fields that some records fill.
    pub fields: Vec<InspectedField>,
    /// The names of fields that are kept in `extra`, each with the number of records that have it.
    pub kept: Vec<(String, u64)>,
    /// The first records.
    pub first: Vec<Document>,
    /// Its parts that are not read, such as a picture in a folder, each with the reason.
    pub not_read: Vec<String>,
}

/// A field that some records of an input fill.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InspectedField {
    /// The field of a [`Document`].
    pub field: &'static str,
    /// The number of records.
    pub records: u64,
    /// What the input calls it. Empty if the format has no names, or the field follows from others.
    pub from: Vec<String>,
}

/// Reads inputs as [`stream_corpus`] does for a collection with these `existing` documents, and keeps nothing but the first
/// `shown` records of each input and the first `shown` merged papers.
///
/// # Errors
///
/// Those of [`stream_corpus`]. Documents are spooled in the folder for temporary files.
pub fn inspect(
    inputs: &[PathBuf],
    options: &ReadOptions,
    progress: &dyn Progress,
    existing: Option<&dyn ExistingDocuments>,
    most: usize,
) -> Result<Inspection, ReadError> {
    let mut seen: Vec<Seen> = Vec::new();
    let (mut merges, mut merged_papers) = (Vec::new(), 0);
    let (mut added, mut changed, mut unchanged, mut held) = (0, 0, 0, HashSet::new());
    let mut hear = |event: ReadEvent<'_>| match event {
        ReadEvent::Opened { path, format } => seen.push(Seen::new(shown(path), format)),
        ReadEvent::Named(origins) => {
            if let Some(input) = seen.last_mut() {
                input.name(origins);
            }
        }
        ReadEvent::NotRead { part, why, .. } => {
            if let Some(input) = seen.last_mut() {
                input.not_read.push(format!("{part}: {why}"));
            }
        }
        ReadEvent::Decoded { encoding, .. } => {
            if let Some(input) = seen.last_mut() {
                input.encoding = Some(encoding.to_owned());
            }
        }
        ReadEvent::Read(document) => {
            if let Some(input) = seen.last_mut() {
                input.see(document, most);
            }
        }
        ReadEvent::Merged(merge) => {
            merged_papers += 1;
            if merges.len() < most {
                merges.push(merge.clone());
            }
        }
        _ => {}
    };
    let scratch = std::env::temp_dir();
    let report = stream_corpus(inputs, options, progress, &mut hear, &scratch, existing, &mut |resolved| {
        held.extend(resolved.replaces);
        match (resolved.unchanged, resolved.replaces, existing) {
            (true, ..) => unchanged += 1,
            (false, Some(number), Some(existing)) if existing.document(number)?.says_the_same(resolved.document) => {
                unchanged += 1;
            }
            (false, Some(_), _) => changed += 1,
            (false, None, _) => added += 1,
        }
        Ok::<(), ReadError>(())
    })?;
    let inputs = seen.into_iter().map(Seen::into_input).collect();
    Ok(Inspection { inputs, report, added, changed, unchanged, held, merges, merged_papers })
}

/// What was seen of an input so far.
struct Seen {
    name: String,
    format: Format,
    origins: Vec<Origin>,
    records: u64,
    filled: [u64; FIELDS.len()],
    kept: BTreeMap<String, u64>,
    first: Vec<Document>,
    not_read: Vec<String>,
    encoding: Option<String>,
}

impl Seen {
    fn new(name: String, format: Format) -> Seen {
        Seen {
            name,
            format,
            origins: Vec::new(),
            records: 0,
            filled: [0; FIELDS.len()],
            kept: BTreeMap::new(),
            first: Vec::new(),
            not_read: Vec::new(),
            encoding: None,
        }
    }

    /// Takes in what a file calls its fields. The files of a folder may differ.
    fn name(&mut self, origins: &[Origin]) {
        for origin in origins {
            if !self.origins.contains(origin) {
                self.origins.push(origin.clone());
            }
        }
    }

    fn see(&mut self, document: &Document, most: usize) {
        self.records += 1;
        for (count, field) in self.filled.iter_mut().zip(FIELDS) {
            *count += u64::from(is_filled(document, field));
        }
        for name in document.extra.keys().filter(|name| *name != FAMILY_NAMES) {
            match self.kept.get_mut(name) {
                Some(count) => *count += 1,
                None => _ = self.kept.insert(name.clone(), 1),
            }
        }
        if self.first.len() < most {
            self.first.push(document.clone());
        }
    }

    fn into_input(self) -> InspectedInput {
        let from = |field: &str| {
            let names = self.origins.iter().filter(|origin| origin.field == field);
            names.map(|origin| origin.from.clone()).collect()
        };
        let filled = FIELDS.into_iter().zip(self.filled).filter(|(_, records)| *records > 0);
        let fields = filled.map(|(field, records)| InspectedField { field, records, from: from(field) }).collect();
        let mut kept: Vec<(String, u64)> = self.kept.into_iter().collect();
        kept.sort_by_key(|(_, records)| std::cmp::Reverse(*records));
        InspectedInput {
            name: self.name,
            format: self.format,
            encoding: self.encoding,
            records: self.records,
            fields,
            kept,
            first: self.first,
            not_read: self.not_read,
        }
    }
}

fn is_filled(document: &Document, field: &str) -> bool {
    match field {
        "title" => !document.title.is_empty(),
        "abstract" => !document.r#abstract.is_empty(),
        "authors" => !document.authors.is_empty(),
        "authors_count" => document.authors_count.is_some(),
        "organization" => document.organization.is_some(),
        "date" => document.date.is_some(),
        "year" => document.year.is_some(),
        "venue" => document.venue.is_some(),
        "doi" => document.doi.is_some(),
        "arxiv" => document.arxiv.is_some(),
        "url" => document.url.is_some(),
        "keywords" => !document.keywords.is_empty(),
        _ => document.comments.is_some(),
    }
}
