//! The numbers that shape a graph.

use std::ops::RangeInclusive;

use semsearch_vector::CodeBits;

use crate::limits;

/// How a graph is built.
///
/// All are fixed when the graph is built; what can still be traded at search time is `ef`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HnswParams {
    /// Links per row: up to `m` on the upper layers, up to `2·m` on the lowest.
    ///
    /// Buys recall at a given `ef`, above all on vectors with many directions of variation. Costs four bytes a
    /// link, in memory and in the file, and time per step of a search. 16 suits sentence embeddings; beyond 48 little is
    /// gained.
    pub m: usize,
    /// Candidates from which a row chooses its links: when all rows are linked at once, its nearest neighbours; when a row
    /// is added, the beam of the search for them.
    ///
    /// Buys better links, and with them recall. Costs build time almost in proportion, and nothing afterwards. Below
    /// `m` a row cannot even fill its links.
    pub ef_construction: usize,
    /// How much nearer than to the row itself a candidate has to be to a linked one to be passed over, as a factor on the
    /// squared distance.
    ///
    /// 1 is the heuristic as published. Above it rows keep more links, and more of them short. From 1.05 to 1.1 a search
    /// scores the fewest rows; at 1.2 a tenth to a quarter more for the same recall, at 1.4 near twice as many.
    pub alpha: f32,
    /// From which the rows of the upper levels are drawn. The same rows and seed give the same graph.
    pub seed: u64,
    /// Bits of the codes that searches compare before they look at full rows: 4, or 8 on request.
    ///
    /// 8 take twice the memory of 4 and leave a tenth of the error or less, so that an exact search of 20,000 paper abstracts
    /// looks at 36 full rows instead of 187: good where those lie on a slow disk, and for batches of queries. One query
    /// alone takes half as long again. Rows of up to [`HnswParams::NARROW_DIM`] numbers have codes of 8 bits in any case.
    pub codes: CodeBits,
}

/// Why a graph cannot be built with these numbers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name} is {found}, but must lie between {} and {}", range.start(), range.end())]
pub struct ParamsError {
    /// Which number.
    pub name: &'static str,
    /// What it was set to.
    pub found: f64,
    /// What it can be set to.
    pub range: RangeInclusive<f64>,
}

impl Default for HnswParams {
    fn default() -> Self {
        Self { m: 16, ef_construction: 64, alpha: 1.1, seed: 0, codes: CodeBits::Four }
    }
}

impl HnswParams {
    /// From a graph that is more than a chain to the most links that a search has room for.
    pub const M_RANGE: RangeInclusive<usize> = limits::M_RANGE;

    /// The upper end is where a build compares each row with thousands of others and no longer pays.
    pub const EF_CONSTRUCTION_RANGE: RangeInclusive<usize> = 8..=4096;

    /// Below 1, a row would pass over candidates that no linked one is near.
    pub const ALPHA_RANGE: RangeInclusive<f32> = 1.0..=4.0;

    /// Up to so many numbers a row, codes of 8 bits take no more memory than codes of 4, which are laid out in blocks of 64
    /// bytes; and codes of 4 say too little there, since few of them add up.
    pub const NARROW_DIM: usize = 64;

    /// The codes that rows of `dim` numbers get.
    #[must_use]
    pub fn codes_for(&self, dim: usize) -> CodeBits {
        if dim <= Self::NARROW_DIM { CodeBits::Eight } else { self.codes }
    }

    /// Checks all ranges.
    ///
    /// # Errors
    /// For the first number out of its range.
    pub fn check(&self) -> Result<(), ParamsError> {
        let within = |name, found: f64, from: f64, to: f64| {
            let range = from..=to;
            if range.contains(&found) { Ok(()) } else { Err(ParamsError { name, found, range }) }
        };
        let count = |name, found: usize, range: RangeInclusive<usize>| {
            within(name, found as f64, *range.start() as f64, *range.end() as f64)
        };
        count("m", self.m, Self::M_RANGE)?;
        count("ef_construction", self.ef_construction, Self::EF_CONSTRUCTION_RANGE)?;
        within("alpha", self.alpha.into(), (*Self::ALPHA_RANGE.start()).into(), (*Self::ALPHA_RANGE.end()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_range() {
        assert_eq!(HnswParams::default().check(), Ok(()));
    }

    #[test]
    fn narrow_rows_have_codes_of_8_bits_for_which_they_pay_nothing() {
        let default = HnswParams::default();
        let on_request = HnswParams { codes: CodeBits::Eight, ..default };
        for dim in [1, 63, 64, 65, 128, 384] {
            let eight = default.codes_for(dim) == CodeBits::Eight;
            assert_eq!(eight, CodeBits::Eight.stride(dim) == CodeBits::Four.stride(dim), "{dim}");
            assert_eq!(on_request.codes_for(dim), CodeBits::Eight);
        }
    }

    #[test]
    fn a_number_out_of_range_is_named_with_its_range() {
        let error = HnswParams { m: 300, ..HnswParams::default() }.check().unwrap_err();
        assert_eq!(error.to_string(), "m is 300, but must lie between 2 and 128");
        assert!(HnswParams { ef_construction: 1, ..HnswParams::default() }.check().is_err());
        let error = HnswParams { alpha: f32::NAN, ..HnswParams::default() }.check().unwrap_err();
        assert_eq!(error.to_string(), "alpha is NaN, but must lie between 1 and 4");
    }
}
