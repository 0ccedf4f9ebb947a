//! The measures of a run, query by query.

use super::judgements::Judgements;
use super::measure::Measure;
use super::metrics::Grades;
use super::run::Run;

/// Over which queries a mean is taken. They are the same unless the run lacks a judged query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Over {
    /// The judged queries that the run has: what pytrec_eval returns, and trec_eval without `-c`.
    Answered,
    /// All judged queries, with 0 for one that the run lacks: trec_eval with `-c`.
    Judged,
}

/// What each query scored in each measure.
#[derive(Clone, Debug, PartialEq)]
pub struct PerQuery {
    measures: Vec<Measure>,
    /// In the order of the judgements.
    queries: Vec<QueryValues>,
    unjudged: Vec<String>,
}

/// What one judged query scored.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryValues {
    /// The query's id.
    pub query: String,
    /// Whether the run has the query.
    pub answered: bool,
    /// One value for each of [`PerQuery::measures`]; all 0 where the run lacks the query.
    pub values: Vec<f64>,
}

/// Measures a run by judgements.
#[must_use]
pub fn evaluate(judgements: &Judgements, run: &Run, measures: &[Measure]) -> PerQuery {
    let queries = judgements
        .iter()
        .map(|(query, judged)| {
            let hits = run.of(query);
            let found = hits.unwrap_or_default().iter().map(|hit| judged.get(&hit.document).copied().unwrap_or(0));
            let grades = Grades::new(found, judged.values().copied());
            let values = measures.iter().map(|&measure| grades.measure(measure)).collect();
            QueryValues { query: query.to_owned(), answered: hits.is_some(), values }
        })
        .collect();
    let unjudged = run.iter().map(|(query, _)| query).filter(|query| judgements.of(query).is_none());
    PerQuery { measures: measures.to_vec(), queries, unjudged: unjudged.map(str::to_owned).collect() }
}

impl PerQuery {
    /// The measures, in the order asked for.
    #[must_use]
    pub fn measures(&self) -> &[Measure] {
        &self.measures
    }

    /// All judged queries, in the order of the judgements.
    #[must_use]
    pub fn queries(&self) -> &[QueryValues] {
        &self.queries
    }

    /// The judged queries that the run lacks, in the order of the judgements.
    pub fn absent(&self) -> impl Iterator<Item = &str> {
        self.queries.iter().filter(|query| !query.answered).map(|query| query.query.as_str())
    }

    /// The queries of the run that nobody judged, in the order of the run. They count for nothing.
    #[must_use]
    pub fn unjudged(&self) -> &[String] {
        &self.unjudged
    }

    /// The values of a measure, in the order of the judgements; `None` if it was not measured.
    #[must_use]
    pub fn values(&self, measure: Measure, over: Over) -> Option<Vec<f64>> {
        Some(self.by_query(measure, over)?.map(|(_, value)| value).collect())
    }

    /// The mean of a measure; `None` if it was not measured, or there is no query to take it over.
    #[must_use]
    pub fn mean(&self, measure: Measure, over: Over) -> Option<f64> {
        let values = self.values(measure, over)?;
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The queries with their values of a measure; `None` if it was not measured.
    pub(super) fn by_query(&self, measure: Measure, over: Over) -> Option<impl Iterator<Item = (&str, f64)>> {
        let column = self.measures.iter().position(|&measured| measured == measure)?;
        let queries = self.queries.iter().filter(move |query| query.answered || over == Over::Judged);
        Some(queries.map(move |query| (query.query.as_str(), query.values[column])))
    }
}

#[cfg(test)]
mod tests {
    use super::super::run::Hit;
    use super::*;

    #[test]
    fn both_means_are_given_where_a_judged_query_is_absent() {
        let mut judgements = Judgements::default();
        for query in ["found", "absent", "empty", "none"] {
            judgements.insert(query, "d", i32::from(query != "none"));
        }
        let mut run = Run::default();
        run.insert("unjudged", vec![Hit::new("d", 1.0)]).unwrap();
        run.insert("found", vec![Hit::new("d", 1.0)]).unwrap();
        run.insert("empty", Vec::new()).unwrap();
        run.insert("none", vec![Hit::new("d", 1.0)]).unwrap();
        let mrr = Measure::Mrr;
        let scores = evaluate(&judgements, &run, &[Measure::Map, mrr]);
        assert_eq!(scores.mean(mrr, Over::Answered), Some(1.0 / 3.0));
        assert_eq!(scores.mean(mrr, Over::Judged), Some(0.25));
        assert_eq!(scores.values(mrr, Over::Judged).unwrap(), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(
            (scores.absent().collect::<Vec<_>>(), scores.unjudged()),
            (vec!["absent"], &["unjudged".to_owned()][..])
        );
        assert_eq!(scores.mean("p@1".parse().unwrap(), Over::Judged), None);
        assert_eq!(evaluate(&judgements, &Run::default(), &[mrr]).mean(mrr, Over::Answered), None);
    }
}
