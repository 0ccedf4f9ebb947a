//! A query, checked before any index looks at it.

use semsearch_task::ErrorKind;
use semsearch_vector::dot;

use crate::file::Damage;
use crate::hit::RowId;
use crate::quantiser::CodedQuery;

/// Why a query cannot be answered.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The query was encoded for other rows than these.
    #[error("the query has {found} numbers, the rows of this index have {expected}")]
    Dimension {
        /// How wide the rows are.
        expected: usize,
        /// How wide the query is.
        found: usize,
    },
    /// A number of the query is NaN or infinite, so no row is nearer than another.
    #[error("number {place} of the query is {value}, expected a finite number")]
    NotFinite {
        /// The first such number.
        place: usize,
        /// Its value.
        value: f32,
    },
    /// All numbers of the query are finite, and scores with a row of length 1 could still overflow.
    #[error("the query is too long for scores to be finite")]
    TooLong,
    /// The filter was made for another index.
    #[error("the filter is for {found} rows, this index has {expected}")]
    Filter {
        /// How many rows the index has.
        expected: usize,
        /// How many rows the filter was made for.
        found: usize,
    },
    /// The index does not have this row.
    #[error("there is no row {} among {rows}", id.0)]
    NoSuchRow {
        /// The id that was asked for.
        id: RowId,
        /// How many rows the index has.
        rows: usize,
    },
    /// A part of the index that the query needs is not as it was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
}

impl SearchError {
    /// [`ErrorKind::Damaged`] for a damaged index, otherwise [`ErrorKind::Usage`].
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            SearchError::Dimension { .. }
            | SearchError::NotFinite { .. }
            | SearchError::TooLong
            | SearchError::Filter { .. }
            | SearchError::NoSuchRow { .. } => ErrorKind::Usage,
            SearchError::Damaged(damage) => damage.kind(),
        }
    }
}

/// A query in both forms: as it was asked, and as bytes to be compared with codes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'a> {
    pub(crate) full: &'a [f32],
    pub(crate) coded: &'a CodedQuery,
}

/// Checks the width of a query.
pub(crate) fn check_width(query: &[f32], dim: usize) -> Result<(), SearchError> {
    if query.len() == dim { Ok(()) } else { Err(SearchError::Dimension { expected: dim, found: query.len() }) }
}

/// Checks a query once, so that no scan checks it again.
///
/// # Errors
/// If its width is not `dim`, or scores with it would not be finite.
pub fn check(query: &[f32], dim: usize) -> Result<(), SearchError> {
    check_width(query, dim)?;
    // A finite square length says in one pass that every number is finite and that no score with a row of length 1
    // can overflow.
    if dot(query, query).is_finite() {
        return Ok(());
    }
    match query.iter().position(|x| !x.is_finite()) {
        Some(place) => Err(SearchError::NotFinite { place, value: query[place] }),
        None => Err(SearchError::TooLong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_of_another_width_is_refused_with_both_widths() {
        assert_eq!(check(&[1.0, 0.0], 3), Err(SearchError::Dimension { expected: 3, found: 2 }));
    }

    #[test]
    fn a_number_that_is_not_finite_is_named_by_its_place() {
        assert_eq!(check(&[0.0, f32::INFINITY], 2), Err(SearchError::NotFinite { place: 1, value: f32::INFINITY }));
        let error = check(&[0.0, 1.0, f32::NAN], 3).unwrap_err();
        assert_eq!(error.to_string(), "number 2 of the query is NaN, expected a finite number");
    }

    #[test]
    fn a_query_whose_square_overflows_is_too_long() {
        assert_eq!(check(&[f32::MAX, 0.0], 2), Err(SearchError::TooLong));
        assert_eq!(check(&[1e18, 0.0], 2), Ok(()));
    }
}
