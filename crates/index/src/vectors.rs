//! The rows of an index: checked once, shared by everything that searches them.
//!
//! A score is an inner product, and it is a cosine only between vectors of length 1. [`Vectors::new`] checks that every row
//! has length 1 and finite numbers; no index checks again. Rows in a file were checked before they were written. They are
//! compared with their checksums, and checked again, block by block when they are first used: a damaged row is an error of
//! the search that needs it, and the other rows are still found.
//!
//! Rows may be kept in half precision, which halves what a row costs on disk and moves a score by some 10⁻⁴.

use std::borrow::Cow;

use semsearch_task::ErrorKind;
use semsearch_vector::{Matrix, dot, simd};

use crate::file::{Damage, Element, Section};
use crate::half;
use crate::hit::RowId;
use crate::limits::{self, LENGTH_TOLERANCE};

/// Rows of length 1 or all zeros, ready to be searched. Cheap to clone; a clone shares the rows.
#[derive(Clone, Debug)]
pub struct Vectors {
    rows: Section,
    dim: usize,
    element: Element,
}

/// Why rows cannot be searched.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VectorsError {
    /// A number is NaN or infinite.
    #[error("row {row} has {value} at place {place}, expected a finite number")]
    NotFinite {
        /// The first such row.
        row: usize,
        /// The first such place in it.
        place: usize,
        /// The number at that place.
        value: f32,
    },
    /// A row is longer or shorter than 1, so its scores would not be cosines.
    #[error("row {row} has length {length}, expected 1")]
    NotNormalised {
        /// The first such row.
        row: usize,
        /// How long it is.
        length: f32,
    },
    /// There are more rows than ids.
    #[error("{rows} rows, but an index holds at most {}", Vectors::MAX_ROWS)]
    TooMany {
        /// How many there are.
        rows: usize,
    },
}

impl VectorsError {
    /// Always [`ErrorKind::Usage`]: these rows cannot be searched.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Usage
    }
}

impl Vectors {
    /// The most rows an index holds.
    pub const MAX_ROWS: usize = limits::MAX_ROWS;

    /// The most numbers of a row.
    pub const MAX_DIM: usize = limits::MAX_DIM;

    /// Takes rows after checking each: finite, and of length 1 or all zeros. One pass over the data.
    ///
    /// # Errors
    /// For the first row that is neither, and for more than [`MAX_ROWS`](Self::MAX_ROWS) rows.
    pub fn new(rows: Matrix) -> Result<Self, VectorsError> {
        if rows.rows() > Self::MAX_ROWS {
            return Err(VectorsError::TooMany { rows: rows.rows() });
        }
        rows.iter().enumerate().try_for_each(|(row, numbers)| check(row, numbers))?;
        let dim = rows.dim();
        Ok(Self { rows: Section::of_f32s(rows.into_vec(), dim), dim, element: Element::F32 })
    }

    /// Rows in a section, whose blocks are compared with their checksums as they are used.
    pub(crate) fn stored(rows: Section, dim: usize, element: Element) -> Self {
        assert_eq!(rows.record(), dim * element.bytes(), "a record is a row");
        Self { rows, dim, element }
    }

    /// A copy of the rows in half precision, in memory.
    ///
    /// # Errors
    /// If a row that lies in a file is damaged.
    pub fn to_half(&self) -> Result<Self, Damage> {
        let mut halves = Vec::new();
        half::narrow(&self.to_f32()?, &mut halves);
        Ok(Self { rows: Section::of_u16s(halves, self.dim), dim: self.dim, element: Element::F16 })
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many numbers a row has.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The kind of number that rows are kept in.
    #[must_use]
    pub fn element(&self) -> Element {
        self.element
    }

    /// One row in single precision; a copy if it is kept in half. `None` if there is no such row.
    ///
    /// # Errors
    /// If the row lies in a file and is damaged.
    pub fn get(&self, id: RowId) -> Result<Option<Cow<'_, [f32]>>, Damage> {
        if id.index() < self.len() { self.row(id).map(Some) } else { Ok(None) }
    }

    /// One row in single precision; a copy if it is kept in half.
    ///
    /// # Errors
    /// If the row lies in a file and is damaged.
    ///
    /// # Panics
    /// If there is no such row; [`get`](Self::get) asks first.
    pub fn row(&self, id: RowId) -> Result<Cow<'_, [f32]>, Damage> {
        self.rows.verify(id.index())?;
        let range = id.index() * self.dim..(id.index() + 1) * self.dim;
        Ok(match self.view().numbers {
            Numbers::F32(all) => Cow::Borrowed(&all[range]),
            Numbers::F16(all) => Cow::Owned(half::widen(&all[range])),
        })
    }

    /// Copies one row into `out`.
    ///
    /// # Errors
    /// As [`row`](Self::row).
    ///
    /// # Panics
    /// If there is no such row, or `out` has another width.
    pub fn copy_row(&self, id: RowId, out: &mut [f32]) -> Result<(), Damage> {
        out.copy_from_slice(&self.row(id)?);
        Ok(())
    }

    /// Checks every row: as it was written, finite, and of length 1 or all zeros.
    ///
    /// # Errors
    /// The damage of one of the blocks that are not.
    pub fn verify_all(&self) -> Result<(), Damage> {
        self.rows.verify_all()
    }

    /// All numbers in single precision, row after row; a copy if they are kept in half.
    ///
    /// # Errors
    /// If the rows lie in a file and any of them is damaged.
    pub fn to_f32(&self) -> Result<Cow<'_, [f32]>, Damage> {
        self.rows.verify_all()?;
        Ok(match self.as_f32() {
            Some(all) => Cow::Borrowed(all),
            None => Cow::Owned(half::widen(self.rows.u16s())),
        })
    }

    /// All numbers, row after row, as they lie; `None` if they are kept in half precision. Rows of a file that have not
    /// been compared with their checksums may be anything.
    pub(crate) fn as_f32(&self) -> Option<&[f32]> {
        match self.view().numbers {
            Numbers::F32(all) => Some(all),
            Numbers::F16(_) => None,
        }
    }

    /// The rows in single precision, all of them compared with their checksums: what a graph is built from.
    pub(crate) fn made_plain(&self) -> Result<Self, Damage> {
        self.rows.verify_all()?;
        if self.element == Element::F32 {
            return Ok(self.clone());
        }
        let rows = Section::of_f32s(self.to_f32()?.into_owned(), self.dim);
        Ok(Self { rows, dim: self.dim, element: Element::F32 })
    }

    /// All numbers of rows that were [made plain](Self::made_plain).
    pub(crate) fn as_slice(&self) -> &[f32] {
        self.as_f32().expect("rows in single precision")
    }

    /// One of the rows that were [made plain](Self::made_plain).
    pub(crate) fn plain(&self, id: RowId) -> &[f32] {
        &self.as_slice()[id.index() * self.dim..][..self.dim]
    }

    /// A view for a loop over many rows.
    pub(crate) fn view(&self) -> Rows<'_> {
        let numbers = match self.element {
            Element::F32 => Numbers::F32(self.rows.f32s()),
            Element::F16 => Numbers::F16(self.rows.u16s()),
        };
        Rows { section: &self.rows, numbers, dim: self.dim }
    }

    /// The section that holds the rows.
    pub(crate) fn section(&self) -> &Section {
        &self.rows
    }

    /// Whether these are the same rows: usually one allocation with two owners, otherwise compared byte by byte.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.rows.bytes(), other.rows.bytes());
        self.dim == other.dim && self.element == other.element && (std::ptr::eq(ours, theirs) || ours == theirs)
    }
}

/// Rows that are being scored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows<'a> {
    section: &'a Section,
    numbers: Numbers<'a>,
    dim: usize,
}

#[derive(Clone, Copy, Debug)]
enum Numbers<'a> {
    F32(&'a [f32]),
    F16(&'a [u16]),
}

impl Rows<'_> {
    /// The inner product of a row and `query`: any number if the row has not been compared with its checksum.
    ///
    /// # Panics
    /// If there is no such row, or `query` has another width.
    pub(crate) fn score(&self, id: RowId, query: &[f32]) -> f32 {
        let range = id.index() * self.dim..(id.index() + 1) * self.dim;
        match self.numbers {
            Numbers::F32(all) => dot(query, &all[range]),
            Numbers::F16(all) => simd::best().dot_f16(query, &all[range]),
        }
    }

    /// Prefetches a row.
    #[inline]
    pub(crate) fn prefetch(&self, id: RowId) {
        let range = id.index() * self.dim..(id.index() + 1) * self.dim;
        match self.numbers {
            Numbers::F32(all) => simd::prefetch(&all[range]),
            Numbers::F16(all) => simd::prefetch(&all[range]),
        }
    }

    /// [`score`](Self::score), after the row was compared with its checksum.
    ///
    /// # Errors
    /// If the row lies in a file and is damaged.
    ///
    /// # Panics
    /// As [`score`](Self::score).
    pub(crate) fn try_score(&self, id: RowId, query: &[f32]) -> Result<f32, Damage> {
        self.section.verify(id.index())?;
        Ok(self.score(id, query))
    }
}

/// Accepts a row of length 1 and a row of zeros, which is what an empty text becomes.
pub(crate) fn check(row: usize, numbers: &[f32]) -> Result<(), VectorsError> {
    let square = dot(numbers, numbers);
    if (square - 1.0).abs() <= LENGTH_TOLERANCE || numbers.iter().all(|x| *x == 0.0) {
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
        assert_eq!(*vectors.row(RowId(0)).unwrap(), [0.6, 0.8]);
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
    fn a_row_that_is_not_there_is_none() {
        let vectors = vectors(&[1.0, 0.0]).unwrap();
        assert_eq!(vectors.get(RowId(0)).unwrap().as_deref(), Some(&[1.0, 0.0][..]));
        assert_eq!(vectors.get(RowId(1)), Ok(None));
        assert_eq!(vectors.get(RowId(u32::MAX)), Ok(None));
    }

    #[test]
    fn no_rows_are_fine() {
        assert!(vectors(&[]).unwrap().is_empty());
    }

    #[test]
    fn rows_in_half_precision_give_nearly_the_same_scores() {
        let single = vectors(&[0.6, 0.8, -0.28, 0.96, 0.0, 0.0]).unwrap();
        let half = single.to_half().unwrap();
        assert_eq!((half.len(), half.dim(), half.element()), (3, 2, Element::F16));
        assert!(half.as_f32().is_none());
        let query = [0.5, 0.25];
        for id in (0..3).map(RowId) {
            let (near, exact) = (half.view().score(id, &query), single.view().score(id, &query));
            assert!((near - exact).abs() < 5e-4, "{near} and {exact}");
            let mut row = [9.0; 2];
            half.copy_row(id, &mut row).unwrap();
            assert_eq!(near, dot(&query, &row), "a score is that of the row that is kept");
        }
        assert_eq!(half.to_f32().unwrap().len(), 6);
    }
}
