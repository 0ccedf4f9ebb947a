//! MPNet (Song et al., 2020): BERT-shaped, with a relative position bias on attention scores.
//!
//! The bias depends on the head and on the distance of two tokens, which falls into one of 32 ranges (buckets), 16 to each
//! side: eight of a single distance, then eight that grow logarithmically up to 128 (Raffel et al., 2020). All layers share
//! the bias. The rest is [`super::bert`].

use candle_core::{DType, Device, Error, Tensor};

/// Ranges of distance, both sides together.
pub(super) const RANGES: usize = 32;
/// The distance from which on all distances are in the last range.
const FARTHEST: f32 = 128.0;

/// The position bias for each range and head.
pub(super) struct Distances {
    /// `(ranges, heads)`.
    table: Tensor,
}

impl Distances {
    /// Takes `table` as it is in the weights file.
    pub(super) fn new(table: Tensor, heads: usize) -> Result<Self, Error> {
        let expected = [RANGES, heads];
        if table.dims() != expected {
            candle_core::bail!("relative_attention_bias has the shape {:?}, expected {expected:?}", table.dims());
        }
        Ok(Distances { table })
    }

    /// The bias for texts of `places` tokens: `(1, heads, places, places)`.
    pub(super) fn bias(&self, places: usize, dtype: DType, device: &Device) -> Result<Tensor, Error> {
        let pairs = (0..places).flat_map(|from| (0..places).map(move |to| range(from, to)));
        let ranges = Tensor::from_vec(pairs.collect::<Vec<u32>>(), places * places, device)?;
        let bias = self.table.index_select(&ranges, 0)?.to_dtype(dtype)?;
        bias.reshape((places, places, ()))?.permute((2, 0, 1))?.unsqueeze(0)?.contiguous()
    }
}

/// The position bias of one text on the CPU: `2 · places - 1` numbers a head, from the farthest back to the farthest ahead.
/// The scores of token `from` get the slice of `places` numbers that begins at `places - 1 - from`.
///
/// `table` is as in the weights file, one row a range.
pub(super) fn by_distance(table: &[f32], heads: usize, places: usize, out: &mut Vec<f32>) {
    let ranges: Vec<usize> = (0..2 * places - 1).map(|at| range(places - 1, at) as usize).collect();
    out.clear();
    for head in 0..heads {
        out.extend(ranges.iter().map(|range| table[range * heads + head]));
    }
}

/// The range of the distance from one position to another.
fn range(from: usize, to: usize) -> u32 {
    let (half, exact) = ((RANGES / 2) as u32, (RANGES / 4) as f32);
    let side = if to > from { half } else { 0 };
    let distance = from.abs_diff(to) as f32;
    if distance < exact {
        return side + distance as u32;
    }
    // In f32 and in this order, as in training: at the boundary of a range the rounding decides.
    let grown = (distance / exact).ln() / (FARTHEST / exact).ln() * (half as f32 - exact);
    side + (exact as u32 + grown as u32).min(half - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_for_each_token_is_a_row_of_the_bias() {
        let (heads, places) = (3, 20);
        let table: Vec<f32> = (0..RANGES * heads).map(|number| number as f32).collect();
        let mut slices = Vec::new();
        by_distance(&table, heads, places, &mut slices);
        let tensor = Tensor::from_vec(table, (RANGES, heads), &Device::Cpu).unwrap();
        let bias = Distances::new(tensor, heads).unwrap().bias(places, DType::F32, &Device::Cpu).unwrap();
        let bias: Vec<f32> = bias.flatten_all().unwrap().to_vec1().unwrap();
        for (row, expected) in bias.chunks_exact(places).enumerate() {
            let (head, from) = (row / places, row % places);
            let start = head * (2 * places - 1) + places - 1 - from;
            assert_eq!(&slices[start..start + places], expected, "head {head}, token {from}");
        }
    }

    #[test]
    fn ranges_grow_with_the_distance_and_tell_the_sides_apart() {
        // The first distance of each range, as the reference implementation has them.
        let first = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91];
        for distance in 0..300 {
            let expected = first.iter().rposition(|&from| from <= distance).unwrap() as u32;
            assert_eq!(range(distance, 0), expected, "{distance} back");
            if distance > 0 {
                assert_eq!(range(0, distance), expected + 16, "{distance} ahead");
            }
        }
    }
}
