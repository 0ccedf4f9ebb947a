//! The same texts, encoded by two models.

use semsearch_vector::Matrix;

use super::bridge::BridgeError;

/// The same texts, encoded by the new model and by the old one: row `i` of both is text `i`.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a> {
    pub(super) new: &'a Matrix,
    pub(super) old: &'a Matrix,
}

impl<'a> Pairs<'a> {
    /// Puts the two together.
    ///
    /// # Errors
    /// If there are more of one, or a number is not finite.
    pub fn new(new: &'a Matrix, old: &'a Matrix) -> Result<Self, BridgeError> {
        if new.rows() != old.rows() {
            return Err(BridgeError::Unpaired { new: new.rows(), old: old.rows() });
        }
        let finite = |matrix: &Matrix| matrix.as_slice().iter().all(|number| number.is_finite());
        if !finite(new) || !finite(old) {
            return Err(BridgeError::NotFinite);
        }
        Ok(Pairs { new, old })
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.new.rows()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Questions to measure with, encoded by both models.
#[derive(Clone, Copy, Debug)]
pub struct Questions<'a> {
    pub(super) pairs: Pairs<'a>,
    pub(super) documents: &'a [Option<usize>],
}

impl<'a> Questions<'a> {
    /// Questions with, for each, the document that it was made of, if it is the title of one: that document is no answer to
    /// it. Any model finds a paper by its title.
    ///
    /// # Errors
    /// If there are not as many of both.
    pub fn new(pairs: Pairs<'a>, documents: &'a [Option<usize>]) -> Result<Self, BridgeError> {
        if documents.len() != pairs.len() {
            return Err(BridgeError::Unpaired { new: pairs.len(), old: documents.len() });
        }
        Ok(Questions { pairs, documents })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
