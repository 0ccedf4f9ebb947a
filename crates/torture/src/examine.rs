//! Reads and searches all of a collection, and compares the results with the expected ones.

use std::fmt;
use std::io;
use std::path::Path;

use std::sync::Arc;

use semsearch_corpus::Document;
use semsearch_engine::{Answer, Ranker, SearchOptions, Searcher, Strategy};
use semsearch_store::{Collection, CollectionError, Filter};
use semsearch_testing::Random;

use crate::encoder::{Models, Which};
use crate::expected::{Expected, digest};
use crate::papers::{YEARS, question};

/// Why a collection did not give the expected results.
#[derive(Debug)]
pub enum Trouble {
    /// There is no collection.
    Missing,
    /// The engine returned an error.
    Refused(anyhow::Error),
    /// The engine gave a wrong result.
    Wrong(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Missing => f.write_str("there is no collection"),
            Trouble::Refused(error) => write!(f, "refused: {error:#}"),
            Trouble::Wrong(what) => write!(f, "WRONG: {what}"),
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        let error = error.into();
        match error.downcast_ref() {
            Some(CollectionError::Missing { .. }) => Trouble::Missing,
            _ => Trouble::Refused(error),
        }
    }
}

fn wrong<T>(what: impl Into<String>) -> Result<T, Trouble> {
    Err(Trouble::Wrong(what.into()))
}

/// The error of the operating system at the root of an error.
#[must_use]
pub fn io_error(error: &anyhow::Error) -> Option<&io::Error> {
    error.chain().find_map(|cause| cause.downcast_ref::<io::Error>())
}

/// All documents of the collection in `root`, its generation and its model.
///
/// # Errors
/// If it cannot be read.
pub fn read_all(root: &Path, models: &Models) -> Result<(u64, Which, Vec<Document>), Trouble> {
    let collection = Collection::open(root)?;
    let documents = collection.doc_ids().map(|row| collection.document(row)).collect::<Result<_, _>>()?;
    Ok((collection.manifest().generation, model(&collection, models)?, documents))
}

/// The index of the state that the collection in `root` is in, out of `states`; `None` in `states` means no collection.
///
/// # Errors
/// If the collection is in another state, or cannot be read.
pub fn which(root: &Path, models: &Models, states: &[Option<&Expected>]) -> Result<usize, Trouble> {
    let (generation, found) = match read_all(root, models) {
        Ok((generation, model, documents)) => (generation, Some(digest(model, &documents))),
        Err(Trouble::Missing) => (0, None),
        Err(other) => return Err(other),
    };
    match states.iter().position(|state| state.map(Expected::digest) == found) {
        Some(number) => Ok(number),
        None => wrong(format!("generation {generation} is neither the state before a change nor the one after it")),
    }
}

/// Reads all of the collection in `root`, searches it with every strategy, and compares with `expected`.
///
/// # Errors
/// [`Trouble`].
pub fn examine(root: &Path, models: &Models, expected: &Expected, seed: u64) -> Result<(), Trouble> {
    let collection = Arc::new(Collection::open(root)?);
    let mut random = Random::new(seed);
    if model(&collection, models)? != expected.model() {
        return wrong("questions are put to the other model");
    }
    // Search first, so that searches are the first to compare the blocks they read with their checksums.
    if !expected.is_empty() {
        let searcher = Searcher::new(collection.clone(), models.of(expected.model()).clone())?;
        for _ in 0..2 {
            let asked = question(&mut random);
            let year = 2000 + random.below(YEARS) as i32;
            exact(&searcher, models, expected, &asked, None)?;
            exact(&searcher, models, expected, &asked, Some(year))?;
            walk(&searcher, models, expected, &asked)?;
        }
    }
    let found = collection.doc_ids().map(|row| collection.document(row)).collect::<Result<Vec<_>, _>>()?;
    if found.iter().collect::<Vec<_>>() != expected.documents() {
        return wrong(format!("{} documents are not the {} that should be there", found.len(), expected.len()));
    }
    if collection.len() != expected.len() {
        return wrong(format!("it counts {} documents and has {}", collection.len(), expected.len()));
    }
    let segments = collection.segments().len();
    // Segments with vectors by different models are not merged.
    let most = (expected.len().max(1).ilog2() as usize + 1) * collection.manifest().models.len();
    if segments > most {
        return wrong(format!("{segments} segments for {} documents", expected.len()));
    }
    for id in expected.ids().take(3) {
        let row = collection.find_id(id)?;
        if row.is_none_or(|row| collection.document(row).ok().as_ref() != expected.get(id)) {
            return wrong(format!("document {id} is not found by its id"));
        }
    }
    read_everything(&collection)
}

/// The active model of a collection.
///
/// # Errors
/// If the active model is neither of the two.
pub fn model(collection: &Collection, models: &Models) -> Result<Which, Trouble> {
    match models.by_fingerprint(&collection.manifest().active) {
        Some(model) => Ok(model),
        None => wrong(format!("{} has vectors of an unknown model", collection.root().display())),
    }
}

/// Reads every byte of the collection that is in use.
fn read_everything(collection: &Collection) -> Result<(), Trouble> {
    for segment in collection.segments() {
        segment.documents().verify_all()?;
        segment.columns()?;
        for vectors in segment.vectors() {
            vectors.index().verify_all()?;
            vectors.tokens()?;
        }
    }
    Ok(())
}

/// Searches exactly for the best ten of all documents or of those of a year, and compares with brute force.
///
/// # Errors
/// [`Trouble`].
pub fn exact(
    searcher: &Searcher,
    models: &Models,
    expected: &Expected,
    asked: &str,
    year: Option<i32>,
) -> Result<(), Trouble> {
    let filter = year.map(|year| Filter::parse(&format!("year = {year}"))).transpose()?.unwrap_or_default();
    let options = SearchOptions::default().with_ranker(Some(Ranker::Dense));
    let options = options.with_strategy(Strategy::Exact).with_filter(filter);
    let answer = searcher.search(asked, &options)?;
    let keep = |document: &Document| year.is_none_or(|year| document.year == Some(year));
    let truth = expected.best(models, asked, options.k, keep)?;
    let found = scored(&answer);
    if found != truth {
        return wrong(format!("asked {asked:?} (year {year:?}), found {found:?}, right is {truth:?}"));
    }
    for (id, score) in &found {
        if expected.score(models, asked, id).is_none_or(|right| (f64::from(*score) - right).abs() > 1e-4) {
            return wrong(format!("document {id} has a score of {score}"));
        }
    }
    Ok(())
}

/// Searches the graph. Returns how many of the best ten were found, and how many there are.
///
/// # Errors
/// [`Trouble`] if a hit does not exist or has a wrong score.
pub fn walk(searcher: &Searcher, models: &Models, expected: &Expected, asked: &str) -> Result<(usize, usize), Trouble> {
    let options = SearchOptions::default().with_ranker(Some(Ranker::Dense)).with_strategy(Strategy::Graph);
    let answer = searcher.search(asked, &options)?;
    let truth = expected.best(models, asked, options.k, |_| true)?;
    for hit in &answer.hits {
        let id = &hit.document.id;
        if expected.get(id) != Some(&hit.document) {
            return wrong(format!("a walk for {asked:?} found {id}, which is not there (any more)"));
        }
        if expected.score(models, asked, id).is_none_or(|right| (f64::from(hit.score) - right).abs() > 1e-4) {
            return wrong(format!("a walk for {asked:?} gives {id} a score of {}", hit.score));
        }
    }
    if answer.hits.len() != truth.len() {
        return wrong(format!("a walk for {asked:?} found {} of {}", answer.hits.len(), truth.len()));
    }
    // Documents with equal scores are equally good.
    let worst = truth.last().map_or(f32::NEG_INFINITY, |(_, score)| *score);
    let right = answer.hits.iter().filter(|hit| hit.score >= worst).count();
    Ok((right, truth.len()))
}

/// Ids and scores of an answer.
#[must_use]
pub fn scored(answer: &Answer) -> Vec<(String, f32)> {
    answer.hits.iter().map(|hit| (hit.document.id.clone(), hit.score)).collect()
}

/// Runs `what`, and turns a panic into [`Trouble`].
pub(crate) fn caught<T>(what: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(what)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Trouble::Wrong(format!("panicked: {}", text.unwrap_or_default())))
    })
}

/// Whether an error names a file in the folder of the collection.
pub(crate) fn names_a_file(error: &anyhow::Error, root: &Path) -> bool {
    format!("{error:#}").contains(&*root.to_string_lossy())
}
