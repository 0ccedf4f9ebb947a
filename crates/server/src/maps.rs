//! The map of the newest generation, which takes a while to make.
//!
//! It is made once, on threads of its own, while the server answers other requests with the rest of the machine. Until it is
//! there, clients hear how far it is.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use semsearch_engine::map::{MapError, map};
use semsearch_report::map::Map;
use semsearch_store::Filter;
use semsearch_task::{ErrorKind, Progress, Stage};

use crate::live::Newest;
use crate::problem::Problem;
use crate::work::NotDone;

/// How long a request waits for a map before it hears that it is being made. A small collection has one by then.
const WAIT: Duration = Duration::from_millis(1500);
/// How often it looks.
const LOOKS: Duration = Duration::from_millis(20);
/// The share of the work that is finding neighbours.
const NEIGHBOURS: f64 = 0.4;
/// The generation of no collection.
const NONE: u64 = u64::MAX;

/// The map of one generation at a time.
pub(crate) struct Maps {
    shared: Arc<Shared>,
}

struct Shared {
    /// The generation whose map is wanted: work on any other is given up.
    wanted: AtomicU64,
    done: Mutex<Done>,
    stage: AtomicUsize,
    finished: AtomicUsize,
    total: AtomicUsize,
}

enum Done {
    Nothing,
    Making { number: u64 },
    Made { number: u64, made: Made },
    Failed { number: u64, problem: Problem },
}

/// A map as it is sent.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) body: Bytes,
    /// What tells it from others, for clients that have it.
    pub(crate) tag: String,
}

/// A map, or how much of it there is, from 0 to 1.
pub(crate) enum Answer {
    Made(Made),
    Making(f64),
}

impl Default for Maps {
    fn default() -> Self {
        Maps {
            shared: Arc::new(Shared {
                wanted: AtomicU64::new(NONE),
                done: Mutex::new(Done::Nothing),
                stage: AtomicUsize::new(0),
                finished: AtomicUsize::new(0),
                total: AtomicUsize::new(0),
            }),
        }
    }
}

impl Drop for Maps {
    fn drop(&mut self) {
        self.shared.wanted.store(NONE, Ordering::Relaxed);
    }
}

impl Maps {
    /// The map of a generation; begins to make it if nobody has.
    pub(crate) async fn get(&self, newest: &Newest) -> Result<Answer, Problem> {
        let until = Instant::now() + WAIT;
        loop {
            if let Some(made) = self.look(newest)? {
                return Ok(Answer::Made(made));
            }
            if Instant::now() >= until {
                return Ok(Answer::Making(self.shared.share()));
            }
            tokio::time::sleep(LOOKS).await;
        }
    }

    fn look(&self, newest: &Newest) -> Result<Option<Made>, Problem> {
        let mut done = self.shared.lock();
        match &*done {
            Done::Made { number, made } if *number == newest.number => return Ok(Some(made.clone())),
            Done::Making { number } if *number == newest.number => return Ok(None),
            // Said once; the next request tries again.
            Done::Failed { number, .. } if *number == newest.number => {
                if let Done::Failed { problem, .. } = std::mem::replace(&mut *done, Done::Nothing) {
                    return Err(problem);
                }
            }
            _ => {}
        }
        *done = Done::Making { number: newest.number };
        self.shared.wanted.store(newest.number, Ordering::Relaxed);
        let (shared, newest) = (self.shared.clone(), newest.clone());
        let thread = std::thread::Builder::new().name("map".to_owned()).spawn(move || shared.make(&newest));
        match thread {
            Ok(_) => Ok(None),
            Err(_) => {
                *done = Done::Nothing;
                Err(NotDone::Failed.into())
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, newest: &Newest) {
        let watch = Watch { shared: self, number: newest.number };
        // A fault of the program must not leave clients waiting for ever.
        let outcome = catch_unwind(AssertUnwindSafe(|| made(newest, &watch)));
        let mut done = self.lock();
        if self.wanted.load(Ordering::Relaxed) != newest.number {
            return;
        }
        let number = newest.number;
        *done = match outcome.unwrap_or_else(|_| Err(NotDone::Failed.into())) {
            Ok(made) => Done::Made { number, made },
            Err(problem) => Done::Failed { number, problem },
        };
    }

    fn share(&self) -> f64 {
        let total = self.total.load(Ordering::Relaxed).max(1) as f64;
        let share = (self.finished.load(Ordering::Relaxed) as f64 / total).min(1.0);
        match self.stage.load(Ordering::Relaxed) {
            0 => 0.0,
            1 => NEIGHBOURS * share,
            _ => NEIGHBOURS + (1.0 - NEIGHBOURS) * share,
        }
    }
}

fn made(newest: &Newest, watch: &Watch<'_>) -> Result<Made, Problem> {
    // Half of the machine: questions are answered meanwhile.
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let pool = rayon::ThreadPoolBuilder::new().num_threads((cores / 2).max(1)).build();
    let pool = pool.map_err(|_| Problem::from(NotDone::Failed))?;
    let collection = newest.searcher.collection();
    let mapped = pool.install(|| map(collection, watch))?;
    let written = serde_json::to_vec(&Map::new(collection, &mapped.map, &Filter::default(), false)?);
    let body = Bytes::from(written.map_err(|_| Problem::from(NotDone::Failed))?);
    let sum = body
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    Ok(Made { body, tag: format!("W/\"{sum:016x}\"") })
}

impl From<MapError> for Problem {
    fn from(error: MapError) -> Self {
        let status = match error.kind() {
            ErrorKind::Stopped => axum::http::StatusCode::SERVICE_UNAVAILABLE,
            _ => axum::http::StatusCode::INTERNAL_SERVER_ERROR,
        };
        Problem::new(status, error.to_string())
    }
}

/// Tells how far a map is, and stops one that nobody wants any more.
struct Watch<'a> {
    shared: &'a Shared,
    number: u64,
}

impl Progress for Watch<'_> {
    fn begin(&self, stage: Stage, total: usize) {
        self.shared.stage.store(if stage == Stage::Compare { 1 } else { 2 }, Ordering::Relaxed);
        self.shared.finished.store(0, Ordering::Relaxed);
        self.shared.total.store(total, Ordering::Relaxed);
    }

    fn advance(&self, items: usize, _: usize) {
        self.shared.finished.fetch_add(items, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        self.shared.wanted.load(Ordering::Relaxed) != self.number
    }
}
