//! Which model answers: cut over, go back, and drop the vectors of a model that is not wanted.
//!
//! All vectors lie there already, so each of these writes a manifest and replaces the pointer to it: it takes a moment,
//! and whoever reads goes on with what they have opened.

use std::path::Path;

use semsearch_store::layout::CHECKPOINT;
use semsearch_store::{Collection, CollectionError, Manifest, ModelRecord, Writer};

use super::coverage::{is_complete, missing};
use super::error::SwitchError;
use super::pending::{Pending, SwitchLock};
use super::prepare::removed_rows;

/// The model that was embedded beside the active one and has never answered, if there is one.
#[must_use]
pub fn prepared(manifest: &Manifest) -> Option<&ModelRecord> {
    let is_new = |model: &&ModelRecord| {
        model.fingerprint != manifest.active && Some(&model.fingerprint) != manifest.previous.as_ref()
    };
    manifest.models.iter().find(is_new)
}

/// The model that was active before.
#[must_use]
pub fn previous(manifest: &Manifest) -> Option<&ModelRecord> {
    manifest.previous.as_ref().and_then(|fingerprint| manifest.model_of(fingerprint))
}

/// From now on questions are put to the model that was prepared; the vectors of the one that was active until now are kept,
/// those of others are not.
///
/// # Errors
/// [`SwitchError::NoOther`] if none was prepared, [`SwitchError::Incomplete`] if papers came since that it has not
/// embedded. Nothing is changed then.
pub fn commit(root: &Path) -> Result<Manifest, SwitchError> {
    activate(root, |manifest| prepared(manifest).ok_or_else(|| no_other(manifest)))
}

/// As [`commit`], to the model of this fingerprint, which may have been active before.
///
/// # Errors
/// As [`commit`]; [`SwitchError::Active`] if it answers already.
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

/// Puts questions to the model again that was active before.
///
/// # Errors
/// [`SwitchError::NoPrevious`] if there was none, [`SwitchError::Incomplete`] if papers came since that it has not embedded.
/// Nothing is changed then.
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
    keep(&mut manifest);
    let manifest = write(writer, collection, manifest)?;
    // Whoever prepared it has removed it, unless it was killed right before.
    let is_done = |pending: Pending| pending.model.fingerprint == manifest.active;
    if Pending::read(root).is_ok_and(|pending| pending.is_some_and(is_done)) {
        let _ = Pending::remove(root);
    }
    Ok(manifest)
}

/// Drops the vectors of every model but the active one, and what a switch that is under way has made. Tells whether there
/// was anything.
///
/// # Errors
/// [`SwitchError`]; what is left is then dropped the next time.
pub fn forget(root: &Path) -> Result<(Manifest, bool), SwitchError> {
    let (writer, collection, _lock) = begin(root)?;
    let pending = match Pending::read(root) {
        // What cannot be read can still be dropped.
        Err(CollectionError::Damaged { .. }) => None,
        outcome => outcome?,
    };
    if let Some(pending) = &pending {
        // Where the file is, only its model's checkpoint knows.
        crate::ingest::discard_checkpoint(&root.join(CHECKPOINT), &pending.model.fingerprint)?;
    }
    Pending::remove(root)?;
    let before = collection.manifest();
    if before.models.len() == 1 && before.previous.is_none() {
        return Ok((before.clone(), pending.is_some()));
    }
    let mut manifest = before.next("vectors of other models dropped".to_owned());
    manifest.previous = None;
    keep(&mut manifest);
    Ok((write(writer, collection, manifest)?, true))
}

/// Leaves the active model, the one before it, and their vectors.
fn keep(manifest: &mut Manifest) {
    let Manifest { models, segments, active, previous, .. } = manifest;
    let is_kept = |fingerprint: &String| fingerprint == active || Some(fingerprint) == previous.as_ref();
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
    let removed = removed_rows(&collection);
    Ok(writer.commit(Some(collection), manifest, &removed, true)?)
}
