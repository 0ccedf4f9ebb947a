//! Windows of texts longer than the model reads.
//!
//! A model reads at most N tokens. [`Windows::First`](crate::Windows::First) keeps the first N of a longer text and loses
//! the rest. [`Windows::Mean`](crate::Windows::Mean) divides the whole text into windows, each with the model's special
//! tokens and prompt, encodes every window, and takes the mean of the vectors, weighted by their tokens. A text that fits
//! into one window has the same vector either way, bit for bit.
//!
//! Windows do not overlap: an overlap would encode tokens twice to keep sentences whole, and a mean over hundreds of
//! tokens hardly notices one sentence. Windows are of equal length as far as possible, since a tail of a few words would
//! be encoded without its context.
//!
//! Cost: a text of `n` windows costs as much as `n` texts. `docs/decisions/0007` measures both ways.

/// The tokens of one text, in the form that the network takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pieces {
    /// Token ids of each window, special tokens included. There is at least one window.
    pub windows: Vec<Vec<u32>>,
    /// Whether the text was longer than the limit and lost its end.
    pub truncated: bool,
}

impl Pieces {
    /// Token ids of each window, at least one, and whether the text lost its end.
    #[must_use]
    pub fn new(windows: Vec<Vec<u32>>, truncated: bool) -> Self {
        Pieces { windows, truncated }
    }

    /// Tokens in all windows.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.windows.iter().map(Vec::len).sum()
    }
}

/// The special tokens before and after every text.
type Around<'a> = (&'a [u32], &'a [u32]);

/// Divides `tokens`, which begin with `prompt`, into windows of at most `max_seq_length` tokens, with the special tokens
/// and the prompt in each.
///
/// A prompt that fills a window by itself stays in the first window only.
pub(crate) fn divide(
    tokens: &[u32],
    prompt: &[u32],
    (before, after): Around<'_>,
    max_seq_length: usize,
) -> Vec<Vec<u32>> {
    let room = max_seq_length.saturating_sub(before.len() + after.len()).max(1);
    let repeated = if tokens.starts_with(prompt) && prompt.len() < room { prompt } else { &[] };
    let body = &tokens[repeated.len()..];
    let count = body.len().div_ceil(room - repeated.len()).max(1);
    let (each, larger) = (body.len() / count, body.len() % count);
    let mut rest = body;
    let windows = (0..count).map(|number| {
        let (own, others) = rest.split_at(each + usize::from(number < larger));
        rest = others;
        [before, repeated, own, after].concat()
    });
    windows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AROUND: Around<'static> = (&[101], &[102]);

    fn numbers(count: u32) -> Vec<u32> {
        (1..=count).collect()
    }

    #[test]
    fn a_text_that_fits_is_one_window_whatever_its_prompt() {
        for prompt in [&[][..], &[1, 2]] {
            assert_eq!(divide(&numbers(8), prompt, AROUND, 10), [[101, 1, 2, 3, 4, 5, 6, 7, 8, 102]]);
        }
        assert_eq!(divide(&[], &[], AROUND, 10), [[101, 102]]);
    }

    #[test]
    fn windows_are_about_equal_and_hold_every_token_once() {
        for count in 1..200 {
            let windows = divide(&numbers(count), &[], AROUND, 16);
            let inside: Vec<u32> = windows.iter().flat_map(|window| window[1..window.len() - 1].to_vec()).collect();
            assert_eq!(inside, numbers(count));
            assert_eq!(windows.len(), (count as usize).div_ceil(14));
            let lengths: Vec<usize> = windows.iter().map(Vec::len).collect();
            assert!(lengths.iter().max().unwrap() - lengths.iter().min().unwrap() <= 1, "{lengths:?}");
            assert!(windows.iter().all(|window| window.len() <= 16 && window[0] == 101 && window.ends_with(&[102])));
        }
    }

    #[test]
    fn every_window_has_the_prompt() {
        let windows = divide(&numbers(20), &[1, 2], AROUND, 10);
        assert_eq!(windows.len(), 3);
        assert!(windows.iter().all(|window| window.starts_with(&[101, 1, 2])), "{windows:?}");
        assert_eq!(windows.iter().map(|window| window.len() - 4).sum::<usize>(), 18);
    }

    #[test]
    fn a_prompt_without_room_beside_it_is_not_repeated() {
        let windows = divide(&numbers(9), &numbers(8), AROUND, 10);
        assert_eq!(windows, [vec![101, 1, 2, 3, 4, 5, 102], vec![101, 6, 7, 8, 9, 102]]);
    }
}
