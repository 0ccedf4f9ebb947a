//! A table of `f32`: one row per vector, all rows equally wide.
//!
//! The rows lie one after the other in a single allocation. A scan over them reads memory front to back, a row is a
//! plain slice, and the whole table can be written to a file or handed to a matrix product without copying.

use std::fmt;

/// Vectors of one width, stored row after row.
///
/// The width is at least 1 and fixed when the matrix is made; the number of rows may be 0 and grows with
/// [`push`](Self::push). Functions that take a row treat one of another width as a bug of the caller and panic, as
/// slice indexing does; data from outside enters through [`from_vec`](Self::from_vec), which checks.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    data: Vec<f32>,
    dim: usize,
}

/// Why a list of numbers is not a whole number of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShapeError {
    /// The width was given as 0.
    NoColumns,
    /// The last row would be incomplete.
    Ragged {
        /// How many numbers there are.
        len: usize,
        /// How wide a row is.
        dim: usize,
    },
}

impl Matrix {
    /// An empty matrix whose rows will have `dim` numbers.
    ///
    /// # Panics
    /// If `dim` is 0.
    #[must_use]
    pub fn new(dim: usize) -> Self {
        Self::with_capacity(0, dim)
    }

    /// An empty matrix with room for `rows` rows, so that pushing that many does not move the data.
    ///
    /// # Panics
    /// If `dim` is 0, or if that much memory cannot be addressed.
    #[must_use]
    pub fn with_capacity(rows: usize, dim: usize) -> Self {
        Self { data: Vec::with_capacity(numbers(rows, dim)), dim }
    }

    /// `rows` rows of zeros, to be filled through [`row_mut`](Self::row_mut).
    ///
    /// # Panics
    /// If `dim` is 0, or if that much memory cannot be addressed.
    #[must_use]
    pub fn zeros(rows: usize, dim: usize) -> Self {
        Self { data: vec![0.0; numbers(rows, dim)], dim }
    }

    /// Takes numbers that already lie row after row.
    ///
    /// # Errors
    /// If `dim` is 0 or `data` does not end with a complete row.
    pub fn from_vec(data: Vec<f32>, dim: usize) -> Result<Self, ShapeError> {
        if dim == 0 {
            return Err(ShapeError::NoColumns);
        }
        if !data.len().is_multiple_of(dim) {
            return Err(ShapeError::Ragged { len: data.len(), dim });
        }
        Ok(Self { data, dim })
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.data.len() / self.dim
    }

    /// How many numbers a row has.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Row `i`.
    ///
    /// # Panics
    /// If there is no row `i`.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f32] {
        &self.data[i * self.dim..][..self.dim]
    }

    /// Row `i`, to be changed in place.
    ///
    /// # Panics
    /// If there is no row `i`.
    #[must_use]
    pub fn row_mut(&mut self, i: usize) -> &mut [f32] {
        &mut self.data[i * self.dim..][..self.dim]
    }

    /// All rows, first to last.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f32> {
        self.data.chunks_exact(self.dim)
    }

    /// Adds a row at the end.
    ///
    /// # Panics
    /// If `row` has another width than the matrix.
    pub fn push(&mut self, row: &[f32]) {
        assert_eq!(row.len(), self.dim, "a row must be as wide as the matrix it joins");
        self.data.extend_from_slice(row);
    }

    /// Adds all rows of `other` at the end.
    ///
    /// # Panics
    /// If `other` has another width.
    pub fn append(&mut self, other: &Self) {
        assert_eq!(other.dim, self.dim, "rows must be as wide as the matrix they join");
        self.data.extend_from_slice(&other.data);
    }

    /// All numbers, row after row.
    #[must_use]
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }

    /// All numbers, row after row, to be changed in place.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Returns the numbers, row after row.
    #[must_use]
    pub fn into_vec(self) -> Vec<f32> {
        self.data
    }
}

impl<'a> IntoIterator for &'a Matrix {
    type Item = &'a [f32];
    type IntoIter = std::slice::ChunksExact<'a, f32>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// How many numbers `rows` rows hold. Checked, because a product that wraps would allocate too little in silence.
fn numbers(rows: usize, dim: usize) -> usize {
    assert!(dim > 0, "a matrix has at least one column");
    rows.checked_mul(dim).expect("a matrix fits into memory")
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoColumns => write!(f, "a row needs at least one number, the width given is 0"),
            Self::Ragged { len, dim } => {
                write!(f, "{len} numbers do not make whole rows of {dim}: the last row has {} of them", len % dim)
            }
        }
    }
}

impl std::error::Error for ShapeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_in_the_order_they_were_pushed() {
        let mut matrix = Matrix::with_capacity(2, 3);
        matrix.push(&[1.0, 2.0, 3.0]);
        matrix.push(&[4.0, 5.0, 6.0]);
        assert_eq!((matrix.rows(), matrix.dim()), (2, 3));
        assert_eq!(matrix.row(1), [4.0, 5.0, 6.0]);
        assert_eq!(matrix.iter().map(|row| row[0]).collect::<Vec<_>>(), [1.0, 4.0]);
        assert_eq!(matrix.into_vec(), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn an_empty_matrix_has_a_width_and_no_rows() {
        let matrix = Matrix::new(5);
        assert_eq!((matrix.rows(), matrix.dim(), matrix.iter().count()), (0, 5, 0));
        assert_eq!(Matrix::from_vec(Vec::new(), 5), Ok(matrix));
    }

    #[test]
    fn appended_rows_follow_the_ones_already_there() {
        let mut matrix = Matrix::zeros(1, 2);
        matrix.append(&Matrix::from_vec(vec![1.0, 2.0, 3.0, 4.0], 2).unwrap());
        assert_eq!(matrix.as_slice(), [0.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn a_changed_row_leaves_its_neighbours_alone() {
        let mut matrix = Matrix::zeros(3, 2);
        matrix.row_mut(1).fill(7.0);
        assert_eq!(matrix.as_slice(), [0.0, 0.0, 7.0, 7.0, 0.0, 0.0]);
    }

    #[test]
    fn numbers_that_do_not_fill_the_last_row_are_refused() {
        let error = Matrix::from_vec(vec![0.0; 7], 3).unwrap_err();
        assert_eq!(error, ShapeError::Ragged { len: 7, dim: 3 });
        assert_eq!(error.to_string(), "7 numbers do not make whole rows of 3: the last row has 1 of them");
        assert_eq!(Matrix::from_vec(Vec::new(), 0), Err(ShapeError::NoColumns));
    }

    #[test]
    #[should_panic(expected = "as wide as the matrix")]
    fn a_row_of_another_width_cannot_be_pushed() {
        Matrix::new(3).push(&[1.0, 2.0]);
    }
}
