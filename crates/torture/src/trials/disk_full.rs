//! The disk has less space than a change needs: the change fails and says that the disk is full, the collection is
//! unchanged, and the space is freed.

use std::io::ErrorKind;

use semsearch_disk::fault::Plan;

use super::points::begin;
use crate::case::Case;
use crate::change::Change;
use crate::encoder::Models;
use crate::examine::{Trouble, caught, io_error, which};
use crate::folder;
use crate::report::Report;
use crate::settings::Settings;

/// Tries as many sizes of the disk as `settings` says, for each kind of change.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("disk-full", settings.seed);
    let models = Models::new();
    let mut needs = Vec::new();
    for kind in 0..Case::KINDS.len() - 1 {
        let scratch = settings.scratch()?;
        let (template, root) = (scratch.path().join("template"), scratch.path().join("index"));
        let case = Case::prepare(kind, settings.seed, &template, &models)?;
        let Some(change) = &case.change else { continue };
        let need = {
            begin(&template, &root, &case)?;
            let counting = Plan::count().below(&root).arm();
            change.make(&root, &models)?;
            counting.written()
        };
        needs.push(format!("{} {need}", case.kind));
        for part in 0..settings.amount {
            let room = need * part / settings.amount;
            report.runs += 1;
            let trial = || {
                begin(&template, &root, &case)?;
                let before = folder::bytes(&root)?;
                let armed = Plan::budget(room).below(&root).arm();
                let outcome = change.make(&root, &models);
                drop(armed);
                let Err(error) = outcome else {
                    return Err(Trouble::Wrong("it succeeded without the room it takes".to_owned()));
                };
                if io_error(&error).is_none_or(|cause| cause.kind() != ErrorKind::StorageFull) {
                    return Err(Trouble::Wrong(format!("the error does not say that the disk is full: {error:#}")));
                }
                which(&root, &models, &[case.before.as_ref()])?;
                // Embedded vectors are kept on purpose, for the next run.
                let kept = folder::bytes(&root.join("checkpoint"))?;
                let left = folder::bytes(&root)?.saturating_sub(kept);
                // Once the new model has embedded everything, its vectors are in a generation and stay there.
                let halfway = matches!(change, Change::Switch(_)) && folder::litter(&root)?.is_empty();
                if left > before && !halfway {
                    return Err(Trouble::Wrong(format!("{left} bytes are there, {before} were before")));
                }
                case.settle(&root, &models, false, settings.seed)
            };
            if let Err(trouble) = caught(trial) {
                report.fault(format!("{}: room for {room} of {need} bytes: {trouble}", case.kind));
            }
        }
    }
    report.note = format!("bytes written: {}", needs.join(", "));
    Ok(report)
}
