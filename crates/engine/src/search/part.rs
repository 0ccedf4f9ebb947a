//! One of the texts that are asked, ready to be ranked by.

use super::fusion::Fusion;
use super::question::Question;

/// One of the texts that are asked.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) question: Question,
    /// Of length 1; without it, words alone rank.
    pub(crate) vector: Option<Vec<f32>>,
    /// Whether the text is longer than the model reads.
    pub(crate) is_cut: bool,
    /// The documents of which the text is a name, in ascending order.
    pub(crate) named: Vec<u32>,
    pub(crate) fusion: Fusion,
}
