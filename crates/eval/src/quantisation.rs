//! The quantisation sweep over the rows of a collection: recall and speed of vectors in fewer bytes.
//!
//! [`sweep`](crate::sweep) does the work; this chooses the rows and turns recall into means with intervals. Of a
//! large collection it takes evenly spread rows: an encoding costs a copy of them and some hundred scans, and recall among a
//! hundred thousand rows says what there is to be said. It falls slowly as rows become more and hits denser.

use semsearch_engine::{Interval, mean_with_interval};
use semsearch_index::Vectors;
use semsearch_store::SegmentedIndex;
use semsearch_task::Progress;
use semsearch_vector::Matrix;

use crate::evaluate::EvaluateError;
use crate::sweep::{self, SweepOptions};

/// The greatest number of rows that a sweep measures.
const MOST_ROWS: usize = 100_000;

/// The result of [`sweep_quantisation`].
#[derive(Clone, Debug)]
pub struct QuantisationSweep {
    /// The number of rows measured; they are spread over the index if it has more.
    pub rows: usize,
    /// The encodings, from the largest to the smallest.
    pub encodings: Vec<EncodingResult>,
}

/// The result of one encoding of rows.
#[derive(Clone, Debug)]
pub struct EncodingResult {
    /// The name of the encoding: `f32`, `4-bit`, `pq`.
    pub name: &'static str,
    /// Bytes of a row that a scan reads.
    pub bytes_per_vector: usize,
    /// Bytes that all rows share.
    pub shared_bytes: usize,
    /// Seconds that encoding all rows took on all threads, training included.
    pub encode_seconds: f64,
    /// A scan without reranking, then a scan for each requested depth of reranking.
    pub depths: Vec<DepthResult>,
}

/// An encoding at one depth of reranking.
#[derive(Clone, Copy, Debug)]
pub struct DepthResult {
    /// The number of the scan's best rows that were scored again in full precision; 0 means no reranking.
    pub rerank: usize,
    /// Recall: the share of the exact top k that was found, with a 95 % interval.
    pub recall: Interval,
    /// Median latency on one thread, in microseconds.
    pub p50_us: f64,
}

/// Measures the sweep with `queries`, one row each, for `k` hits and these depths of reranking, in the current Rayon
/// pool.
///
/// # Errors
/// [`EvaluateError`].
pub fn sweep_quantisation(
    index: &SegmentedIndex,
    queries: &Matrix,
    k: usize,
    rerank: &[usize],
    progress: &dyn Progress,
) -> Result<QuantisationSweep, EvaluateError> {
    let vectors = spread(index, MOST_ROWS)?;
    let options = SweepOptions { k, rerank: [&[0], rerank].concat(), seed: 0 };
    let encodings = sweep::measure(&vectors, queries, &options, progress)?.into_iter().map(|encoding| {
        let depths = encoding.depths.iter().map(|depth| {
            let recall = mean_with_interval(&depth.recall, k).ok_or(EvaluateError::NoQueries)?;
            Ok(DepthResult { rerank: depth.rerank, recall, p50_us: depth.median_us })
        });
        Ok(EncodingResult {
            name: encoding.name,
            bytes_per_vector: encoding.bytes_per_vector,
            shared_bytes: encoding.shared_bytes,
            encode_seconds: encoding.encode_seconds,
            depths: depths.collect::<Result<_, EvaluateError>>()?,
        })
    });
    Ok(QuantisationSweep { rows: vectors.len(), encodings: encodings.collect::<Result<_, EvaluateError>>()? })
}

/// At most `most` rows of an index, evenly spread over the rows that are not deleted.
fn spread(index: &SegmentedIndex, most: usize) -> Result<Vectors, EvaluateError> {
    let all = index.len();
    let taken = all.min(most);
    let mut rows = Matrix::zeros(taken, index.dim());
    // For 100 of 250 rows: 0, 2, 5, 7, …
    let mut wanted = (0..taken).map(|number| number * all / taken).enumerate().peekable();
    for (place, id) in index.doc_ids().enumerate() {
        if let Some((number, _)) = wanted.next_if(|&(_, wanted)| wanted == place) {
            index.copy_row(id, rows.row_mut(number))?;
        }
    }
    Ok(Vectors::new(rows)?)
}

#[cfg(test)]
mod tests {
    use semsearch_index::{HnswIndex, HnswParams, RowId};
    use semsearch_task::NoProgress;

    use super::*;

    /// An index whose row `i` points to `i` degrees.
    fn index(rows: usize) -> SegmentedIndex {
        let angles = (0..rows).map(|row| (row as f32).to_radians());
        let rows = Matrix::from_vec(angles.flat_map(|angle| [angle.cos(), angle.sin()]).collect(), 2).unwrap();
        let rows = Vectors::new(rows).unwrap();
        HnswIndex::build(rows, &HnswParams::default(), &NoProgress).unwrap().into()
    }

    #[test]
    fn rows_of_a_large_index_are_taken_evenly() {
        let index = index(25);
        let row = |row| {
            let mut copy = vec![0.0; 2];
            index.copy_row(index.doc_ids().nth(row).unwrap(), &mut copy).unwrap();
            copy
        };
        let some = spread(&index, 10).unwrap();
        let taken: Vec<Vec<f32>> = (0..10).map(|row| some.row(RowId(row)).unwrap().into_owned()).collect();
        assert_eq!(taken, [0, 2, 5, 7, 10, 12, 15, 17, 20, 22].map(row));
        assert_eq!(spread(&index, 25).unwrap().len(), 25);
    }

    #[test]
    fn each_rung_has_every_depth_with_its_interval() {
        let index = index(300);
        let queries = Matrix::from_vec(vec![0.6, 0.8, 0.0, 1.0, -1.0, 0.0], 2).unwrap();
        let sweep = sweep_quantisation(&index, &queries, 5, &[10, 300], &NoProgress).unwrap();
        assert_eq!(sweep.rows, 300);
        for encoding in &sweep.encodings {
            assert_eq!(encoding.depths.iter().map(|depth| depth.rerank).collect::<Vec<_>>(), [0, 10, 300]);
            let DepthResult { recall, .. } = encoding.depths[2];
            assert!(recall.mean == 1.0 && recall.high == 1.0 && recall.low < 1.0, "{}: {recall:?}", encoding.name);
        }
        let none = sweep_quantisation(&index, &Matrix::new(2), 5, &[10], &NoProgress);
        assert!(matches!(none, Err(EvaluateError::NoQueries)));
        let wrong = sweep_quantisation(&index, &Matrix::zeros(1, 3), 5, &[10], &NoProgress);
        assert!(matches!(wrong, Err(EvaluateError::Sweep(_))));
    }
}
