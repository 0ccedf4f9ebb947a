//! From texts to vectors: tokenise, batch, run the network, pool, normalise.
//!
//! [`Encoder`] is the seam. Callers ask it for vectors and never learn which network, device or precision made them;
//! another encoder replaces [`crate::SentenceTransformer`] without a change above.
//!
//! [`Batching::plan`] divides the work into batches of about equal cost, which run side by side in the current Rayon
//! pool, one core each, so cores never wait for each other. On a GPU batches are far larger and run one after another: a
//! large batch keeps all of the GPU busy.

use rayon::prelude::*;
use semsearch_task::{ErrorKind, NoProgress, Progress, Stage, Stopped};
use semsearch_vector::{Matrix, normalise};

use super::batching::Batching;
use crate::describe::{Fingerprint, ModelInfo, TextKind};
use crate::tokens::{Batch, Pieces, TokeniseError, Tokens};

/// Vectors of several texts, in the order of the texts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Encoded {
    /// One row a text.
    pub vectors: Matrix,
    /// The number of encoded tokens of each text, special tokens included.
    pub tokens: Vec<usize>,
    /// Whether each text was longer than the limit and lost its end.
    pub truncated: Vec<bool>,
}

/// Why texts could not be encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A text could not be split into tokens.
    #[error(transparent)]
    Tokenise(#[from] TokeniseError),
    /// The network failed.
    #[error("the encoder failed: {problem}")]
    Network {
        /// The device's message.
        problem: String,
    },
    /// The caller stopped the work.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl EncodeError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            EncodeError::Tokenise(inner) => inner.kind(),
            EncodeError::Network { .. } => ErrorKind::Model,
            EncodeError::Stopped(inner) => inner.kind(),
        }
    }
}

/// Turns texts into vectors.
///
/// The trait is open: a custom encoder returns its [`ModelInfo`] and the vectors of a batch. All other methods have a
/// default. By default, [`tokenise`](Encoder::tokenise) makes a token of each character:
///
/// ```
/// use semsearch_embed::{Batch, EncodeError, Encoder, ModelInfo, TextKind};
/// use semsearch_vector::{Matrix, cosine, normalise};
///
/// /// Represents a text by the counts of its letters.
/// struct Letters(ModelInfo);
///
/// impl Encoder for Letters {
///     fn model(&self) -> &ModelInfo {
///         &self.0
///     }
///     fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
///         let mut vectors = Matrix::zeros(batch.len(), 26);
///         for (row, text) in batch.sequences().enumerate() {
///             for letter in text.iter().filter_map(|&token| char::from_u32(token)?.to_digit(36)?.checked_sub(10)) {
///                 vectors.row_mut(row)[letter as usize] += 1.0;
///             }
///             normalise(vectors.row_mut(row));
///         }
///         Ok(vectors)
///     }
/// }
///
/// let letters = Letters(ModelInfo::new("letters", 26));
/// let encoded = letters.encode(&["a tale of two cities", "cities of two, a tale", "zzz"], TextKind::Passage)?;
/// assert!(cosine(encoded.vectors.row(0), encoded.vectors.row(1)) > 0.99);
/// assert_eq!(cosine(encoded.vectors.row(0), encoded.vectors.row(2)), 0.0);
/// # Ok::<(), EncodeError>(())
/// ```
pub trait Encoder: Send + Sync {
    /// The description of the model.
    fn model(&self) -> &ModelInfo;

    /// The vectors of one batch, one row a text.
    ///
    /// # Errors
    /// [`EncodeError::Network`] if the device fails.
    ///
    /// # Panics
    /// May panic on a text without tokens, which a tokeniser with special tokens never gives.
    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError>;

    /// Numbers in one vector: shorthand for `model().dimension`.
    fn dimension(&self) -> usize {
        self.model().dimension
    }

    /// The identity of the vectors: shorthand for `model().fingerprint`.
    fn fingerprint(&self) -> &Fingerprint {
        &self.model().fingerprint
    }

    /// The number of tokens that there are: each is below it. `None` if the encoder takes any number for a token.
    fn vocabulary(&self) -> Option<usize> {
        None
    }

    /// Whether the vocabulary has this as a whole word, in lower case: then it is no slip of the keyboard, since slips are
    /// spelt in pieces. By default no word is known.
    fn knows_word(&self, _word: &str) -> bool {
        false
    }

    /// How texts are divided: small batches for each core, unless the encoder says otherwise.
    fn batching(&self) -> Batching {
        Batching::default()
    }

    /// Splits one text, prompt included. By default each character is a token.
    ///
    /// # Errors
    /// [`EncodeError::Tokenise`] if the tokeniser fails.
    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError> {
        let model = self.model();
        let mut rest = model.prompt(kind).chars().chain(text.chars()).map(u32::from);
        let ids = rest.by_ref().take(model.max_seq_length).collect();
        Ok(Tokens { ids, truncated: rest.next().is_some() })
    }

    /// Splits one text, prompt included, into the windows that are encoded. By default there is one window.
    ///
    /// # Errors
    /// As [`Encoder::tokenise`].
    fn pieces(&self, text: &str, kind: TextKind) -> Result<Pieces, EncodeError> {
        let Tokens { ids, truncated } = self.tokenise(text, kind)?;
        Ok(Pieces { windows: vec![ids], truncated })
    }

    /// The vectors of a few texts, one row a text, in batches that fit a core's cache. If the network's vectors do not
    /// depend on the other texts of a batch, neither do these.
    ///
    /// # Errors
    /// As [`Encoder::encode_batch`].
    fn encode_pieces(&self, texts: &[&Pieces]) -> Result<Matrix, EncodeError> {
        let windows: Vec<(usize, &[u32])> = (0..)
            .zip(texts)
            .flat_map(|(text, pieces)| pieces.windows.iter().map(move |window| (text, window.as_slice())))
            .collect();
        let lengths: Vec<usize> = windows.iter().map(|(_, window)| window.len()).collect();
        let mut vectors = Matrix::zeros(texts.len(), self.dimension());
        for members in self.batching().plan(&lengths) {
            let mut batch = Batch::default();
            members.iter().for_each(|&member| batch.push(windows[member].1));
            for (&member, row) in members.iter().zip(&self.encode_batch(&batch)?) {
                let (text, window) = windows[member];
                let vector = vectors.row_mut(text);
                if texts[text].windows.len() == 1 {
                    vector.copy_from_slice(row);
                } else {
                    let weight = window.len() as f32;
                    vector.iter_mut().zip(row).for_each(|(sum, number)| *sum += weight * number);
                }
            }
        }
        for (index, text) in texts.iter().enumerate().filter(|(_, text)| text.windows.len() > 1) {
            let row = vectors.row_mut(index);
            if self.model().normalised {
                normalise(row);
            } else {
                let tokens = text.tokens() as f32;
                row.iter_mut().for_each(|sum| *sum /= tokens);
            }
        }
        Ok(vectors)
    }

    /// Encodes `texts`, reports each finished batch to `progress`, and stops between two batches when asked to.
    ///
    /// # Errors
    /// As [`Encoder::tokenise`] and [`Encoder::encode_batch`], and [`EncodeError::Stopped`].
    fn encode_observed(&self, texts: &[&str], kind: TextKind, progress: &dyn Progress) -> Result<Encoded, EncodeError> {
        progress.begin(Stage::Encode, texts.len());
        let pieces: Vec<Pieces> = texts.par_iter().map(|text| self.pieces(text, kind)).collect::<Result<_, _>>()?;
        let lengths: Vec<usize> = pieces.iter().map(Pieces::tokens).collect();
        let groups = self.batching().plan(&lengths);
        let run = |members: &Vec<usize>| {
            let texts: Vec<&Pieces> = members.iter().map(|&index| &pieces[index]).collect();
            let part = self.encode_pieces(&texts)?;
            progress.advance(members.len(), members.iter().map(|&index| lengths[index]).sum());
            progress.check()?;
            Ok(part)
        };
        let parts: Vec<Matrix> = match self.batching().side_by_side {
            true => groups.par_iter().with_max_len(1).map(run).collect::<Result<_, EncodeError>>()?,
            false => groups.iter().map(run).collect::<Result<_, EncodeError>>()?,
        };

        let mut vectors = Matrix::zeros(texts.len(), self.dimension());
        for (members, part) in groups.iter().zip(&parts) {
            for (&index, row) in members.iter().zip(part.iter()) {
                vectors.row_mut(index).copy_from_slice(row);
            }
        }
        Ok(Encoded { vectors, tokens: lengths, truncated: pieces.iter().map(|text| text.truncated).collect() })
    }

    /// Encodes `texts`.
    ///
    /// # Errors
    /// As [`Encoder::encode_observed`], which cannot be stopped here.
    fn encode(&self, texts: &[&str], kind: TextKind) -> Result<Encoded, EncodeError> {
        self.encode_observed(texts, kind, &NoProgress)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;
    use std::thread::{self, ThreadId};

    use super::*;

    /// Gives a text the vector of its length and remembers which thread asked.
    struct Lengths {
        model: ModelInfo,
        batching: Batching,
        asked: Mutex<Vec<(ThreadId, usize)>>,
    }

    impl Lengths {
        fn new(batching: Batching) -> Self {
            let model = ModelInfo::new("lengths", 1).with_max_seq_length(256);
            Lengths { model, batching, asked: Mutex::default() }
        }
    }

    impl Encoder for Lengths {
        fn model(&self) -> &ModelInfo {
            &self.model
        }
        fn batching(&self) -> Batching {
            self.batching
        }
        fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
            self.asked.lock().unwrap().push((thread::current().id(), batch.len() * batch.longest()));
            thread::sleep(std::time::Duration::from_millis(2));
            let mut rows = Matrix::new(1);
            batch.sequences().for_each(|tokens| rows.push(&[tokens.len() as f32]));
            Ok(rows)
        }
    }

    #[test]
    fn an_encoder_that_asks_for_it_gets_its_batches_from_one_thread_and_as_large_as_it_likes() {
        let texts: Vec<String> = (0..200).map(|number| "x".repeat(1 + number * 37 % 50)).collect();
        let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for (batching, alone) in [
            (Batching { tokens: 1000, side_by_side: false }, true),
            (Batching { tokens: 100, side_by_side: true }, false),
        ] {
            let encoder = Lengths::new(batching);
            let encoded = pool.install(|| encoder.encode(&borrowed, TextKind::Passage).unwrap());
            for (text, vector) in texts.iter().zip(encoded.vectors.iter()) {
                assert_eq!(vector, [text.len() as f32]);
            }
            let asked = encoder.asked.into_inner().unwrap();
            let threads: HashSet<ThreadId> = asked.iter().map(|(thread, _)| *thread).collect();
            assert_eq!(threads.len() == 1, alone, "{} threads", threads.len());
            let largest = asked.iter().map(|(_, tokens)| *tokens).max().unwrap();
            assert!(largest <= batching.tokens && largest > batching.tokens / 2, "{largest} of {batching:?}");
        }
    }

    #[test]
    fn without_a_tokeniser_characters_are_tokens_behind_the_prompt_and_up_to_the_limit() {
        let mut encoder = Lengths::new(Batching::default());
        encoder.model = ModelInfo::new("lengths", 1).with_prompts("?", "").with_max_seq_length(4);
        let tokens = |text, kind| encoder.tokenise(text, kind).unwrap();
        let ids = |text: &str| text.chars().map(u32::from).collect::<Vec<_>>();
        assert_eq!(tokens("caf\u{e9}", TextKind::Query), Tokens { ids: ids("?caf"), truncated: true });
        assert_eq!(tokens("caf\u{e9}", TextKind::Passage), Tokens { ids: ids("caf\u{e9}"), truncated: false });
    }
}
