//! A picture of a collection: papers that say similar things lie near each other, and regions have names.
//!
//! ```text
//! Collection ──near──▶ neighbours ──semsearch_map──▶ places, regions ──names──▶ Map, kept beside the generation
//! ```
//!
//! | file | holds |
//! | --- | --- |
//! | `error` | why a map was not made |
//! | `near` | the nearest papers of each paper, and where papers are placed at first |
//! | `names` | what tells a region from the others |
//!
//! Cost: for 60,000 papers on two cores less than half a minute, once for each generation; a kept map is read in a few
//! milliseconds.

mod error;
mod names;
mod near;

use semsearch_map::{arrange, framed, regions};
use semsearch_store::{Collection, CollectionError, DocId, Map, MapRegion, SegmentedIndex};
use semsearch_task::Progress;

pub use error::MapError;

/// A map, and how one came by it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mapped {
    /// The map.
    pub map: Map,
    /// Whether it was made now; `false` if it was kept from before.
    pub is_new: bool,
    /// What was wrong with the kept map, so that it was made again.
    pub damage: Option<String>,
    /// Why the new map is not kept for the next time.
    pub unkept: Option<String>,
}

/// The map of a collection: the kept one, or a new one, which is kept if the collection can be written. The same collection has
/// the same map, on however many threads; those of the current rayon pool make it.
///
/// # Errors
/// [`MapError`] if the collection is damaged, or the caller stops the work.
pub fn map(collection: &Collection, progress: &dyn Progress) -> Result<Mapped, MapError> {
    let damage = match collection.kept_map() {
        Ok(Some(map)) => return Ok(Mapped { map, is_new: false, damage: None, unkept: None }),
        Ok(None) => None,
        Err(error) => Some(error.to_string()),
    };
    let map = made(collection, progress)?;
    let unkept = collection.keep_map(&map).err().map(|error| with_cause(&error));
    Ok(Mapped { map, is_new: true, damage, unkept })
}

fn made(collection: &Collection, progress: &dyn Progress) -> Result<Map, MapError> {
    let index = SegmentedIndex::of(collection, &collection.manifest().active)?;
    let papers: Vec<DocId> = collection.doc_ids().collect();
    let neighbours = near::neighbours(&index, &papers, progress)?;
    let first = near::first_places(&index, &papers)?;
    let places = framed(&arrange(&neighbours, &first, progress)?);
    let found = regions(&places);
    let names = names::names(collection, &papers, &found, progress)?;
    let named = found.regions.iter().zip(names);
    let regions =
        named.map(|(region, terms)| MapRegion::new(terms, region.middle, region.rows, region.parent)).collect();
    Ok(Map::new(places, found.of_rows, regions))
}

fn with_cause(error: &CollectionError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
