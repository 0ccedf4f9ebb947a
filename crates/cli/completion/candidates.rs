//! What can follow, from the models of this machine and from the index that the line names.
//!
//! A shell waits for these: nothing is loaded that is not needed, and ids of a large index are looked for only as long as
//! nobody notices. What goes wrong gives no candidates; the command itself says why.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use semsearch_embed::ModelStore;
use semsearch_store::{Collection, FacetField, Facets, Filter, SavedSearches, TextField};

use crate::args::IndexArg;
use crate::setup;

/// More would fill the screen.
const MOST: usize = 200;
/// A person notices a longer wait.
const PATIENCE: Duration = Duration::from_millis(150);

/// Fields that `--where` takes.
const FIELDS: [&str; 14] = [
    "abstract", "author", "authors", "category", "comments", "date", "doi", "has", "id", "org", "source", "title",
    "venue", "year",
];

/// Names of models, and folders.
pub(super) fn models(typed: &OsStr) -> Vec<CompletionCandidate> {
    let listed = ModelStore::from_env(true).list().unwrap_or_default();
    let names = listed.into_iter().map(|listing| listing.manifest.name);
    let mut found = beginning(typed, names);
    if found.is_empty() || typed.to_string_lossy().contains(['/', '.']) {
        found.extend(PathCompleter::dir().complete(typed));
    }
    found
}

/// Folders; those that hold an index first, and with a note.
pub(super) fn indexes(typed: &OsStr) -> Vec<CompletionCandidate> {
    let is_index = |candidate: &CompletionCandidate| PathBuf::from(candidate.get_value()).join("CURRENT").is_file();
    let (indexes, others): (Vec<_>, Vec<_>) = PathCompleter::dir().complete(typed).into_iter().partition(is_index);
    let noted = indexes.into_iter().map(|candidate| candidate.help(Some("an index".into())).display_order(Some(0)));
    noted.chain(others.into_iter().map(|candidate| candidate.display_order(Some(1)))).collect()
}

/// Ids of papers of the index, with their titles.
pub(super) fn ids(typed: &OsStr) -> Vec<CompletionCandidate> {
    let (Some(collection), Some(typed)) = (collection(), typed.to_str()) else { return Vec::new() };
    let started = Instant::now();
    let mut found = Vec::new();
    for id in collection.doc_ids() {
        if found.len() >= MOST || started.elapsed() > PATIENCE {
            break;
        }
        let Ok(document) = collection.document(id) else { continue };
        if document.id.starts_with(typed) {
            found.push(CompletionCandidate::new(document.id).help(Some(document.title.into())));
        }
    }
    found
}

/// Names of saved searches.
pub(super) fn searches(typed: &OsStr) -> Vec<CompletionCandidate> {
    let saved = folder().and_then(|folder| SavedSearches::read(&folder).ok().flatten());
    let names: Vec<String> =
        saved.iter().flat_map(|saved| saved.searches()).map(|search| search.name.clone()).collect();
    beginning(typed, names)
}

/// Categories and keywords of the index, most frequent first.
pub(super) fn categories(typed: &OsStr) -> Vec<CompletionCandidate> {
    values(typed, FacetField::Text(TextField::Category))
}

/// Venues of the index.
pub(super) fn venues(typed: &OsStr) -> Vec<CompletionCandidate> {
    values(typed, FacetField::Text(TextField::Venue))
}

/// Authors of the index.
pub(super) fn authors(typed: &OsStr) -> Vec<CompletionCandidate> {
    values(typed, FacetField::Text(TextField::Author))
}

/// Organizations of the index.
pub(super) fn organizations(typed: &OsStr) -> Vec<CompletionCandidate> {
    values(typed, FacetField::Text(TextField::Org))
}

/// Sources of the index, and the files of those that are folders.
pub(super) fn sources(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(collection) = collection() else { return Vec::new() };
    let (Ok(mut sources), Ok(files)) = (collection.sources(), collection.source_files()) else { return Vec::new() };
    sources.extend(files.into_iter().filter(|(file, _)| file.contains('/')));
    counted(typed, sources)
}

/// Years of the index.
pub(super) fn years(typed: &OsStr) -> Vec<CompletionCandidate> {
    values(typed, FacetField::Year)
}

/// Names of fields, after what is there of an expression.
pub(super) fn fields(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let start = typed.rfind([' ', '(']).map_or(0, |at| at + 1);
    let (before, word) = typed.split_at(start);
    let known = FIELDS.iter().filter(|field| field.starts_with(word));
    known.map(|field| CompletionCandidate::new(format!("{before}{field}"))).collect()
}

/// Values of a field of the index, most frequent first, with the number of their papers.
fn values(typed: &OsStr, by: FacetField) -> Vec<CompletionCandidate> {
    let Some(collection) = collection() else { return Vec::new() };
    let mut facets = Facets::new(by);
    let outcome = collection.passing(&Filter::all(Vec::new())).and_then(|rows| collection.count(&rows, &mut facets));
    if outcome.is_err() {
        return Vec::new();
    }
    counted(typed, facets.counts())
}

/// The first values that begin with what was typed, with the number of their papers.
fn counted(typed: &OsStr, values: Vec<(String, u64)>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy().to_lowercase();
    let begins = |value: &str| value.to_lowercase().starts_with(&typed);
    let counts = values.into_iter().filter(|(value, _)| begins(value)).take(MOST);
    counts
        .enumerate()
        .map(|(place, (value, papers))| {
            let note = format!("{papers} papers");
            CompletionCandidate::new(value).help(Some(note.into())).display_order(Some(place))
        })
        .collect()
}

fn beginning(typed: &OsStr, names: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    names.into_iter().filter(|name| name.starts_with(typed.as_ref())).map(CompletionCandidate::new).collect()
}

fn collection() -> Option<Collection> {
    Collection::open(&folder()?).ok()
}

/// The index that the line names, or the usual one.
fn folder() -> Option<PathBuf> {
    let words: Vec<OsString> = std::env::args_os().skip_while(|word| word != "--").skip(1).collect();
    let named = words.iter().enumerate().find_map(|(at, word)| {
        let word = word.to_str()?;
        match word.strip_prefix("--index=") {
            Some(folder) => Some(PathBuf::from(folder)),
            None if word == "--index" => words.get(at + 1).map(PathBuf::from),
            None => None,
        }
    });
    let named = named.filter(|folder| !folder.as_os_str().is_empty()).or_else(setup::index_of_environment);
    setup::index_path(&IndexArg { index: named }).ok()
}
