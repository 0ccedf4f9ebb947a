//! Every file operation in turn fails: only once, or that operation and all later ones.
//!
//! Many failures leave the same files behind: all those before the first write leave the collection as it was. Files with
//! the same bytes are checked once per case, because a check depends on nothing but the bytes and the locks. The returned
//! error and the locks are checked after every failure.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use semsearch_disk::fault::{Failure, Plan};

use super::points::begin;
use crate::case::Case;
use crate::encoder::Models;
use crate::examine::{Trouble, caught, examine, io_error};
use crate::folder;
use crate::report::Report;
use crate::settings::Settings;

/// The failures, and whether all later operations fail too. After a short write that would be a full disk, which is listed.
const FAILURES: [(&str, Failure, bool); 5] = [
    ("EIO", Failure::Errno(5), false),
    ("EIO", Failure::Errno(5), true),
    ("ENOSPC", Failure::Errno(28), false),
    ("ENOSPC", Failure::Errno(28), true),
    ("short write", Failure::ShortWrite, false),
];

/// Runs the full sweep for as many seeds as `settings` says.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("nth", settings.seed);
    let models = Models::new();
    let mut counts = Vec::new();
    for round in 0..settings.amount {
        let seed = settings.seed.wrapping_add(round);
        for kind in 0..Case::KINDS.len() {
            let scratch = settings.scratch()?;
            let sweep = Sweep::prepare(kind, seed, scratch.path(), &models)?;
            counts.push(format!("{} {}", sweep.case.kind, sweep.last));
            report.runs += sweep.last * FAILURES.len() as u64;
            sweep.run()?.into_iter().for_each(|fault| report.fault(fault));
        }
    }
    counts.truncate(Case::KINDS.len());
    report.note = counts.join(", ");
    Ok(report)
}

/// All failures of one case.
struct Sweep<'a> {
    case: Case,
    models: &'a Models,
    seed: u64,
    scratch: &'a Path,
    /// The number of operations to try.
    last: u64,
    /// The states of the folder that were checked, each with whether the change reported success.
    settled: Mutex<HashSet<(blake3::Hash, bool)>>,
}

impl<'a> Sweep<'a> {
    fn prepare(kind: usize, seed: u64, scratch: &'a Path, models: &'a Models) -> anyhow::Result<Self> {
        let (template, root) = (scratch.join("template"), scratch.join("index"));
        let case = Case::prepare(kind, seed, &template, models)?;
        begin(&template, &root, &case)?;
        let counting = Plan::count().below(&root).arm();
        attempt(&case, &root, models, seed)?;
        // The number of operations depends a little on how threads meet; two more than counted are tried.
        let last = counting.operations() + 2;
        Ok(Sweep { case, models, seed, scratch, last, settled: Mutex::default() })
    }

    /// Runs all of them on as many threads as the machine has cores, each with its own folder. Returns the faults in the order
    /// of operations.
    fn run(&self) -> anyhow::Result<Vec<String>> {
        let next = AtomicU64::new(1);
        let work = |root: &Path| -> anyhow::Result<Vec<(u64, String)>> {
            let mut faults = Vec::new();
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                if nth > self.last {
                    return Ok(faults);
                }
                for (name, failure, sticky) in FAILURES {
                    let plan = Plan::nth(nth, failure);
                    let plan = if sticky { plan.sticky() } else { plan };
                    if let Err(trouble) = caught(|| self.once(root, plan)) {
                        let how = if sticky { "from then on" } else { "once" };
                        let (kind, last, seed) = (self.case.kind, self.last, self.seed);
                        let what =
                            format!("{kind}: {name} at operation {nth} of {last}, {how}, seed {seed}: {trouble}");
                        faults.push((nth, what));
                    }
                }
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut faults = std::thread::scope(|scope| -> anyhow::Result<Vec<(u64, String)>> {
            let start = |number| scope.spawn(move || work(&self.scratch.join(format!("index-{number}"))));
            let workers: Vec<_> = (0..threads).map(start).collect();
            let mut faults = Vec::new();
            for worker in workers {
                faults.extend(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok(faults)
        })?;
        faults.sort_by_key(|(nth, _)| *nth);
        Ok(faults.into_iter().map(|(_, fault)| fault).collect())
    }

    fn once(&self, root: &Path, plan: Plan) -> Result<(), Trouble> {
        begin(&self.scratch.join("template"), root, &self.case)?;
        let armed = plan.below(root).arm();
        let outcome = attempt(&self.case, root, self.models, self.seed);
        drop(armed);
        if let Err(error) = &outcome {
            // A disk that fails is never a missing collection, never damage, and never a wrong answer.
            if io_error(error)
                .is_none_or(|cause| cause.raw_os_error().is_none() && cause.kind() != std::io::ErrorKind::StorageFull)
            {
                return Err(Trouble::Wrong(format!("the error is not the one of the disk: {error:#}")));
            }
            if !crate::examine::names_a_file(error, root) {
                return Err(Trouble::Wrong(format!("the error names no file: {error:#}")));
            }
        }
        if let Some(name) = folder::locked(root)? {
            return Err(Trouble::Wrong(format!("{name} is still locked")));
        }
        let left = (folder::digest(root)?, outcome.is_ok());
        if self.settled().contains(&left) {
            return Ok(());
        }
        self.case.settle(root, self.models, outcome.is_ok(), self.seed)?;
        self.settled().insert(left);
        Ok(())
    }

    fn settled(&self) -> std::sync::MutexGuard<'_, HashSet<(blake3::Hash, bool)>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn attempt(case: &Case, root: &Path, models: &Models, seed: u64) -> anyhow::Result<()> {
    match &case.change {
        Some(change) => change.make(root, models).map(|_| ()),
        None => match examine(root, models, &case.after, seed) {
            Ok(()) => Ok(()),
            Err(Trouble::Refused(error)) => Err(error),
            Err(other) => anyhow::bail!("{other}"),
        },
    }
}
