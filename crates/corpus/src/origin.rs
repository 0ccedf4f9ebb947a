//! What an input calls a field.

/// A field of a document and what an input calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The field of [`Document`](crate::Document).
    pub field: &'static str,
    /// The name in the input.
    pub from: String,
}

impl Origin {
    pub(crate) fn new(field: &'static str, from: impl Into<String>) -> Origin {
        Origin { field, from: from.into() }
    }
}
