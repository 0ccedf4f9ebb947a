//! Token ids in the form that networks take.

/// Token ids of several texts, one after another, without padding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    ids: Vec<u32>,
    ends: Vec<usize>,
}

impl Batch {
    /// Appends the tokens of one text.
    pub fn push(&mut self, tokens: &[u32]) {
        self.ids.extend_from_slice(tokens);
        self.ends.push(self.ids.len());
    }

    /// The number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The tokens of text `index`.
    ///
    /// # Panics
    /// If `index` is not below [`Batch::len`].
    #[must_use]
    pub fn sequence(&self, index: usize) -> &[u32] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.ids[start..self.ends[index]]
    }

    /// The tokens of each text in turn.
    pub fn sequences(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|index| self.sequence(index))
    }

    /// Tokens in the longest text; 0 if there are no texts.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.sequences().map(<[u32]>::len).max().unwrap_or(0)
    }
}

/// The tokens of one text, perhaps truncated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tokens {
    /// Token ids, special tokens included.
    pub ids: Vec<u32>,
    /// Whether the text was longer than the limit and lost its end.
    pub truncated: bool,
}

impl Tokens {
    /// Token ids, special tokens included, and whether the text lost its end.
    #[must_use]
    pub fn new(ids: Vec<u32>, truncated: bool) -> Self {
        Tokens { ids, truncated }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_back_the_sequences_it_was_given() {
        let mut batch = Batch::default();
        let sequences: [&[u32]; 3] = [&[1, 2, 3], &[], &[4]];
        for sequence in sequences {
            batch.push(sequence);
        }
        assert_eq!(batch.sequences().collect::<Vec<_>>(), sequences);
        assert_eq!((batch.len(), batch.longest()), (3, 3));
        assert_eq!(Batch::default().longest(), 0);
    }
}
