//! What a searcher answers, as a run.
//!
//! Queries are asked side by side in the current Rayon pool. The scores of a run are those of the answers, so a run that
//! is written and measured elsewhere gives the same figures; of equal scores, the run has the larger id first, where the
//! searcher has the document first that came into the collection first.

use rayon::prelude::*;
use semsearch_engine::{SearchError, SearchOptions, Searcher};
use semsearch_store::{Collection, DocumentError};
use semsearch_task::{ErrorKind, Progress, Stage, Stopped};

use super::judgements::Judgements;
use super::queries::Query;
use super::run::{Hit, Run, RunError};

/// Why queries were not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// A query was not answered.
    #[error("query `{query}` was not answered")]
    Search {
        /// The query's id.
        query: String,
        /// Why not.
        #[source]
        source: SearchError,
    },
    /// An answer is no ranking, or two queries have one id.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The caller stopped the work.
    #[error("stopped")]
    Stopped,
}

impl AskError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            AskError::Search { source, .. } => source.kind(),
            AskError::Run(error) => error.kind(),
            AskError::Stopped => ErrorKind::Stopped,
        }
    }
}

impl From<Stopped> for AskError {
    fn from(_: Stopped) -> Self {
        AskError::Stopped
    }
}

/// Asks all queries. A query without text finds nothing.
///
/// # Errors
/// [`AskError`].
pub fn ask(
    searcher: &Searcher,
    queries: &[Query],
    options: &SearchOptions,
    progress: &dyn Progress,
) -> Result<Run, AskError> {
    progress.begin(Stage::Measure, queries.len());
    let rankings: Vec<Vec<Hit>> = queries
        .par_iter()
        .map(|query| {
            progress.check()?;
            let hits = match searcher.search(&query.text, options) {
                Ok(answer) => {
                    answer.hits.into_iter().map(|hit| Hit::new(hit.document.id, f64::from(hit.score))).collect()
                }
                Err(SearchError::EmptyQuery) => Vec::new(),
                Err(source) => return Err(AskError::Search { query: query.id.clone(), source }),
            };
            progress.advance(1, 0);
            Ok(hits)
        })
        .collect::<Result<_, _>>()?;
    let mut run = Run::default();
    for (query, hits) in queries.iter().zip(rankings) {
        run.insert(&query.id, hits)?;
    }
    Ok(run)
}

/// The relevant documents that a collection lacks, each once, in no order. No search of it can find them.
///
/// # Errors
/// [`DocumentError`] if a table of the collection is damaged or cannot be read.
pub fn not_in(collection: &Collection, judgements: &Judgements) -> Result<Vec<String>, DocumentError> {
    let relevant: std::collections::HashSet<&str> = judgements
        .iter()
        .flat_map(|(_, grades)| grades.iter().filter(|&(_, &grade)| grade > 0))
        .map(|(document, _)| document.as_str())
        .collect();
    let mut missing = Vec::new();
    for document in relevant {
        if collection.find_id(document)?.is_none() {
            missing.push(document.to_owned());
        }
    }
    Ok(missing)
}
