//! An encoder that takes questions of several clients together.
//!
//! A network reads eight questions in less time than it reads one eight times. So a thread that has a question leaves it in
//! a line. Whoever finds nobody at work takes all that stand there and encodes them as one batch, and the others wait. A question alone
//! does not wait at all. Vectors do not depend on what else is in a batch, so nobody sees the difference.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use semsearch_embed::{Batch, Batching, EncodeError, Encoder, ModelInfo, Pieces, TextKind, Tokens};
use semsearch_vector::Matrix;

/// The most windows that are encoded at once.
const MOST: usize = 32;

/// An encoder that gathers small batches of several threads into one.
pub(crate) struct Gather {
    encoder: Arc<dyn Encoder>,
    line: Mutex<Line>,
    changed: Condvar,
}

#[derive(Default)]
struct Line {
    /// The number of the next batch that joins.
    next: u64,
    waiting: Vec<(u64, Vec<Vec<u32>>)>,
    done: Vec<(u64, Result<Matrix, EncodeError>)>,
    is_busy: bool,
}

impl Gather {
    pub(crate) fn new(encoder: Arc<dyn Encoder>) -> Self {
        Gather { encoder, line: Mutex::default(), changed: Condvar::new() }
    }

    /// Encodes batches as one. What fails as one is encoded one by one, so that each has its own error. `own` is the batch of this
    /// thread: it alone may bring the thread down. Another's that does is left out, and its own thread meets it.
    fn encode_all(&self, batches: &[(u64, Vec<Vec<u32>>)], own: u64) -> Vec<(u64, Result<Matrix, EncodeError>)> {
        let mut all = Batch::default();
        batches.iter().flat_map(|(_, windows)| windows).for_each(|window| all.push(window));
        let together = catch_unwind(AssertUnwindSafe(|| self.encoder.encode_batch(&all)));
        if let Ok(Ok(vectors)) = together {
            let mut rows = vectors.iter();
            let part = |(number, windows): &(u64, Vec<Vec<u32>>)| {
                let mut part = Matrix::with_capacity(windows.len(), vectors.dim());
                rows.by_ref().take(windows.len()).for_each(|row| part.push(row));
                (*number, Ok(part))
            };
            return batches.iter().map(part).collect();
        }
        let alone = |(number, windows): &(u64, Vec<Vec<u32>>)| {
            let mut batch = Batch::default();
            windows.iter().for_each(|window| batch.push(window));
            match *number == own {
                true => Some((own, self.encoder.encode_batch(&batch))),
                false => {
                    let encoded = catch_unwind(AssertUnwindSafe(|| self.encoder.encode_batch(&batch)));
                    encoded.ok().map(|encoded| (*number, encoded))
                }
            }
        };
        batches.iter().filter_map(alone).collect()
    }
}

/// Makes the line free again, whatever happens to the thread at work.
struct AtWork<'a>(&'a Gather);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner).is_busy = false;
        self.0.changed.notify_all();
    }
}

impl Encoder for Gather {
    fn model(&self) -> &ModelInfo {
        self.encoder.model()
    }

    fn vocabulary(&self) -> Option<usize> {
        self.encoder.vocabulary()
    }

    fn knows_word(&self, word: &str) -> bool {
        self.encoder.knows_word(word)
    }

    fn batching(&self) -> Batching {
        self.encoder.batching()
    }

    fn tokenise(&self, text: &str, kind: TextKind) -> Result<Tokens, EncodeError> {
        self.encoder.tokenise(text, kind)
    }

    fn pieces(&self, text: &str, kind: TextKind) -> Result<Pieces, EncodeError> {
        self.encoder.pieces(text, kind)
    }

    fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
        if batch.len() > MOST / 2 {
            return self.encoder.encode_batch(batch);
        }
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let number = line.next;
        line.next += 1;
        line.waiting.push((number, batch.sequences().map(<[u32]>::to_vec).collect()));
        loop {
            if let Some(at) = line.done.iter().position(|(done, _)| *done == number) {
                return line.done.swap_remove(at).1;
            }
            // Not in the line and not done: who had it went down with it.
            let is_lost = !line.is_busy && !line.waiting.iter().any(|(waiting, _)| *waiting == number);
            if is_lost {
                return self.encoder.encode_batch(batch);
            }
            if line.is_busy {
                line = self.changed.wait(line).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            line.is_busy = true;
            let mut windows = 0;
            let count = line.waiting.iter().take_while(|(_, more)| {
                windows += more.len();
                windows <= MOST
            });
            let count = count.count().max(1);
            let taken: Vec<_> = line.waiting.drain(..count).collect();
            drop(line);
            let at_work = AtWork(self);
            let done = self.encode_all(&taken, number);
            self.line.lock().unwrap_or_else(PoisonError::into_inner).done.extend(done);
            drop(at_work);
            line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// Gives a text the vector of its length, slowly.
    struct Lengths {
        model: ModelInfo,
        largest: AtomicUsize,
    }

    impl Encoder for Lengths {
        fn model(&self) -> &ModelInfo {
            &self.model
        }

        fn encode_batch(&self, batch: &Batch) -> Result<Matrix, EncodeError> {
            self.largest.fetch_max(batch.len(), Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(3));
            assert!(batch.sequences().all(|tokens| tokens.len() != 13), "a text of 13 letters");
            let mut rows = Matrix::new(1);
            batch.sequences().for_each(|tokens| rows.push(&[tokens.len() as f32]));
            Ok(rows)
        }
    }

    fn lengths() -> Arc<Lengths> {
        let model = ModelInfo::new("lengths", 1).with_max_seq_length(256);
        Arc::new(Lengths { model, largest: AtomicUsize::new(0) })
    }

    #[test]
    fn each_thread_gets_the_vector_of_its_own_text() {
        let lengths = lengths();
        let gather = Gather::new(lengths.clone());
        std::thread::scope(|scope| {
            for thread in 1..=12usize {
                let gather = &gather;
                scope.spawn(move || {
                    for turn in 0..20 {
                        let length = 20 + thread * 7 + turn;
                        let text = "x".repeat(length);
                        let vector = gather.encode(&[&text], TextKind::Query).unwrap().vectors;
                        assert_eq!(vector.row(0), [length as f32]);
                    }
                });
            }
        });
        assert!(lengths.largest.load(Ordering::Relaxed) > 1, "none were taken together");
        let line = gather.line.lock().unwrap();
        assert!(line.done.is_empty() && line.waiting.is_empty() && !line.is_busy);
    }

    #[test]
    fn a_thread_that_goes_down_takes_nobody_with_it() {
        let gather = Gather::new(lengths());
        std::thread::scope(|scope| {
            let bad = scope.spawn(|| gather.encode(&["thirteen sign"], TextKind::Query).map(drop));
            for _ in 0..50 {
                assert_eq!(gather.encode(&["four"], TextKind::Query).unwrap().vectors.row(0), [4.0]);
            }
            assert!(bad.join().is_err());
        });
    }
}
