//! How good answers are.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use semsearch_eval::retrieval::{BeirFolder, Bootstrap, CompareError, Comparison, Estimate, Over, PerQuery};
use semsearch_store::Collection;

use crate::eval::{Against, Difference, Eval, EvalSchema, Gain, ModeMetrics, QueryMetrics};
use crate::shared::Interval;

/// What was measured, and how.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// The queries and judgements.
    pub set: &'a BeirFolder,
    /// Whether absent queries count.
    pub over: Over,
    /// What ranked, by name, and what each query scored; not empty, and with a query to take means over.
    pub systems: &'a [(String, PerQuery)],
    /// What they are compared with.
    pub against: Option<&'a (String, PerQuery)>,
}

/// What answered queries.
#[derive(Clone, Copy)]
pub enum Answerer<'a> {
    /// The file of a run.
    Run(&'a Path),
    /// A search.
    Search {
        /// What was searched.
        collection: &'a Collection,
        /// Whether the collection is gone when the report is read.
        is_temporary: bool,
        /// The model that encoded the queries.
        model: &'a str,
        /// Hits of a query.
        depth: usize,
        /// How many relevant documents the collection lacks.
        missing: usize,
    },
}

impl Eval {
    /// What was measured of the set in `folder`, and what answered its queries.
    ///
    /// # Errors
    /// [`CompareError`] if nothing can be compared.
    pub fn new(folder: &Path, measured: &Measured<'_>, answerer: Answerer<'_>) -> Result<Self, CompareError> {
        let &Measured { set, over, systems, against } = measured;
        let (first, scores) = &systems[0];
        let absent = scores.absent().count();
        let mut report = Eval {
            schema: EvalSchema::V1,
            folder: folder.display().to_string(),
            index: None,
            model: None,
            run: None,
            queries: (scores.queries().len() - if over == Over::Judged { 0 } else { absent }) as u64,
            documents: None,
            judgements: set.judgements.pairs() as u64,
            depth: None,
            absent: absent as u64,
            without_text: set.without_text.len() as u64,
            complete: over == Over::Judged,
            unjudged: scores.unjudged().len() as u64,
            relevant_not_in_index: None,
            mode: first.clone(),
            metrics: metrics(scores, over),
            modes: Vec::new(),
            against: None,
            per_query: Vec::new(),
        };
        match answerer {
            Answerer::Run(file) => report.run = Some(file.display().to_string()),
            Answerer::Search { collection, is_temporary, model, depth, missing } => {
                report.index = (!is_temporary).then(|| collection.root().display().to_string());
                report.model = Some(model.to_owned());
                report.documents = Some(collection.len() as u64);
                report.depth = Some(depth as u64);
                report.relevant_not_in_index = Some(missing as u64);
            }
        }
        if systems.len() > 1 {
            let modes = systems.iter();
            report.modes = modes
                .map(|(mode, scores)| ModeMetrics { mode: mode.clone(), metrics: metrics(scores, over) })
                .collect();
        }
        if let Some((name, baseline)) = against {
            let differences = systems.iter().map(|(mode, scores)| difference(mode, baseline, scores, over));
            let differences = differences.collect::<Result<_, _>>()?;
            report.against = Some(Against { name: name.clone(), metrics: metrics(baseline, over), differences });
        }
        Ok(report)
    }

    /// The first mode.
    #[must_use]
    pub fn first(&self) -> ModeMetrics {
        ModeMetrics { mode: self.mode.clone(), metrics: self.metrics.clone() }
    }

    /// With the measures of each query.
    #[must_use]
    pub fn with_queries(mut self, measured: &Measured<'_>) -> Self {
        let texts: HashMap<&str, &str> =
            measured.set.queries.iter().map(|query| (query.id.as_str(), query.text.as_str())).collect();
        let judged = measured.set.judgements.iter().enumerate();
        let queries = judged.map(|(number, (id, _))| {
            let systems = measured.systems.iter().chain(measured.against);
            // All evaluations by the same judgements have the same queries in the same order.
            let modes = systems.map(|(name, scores)| {
                let measures = scores.measures().iter().map(ToString::to_string);
                (name.clone(), measures.zip(scores.queries()[number].values.iter().copied()).collect())
            });
            QueryMetrics { id: id.to_owned(), text: texts.get(id).map(|&text| text.to_owned()), modes: modes.collect() }
        });
        self.per_query = queries.collect();
        self
    }
}

fn metrics(scores: &PerQuery, over: Over) -> BTreeMap<String, Interval> {
    let measured = scores.measures().iter().filter_map(|&measure| {
        let Estimate { mean, low, high } = Bootstrap::default().mean(&scores.values(measure, over)?)?;
        Some((measure.to_string(), Interval { mean, low, high }))
    });
    measured.collect()
}

fn difference(mode: &str, before: &PerQuery, after: &PerQuery, over: Over) -> Result<Difference, CompareError> {
    let mut queries = 0;
    let mut metrics = BTreeMap::new();
    for &measure in after.measures() {
        let comparison = Comparison::of(before, after, measure, over)?;
        queries = comparison.changes().len() as u64;
        let Estimate { mean, low, high } = comparison.difference(Bootstrap::default());
        metrics.insert(measure.to_string(), Gain { mean, low, high });
    }
    Ok(Difference { mode: mode.to_owned(), queries, metrics })
}
