//! The same texts, encoded by two models.

use semsearch_vector::Matrix;

use super::error::AlignmentError;

/// The same texts, encoded by the new model and by the old one: row `i` of both is text `i`.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a> {
    pub(super) new: &'a Matrix,
    pub(super) old: &'a Matrix,
}

impl<'a> Pairs<'a> {
    /// Pairs the rows of two matrices.
    ///
    /// # Errors
    /// [`AlignmentError::Unpaired`] if the matrices differ in rows, [`AlignmentError::NotFinite`] if a number is not
    /// finite.
    pub fn new(new: &'a Matrix, old: &'a Matrix) -> Result<Self, AlignmentError> {
        if new.rows() != old.rows() {
            return Err(AlignmentError::Unpaired { new: new.rows(), old: old.rows() });
        }
        let finite = |matrix: &Matrix| matrix.as_slice().iter().all(|number| number.is_finite());
        if !finite(new) || !finite(old) {
            return Err(AlignmentError::NotFinite);
        }
        Ok(Pairs { new, old })
    }

    /// The number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.new.rows()
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Queries to measure with, encoded by both models.
#[derive(Clone, Copy, Debug)]
pub struct Queries<'a> {
    pub(super) pairs: Pairs<'a>,
    pub(super) documents: &'a [Option<usize>],
}

impl<'a> Queries<'a> {
    /// Queries, each with the number of the document it is the title of, if it is one. That document does not count as
    /// an answer: any model finds a paper by its title.
    ///
    /// # Errors
    /// [`AlignmentError::Unpaired`] if `documents` differs from `pairs` in length.
    pub fn new(pairs: Pairs<'a>, documents: &'a [Option<usize>]) -> Result<Self, AlignmentError> {
        if documents.len() != pairs.len() {
            return Err(AlignmentError::Unpaired { new: pairs.len(), old: documents.len() });
        }
        Ok(Queries { pairs, documents })
    }

    /// The number of queries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is no query.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
