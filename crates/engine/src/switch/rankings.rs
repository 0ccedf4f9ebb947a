//! What two models of a collection find for the same questions.

use rayon::prelude::*;
use semsearch_embed::{Encoder, Fingerprint};
use semsearch_index::RowId;
use semsearch_store::{Collection, CollectionError, SegmentedIndex};

use super::compare::{Comparison, Described, Rankings, compare};
use super::coverage::entries;
use super::error::SwitchError;
use super::fitting::encode_questions;

/// Documents that are ranked for each question.
const DEPTH: usize = 100;

/// A question to compare two models with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub text: String,
    /// The document whose title it is, if it is one. It is left out of both rankings: any model finds a paper by its title.
    pub own: Option<RowId>,
}

/// The titles of `most` documents, spread over the collection by the hash of their passages.
///
/// # Errors
/// If documents cannot be read.
pub fn sampled_questions(collection: &Collection, most: usize) -> Result<Vec<Asked>, CollectionError> {
    let mut asked = Vec::new();
    for entry in entries(collection, &collection.manifest().active)? {
        if asked.len() == most {
            break;
        }
        let text = collection.document(entry.row)?.title;
        if !text.trim().is_empty() {
            asked.push(Asked { text, own: Some(entry.row) });
        }
    }
    Ok(asked)
}

/// Compares what the model of `old` and that of `new` find, both of which have embedded all of `collection`, by comparing
/// with every document. `examples` as [`compare`] has them. `None` without questions.
///
/// # Errors
/// [`CollectionError::Incomplete`] if one of the two has not embedded everything.
pub fn compare_models(
    collection: &Collection,
    old: &dyn Encoder,
    new: &dyn Encoder,
    asked: &[Asked],
    examples: usize,
) -> Result<Option<Comparison>, SwitchError> {
    let ranked = |encoder: &dyn Encoder| -> Result<Vec<Vec<RowId>>, SwitchError> {
        let index = SegmentedIndex::of(collection, fingerprint_of(collection, encoder)?)?;
        let texts: Vec<String> = asked.iter().map(|asked| asked.text.clone()).collect();
        let vectors = encode_questions(encoder, &texts)?;
        let rank = |(number, asked): (usize, &Asked)| {
            // One more, in place of the document itself.
            let hits = index.truth(vectors.row(number), DEPTH + 1)?;
            let others = hits.into_iter().map(|hit| hit.id).filter(|&row| Some(row) != asked.own);
            Ok(others.take(DEPTH).collect())
        };
        asked.par_iter().enumerate().map(rank).collect()
    };
    if asked.is_empty() {
        return Ok(None);
    }
    let (by_old, by_new) = (ranked(old)?, ranked(new)?);
    let rankings: Vec<Rankings<RowId>> = asked
        .iter()
        .zip(by_old.into_iter().zip(by_new))
        .map(|(asked, (old, new))| Rankings { query: asked.text.clone(), old, new })
        .collect();
    let describe = |row: RowId| -> Result<Described, SwitchError> {
        let document = collection.document(row).map_err(CollectionError::from)?;
        Ok(Described { id: document.id, title: document.title })
    };
    compare(&rankings, examples, describe)
}

/// The fingerprint under which the collection has the vectors that questions of this encoder can be compared with.
fn fingerprint_of<'a>(collection: &'a Collection, encoder: &dyn Encoder) -> Result<&'a str, CollectionError> {
    let space = encoder.fingerprint().space();
    let model = collection.manifest().models.iter().find(|model| Fingerprint::space_of(&model.fingerprint) == space);
    model.map(|model| &*model.fingerprint).ok_or_else(|| CollectionError::Incomplete {
        path: collection.root().to_owned(),
        segment: collection.segments().first().map_or_else(String::new, |segment| segment.record().name.clone()),
        fingerprint: encoder.fingerprint().to_string(),
    })
}
