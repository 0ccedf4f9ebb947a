//! Stems with what they are worth in each document, kept between queries.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::file::error::LexicalError;

use super::bm25;
use super::collection::Collection;

/// A stem that some document has, or none.
#[derive(Debug)]
pub(super) struct Term {
    /// How much is known once the stem is known.
    pub(super) idf: f32,
    /// The documents that have it, ascending.
    pub(super) documents: Vec<u32>,
    /// What it is worth in each of them.
    pub(super) impacts: Vec<f32>,
}

impl Term {
    /// Reads a stem from all segments.
    fn read(collection: &Collection, stem: &str) -> Result<Self, LexicalError> {
        let (mut documents, mut impacts) = (Vec::new(), Vec::new());
        for part in &collection.parts {
            part.for_each_of_stem(stem, |document, count| {
                documents.push(document);
                impacts.push(bm25::saturation(count, collection.norms[document as usize]));
            })?;
        }
        let idf = bm25::idf(documents.len() as u32, collection.documents);
        impacts.iter_mut().for_each(|impact| *impact *= idf);
        Ok(Term { idf, documents, impacts })
    }

    fn bytes(&self) -> usize {
        self.documents.len() * (size_of::<u32>() + size_of::<f32>())
    }
}

/// Terms that queries have asked for.
#[derive(Debug)]
pub(super) struct Terms {
    kept: RwLock<Kept>,
    room: usize,
}

#[derive(Debug, Default)]
struct Kept {
    terms: HashMap<Box<str>, Arc<Term>>,
    bytes: usize,
}

impl Terms {
    /// Keeps no more than `room` bytes.
    pub(super) fn new(room: usize) -> Self {
        Terms { kept: RwLock::default(), room }
    }

    /// A term, read unless it has been kept.
    pub(super) fn get(&self, collection: &Collection, stem: &str) -> Result<Arc<Term>, LexicalError> {
        if let Some(term) = self.kept.read().unwrap_or_else(PoisonError::into_inner).terms.get(stem) {
            return Ok(term.clone());
        }
        let term = Arc::new(Term::read(collection, stem)?);
        let bytes = term.bytes() + stem.len() + 128;
        if bytes <= self.room {
            let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
            // What is asked for most comes back soonest; to remember who asked when would cost every query.
            if kept.bytes + bytes > self.room {
                *kept = Kept::default();
            }
            if kept.terms.insert(stem.into(), term.clone()).is_none() {
                kept.bytes += bytes;
            }
        }
        Ok(term)
    }
}
