//! The header of the first page: shape, parameters and measurements of an index.

use semsearch_vector::CodeBits;

use super::fields::{FieldFault, Fields};
use crate::limits::{MAX_DIM, MAX_LEVELS, MAX_LINKS, MAX_ROWS};

/// The kind of number that rows are kept in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Element {
    /// Single precision, four bytes: what an encoder gives.
    #[default]
    F32,
    /// Half precision, two bytes: three digits of each number.
    F16,
}

impl Element {
    /// Bytes of a number.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Element::F32 => size_of::<f32>(),
            Element::F16 => size_of::<u16>(),
        }
    }
}

/// How many codes a beam search scores, as measured when the graph was built: about `base + per_ef · ef`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct BeamCost {
    /// Codes scored with the narrowest beam.
    pub(crate) base: f32,
    /// Codes scored for each candidate of the beam.
    pub(crate) per_ef: f32,
}

/// An index without its sections: shape, parameters, and what was measured while it was built. A new field is a line here,
/// a line at the end of [`Header::each`], and a line in FORMAT.md.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Header {
    /// How many rows there are.
    pub(crate) rows: u64,
    /// How many numbers a row has.
    pub(crate) dim: u32,
    /// The kind of number in the section of rows.
    pub(crate) element: Element,
    /// How long the build took, in seconds.
    pub(crate) build_seconds: f64,
    /// The seed from which the rows of the upper levels were drawn.
    pub(crate) seed: u64,
    /// Bits of a code: 4 or 8; 0 without a graph.
    pub(crate) code_bits: u32,
    /// Bytes of a row of codes: whole blocks of 64.
    pub(crate) stride: u32,
    /// Links of a node on level 0; 0 without a graph.
    pub(crate) degree: u32,
    /// Links of a member of an upper level.
    pub(crate) upper_degree: u32,
    /// The parameter `m` of the build.
    pub(crate) m: u32,
    /// The parameter `ef_construction` of the build.
    pub(crate) ef_construction: u32,
    /// The parameter `alpha` of the build.
    pub(crate) alpha: f32,
    /// The largest residual norm.
    pub(crate) largest_residual: f32,
    /// The code norm: at least the length of any row of codes, each less the middle one.
    pub(crate) code_norm: f32,
    /// The mean residual norm.
    pub(crate) mean_residual: f32,
    /// Recall of the neighbours that rows chose their links from: 1 if all pairs were compared, otherwise measured on a
    /// sample. 0 without a graph.
    pub(crate) neighbour_recall: f32,
    /// How many codes a beam search scores.
    pub(crate) beam_cost: BeamCost,
    /// How many upper levels there are; at least one in an index with a graph and rows.
    pub(crate) levels: u32,
}

impl Header {
    /// Whether there is a graph; an empty one counts.
    pub(crate) fn has_graph(&self) -> bool {
        self.degree > 0
    }

    /// The kind of code.
    pub(crate) fn bits(&self) -> CodeBits {
        if self.code_bits == 8 { CodeBits::Eight } else { CodeBits::Four }
    }

    /// Every field once, in the order in which they lie in the file. New ones go to the end.
    pub(super) fn each(&mut self, fields: &mut impl Fields) {
        let mut element: u32 = match self.element {
            Element::F32 => 1,
            Element::F16 => 2,
        };
        fields.number(&mut self.rows);
        fields.number(&mut self.dim);
        fields.number(&mut element);
        fields.number(&mut self.build_seconds);
        fields.number(&mut self.seed);
        fields.number(&mut self.code_bits);
        fields.number(&mut self.stride);
        fields.number(&mut self.degree);
        fields.number(&mut self.upper_degree);
        fields.number(&mut self.m);
        fields.number(&mut self.ef_construction);
        fields.number(&mut self.alpha);
        fields.number(&mut self.largest_residual);
        fields.number(&mut self.levels);
        fields.number(&mut self.code_norm);
        fields.number(&mut self.mean_residual);
        fields.number(&mut self.beam_cost.base);
        fields.number(&mut self.beam_cost.per_ef);
        fields.number(&mut self.neighbour_recall);
        match element {
            1 => self.element = Element::F32,
            2 => self.element = Element::F16,
            _ => fields.refuse(44, "an unknown kind of number"),
        }
    }

    /// Refuses values that no valid index has, before anything is computed from them.
    pub(super) fn check(&self) -> Result<(), FieldFault> {
        let graph = self.has_graph();
        let stride = match self.code_bits {
            4 | 8 => self.bits().stride(self.dim as usize),
            _ => 0,
        };
        let singles = [
            self.alpha,
            self.largest_residual,
            self.code_norm,
            self.mean_residual,
            self.beam_cost.base,
            self.beam_cost.per_ef,
            self.neighbour_recall,
        ];
        let finite = self.build_seconds.is_finite() && singles.iter().all(|number| number.is_finite());
        let no_graph = Header {
            rows: self.rows,
            dim: self.dim,
            element: self.element,
            build_seconds: self.build_seconds,
            ..Header::default()
        };
        let links = 1..=MAX_LINKS as u32;
        let rules = [
            (self.rows <= MAX_ROWS as u64, 32, "more rows than there are ids"),
            ((1..=MAX_DIM as u32).contains(&self.dim), 40, "rows that are empty or too wide"),
            (finite, 48, "a number that is not finite"),
            (!graph || stride > 0, 64, "codes of neither 4 nor 8 bits"),
            (!graph || stride == self.stride as usize, 68, "codes of another width than the rows"),
            (!graph || links.contains(&self.degree), 72, "too many links"),
            (graph || *self == no_graph, 72, "parameters of a graph without links"),
            (!graph || links.contains(&self.upper_degree), 76, "no links or too many on the upper levels"),
            (!graph || (self.m > 0 && self.ef_construction > 0), 80, "parameters that are zero"),
            (self.levels <= MAX_LEVELS, 96, "too many levels"),
            (!graph || (self.levels > 0) == (self.rows > 0), 96, "levels without rows, or rows without levels"),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            Some((_, offset, problem)) => Err(FieldFault { offset, problem }),
            None => Ok(()),
        }
    }
}
