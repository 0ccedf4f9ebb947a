//! From documents on disk to vectors in the checkpoint, several steps at once.
//!
//! ```text
//!   one thread                    a thread a core                one thread
//!   read · tokenise · group ──▶ │ encode │ encode │ … ──▶ append to the checkpoint
//!                       bounded                       bounded
//! ```
//!
//! A core that finishes a group takes the next one, whatever the others do; groups are small, about one abstract, so at
//! the very end a core waits for at most one. Groups come from a window of some two thousand texts that is sorted by
//! length, longest first, for networks that pad; the next window is read and split into tokens while the cores are busy
//! with this one. Windows begin small, so that the first core has work after a few dozen texts.
//!
//! Results are appended in the order in which they come. Where each row's vector is, is kept in memory (4 bytes a row);
//! the rows are put in order when the index is written.
//!
//! Memory: at most two windows of tokens, the text of one, and the vectors of a few groups, whatever the size of the
//! corpus: a window that is ready waits until the one before it is used up, and a slow disk holds the encoder up rather
//! than fill memory.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use semsearch_embed::{Encoder, Pieces, TextKind, group};
use semsearch_index::RowId;
use semsearch_vector::Matrix;

use super::checkpoint::{Checkpoint, Facts, Key, Slot};
use super::{IngestError, Stage, Watch};
use crate::collection::Documents;

/// Texts in the first window, and in the largest.
const WINDOW: (usize, usize) = (64, 2048);

/// Where every row's vector is, and how it came there.
#[derive(Debug)]
pub(super) struct Encoded {
    pub(super) slots: Vec<Slot>,
    /// Documents whose vectors were there already.
    pub(super) resumed: usize,
    /// Tokens that were encoded now.
    pub(super) tokens: u64,
    pub(super) seconds: f64,
    /// Time that encoding threads had nothing to do, all threads together.
    pub(super) seconds_waiting: f64,
}

/// The groups of a window that nobody has taken yet, and where the next window comes from.
struct Tasks {
    window: std::vec::IntoIter<Task>,
    next: Receiver<Vec<Task>>,
}

impl Tasks {
    /// The next group; waits for a window to be ready.
    fn take(&mut self) -> Option<Task> {
        loop {
            if let Some(task) = self.window.next() {
                return Some(task);
            }
            self.window = self.next.recv().ok()?.into_iter();
        }
    }
}

/// Texts for one core.
struct Task {
    rows: Vec<usize>,
    texts: Vec<Pieces>,
}

/// Their vectors.
struct Done {
    rows: Vec<usize>,
    facts: Vec<Facts>,
    vectors: Matrix,
}

/// What all threads share.
struct Shared<'a> {
    documents: &'a Documents,
    keys: &'a [Key],
    encoder: &'a dyn Encoder,
    watch: &'a dyn Watch,
    /// Bytes of text in a window.
    window_bytes: usize,
    halted: AtomicBool,
    /// Why, by the first who knew.
    reason: Mutex<Option<IngestError>>,
    waited_ns: AtomicU64,
}

/// Encodes every document whose vector `checkpoint` does not have, on all threads of the current Rayon pool.
pub(super) fn encode(
    documents: &Documents,
    keys: &[Key],
    encoder: &dyn Encoder,
    checkpoint: &mut Checkpoint,
    memory_bytes: u64,
    watch: &dyn Watch,
) -> Result<Encoded, IngestError> {
    watch.begin(Stage::Encode, keys.len());
    let started = Instant::now();
    let mut slots: Vec<Option<Slot>> = keys.iter().map(|&key| checkpoint.find(key)).collect();
    let missing: Vec<usize> = (0..slots.len()).filter(|&row| slots[row].is_none()).collect();
    let resumed = slots.len() - missing.len();
    watch.resumed(resumed, slots.len(), checkpoint.damaged());

    let shared = Shared {
        documents,
        keys,
        encoder,
        watch,
        // A token may be one byte of text and is four in memory; two windows of tokens and one of text are half of it.
        window_bytes: usize::try_from(memory_bytes / 16).unwrap_or(usize::MAX),
        halted: AtomicBool::new(false),
        reason: Mutex::new(None),
        waited_ns: AtomicU64::new(0),
    };
    let workers = rayon::current_num_threads();
    let tokens = std::thread::scope(|threads| {
        // Room for none: the next window is made ready while this one is worked on, and handed over when it is wanted.
        let (task_out, task_in) = sync_channel(0);
        let (done_out, done_in) = sync_channel(4 * workers);
        let (shared, slots) = (&shared, &mut slots);
        threads.spawn(move || shared.feed(&missing, &task_out));
        let appending = threads.spawn(move || shared.append(checkpoint, slots, &done_in));
        let tasks = Arc::new(Mutex::new(Tasks { window: Vec::new().into_iter(), next: task_in }));
        rayon::scope(move |pool| {
            // Every worker owns its ends, so that whoever is at the others learns when the last worker is gone.
            for _ in 0..workers {
                let (tasks, done_out) = (tasks.clone(), done_out.clone());
                pool.spawn(move |_| shared.work(&tasks, &done_out));
            }
        });
        appending.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    if let Some(error) = shared.reason.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error.with_kept(slots.iter().flatten().count()));
    }
    Ok(Encoded {
        slots: slots.into_iter().collect::<Option<_>>().expect("nobody halted, so every row was encoded"),
        resumed,
        tokens,
        seconds: started.elapsed().as_secs_f64(),
        seconds_waiting: Duration::from_nanos(shared.waited_ns.into_inner()).as_secs_f64(),
    })
}

impl Shared<'_> {
    /// Reads and tokenises the documents of `rows` and hands them out in groups.
    fn feed(&self, rows: &[usize], windows: &SyncSender<Vec<Task>>) {
        let mut rest = rows;
        let mut size = WINDOW.0;
        while !rest.is_empty() {
            let (mut window, mut bytes) = (Vec::new(), 0);
            for &row in rest.iter().take(size) {
                match self.read(row) {
                    Ok(passage) => {
                        bytes += passage.len();
                        window.push(passage);
                    }
                    Err(error) => return self.halt(error),
                }
                if bytes >= self.window_bytes {
                    break;
                }
            }
            let (now, later) = rest.split_at(window.len());
            (rest, size) = (later, (2 * size).min(WINDOW.1));
            let mut pieces = Vec::with_capacity(window.len());
            for passage in window {
                if self.is_over() {
                    return;
                }
                match self.encoder.pieces(&passage, TextKind::Passage) {
                    Ok(text) => pieces.push(text),
                    Err(error) => return self.halt(IngestError::Encode(error)),
                }
            }
            let lengths: Vec<usize> = pieces.iter().map(Pieces::tokens).collect();
            let groups = group(&lengths);
            let tasks = groups.iter().map(|members| Task {
                rows: members.iter().map(|&member| now[member]).collect(),
                texts: members.iter().map(|&member| std::mem::take(&mut pieces[member])).collect(),
            });
            // When nobody takes it any more, whoever knows why has said so.
            if windows.send(tasks.collect()).is_err() {
                return;
            }
        }
    }

    fn read(&self, row: usize) -> Result<String, IngestError> {
        let document = self.documents.get(RowId(row as u32)).map_err(crate::collection::CollectionError::from)?;
        Ok(document.passage())
    }

    /// Encodes groups until there are no more.
    fn work(&self, tasks: &Mutex<Tasks>, done: &SyncSender<Done>) {
        loop {
            let asked = Instant::now();
            let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.waited_ns.fetch_add(asked.elapsed().as_nanos() as u64, Ordering::Relaxed);
            let Some(Task { rows, texts }) = task else { return };
            if self.is_over() {
                return;
            }
            let borrowed: Vec<&Pieces> = texts.iter().collect();
            let vectors = match self.encoder.encode_pieces(&borrowed) {
                Ok(vectors) => vectors,
                Err(error) => return self.halt(IngestError::Encode(error)),
            };
            let facts = |(&row, text): (&usize, &Pieces)| Facts {
                key: self.keys[row],
                tokens: u32::try_from(text.tokens()).unwrap_or(u32::MAX),
                cut: text.cut,
            };
            let facts = rows.iter().zip(&texts).map(facts).collect();
            if done.send(Done { rows, facts, vectors }).is_err() {
                return;
            }
        }
    }

    /// Appends what comes to the checkpoint, as much at once as there is, and counts the tokens.
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
            self.watch.advance(batch.iter().map(|done| done.rows.len()).sum(), tokens as usize);
        }
        all_tokens
    }

    /// Whether to leave the rest undone.
    fn is_over(&self) -> bool {
        if self.watch.stopped() && !self.halted.load(Ordering::Relaxed) {
            self.halt(IngestError::Stopped { kept: 0 });
        }
        self.halted.load(Ordering::Relaxed)
    }

    fn halt(&self, why: IngestError) {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        self.halted.store(true, Ordering::Relaxed);
    }
}
