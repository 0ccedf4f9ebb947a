//! Where the reader puts texts and workers take what is to be done next.
//!
//! Two kinds of work come from here: texts to split into tokens, a handful at a time, and groups of split texts to
//! encode. Splitting goes first, since it is short and the groups of the next window come from it; a model as quick as
//! its tokeniser is then fed by all cores and not by one. The reader may put a window down when the one before it is
//! split and half used up, so that workers never run out and memory holds no more than that.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use semsearch_embed::{Batching, Pieces};

/// Texts that are split by one worker at once.
const HANDFUL: usize = 16;

/// A text and the row it is for.
pub(super) struct Text<T> {
    pub(super) row: usize,
    pub(super) content: T,
}

/// Something to do.
pub(super) enum Work {
    /// Split these and bring them to [`Desk::put_split`].
    Split(Vec<Text<String>>),
    /// Encode these together.
    Encode(Vec<Text<Pieces>>),
}

#[derive(Default)]
struct Inside {
    /// Texts of a window that nobody has taken to split.
    whole: VecDeque<Text<String>>,
    /// Texts of the same window that somebody is splitting.
    in_hands: usize,
    split: Vec<Text<Pieces>>,
    groups: VecDeque<Vec<Text<Pieces>>>,
    /// Texts in `groups`.
    grouped: usize,
    /// As many of them may be left when the next window is put down: half of the last one.
    left: usize,
    no_more: bool,
    closed: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Desk {
    batching: Batching,
    inside: Mutex<Inside>,
    changed: Condvar,
}

impl Desk {
    /// A desk whose groups are as large as `batching` says.
    pub(super) fn new(batching: Batching) -> Self {
        Desk { batching, ..Desk::default() }
    }

    /// Puts a window of texts down as soon as there is room; false if nobody will take them.
    pub(super) fn put(&self, window: Vec<Text<String>>) -> bool {
        let is_full = |inside: &mut Inside| {
            !inside.closed && (!inside.whole.is_empty() || inside.in_hands > 0 || inside.grouped > inside.left)
        };
        let mut inside = self.changed.wait_while(self.lock(), is_full).unwrap_or_else(PoisonError::into_inner);
        if inside.closed {
            return false;
        }
        inside.left = window.len() / 2;
        inside.whole = window.into();
        self.changed.notify_all();
        true
    }

    /// No window will follow.
    pub(super) fn end(&self) {
        self.lock().no_more = true;
        self.changed.notify_all();
    }

    /// Nothing more is to be done, whatever is still here.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The next thing to do; waits for it. Nothing when all is done or the desk is closed.
    pub(super) fn take(&self) -> Option<Work> {
        let mut inside = self.lock();
        loop {
            if inside.closed {
                return None;
            }
            if !inside.whole.is_empty() {
                let count = HANDFUL.min(inside.whole.len());
                let handful: Vec<Text<String>> = inside.whole.drain(..count).collect();
                inside.in_hands += count;
                return Some(Work::Split(handful));
            }
            if let Some(texts) = inside.groups.pop_front() {
                inside.grouped -= texts.len();
                if inside.grouped <= inside.left {
                    self.changed.notify_all();
                }
                return Some(Work::Encode(texts));
            }
            if inside.no_more && inside.in_hands == 0 {
                return None;
            }
            inside = self.changed.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Brings back what [`Work::Split`] gave. The last handful of a window turns all of it into groups, longest first.
    pub(super) fn put_split(&self, texts: Vec<Text<Pieces>>) {
        let mut inside = self.lock();
        inside.in_hands -= texts.len();
        inside.split.extend(texts);
        if inside.in_hands > 0 || !inside.whole.is_empty() {
            return;
        }
        let mut window = std::mem::take(&mut inside.split);
        // Handfuls come back in any order; groups should not depend on it.
        window.sort_unstable_by_key(|text| text.row);
        let lengths: Vec<usize> = window.iter().map(|text| text.content.tokens()).collect();
        inside.grouped += window.len();
        let mut window: Vec<Option<Text<Pieces>>> = window.into_iter().map(Some).collect();
        let groups = self.batching.plan(&lengths);
        inside.groups.extend(
            groups.iter().map(|members| members.iter().filter_map(|&member| window[member].take()).collect::<Vec<_>>()),
        );
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(rows: std::ops::Range<usize>) -> Vec<Text<String>> {
        rows.map(|row| Text { row, content: "x".repeat(row) }).collect()
    }

    fn split(text: Text<String>) -> Text<Pieces> {
        let pieces = Pieces { windows: vec![vec![7; text.content.len() + 1]], truncated: false };
        Text { row: text.row, content: pieces }
    }

    #[test]
    fn every_text_is_split_once_and_encoded_once() {
        let desk = Desk::default();
        let encoded = Mutex::new(Vec::new());
        std::thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    while let Some(work) = desk.take() {
                        match work {
                            Work::Split(texts) => desk.put_split(texts.into_iter().map(split).collect()),
                            Work::Encode(texts) => {
                                encoded.lock().unwrap().extend(texts.into_iter().map(|text| text.row));
                            }
                        }
                    }
                });
            }
            for first in (0..500).step_by(50) {
                assert!(desk.put(window(first..first + 50)));
            }
            desk.end();
        });
        let mut encoded = encoded.into_inner().unwrap();
        encoded.sort_unstable();
        assert_eq!(encoded, (0..500).collect::<Vec<_>>());
    }

    #[test]
    fn the_reader_waits_until_a_window_is_split_and_half_of_it_encoded() {
        let desk = Desk::default();
        assert!(desk.put((0..200).map(|row| Text { row, content: "x".repeat(99) }).collect()));
        std::thread::scope(|threads| {
            let reader = threads.spawn(|| desk.put(window(0..1)));
            let mut encoded = 0;
            loop {
                match desk.take().unwrap() {
                    // The second window, which came as soon as it could.
                    Work::Split(_) if encoded > 0 => break,
                    Work::Split(texts) => desk.put_split(texts.into_iter().map(split).collect()),
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
    fn a_closed_desk_sends_everybody_home() {
        let desk = Desk::default();
        assert!(desk.put(window(0..3)));
        std::thread::scope(|threads| {
            let reader = threads.spawn(|| desk.put(window(3..6)));
            std::thread::sleep(std::time::Duration::from_millis(5));
            desk.close();
            assert!(!reader.join().unwrap());
        });
        assert!(desk.take().is_none());
    }
}
