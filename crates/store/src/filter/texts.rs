//! The texts of a document that have no column: title, abstract, id and DOI are read from the documents themselves.

use std::borrow::Cow;

use rayon::prelude::*;
use semsearch_index::{RowId, RowSet};
use serde::Deserialize;

use crate::columns::DocumentField;
use crate::doc_store::{DocumentError, StoreReader};

/// Rows that one thread reads at a time.
const CHUNK: usize = 1024;

/// The texts of a document. The rest of its record is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DocumentTexts<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    title: Cow<'a, str>,
    #[serde(borrow)]
    r#abstract: Cow<'a, str>,
    #[serde(borrow)]
    doi: Option<Cow<'a, str>>,
}

impl DocumentTexts<'_> {
    /// The text of a field as it is written; empty if there is none.
    pub(super) fn get(&self, field: DocumentField) -> &str {
        match field {
            DocumentField::Title => &self.title,
            DocumentField::Abstract => &self.r#abstract,
            DocumentField::Id => &self.id,
            DocumentField::Doi => self.doi.as_deref().unwrap_or_default(),
        }
    }
}

/// Decides by the texts of a document.
pub(super) type Keep<'a> = dyn Fn(RowId, &DocumentTexts<'_>) -> bool + Sync + 'a;

/// Documents by row.
pub(super) trait Documents {
    /// Those of `rows` for which `keep` is true.
    fn matching(&self, rows: &RowSet, keep: &Keep<'_>) -> Result<RowSet, DocumentError>;
}

/// Reads each block of documents once, on all threads.
impl Documents for StoreReader {
    fn matching(&self, rows: &RowSet, keep: &Keep<'_>) -> Result<RowSet, DocumentError> {
        let wanted: Vec<RowId> = rows.iter().collect();
        let of_chunk = |chunk: &[RowId]| -> Result<Vec<RowId>, DocumentError> {
            let mut kept = Vec::new();
            self.for_each(chunk.iter().copied(), |row, record| -> Result<(), DocumentError> {
                let texts = serde_json::from_slice(record.json).map_err(|error| self.no_document(row, &error))?;
                if keep(row, &texts) {
                    kept.push(row);
                }
                Ok(())
            })?;
            Ok(kept)
        };
        let kept: Vec<Vec<RowId>> = wanted.par_chunks(CHUNK).map(of_chunk).collect::<Result<_, _>>()?;
        let mut set = RowSet::empty(rows.rows());
        kept.into_iter().flatten().for_each(|row| set.insert(row));
        Ok(set)
    }
}

/// Documents in memory, for tests.
#[cfg(test)]
impl Documents for &[semsearch_corpus::Document] {
    fn matching(&self, rows: &RowSet, keep: &Keep<'_>) -> Result<RowSet, DocumentError> {
        let texts = |row: RowId| {
            let document = &self[row.index()];
            DocumentTexts {
                id: (&document.id).into(),
                title: (&document.title).into(),
                r#abstract: (&document.r#abstract).into(),
                doi: document.doi.as_deref().map(Cow::Borrowed),
            }
        };
        Ok(RowSet::filled(rows.rows(), |row| rows.contains(row) && keep(row, &texts(row))))
    }
}
