//! How much a client may ask for.

use std::time::Duration;

/// The most bytes of a body.
pub(crate) const BODY: usize = 1 << 20;
/// The most bytes of the body of a request for embeddings.
pub(crate) const EMBEDDINGS_BODY: usize = 8 << 20;
/// The most bytes of a request's first line and headers.
pub(crate) const HEADERS: usize = 16 << 10;
/// The time in which the headers must have come.
pub(crate) const HEADER_TIME: Duration = Duration::from_secs(5);
/// The time in which a request must be answered, its body read.
pub(crate) const REQUEST_TIME: Duration = Duration::from_secs(30);
/// The time that requests in flight get when the server stops.
pub(crate) const DRAIN_TIME: Duration = Duration::from_secs(10);
/// The most bytes of a question.
pub(crate) const QUESTION: usize = 32 << 10;
/// The most hits of an answer, those that are skipped included.
pub(crate) const HITS: usize = 1000;
/// The widest beam of a graph search.
pub(crate) const EF: usize = 4096;
/// The most questions of a batch.
pub(crate) const QUESTIONS: usize = 1000;
/// The most texts of a request for embeddings.
pub(crate) const TEXTS: usize = 2048;
/// The most requests that wait for a thread.
pub(crate) const WAITING: usize = 256;
/// The most connections at once.
pub(crate) const CONNECTIONS: usize = 2048;
/// The most bytes of answers that are kept.
pub(crate) const CACHE: usize = 64 << 20;
