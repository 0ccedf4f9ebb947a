//! `super::quantise::pack_transposed` with AVX-512F: keys, whose columns attention packs for every text.
//!
//! The compiler's code for the plain loop works on four numbers at a time, which are neighbours in the packed matrix. Here
//! sixteen numbers of a column are rounded in one register, cut to bytes in another and put into four lines. Values that
//! each column needs once (the value of a step, the sum) are computed for a panel of columns together.
//! `cargo bench -p semsearch-benches --bench encoder -- pack_keys` compares the two, `avx512` and `avx2`.

use std::arch::x86_64::{
    __m512, _mm_extract_epi32, _mm512_abs_ps, _mm512_castps_si512, _mm512_cvtepi32_epi8, _mm512_fmadd_ps,
    _mm512_max_ps, _mm512_reduce_max_ps, _mm512_set1_ps, _mm512_setzero_ps,
};

use super::avx512_load::{load, load_rest};
use super::elementwise::higher;
use super::quantise::{ROUND, step};
use crate::packed::PANEL;
use crate::quantised::{GROUP, LINE, PackedInt8, Writer};

const LANES: usize = 16;
/// Lines that sixteen inputs of a column go to.
const LINES: usize = LANES / GROUP;

/// See [`super::Kernels::pack_int8_transposed`]. Call only where AVX-512F was detected.
#[target_feature(enable = "avx512f")]
pub(super) fn pack_int8_transposed(
    rows: &[f32],
    stride: usize,
    inputs: usize,
    outputs: usize,
    packed: &mut PackedInt8,
) {
    packed.reshape(inputs, outputs);
    let lines = packed.lines();
    let Writer { panels, scales, sums } = packed.writer();
    for (number, first) in (0..outputs).step_by(PANEL).enumerate() {
        let panel = panels[number * lines * LINE..][..lines * LINE].as_chunks_mut::<LINE>().0;
        let columns = first..outputs.min(first + PANEL);
        let column = |column: usize| rows[column * stride..][..inputs].as_chunks::<LANES>();

        let mut largest = [0.0_f32; PANEL];
        for (number, largest) in columns.clone().zip(&mut largest) {
            *largest = largest_of(column(number));
        }
        let mut steps = [0.0_f32; PANEL];
        let scales: &mut [f32; PANEL] = scales[first..].first_chunk_mut().expect("filled up to whole panels");
        for place in 0..PANEL {
            (scales[place], steps[place]) = step(largest[place]);
        }
        for (place, number) in columns.enumerate() {
            let (chunks, rest) = column(number);
            let (blocks, last) = panel.as_chunks_mut::<LINES>();
            for (lines, chunk) in blocks.iter_mut().zip(chunks) {
                write(lines, place, load(chunk), steps[place]);
            }
            if !rest.is_empty() {
                // Thirteen numbers and more take all four lines of a block.
                let lines = blocks.get_mut(chunks.len()).map_or(last, |lines| &mut lines[..]);
                write(lines, place, load_rest(rest), steps[place]);
            }
        }
        sums[first..first + PANEL].copy_from_slice(&sum(panel));
    }
}

/// The largest magnitude in a column, sixteen numbers at a time and what is left over.
#[inline]
#[target_feature(enable = "avx512f")]
fn largest_of((chunks, rest): (&[[f32; LANES]], &[f32])) -> f32 {
    if cfg!(miri) {
        // Miri does not know the instruction.
        return chunks.iter().flatten().chain(rest).map(|x| x.abs()).fold(0.0, higher);
    }
    let mut high = _mm512_setzero_ps();
    for chunk in chunks {
        // The second of the two where the first is NaN, as `higher` has it.
        high = _mm512_max_ps(_mm512_abs_ps(load(chunk)), high);
    }
    _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(load_rest(rest)), high))
}

/// Rounds sixteen numbers of a column and puts their bytes where they belong, as far as there are lines.
#[inline]
#[target_feature(enable = "avx512f")]
fn write(lines: &mut [[u8; LINE]], place: usize, numbers: __m512, steps: f32) {
    let rounded = _mm512_castps_si512(_mm512_fmadd_ps(numbers, _mm512_set1_ps(steps), _mm512_set1_ps(ROUND)));
    let bytes = _mm512_cvtepi32_epi8(rounded);
    let words = [
        _mm_extract_epi32::<0>(bytes),
        _mm_extract_epi32::<1>(bytes),
        _mm_extract_epi32::<2>(bytes),
        _mm_extract_epi32::<3>(bytes),
    ];
    for (line, word) in lines.iter_mut().zip(words) {
        line.as_chunks_mut::<GROUP>().0[place] = word.to_le_bytes();
    }
}

/// The sum of each column of a panel.
#[inline]
#[target_feature(enable = "avx512f")]
fn sum(panel: &[[u8; LINE]]) -> [i32; PANEL] {
    let mut total = [0_i32; PANEL];
    for line in panel {
        let groups = line.as_chunks::<GROUP>().0;
        for column in 0..PANEL {
            let word = i32::from_le_bytes(groups[column]);
            total[column] += (word << 24 >> 24) + (word << 16 >> 24) + (word << 8 >> 24) + (word >> 24);
        }
    }
    total
}
