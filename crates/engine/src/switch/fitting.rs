//! Fits an alignment while a switch is under way, on the documents that both models have embedded by then.

use std::path::Path;

use semsearch_embed::{Encoder, Fingerprint, TextKind};
use semsearch_index::{OpenError, RowId};
use semsearch_store::{ChangeError, Collection, CollectionError, Segment};
use semsearch_vector::{Matrix, normalise};

use super::coverage::Entry;
use super::error::SwitchError;
use crate::align::{Alignment, AlignmentError, LEAST_DOCUMENTS, Pairs, Queries, read_alignment, write_alignment};
use crate::ingest::Checkpoint;

/// The most documents that an alignment is fitted on: from 2,000 documents on, another 3,000 brought an overlap@10
/// higher by one to three hundredths, and vectors of both models are in memory for it.
const MOST_FITTED: usize = 8 * LEAST_DOCUMENTS;
/// The most titles that an alignment is measured with.
const QUERIES: usize = 300;

/// Fits the alignment from `new` to `old` on `embedded`, documents that both have embedded, and stores it, unless the
/// stored one was fitted on as many documents. Does nothing if the models cannot be aligned, or `old` is not the active
/// model.
pub(super) fn fit_alignment(
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
    match read_alignment(root, fingerprint, active) {
        Ok(Some(alignment)) if alignment.documents() >= sample.len() => return Ok(()),
        // A damaged alignment is replaced.
        Ok(_) | Err(CollectionError::Damaged { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let mut by_new = Matrix::with_capacity(sample.len(), new.dimension());
    let mut by_old = Matrix::with_capacity(sample.len(), old.dimension());
    let (mut new_row, mut old_row) = (vec![0.0; new.dimension()], vec![0.0; old.dimension()]);
    let (mut titles, mut own) = (Vec::new(), Vec::new());
    for (number, entry) in sample.iter().enumerate() {
        let (segment, row) = collection.locate(entry.id).map_err(CollectionError::from)?;
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
        if titles.len() < QUERIES {
            let title = collection.document(entry.id).map_err(CollectionError::from)?.title;
            if !title.trim().is_empty() {
                titles.push(title);
                own.push(Some(number));
            }
        }
    }
    let (asked_new, asked_old) = (encode_queries(new, &titles)?, encode_queries(old, &titles)?);
    let fitted = Pairs::new(&by_new, &by_old).and_then(|documents| {
        let queries = Queries::new(Pairs::new(&asked_new, &asked_old)?, &own)?;
        Alignment::fit(new.fingerprint(), old.fingerprint(), documents, queries)
    });
    match fitted {
        Ok(alignment) => Ok(write_alignment(root, &alignment)?),
        // The models cannot be aligned yet; the switch goes on without.
        Err(
            AlignmentError::TooFew { .. }
            | AlignmentError::TooFewQueries { .. }
            | AlignmentError::Undetermined
            | AlignmentError::SameModel { .. }
            | AlignmentError::NotFinite,
        ) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Encodes queries; the vectors have length 1.
pub(super) fn encode_queries(encoder: &dyn Encoder, queries: &[String]) -> Result<Matrix, SwitchError> {
    let texts: Vec<&str> = queries.iter().map(String::as_str).collect();
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
