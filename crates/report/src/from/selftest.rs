//! How well an index finds its own papers.

use semsearch_engine::{Interval, mean_with_interval};
use semsearch_eval::KnownItem;
use semsearch_eval::retrieval::{Bootstrap, Estimate, Measure, Over, PerQuery};
use semsearch_store::Collection;

use crate::selftest::{KnownItemResult, Selftest, SelftestSchema};
use crate::shared;

impl Selftest {
    /// The measures of a selftest, those that [`Selftest::new`] asks for.
    ///
    /// # Panics
    /// Never: the names are those of measures.
    #[must_use]
    pub fn measures() -> [Measure; 3] {
        ["recall@1", "recall@10", "mrr"].map(|name| name.parse().expect("a measure"))
    }

    /// What questions from `queries` papers of `collection`, drawn by `seed`, scored in each mode and of each kind, in
    /// [`Selftest::measures`].
    #[must_use]
    pub fn new(
        collection: &Collection,
        model: &str,
        (queries, seed): (usize, u64),
        scores: &[(String, KnownItem, PerQuery)],
    ) -> Self {
        let results = scores.iter().map(|(mode, kind, scores)| {
            let [first, ten, mrr] = Self::measures().map(|measure| scores.values(measure, Over::Judged));
            KnownItemResult {
                mode: mode.clone(),
                kind: kind.as_str().to_owned(),
                first: share(&first.unwrap_or_default()),
                among_ten: share(&ten.unwrap_or_default()),
                mrr: mean(&mrr.unwrap_or_default()),
            }
        });
        Selftest {
            schema: SelftestSchema::V1,
            index: collection.root().display().to_string(),
            model: model.to_owned(),
            documents: collection.len() as u64,
            queries: queries as u64,
            seed,
            results: results.collect(),
        }
    }
}

/// A share of questions. Its interval is Wilson's: drawn again and again, questions that all succeed would say that
/// nothing can fail.
fn share(values: &[f64]) -> shared::Interval {
    mean_with_interval(values, 1).unwrap_or(Interval { mean: 0.0, low: 0.0, high: 1.0 }).into()
}

fn mean(values: &[f64]) -> shared::Interval {
    let nothing = Estimate { mean: 0.0, low: 0.0, high: 1.0 };
    let Estimate { mean, low, high } = Bootstrap::default().mean(values).unwrap_or(nothing);
    shared::Interval { mean, low, high }
}
