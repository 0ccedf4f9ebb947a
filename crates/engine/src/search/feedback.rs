//! Relevance feedback: papers that the user likes pull the query towards them, papers that she does not push it away.
//!
//! Rocchio (1971): the vector of the query, plus the mean of the liked papers' vectors, minus a little of the mean of the
//! others'. What pushes away weighs less, since there are many ways not to be something.

use semsearch_corpus::Identity;
use semsearch_store::{Collection, DocId, Filter, SegmentedIndex};
use semsearch_vector::normalise;

use super::constraints::identified_by;
use super::error::SearchError;

/// Weight of the liked papers beside a weight of 1 of the query; this and the next are those of Salton and Buckley (1990).
const LIKE: f32 = 0.75;
/// Weight of the papers that are not liked.
const UNLIKE: f32 = 0.25;
/// The fewest letters of the beginning of an id: a short word of a question names no paper.
const SHORTEST: usize = 4;
/// The number of ids that are named where several begin as the one that was typed.
const NAMED: usize = 5;

/// Papers that move a query.
#[derive(Clone, Debug, Default)]
pub(crate) struct Feedback {
    pub(crate) like: Vec<DocId>,
    pub(crate) unlike: Vec<DocId>,
}

impl Feedback {
    /// Finds the papers by what they are called.
    pub(crate) fn find(like: &[String], unlike: &[String], collection: &Collection) -> Result<Self, SearchError> {
        let feedback = Feedback { like: papers(like, collection)?, unlike: papers(unlike, collection)? };
        match feedback.like.iter().find(|paper| feedback.unlike.contains(paper)) {
            Some(&paper) => Err(SearchError::LikedAndNot { paper: collection.document(paper)?.id }),
            None => Ok(feedback),
        }
    }

    /// All of the papers.
    pub(crate) fn papers(&self) -> impl Iterator<Item = DocId> + '_ {
        self.like.iter().chain(&self.unlike).copied()
    }

    /// Moves the vector of a query, of length 1 before and after. Without papers it stays what it is, to the bit.
    pub(crate) fn apply(&self, query: &mut [f32], index: &SegmentedIndex) -> Result<(), SearchError> {
        if self.like.is_empty() && self.unlike.is_empty() {
            return Ok(());
        }
        for (papers, weight) in [(&self.like, LIKE), (&self.unlike, -UNLIKE)] {
            if let Some(mean) = centroid(papers, index)? {
                query.iter_mut().zip(mean).for_each(|(number, mean)| *number += weight * mean);
            }
        }
        normalise(query);
        Ok(())
    }
}

/// The papers that are called so, each once, in the order given.
pub(crate) fn papers(names: &[String], collection: &Collection) -> Result<Vec<DocId>, SearchError> {
    let mut papers = Vec::with_capacity(names.len());
    for name in names {
        let paper = find_paper(collection, name)?;
        if !papers.contains(&paper) {
            papers.push(paper);
        }
    }
    Ok(papers)
}

/// The paper with this id, arXiv id or DOI, or the only one with this key in a source, or the only one whose id begins so. An
/// id is preferred to an arXiv id or DOI of another paper, these to a key, and all to the beginning of an id.
///
/// # Errors
/// [`SearchError::NoPaper`], [`SearchError::SeveralPapers`] if several ids begin so, [`SearchError::SeveralOfKey`] if sources
/// give several papers this key, or what is wrong with the collection.
pub fn find_paper(collection: &Collection, name: &str) -> Result<DocId, SearchError> {
    if let Some(id) = called(collection, name)? {
        return Ok(id);
    }
    let (path, id) = (collection.root().to_owned(), name.to_owned());
    // Papers are read for it, which is why it comes last.
    let is_long = name.trim().chars().count() >= SHORTEST;
    let begun = if is_long { collection.doc_ids_where(&Filter::id_starts_with(name))? } else { Vec::new() };
    match begun[..] {
        [] => match &keyed(collection, name)?[..] {
            [] => Err(SearchError::NoPaper { path, id }),
            several => {
                let (papers, named) = (several.len(), ids_of(several, collection)?);
                Err(SearchError::SeveralOfKey { path, key: id, papers, named })
            }
        },
        [one] => Ok(one),
        _ => Err(SearchError::SeveralPapers { path, id, papers: begun.len(), named: ids_of(&begun, collection)? }),
    }
}

/// The ids of the first papers, to be named.
fn ids_of(papers: &[DocId], collection: &Collection) -> Result<Vec<String>, SearchError> {
    papers.iter().take(NAMED).map(|&one| Ok(collection.document(one)?.id)).collect()
}

/// The id of the paper with this id, arXiv id or DOI, or of the only one with this key in a source; `None` if there is none.
/// The beginning of an id is no name here.
///
/// # Errors
/// What is wrong with the collection.
pub fn exact_id(collection: &Collection, name: &str) -> Result<Option<String>, SearchError> {
    let Some(paper) = called(collection, name)? else { return Ok(None) };
    Ok(Some(collection.document(paper)?.id))
}

fn called(collection: &Collection, name: &str) -> Result<Option<DocId>, SearchError> {
    if let Some(id) = collection.find_id(name)? {
        return Ok(Some(id));
    }
    let found = identified_by(name, collection)?;
    if let Some(&number) = found.first() {
        return Ok(collection.doc_id_numbered(u64::from(number)));
    }
    Ok(match keyed(collection, name)?[..] {
        [one] => Some(one),
        _ => None,
    })
}

/// The papers to which a source gives this key now, such as the citation key that an entry got after it was first read.
fn keyed(collection: &Collection, key: &str) -> Result<Vec<DocId>, SearchError> {
    let key = key.trim();
    let mut papers = Vec::new();
    if key.is_empty() {
        return Ok(papers);
    }
    for (file, _) in collection.source_files()? {
        for paper in collection.find_key(Identity::of_key(&file, key).0)? {
            let has_it = |(at, named): (&str, &str)| at == file && named == key;
            if !papers.contains(&paper) && collection.document(paper)?.keys().any(has_it) {
                papers.push(paper);
            }
        }
    }
    Ok(papers)
}

/// The mean of the vectors of `papers`, of length 1; `None` if there are none, or they cancel each other out.
pub(crate) fn centroid(papers: &[DocId], index: &SegmentedIndex) -> Result<Option<Vec<f32>>, SearchError> {
    let mut mean = vec![0.0; index.dim()];
    let mut row = vec![0.0; index.dim()];
    for &paper in papers {
        index.copy_row(paper, &mut row)?;
        mean.iter_mut().zip(&row).for_each(|(sum, number)| *sum += number);
    }
    normalise(&mut mean);
    Ok(mean.iter().any(|number| *number != 0.0).then_some(mean))
}
