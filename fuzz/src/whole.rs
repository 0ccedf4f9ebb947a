//! A small collection as a whole: made once, put into a folder as often as it takes, asked, and looked at.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::OnceLock;

use semsearch_corpus::{Corpus, Document};
use semsearch_embed::Encoder;
use semsearch_engine::repair::{RepairError, Repaired, repair, would_repair};
use semsearch_engine::{IngestOptions, SearchOptions, Searcher, Strategy, ingest};
use semsearch_store::{Collection, CollectionError, Filter, ModelRecord, Selection, Verdict, remove, verify};
use semsearch_task::NoProgress;
use semsearch_testing::mend::manifest::pointer;
use serde_json::Value;

use crate::stub::Stub;
use crate::{scratch, tell};

/// Files by their paths below the folder of a collection.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// What is found, and how near it is.
pub type Answers = Vec<(String, u32)>;

/// The manifest that counts in [`files`].
pub const MANIFEST: &str = "generations/g000003/manifest.json";

/// The generation that counts in [`files`].
pub const GENERATION: &str = "g000003";

/// A collection of two segments, in each of which a document is removed, with the generation before that.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn files() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| {
        let root = scratch::folder("made");
        let encoder = Stub::toy();
        for numbers in [0..20, 20..25] {
            ingest(&papers(numbers), encoder, &root, &IngestOptions::new("toy"), &NoProgress).expect("it can be made");
        }
        let gone = Selection::Ids(vec!["paper-3".to_owned(), "paper-22".to_owned()]);
        remove(&root, &gone, &NoProgress).expect("they are there");
        let mut files = read(&root);
        files.retain(|path, _| !path.ends_with("lock"));
        settle(&mut files);
        files
    })
}

fn papers(numbers: std::ops::Range<usize>) -> Corpus {
    let documents: Vec<Document> = numbers
        .map(|number| {
            let title = format!("On {} {number}", ["graphs", "tides", "tokens"][number % 3]);
            let summary = format!("We study {}.", ["seas", "caches"][number % 2].repeat(1 + number % 7));
            Document::new(format!("paper-{number}"), title, summary).with_year(Some(2000 + number as i32 % 20))
        })
        .collect();
    Corpus::new(documents)
}

/// Takes out of manifests what is another time each time, so that an input means the same tomorrow.
fn settle(files: &mut Files) {
    for (path, content) in files.iter_mut().filter(|(path, _)| path.ends_with("manifest.json")) {
        let mut manifest: Value = serde_json::from_slice(content).expect("it was just written");
        manifest["created_unix"] = 0.into();
        for vectors in manifest["segments"].as_array_mut().into_iter().flatten() {
            for vectors in vectors["vectors"].as_array_mut().into_iter().flatten() {
                vectors["seconds_encode"] = 0.5.into();
                vectors["seconds_index"] = 0.5.into();
            }
        }
        *content = serde_json::to_vec_pretty(&manifest).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    point(files);
}

/// Makes `CURRENT` name the manifest that counts, as it is.
pub fn point(files: &mut Files) {
    if let Some(manifest) = files.get(Path::new(MANIFEST)) {
        let line = pointer(GENERATION, manifest).into_bytes();
        files.insert(PathBuf::from("CURRENT"), line);
    }
}

/// All files in a folder.
///
/// # Panics
/// If they cannot be read.
#[must_use]
pub fn read(root: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of our own").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let content = fs::read(&path).expect("a file of our own");
                files.insert(path.strip_prefix(root).expect("it is below").to_owned(), content);
            }
        }
    }
    files
}

/// Puts files into an empty folder of this name.
///
/// # Panics
/// If they cannot be written.
#[must_use]
pub fn put(name: &str, files: &Files) -> PathBuf {
    let root = scratch::folder(name);
    for (path, content) in files {
        scratch::put(&root.join(path), content);
    }
    root
}

/// Questions that read something of everything: both ways, with a filter and without.
///
/// # Errors
/// Whatever keeps the collection from answering.
pub fn ask(root: &Path) -> Result<Answers, Box<dyn Error>> {
    let collection = Arc::new(Collection::open(root)?);
    let searcher = Searcher::new(collection.clone(), Arc::new(Stub::toy().clone()))?;
    let mut answers = Answers::new();
    for (strategy, filter) in [(Strategy::Graph, ""), (Strategy::Exact, "year >= 2005 and not year = 2007")] {
        let filter = if filter.is_empty() { Filter::default() } else { Filter::parse(filter)? };
        let options = SearchOptions::default().with_k(6).with_ef(8).with_strategy(strategy).with_filter(filter);
        let hits = searcher.search("tides and caches", &options)?.hits;
        answers.extend(hits.into_iter().map(|hit| (hit.document.id, hit.score.to_bits())));
    }
    for segment in collection.segments() {
        for vectors in segment.vectors() {
            vectors.tokens()?;
        }
    }
    Ok(answers)
}

/// What is wrong with a collection, if it is one.
///
/// # Panics
/// If a file is said to be unreadable, which none here is.
#[must_use]
pub fn look(root: &Path) -> Option<Verdict> {
    match verify(root, &NoProgress) {
        Ok(verdict) => {
            assert!(verdict.unreadable.is_empty(), "everything can be read: {verdict:?}");
            Some(verdict)
        }
        Err(error @ (CollectionError::Missing { .. } | CollectionError::Schema { .. })) => {
            tell(&error);
            None
        }
        Err(error) => panic!("verifying says what is wrong and does not fail: {error}"),
    }
}

/// Repairs it with the model at hand.
///
/// # Errors
/// As the repair, once it was told.
pub fn mend(root: &Path, dry_run: bool) -> Result<Repaired, RepairError> {
    let encoder = |_: &ModelRecord| Ok(Box::new(Stub::toy().clone()) as Box<dyn Encoder>);
    let outcome = match dry_run {
        true => would_repair(root, &NoProgress),
        false => repair(root, &encoder, &NoProgress),
    };
    outcome.inspect_err(|error| tell(error))
}

/// Repairs it twice. The first time does what a dry run said, and if it did anything, all is whole; the second time finds
/// nothing to do. One that fails leaves everything as it was.
///
/// # Panics
/// If it is otherwise.
pub fn mend_for_good(root: &Path) {
    let planned = mend(root, true);
    let before = read(root);
    let repaired = match mend(root, false) {
        Ok(repaired) => repaired,
        Err(_) => {
            let mut after = read(root);
            after.retain(|path, _| !path.ends_with("lock"));
            let before: Files = before.into_iter().filter(|(path, _)| !path.ends_with("lock")).collect();
            assert!(after == before, "a repair that failed changed {:?}", changed(&before, &after));
            return;
        }
    };
    let planned = planned.expect("what can be done can be planned");
    assert_eq!((&planned.lost, planned.documents), (&repaired.lost, repaired.documents));
    let verdict = look(root).expect("it is a collection of this version");
    assert!(verdict.is_whole(), "repaired, and not whole: {repaired:?}, {verdict:?}");
    if let Err(error) = ask(root) {
        panic!("repaired, and does not answer: {error}");
    }
    let again = mend(root, false).expect("there is nothing to do");
    assert_eq!((again.actions.len(), again.generation), (0, None), "{again:?}");
}

fn changed<'a>(before: &'a Files, after: &'a Files) -> Vec<&'a Path> {
    let all = before.keys().chain(after.keys());
    all.filter(|path| before.get(*path) != after.get(*path)).map(PathBuf::as_path).collect()
}
