//! The two numbers that shape a graph.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// How a graph is built.
///
/// Both are fixed when the graph is built; what can still be traded at search time is `ef`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HnswParams {
    /// Links per row: up to `m` on the upper layers, up to `2·m` on the lowest.
    ///
    /// Buys recall at a given `ef`, above all on vectors with many directions of variation. Costs memory and file
    /// size (about 17 bytes per link in the file, 48 in memory) and time per step of a search. 16 suits sentence
    /// embeddings; beyond 48 little is gained.
    pub m: usize,
    /// Candidates from which a new row chooses its links.
    ///
    /// Buys better links, and with them recall. Costs build time almost in proportion, and nothing afterwards. Below
    /// `m` a row cannot even fill its links.
    pub ef_construction: usize,
}

/// Why a graph cannot be built with these numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {found}, but must lie between {} and {}", range.start(), range.end())]
pub struct ParamsError {
    /// Which number.
    pub name: &'static str,
    /// What it was set to.
    pub found: usize,
    /// What it can be set to.
    pub range: RangeInclusive<usize>,
}

impl Default for HnswParams {
    fn default() -> Self {
        Self { m: 16, ef_construction: 200 }
    }
}

impl HnswParams {
    /// One link per layer makes a chain instead of a graph. The upper end keeps the link count within the byte in
    /// which `hnsw_rs` stores it: above 255 it wraps, above 256 the library ends the process.
    pub const M_RANGE: RangeInclusive<usize> = 2..=128;

    /// The upper end is where a build compares each row with thousands of others and no longer pays.
    pub const EF_CONSTRUCTION_RANGE: RangeInclusive<usize> = 8..=4096;

    /// Checks both ranges.
    ///
    /// # Errors
    /// For the first number out of its range.
    pub fn check(&self) -> Result<(), ParamsError> {
        let within = |name, found, range: RangeInclusive<usize>| {
            if range.contains(&found) { Ok(()) } else { Err(ParamsError { name, found, range }) }
        };
        within("m", self.m, Self::M_RANGE)?;
        within("ef_construction", self.ef_construction, Self::EF_CONSTRUCTION_RANGE)
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
    fn a_number_out_of_range_is_named_with_its_range() {
        let error = HnswParams { m: 300, ..HnswParams::default() }.check().unwrap_err();
        assert_eq!(error.to_string(), "m is 300, but must lie between 2 and 128");
        assert!(HnswParams { m: 16, ef_construction: 1 }.check().is_err());
    }
}
