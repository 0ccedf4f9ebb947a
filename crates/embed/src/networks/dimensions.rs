//! The sizes of a BERT-shaped network that is packed, as the weights cache keeps them.

use serde::{Deserialize, Serialize};

/// The description of a network in the packed-weights cache.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct PackedBert {
    pub(super) dimensions: Dimensions,
    pub(super) layers: usize,
}

/// The sizes of a BERT.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Dimensions {
    /// Numbers in a token vector.
    pub(super) dim: usize,
    /// Parts of a token vector that attend on their own.
    pub(super) heads: usize,
    /// Numbers in the middle of the feed-forward part.
    pub(super) wide: usize,
    /// Rows of the token table.
    pub(super) vocabulary: usize,
    /// Rows of the table of places, and which of them a token has.
    pub(super) places: Places,
    /// Added to a variance before its root is taken.
    pub(super) epsilon: f32,
    /// Whether attention scores depend on how far apart two tokens are (MPNet).
    pub(super) by_distance: bool,
}

/// The table of places, and which of them a token has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Places {
    /// Rows of the table, those that no text reaches included.
    pub(super) rows: usize,
    /// The token whose id is also its place, if places are counted from it (RoBERTa).
    pub(super) padding: Option<u32>,
}

impl Places {
    /// The place of the first token: the rows before it belong to no text.
    pub(super) fn first(self) -> usize {
        self.padding.map_or(0, |padding| padding as usize + 1)
    }

    /// The most tokens that have a place.
    pub(super) fn most(self) -> usize {
        self.rows.saturating_sub(self.first())
    }

    /// The place of each token: a row of the table.
    ///
    /// If places are counted from the pad token, a pad token inside a text has a place of its own and does not count.
    pub(super) fn of(self, tokens: &[u32]) -> impl Iterator<Item = u32> + '_ {
        let mut next = self.first() as u32;
        tokens.iter().map(move |&token| match self.padding {
            Some(padding) if token == padding => padding,
            _ => {
                next += 1;
                next - 1
            }
        })
    }
}
