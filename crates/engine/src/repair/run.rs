//! All steps of a repair in their order.

use std::path::Path;

use semsearch_store::check::{Findings, inspect};
use semsearch_store::{Collection, Manifest, Writer, layout};
use semsearch_task::{Progress, Stage};

use super::base::{self, Base};
use super::error::RepairError;
use super::job::{EncoderOf, Job};
use super::outcome::Repaired;
use super::plan::Plan;

/// Repairs the collection in `root`. `encoder_of` is called only if vectors or tokens have to be made again.
///
/// # Errors
/// [`RepairError`]; the collection is then what it was.
pub fn repair(root: &Path, encoder_of: &EncoderOf<'_>, progress: &dyn Progress) -> Result<Repaired, RepairError> {
    Collection::expect_folder(root)?;
    run(Job::new(root, Some(Writer::lock(root)?), encoder_of, progress))
}

/// Finds out what [`repair`] would do, and writes nothing.
///
/// # Errors
/// As [`repair`].
pub fn would_repair(root: &Path, progress: &dyn Progress) -> Result<Repaired, RepairError> {
    Collection::expect_folder(root)?;
    run(Job::new(root, None, &|_| Err("a dry run loads no model".into()), progress))
}

fn run(mut job: Job<'_>) -> Result<Repaired, RepairError> {
    match base::find(job.root, &mut job.actions)? {
        Base::Generation { manifest } => job.generation(&manifest),
        Base::Version1(old) => job.rewrite(&old),
    }
}

impl Job<'_> {
    /// Repairs what a generation consists of.
    fn generation(mut self, base: &Manifest) -> Result<Repaired, RepairError> {
        let folder = layout::generation(self.root, base.generation);
        let mut findings = Findings::default();
        self.progress.begin(Stage::Verify, base.segments.iter().map(|segment| segment.rows as usize).sum());
        let mut inspected = Vec::with_capacity(base.segments.len());
        for segment in &base.segments {
            inspected.push(inspect(self.root, &folder, base, segment, &mut findings, self.progress));
        }
        if let Some(unreadable) = findings.unreadable.into_iter().next() {
            return Err(RepairError::Unreadable(unreadable));
        }
        let deletes = self.resolve_deletes(base, &inspected)?;
        let dropped = self.models_to_drop(base, &inspected);
        let mut plans = Vec::with_capacity(inspected.len());
        for ((record, inspected), deletes) in base.segments.iter().zip(&inspected).zip(deletes) {
            plans.push(self.plan(base, record, inspected, deletes, &dropped)?);
        }
        let documents = plans.iter().map(Plan::documents).sum();
        if documents == 0 && base.documents() > 0 {
            return Err(RepairError::Hopeless { path: self.root.to_owned() });
        }
        if self.actions.is_empty() || self.is_dry_run {
            return self.tidy(None, documents);
        }

        let mut manifest = base.next("repair".to_owned());
        manifest.models.retain(|model| !dropped.contains(&model.fingerprint));
        manifest.previous = manifest.previous.filter(|previous| !dropped.contains(previous));
        let (mut records, mut deletes) = (Vec::new(), Vec::new());
        for ((record, inspected), plan) in base.segments.iter().zip(&inspected).zip(&plans) {
            if plan.documents() == 0 {
                continue;
            }
            let record = self.carry_out(base, record, inspected, plan)?;
            if plan.rows_stay {
                deletes.push((record.name.clone(), plan.deletes.clone()));
            }
            records.push(record);
        }
        manifest.segments = records;
        self.commit(manifest, &deletes)
    }
}
