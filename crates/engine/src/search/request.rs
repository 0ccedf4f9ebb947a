//! What is asked: one text or several, and papers that answers are to be near to or far from.

use super::prose::passages;

/// What is asked.
///
/// ```
/// use semsearch_engine::{Combine, Request};
///
/// let both = Request::of_several(["graph neural networks", "drug discovery"], Combine::All);
/// assert_eq!(both.texts.len(), 2);
/// let near = Request::new("topic models").with_like(["2106.09685"]);
/// assert_eq!(near.like, ["2106.09685"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Request {
    /// The texts, each of which is a question of its own.
    pub texts: Vec<String>,
    /// How the scores of a paper for several texts become one.
    pub combine: Combine,
    /// Whether the texts were written for readers, so that quotes, signs and colons in them bind nothing.
    pub is_prose: bool,
    /// Papers that answers are to be near to, by id, arXiv id or DOI. They are no answers themselves.
    pub like: Vec<String>,
    /// Papers that answers are to be far from. They are no answers themselves.
    pub unlike: Vec<String>,
}

impl Request {
    /// One question.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Request { texts: vec![text.into()], ..Request::default() }
    }

    /// Several questions at once.
    #[must_use]
    pub fn of_several(texts: impl IntoIterator<Item = impl Into<String>>, combine: Combine) -> Self {
        Request { texts: texts.into_iter().map(Into::into).collect(), combine, ..Request::default() }
    }

    /// A text that was written for readers: an abstract, a draft, a page of notes. It is asked in passages of whole
    /// sentences, and a paper counts by the passage that it answers best.
    #[must_use]
    pub fn of_prose(text: &str) -> Self {
        Request { texts: passages(text), combine: Combine::Any, is_prose: true, ..Request::default() }
    }

    /// Sets the papers that answers are to be near to.
    #[must_use]
    pub fn with_like(mut self, papers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.like = papers.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the papers that answers are to be far from.
    #[must_use]
    pub fn with_unlike(mut self, papers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.unlike = papers.into_iter().map(Into::into).collect();
        self
    }

    /// Whether papers move the query.
    pub(crate) fn has_feedback(&self) -> bool {
        !self.like.is_empty() || !self.unlike.is_empty()
    }
}

impl From<&str> for Request {
    fn from(text: &str) -> Self {
        Request::new(text)
    }
}

/// How the scores of a paper for several texts become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Combine {
    /// The lowest: a paper has to answer all of them.
    #[default]
    All,
    /// The highest: a paper has to answer one of them.
    Any,
}

impl Combine {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Combine::All => "all",
            Combine::Any => "any",
        }
    }

    /// One score of several; 0 of none. If one of them rises, so does the result, or it stays.
    pub(crate) fn of(self, scores: impl IntoIterator<Item = f32>) -> f32 {
        let better = match self {
            Combine::All => f32::min,
            Combine::Any => f32::max,
        };
        scores.into_iter().reduce(better).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_combine_as_they_are_called() {
        let of = |combine: Combine| combine.of([0.5, 0.25, 0.75]);
        assert_eq!([of(Combine::All), of(Combine::Any)], [0.25, 0.75]);
        assert_eq!([Combine::All.of([]), Combine::Any.of([-0.5])], [0.0, -0.5]);
    }
}
