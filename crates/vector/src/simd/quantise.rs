//! From floats to bytes, for the left-hand side of an eight-bit product and for the matrices that attention packs anew
//! with every text.
//!
//! Like `elementwise.rs`: written once, in plain Rust, and compiled for each instruction set. Adding 1.5 · 2²³ to a float
//! below 2²² rounds it to a whole number, halves to the even one, and leaves it in the low bits; the low byte of those is
//! the byte that is wanted, for signed and unsigned alike.

use super::elementwise::{exp, fma};
use crate::packed::PANEL;
use crate::quantised::{GROUP, LINE, PackedInt8, QuantisedRows, Writer};

const ROUND: f32 = 12_582_912.0;
/// Ranges below are taken for zero: 255 divided by one still has to be a number.
const TINY: f32 = 1e-30;
/// Numbers handled side by side where a loop needs several extremes.
const LANES: usize = 16;

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

/// The bytes of one row; gives the value of a step and the byte that means zero.
///
/// The range is stretched to hold zero, so that zero is a byte and the bytes' offset stays small.
#[inline(always)]
fn quantise_row<const FMA: bool>(row: &[f32], bytes: &mut [u8]) -> (f32, i32) {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let (mut lowest, mut highest) = ([0.0_f32; LANES], [0.0_f32; LANES]);
    for chunk in chunks {
        for lane in 0..LANES {
            lowest[lane] = if chunk[lane] < lowest[lane] { chunk[lane] } else { lowest[lane] };
            highest[lane] = if chunk[lane] > highest[lane] { chunk[lane] } else { highest[lane] };
        }
    }
    let low = lowest.iter().chain(rest).fold(0.0_f32, |low, &x| if x < low { x } else { low });
    let high = highest.iter().chain(rest).fold(0.0_f32, |high, &x| if x > high { x } else { high });
    let range = high - low;
    if !(range > TINY && range < f32::MAX) {
        bytes.fill(0);
        // As good as zero, which any scale tells; or infinite, which becomes no number and is noticed.
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
/// The bytes are divided by their own sum, not by that of the numbers they stand for, so the shares still add up to one
/// exactly.
#[inline(always)]
pub(super) fn softmax_quantise<const FMA: bool>(scores: &mut [f32], scale: f32, out: &mut QuantisedRows) {
    let columns = out.inputs();
    for ((bytes, share, zero), row) in out.rows_mut().zip(scores.chunks_exact_mut(columns.max(1))) {
        let (chunks, rest) = row.as_chunks_mut::<LANES>();
        let mut highest = [f32::NEG_INFINITY; LANES];
        for chunk in &*chunks {
            for lane in 0..LANES {
                highest[lane] = if chunk[lane] > highest[lane] { chunk[lane] } else { highest[lane] };
            }
        }
        let high = highest.iter().chain(&*rest).fold(f32::NEG_INFINITY, |high, &x| if x > high { x } else { high });
        let mut sum = 0_u32;
        for (byte, &x) in bytes.iter_mut().zip(&*row) {
            let rounded = fma::<FMA>(exp::<FMA>((x - high) * scale), 255.0, ROUND).to_bits() & 0xFF;
            *byte = rounded as u8;
            sum += rounded;
        }
        // The highest is 255, so the sum is never zero.
        (*share, *zero) = (1.0 / sum as f32, 0);
    }
}

/// Packs `outputs` rows of `inputs` numbers that lie `stride` apart, one row a column of the matrix, each column in
/// steps of its own.
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
        let largest = row.iter().fold(0.0_f32, |high, x| if x.abs() > high { x.abs() } else { high });
        let (scale, steps) = step(largest);
        scales[column] = scale;
        let panel = &mut panels[column / PANEL * lines * LINE..][..lines * LINE];
        let place = column % PANEL * GROUP;
        let mut sum = 0;
        for (line, numbers) in panel.as_chunks_mut::<LINE>().0.iter_mut().zip(row.chunks(GROUP)) {
            for (byte, &x) in line[place..place + GROUP].iter_mut().zip(numbers) {
                let rounded = fma::<FMA>(x, steps, ROUND).to_bits() as u8 as i8;
                *byte = rounded as u8;
                sum += i32::from(rounded);
            }
        }
        sums[column] = sum;
    }
}

/// Packs a matrix from its rows, `inputs` of them, each of `outputs` numbers, `stride` apart, each column in steps of its
/// own.
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
                let x = numbers[column].abs();
                largest[column] = if x > largest[column] { x } else { largest[column] };
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

/// The value of a step and the steps in one, for a column whose largest number is `largest`.
#[inline(always)]
fn step(largest: f32) -> (f32, f32) {
    if largest > TINY { (largest / 127.0, 127.0 / largest) } else { (0.0, 0.0) }
}

/// Compiles the functions of this file for one instruction set.
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
pub(super) use quantising;
