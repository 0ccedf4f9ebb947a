//! Recall and speed.

use semsearch_eval::{DepthResult, EncodingResult, Evaluation, GraphPoint};
use semsearch_store::Collection;

use crate::bench::{BeamResult, Bench, BenchSchema, QuantisationSweep, QuantisedForm, RerankDepth, Speed};

impl Bench {
    /// What was measured of the vectors of `collection` by the model of `fingerprint`, with `queries` questions from `queries_from`, `k` hits of each, on `threads`
    /// threads.
    #[must_use]
    pub fn new(
        collection: &Collection,
        fingerprint: &str,
        evaluation: &Evaluation,
        (queries, queries_from): (usize, &str),
        k: usize,
        threads: usize,
    ) -> Self {
        let vectors = || collection.segments().iter().filter_map(|segment| segment.vectors_of(fingerprint));
        let sizes = || vectors().map(|vectors| vectors.index().sizes());
        let bytes: u64 = sizes().map(|sizes| sizes.vectors_bytes + sizes.graph_bytes()).sum();
        let rows: u64 = sizes().map(|sizes| sizes.rows).sum();
        Bench {
            schema: BenchSchema::V1,
            index: collection.root().display().to_string(),
            model: collection.manifest().model_of(fingerprint).map_or("", |model| model.name()).to_owned(),
            documents: collection.len() as u64,
            queries: queries as u64,
            queries_from: queries_from.to_owned(),
            k: k as u64,
            threads: threads as u64,
            build_seconds: vectors().map(|vectors| vectors.record().seconds_index).sum(),
            bytes_per_vector: bytes as f64 / rows.max(1) as f64,
            exact: evaluation.exact.into(),
            exact_equal: evaluation.exact_equal as u64,
            results: evaluation.graph.iter().map(BeamResult::from).collect(),
            ladder: None,
        }
    }

    /// With what vectors would lose in fewer bytes.
    #[must_use]
    pub fn with_ladder(self, ladder: Option<&semsearch_eval::QuantisationSweep>) -> Self {
        Bench { ladder: ladder.map(Into::into), ..self }
    }
}

impl From<semsearch_eval::Speed> for Speed {
    fn from(speed: semsearch_eval::Speed) -> Self {
        let semsearch_eval::Speed { qps_1, qps_all, p50_us, p95_us, p99_us, .. } = speed;
        Speed { qps_1, qps_all, p50_us, p95_us, p99_us }
    }
}

impl From<&GraphPoint> for BeamResult {
    fn from(point: &GraphPoint) -> Self {
        BeamResult {
            ef: point.ef as u64,
            recall: point.recall.mean,
            recall_low: point.recall.low,
            recall_high: point.recall.high,
            speed: point.speed.into(),
        }
    }
}

impl From<&semsearch_eval::QuantisationSweep> for QuantisationSweep {
    fn from(ladder: &semsearch_eval::QuantisationSweep) -> Self {
        QuantisationSweep {
            rows: ladder.rows as u64,
            rungs: ladder.encodings.iter().map(QuantisedForm::from).collect(),
        }
    }
}

impl From<&EncodingResult> for QuantisedForm {
    fn from(rung: &EncodingResult) -> Self {
        QuantisedForm {
            name: rung.name.to_owned(),
            bytes_per_vector: rung.bytes_per_vector as u64,
            shared_bytes: rung.shared_bytes as u64,
            encode_seconds: rung.encode_seconds,
            depths: rung.depths.iter().map(RerankDepth::from).collect(),
        }
    }
}

impl From<&DepthResult> for RerankDepth {
    fn from(depth: &DepthResult) -> Self {
        RerankDepth {
            rerank: depth.rerank as u64,
            recall: depth.recall.mean,
            recall_low: depth.recall.low,
            recall_high: depth.recall.high,
            p50_us: depth.p50_us,
        }
    }
}
