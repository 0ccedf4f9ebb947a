//! Cut over to another model, go back, and drop the vectors of other models.
//!
//! All vectors are stored already, so each of these writes a manifest and replaces the pointer to it. That takes a
//! moment, and readers go on with the generation they have opened.

use std::path::Path;

use semsearch_store::layout::CHECKPOINT;
use semsearch_store::{Collection, CollectionError, Manifest, ModelRecord, Writer};

use super::coverage::{deletes_of, is_complete, missing};
use super::error::SwitchError;
use super::pending::{Pending, SwitchLock};

/// The models beside the active one and the one that was active right before: those that were prepared, and those that were
/// active earlier.
#[must_use]
pub fn prepared(manifest: &Manifest) -> Vec<&ModelRecord> {
    let is_new = |model: &&ModelRecord| {
        model.fingerprint != manifest.active && Some(&model.fingerprint) != manifest.previous.as_ref()
    };
    manifest.models.iter().filter(is_new).collect()
}

/// The model that was active before; `None` if there was none.
#[must_use]
pub fn previous(manifest: &Manifest) -> Option<&ModelRecord> {
    manifest.previous.as_ref().and_then(|fingerprint| manifest.model_of(fingerprint))
}

/// Makes the model that was prepared the active one. Vectors of all other models are kept: they cost much, and nobody said
/// that they are not wanted any more. [`forget`] and [`forget_one`] drop them.
///
/// # Errors
/// [`SwitchError::NoOther`] if no model was prepared, [`SwitchError::Several`] if several were, [`SwitchError::Incomplete`] if papers came since that it has not
/// embedded. Nothing is changed then.
pub fn commit(root: &Path) -> Result<Manifest, SwitchError> {
    activate(root, |manifest| match prepared(manifest)[..] {
        [] => Err(no_other(manifest)),
        [one] => Ok(one),
        ref several => Err(SwitchError::Several {
            models: several.iter().copied().cloned().collect(),
            active: Box::new(manifest.model().clone()),
        }),
    })
}

/// Makes the model of this fingerprint the active one, as [`commit`] does. It may have been active before.
///
/// # Errors
/// As [`commit`]; [`SwitchError::Active`] if the model is active already.
pub fn commit_to(root: &Path, fingerprint: &str) -> Result<Manifest, SwitchError> {
    activate(root, |manifest| match manifest.model_of(fingerprint) {
        Some(model) if model.fingerprint == manifest.active => {
            Err(SwitchError::Active { model: model.name().to_owned() })
        }
        Some(model) => Ok(model),
        None => Err(no_other(manifest)),
    })
}

fn no_other(manifest: &Manifest) -> SwitchError {
    SwitchError::NoOther { previous: previous(manifest).map(|model| model.name().to_owned()) }
}

/// Makes the model active again that was active before.
///
/// # Errors
/// [`SwitchError::NoPrevious`] if no model was, [`SwitchError::Incomplete`] if papers came since that it has not
/// embedded. Nothing is changed then.
pub fn rollback(root: &Path) -> Result<Manifest, SwitchError> {
    activate(root, |manifest| {
        let active = manifest.model().name().to_owned();
        previous(manifest).ok_or(SwitchError::NoPrevious { active })
    })
}

fn activate(
    root: &Path,
    choose: impl Fn(&Manifest) -> Result<&ModelRecord, SwitchError>,
) -> Result<Manifest, SwitchError> {
    let (writer, collection, _lock) = begin(root)?;
    let chosen = choose(collection.manifest())?.clone();
    let name = chosen.name().to_owned();
    if !is_complete(&collection, &chosen.fingerprint) {
        let missing = missing(&collection, &chosen.fingerprint);
        return Err(SwitchError::Incomplete { model: name, missing, of: collection.len() as u64 });
    }
    let before = collection.manifest();
    let mut manifest = before.next(format!("switched from {} to {name}", before.model().name()));
    manifest.previous = Some(std::mem::replace(&mut manifest.active, chosen.fingerprint));
    let manifest = write(writer, collection, manifest)?;
    // The run that prepared the model has removed the record, unless it was killed right before.
    let is_done = |pending: Pending| pending.model.fingerprint == manifest.active;
    if Pending::read(root).is_ok_and(|pending| pending.is_some_and(is_done)) {
        let _ = Pending::remove(root);
    }
    Ok(manifest)
}

/// Drops the vectors of every model but the active one, and the vectors of a switch that is under way. Returns whether
/// there were any.
///
/// # Errors
/// [`SwitchError`]; the next call then drops what is left.
pub fn forget(root: &Path) -> Result<(Manifest, bool), SwitchError> {
    let (writer, collection, _lock) = begin(root)?;
    let pending = match Pending::read(root) {
        // A damaged record can still be dropped.
        Err(CollectionError::Damaged { .. }) => None,
        outcome => outcome?,
    };
    if let Some(pending) = &pending {
        // The name of the file follows from the model.
        crate::ingest::discard_checkpoint(&root.join(CHECKPOINT), &pending.model.fingerprint)?;
    }
    Pending::remove(root)?;
    let before = collection.manifest();
    if before.models.len() == 1 && before.previous.is_none() {
        return Ok((before.clone(), pending.is_some()));
    }
    let mut manifest = before.next("vectors of other models dropped".to_owned());
    manifest.previous = None;
    let active = [manifest.active.clone()];
    keep(&mut manifest, &active);
    Ok((write(writer, collection, manifest)?, true))
}

/// Drops the vectors of one model that is not active, or of the switch to it that is under way. Returns whether there were
/// any.
///
/// # Errors
/// [`SwitchError::Active`] if the model is active; otherwise as [`forget`].
pub fn forget_one(root: &Path, fingerprint: &str) -> Result<(Manifest, bool), SwitchError> {
    let (writer, collection, _lock) = begin(root)?;
    let before = collection.manifest();
    if before.active == fingerprint {
        return Err(SwitchError::Active { model: before.model().name().to_owned() });
    }
    let is_pending = Pending::read(root)?.is_some_and(|pending| pending.model.fingerprint == fingerprint);
    if is_pending {
        crate::ingest::discard_checkpoint(&root.join(CHECKPOINT), fingerprint)?;
        Pending::remove(root)?;
    }
    let Some(model) = before.model_of(fingerprint) else { return Ok((before.clone(), is_pending)) };
    let mut manifest = before.next(format!("vectors of {} dropped", model.name()));
    manifest.previous = manifest.previous.filter(|previous| previous != fingerprint);
    let fingerprints = before.models.iter().map(|model| model.fingerprint.clone());
    let kept: Vec<String> = fingerprints.filter(|held| held != fingerprint).collect();
    keep(&mut manifest, &kept);
    Ok((write(writer, collection, manifest)?, true))
}

/// Keeps the models of these fingerprints, and their vectors; drops all others.
fn keep(manifest: &mut Manifest, kept: &[String]) {
    let Manifest { models, segments, .. } = manifest;
    let is_kept = |fingerprint: &String| kept.contains(fingerprint);
    models.retain(|model| is_kept(&model.fingerprint));
    segments.iter_mut().for_each(|segment| segment.vectors.retain(|vectors| is_kept(&vectors.fingerprint)));
}

fn begin(root: &Path) -> Result<(Writer, Collection, SwitchLock), SwitchError> {
    Collection::expect_folder(root)?;
    let lock = SwitchLock::take(root)?;
    let (writer, collection) = Writer::begin(root)?;
    let collection = collection.ok_or_else(|| CollectionError::Missing { path: root.to_owned() })?;
    Ok((writer, collection, lock))
}

fn write(writer: Writer, collection: Collection, manifest: Manifest) -> Result<Manifest, SwitchError> {
    let removed = deletes_of(&collection);
    Ok(writer.commit(Some(collection), manifest, &removed, true)?)
}
