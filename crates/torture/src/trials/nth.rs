//! Every file operation in turn fails: only once, or that operation and all later ones.

use semsearch_disk::fault::{Failure, Plan};

use super::points::begin;
use crate::case::Case;
use crate::encoder::Models;
use crate::examine::{Trouble, caught, examine, io_error};
use crate::report::Report;
use crate::settings::Settings;

const FAILURES: [(&str, Failure); 3] =
    [("EIO", Failure::Errno(5)), ("ENOSPC", Failure::Errno(28)), ("short write", Failure::ShortWrite)];

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
            let (template, root) = (scratch.path().join("template"), scratch.path().join("index"));
            let case = Case::prepare(kind, seed, &template, &models)?;
            // The number of operations depends a little on the order of threads; two more than counted are tried.
            let last = {
                begin(&template, &root, &case)?;
                let counting = Plan::count().below(&root).arm();
                attempt(&case, &root, &models, seed)?;
                counting.operations() + 2
            };
            counts.push(format!("{} {last}", case.kind));
            for nth in 1..=last {
                for (name, failure) in FAILURES {
                    for sticky in [false, true] {
                        // A short write that persists would be a full disk, which another failure stands for.
                        if sticky && failure == Failure::ShortWrite {
                            continue;
                        }
                        report.runs += 1;
                        let trial = || {
                            begin(&template, &root, &case)?;
                            once(&case, &root, &models, Plan::nth(nth, failure), sticky, seed)
                        };
                        if let Err(trouble) = caught(trial) {
                            let how = if sticky { "from then on" } else { "once" };
                            report.fault(format!(
                                "{}: {name} at operation {nth} of {last}, {how}, seed {seed}: {trouble}",
                                case.kind
                            ));
                        }
                    }
                }
            }
        }
    }
    counts.truncate(Case::KINDS.len());
    report.note = counts.join(", ");
    Ok(report)
}

fn attempt(case: &Case, root: &std::path::Path, models: &Models, seed: u64) -> anyhow::Result<()> {
    match &case.change {
        Some(change) => change.make(root, models).map(|_| ()),
        None => match examine(root, models, &case.after, seed) {
            Ok(()) => Ok(()),
            Err(Trouble::Refused(error)) => Err(error),
            Err(other) => anyhow::bail!("{other}"),
        },
    }
}

fn once(
    case: &Case,
    root: &std::path::Path,
    models: &Models,
    plan: Plan,
    sticky: bool,
    seed: u64,
) -> Result<(), Trouble> {
    let plan = plan.below(root);
    let armed = if sticky { plan.sticky() } else { plan }.arm();
    let outcome = attempt(case, root, models, seed);
    drop(armed);
    if let Err(error) = &outcome {
        // A failing disk must never be reported as a missing or damaged collection, nor give a wrong answer.
        if io_error(error)
            .is_none_or(|cause| cause.raw_os_error().is_none() && cause.kind() != std::io::ErrorKind::StorageFull)
        {
            return Err(Trouble::Wrong(format!("the error is not the one of the disk: {error:#}")));
        }
        if !crate::examine::names_a_file(error, root) {
            return Err(Trouble::Wrong(format!("the error names no file: {error:#}")));
        }
    }
    case.settle(root, models, outcome.is_ok(), seed)
}
