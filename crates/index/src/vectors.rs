//! The rows of an index: checked once, shared by everything that searches them.
//!
//! A score is an inner product, and it is a cosine only between vectors of length 1. [`Vectors::new`] checks that, and
//! that every number is finite; no index behind it checks again. The rows may be a [`Matrix`] in memory or a file
//! mapped by [`storage`](crate::storage), and a clone shares them.

use std::sync::Arc;

use semsearch_vector::{Matrix, dot};

use crate::hit::RowId;
use crate::storage::MappedRows;

/// Rows of length 1, or of zeros, ready to be searched. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vectors {
    rows: Arc<Rows>,
}

#[derive(Debug)]
enum Rows {
    Owned(Matrix),
    Mapped(MappedRows),
}

/// The kind of number that rows are kept in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Element {
    /// Single precision, four bytes: what an encoder gives.
    #[default]
    F32,
    /// Half precision, two bytes: three digits of each number.
    F16,
}

impl Element {
    /// Bytes of a number.
    #[must_use]
    pub fn bytes(self) -> usize {
        match self {
            Element::F32 => size_of::<f32>(),
            Element::F16 => size_of::<u16>(),
        }
    }
}

/// Why rows cannot be searched.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VectorsError {
    /// A number is NaN or infinite.
    #[error("row {row} has {value} at place {place}; an index takes finite numbers only")]
    NotFinite {
        /// The first such row.
        row: usize,
        /// The first such place in it.
        place: usize,
        /// What is there.
        value: f32,
    },
    /// A row is longer than 1, so its scores would not be cosines.
    #[error("row {row} has length {length}, expected 1; normalise rows before indexing them")]
    NotNormalised {
        /// The first such row.
        row: usize,
        /// How long it is.
        length: f32,
    },
    /// There are more rows than ids.
    #[error("{rows} rows are more than the {} an index can hold", Vectors::MAX_ROWS)]
    TooMany {
        /// How many there are.
        rows: usize,
    },
}

impl Vectors {
    /// The most rows an index holds. Up to this number a row id, read as the bits of an `f32`, is not a NaN; the graph
    /// relies on it.
    pub const MAX_ROWS: usize = 0x7f80_0000;

    /// How far a row's length may lie from 1. Wide enough for lengths that went through 16-bit floats, narrow enough
    /// that a forgotten normalisation shows.
    const TOLERANCE: f32 = 1e-2;

    /// Takes rows after checking each: finite, and of length 1 or all zeros. One pass over the data.
    ///
    /// # Errors
    /// For the first row that is neither, and for more rows than there are ids.
    pub fn new(rows: Matrix) -> Result<Self, VectorsError> {
        Self::checked(Rows::Owned(rows))
    }

    /// The same for rows that lie in a file.
    pub(crate) fn mapped(rows: MappedRows) -> Result<Self, VectorsError> {
        Self::checked(Rows::Mapped(rows))
    }

    fn checked(rows: Rows) -> Result<Self, VectorsError> {
        let vectors = Self { rows: Arc::new(rows) };
        if vectors.len() > Self::MAX_ROWS {
            return Err(VectorsError::TooMany { rows: vectors.len() });
        }
        vectors.iter().enumerate().try_for_each(|(row, numbers)| check(row, numbers))?;
        Ok(vectors)
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_slice().len() / self.dim()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// How many numbers a row has.
    #[must_use]
    pub fn dim(&self) -> usize {
        match &*self.rows {
            Rows::Owned(matrix) => matrix.dim(),
            Rows::Mapped(rows) => rows.dim(),
        }
    }

    /// One row.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, id: RowId) -> &[f32] {
        let dim = self.dim();
        &self.as_slice()[id.index() * dim..][..dim]
    }

    /// All rows, in the order of their ids.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f32> {
        self.as_slice().chunks_exact(self.dim())
    }

    /// All numbers, row after row.
    #[must_use]
    pub fn as_slice(&self) -> &[f32] {
        match &*self.rows {
            Rows::Owned(matrix) => matrix.as_slice(),
            Rows::Mapped(rows) => rows.as_slice(),
        }
    }
}

impl Vectors {
    /// Whether these are the same rows: usually one allocation with two owners, otherwise compared number by number.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.rows, &other.rows) || (self.dim() == other.dim() && self.as_slice() == other.as_slice())
    }
}

impl<'a> IntoIterator for &'a Vectors {
    type Item = &'a [f32];
    type IntoIter = std::slice::ChunksExact<'a, f32>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Accepts a row of length 1 and a row of zeros, which is what an empty text becomes.
fn check(row: usize, numbers: &[f32]) -> Result<(), VectorsError> {
    let square = dot(numbers, numbers);
    if (square - 1.0).abs() <= Vectors::TOLERANCE || numbers.iter().all(|x| *x == 0.0) {
        return Ok(());
    }
    match numbers.iter().position(|x| !x.is_finite()) {
        Some(place) => Err(VectorsError::NotFinite { row, place, value: numbers[place] }),
        None => Err(VectorsError::NotNormalised { row, length: semsearch_vector::norm(numbers) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(data: &[f32]) -> Result<Vectors, VectorsError> {
        Vectors::new(Matrix::from_vec(data.to_vec(), 2).unwrap())
    }

    #[test]
    fn rows_of_length_one_and_rows_of_zeros_are_taken() {
        let vectors = vectors(&[0.6, 0.8, 0.0, 0.0]).unwrap();
        assert_eq!((vectors.len(), vectors.dim()), (2, 2));
        assert_eq!(vectors.row(RowId(0)), [0.6, 0.8]);
    }

    #[test]
    fn a_row_that_was_not_normalised_is_refused_by_number() {
        assert_eq!(vectors(&[1.0, 0.0, 3.0, 4.0]).unwrap_err(), VectorsError::NotNormalised { row: 1, length: 5.0 });
        assert!(vectors(&[0.5, 0.0]).is_err());
    }

    #[test]
    fn a_number_that_is_not_finite_is_refused_by_place() {
        assert_eq!(
            vectors(&[1.0, 0.0, 0.0, f32::INFINITY]).unwrap_err(),
            VectorsError::NotFinite { row: 1, place: 1, value: f32::INFINITY }
        );
        assert!(matches!(vectors(&[f32::NAN, 0.0]), Err(VectorsError::NotFinite { row: 0, place: 0, .. })));
    }

    #[test]
    fn no_rows_are_fine() {
        assert!(vectors(&[]).unwrap().is_empty());
    }
}
