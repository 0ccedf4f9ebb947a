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

impl Part {
    /// Whether papers can answer it better or worse. A text such as `author:vaswani` only says which papers may be answers.
    pub(crate) fn asks(&self) -> bool {
        self.vector.is_some() || !self.question.terms.is_empty()
    }
}

/// The parts that ask something; all, if none does.
pub(crate) fn asking(parts: &[Part]) -> impl Iterator<Item = usize> + Clone + '_ {
    let is_any_asking = parts.iter().any(Part::asks);
    (0..parts.len()).filter(move |&number| !is_any_asking || parts[number].asks())
}
