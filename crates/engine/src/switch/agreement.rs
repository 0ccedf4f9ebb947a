//! How much of what the new model would find, its questions find among the old model's vectors.
//!
//! The measure is overlap@10: the share of the ten documents nearest to a question, by the new model alone, that are among
//! the ten found over a bridge. Beside it stands the share that the old model finds by itself: a bridge that finds
//! less is not worth its trouble, one may as well ask the old model.

use rayon::prelude::*;
use semsearch_index::{FlatIndex, RowId, Vectors};
use semsearch_vector::Matrix;
use serde::{Deserialize, Serialize};

use super::bridge::BridgeError;
use super::linear_map::LinearMap;
use super::pairs::{Pairs, Questions};
use super::rbo::{overlap_at, rbo_ext};
use crate::interval::{Interval, mean_with_interval};

/// Documents found for a question, of which the overlap is taken.
pub(super) const DEPTH: usize = 10;

/// Persistence of the rank-biased overlap by which methods are told apart: half of the weight is on the first three.
const PERSISTENCE: f64 = 0.8;

/// The least overlap@10 that a bridge must be sure to have, at the lower end of its interval.
///
/// Above it, bridged answers to the questions of SciFact and Cranfield were nearer to those of the new model than the old
/// model's are, and at worst 0.033 of nDCG@10 behind the lesser of the two models alone. Below it was a model that is of no
/// use itself; spaces that have nothing to do with each other come to a few hundredths (docs/decisions/0014-bridge.md).
pub const LEAST_AGREEMENT: f64 = 0.3;

/// How far a bridge can be trusted, measured on documents and questions that it was not made of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Overlap@10 of what is found over the bridge and what the new model finds.
    pub bridged: Interval,
    /// Overlap@10 of what the old model finds and what the new one finds.
    pub models: Interval,
    /// Questions it was measured with.
    pub questions: usize,
    /// Documents that were to be found.
    pub documents: usize,
}

impl Agreement {
    /// Whether questions may be answered over a bridge like this.
    #[must_use]
    pub fn suffices(&self) -> bool {
        self.bridged.low >= LEAST_AGREEMENT && self.bridged.mean >= self.models.mean
    }

    /// The mean over questions of each share; `None` without questions.
    pub(super) fn of(shares: &[Shares], documents: usize) -> Option<Self> {
        let mean = |of: fn(&Shares) -> f64| mean_with_interval(&shares.iter().map(of).collect::<Vec<_>>(), DEPTH);
        let (bridged, models) = (mean(|share| share.bridged)?, mean(|share| share.models)?);
        Some(Agreement { bridged, models, questions: shares.len(), documents })
    }
}

/// The overlaps of one question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    pub(super) bridged: f64,
    pub(super) models: f64,
    /// Rank-biased overlap of what is found over the bridge, by which methods are told apart.
    pub(super) rbo: f64,
}

/// A part of the documents, and what both models find in it for some questions.
pub(super) struct Trial<'a> {
    questions: Questions<'a>,
    asked: Vec<Asked>,
    old: FlatIndex,
    numbers: Vec<usize>,
}

struct Asked {
    question: usize,
    /// The row of the document the question was made of, if that is here.
    own: Option<RowId>,
    new: Vec<RowId>,
    models: f64,
}

impl<'a> Trial<'a> {
    /// Asks `questions`, each by its number, for documents among those whose number `here` is true for.
    pub(super) fn new(
        documents: Pairs<'_>,
        here: impl Fn(usize) -> bool,
        questions: Questions<'a>,
        asked: &[usize],
    ) -> Result<Self, BridgeError> {
        let numbers: Vec<usize> = (0..documents.len()).filter(|&number| here(number)).collect();
        let rows = |all: &Matrix| {
            let mut some = Matrix::with_capacity(numbers.len(), all.dim());
            numbers.iter().for_each(|&number| some.push(all.row(number)));
            Vectors::new(some).map(FlatIndex::new)
        };
        let (new, old) = (rows(documents.new)?, rows(documents.old)?);
        let ask = |&question: &usize| {
            let own = questions.documents[question].and_then(|own| numbers.binary_search(&own).ok());
            let own = own.map(|row| RowId(row as u32));
            let by_new = nearest(&new, questions.pairs.new.row(question), own)?;
            let by_old = nearest(&old, questions.pairs.old.row(question), own)?;
            Ok(Asked { question, own, models: overlap_at(&by_new, &by_old, DEPTH), new: by_new })
        };
        let asked = asked.par_iter().map(ask).collect::<Result<_, BridgeError>>()?;
        Ok(Trial { questions, asked, old, numbers })
    }

    /// How many documents are to be found.
    pub(super) fn documents(&self) -> usize {
        self.numbers.len()
    }

    /// What is found over `map`, question by question.
    pub(super) fn try_out(&self, map: &LinearMap) -> Result<Vec<Shares>, BridgeError> {
        let found = self.asked.par_iter().map(|Asked { question, own, new, models }| {
            let mapped = map.apply(self.questions.pairs.new.row(*question));
            let found = nearest(&self.old, &mapped, *own)?;
            Ok(Shares {
                bridged: overlap_at(new, &found, DEPTH),
                models: *models,
                rbo: rbo_ext(new, &found, PERSISTENCE),
            })
        });
        found.collect()
    }
}

fn nearest(rows: &FlatIndex, question: &[f32], own: Option<RowId>) -> Result<Vec<RowId>, BridgeError> {
    let hits = rows.search_where(question, DEPTH, |row| Some(row) != own)?;
    Ok(hits.into_iter().map(|hit| hit.id).collect())
}
