//! Quantisation of floats to bytes: for the left-hand side of an eight-bit product, and for the matrices that attention
//! packs for every text.
//!
//! Like `elementwise.rs`: written once, in plain Rust, and compiled for each instruction set. Adding 1.5 · 2²³ to a float
//! below 2²² rounds it to a whole number, halves to the even one, and leaves it in the low bits; the low byte of those is
//! the byte that is wanted, for signed and unsigned alike.

use super::elementwise::{LANES, across, exp, fma, higher, lower};
use crate::packed::PANEL;
use crate::quantised::{GROUP, LINE, PackedInt8, QuantisedRows, Writer};

pub(super) const ROUND: f32 = 12_582_912.0;
/// Ranges below this count as zero: 255 divided by the range has to be finite.
pub(super) const TINY: f32 = 1e-30;

/// Rounds every row of `numbers`, `stride` apart, into the rows of `out`.
#[inline(always)]
pub(super) fn quantise<const FMA: bool>(numbers: &[f32], stride: usize, out: &mut QuantisedRows) {
    let inputs = out.inputs();
    for ((bytes, scale, zero), row) in out.rows_mut().zip(numbers.chunks(stride.max(1))) {
        (*scale, *zero) = quantise_row::<FMA>(&row[..inputs], bytes);
    }
}

/// Replaces every number by its Gaussian error linear unit and rounds the rows, which lie one behind the other.
#[inline(always)]
pub(super) fn gelu_quantise<const FMA: bool>(numbers: &mut [f32], out: &mut QuantisedRows) {
    let inputs = out.inputs();
    for ((bytes, scale, zero), row) in out.rows_mut().zip(numbers.chunks_exact_mut(inputs.max(1))) {
        super::elementwise::gelu::<FMA>(row);
        (*scale, *zero) = quantise_row::<FMA>(row, bytes);
    }
}

/// Writes the bytes of one row, and returns its scale (the value of a step) and zero point (the byte that means zero).
///
/// The range is extended to include zero, so that zero is exact and the zero point fits a byte.
#[inline(always)]
fn quantise_row<const FMA: bool>(row: &[f32], bytes: &mut [u8]) -> (f32, i32) {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let (mut lowest, mut highest) = ([0.0_f32; LANES], [0.0_f32; LANES]);
    for chunk in chunks {
        for lane in 0..LANES {
            lowest[lane] = lower(lowest[lane], chunk[lane]);
            highest[lane] = higher(highest[lane], chunk[lane]);
        }
    }
    let low = rest.iter().copied().fold(across(lowest, lower), lower);
    let high = rest.iter().copied().fold(across(highest, higher), higher);
    let range = high - low;
    if !(range > TINY && range < f32::MAX) {
        bytes.fill(0);
        // The range is nearly zero, for which any scale will do; or infinite, which becomes NaN and is noticed.
        return (range * 0.0, 0);
    }
    let steps = 255.0 / range;
    let zero = (-low * steps).round_ties_even();
    for (byte, &x) in bytes.iter_mut().zip(row) {
        // The ends may round to −1 or 256.
        let place = fma::<FMA>(x, steps, zero).clamp(0.0, 255.0);
        *byte = (place + ROUND).to_bits() as u8;
    }
    (range / 255.0, zero as i32)
}

/// Softmax of every row of `scores` with bytes for its shares: `e^(scale · (x − highest))` in steps of 1/255.
///
/// Most shares are far below the highest. Rounding to the nearest step would turn all shares below half a step into zero,
/// and their sum is large. So each share is moved by up to half a step before it is rounded, by an amount that differs from
/// neighbour to neighbour ([`dither`]): a share of a tenth of a step becomes one step in a tenth of the places. On
/// all-MiniLM-L6-v2 this removes nine tenths of the error (1 − cosine) of rounding shares.
///
/// The bytes are divided by their own sum, so the rounded shares add up to one exactly.
#[inline(always)]
pub(super) fn softmax_quantise<const FMA: bool>(scores: &mut [f32], scale: f32, out: &mut QuantisedRows) {
    let columns = out.inputs();
    for (number, ((bytes, share, zero), row)) in out.rows_mut().zip(scores.chunks_exact_mut(columns.max(1))).enumerate()
    {
        let (chunks, rest) = row.as_chunks::<LANES>();
        let mut highest = [f32::NEG_INFINITY; LANES];
        for chunk in chunks {
            for lane in 0..LANES {
                highest[lane] = higher(highest[lane], chunk[lane]);
            }
        }
        let high = rest.iter().copied().fold(across(highest, higher), higher);

        let (byte_chunks, byte_rest) = bytes.as_chunks_mut::<LANES>();
        let mut sums = [0_u32; LANES];
        for (place, (bytes, chunk)) in byte_chunks.iter_mut().zip(chunks).enumerate() {
            let moved = dither(number, place);
            for lane in 0..LANES {
                let power = exp::<FMA>((chunk[lane] - high) * scale);
                let rounded = (fma::<FMA>(power, 255.0, moved[lane]) + ROUND).to_bits() & 0xFF;
                bytes[lane] = rounded as u8;
                sums[lane] += rounded;
            }
        }
        let moved = dither(number, chunks.len());
        for (lane, (byte, &x)) in byte_rest.iter_mut().zip(rest).enumerate() {
            let power = exp::<FMA>((x - high) * scale);
            let rounded = (fma::<FMA>(power, 255.0, moved[lane]) + ROUND).to_bits() & 0xFF;
            *byte = rounded as u8;
            sums[lane] += rounded;
        }
        // The highest is 255, so the sum is never zero.
        (*share, *zero) = (1.0 / across(sums, |a, b| a + b) as f32, 0);
    }
}

/// The dither, added to numbers before they are rounded: sixteen values between −½ and ½ of a step, in bit-reversed order
/// so that neighbours differ much, beginning at another value in every row and every sixteen columns. The pattern is fixed:
/// the same text gives the same bytes.
#[inline(always)]
pub(super) fn dither(row: usize, chunk: usize) -> &'static [f32; LANES] {
    const ORDER: [u8; LANES] = [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15];
    const TWICE: [f32; 2 * LANES] = {
        let mut moved = [0.0; 2 * LANES];
        let mut place = 0;
        while place < 2 * LANES {
            moved[place] = (ORDER[place % LANES] as f32 + 0.5) / LANES as f32 - 0.5;
            place += 1;
        }
        moved
    };
    static TABLE: [f32; 2 * LANES] = TWICE;
    let first = (row * 7 + chunk * 5) % LANES;
    TABLE[first..].first_chunk().expect("sixteen numbers follow each of the first sixteen")
}

/// Packs a matrix from its columns: `outputs` rows of `inputs` numbers, `stride` apart. Each column has its own scale.
#[inline(always)]
pub(super) fn pack_transposed<const FMA: bool>(
    rows: &[f32],
    stride: usize,
    inputs: usize,
    outputs: usize,
    packed: &mut PackedInt8,
) {
    packed.reshape(inputs, outputs);
    let lines = packed.lines();
    let Writer { panels, scales, sums } = packed.writer();
    for column in 0..outputs {
        let row = &rows[column * stride..][..inputs];
        let (chunks, rest) = row.as_chunks::<LANES>();
        let mut largest = [0.0_f32; LANES];
        for chunk in chunks {
            for lane in 0..LANES {
                largest[lane] = higher(largest[lane], chunk[lane].abs());
            }
        }
        let largest = rest.iter().map(|x| x.abs()).fold(across(largest, higher), higher);
        let (scale, steps) = step(largest);
        scales[column] = scale;
        let panel = panels[column / PANEL * lines * LINE..][..lines * LINE].as_chunks_mut::<LINE>().0;
        let place = column % PANEL * GROUP;
        let (groups, rest) = row.as_chunks::<GROUP>();
        let mut last = [0.0; GROUP];
        last[..rest.len()].copy_from_slice(rest);
        let mut sum = [0_i32; GROUP];
        for (line, numbers) in panel.iter_mut().zip(groups.iter().chain([&last])) {
            let mut bytes = [0_u8; GROUP];
            for lane in 0..GROUP {
                let rounded = (fma::<FMA>(numbers[lane], steps, ROUND).to_bits() << 24) as i32 >> 24;
                bytes[lane] = rounded as u8;
                sum[lane] += rounded;
            }
            line[place..place + GROUP].copy_from_slice(&bytes);
        }
        let sum = sum.iter().sum();
        sums[column] = sum;
    }
}

/// Packs a matrix from its `inputs` rows, each of `outputs` numbers, `stride` apart. Each column has its own scale.
#[inline(always)]
pub(super) fn pack<const FMA: bool>(
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
        let width = PANEL.min(outputs - first);
        // A whole panel is read with a fixed width, which is what makes the compiler use vectors.
        let read = |input: usize| -> [f32; PANEL] {
            let row = &rows[input * stride + first..][..width];
            let mut numbers = [0.0; PANEL];
            match row.as_chunks::<PANEL>().0.first() {
                Some(whole) => numbers = *whole,
                None => numbers[..width].copy_from_slice(row),
            }
            numbers
        };
        let mut largest = [0.0_f32; PANEL];
        for input in 0..inputs {
            let numbers = read(input);
            for column in 0..PANEL {
                largest[column] = higher(largest[column], numbers[column].abs());
            }
        }
        let mut steps = [0.0_f32; PANEL];
        for column in 0..PANEL {
            (scales[first + column], steps[column]) = step(largest[column]);
        }
        let panel = &mut panels[number * lines * LINE..][..lines * LINE];
        let mut total = [0_i32; PANEL];
        for (group, line) in panel.as_chunks_mut::<LINE>().0.iter_mut().enumerate() {
            let mut words = [0_u32; PANEL];
            for (place, input) in (group * GROUP..((group + 1) * GROUP).min(inputs)).enumerate() {
                let numbers = read(input);
                for column in 0..PANEL {
                    let bits = fma::<FMA>(numbers[column], steps[column], ROUND).to_bits() as i32;
                    let rounded = (bits << 24) >> 24;
                    total[column] += rounded;
                    words[column] |= ((rounded & 0xFF) as u32) << (8 * place);
                }
            }
            for (bytes, word) in line.as_chunks_mut::<GROUP>().0.iter_mut().zip(words) {
                *bytes = word.to_le_bytes();
            }
        }
        sums[first..first + PANEL].copy_from_slice(&total);
    }
}

/// The value of a step, and its reciprocal, for a column whose largest number is `largest`.
#[inline(always)]
pub(super) fn step(largest: f32) -> (f32, f32) {
    if largest > TINY { (largest / 127.0, 127.0 / largest) } else { (0.0, 0.0) }
}

/// Compiles the functions of this file, except [`pack_transposed`], for one instruction set.
macro_rules! quantising {
    ($fma:literal $(, $feature:literal)?) => {
        $(#[target_feature(enable = $feature)])?
        pub(super) fn quantise(numbers: &[f32], stride: usize, out: &mut crate::quantised::QuantisedRows) {
            super::quantise::quantise::<$fma>(numbers, stride, out);
        }

        $(#[target_feature(enable = $feature)])?
        pub(super) fn gelu_quantise(numbers: &mut [f32], out: &mut crate::quantised::QuantisedRows) {
            super::quantise::gelu_quantise::<$fma>(numbers, out);
        }

        $(#[target_feature(enable = $feature)])?
        pub(super) fn softmax_quantise(scores: &mut [f32], scale: f32, out: &mut crate::quantised::QuantisedRows) {
            super::quantise::softmax_quantise::<$fma>(scores, scale, out);
        }

    };
}
pub(super) use quantising;

/// Compiles [`pack`] for one instruction set.
macro_rules! packing_rows {
    ($fma:literal $(, $feature:literal)?) => {
        $(#[target_feature(enable = $feature)])?
        pub(super) fn pack_int8(
            rows: &[f32],
            stride: usize,
            inputs: usize,
            outputs: usize,
            packed: &mut crate::quantised::PackedInt8,
        ) {
            super::quantise::pack::<$fma>(rows, stride, inputs, outputs, packed);
        }
    };
}
pub(super) use packing_rows;

/// Compiles [`pack_transposed`] for one instruction set.
macro_rules! packing_columns {
    ($fma:literal $(, $feature:literal)?) => {
        $(#[target_feature(enable = $feature)])?
        pub(super) fn pack_int8_transposed(
            rows: &[f32],
            stride: usize,
            inputs: usize,
            outputs: usize,
            packed: &mut crate::quantised::PackedInt8,
        ) {
            super::quantise::pack_transposed::<$fma>(rows, stride, inputs, outputs, packed);
        }
    };
}
pub(super) use packing_columns;
