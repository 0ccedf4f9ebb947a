//! The sources of a collection: the files and folders that its documents came from.
//!
//! A document names each of them in its places, as a file (`library.bib`) or as a file within a folder (`notes/tides.md`). A
//! folder is one source.

use std::collections::BTreeSet;

use crate::collection::Collection;
use crate::columns::TextField;
use crate::doc_id::DocId;
use crate::error::CollectionError;
use crate::facets::{FacetField, Facets};
use crate::filter::Filter;

impl Collection {
    /// The sources and how many documents came from each, those with most documents first.
    ///
    /// # Errors
    /// If the columns of a segment are damaged.
    pub fn sources(&self) -> Result<Vec<(String, u64)>, CollectionError> {
        let (mut sources, mut folders) = (Vec::new(), BTreeSet::new());
        for (name, documents) in self.source_files()? {
            match name.split_once('/') {
                Some((folder, _)) => _ = folders.insert(folder.to_owned()),
                None => sources.push((name, documents)),
            }
        }
        for folder in folders {
            let documents = self.doc_ids_of_source(&folder)?.len() as u64;
            // A file of that name is part of the same source.
            sources.retain(|(name, _)| *name != folder);
            sources.push((folder, documents));
        }
        sources.sort_unstable_by(|(one, n), (other, m)| m.cmp(n).then_with(|| one.cmp(other)));
        Ok(sources)
    }

    /// The documents that come from a source and are not deleted, in order. Case and accents of its name do not count.
    ///
    /// # Errors
    /// If the columns of a segment are damaged.
    pub fn doc_ids_of_source(&self, source: &str) -> Result<Vec<DocId>, CollectionError> {
        self.doc_ids_where(&Filter::text_is(TextField::Source, &[source.to_owned()]))
    }

    /// The files that documents came from, those within folders by their paths, each with the number of its documents.
    ///
    /// # Errors
    /// If the columns of a segment are damaged.
    pub fn source_files(&self) -> Result<Vec<(String, u64)>, CollectionError> {
        let mut facets = Facets::new(FacetField::Text(TextField::Source));
        self.count(&self.passing(&Filter::default())?, &mut facets)?;
        Ok(facets.counts())
    }
}
