//! Fits a bridge while a switch is under way, on what both models have embedded by then.

use std::path::Path;

use semsearch_embed::{Encoder, Fingerprint, TextKind};
use semsearch_index::{OpenError, RowId};
use semsearch_store::{ChangeError, Collection, CollectionError, Segment};
use semsearch_vector::{Matrix, normalise};

use super::bridge::{Bridge, BridgeError, LEAST_DOCUMENTS};
use super::coverage::Entry;
use super::error::SwitchError;
use super::pairs::{Pairs, Questions};
use super::pending::{read_bridge, write_bridge};
use crate::ingest::Checkpoint;

/// A bridge is fitted on no more documents: what another 3,000 brought from 2,000 on was one to three hundredths of
/// agreement, and vectors of both models are in memory for it.
const MOST_FITTED: usize = 8 * LEAST_DOCUMENTS;
/// Titles that a bridge is measured with.
const QUESTIONS: usize = 300;

/// Fits the bridge from `new` to `old` on `embedded`, which both have embedded, and keeps it, unless there is one that was
/// fitted on as much. If none can be had, or `old` is not the model that the collection answers with, there is none.
pub(super) fn fit_bridge(
    root: &Path,
    collection: &Collection,
    [new, old]: [&dyn Encoder; 2],
    embedded: &[Entry],
    checkpoint: &mut Checkpoint,
) -> Result<(), SwitchError> {
    let active = &collection.manifest().active;
    let fingerprint = new.fingerprint().as_str();
    let sample = &embedded[..embedded.len().min(MOST_FITTED)];
    if old.fingerprint().space() != Fingerprint::space_of(active) {
        return Ok(());
    }
    match read_bridge(root, fingerprint, active) {
        Ok(Some(bridge)) if bridge.documents() >= sample.len() => return Ok(()),
        // A damaged one is replaced.
        Ok(_) | Err(CollectionError::Damaged { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let mut by_new = Matrix::with_capacity(sample.len(), new.dimension());
    let mut by_old = Matrix::with_capacity(sample.len(), old.dimension());
    let (mut new_row, mut old_row) = (vec![0.0; new.dimension()], vec![0.0; old.dimension()]);
    let (mut titles, mut own) = (Vec::new(), Vec::new());
    for (number, entry) in sample.iter().enumerate() {
        let (segment, row) = collection.locate(entry.row);
        match checkpoint.find(entry.key) {
            Some(slot) => {
                checkpoint.read(slot, &mut new_row)?;
            }
            None => copy_stored(segment, fingerprint, row, &mut new_row)?,
        }
        copy_stored(segment, active, row, &mut old_row)?;
        normalise(&mut new_row);
        by_new.push(&new_row);
        by_old.push(&old_row);
        if titles.len() < QUESTIONS {
            let title = collection.document(entry.row).map_err(CollectionError::from)?.title;
            if !title.trim().is_empty() {
                titles.push(title);
                own.push(Some(number));
            }
        }
    }
    let (asked_new, asked_old) = (encode_questions(new, &titles)?, encode_questions(old, &titles)?);
    let fitted = Pairs::new(&by_new, &by_old).and_then(|documents| {
        let questions = Questions::new(Pairs::new(&asked_new, &asked_old)?, &own)?;
        Bridge::fit(new.fingerprint(), old.fingerprint(), documents, questions)
    });
    match fitted {
        Ok(bridge) => Ok(write_bridge(root, &bridge)?),
        // There is none to be had; the switch goes on without.
        Err(
            BridgeError::TooFew { .. }
            | BridgeError::NoQuestions { .. }
            | BridgeError::Undetermined
            | BridgeError::SameModel { .. }
            | BridgeError::NotFinite,
        ) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Vectors of questions, of length 1.
pub(super) fn encode_questions(encoder: &dyn Encoder, questions: &[String]) -> Result<Matrix, SwitchError> {
    let texts: Vec<&str> = questions.iter().map(String::as_str).collect();
    let mut vectors = encoder.encode(&texts, TextKind::Query)?.vectors;
    (0..vectors.rows()).for_each(|row| normalise(vectors.row_mut(row)));
    Ok(vectors)
}

/// Copies the vector of a row of a segment that has vectors of the model.
fn copy_stored(segment: &Segment, fingerprint: &str, row: RowId, out: &mut [f32]) -> Result<(), SwitchError> {
    let Some(vectors) = segment.vectors_of(fingerprint) else {
        return Err(ChangeError::NoVectors { segment: segment.record().name.clone() }.into());
    };
    let copied = vectors.index().vectors().copy_row(row, out);
    Ok(copied.map_err(|damage| CollectionError::from(OpenError::Damaged(damage)))?)
}
