//! The cost model of a query, by the graph and by a scan, which [`Strategy::Auto`](crate::Strategy::Auto) compares.
//!
//! A scan looks at every code in order and is always right. A graph search looks at a few hundred codes here and there
//! and is nearly always right. A scan is therefore the better answer whenever it costs no more: in small collections, and
//! where a filter keeps few rows. Both costs are known before the search. The cost of a scan follows from the number of
//! rows it looks at. The number of codes that a graph search scores at a beam width was measured when the graph was
//! built, and is in the file.
//!
//! The prices below are in nanoseconds, fitted to graph searches and scans of 20,000 and 59,000 abstracts, 384 dimensions,
//! on one core of a Sapphire Rapids machine. Only their ratios matter, and those differ little between machines: they say
//! how much more a random access costs than a sequential one.

use crate::file::BeamCost;

/// The price of a code that is scored in order.
const CODE_IN_ORDER: f64 = 7.0;
/// The price of a code that is scored where a filter or a link points.
const CODE_AT_RANDOM: f64 = 14.0;
/// The price of following links, for each code that is scored.
const STEP: f64 = 8.0;
/// The price of beginning a graph search: the upper levels, and preparing memory.
const START: f64 = 2_000.0;
/// The price of a row in full precision.
const FULL_ROW: f64 = 60.0;
/// How many times the fourth root of its rows a scan looks at in full precision beside the leaders, for ten hits among
/// paper abstracts: 187 of 20,000 and 247 of 59,000.
const PROOF_ROWS: f64 = 15.0;

/// How many rows there are, and how many of them may be answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) rows: usize,
    pub(crate) kept: usize,
}

/// The expected cost of each way to answer, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Prices {
    /// A scan of all codes in order.
    pub(crate) scan: f64,
    /// A scan of the codes of the rows that are kept.
    pub(crate) pick: f64,
    /// A graph search.
    pub(crate) graph: f64,
}

impl Prices {
    /// The cheaper of the exact ways.
    pub(crate) fn exact(&self) -> f64 {
        self.scan.min(self.pick)
    }
}

/// The beam width at which `ef` candidates pass the filter.
pub(crate) fn beam(ef: usize, Selection { rows, kept }: Selection) -> usize {
    if kept == 0 { rows } else { ef.saturating_mul(rows).div_ceil(kept).min(rows) }
}

/// The expected cost of each way for `k` hits.
pub(crate) fn prices(selection: Selection, k: usize, ef: usize, rerank: usize, cost: BeamCost) -> Prices {
    let (rows, kept) = (selection.rows as f64, selection.kept as f64);
    let leaders = 2.0 * k as f64 + 16.0;
    let proof = (PROOF_ROWS * kept.powf(0.25) + leaders).min(kept) * FULL_ROW;
    let scored = f64::from(cost.base) + f64::from(cost.per_ef) * beam(ef, selection) as f64;
    Prices {
        scan: rows * CODE_IN_ORDER + proof,
        pick: kept * CODE_AT_RANDOM + proof,
        graph: START + scored.min(rows) * (CODE_AT_RANDOM + STEP) + (rerank as f64).min(leaders).min(kept) * FULL_ROW,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COST: BeamCost = BeamCost { base: 400.0, per_ef: 12.0 };

    fn cheapest(rows: usize, kept: usize) -> &'static str {
        let Prices { scan, pick, graph } = prices(Selection { rows, kept }, 10, 128, 40, COST);
        if graph < scan.min(pick) {
            "graph"
        } else if pick < scan {
            "pick"
        } else {
            "scan"
        }
    }

    #[test]
    fn small_collections_are_scanned_and_large_ones_searched_by_the_graph() {
        assert_eq!(cheapest(1_000, 1_000), "scan");
        assert_eq!(cheapest(60_000, 60_000), "graph");
        assert_eq!(cheapest(3_000_000, 3_000_000), "graph");
    }

    #[test]
    fn a_filter_that_keeps_few_rows_is_answered_by_looking_at_just_those() {
        assert_eq!(cheapest(60_000, 600), "pick");
        assert_eq!(cheapest(60_000, 0), "pick");
        assert_eq!(cheapest(3_000_000, 3_000), "pick");
        assert_eq!(cheapest(3_000_000, 1_500_000), "graph");
    }

    #[test]
    fn a_beam_grows_as_a_filter_narrows_and_never_beyond_the_rows() {
        assert_eq!(beam(100, Selection { rows: 1000, kept: 1000 }), 100);
        assert_eq!(beam(100, Selection { rows: 1000, kept: 500 }), 200);
        assert_eq!(beam(100, Selection { rows: 1000, kept: 0 }), 1000);
        assert_eq!(beam(usize::MAX, Selection { rows: 1000, kept: 3 }), 1000);
    }
}
