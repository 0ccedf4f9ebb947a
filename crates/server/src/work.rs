//! The threads that answer, apart from those that speak with clients.
//!
//! A request waits in a line of bounded length. If the line is full, the client hears so at once, and is told when to come
//! back. A request whose client has gone is not begun.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Threads with a line of jobs in front of them.
#[derive(Clone)]
pub(crate) struct Work {
    line: Arc<Line>,
}

struct Line {
    jobs: Mutex<Jobs>,
    changed: Condvar,
    longest: usize,
}

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    is_closed: bool,
}

/// Why a job was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// The line is full.
    Busy,
    /// The job came to a fault of the program.
    Failed,
}

impl Work {
    /// Starts threads, with room for `longest` jobs that wait.
    pub(crate) fn start(threads: usize, longest: usize) -> std::io::Result<Self> {
        let line = Arc::new(Line { jobs: Mutex::default(), changed: Condvar::new(), longest });
        for number in 0..threads.max(1) {
            let line = line.clone();
            std::thread::Builder::new().name(format!("answers {number}")).spawn(move || {
                while let Some(job) = line.next() {
                    // The client of a job that panics hears of it, since the sender is dropped.
                    _ = catch_unwind(AssertUnwindSafe(job));
                }
            })?;
        }
        Ok(Work { line })
    }

    /// The number of jobs that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.line.lock().waiting.len()
    }

    /// Runs a job on one of the threads.
    pub(crate) async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, NotDone> {
        let (sender, received) = oneshot::channel();
        {
            let mut jobs = self.line.lock();
            if jobs.waiting.len() >= self.line.longest {
                return Err(NotDone::Busy);
            }
            jobs.waiting.push_back(Box::new(move || {
                if !sender.is_closed() {
                    // The client may go while the job is done.
                    _ = sender.send(job());
                }
            }));
        }
        self.line.changed.notify_one();
        received.await.map_err(|_| NotDone::Failed)
    }

    /// Lets the threads end when the line is empty.
    pub(crate) fn close(&self) {
        self.line.lock().is_closed = true;
        self.line.changed.notify_all();
    }
}

impl Line {
    fn lock(&self) -> std::sync::MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job, when there is one; `None` at the end.
    fn next(&self) -> Option<Job> {
        let mut jobs = self.lock();
        loop {
            if let Some(job) = jobs.waiting.pop_front() {
                return Some(job);
            }
            if jobs.is_closed {
                return None;
            }
            jobs = self.changed.wait(jobs).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn a_job_gives_its_result_and_one_that_panics_says_so() {
        let work = Work::start(2, 8).unwrap();
        assert_eq!(block_on(work.run(|| 6 * 7)), Ok(42));
        assert_eq!(block_on(work.run(|| panic!("as meant"))), Err::<(), _>(NotDone::Failed));
        assert_eq!(block_on(work.run(|| 1)), Ok(1), "the threads go on");
        work.close();
    }

    #[test]
    fn a_full_line_is_told_at_once_and_a_client_that_left_costs_nothing() {
        let work = Work::start(1, 2).unwrap();
        let (go, wait) = channel::<()>();
        let (begun, begins) = channel::<()>();
        let done = Arc::new(AtomicUsize::new(0));
        let first = work.clone();
        let holding = std::thread::spawn(move || {
            block_on(first.run(move || {
                begun.send(()).unwrap();
                wait.recv().unwrap();
            }))
        });
        begins.recv().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let (work, done) = (work.clone(), done.clone());
                runtime.spawn(async move { work.run(move || done.fetch_add(1, Ordering::SeqCst)).await })
            })
            .collect();
        while work.waiting() < 2 {
            std::thread::yield_now();
        }
        assert_eq!(block_on(work.run(|| ())), Err(NotDone::Busy));
        waiting[0].abort();
        while !waiting[0].is_finished() {
            std::thread::yield_now();
        }
        go.send(()).unwrap();
        holding.join().unwrap().unwrap();
        while work.waiting() > 0 {
            std::thread::yield_now();
        }
        assert_eq!(block_on(work.run(|| 1)), Ok(1));
        assert_eq!(done.load(Ordering::SeqCst), 1, "the job of the client that left was not begun");
    }
}
