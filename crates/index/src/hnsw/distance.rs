//! What the graph stores for a row, and how it measures how far two rows are apart.
//!
//! `hnsw_rs` keeps a copy of every vector inside the graph and writes it to the file again. Here it is given one number
//! per row instead: the row's id, carried in the bits of an `f32`. The distance looks the row up in the [`Vectors`]
//! that the index shares anyway. That halves memory and file, and a loaded graph scores mapped rows without copying
//! them. It costs one more dependent memory access per distance.
//!
//! The distance is 1 − cosine, kept from going below zero by rounding: the library asserts that distances are not
//! negative, and its own inner-product distance panics on a pair of vectors a little longer than 1.

use hnsw_rs::anndists::dist::distances::Distance;
use semsearch_vector::dot;

use crate::hit::RowId;
use crate::vectors::Vectors;

/// How far apart two points of the graph are. A point is what [`row`] or [`query`] made.
///
/// Files of `hnsw_rs` name this type by its full path, so moving or renaming it makes stored graphs unreadable and
/// needs a new format version.
pub(crate) struct RowDistance(pub(super) Vectors);

/// A row as the graph stores it.
pub(crate) fn row(id: RowId) -> [f32; 1] {
    [f32::from_bits(id.0)]
}

/// A query as the graph takes it: the direction of `numbers`.
///
/// Length 1 keeps distances above zero, where they can be told apart. One number alone would look like a row, so a
/// one-dimensional query gets a second that is never read.
pub(super) fn query(numbers: &[f32]) -> Vec<f32> {
    let mut direction = numbers.to_vec();
    semsearch_vector::normalise(&mut direction);
    if direction.len() == 1 {
        direction.push(0.0);
    }
    direction
}

impl RowDistance {
    fn numbers<'a>(&'a self, point: &'a [f32]) -> &'a [f32] {
        match point {
            [id] => self.0.row(RowId(id.to_bits())),
            query => &query[..self.0.dim()],
        }
    }
}

impl Distance<f32> for RowDistance {
    fn eval(&self, a: &[f32], b: &[f32]) -> f32 {
        (1.0 - dot(self.numbers(a), self.numbers(b))).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use semsearch_vector::Matrix;

    fn distance(data: &[f32], dim: usize) -> RowDistance {
        RowDistance(Vectors::new(Matrix::from_vec(data.to_vec(), dim).unwrap()).unwrap())
    }

    #[test]
    fn rows_and_queries_are_told_apart() {
        let distance = distance(&[1.0, 0.0, 0.0, 1.0], 2);
        assert_eq!(distance.eval(&row(RowId(0)), &row(RowId(1))), 1.0);
        assert_eq!(distance.eval(&query(&[0.0, 3.0]), &row(RowId(1))), 0.0);
    }

    #[test]
    fn one_dimension_works_too() {
        let distance = distance(&[1.0, -1.0], 1);
        assert_eq!(distance.eval(&query(&[5.0]), &row(RowId(0))), 0.0);
        assert_eq!(distance.eval(&query(&[5.0]), &row(RowId(1))), 2.0);
    }

    #[test]
    fn a_distance_is_never_negative() {
        let long = 1.004_f32;
        assert_eq!(distance(&[long, 0.0], 2).eval(&row(RowId(0)), &row(RowId(0))), 0.0);
    }
}
