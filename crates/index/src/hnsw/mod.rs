//! Stands in for the graph until that is merged: lays rows out as a graph would, and scans them.

mod params;

use crate::hit::{Hit, RowId, TopK};
use crate::layout::{Header, LevelParts, NONE, Parts};
use crate::storage::{Damage, Section};
use crate::vectors::Vectors;
use crate::{Index, SearchError, query};

pub use params::{HnswParams, ParamsError};

/// The `ef` to search with unless told otherwise.
pub const DEFAULT_EF: usize = 128;

/// Why there is no graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A parameter is out of range.
    #[error("cannot build a graph like this")]
    Params(#[from] ParamsError),
    /// The caller asked to stop.
    #[error("the build was stopped after {linked} of {rows} rows")]
    Cancelled {
        /// How many rows were linked by then.
        linked: usize,
        /// How many there are.
        rows: usize,
    },
    /// The rows lie in a file and are not as they were written.
    #[error(transparent)]
    Damaged(#[from] Damage),
}

/// Rows in the order of a graph.
#[derive(Clone, Debug)]
pub struct HnswIndex {
    parts: Parts,
}

impl HnswIndex {
    /// Lays the rows out.
    ///
    /// # Errors
    /// If a parameter is out of range, the build was cancelled, or a row is damaged.
    pub fn build(
        vectors: Vectors,
        params: &HnswParams,
        progress: &(dyn Fn(usize) + Sync),
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self, BuildError> {
        params.check()?;
        let rows = vectors.len();
        for linked in 0..rows {
            if cancelled() {
                return Err(BuildError::Cancelled { linked, rows });
            }
            progress(linked + 1);
        }
        Ok(HnswIndex { parts: lay_out(vectors, params)? })
    }

    /// The same graph with all that a walk reads in memory of its own; see `Parts::load_hot`.
    ///
    /// # Errors
    /// If any of that is damaged.
    pub fn in_memory(&self) -> Result<Self, Damage> {
        Ok(HnswIndex { parts: self.parts.load_hot()? })
    }

    pub(crate) fn of(parts: Parts) -> Self {
        HnswIndex { parts }
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// How the graph was built.
    #[must_use]
    pub fn params(&self) -> HnswParams {
        self.parts.header.params()
    }

    /// The rows that are searched.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.parts.rows
    }
}

impl Index for HnswIndex {
    fn len(&self) -> usize {
        self.parts.rows.len()
    }

    fn dim(&self) -> usize {
        self.parts.rows.dim()
    }

    fn name(&self) -> &'static str {
        "hnsw"
    }

    fn search(&self, query: &[f32], k: usize, _ef: usize) -> Result<Vec<Hit>, SearchError> {
        query::check(query, self.dim())?;
        let parts = &self.parts;
        parts.quantiser.verify_all()?;
        parts.entry_codes.verify_all()?;
        for level in &parts.levels {
            level.nodes.verify_all()?;
            level.links.verify_all()?;
        }
        let mut top = TopK::new(k.min(self.len()));
        let rows = parts.rows.view();
        let row_of_node = parts.row_of_node.u32s();
        if !parts.errors.is_verified() {
            parts.errors.verify_range(0..self.len())?;
        }
        for (node, row) in row_of_node.iter().enumerate() {
            parts.codes.verify(node)?;
            parts.row_of_node.verify(node)?;
            parts.links.verify(node)?;
            let degree = parts.header.degree as usize;
            let links = &parts.links.u32s()[node * degree..][..degree];
            let present = links.iter().position(|link| *link == NONE).unwrap_or(degree);
            parts.codes.verify_each(&links[..present])?;
            let id = RowId(*row);
            parts.node_of_row.verify(id.index())?;
            top.offer(Hit { id, score: rows.try_score(id, query)? });
        }
        Ok(top.into_hits())
    }
}

fn lay_out(vectors: Vectors, params: &HnswParams) -> Result<Parts, Damage> {
    let (rows, dim) = (vectors.len(), vectors.dim());
    let numbers = vectors.to_f32()?;
    let step = 2.0 / 15.0_f32;
    let stride = dim.div_ceil(128) * 64;
    let degree = 2 * params.m;
    // Any order will do that is not the rows' own.
    let row_of_node: Vec<u32> = (0..rows as u32).rev().collect();
    let mut codes = vec![0_u8; rows * stride];
    let mut errors = vec![0.0_f32; rows];
    for (node, codes) in codes.chunks_exact_mut(stride).enumerate() {
        let row = &numbers[row_of_node[node] as usize * dim..][..dim];
        let mut square = 0.0;
        for (d, x) in row.iter().enumerate() {
            let code = ((x / step + 7.5).round() as i32).clamp(0, 15);
            square += (x - step * (code as f32 - 7.5)).powi(2);
            codes[d / 128 * 64 + d % 64] |= (code as u8) << (d % 128 / 64 * 4);
        }
        errors[node] = square.sqrt();
    }
    let ring = |len: usize, degree: usize| -> Vec<u32> {
        let link = |from: usize, i: usize| if i + 1 < len { ((from + i + 1) % len) as u32 } else { NONE };
        (0..len).flat_map(|from| (0..degree).map(move |i| link(from, i))).collect()
    };
    let mut members: Vec<Vec<u32>> = Vec::new();
    while rows > 0 && members.last().is_none_or(|top| top.len() > crate::layout::ENTRY_ROWS) {
        let below = members.last().cloned().unwrap_or_else(|| (0..rows as u32).collect());
        members.push(below.into_iter().step_by(params.m).collect());
    }
    let top = members.pop();
    let entries: Vec<u8> =
        top.iter().flatten().flat_map(|node| codes[*node as usize * stride..][..stride].to_vec()).collect();
    let mut levels: Vec<LevelParts> = members
        .into_iter()
        .map(|nodes| {
            let links = Section::of_u32s(ring(nodes.len(), params.m), params.m);
            LevelParts { degree: params.m, nodes: Section::of_u32s(nodes, 1), links }
        })
        .collect();
    levels.extend(top.map(|nodes| LevelParts::top(Section::of_u32s(nodes, 1))));
    let header = Header {
        rows: rows as u64,
        dim: dim as u32,
        element: vectors.element(),
        build_seconds: 0.0,
        seed: 0,
        code_bits: 4,
        stride: stride as u32,
        degree: degree as u32,
        upper_degree: params.m as u32,
        m: params.m as u32,
        ef_construction: params.ef_construction as u32,
        alpha: 1.0,
        largest_error: errors.iter().fold(0.0, |largest, error| error.max(largest)),
        levels: levels.len() as u32,
    };
    let quantiser = [vec![0.0; dim], vec![step; dim]].concat();
    drop(numbers);
    Ok(Parts {
        header,
        rows: vectors,
        codes: Section::trusted(codes.into(), stride),
        links: Section::of_u32s(ring(rows, degree), degree),
        node_of_row: Section::of_u32s(row_of_node.clone(), 1),
        row_of_node: Section::of_u32s(row_of_node, 1),
        errors: Section::of_f32s(errors, 1),
        quantiser: Section::of_f32s(quantiser, dim),
        levels,
        entry_codes: Section::trusted(entries.into(), stride),
    })
}
