//! From texts to vectors: tokenise, batch, run the network, pool, normalise.
//!
//! [`Encoder`] is the seam. The engine asks it for vectors and never learns which network, device or precision made
//! them; a faster encoder replaces [`crate::SentenceTransformer`] without a change above.
//!
//! Work is divided by [`Batching::plan`] into batches of about equal cost, which run side by side in the current Rayon pool, one
//! core each, so cores never wait for each other. On a GPU batches are far larger and run one after another: it is one
//! device, and what keeps it busy is the size of a batch.

use std::ops::ControlFlow;

use rayon::prelude::*;
use semsearch_vector::{Matrix, normalise};

use super::batching::Batching;
use crate::describe::{Fingerprint, Manifest, Precision, TextKind, Windows};
use crate::tokens::{Batch, Pieces, TokeniseError, Tokens};

/// Vectors of several texts, in the order of the texts.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// One row a text.
    pub vectors: Matrix,
    /// Tokens that were encoded, special tokens included.
    pub tokens: Vec<usize>,
    /// Whether the text was longer than the limit and lost its end.
    pub cut: Vec<bool>,
}

/// One finished batch, for whoever watches.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Texts in the batch.
    pub texts: usize,
    /// Tokens in the batch, without padding.
    pub tokens: usize,
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
        /// What the device said.
        problem: String,
    },
    /// The observer asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Turns texts into vectors.
pub trait Encoder: Send + Sync {
    /// The model behind it.
    fn manifest(&self) -> &Manifest;

    /// Longest input in tokens; longer texts are cut, or divided as [`Encoder::windows`] says.
    fn max_tokens(&self) -> usize;

    /// Numbers in one vector: the model's, or fewer if only the first are kept.
    fn dimension(&self) -> usize {
        self.manifest().dimension
    }

    /// In how many bits the vectors are computed.
    fn precision(&self) -> Precision;

    /// The identity of the vectors it makes.
    fn fingerprint(&self) -> &Fingerprint;

    /// How texts are divided: small batches for each core, unless it says otherwise.
    fn batching(&self) -> Batching {
        Batching::default()
    }

    /// Splits one text, prefix included.
    ///
    /// # Errors
    /// [`EncodeError::Tokenise`] if the tokeniser fails.
    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError>;

    /// What becomes of a text longer than [`Encoder::max_tokens`].
    fn windows(&self) -> Windows {
        Windows::First
    }

    /// Splits one text, prefix included, into the windows that are encoded.
    ///
    /// # Errors
    /// As [`Encoder::tokenise`].
    fn pieces(&self, text: &str, kind: TextKind) -> Result<Pieces, EncodeError> {
        let tokens = self.tokenise(text, kind)?;
        Ok(Pieces { windows: vec![tokens.ids], cut: tokens.cut })
    }

    /// The vectors of a few texts, one row a text, in batches that fit a core's cache. A vector does not depend on which
    /// texts are beside it, as far as the network's does not.
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
            if self.manifest().normalise {
                normalise(row);
            } else {
                let tokens = text.tokens() as f32;
                row.iter_mut().for_each(|sum| *sum /= tokens);
            }
        }
        Ok(vectors)
    }

    /// The vectors of one batch, one row a text.
    ///
    /// # Errors
    /// [`EncodeError::Network`] if the device fails.
    ///
    /// # Panics
    /// May panic on a text without tokens; [`Encoder::tokenise`] never gives one.
    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError>;

    /// Encodes `texts`, calling `observe` after each batch; stops when it says so.
    ///
    /// # Errors
    /// As the two steps above, and [`EncodeError::Stopped`].
    fn encode_observed(
        &self,
        texts: &[&str],
        kind: TextKind,
        observe: &(dyn Fn(Progress) -> ControlFlow<()> + Sync),
    ) -> Result<Encoded, EncodeError> {
        let pieces: Vec<Pieces> = texts.par_iter().map(|text| self.pieces(text, kind)).collect::<Result<_, _>>()?;
        let lengths: Vec<usize> = pieces.iter().map(Pieces::tokens).collect();
        let groups = self.batching().plan(&lengths);
        let run = |members: &Vec<usize>| {
            let texts: Vec<&Pieces> = members.iter().map(|&index| &pieces[index]).collect();
            let part = self.encode_pieces(&texts)?;
            let done = Progress { texts: members.len(), tokens: members.iter().map(|&i| lengths[i]).sum() };
            if observe(done).is_break() { Err(EncodeError::Stopped) } else { Ok(part) }
        };
        let parts: Vec<Matrix> = match self.batching().side_by_side {
            true => groups.par_iter().with_max_len(1).map(run).collect::<Result<_, _>>()?,
            false => groups.iter().map(run).collect::<Result<_, _>>()?,
        };

        let mut vectors = Matrix::zeros(texts.len(), self.dimension());
        for (members, part) in groups.iter().zip(&parts) {
            for (&index, row) in members.iter().zip(part.iter()) {
                vectors.row_mut(index).copy_from_slice(row);
            }
        }
        Ok(Encoded { vectors, tokens: lengths, cut: pieces.iter().map(|text| text.cut).collect() })
    }

    /// Encodes `texts`.
    ///
    /// # Errors
    /// As [`Encoder::encode_observed`], which cannot be stopped here.
    fn encode(&self, texts: &[&str], kind: TextKind) -> Result<Encoded, EncodeError> {
        self.encode_observed(texts, kind, &|_| ControlFlow::Continue(()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;
    use std::thread::{self, ThreadId};

    use super::*;
    use crate::describe::bundled;

    /// Gives a text the vector of its length and remembers who asked.
    struct Lengths {
        manifest: Manifest,
        fingerprint: Fingerprint,
        batching: Batching,
        asked: Mutex<Vec<(ThreadId, usize)>>,
    }

    impl Lengths {
        fn new(batching: Batching) -> Self {
            let manifest = bundled().remove(0);
            let fingerprint = Fingerprint::of(&manifest, 256);
            Lengths { manifest, fingerprint, batching, asked: Mutex::default() }
        }
    }

    impl Encoder for Lengths {
        fn manifest(&self) -> &Manifest {
            &self.manifest
        }
        fn max_tokens(&self) -> usize {
            256
        }
        fn dimension(&self) -> usize {
            1
        }
        fn precision(&self) -> Precision {
            Precision::F32
        }
        fn fingerprint(&self) -> &Fingerprint {
            &self.fingerprint
        }
        fn batching(&self) -> Batching {
            self.batching
        }
        fn tokenise(&self, text: &str, _: TextKind) -> Result<Tokens, EncodeError> {
            Ok(Tokens { ids: vec![7; text.len()], cut: false })
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
}
