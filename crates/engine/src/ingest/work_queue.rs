//! The work queue between the reader and the encoding threads.
//!
//! It hands out two kinds of work: texts to split into tokens, a handful at a time, and groups of split texts to
//! encode. Splitting goes first, since it is short and the groups of the next window come from it; a model as quick as
//! its tokeniser is then fed by all cores and not by one. The reader may add a window when the one before it is split
//! and half encoded, so workers never run out and memory holds at most one and a half windows.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use semsearch_embed::{Batching, Pieces};

/// The number of texts that one worker splits at once.
const HANDFUL: usize = 16;

/// A text and the number of its document.
pub(super) struct Text<T> {
    pub(super) row: usize,
    pub(super) content: T,
}

/// What a worker does next.
pub(super) enum Work {
    /// Split these and return them with [`WorkQueue::put_split`].
    Split(Vec<Text<String>>),
    /// Encode these together.
    Encode(Vec<Text<Pieces>>),
}

#[derive(Default)]
struct State {
    /// Texts of a window that no worker has taken.
    whole: VecDeque<Text<String>>,
    /// The number of texts of the same window that workers are splitting.
    in_hands: usize,
    split: Vec<Text<Pieces>>,
    groups: VecDeque<Vec<Text<Pieces>>>,
    /// The number of texts in `groups`.
    grouped: usize,
    /// The number of grouped texts below which the next window may be added: half of the last window.
    left: usize,
    no_more: bool,
    closed: bool,
}

/// The queue.
#[derive(Default)]
pub(super) struct WorkQueue {
    batching: Batching,
    state: Mutex<State>,
    changed: Condvar,
}

impl WorkQueue {
    /// An empty queue whose groups are as large as `batching` says.
    pub(super) fn new(batching: Batching) -> Self {
        WorkQueue { batching, ..WorkQueue::default() }
    }

    /// Adds a window of texts as soon as there is room; returns `false` if the queue is closed.
    pub(super) fn put(&self, window: Vec<Text<String>>) -> bool {
        let is_full = |state: &mut State| {
            !state.closed && (!state.whole.is_empty() || state.in_hands > 0 || state.grouped > state.left)
        };
        let mut state = self.changed.wait_while(self.lock(), is_full).unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return false;
        }
        state.left = window.len() / 2;
        state.whole = window.into();
        self.changed.notify_all();
        true
    }

    /// Declares that no window will follow.
    pub(super) fn end(&self) {
        self.lock().no_more = true;
        self.changed.notify_all();
    }

    /// Closes the queue: from now on it hands out no work, whatever it holds.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits for the next work; `None` when everything is done or the queue is closed.
    pub(super) fn take(&self) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if !state.whole.is_empty() {
                let count = HANDFUL.min(state.whole.len());
                let handful: Vec<Text<String>> = state.whole.drain(..count).collect();
                state.in_hands += count;
                return Some(Work::Split(handful));
            }
            if let Some(texts) = state.groups.pop_front() {
                state.grouped -= texts.len();
                if state.grouped <= state.left {
                    self.changed.notify_all();
                }
                return Some(Work::Encode(texts));
            }
            if state.no_more && state.in_hands == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes back the texts of a [`Work::Split`]. The last handful of a window turns the window into groups, longest
    /// first.
    pub(super) fn put_split(&self, texts: Vec<Text<Pieces>>) {
        let mut state = self.lock();
        state.in_hands -= texts.len();
        state.split.extend(texts);
        if state.in_hands > 0 || !state.whole.is_empty() {
            return;
        }
        let mut window = std::mem::take(&mut state.split);
        // Handfuls come back in any order, and groups should not depend on it.
        window.sort_unstable_by_key(|text| text.row);
        let lengths: Vec<usize> = window.iter().map(|text| text.content.tokens()).collect();
        state.grouped += window.len();
        let mut window: Vec<Option<Text<Pieces>>> = window.into_iter().map(Some).collect();
        let groups = self.batching.plan(&lengths);
        state.groups.extend(
            groups.iter().map(|members| members.iter().filter_map(|&member| window[member].take()).collect::<Vec<_>>()),
        );
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(rows: std::ops::Range<usize>) -> Vec<Text<String>> {
        rows.map(|row| Text { row, content: "x".repeat(row) }).collect()
    }

    fn split(text: Text<String>) -> Text<Pieces> {
        let pieces = Pieces::new(vec![vec![7; text.content.len() + 1]], false);
        Text { row: text.row, content: pieces }
    }

    #[test]
    fn every_text_is_split_once_and_encoded_once() {
        let queue = WorkQueue::default();
        let encoded = Mutex::new(Vec::new());
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    while let Some(work) = queue.take() {
                        match work {
                            Work::Split(texts) => queue.put_split(texts.into_iter().map(split).collect()),
                            Work::Encode(texts) => {
                                encoded.lock().unwrap().extend(texts.into_iter().map(|text| text.row));
                            }
                        }
                    }
                });
            }
            for first in (0..500).step_by(50) {
                assert!(queue.put(window(first..first + 50)));
            }
            queue.end();
        });
        let mut encoded = encoded.into_inner().unwrap();
        encoded.sort_unstable();
        assert_eq!(encoded, (0..500).collect::<Vec<_>>());
    }

    #[test]
    fn the_reader_waits_until_a_window_is_split_and_half_of_it_encoded() {
        let queue = WorkQueue::default();
        assert!(queue.put((0..200).map(|row| Text { row, content: "x".repeat(99) }).collect()));
        std::thread::scope(|threads| {
            let reader = threads.spawn(|| queue.put(window(0..1)));
            let mut encoded = 0;
            loop {
                match queue.take().unwrap() {
                    // The second window, which came as soon as it could.
                    Work::Split(_) if encoded > 0 => break,
                    Work::Split(texts) => queue.put_split(texts.into_iter().map(split).collect()),
                    Work::Encode(texts) => encoded += texts.len(),
                }
                if encoded >= 100 {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(1));
                assert!(!reader.is_finished(), "after {encoded} of 200");
            }
            assert_eq!(encoded, 100);
            assert!(reader.join().unwrap());
        });
    }

    #[test]
    fn a_closed_queue_ends_all_waiting() {
        let queue = WorkQueue::default();
        assert!(queue.put(window(0..3)));
        std::thread::scope(|threads| {
            let reader = threads.spawn(|| queue.put(window(3..6)));
            std::thread::sleep(std::time::Duration::from_millis(5));
            queue.close();
            assert!(!reader.join().unwrap());
        });
        assert!(queue.take().is_none());
    }
}
