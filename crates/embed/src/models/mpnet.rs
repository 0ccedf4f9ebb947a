//! MPNet (Song et al., 2020): BERT-shaped, with a number added to every attention score for how far two tokens are apart.
//!
//! The number depends on the head and on one of 32 ranges of distance, 16 to each side: eight of a single place, then
//! eight that grow by the logarithm up to 128 places (Raffel et al., 2020). All layers share it. The rest is
//! [`super::bert`].

use candle_core::{DType, Device, Error, Tensor};

/// Ranges of distance, both sides together.
const RANGES: usize = 32;
/// Everything this far or further away is in the last range.
const FARTHEST: f32 = 128.0;

/// The numbers for each range and head.
pub(super) struct Distances {
    /// `(ranges, heads)`.
    table: Tensor,
}

impl Distances {
    /// `table` as it is in the weights file.
    pub(super) fn new(table: Tensor, heads: usize) -> Result<Self, Error> {
        let expected = [RANGES, heads];
        if table.dims() != expected {
            candle_core::bail!("relative_attention_bias has the shape {:?}, expected {expected:?}", table.dims());
        }
        Ok(Distances { table })
    }

    /// What is added to the scores of texts of `places` tokens: `(1, heads, places, places)`.
    pub(super) fn bias(&self, places: usize, dtype: DType, device: &Device) -> Result<Tensor, Error> {
        let pairs = (0..places).flat_map(|from| (0..places).map(move |to| range(from, to)));
        let ranges = Tensor::from_vec(pairs.collect::<Vec<u32>>(), places * places, device)?;
        let bias = self.table.index_select(&ranges, 0)?.to_dtype(dtype)?;
        bias.reshape((places, places, ()))?.permute((2, 0, 1))?.unsqueeze(0)?.contiguous()
    }
}

/// The range of the distance from one place to another.
fn range(from: usize, to: usize) -> u32 {
    let (half, exact) = ((RANGES / 2) as u32, (RANGES / 4) as f32);
    let side = if to > from { half } else { 0 };
    let distance = from.abs_diff(to) as f32;
    if distance < exact {
        return side + distance as u32;
    }
    // In f32 and in this order, as the network was trained: at a boundary the rounding decides.
    let grown = (distance / exact).ln() / (FARTHEST / exact).ln() * (half as f32 - exact);
    side + (exact as u32 + grown as u32).min(half - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

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
