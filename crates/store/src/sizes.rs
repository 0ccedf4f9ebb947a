//! The sizes of the files of a collection.

use crate::collection::Collection;

/// The bytes of a collection's files, by purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CollectionSizes {
    /// The number of vectors by the active model, those of deleted documents included.
    pub rows: u64,
    /// Document stores: compressed documents and lookup tables.
    pub documents: u64,
    /// Columns.
    pub fields: u64,
    /// Words, for lexical search.
    pub words: u64,
    /// Vectors of the active model, as stored in full.
    pub vectors: u64,
    /// The rest of the index files: links and codes.
    pub graph: u64,
    /// The part of the index files that graph search reads, and that should fit in memory.
    pub hot: u64,
    /// Vectors, links and codes of other models.
    pub other_models: u64,
    /// Deletes, token counts, the manifest.
    pub rest: u64,
}

impl CollectionSizes {
    /// All files together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.documents + self.fields + self.words + self.vectors + self.graph + self.other_models + self.rest
    }

    /// Bytes of the index for each vector; 0 without vectors.
    #[must_use]
    pub fn bytes_per_vector(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { (self.vectors + self.graph) as f64 / self.rows as f64 }
    }
}

impl Collection {
    /// The bytes of its files, by purpose.
    #[must_use]
    pub fn sizes(&self) -> CollectionSizes {
        let mut sizes = CollectionSizes::default();
        for segment in self.segments() {
            sizes.documents += segment.documents().sizes().file_bytes;
            let record = segment.record();
            let fields = record.files.iter().filter(|file| file.path == crate::layout::COLUMNS_FILE);
            sizes.fields += fields.map(|file| file.bytes).sum::<u64>();
            let words = record.files.iter().filter(|file| file.path == crate::layout::WORDS_FILE);
            sizes.words += words.map(|file| file.bytes).sum::<u64>();
            sizes.rest += record.deletes.iter().map(|file| file.bytes).sum::<u64>();
            for vectors in segment.vectors() {
                let index = vectors.index().sizes();
                if vectors.record().fingerprint == self.manifest().active {
                    sizes.rows += index.rows;
                    sizes.vectors += index.vectors_bytes;
                    sizes.graph += index.graph_bytes();
                    sizes.hot += index.hot_bytes;
                } else {
                    sizes.other_models += index.file_bytes;
                }
                let tokens = vectors.record().files.iter().filter(|file| file.path == crate::layout::TOKENS_FILE);
                sizes.rest += tokens.map(|file| file.bytes).sum::<u64>();
            }
        }
        sizes
    }
}
