//! Answers that were given already, for as long as the collection stays what it is.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;

/// Answers by generation and request. The oldest go when there are too many bytes.
pub(crate) struct Cache {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    generation: u64,
    bytes: usize,
    answers: HashMap<String, Bytes>,
    order: VecDeque<String>,
}

impl Cache {
    /// Room for `most` bytes of requests and answers.
    pub(crate) fn new(most: usize) -> Self {
        Cache { most, kept: Mutex::default() }
    }

    pub(crate) fn get(&self, generation: u64, request: &str) -> Option<Bytes> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.generation == generation).then(|| kept.answers.get(request).cloned())?
    }

    pub(crate) fn put(&self, generation: u64, request: String, answer: Bytes) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.generation > generation || answer.len() + request.len() > self.most / 4 {
            return;
        }
        if kept.generation < generation {
            *kept = Kept { generation, ..Kept::default() };
        }
        kept.bytes += 2 * request.len() + answer.len();
        kept.order.push_back(request.clone());
        if let Some(before) = kept.answers.insert(request.clone(), answer) {
            kept.bytes -= 2 * request.len() + before.len();
            if let Some(at) = kept.order.iter().position(|known| *known == request) {
                kept.order.remove(at);
            }
        }
        while kept.bytes > self.most {
            let Some(oldest) = kept.order.pop_front() else { break };
            if let Some(answer) = kept.answers.remove(&oldest) {
                kept.bytes -= 2 * oldest.len() + answer.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_for_its_generation_and_no_longer() {
        let cache = Cache::new(1000);
        cache.put(1, "a".to_owned(), Bytes::from_static(b"one"));
        assert_eq!(cache.get(1, "a").as_deref(), Some(&b"one"[..]));
        assert_eq!((cache.get(2, "a"), cache.get(1, "b")), (None, None));
        cache.put(2, "a".to_owned(), Bytes::from_static(b"two"));
        assert_eq!(cache.get(2, "a").as_deref(), Some(&b"two"[..]));
        cache.put(1, "a".to_owned(), Bytes::from_static(b"late"));
        assert_eq!((cache.get(1, "a"), cache.get(2, "a").as_deref()), (None, Some(&b"two"[..])));
    }

    #[test]
    fn the_oldest_answers_go_first_and_bytes_are_counted() {
        let cache = Cache::new(1000);
        let answer = Bytes::from(vec![0; 200]);
        for _ in 0..3 {
            for name in ["a", "b", "c", "d", "e"] {
                cache.put(0, name.to_owned(), answer.clone());
            }
        }
        assert_eq!((cache.get(0, "a"), cache.get(0, "e").map(|kept| kept.len())), (None, Some(200)));
        assert_eq!(cache.kept.lock().unwrap().bytes, 4 * 202);
        cache.put(0, "large".to_owned(), Bytes::from(vec![0; 900]));
        assert_eq!(cache.get(0, "large"), None);
    }
}
