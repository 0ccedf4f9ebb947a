//! The measures of a ranking, and their names.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use semsearch_task::ErrorKind;

/// A measure of one ranking, between 0 and 1. The names in brackets are trec_eval's.
///
/// Written and read as `ndcg@10`, `recall@100`, `precision@5` (or `p@5`), `map`, `mrr`; read under trec_eval's names, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Measure {
    /// Gain of the first k documents, discounted by rank, as a share of the best possible (`ndcg_cut_k`).
    Ndcg(NonZeroUsize),
    /// Share of the relevant documents that is among the first k (`recall_k`).
    Recall(NonZeroUsize),
    /// Share of the first k that is relevant, also where there are fewer than k (`P_k`).
    Precision(NonZeroUsize),
    /// Mean of the precision at each relevant document, 0 for one that was not found (`map`; for one query `AP`).
    Map,
    /// One divided by the rank of the first relevant document (`recip_rank`).
    ///
    /// Of ir-measures' two providers of RR this is the one of pytrec_eval, for which the larger id of a tie comes first.
    Mrr,
}

/// A text that names no measure.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("expected ndcg@K, recall@K, precision@K, map or mrr, with K from 1 on, found `{found}`")]
pub struct ParseMeasureError {
    /// The text.
    pub found: String,
}

impl ParseMeasureError {
    /// What the error is about: always [`ErrorKind::Usage`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }
}

impl FromStr for Measure {
    type Err = ParseMeasureError;

    fn from_str(text: &str) -> Result<Measure, ParseMeasureError> {
        let name = text.trim().to_ascii_lowercase();
        let (kind, k) = match name.rsplit_once(['@', '_', '.']) {
            Some((kind, k)) if k.starts_with(|first: char| first.is_ascii_digit()) => (kind, k.parse().ok()),
            _ => (name.as_str(), None),
        };
        match (kind, k) {
            ("ndcg" | "ndcg_cut", Some(k)) => Ok(Measure::Ndcg(k)),
            ("recall" | "r", Some(k)) => Ok(Measure::Recall(k)),
            ("precision" | "p", Some(k)) => Ok(Measure::Precision(k)),
            ("map", None) if kind == name => Ok(Measure::Map),
            ("mrr" | "recip_rank", None) if kind == name => Ok(Measure::Mrr),
            _ => Err(ParseMeasureError { found: text.to_owned() }),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measure::Ndcg(k) => write!(out, "ndcg@{k}"),
            Measure::Recall(k) => write!(out, "recall@{k}"),
            Measure::Precision(k) => write!(out, "precision@{k}"),
            Measure::Map => out.write_str("map"),
            Measure::Mrr => out.write_str("mrr"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written_and_as_trec_eval_writes_them() {
        for (name, others) in [
            ("ndcg@10", ["nDCG@10", "ndcg_cut_10", "ndcg_cut.10"]),
            ("recall@100", ["R@100", "recall_100", "recall.100"]),
            ("precision@5", ["P@5", "P_5", "p.5"]),
            ("map", ["MAP", " map", "Map"]),
            ("mrr", ["MRR", "recip_rank", "mrr"]),
        ] {
            let measure: Measure = name.parse().unwrap();
            assert_eq!(measure.to_string(), name);
            for other in others {
                assert_eq!(other.parse(), Ok(measure), "{other}");
            }
        }
    }

    #[test]
    fn other_texts_name_no_measure() {
        for text in
            ["", "ndcg", "ndcg@", "ndcg@0", "ndcg@-1", "ndcg@ten", "recall@99999999999999999999", "map@10", "mrr@0"]
        {
            assert_eq!(text.parse::<Measure>(), Err(ParseMeasureError { found: text.to_owned() }));
        }
    }
}
