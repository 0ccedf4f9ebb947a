//! What the picture is made of: the nearest papers of each paper, and the two directions in which vectors differ most.

use std::collections::HashMap;

use rayon::prelude::*;
use semsearch_index::{SearchError, SearchParams};
use semsearch_map::{Neighbours, Principal};
use semsearch_store::{DocId, SegmentedIndex};
use semsearch_task::{Progress, Stage};

use super::error::MapError;

/// Neighbours of a paper, as UMAP has them by default: fewer show finer structure, more the larger one.
const NEIGHBOURS: usize = 15;
/// The beam of a search for them. A neighbour that is missed now and then changes nothing that one could see.
const BEAM: usize = 48;
/// Papers between two looks whether to stop.
const BLOCK: usize = 512;
/// Papers by whose vectors the two directions are found.
const SAMPLE: usize = 4096;

/// The nearest other papers of each paper, found as questions are answered.
pub(super) fn neighbours(
    index: &SegmentedIndex,
    papers: &[DocId],
    progress: &dyn Progress,
) -> Result<Neighbours, MapError> {
    progress.begin(Stage::Compare, papers.len());
    let rows: HashMap<DocId, u32> = papers.iter().copied().zip(0..).collect();
    let params = SearchParams::new(NEIGHBOURS + 1).with_ef(BEAM);
    let of_paper = |paper: &DocId| -> Result<Vec<(u32, f32)>, SearchError> {
        let mut vector = vec![0.0; index.dim()];
        index.copy_row(*paper, &mut vector)?;
        let found = index.search(&vector, &params)?;
        // A paper may be missing among many of the same vector.
        let others = found.iter().filter(|hit| hit.id != *paper).take(NEIGHBOURS);
        Ok(others.filter_map(|hit| Some((*rows.get(&hit.id)?, 1.0 - hit.score))).collect())
    };
    let mut lists = Vec::with_capacity(papers.len());
    for block in papers.chunks(BLOCK) {
        progress.check()?;
        let found: Result<Vec<_>, SearchError> = block.par_iter().map(of_paper).collect();
        lists.extend(found?);
        progress.advance(block.len(), 0);
    }
    Ok(Neighbours::of_lists(&lists))
}

/// Where papers are placed at first.
pub(super) fn first_places(index: &SegmentedIndex, papers: &[DocId]) -> Result<Vec<[f32; 2]>, MapError> {
    let dim = index.dim();
    let step = papers.len().div_ceil(SAMPLE).max(1);
    let mut sample = vec![0.0; papers.len().div_ceil(step) * dim];
    for (paper, row) in papers.iter().step_by(step).zip(sample.chunks_exact_mut(dim.max(1))) {
        index.copy_row(*paper, row)?;
    }
    let principal = Principal::of(&sample, dim);
    let place = |paper: &DocId| -> Result<[f32; 2], SearchError> {
        let mut vector = vec![0.0; dim];
        index.copy_row(*paper, &mut vector)?;
        Ok(principal.place(&vector))
    };
    Ok(papers.par_iter().map(place).collect::<Result<_, _>>()?)
}
