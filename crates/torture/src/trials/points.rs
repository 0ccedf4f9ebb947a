//! Every named point of a change, in turn: the process ends there, or the engine gets an error there.

use std::path::Path;
use std::process::{Command, Stdio};

use semsearch_disk::fault::{Failure, Plan};

use crate::case::Case;
use crate::encoder::Models;
use crate::examine::caught;
use crate::folder;
use crate::report::Report;
use crate::settings::Settings;

/// Runs the trial for as many seeds as `settings` says.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("points", settings.seed);
    let models = Models::new();
    let mut names = std::collections::BTreeSet::new();
    for round in 0..settings.amount {
        let seed = settings.seed.wrapping_add(round);
        for kind in 0..Case::KINDS.len() - 1 {
            let scratch = settings.scratch()?;
            let (template, root) = (scratch.path().join("template"), scratch.path().join("index"));
            let case = Case::prepare(kind, seed, &template, &models)?;
            let Some(change) = &case.change else { continue };
            let points = {
                begin(&template, &root, &case)?;
                let counting = Plan::count().below(&root).arm();
                change.make(&root, &models)?;
                counting.points()
            };
            for (number, point) in points.iter().enumerate() {
                let nth = points[..=number].iter().filter(|other| *other == point).count() as u64;
                names.insert(point.clone());
                for failure in ["abort", "EIO", "ENOSPC"] {
                    begin(&template, &root, &case)?;
                    let done = match failure {
                        "abort" => abort(settings, &root, seed, kind, point, nth)?,
                        _ => {
                            let errno = if failure == "EIO" { 5 } else { 28 };
                            let _armed = Plan::point(point, nth, Failure::Errno(errno)).below(&root).arm();
                            change.make(&root, &models).is_ok()
                        }
                    };
                    report.runs += 1;
                    if let Err(trouble) = caught(|| case.settle(&root, &models, done, seed)) {
                        report
                            .fault(format!("{}: {failure} at \"{point}\" ({nth}), seed {seed}: {trouble}", case.kind));
                    }
                }
            }
        }
    }
    report.note = format!("{} points", names.len());
    Ok(report)
}

pub(super) fn begin(template: &Path, root: &Path, case: &Case) -> anyhow::Result<()> {
    folder::clear(root)?;
    if case.before.is_some() {
        folder::copy(template, root)?;
    }
    Ok(())
}

/// Lets a process make the change and end at the point. Returns whether it reported success before.
fn abort(settings: &Settings, root: &Path, seed: u64, kind: usize, point: &str, nth: u64) -> anyhow::Result<bool> {
    let status = Command::new("sh")
        // No core dump of a process that ends on purpose.
        .args(["-c", "ulimit -c 0; exec \"$@\"", "sh"])
        .arg(&settings.program)
        .args(["worker", "abort"])
        .arg(root)
        .args([seed.to_string(), kind.to_string(), point.to_owned(), nth.to_string()])
        .stderr(Stdio::null())
        .status()?;
    anyhow::ensure!(!status.success(), "the process passed \"{point}\" ({nth}) and did not end there");
    anyhow::ensure!(status.code().is_none(), "the process ended before \"{point}\" ({nth}): {status}");
    Ok(false)
}

/// The process that ends at a point.
///
/// # Errors
/// If the change cannot be tried.
pub fn worker(root: &Path, seed: u64, kind: usize, point: &str, nth: u64) -> anyhow::Result<()> {
    let models = Models::new();
    // The same case is made again in another folder, to get its change.
    let elsewhere = tempfile::tempdir_in(root.parent().unwrap_or(root))?;
    let case = Case::prepare(kind, seed, &elsewhere.path().join("template"), &models)?;
    drop(elsewhere);
    let _armed = Plan::point(point, nth, Failure::Abort).below(root).arm();
    if let Some(change) = &case.change {
        change.make(root, &models)?;
    }
    Ok(())
}
