//! The formulas of the measures, over the grades of one ranking.

use super::measure::Measure;

/// One ranking as the measures see it.
pub(super) struct Grades {
    /// The grade of each document that was found, best first; 0 where it is not relevant, or nobody judged it.
    found: Vec<u32>,
    /// The grades of all relevant documents, largest first.
    relevant: Vec<u32>,
}

impl Grades {
    /// `found` in the order of the ranking, `judged` in any; grades below 1 count as 0.
    pub(super) fn new(found: impl Iterator<Item = i32>, judged: impl Iterator<Item = i32>) -> Grades {
        let counted = |grade: i32| u32::try_from(grade).unwrap_or(0);
        let mut relevant: Vec<u32> = judged.map(counted).filter(|&grade| grade > 0).collect();
        relevant.sort_unstable_by(|a, b| b.cmp(a));
        Grades { found: found.map(counted).collect(), relevant }
    }

    /// 0 where there is no relevant document.
    pub(super) fn measure(&self, measure: Measure) -> f64 {
        if self.relevant.is_empty() {
            return 0.0;
        }
        let all = self.relevant.len() as f64;
        match measure {
            Measure::Ndcg(k) => discounted_gain(&self.found, k.get()) / discounted_gain(&self.relevant, k.get()),
            Measure::Recall(k) => self.relevant_among(k.get()) / all,
            Measure::Precision(k) => self.relevant_among(k.get()) / k.get() as f64,
            Measure::Map => {
                let precisions = (1..).zip(self.ranks()).map(|(relevant, rank)| f64::from(relevant) / rank as f64);
                precisions.sum::<f64>() / all
            }
            Measure::Mrr => self.ranks().next().map_or(0.0, |rank| 1.0 / rank as f64),
        }
    }

    /// The ranks of the relevant documents, from 1.
    fn ranks(&self) -> impl Iterator<Item = usize> {
        (1..).zip(&self.found).filter(|&(_, &grade)| grade > 0).map(|(rank, _)| rank)
    }

    fn relevant_among(&self, k: usize) -> f64 {
        self.ranks().take_while(|&rank| rank <= k).count() as f64
    }
}

/// Järvelin and Kekäläinen, ACM TOIS 20 (2002), with the discount that trec_eval has: rank 2 is discounted, too.
fn discounted_gain(grades: &[u32], k: usize) -> f64 {
    (2u32..).zip(grades.iter().take(k)).map(|(place, &grade)| f64::from(grade) / f64::from(place).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(found: &[i32], judged: &[i32], measure: &str) -> f64 {
        Grades::new(found.iter().copied(), judged.iter().copied()).measure(measure.parse().unwrap())
    }

    #[test]
    fn a_ranking_worked_out_by_hand() {
        // Grade 1 first, an unjudged one, grade 3, one judged -1; of the relevant ones, 3, 1 and 2, the last is not found.
        let (found, judged) = ([1, 0, 3, -1], [-1, 1, 2, 3]);
        let log3 = 3f64.log2();
        for (measure, expected) in [
            ("ndcg@1", 1.0 / 3.0),
            ("ndcg@3", (1.0 + 3.0 / 2.0) / (3.0 + 2.0 / log3 + 1.0 / 2.0)),
            ("ndcg@100", (1.0 + 3.0 / 2.0) / (3.0 + 2.0 / log3 + 1.0 / 2.0)),
            ("recall@2", 1.0 / 3.0),
            ("recall@3", 2.0 / 3.0),
            ("precision@3", 2.0 / 3.0),
            ("precision@10", 0.2),
            ("map", (1.0 + 2.0 / 3.0) / 3.0),
            ("mrr", 1.0),
        ] {
            assert!((value(&found, &judged, measure) - expected).abs() < 1e-12, "{measure}");
        }
        assert_eq!(value(&[0, 0, 0, 1], &[1], "mrr"), 0.25);
    }

    #[test]
    fn without_a_relevant_document_every_measure_is_zero() {
        for measure in ["ndcg@10", "recall@10", "precision@10", "map", "mrr"] {
            assert_eq!(value(&[0, -2, 0], &[-2, 0], measure), 0.0, "{measure}");
            assert_eq!(value(&[], &[2], measure), 0.0, "{measure}");
        }
    }

    #[test]
    fn the_ideal_ranking_is_worth_one() {
        for measure in ["ndcg@2", "ndcg@10", "recall@3", "precision@3", "map", "mrr"] {
            assert_eq!(value(&[4, 2, 1, 0], &[1, 4, 0, 2], measure), 1.0, "{measure}");
        }
    }
}
