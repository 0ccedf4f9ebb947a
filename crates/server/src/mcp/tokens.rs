//! Tokens of texts, as the model of the collection counts them, and texts cut to a number of them.

use semsearch_embed::{Encoder, TextKind};
use semsearch_engine::SearchError;
use semsearch_lexical::sentences::sentences;

use crate::problem::Problem;

/// The bytes that are counted at once: few enough to be fewer tokens than any model reads.
const AT_ONCE: usize = 120;

/// Counts tokens.
pub(crate) struct Tokens<'a> {
    encoder: &'a dyn Encoder,
    /// Tokens that a text has before its first word and after its last.
    around: usize,
}

/// Where the sentences of a text end, and how many tokens there are up to each end.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    ends: Vec<(usize, usize)>,
    /// Whether that is all of the text.
    is_whole: bool,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(encoder: &'a dyn Encoder) -> Result<Self, Problem> {
        let empty = encoder.tokenise("", TextKind::Passage).map_err(SearchError::Encode)?;
        Ok(Tokens { encoder, around: empty.ids.len() })
    }

    /// The number of tokens of a text.
    pub(crate) fn count(&self, text: &str) -> Result<usize, Problem> {
        let mut rest = text;
        let mut count = 0;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(end_of_part(rest));
            count += self.count_part(part)?;
            rest = after;
        }
        Ok(count)
    }

    /// What a model reads of a text has an end, so what is longer is counted in halves.
    fn count_part(&self, part: &str) -> Result<usize, Problem> {
        if part.trim().is_empty() {
            return Ok(0);
        }
        let found = self.encoder.tokenise(part, TextKind::Passage).map_err(SearchError::Encode)?;
        if !found.truncated {
            return Ok(found.ids.len().saturating_sub(self.around));
        }
        match part.char_indices().nth(part.chars().count() / 2) {
            Some((middle, _)) if middle > 0 => {
                let (one, other) = part.split_at(middle);
                Ok(self.count_part(one)? + self.count_part(other)?)
            }
            _ => Ok(1),
        }
    }

    /// Measures a text by sentences, as far as it may be shown.
    pub(crate) fn measure(&self, text: &str, most: usize) -> Result<Measured, Problem> {
        let (mut ends, mut tokens) = (Vec::new(), 0);
        for sentence in sentences(text) {
            // A sentence that is far too long is not counted to its end.
            let bytes = &text[sentence.clone()];
            tokens += if bytes.len() > most.saturating_mul(50) { most + 1 } else { self.count(bytes)? };
            if tokens > most {
                return Ok(Measured { ends, is_whole: false });
            }
            ends.push((sentence.end, tokens));
        }
        Ok(Measured { ends, is_whole: true })
    }
}

impl Measured {
    /// Tokens of as much of the text as was measured, and one more if it is not all.
    pub(crate) fn tokens(&self) -> usize {
        self.ends.last().map_or(0, |(_, tokens)| *tokens) + usize::from(!self.is_whole)
    }

    /// The end of the last sentence that fits into so many tokens, what is up to there, and whether it is cut.
    pub(crate) fn within(&self, most: usize) -> (usize, usize, bool) {
        let fitting = self.ends.iter().rposition(|(_, tokens)| *tokens <= most);
        let (end, tokens) = fitting.map_or((0, 0), |at| self.ends[at]);
        let is_cut = !self.is_whole || fitting.map_or(0, |at| at + 1) < self.ends.len();
        (end, tokens, is_cut)
    }
}

/// Where the first part of a text ends: after its last white space within some bytes, or after so many.
fn end_of_part(text: &str) -> usize {
    if text.len() <= AT_ONCE {
        return text.len();
    }
    let most = (0..=AT_ONCE).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
    match text[..most].rfind(char::is_whitespace) {
        Some(space) if space > 0 => space,
        _ => most,
    }
}

#[cfg(test)]
mod tests {
    use semsearch_embed::{Batch, EncodeError, ModelInfo};
    use semsearch_vector::Matrix;

    use super::*;

    /// A model whose tokens are letters, and that reads few of them.
    struct Letters(ModelInfo);

    impl Encoder for Letters {
        fn model(&self) -> &ModelInfo {
            &self.0
        }

        fn encode_batch(&self, _: &Batch) -> Result<Matrix, EncodeError> {
            Ok(Matrix::new(1))
        }
    }

    #[test]
    fn long_texts_are_counted_whole_and_cut_at_sentences() {
        let letters = Letters(ModelInfo::new("letters", 1).with_max_seq_length(16));
        let tokens = Tokens::new(&letters).unwrap();
        assert_eq!(tokens.count("").unwrap(), 0);
        assert_eq!(tokens.count(&"é".repeat(1000)).unwrap(), 1000);
        assert_eq!(tokens.count(&"word ".repeat(100)).unwrap(), 500);
        let text = "One. Two three. Four.";
        let measured = tokens.measure(text, 100).unwrap();
        assert_eq!(measured.within(100), (21, 19, false));
        assert_eq!(measured.within(14), (15, 14, true));
        assert_eq!(measured.within(3), (0, 0, true));
        let part = tokens.measure(text, 5).unwrap();
        assert!(part.tokens() == 5 && part.within(100) == (4, 4, true));
        assert_eq!(tokens.measure("", 5).unwrap().within(5), (0, 0, false));
    }
}
