//! The sizes of a packed BERT-shaped network, as the weights cache keeps them.

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
    /// The number of attention heads.
    pub(super) heads: usize,
    /// The intermediate size: numbers between the two linear layers of the feed-forward part.
    pub(super) wide: usize,
    /// Rows of the token table.
    pub(super) vocabulary: usize,
    /// The table of position embeddings.
    pub(super) places: Places,
    /// The epsilon of layer norms, added to the variance.
    pub(super) epsilon: f32,
    /// Whether attention scores have a position bias (MPNet).
    pub(super) by_distance: bool,
}

/// The table of position embeddings, and which row a token has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Places {
    /// Rows of the table, those that no text reaches included.
    pub(super) rows: usize,
    /// The pad token, if positions are counted from its id (RoBERTa).
    pub(super) padding: Option<u32>,
}

impl Places {
    /// The position of the first token; no text reaches the rows before it.
    pub(super) fn first(self) -> usize {
        self.padding.map_or(0, |padding| padding as usize + 1)
    }

    /// The most tokens that have a position.
    pub(super) fn most(self) -> usize {
        self.rows.saturating_sub(self.first())
    }

    /// The position of each token: a row of the table.
    ///
    /// If positions are counted from the pad token, a pad token inside a text has that position and is not counted.
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
