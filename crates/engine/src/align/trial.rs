//! Overlap@10 measured on a part of the documents.

use rayon::prelude::*;
use semsearch_index::{FlatIndex, RowId, Vectors};
use semsearch_vector::Matrix;

use super::error::AlignmentError;
use super::linear_map::LinearMap;
use super::overlap::{DEPTH, Shares};
use super::pairs::{Pairs, Queries};
use crate::rank_overlap::{overlap_at, rbo_ext};

/// Persistence of the rank-biased overlap that chooses between methods: half of the weight is on the first three ranks.
const PERSISTENCE: f64 = 0.8;

/// A part of the documents, and what both models find in it for some queries.
pub(super) struct Trial<'a> {
    queries: Queries<'a>,
    expected: Vec<Expected>,
    old: FlatIndex,
    numbers: Vec<usize>,
}

/// What both models find for one query.
struct Expected {
    query: usize,
    /// The row of the document the query is the title of, if this part has it.
    own: Option<RowId>,
    new: Vec<RowId>,
    models: f64,
}

impl<'a> Trial<'a> {
    /// Searches the documents whose number `here` accepts with the queries whose numbers are in `asked`.
    pub(super) fn new(
        documents: Pairs<'_>,
        here: impl Fn(usize) -> bool,
        queries: Queries<'a>,
        asked: &[usize],
    ) -> Result<Self, AlignmentError> {
        let numbers: Vec<usize> = (0..documents.len()).filter(|&number| here(number)).collect();
        let rows = |all: &Matrix| {
            let mut some = Matrix::with_capacity(numbers.len(), all.dim());
            numbers.iter().for_each(|&number| some.push(all.row(number)));
            Vectors::new(some).map(FlatIndex::new)
        };
        let (new, old) = (rows(documents.new)?, rows(documents.old)?);
        let expect = |&query: &usize| {
            let own = queries.documents[query].and_then(|own| numbers.binary_search(&own).ok());
            let own = own.map(|row| RowId(row as u32));
            let by_new = nearest(&new, queries.pairs.new.row(query), own)?;
            let by_old = nearest(&old, queries.pairs.old.row(query), own)?;
            Ok(Expected { query, own, models: overlap_at(&by_new, &by_old, DEPTH), new: by_new })
        };
        let expected = asked.par_iter().map(expect).collect::<Result<_, AlignmentError>>()?;
        Ok(Trial { queries, expected, old, numbers })
    }

    /// The number of documents that are searched.
    pub(super) fn documents(&self) -> usize {
        self.numbers.len()
    }

    /// What queries mapped by `map` find, one by one.
    pub(super) fn measure(&self, map: &LinearMap) -> Result<Vec<Shares>, AlignmentError> {
        let found = self.expected.par_iter().map(|Expected { query, own, new, models }| {
            let mapped = map.apply(self.queries.pairs.new.row(*query));
            let found = nearest(&self.old, &mapped, *own)?;
            Ok(Shares {
                aligned: overlap_at(new, &found, DEPTH),
                models: *models,
                rbo: rbo_ext(new, &found, PERSISTENCE),
            })
        });
        found.collect()
    }
}

fn nearest(rows: &FlatIndex, query: &[f32], own: Option<RowId>) -> Result<Vec<RowId>, AlignmentError> {
    let hits = rows.search_where(query, DEPTH, |row| Some(row) != own)?;
    Ok(hits.into_iter().map(|hit| hit.id).collect())
}
