//! Why two models are not aligned.

use semsearch_index::{SearchError, VectorsError};
use semsearch_task::ErrorKind;

use super::overlap::{LEAST_OVERLAP, OverlapAt10};

/// Why there is no alignment, or why an alignment cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlignmentError {
    /// The two models have not encoded the same number of texts.
    #[error("{new} vectors of the new model and {old} of the old one are not of the same texts")]
    Unpaired {
        /// Vectors of the new model.
        new: usize,
        /// Vectors of the old model.
        old: usize,
    },
    /// A model made a vector with a number that is not finite.
    #[error("a vector holds a number that is not finite")]
    NotFinite,
    /// Both fingerprints are of one model.
    #[error("both models have the fingerprint {fingerprint}, and vectors of one model need no alignment")]
    SameModel {
        /// The fingerprint.
        fingerprint: String,
    },
    /// Too few documents have vectors of both models.
    #[error("{found} documents have vectors of both models; an alignment needs {needed}")]
    TooFew {
        /// Documents with vectors of both models.
        found: usize,
        /// Documents that are needed.
        needed: usize,
    },
    /// Too few queries to measure an alignment with.
    #[error("{found} queries are too few to measure an alignment with; at least {needed} are needed")]
    TooFewQueries {
        /// Queries there are.
        found: usize,
        /// Queries that are needed.
        needed: usize,
    },
    /// The vectors do not determine a map.
    #[error("the vectors of both models do not determine a map: too many of them are alike")]
    Undetermined,
    /// The alignment was measured, and finds too little.
    #[error("{}", too_weak(overlap))]
    TooWeak {
        /// What was measured.
        overlap: Box<OverlapAt10>,
    },
    /// The alignment is between other models than those it was asked for.
    #[error(
        "the alignment is from vectors of fingerprint {} to those of {}, not from {} to {}; their vectors cannot be \
         compared",
        short(new),
        short(old),
        short(found_new),
        short(found_old)
    )]
    OtherModel {
        /// The model whose queries the alignment takes.
        new: String,
        /// The model whose vectors the alignment gives.
        old: String,
        /// The model whose query was to be aligned.
        found_new: String,
        /// The model with whose vectors the query was to be compared.
        found_old: String,
    },
    /// A vector has another width than its model's vectors.
    #[error("the query has {found} numbers, expected {expected}")]
    Width {
        /// Numbers of the model's vectors.
        expected: usize,
        /// Numbers found.
        found: usize,
    },
    /// The stored bytes are not those that were written.
    #[error("the stored alignment is damaged: {problem}")]
    Damaged {
        /// What is wrong with the bytes.
        problem: String,
    },
    /// The vectors cannot be searched.
    #[error("the vectors cannot be compared")]
    Rows(#[from] VectorsError),
    /// The search refused a query.
    #[error("the vectors could not be searched")]
    Search(#[from] SearchError),
}

impl AlignmentError {
    /// What the error is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            AlignmentError::Unpaired { .. }
            | AlignmentError::NotFinite
            | AlignmentError::SameModel { .. }
            | AlignmentError::TooFew { .. }
            | AlignmentError::TooFewQueries { .. }
            | AlignmentError::Undetermined
            | AlignmentError::TooWeak { .. }
            | AlignmentError::OtherModel { .. }
            | AlignmentError::Width { .. }
            | AlignmentError::Rows(_)
            | AlignmentError::Search(_) => ErrorKind::Model,
            AlignmentError::Damaged { .. } => ErrorKind::Damaged,
        }
    }
}

/// The first twelve digits, which are enough to tell two models apart by eye.
fn short(fingerprint: &str) -> &str {
    fingerprint.get(..12).unwrap_or(fingerprint)
}

fn too_weak(OverlapAt10 { aligned, models, queries, documents }: &OverlapAt10) -> String {
    let measured = format!(
        "aligned queries of the new model find {:.0} % ({:.0} to {:.0}) of the ten documents that it finds itself \
         (measured: {queries} queries, {documents} documents)",
        aligned.mean * 100.0,
        aligned.low * 100.0,
        aligned.high * 100.0,
    );
    if aligned.low < LEAST_OVERLAP {
        return format!("{measured}; at least {:.0} % are needed", LEAST_OVERLAP * 100.0);
    }
    format!("{measured}, and the old model by itself finds {:.0} % of them", models.mean * 100.0)
}
