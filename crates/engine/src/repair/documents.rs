//! Stored documents from JSON.

use semsearch_corpus::Document;
use semsearch_store::CollectionError;

/// Parses a stored document.
pub(super) fn parse(json: &[u8]) -> Result<Document, CollectionError> {
    serde_json::from_slice(json).map_err(|error| CollectionError::Document { problem: error.to_string() })
}
