//! The table of a static model: a row of numbers and a factor for every token.
//!
//! `model.safetensors` holds, as Model2Vec writes it:
//!
//! | tensor | type | shape | meaning |
//! | --- | --- | --- | --- |
//! | `embeddings`, or `embedding.weight` | f32, f16, i8 | rows × dimension | the vectors |
//! | `weights` | f16, f32, f64 | tokens | the weight of each token; 1 if missing |
//! | `mapping` | i32, i64 | tokens | the row of each token; its own number if missing |
//!
//! Only semsearch writes `embeddings` of type u8: four numbers a byte, the first in the lowest two bits, where the codes 0
//! to 3 stand for -3, -1, 1 and 3. See [`crate::TablePrecision::Int2`] for the cost, and why no code stands for zero.
//!
//! A row's scale is multiplied into the token's weight, so it needs no tensor of its own. Codes and i8 are kept as i8 in
//! memory, where a row of 256 numbers is four cache lines; f16 becomes f32.
//!
//! Cost: a multiplication and an addition for each number of each token's row, `tokens · dimension` in all.

use std::path::Path;

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use semsearch_vector::simd::add_scaled_bytes;

use super::network::{NetworkError, Shape};
use crate::describe::{STATIC_POSITIONS, find_rows};

/// A vector for every token.
#[derive(Debug)]
pub(crate) struct Table {
    dim: usize,
    rows: Rows,
    tokens: Vec<Token>,
    /// The vector of a text without known tokens.
    fallback: Vec<f32>,
}

#[derive(Debug)]
enum Rows {
    Floats(Vec<f32>),
    Bytes(Vec<i8>),
}

/// The row and the weight of a token.
#[derive(Clone, Copy, Debug)]
struct Token {
    row: u32,
    factor: f32,
}

impl Table {
    /// Reads `bytes`, the contents of the file `path`, as a table of `dim` numbers a row; `unknown` is the token that
    /// stands for unknown pieces.
    ///
    /// # Errors
    /// [`NetworkError`] names the file, and the tensor that is missing or not as it should be.
    pub(crate) fn read(bytes: &[u8], path: &Path, dim: usize) -> Result<Self, NetworkError> {
        let tensors = SafeTensors::deserialize(bytes)
            .map_err(|error| NetworkError::NotSafetensors { path: path.to_owned(), problem: error.to_string() })?;
        Self::from_tensors(&tensors, dim).map_err(|problem| NetworkError::Table { path: path.to_owned(), problem })
    }

    fn from_tensors(tensors: &SafeTensors<'_>, dim: usize) -> Result<Self, String> {
        let (name, embeddings) = find_rows(tensors)?;
        let &[count, width] = embeddings.shape() else {
            return Err(format!("{name} has the shape {:?}, expected rows × dimension", embeddings.shape()));
        };
        let rows = match embeddings.dtype() {
            Dtype::U8 => Rows::Bytes(unpack(embeddings.data(), name, width, dim)?),
            _ if width != dim => return Err(format!("{name} has {width} numbers a row, expected {dim}")),
            Dtype::I8 => Rows::Bytes(embeddings.data().iter().map(|&byte| byte.cast_signed()).collect()),
            _ => Rows::Floats(floats(name, &embeddings)?),
        };
        let mapping = match tensors.tensor("mapping") {
            Ok(mapping) => Some(row_numbers(&mapping, count)?),
            Err(_) => None,
        };
        let mapping = mapping.unwrap_or_else(|| (0..count as u32).collect());
        let factors = match tensors.tensor("weights") {
            Ok(weights) if weights.shape() == [mapping.len()] => floats("weights", &weights)?,
            Ok(weights) => {
                return Err(format!("weights has the shape {:?}, expected [{}]", weights.shape(), mapping.len()));
            }
            Err(_) => vec![1.0; mapping.len()],
        };
        let tokens = mapping.into_iter().zip(factors).map(|(row, factor)| Token { row, factor }).collect();
        Ok(Table { dim, rows, tokens, fallback: Vec::new() })
    }

    /// Adds the fallback: the vector of a text without known tokens. It is the vector of the unknown token, or else the
    /// mean of all tokens.
    ///
    /// A zero vector has no direction, and one odd text must not stop the embedding of a million. So all such texts share
    /// one vector, as all unknown words share a transformer's `[UNK]`.
    ///
    /// # Errors
    /// [`NetworkError::Table`] if neither vector can be normalised.
    pub(crate) fn with_fallback(mut self, unknown: Option<u32>, path: &Path) -> Result<Self, NetworkError> {
        let every: Vec<u32> = (0..self.tokens.len() as u32).collect();
        let candidates = [unknown.as_slice(), &every];
        for tokens in candidates {
            let mut vector = vec![0.0; self.dim];
            self.sum(tokens, &mut vector);
            if is_usable(&vector) {
                vector.iter_mut().for_each(|number| *number /= tokens.len() as f32);
                self.fallback = vector;
                return Ok(self);
            }
        }
        let problem = "the rows are all zeros or not numbers".to_owned();
        Err(NetworkError::Table { path: path.to_owned(), problem })
    }

    pub(crate) fn shape(&self) -> Shape {
        Shape { dimension: self.dim, vocabulary: self.tokens.len(), max_positions: STATIC_POSITIONS }
    }

    /// Writes the weighted mean of `tokens` into `out`; the fallback if there are no tokens or they cancel out.
    ///
    /// # Panics
    /// If a token is not below the vocabulary, which loading has compared with the tokeniser's.
    pub(crate) fn pool(&self, tokens: &[u32], out: &mut [f32]) {
        self.sum(tokens, out);
        if !is_usable(out) {
            out.copy_from_slice(&self.fallback);
            return;
        }
        let share = 1.0 / tokens.len() as f32;
        out.iter_mut().for_each(|number| *number *= share);
    }

    fn sum(&self, tokens: &[u32], out: &mut [f32]) {
        out.fill(0.0);
        let tokens = tokens.iter().map(|&token| self.tokens[token as usize]);
        match &self.rows {
            Rows::Floats(rows) => {
                for Token { row, factor } in tokens {
                    let row = &rows[row as usize * self.dim..][..self.dim];
                    out.iter_mut().zip(row).for_each(|(sum, number)| *sum += factor * number);
                }
            }
            Rows::Bytes(rows) => {
                for Token { row, factor } in tokens {
                    let row = &rows[row as usize * self.dim..][..self.dim];
                    add_scaled_bytes(out, row, factor);
                }
            }
        }
    }
}

/// Whether a vector can be normalised.
fn is_usable(vector: &[f32]) -> bool {
    let length = vector.iter().map(|number| number * number).sum::<f32>();
    length.is_finite() && length > 0.0
}

/// Unpacks the numbers of rows of four numbers a byte.
fn unpack(bytes: &[u8], name: &str, width: usize, dim: usize) -> Result<Vec<i8>, String> {
    if width * 4 != dim {
        return Err(format!("{name} has {width} bytes a row, expected a quarter of the {dim} numbers"));
    }
    let number = |code: u8| 2 * (code & 3).cast_signed() - 3;
    Ok(bytes.iter().flat_map(|byte| [0, 2, 4, 6].map(|shift| number(byte >> shift))).collect())
}

/// The inverse of [`unpack`], for whole rows.
pub(crate) fn pack(numbers: &[i8]) -> Vec<u8> {
    let code = |number: i8| ((number + 3) / 2).cast_unsigned();
    let byte = |four: &[i8; 4]| four.iter().rev().fold(0, |byte, &number| byte << 2 | code(number));
    numbers.as_chunks().0.iter().map(byte).collect()
}

fn floats(name: &str, tensor: &TensorView<'_>) -> Result<Vec<f32>, String> {
    let data = tensor.data();
    match tensor.dtype() {
        Dtype::F32 => Ok(whole(data, f32::from_le_bytes)),
        Dtype::F64 => Ok(whole(data, |bytes| f64::from_le_bytes(bytes) as f32)),
        Dtype::F16 => Ok(whole(data, |bytes| half(u16::from_le_bytes(bytes)))),
        other => Err(format!("{name} has numbers of type {other:?}, expected F32, F16 or I8")),
    }
}

/// The row of each token.
fn row_numbers(tensor: &TensorView<'_>, rows: usize) -> Result<Vec<u32>, String> {
    let numbers: Vec<i64> = match tensor.dtype() {
        Dtype::I32 => whole(tensor.data(), |bytes| i64::from(i32::from_le_bytes(bytes))),
        Dtype::I64 => whole(tensor.data(), i64::from_le_bytes),
        other => return Err(format!("mapping has numbers of type {other:?}, expected I32 or I64")),
    };
    let row = |number| u32::try_from(number).ok().filter(|&row| (row as usize) < rows);
    let rows_of = numbers.iter().map(|&number| row(number).ok_or(number));
    rows_of.collect::<Result<_, _>>().map_err(|number| format!("mapping leads to row {number}, there are {rows} rows"))
}

fn whole<const N: usize, T>(data: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    data.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
}

/// IEEE 754 binary16, widened.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (u32::from(bits >> 10 & 0x1f), u32::from(bits & 0x3ff));
    let magnitude = match exponent {
        // Subnormal: the fraction counts steps of 2⁻²⁴.
        0 => fraction as f32 * (-24f32).exp2(),
        0x1f => f32::from_bits(0x7f80_0000 | fraction << 13),
        _ => f32::from_bits((exponent + 112) << 23 | fraction << 13),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_numbers_come_back() {
        let numbers: Vec<i8> =
            (0..256).flat_map(|code| [0, 2, 4, 6].map(|shift| 2 * (code >> shift & 3) as i8 - 3)).collect();
        let packed = pack(&numbers);
        assert_eq!(packed, (0..=255).collect::<Vec<u8>>());
        assert_eq!(unpack(&packed, "rows", 64, 256).unwrap(), numbers);
        assert!(unpack(&packed, "rows", 64, 255).is_err());
    }

    #[test]
    fn every_half_is_the_float_it_stands_for() {
        for (bits, number) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
        ] {
            assert_eq!(half(bits), number, "{bits:#x}");
        }
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan() && half(0x8000).is_sign_negative());
    }

    #[test]
    fn tokens_that_cancel_out_get_the_fallback() {
        let rows = Rows::Floats(vec![1.0, 2.0, -1.0, -2.0, 3.0, 0.0]);
        let tokens = (0..3).map(|row| Token { row, factor: 1.0 }).collect();
        let table = Table { dim: 2, rows, tokens, fallback: Vec::new() };
        let table = table.with_fallback(Some(2), Path::new("x")).unwrap();
        let mut out = [9.0; 2];
        for tokens in [&[0, 1][..], &[]] {
            table.pool(tokens, &mut out);
            assert_eq!(out, [3.0, 0.0]);
        }
        table.pool(&[0, 2], &mut out);
        assert_eq!(out, [2.0, 1.0]);
    }
}
