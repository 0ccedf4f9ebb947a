//! Scalar quantisation to eight or four bits a number: the codes of the index, scanned in order.
//!
//! Quantiser and kernels are those of the index (`quantiser.rs`), so this measures the codes that graph search uses. Ranking
//! needs no extra number for each row; the index keeps one, the residual norm, for its proofs.

use rayon::prelude::*;
use semsearch_index::Vectors;
use semsearch_index::measured::{CodedQuery, Quantiser};
use semsearch_vector::{CodeBits, CodeRows, simd};

use super::best::best;
use super::encoding::{Encoding, Full};

/// Rows in codes of four or eight bits.
pub(super) struct Codes {
    quantiser: Quantiser,
    bytes: Vec<u8>,
}

impl Codes {
    pub(super) fn encode(vectors: &Vectors, full: Full<'_>, bits: CodeBits) -> Self {
        let quantiser = Quantiser::fit(vectors, bits);
        let stride = bits.stride(full.dim);
        let mut bytes = vec![0; full.rows() * stride];
        bytes.par_chunks_exact_mut(stride).zip(full.numbers.par_chunks_exact(full.dim)).for_each_init(
            || vec![0; full.dim],
            |codes, (bytes, row)| {
                quantiser.encode(row, codes);
                CodeRows::pack(bits, codes, bytes);
            },
        );
        Codes { quantiser, bytes }
    }

    fn rows(&self) -> CodeRows<'_> {
        CodeRows::new(&self.bytes, self.quantiser.bits, self.quantiser.dim())
    }
}

impl Encoding for Codes {
    fn bytes_per_vector(&self) -> usize {
        self.rows().stride()
    }

    fn shared_bytes(&self) -> usize {
        (self.quantiser.mean.len() + self.quantiser.step.len()) * size_of::<f32>()
    }

    fn best(&self, query: &[f32], most: usize) -> Vec<u32> {
        let mut coded = CodedQuery::default();
        self.quantiser.query_into(query, &mut coded);
        let (rows, kernels) = (self.rows(), simd::best());
        best(rows.len(), most, |first, scores: &mut [i32]| {
            kernels.score_code_run(&rows, &coded.bytes, first, scores);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::tests::{expect_ranking, full_of, made_rows};

    #[test]
    fn rows_are_ranked_by_what_their_codes_stand_for() {
        for (bits, bytes, error) in [(CodeBits::Four, 128, 4e-3), (CodeBits::Eight, 192, 4e-3)] {
            let vectors = Vectors::new(made_rows(3000, 140, 15)).unwrap();
            let full = full_of(&vectors);
            let codes = Codes::encode(&vectors, full, bits);
            assert_eq!((codes.bytes_per_vector(), codes.shared_bytes()), (bytes, 140 * 8));
            let middle = f64::from(bits.levels() - 1) / 2.0;
            for query in made_rows(8, 140, 16).iter() {
                // The query is rounded to bytes; half a step for each dimension bounds the error of a score.
                expect_ranking(&codes, query, full.rows(), error, |row| {
                    let decoded = |d: usize| {
                        let steps = f64::from(codes.rows().code(row, d)) - middle;
                        f64::from(codes.quantiser.mean[d]) + f64::from(codes.quantiser.step[d]) * steps
                    };
                    (0..140).map(|d| decoded(d) * f64::from(query[d])).sum()
                });
            }
        }
    }

    #[test]
    fn what_codes_stand_for_is_near_the_row() {
        let vectors = Vectors::new(made_rows(3000, 140, 17)).unwrap();
        let full = full_of(&vectors);
        for (bits, most) in [(CodeBits::Four, 0.2), (CodeBits::Eight, 0.03)] {
            let codes = Codes::encode(&vectors, full, bits);
            let middle = (bits.levels() - 1) as f32 / 2.0;
            for (row, numbers) in full.iter().enumerate() {
                let Quantiser { mean, step, .. } = &codes.quantiser;
                let rest = |d: usize| numbers[d] - mean[d] - step[d] * (f32::from(codes.rows().code(row, d)) - middle);
                let length = (0..140).map(|d| rest(d).powi(2)).sum::<f32>().sqrt();
                assert!(length < most, "{bits:?}, row {row}: {length}");
            }
        }
    }
}
