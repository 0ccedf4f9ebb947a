//! How inputs are read.

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Leave malformed records out and count them, rather than stop at the first.
    pub skip_bad: bool,
    /// The year captured Daily Papers pages are from. They show none; without it the year is inferred from
    /// each page's dates where that is safe, and such dates stay unknown where it is not.
    pub page_year: Option<i32>,
    /// Merge nothing by what it says: every record is a document. Only records of the same given id, which must be
    /// unique, are still one.
    pub keep_duplicates: bool,
}
