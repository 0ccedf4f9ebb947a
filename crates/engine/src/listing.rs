//! The papers of a collection that pass a filter, in an order, without a question.
//!
//! Cost: in the order of the collection, one block of papers at a time; in another order, what papers are sorted by is kept
//! for each of them, and each is read twice.

use semsearch_corpus::Document;
use semsearch_index::RowSet;
use semsearch_store::{Collection, CollectionError, DocId, DocumentError, Filter};

use crate::search::{Order, OrderKey};

/// Which papers are listed, and how.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Listing {
    /// Only papers that pass.
    pub filter: Filter,
    /// The order; `None` is that of the collection, in which papers came into it.
    pub order: Option<Order>,
    /// At most so many papers; `None` is all.
    pub limit: Option<usize>,
}

impl Listing {
    /// All papers that pass a filter.
    #[must_use]
    pub fn of(filter: Filter) -> Self {
        Listing { filter, ..Listing::default() }
    }

    /// Sets the order.
    #[must_use]
    pub fn with_order(mut self, order: Option<Order>) -> Self {
        self.order = order;
        self
    }

    /// Sets the greatest number of papers.
    #[must_use]
    pub fn with_limit(mut self, limit: Option<usize>) -> Self {
        self.limit = limit;
        self
    }
}

/// Hands the papers of a listing to `each`, one by one, and returns how many pass the filter. `each` may stop the listing with
/// an error of its own.
///
/// # Errors
/// What is wrong with the collection, or what `each` returns.
pub fn list<E: From<CollectionError> + From<DocumentError>>(
    collection: &Collection,
    listing: &Listing,
    mut each: impl FnMut(Document) -> Result<(), E>,
) -> Result<u64, E> {
    let rows = collection.passing(&listing.filter)?;
    let passing = rows.iter().map(|rows| rows.len() as u64).sum();
    let mut left = listing.limit.unwrap_or(usize::MAX);
    let Some(order) = listing.order else {
        for (segment, rows) in collection.segments().iter().zip(&rows) {
            segment.documents().for_each(rows.iter().take(left), |_, record| each(read(record.json)?))?;
            left -= left.min(rows.len());
        }
        return Ok(passing);
    };
    let mut keys = keys(collection, &rows, order)?;
    keys.sort();
    for (_, id) in keys.into_iter().take(left) {
        each(collection.document(id)?)?;
    }
    Ok(passing)
}

/// What each paper is sorted by; of equals, the first of the collection comes first.
fn keys(collection: &Collection, rows: &[RowSet], order: Order) -> Result<Vec<(OrderKey, DocId)>, CollectionError> {
    let mut keys = Vec::new();
    for (number, (segment, rows)) in collection.segments().iter().zip(rows).enumerate() {
        segment.documents().for_each(rows.iter(), |row, record| -> Result<(), CollectionError> {
            if let Some(id) = collection.doc_id(number, row) {
                keys.push((order.key(&read(record.json)?), id));
            }
            Ok(())
        })?;
    }
    Ok(keys)
}

fn read(json: &[u8]) -> Result<Document, CollectionError> {
    serde_json::from_slice(json).map_err(|error| CollectionError::Document { problem: error.to_string() })
}
