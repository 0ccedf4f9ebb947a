//! The parameters of a search, and the explanation of an answer.

/// The default beam width of a search.
pub const DEFAULT_EF: usize = 128;

/// The parameters of a search: `SearchParams::new(10)` for the ten nearest rows, found in the cheapest way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchParams {
    /// The number of hits wanted.
    pub k: usize,
    /// The beam width: candidates that a graph search keeps. Counts as at least `k`.
    ///
    /// A wider beam finds better rows and takes longer, nearly in proportion. Exact search does not use it.
    pub ef: usize,
    /// The most candidates of a graph search that are scored in full precision: at least `k` and at most `ef`; `None` for
    /// all `ef`.
    ///
    /// A candidate whose estimate leaves it no chance is never scored, so less than `ef` saves little.
    pub rerank: Option<usize>,
    /// Whether to follow the graph or to scan.
    pub strategy: Strategy,
}

impl SearchParams {
    /// For `k` hits, with a beam of [`DEFAULT_EF`] and [`Strategy::Auto`].
    #[must_use]
    pub fn new(k: usize) -> Self {
        Self { k, ef: DEFAULT_EF, rerank: None, strategy: Strategy::Auto }
    }

    /// With this beam width.
    #[must_use]
    pub fn with_ef(self, ef: usize) -> Self {
        Self { ef, ..self }
    }

    /// With at most this many candidates scored in full precision.
    #[must_use]
    pub fn with_rerank(self, rerank: usize) -> Self {
        Self { rerank: Some(rerank), ..self }
    }

    /// With this strategy.
    #[must_use]
    pub fn with_strategy(self, strategy: Strategy) -> Self {
        Self { strategy, ..self }
    }
}

/// How a query is to be answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strategy {
    /// Whichever costs less: small collections and narrow filters are scanned.
    #[default]
    Auto,
    /// By a beam search through the graph, which misses a hit now and then. A query for which the graph cannot pay, because
    /// the beam is as wide as the index or the query is all zeros, is answered exactly.
    Graph,
    /// By a scan of every row that may be an answer, with a proof that none is missed.
    Exact,
}

/// The strategy by which a query was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChosenStrategy {
    /// A beam search through the graph.
    Graph,
    /// A scan with a proof.
    #[default]
    Exact,
}

/// How a query was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Explain {
    /// The strategy that was chosen.
    pub strategy: ChosenStrategy,
    /// Rows of the index.
    pub rows: usize,
    /// Rows that the filter keeps.
    pub kept: usize,
    /// The expected cost of a scan, in nanoseconds.
    pub expected_exact_ns: f64,
    /// The expected cost of a graph search, in nanoseconds.
    pub expected_graph_ns: f64,
    /// Nodes of the graph whose links were followed.
    pub expanded: usize,
    /// Rows compared by their codes.
    pub coded: usize,
    /// Rows compared in full precision.
    pub full: usize,
}

impl Explain {
    /// The explanation of one answer that was put together from two indexes: numbers add up, and the answer is exact only
    /// if both are.
    #[must_use]
    pub fn combined(&self, other: &Self) -> Self {
        let graph = [self.strategy, other.strategy].contains(&ChosenStrategy::Graph);
        Self {
            strategy: if graph { ChosenStrategy::Graph } else { ChosenStrategy::Exact },
            rows: self.rows + other.rows,
            kept: self.kept + other.kept,
            expected_exact_ns: self.expected_exact_ns + other.expected_exact_ns,
            expected_graph_ns: self.expected_graph_ns + other.expected_graph_ns,
            expanded: self.expanded + other.expanded,
            coded: self.coded + other.coded,
            full: self.full + other.full,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_from_two_indexes_is_exact_only_if_both_are() {
        let exact = Explain { rows: 3, full: 2, ..Explain::default() };
        let graph = Explain { strategy: ChosenStrategy::Graph, rows: 5, expanded: 4, ..Explain::default() };
        assert_eq!(exact.combined(&exact).strategy, ChosenStrategy::Exact);
        let both = exact.combined(&graph);
        assert_eq!(both, graph.combined(&exact));
        assert_eq!((both.strategy, both.rows, both.full, both.expanded), (ChosenStrategy::Graph, 8, 2, 4));
    }
}
