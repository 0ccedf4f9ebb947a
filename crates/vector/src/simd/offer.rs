//! Finding the scores that reach a threshold when nearly none does.
//!
//! To keep the best few of many scores, a caller has a threshold below which a score is of no use, and soon all but one in
//! a hundred are below. These functions compare sixteen at a time and return the places of the others. A rejected score
//! costs about a cycle, mostly for reading it, and no mispredicted branch.
//!
//! With AVX-512 one instruction packs the places that pass. Elsewhere the loop is left to the compiler, and a group is
//! looked at one by one if any score in it passes. Comparisons are exact: every instruction set gives the same places.
//! Among the neighbours of 59,000 rows this took 1.1 CPU-seconds with AVX-512, 1.5 by groups and 1.9 in the plain loop.

#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "calls loops compiled for instruction sets that were detected")
)]

/// Scores compared at a time.
const LANES: usize = 16;

/// Adds `offset` and the number at its place in `offsets` to each of `scores`, and puts the places of those that then reach
/// `threshold` into `found`, ascending.
///
/// # Panics
/// If the slices differ in length, or the length is not a multiple of 16.
pub fn offer_above(scores: &mut [f32], offset: f32, offsets: &[f32], threshold: f32, found: &mut Vec<u32>) {
    check(scores.len(), offsets.len());
    found.clear();
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            found.reserve(scores.len());
            // SAFETY: the machine has AVX-512F; both slices are as long, and `found` has room for as many places.
            return unsafe { avx512::offer_above(scores, offset, offsets, threshold, found) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, as the line above found.
            return unsafe { offer_above_avx2(scores, offset, offsets, threshold, found) };
        }
    }
    above(scores, offset, offsets, threshold, found);
}

/// Puts the places of the scores that reach the threshold at their place into `found`, ascending.
///
/// # Panics
/// If the slices differ in length, or the length is not a multiple of 16.
pub fn offer_above_each(scores: &[f32], thresholds: &[f32], found: &mut Vec<u32>) {
    check(scores.len(), thresholds.len());
    found.clear();
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            found.reserve(scores.len());
            // SAFETY: the machine has AVX-512F; both slices are as long, and `found` has room for as many places.
            return unsafe { avx512::offer_above_each(scores, thresholds, found) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, as the line above found.
            return unsafe { offer_above_each_avx2(scores, thresholds, found) };
        }
    }
    above_each(scores, thresholds, found);
}

/// The inequality that the score of one row and the bound of its error have to fulfil for each of many queries. The slices
/// have one number a query; their length is a multiple of 16.
#[derive(Clone, Copy, Debug)]
pub struct Thresholds<'a> {
    /// The factor of the score, for each query.
    pub score_scales: &'a [f32],
    /// The factor of the error, for each query.
    pub error_scales: &'a [f32],
    /// The threshold that the sum of both products has to reach, for each query.
    pub thresholds: &'a [f32],
}

/// Puts the places at which `scores[i] · score_scales[i] + error · error_scales[i] ≥ thresholds[i]` into `found`,
/// ascending. Multiplied and added apart, as [`Kernels::reaching`](super::Kernels::reaching) does it for one query and
/// many rows.
///
/// # Panics
/// If the slices differ in length, or the length is not a multiple of 16.
pub fn offer_reaching(scores: &[f32], error: f32, limits: Thresholds<'_>, found: &mut Vec<u32>) {
    check(scores.len(), limits.score_scales.len());
    check(scores.len(), limits.error_scales.len());
    check(scores.len(), limits.thresholds.len());
    found.clear();
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            found.reserve(scores.len());
            // SAFETY: the machine has AVX-512F; all slices are as long, and `found` has room for as many places.
            return unsafe { avx512::offer_reaching(scores, error, limits, found) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has AVX2, as the line above found.
            return unsafe { offer_reaching_avx2(scores, error, limits, found) };
        }
    }
    reaching(scores, error, limits, found);
}

fn check(scores: usize, others: usize) {
    assert_eq!(scores, others, "a number for each score");
    assert!(scores.is_multiple_of(LANES), "whole groups of {LANES}");
}

#[inline(always)]
fn above(scores: &mut [f32], offset: f32, offsets: &[f32], threshold: f32, found: &mut Vec<u32>) {
    let groups = scores.as_chunks_mut::<LANES>().0.iter_mut().zip(offsets.as_chunks::<LANES>().0);
    for (number, (scores, offsets)) in groups.enumerate() {
        let mut any = false;
        for lane in 0..LANES {
            scores[lane] += offset + offsets[lane];
            any |= scores[lane] >= threshold;
        }
        if any {
            let first = (number * LANES) as u32;
            found.extend((first..).zip(scores).filter(|(_, score)| **score >= threshold).map(|(place, _)| place));
        }
    }
}

#[inline(always)]
fn above_each(scores: &[f32], thresholds: &[f32], found: &mut Vec<u32>) {
    let groups = scores.as_chunks::<LANES>().0.iter().zip(thresholds.as_chunks::<LANES>().0);
    for (number, (scores, thresholds)) in groups.enumerate() {
        let mut any = false;
        for lane in 0..LANES {
            any |= scores[lane] >= thresholds[lane];
        }
        if any {
            let first = (number * LANES) as u32;
            let pairs = (first..).zip(scores.iter().zip(thresholds));
            found.extend(pairs.filter(|(_, (score, threshold))| score >= threshold).map(|(place, _)| place));
        }
    }
}

#[inline(always)]
fn reaching(scores: &[f32], error: f32, limits: Thresholds<'_>, found: &mut Vec<u32>) {
    let Thresholds { score_scales, error_scales, thresholds } = limits;
    let reaches = |score: f32, score_scale: f32, error_scale: f32, threshold: f32| {
        score * score_scale + error * error_scale >= threshold
    };
    let scales = score_scales.as_chunks::<LANES>().0.iter().zip(error_scales.as_chunks::<LANES>().0);
    let groups = scores.as_chunks::<LANES>().0.iter().zip(scales.zip(thresholds.as_chunks::<LANES>().0));
    for (number, (scores, ((score_scales, error_scales), thresholds))) in groups.enumerate() {
        let reached = |lane: usize| reaches(scores[lane], score_scales[lane], error_scales[lane], thresholds[lane]);
        let mut any = false;
        for lane in 0..LANES {
            any |= reached(lane);
        }
        if any {
            found.extend((0..LANES).filter(|lane| reached(*lane)).map(|lane| (number * LANES + lane) as u32));
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn offer_above_avx2(scores: &mut [f32], offset: f32, offsets: &[f32], threshold: f32, found: &mut Vec<u32>) {
    above(scores, offset, offsets, threshold, found);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn offer_above_each_avx2(scores: &[f32], thresholds: &[f32], found: &mut Vec<u32>) {
    above_each(scores, thresholds, found);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn offer_reaching_avx2(scores: &[f32], error: f32, limits: Thresholds<'_>, found: &mut Vec<u32>) {
    reaching(scores, error, limits, found);
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m512, _CMP_GE_OQ, _mm512_add_epi32, _mm512_add_ps, _mm512_cmp_ps_mask, _mm512_loadu_ps,
        _mm512_maskz_compress_epi32, _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setr_epi32,
        _mm512_storeu_ps, _mm512_storeu_si512,
    };

    use super::{LANES, Thresholds};

    /// # Safety
    /// `scores` and `offsets` are equally long, a multiple of 16, and `found`, which is empty, has room for as many.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn offer_above(
        scores: &mut [f32],
        offset: f32,
        offsets: &[f32],
        threshold: f32,
        found: &mut Vec<u32>,
    ) {
        let (offset, threshold) = (_mm512_set1_ps(offset), _mm512_set1_ps(threshold));
        let score = |first: usize| {
            // SAFETY: sixteen numbers follow `first` in either slice, by the caller's promise.
            unsafe {
                let place = scores.as_mut_ptr().add(first);
                let both = _mm512_add_ps(offset, _mm512_loadu_ps(offsets.as_ptr().add(first)));
                let score = _mm512_add_ps(_mm512_loadu_ps(place), both);
                _mm512_storeu_ps(place, score);
                (score, threshold)
            }
        };
        // SAFETY: the caller's promise.
        unsafe { places(offsets.len(), found, score) }
    }

    /// # Safety
    /// `scores` and `thresholds` are equally long, a multiple of 16, and `found`, which is empty, has room for as many.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn offer_above_each(scores: &[f32], thresholds: &[f32], found: &mut Vec<u32>) {
        let pair = |first: usize| {
            // SAFETY: sixteen numbers follow `first` in either slice, by the caller's promise.
            unsafe { (_mm512_loadu_ps(scores.as_ptr().add(first)), _mm512_loadu_ps(thresholds.as_ptr().add(first))) }
        };
        // SAFETY: the caller's promise.
        unsafe { places(scores.len(), found, pair) }
    }

    /// # Safety
    /// `scores` and the slices of `limits` are equally long, a multiple of 16, and `found`, which is empty, has room for as
    /// many.
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn offer_reaching(scores: &[f32], error: f32, limits: Thresholds<'_>, found: &mut Vec<u32>) {
        let error = _mm512_set1_ps(error);
        let pair = |first: usize| {
            // SAFETY: sixteen numbers follow `first` in each slice, by the caller's promise.
            let [score, score_scale, error_scale, threshold] = unsafe {
                [scores, limits.score_scales, limits.error_scales, limits.thresholds]
                    .map(|numbers| _mm512_loadu_ps(numbers.as_ptr().add(first)))
            };
            (_mm512_add_ps(_mm512_mul_ps(score, score_scale), _mm512_mul_ps(error, error_scale)), threshold)
        };
        // SAFETY: the caller's promise.
        unsafe { places(scores.len(), found, pair) }
    }

    /// The places where the first of a pair reaches the second. A whole register is stored for each group, of which the
    /// next one overwrites what did not pass.
    ///
    /// # Safety
    /// `found` is empty and has room for `len`, a multiple of 16.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn places(len: usize, found: &mut Vec<u32>, mut pair: impl FnMut(usize) -> (__m512, __m512)) {
        let mut place = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        let mut count = 0;
        for first in (0..len).step_by(LANES) {
            let (score, threshold) = pair(first);
            let passed = _mm512_cmp_ps_mask::<_CMP_GE_OQ>(score, threshold);
            // SAFETY: at most `first` places were found, so sixteen more fit into the room for `len`.
            unsafe {
                let out = found.as_mut_ptr().add(count);
                _mm512_storeu_si512(out.cast(), _mm512_maskz_compress_epi32(passed, place));
            }
            count += passed.count_ones() as usize;
            place = _mm512_add_epi32(place, _mm512_set1_epi32(LANES as i32));
        }
        // SAFETY: the first `count` places were written, and `count` is at most `len`.
        unsafe { found.set_len(count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::property_tests())]

        #[test]
        fn the_places_are_those_of_the_scores_that_reach_their_threshold(
            numbers in prop::collection::vec((-3i8..3, -3i8..3, -3i8..3), 0..6 * LANES),
            (offset, threshold) in (-2i8..2, -4i8..4),
        ) {
            // Small whole numbers, so that many scores equal their threshold; cut to whole groups.
            let numbers = &numbers[..numbers.len() / LANES * LANES];
            let column = |of: fn(&(i8, i8, i8)) -> i8| numbers.iter().map(|x| f32::from(of(x))).collect::<Vec<_>>();
            let (products, offsets, thresholds) = (column(|x| x.0), column(|x| x.1), column(|x| x.2));
            let (offset, threshold) = (f32::from(offset), f32::from(threshold));
            let expected: Vec<f32> = products.iter().zip(&offsets).map(|(x, y)| x + (offset + y)).collect();
            let reaching = |reaches: &dyn Fn(usize) -> bool| (0..expected.len()).filter(|place| reaches(*place)).map(|place| place as u32).collect::<Vec<_>>();

            let mut found = vec![7];
            let mut scores = products.clone();
            offer_above(&mut scores, offset, &offsets, threshold, &mut found);
            prop_assert_eq!(&scores, &expected);
            prop_assert_eq!(&found, &reaching(&|place| expected[place] >= threshold));
            let (mut scores, mut plain) = (products.clone(), Vec::new());
            above(&mut scores, offset, &offsets, threshold, &mut plain);
            prop_assert_eq!((&scores, &plain), (&expected, &found));

            offer_above_each(&expected, &thresholds, &mut found);
            prop_assert_eq!(&found, &reaching(&|place| expected[place] >= thresholds[place]));
            plain.clear();
            above_each(&expected, &thresholds, &mut plain);
            prop_assert_eq!(&plain, &found);

            let limits = Thresholds { score_scales: &offsets, error_scales: &products, thresholds: &thresholds };
            offer_reaching(&expected, offset, limits, &mut found);
            let reaches = |place: usize| expected[place] * offsets[place] + offset * products[place] >= thresholds[place];
            prop_assert_eq!(&found, &reaching(&reaches));
            plain.clear();
            super::reaching(&expected, offset, limits, &mut plain);
            prop_assert_eq!(plain, found);
        }
    }

    #[test]
    fn a_nan_reaches_no_threshold() {
        let mut found = vec![1];
        offer_above_each(&[f32::NAN; LANES], &[f32::MIN; LANES], &mut found);
        assert!(found.is_empty());
    }

    #[test]
    #[should_panic(expected = "whole groups")]
    fn a_part_of_a_group_is_refused() {
        offer_above_each(&[0.0; 5], &[0.0; 5], &mut Vec::new());
    }
}
