//! The numbers that shape a graph.

use std::ops::RangeInclusive;

use semsearch_task::ErrorKind;
use semsearch_vector::CodeBits;

use crate::file::Header;
use crate::limits;

/// How a graph is built: `HnswParams::default().with_m(24)`.
///
/// All parameters are fixed when the graph is built. What can still be traded when searching is the beam width
/// ([`SearchParams::ef`](crate::SearchParams::ef)).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct HnswParams {
    /// Links per row: up to `m` on the upper layers, up to `2·m` on the lowest.
    ///
    /// Buys recall at a given `ef`, above all on vectors with many directions of variation. Costs four bytes a
    /// link, in memory and in the file, and time per step of a search. 16 suits sentence embeddings; beyond 48 little is
    /// gained.
    pub m: usize,
    /// The nearest neighbours among which a row chooses its links.
    ///
    /// Buys better links, and with them recall. Costs build time almost in proportion, and no time afterwards. Below
    /// `2·m` it counts as `2·m`, the places that a row has.
    pub ef_construction: usize,
    /// Pruning slack, α in Vamana: candidate c is dropped if α · d²(c, s) < d²(c, row) for a neighbour s already chosen.
    ///
    /// 1 is the heuristic as published for HNSW. Above 1 fewer candidates are dropped: a row keeps more links, and more
    /// of its places go to near rows. From 1.05 to 1.1 a search scores the fewest rows; at 1.2 a tenth to a quarter more
    /// for the same recall, at 1.4 near twice as many.
    pub alpha: f32,
    /// The seed from which the rows of the upper levels are drawn. The same rows and seed give the same graph.
    pub seed: u64,
    /// Bits of the codes that searches compare before they look at full rows: 4, or 8 on request.
    ///
    /// Codes of 8 bits take twice the memory of 4 and leave a tenth of the error or less, so that an exact search of 20,000
    /// paper abstracts looks at 36 full rows instead of 187: good where full rows lie on a slow disk, and for batches of
    /// queries. A single query takes half as long again. Rows of up to [`HnswParams::NARROW_DIM`] numbers always have codes
    /// of 8 bits.
    pub codes: CodeBits,
}

/// Why a graph cannot be built with these numbers.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name} is {found}, but must lie between {} and {}", range.start(), range.end())]
#[non_exhaustive]
pub struct ParamsError {
    /// The parameter.
    pub name: &'static str,
    /// Its value.
    pub found: f64,
    /// The values it can have.
    pub range: RangeInclusive<f64>,
}

impl ParamsError {
    /// Always [`ErrorKind::Usage`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }
}

impl Default for HnswParams {
    fn default() -> Self {
        Self { m: 16, ef_construction: 64, alpha: 1.1, seed: 0, codes: CodeBits::Four }
    }
}

impl HnswParams {
    /// The lower end is a graph that is more than a chain, the upper end the most links that a search has room for.
    pub const M_RANGE: RangeInclusive<usize> = limits::M_RANGE;

    /// The upper end is where a build compares each row with thousands of others and no longer pays.
    pub const EF_CONSTRUCTION_RANGE: RangeInclusive<usize> = 8..=4096;

    /// Below 1, a candidate would be dropped that is nearer to the row than to any neighbour chosen.
    pub const ALPHA_RANGE: RangeInclusive<f32> = 1.0..=4.0;

    /// The widest rows for which codes of 8 bits take no more memory than codes of 4: both are laid out in blocks of 64
    /// bytes. Codes of 4 bits would tell such rows apart badly, since few of them add up.
    pub const NARROW_DIM: usize = 64;

    /// The codes that rows of `dim` numbers get.
    #[must_use]
    pub fn codes_for(&self, dim: usize) -> CodeBits {
        if dim <= Self::NARROW_DIM { CodeBits::Eight } else { self.codes }
    }

    /// With this `m`.
    #[must_use]
    pub fn with_m(self, m: usize) -> Self {
        Self { m, ..self }
    }

    /// With this `ef_construction`.
    #[must_use]
    pub fn with_ef_construction(self, ef_construction: usize) -> Self {
        Self { ef_construction, ..self }
    }

    /// With this `alpha`.
    #[must_use]
    pub fn with_alpha(self, alpha: f32) -> Self {
        Self { alpha, ..self }
    }

    /// With this `seed`.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// With codes of this many bits.
    #[must_use]
    pub fn with_codes(self, codes: CodeBits) -> Self {
        Self { codes, ..self }
    }

    /// The parameters with which the graph of a file was built.
    pub(crate) fn of(header: &Header) -> Self {
        Self {
            m: header.m as usize,
            ef_construction: header.ef_construction as usize,
            alpha: header.alpha,
            seed: header.seed,
            codes: header.bits(),
        }
    }

    /// Checks all ranges.
    ///
    /// # Errors
    /// For the first parameter out of its range.
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
    fn narrow_rows_have_codes_of_8_bits_at_no_cost() {
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
