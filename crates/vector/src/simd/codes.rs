//! Scores of codes, and how a search filters them: the interface of the kernels, and plain Rust.

use crate::codes::{BLOCK, CodeBits, CodeRows};
use crate::quantised::QuantisedRows;

/// The kernels over codes of one instruction set. Obligations of a caller: the machine has the instruction set, and the
/// assertions of [`super::Kernels`] hold, which each field repeats.
#[derive(Clone, Copy, Debug)]
pub(super) struct CodeKernels {
    /// Every id is a row's, the output has a place for each id, the query has the length for these rows.
    pub(super) score_codes: unsafe fn(&CodeRows<'_>, &[i8], &[u32], &mut [i32]),
    /// From the first row on there is a row for each place of the output; the query has the length for these rows.
    pub(super) score_code_run: unsafe fn(&CodeRows<'_>, &[i8], usize, &mut [i32]),
    /// There is an error for each score; counting the scores from the first number on does not overflow.
    pub(super) reaching: unsafe fn(&[i32], &[f32], Threshold, u32, &mut Vec<u32>),
    /// There is a row for each place of the output.
    pub(super) hamming_run: unsafe fn(&[u8], &[u8], &mut [u32]),
    /// From the first row on there is a row for each row of the output, of the same length.
    pub(super) unpack: unsafe fn(&CodeRows<'_>, usize, &mut QuantisedRows),
}

/// The inequality for a score and the bound of its error: `score · score_scale + error · error_scale ≥ threshold`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Threshold {
    pub(super) score_scale: f32,
    pub(super) error_scale: f32,
    pub(super) threshold: f32,
}

impl Threshold {
    /// Multiplied and added apart, as every kernel does it: fused, the last bit would depend on the instruction set.
    #[inline(always)]
    pub(super) fn reached(&self, score: i32, error: f32) -> bool {
        score as f32 * self.score_scale + error * self.error_scale >= self.threshold
    }
}

pub(super) const SCALAR: CodeKernels = CodeKernels { score_codes, score_code_run, reaching, hamming_run, unpack };

fn score_codes(rows: &CodeRows<'_>, query: &[i8], ids: &[u32], out: &mut [i32]) {
    for (out, &id) in out.iter_mut().zip(ids) {
        *out = score(rows, id as usize, query);
    }
}

fn score_code_run(rows: &CodeRows<'_>, query: &[i8], first: usize, out: &mut [i32]) {
    for (row, out) in (first..).zip(out) {
        *out = score(rows, row, query);
    }
}

/// `Σ code · query` of one row, as its layout says (`crate::codes`).
fn score(rows: &CodeRows<'_>, row: usize, query: &[i8]) -> i32 {
    let blocks = rows.row(row).as_chunks::<BLOCK>().0;
    match rows.bits() {
        CodeBits::Four => {
            let queries = query.as_chunks::<BLOCK>().0.as_chunks::<2>().0;
            let sums = blocks.iter().zip(queries).map(|(block, [low, high])| {
                let products = block.iter().zip(low.iter().zip(high)).map(|(&byte, (&low, &high))| {
                    i32::from(byte & 0x0f) * i32::from(low) + i32::from(byte >> 4) * i32::from(high)
                });
                products.sum::<i32>()
            });
            sums.sum()
        }
        CodeBits::Eight => {
            let codes = blocks.as_flattened().iter();
            codes.zip(query).map(|(&code, &query)| i32::from(code) * i32::from(query)).sum()
        }
    }
}

/// Usually few numbers are found, so sixteen are first compared at once, which the compiler turns into comparisons of whole
/// registers.
#[inline(always)]
pub(super) fn reaching(scores: &[i32], errors: &[f32], threshold: Threshold, first: u32, found: &mut Vec<u32>) {
    const TOGETHER: usize = 16;
    let (scores, scores_rest) = scores.as_chunks::<TOGETHER>();
    let (errors, errors_rest) = errors.as_chunks::<TOGETHER>();
    let mut push = |place: usize, scores: &[i32], errors: &[f32]| {
        for (place, (&score, &error)) in (place..).zip(scores.iter().zip(errors)) {
            if threshold.reached(score, error) {
                found.push(first + place as u32);
            }
        }
    };
    for (chunk, (scores, errors)) in scores.iter().zip(errors).enumerate() {
        let mut any = false;
        for lane in 0..TOGETHER {
            any |= threshold.reached(scores[lane], errors[lane]);
        }
        if any {
            push(chunk * TOGETHER, scores, errors);
        }
    }
    push(scores.len() * TOGETHER, scores_rest, errors_rest);
}

/// Bits are counted eight bytes at a time.
#[inline(always)]
pub(super) fn hamming_run(query: &[u8], rows: &[u8], out: &mut [u32]) {
    let (words, rest) = query.as_chunks::<8>();
    for (row, out) in rows.chunks_exact(query.len().max(1)).zip(out) {
        let (row_words, row_rest) = row.as_chunks::<8>();
        let differing = words.iter().zip(row_words).map(|(a, b)| {
            let differing = u64::from_ne_bytes(*a) ^ u64::from_ne_bytes(*b);
            differing.count_ones()
        });
        let rest = rest.iter().zip(row_rest).map(|(a, b)| (a ^ b).count_ones());
        *out = differing.sum::<u32>() + rest.sum::<u32>();
    }
}

/// A byte for each number, in the order of dimensions.
#[inline(always)]
pub(super) fn unpack(rows: &CodeRows<'_>, first: usize, out: &mut QuantisedRows) {
    for (row, (out, scale, zero)) in (first..).zip(out.rows_mut()) {
        let blocks = rows.row(row).as_chunks::<BLOCK>().0;
        match rows.bits() {
            CodeBits::Four => {
                for (block, out) in blocks.iter().zip(out.chunks_mut(2 * BLOCK)) {
                    let (low, high) = out.split_at_mut(BLOCK.min(out.len()));
                    low.iter_mut().zip(block).for_each(|(code, byte)| *code = byte & 0x0f);
                    high.iter_mut().zip(block).for_each(|(code, byte)| *code = byte >> 4);
                }
            }
            CodeBits::Eight => out.copy_from_slice(&blocks.as_flattened()[..out.len()]),
        }
        (*scale, *zero) = (1.0, 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Kernels, available};
    use super::*;
    use crate::quantised::PackedInt8;

    /// Sums are of whole numbers, so the definition can be written without any thought of its layout or order.
    fn expected(rows: &CodeRows<'_>, row: usize, query: &[i8]) -> i32 {
        (0..rows.dim()).map(|dimension| i32::from(rows.code(row, dimension)) * i32::from(query[dimension])).sum()
    }

    /// Bytes that look random and repeat with `seed`.
    fn noise(seed: u32, count: usize) -> Vec<u8> {
        let mix = |place: usize| (place as u32).wrapping_add(seed).wrapping_mul(2_654_435_761) ^ seed.rotate_left(13);
        (0..count).map(|place| (mix(place).wrapping_mul(0x9E37_79B9) >> 24) as u8).collect()
    }

    fn bits(four: bool) -> CodeBits {
        if four { CodeBits::Four } else { CodeBits::Eight }
    }

    /// Rows of noise, the last block padded with zeros, that begin `offset` bytes into the buffer.
    fn packed(bits: CodeBits, dim: usize, rows: usize, seed: u32, offset: usize) -> Vec<u8> {
        let codes: Vec<u8> = noise(seed, rows * dim).iter().map(|&code| code % bits.levels().min(255) as u8).collect();
        let mut bytes = vec![0xff; offset + rows * bits.stride(dim)];
        for (codes, row) in codes.chunks_exact(dim).zip(bytes[offset..].chunks_exact_mut(bits.stride(dim))) {
            CodeRows::pack(bits, codes, row);
        }
        bytes
    }

    /// A query of noise, the last block padded with zeros.
    fn query(bits: CodeBits, dim: usize, seed: u32) -> Vec<i8> {
        let mut query: Vec<i8> = noise(seed, dim).iter().map(|&byte| byte as i8).collect();
        query.resize(bits.query_len(dim), 0);
        query
    }

    fn dimensions() -> impl Strategy<Value = usize> {
        // All the numbers of blocks that kernels have a loop of their own for, and more.
        if cfg!(miri) {
            (1..150_usize).boxed()
        } else {
            prop_oneof![1..200_usize, 300..400_usize, 1..1500_usize].boxed()
        }
    }

    proptest! {
        #![proptest_config(crate::property_tests())]

        #[test]
        fn the_product_of_unpacked_codes_and_packed_queries_is_their_scores(
            four in any::<bool>(), dim in if cfg!(miri) { 1..150_usize } else { 1..514 },
            (count, queries) in (1..if cfg!(miri) { 4_usize } else { 20 }, 1..if cfg!(miri) { 4_usize } else { 70 }),
            seed in any::<u32>(),
        ) {
            let bits = bits(four);
            let bytes = packed(bits, dim, count, seed, 0);
            let rows = CodeRows::new(&bytes, bits, dim);
            let stride = bits.query_len(dim);
            let all: Vec<i8> = (0..queries).flat_map(|place| query(bits, dim, seed ^ place as u32)).collect();
            let all: Vec<i8> = all.into_iter().map(|byte| byte.max(-127)).collect();
            let columns = PackedInt8::whole(&all, stride, dim, queries);
            let first = seed as usize % count;
            let kernels = available();
            let scalar = kernels.last().unwrap();
            for kernels in &kernels {
                // What was there before must not show.
                let mut codes = QuantisedRows::default();
                scalar.quantise(&[1.0; 3 * 40], 40, 3, 40, &mut codes);
                kernels.unpack_codes(&rows, first, count - first, &mut codes);
                let mut found = vec![f32::NAN; (count - first) * queries];
                kernels.matmul_int8(&codes, &columns, &mut found, queries);
                for (place, found) in found.into_iter().enumerate() {
                    let query = &all[place % queries * stride..][..stride];
                    prop_assert_eq!(found, expected(&rows, first + place / queries, query) as f32, "{}", kernels.int8);
                }
            }
        }

        #[test]
        fn every_kernel_scores_codes_by_their_definition(
            four in any::<bool>(), dim in dimensions(), count in 1..if cfg!(miri) { 7_usize } else { 50 },
            picks in prop::collection::vec(any::<prop::sample::Index>(), 0..if cfg!(miri) { 7 } else { 70 }),
            seed in any::<u32>(), offset in 0..64_usize,
        ) {
            let bits = bits(four);
            let bytes = packed(bits, dim, count, seed, offset);
            let rows = CodeRows::new(&bytes[offset..], bits, dim);
            let query = query(bits, dim, seed ^ 1);
            let all: Vec<i32> = (0..count).map(|row| expected(&rows, row, &query)).collect();
            let ids: Vec<u32> = picks.iter().map(|pick| pick.index(count) as u32).collect();
            let listed: Vec<i32> = ids.iter().map(|&id| all[id as usize]).collect();
            for kernels in available() {
                let mut found = vec![i32::MIN; ids.len()];
                kernels.score_codes(&rows, &query, &ids, &mut found);
                prop_assert_eq!(&found, &listed, "{}", kernels.int8);
                let first = seed as usize % (count + 1);
                let mut found = vec![i32::MIN; count - first];
                kernels.score_code_run(&rows, &query, first, &mut found);
                prop_assert_eq!(&found, &all[first..], "{} from row {}", kernels.int8, first);
            }
        }

        #[test]
        fn every_kernel_finds_what_reaches_a_threshold(
            pairs in prop::collection::vec((-50_000_i32..50_000, 0f32..2.0), 0..if cfg!(miri) { 40 } else { 200 }),
            (score_scale, error_scale) in (-1e-3f32..1e-3, 0f32..3.0), threshold in -60f32..60.0,
            first in prop_oneof![Just(0), Just(u32::MAX - 199), any::<u32>().prop_map(|first| first / 2)],
        ) {
            let (scores, errors): (Vec<i32>, Vec<f32>) = pairs.into_iter().unzip();
            let reached = |place: &usize| scores[*place] as f32 * score_scale + errors[*place] * error_scale >= threshold;
            let mut expected = vec![7];
            expected.extend((0..scores.len()).filter(reached).map(|place| first + place as u32));
            for kernels in available() {
                let mut found = vec![7];
                kernels.reaching(&scores, &errors, score_scale, error_scale, threshold, first, &mut found);
                prop_assert_eq!(&found, &expected, "{}", kernels.name);
            }
        }

        #[test]
        fn every_kernel_counts_the_bits_that_differ(
            bytes in 0..if cfg!(miri) { 70_usize } else { 300 }, rows in 0..if cfg!(miri) { 10_usize } else { 40 },
            seed in any::<u32>(),
        ) {
            let (query, all) = (noise(seed, bytes), noise(seed ^ 5, bytes * rows));
            let bit = |bytes: &[u8], place: usize| bytes[place / 8] >> (place % 8) & 1;
            let expected: Vec<u32> = (0..rows)
                .map(|row| {
                    let row = &all[row * bytes..][..bytes];
                    (0..bytes * 8).map(|place| u32::from(bit(&query, place) != bit(row, place))).sum()
                })
                .collect();
            for kernels in available() {
                let mut found = vec![u32::MAX; rows];
                kernels.hamming_run(&query, &all, &mut found);
                prop_assert_eq!(&found, &expected, "{}", kernels.name);
            }
        }
    }

    #[test]
    fn the_largest_codes_and_queries_do_not_saturate() {
        for bits in [CodeBits::Four, CodeBits::Eight] {
            for dim in if cfg!(miri) { vec![130] } else { vec![1, 64, 128, 384, 512, 1024, 1100, 65_536] } {
                let largest = (bits.levels() - 1) as u8;
                let mut bytes = vec![0; 5 * bits.stride(dim)];
                bytes.chunks_exact_mut(bits.stride(dim)).for_each(|row| CodeRows::pack(bits, &vec![largest; dim], row));
                let rows = CodeRows::new(&bytes, bits, dim);
                for extreme in [127, -127, -128] {
                    let mut query = vec![extreme; dim];
                    query.resize(bits.query_len(dim), 0);
                    for kernels in available() {
                        let mut found = [0; 5];
                        kernels.score_code_run(&rows, &query, 0, &mut found);
                        let expected = i32::from(largest) * i32::from(extreme) * dim as i32;
                        assert_eq!(found, [expected; 5], "{} at {dim} of {bits:?}", kernels.int8);
                    }
                }
            }
        }
    }

    #[test]
    fn what_fills_a_block_up_does_not_count_where_the_query_is_zero() {
        for bits in [CodeBits::Four, CodeBits::Eight] {
            let bytes = vec![0xff; 3 * bits.stride(100)];
            let rows = CodeRows::new(&bytes, bits, 100);
            let mut query = vec![1; 100];
            query.resize(bits.query_len(100), 0);
            for kernels in available() {
                let mut found = [0; 3];
                kernels.score_codes(&rows, &query, &[2, 0, 1], &mut found);
                assert_eq!(found, [100 * (bits.levels() - 1) as i32; 3], "{}", kernels.int8);
            }
        }
    }

    #[test]
    fn nothing_is_asked_of_no_rows() {
        for kernels in available() {
            let rows = CodeRows::new(&[], CodeBits::Four, 384);
            kernels.score_codes(&rows, &[0; 384], &[], &mut []);
            kernels.score_code_run(&rows, &[0; 384], 0, &mut []);
            let mut found = Vec::new();
            kernels.reaching(&[], &[], 1.0, 1.0, 0.0, u32::MAX, &mut found);
            assert!(found.is_empty());
            let mut bits = [7; 2];
            kernels.hamming_run(&[], &[], &mut bits);
            assert_eq!(bits, [0; 2]);
        }
    }

    #[test]
    fn a_sum_that_is_nan_reaches_no_threshold() {
        for kernels in available() {
            let mut found = Vec::new();
            let errors: Vec<f32> = (0..40).map(|place| if place % 3 == 0 { f32::NAN } else { 0.0 }).collect();
            kernels.reaching(&[1; 40], &errors, 1.0, 1.0, f32::NEG_INFINITY, 0, &mut found);
            assert!(found.iter().all(|number| number % 3 != 0) && found.len() == 26, "{}: {found:?}", kernels.name);
            found.clear();
            kernels.reaching(&[1; 40], &[0.0; 40], 1.0, 1.0, f32::NAN, 0, &mut found);
            assert!(found.is_empty(), "{}", kernels.name);
        }
    }

    /// Every kernel's message for what it is asked, which has to be refused.
    fn refusals(ask: impl Fn(&Kernels) + std::panic::RefUnwindSafe) -> Vec<String> {
        let refusal = |kernels: &Kernels| {
            let refused = std::panic::catch_unwind(|| ask(kernels)).expect_err("this has to be refused");
            refused.downcast_ref::<String>().expect("a message").clone()
        };
        available().iter().map(refusal).collect()
    }

    #[test]
    fn what_lies_outside_is_refused() {
        let bytes = [0; 192 * 9];
        let rows = CodeRows::new(&bytes, CodeBits::Four, 384);
        let query = [0; 384];
        for place in 0..8 {
            let mut ids = [8; 8];
            ids[place] = 9;
            for message in refusals(|kernels| kernels.score_codes(&rows, &query, &ids, &mut [0; 8])) {
                assert!(message.contains("id 9 of 9 rows"), "{message}");
            }
        }
        for (ids, length) in [([0; 8].as_slice(), 7), (&[0; 8], 9)] {
            for message in refusals(|kernels| kernels.score_codes(&rows, &query, ids, &mut vec![0; length])) {
                assert!(message.contains("a score for every id"), "{message}");
            }
        }
        for (first, length) in [(0, 10), (9, 1), (10, 0), (usize::MAX, 1)] {
            for message in refusals(|kernels| kernels.score_code_run(&rows, &query, first, &mut vec![0; length])) {
                assert!(message.contains("of 9"), "{message}");
            }
        }
        for message in refusals(|kernels| kernels.score_code_run(&rows, &query[1..], 0, &mut [0; 2])) {
            assert!(message.contains("a query for rows of 384 numbers"), "{message}");
        }
        let numbers = |first, scores: usize| {
            refusals(move |kernels| {
                kernels.reaching(&vec![1; scores], &[1.0; 3], 1.0, 1.0, 0.0, first, &mut Vec::new());
            })
        };
        assert!(numbers(0, 4).iter().all(|message| message.contains("an error for every score")));
        assert!(numbers(u32::MAX - 1, 3).iter().all(|message| message.contains("3 numbers from 4294967294 on")));
        for (first, count) in [(0, 10), (9, 1), (usize::MAX, 1)] {
            for message in refusals(|kernels| kernels.unpack_codes(&rows, first, count, &mut QuantisedRows::default()))
            {
                assert!(message.contains("of 9"), "{message}");
            }
        }
        let long = CodeRows::new(&[0; 576], CodeBits::Eight, 515);
        for message in refusals(|kernels| kernels.unpack_codes(&long, 0, 1, &mut QuantisedRows::default())) {
            assert!(message.contains("515 dimensions"), "{message}");
        }
        for message in refusals(|kernels| kernels.hamming_run(&[0; 8], &[0; 23], &mut [0; 3])) {
            assert!(message.contains("3 rows of 8 bytes"), "{message}");
        }
    }
}
