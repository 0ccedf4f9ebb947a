//! The pipeline from documents on disk to vectors in the checkpoint: all steps run at the same time.
//!
//! ```text
//!   one thread         a thread a core                  one thread
//!     read ──▶ queue ──▶ │ split or encode │ … ──▶ append to the checkpoint
//!         windows        handfuls, groups    bounded
//! ```
//!
//! A core that finishes takes the next work from the [`WorkQueue`], whatever the others do. Work is small, a group is
//! about one abstract, so at the very end a core waits for at most one group. Groups come from a window of some two
//! thousand texts that is sorted by length, longest first, for networks that pad; the next window is read and split
//! into tokens while there is still enough of this one. Windows begin small, so that the first core has work after a
//! few dozen texts.
//!
//! Results are appended in the order in which they come. Memory holds the slot of each document's vector (4 bytes a
//! document); rows are put in order when the index is written.
//!
//! Memory: the text of two windows, the tokens of one and a half, and the vectors of a few groups, whatever the size of
//! the corpus. A slow disk slows the encoder down and does not fill memory.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use semsearch_embed::{EncodeError, Encoder, Pieces, TextKind};
use semsearch_store::{Key, Staged};
use semsearch_task::{Progress, Stage};
use semsearch_vector::Matrix;

use super::checkpoint::Checkpoint;
use super::checkpoint_format::{Facts, Slot};
use super::error::IngestError;
use super::work_queue::{Text, Work, WorkQueue};

/// The number of texts in the first window, and in the largest.
const WINDOW: (usize, usize) = (64, 2048);

/// Texts to encode, by number.
pub(crate) trait Passages: Sync {
    /// Reads a text. Called from one thread, mostly in order.
    fn passage(&self, number: usize) -> Result<String, IngestError>;
}

impl Passages for Staged {
    fn passage(&self, number: usize) -> Result<String, IngestError> {
        Ok(self.get(number)?.passage())
    }
}

/// Where every document's vector is, and what encoding took.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) slots: Vec<Slot>,
    /// Documents whose vectors were in the checkpoint already.
    pub(crate) resumed: usize,
    /// Tokens that this run encoded.
    pub(crate) tokens: u64,
    pub(crate) seconds: f64,
    /// Seconds that encoding threads waited for work, added over all threads.
    pub(crate) seconds_waiting: f64,
}

/// Documents with their vectors.
struct Done {
    rows: Vec<usize>,
    facts: Vec<Facts>,
    vectors: Matrix,
}

/// What all threads share.
struct Shared<'a> {
    passages: &'a dyn Passages,
    keys: &'a [Key],
    encoder: &'a dyn Encoder,
    progress: &'a dyn Progress,
    /// Bytes of text in a window.
    window_bytes: usize,
    queue: WorkQueue,
    halted: AtomicBool,
    /// The first error.
    reason: Mutex<Option<IngestError>>,
    waited_ns: AtomicU64,
}

/// Encodes every document whose vector `checkpoint` does not have, on all threads of the current Rayon pool.
/// `taken_over` of the documents whose vector it has were reused from the collection.
pub(crate) fn encode(
    passages: &dyn Passages,
    keys: &[Key],
    encoder: &dyn Encoder,
    checkpoint: &mut Checkpoint,
    taken_over: usize,
    memory_bytes: u64,
    progress: &dyn Progress,
) -> Result<Encoded, IngestError> {
    progress.begin(Stage::Encode, keys.len() - taken_over);
    let started = Instant::now();
    let mut slots: Vec<Option<Slot>> = keys.iter().map(|&key| checkpoint.find(key)).collect();
    let missing: Vec<usize> = (0..slots.len()).filter(|&row| slots[row].is_none()).collect();
    let resumed = slots.len() - missing.len() - taken_over;
    progress.resumed(resumed, slots.len() - taken_over, checkpoint.damaged());

    let shared = Shared {
        passages,
        keys,
        encoder,
        progress,
        // A token may be one byte of text and is four in memory: two windows of text and one and a half of tokens are
        // half of what there is.
        window_bytes: usize::try_from(memory_bytes / 16).unwrap_or(usize::MAX),
        queue: WorkQueue::new(encoder.batching()),
        halted: AtomicBool::new(false),
        reason: Mutex::new(None),
        waited_ns: AtomicU64::new(0),
    };
    let workers = rayon::current_num_threads();
    let tokens = std::thread::scope(|threads| {
        let (done_out, done_in) = sync_channel(4 * workers);
        let (shared, slots) = (&shared, &mut slots);
        threads.spawn(move || shared.feed(&missing));
        let appending = threads.spawn(move || shared.append(checkpoint, slots, &done_in));
        rayon::scope(move |pool| {
            // Every worker owns its sender, so that the channel closes when the last worker is gone.
            for _ in 0..workers {
                let done_out = done_out.clone();
                pool.spawn(move |_| shared.work(&done_out));
            }
        });
        appending.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    if let Some(error) = shared.reason.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error.with_kept(slots.iter().flatten().count()));
    }
    Ok(Encoded {
        slots: slots.into_iter().collect::<Option<_>>().expect("the pipeline was not halted, so every row was encoded"),
        resumed,
        tokens,
        seconds: started.elapsed().as_secs_f64(),
        seconds_waiting: Duration::from_nanos(shared.waited_ns.into_inner()).as_secs_f64(),
    })
}

/// Closes the queue when it is dropped, also by a panic.
struct Closing<'a>(&'a WorkQueue);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Shared<'_> {
    /// Reads the documents of `rows` and adds them to the queue, a window at a time.
    fn feed(&self, rows: &[usize]) {
        let mut rest = rows;
        let mut size = WINDOW.0;
        while !rest.is_empty() {
            let (mut window, mut bytes) = (Vec::new(), 0);
            for &row in rest.iter().take(size) {
                match self.passages.passage(row) {
                    Ok(content) => {
                        bytes += content.len();
                        window.push(Text { row, content });
                    }
                    Err(error) => return self.halt(error),
                }
                if bytes >= self.window_bytes {
                    break;
                }
            }
            (rest, size) = (&rest[window.len()..], (2 * size).min(WINDOW.1));
            if !self.queue.put(window) {
                return;
            }
        }
        self.queue.end();
    }

    /// Does work from the queue until there is no more.
    fn work(&self, done: &SyncSender<Done>) {
        // The first worker to end has found no more work; or it has panicked, and then no other may wait for its work.
        let _closing = Closing(&self.queue);
        loop {
            let asked = Instant::now();
            let work = self.queue.take();
            self.waited_ns.fetch_add(asked.elapsed().as_nanos() as u64, Ordering::Relaxed);
            let Some(work) = work else { return };
            if self.is_over() {
                return;
            }
            match work {
                Work::Split(texts) => {
                    let split = |Text { row, content }: Text<String>| {
                        Ok(Text { row, content: self.encoder.pieces(&content, TextKind::Passage)? })
                    };
                    match texts.into_iter().map(split).collect() {
                        Ok(texts) => self.queue.put_split(texts),
                        Err(error) => return self.halt(IngestError::Encode(error)),
                    }
                }
                Work::Encode(texts) => match self.encode(&texts) {
                    // The appending thread has ended, and has recorded why.
                    Ok(vectors) => {
                        if done.send(vectors).is_err() {
                            return;
                        }
                    }
                    Err(error) => return self.halt(IngestError::Encode(error)),
                },
            }
        }
    }

    fn encode(&self, texts: &[Text<Pieces>]) -> Result<Done, EncodeError> {
        let pieces: Vec<&Pieces> = texts.iter().map(|text| &text.content).collect();
        let vectors = self.encoder.encode_pieces(&pieces)?;
        let facts = texts.iter().map(|text| Facts {
            key: self.keys[text.row],
            tokens: u32::try_from(text.content.tokens()).unwrap_or(u32::MAX),
            truncated: text.content.truncated,
        });
        Ok(Done { rows: texts.iter().map(|text| text.row).collect(), facts: facts.collect(), vectors })
    }

    /// Appends finished vectors to the checkpoint, all that are waiting in one write, and counts the tokens.
    fn append(&self, checkpoint: &mut Checkpoint, slots: &mut [Option<Slot>], done: &Receiver<Done>) -> u64 {
        let mut all_tokens = 0;
        while let Ok(first) = done.recv() {
            let batch: Vec<Done> = std::iter::once(first).chain(done.try_iter()).collect();
            let records = batch.iter().flat_map(|done| done.facts.iter().copied().zip(&done.vectors));
            let slot = match checkpoint.append(records) {
                Ok(slot) => slot,
                Err(error) => {
                    self.halt(error.into());
                    return all_tokens;
                }
            };
            for (number, &row) in batch.iter().flat_map(|done| &done.rows).enumerate() {
                slots[row] = Some(slot.after(number));
            }
            let tokens: u64 = batch.iter().flat_map(|done| &done.facts).map(|facts| u64::from(facts.tokens)).sum();
            all_tokens += tokens;
            self.progress.advance(batch.iter().map(|done| done.rows.len()).sum(), tokens as usize);
        }
        all_tokens
    }

    /// Whether to end before everything is encoded.
    fn is_over(&self) -> bool {
        if self.progress.is_stopped() && !self.halted.load(Ordering::Relaxed) {
            self.halt(IngestError::Stopped { kept: 0 });
        }
        self.halted.load(Ordering::Relaxed)
    }

    fn halt(&self, why: IngestError) {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.halted.store(true, Ordering::Relaxed);
        self.queue.close();
    }
}
