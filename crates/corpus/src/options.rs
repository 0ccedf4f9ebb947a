//! How inputs are read.

/// How inputs are read.
///
/// ```
/// use semsearch_corpus::ReadOptions;
/// let options = ReadOptions::new().with_skip_bad(true);
/// assert!(options.skip_bad && !options.keep_duplicates);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Whether malformed records are left out and counted. Otherwise the first one ends reading.
    pub skip_bad: bool,
    /// The year in which captured Daily Papers pages were captured. Pages do not show it. `None` infers the year from the
    /// dates of a page; dates without a year stay unknown if the year cannot be inferred.
    pub page_year: Option<i32>,
    /// Whether records of the same paper stay separate documents. Records of the same given id, which must be unique,
    /// are still merged.
    pub keep_duplicates: bool,
    /// Whether a field that is not understood, and a record without title and abstract, is malformed. Otherwise such a field
    /// is kept in [`Document::extra`](crate::Document::extra), such a record is passed over, and both are counted.
    pub strict: bool,
    /// The table of a data base, or the sheet of a workbook, that is read. Otherwise all that hold papers are.
    pub table: Option<String>,
    /// What the inputs are called in the places of their documents. `None` calls each by the name of its file or folder.
    pub source: Option<String>,
}

impl ReadOptions {
    /// The defaults: a malformed record is an error, the year of pages is inferred, duplicates are merged, what is not
    /// understood is left out of its field.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`ReadOptions::skip_bad`].
    #[must_use]
    pub fn with_skip_bad(self, skip_bad: bool) -> Self {
        ReadOptions { skip_bad, ..self }
    }

    /// Sets [`ReadOptions::page_year`].
    #[must_use]
    pub fn with_page_year(self, page_year: Option<i32>) -> Self {
        ReadOptions { page_year, ..self }
    }

    /// Sets [`ReadOptions::keep_duplicates`].
    #[must_use]
    pub fn with_keep_duplicates(self, keep_duplicates: bool) -> Self {
        ReadOptions { keep_duplicates, ..self }
    }

    /// Sets [`ReadOptions::table`].
    #[must_use]
    pub fn with_table(self, table: Option<String>) -> Self {
        ReadOptions { table, ..self }
    }

    /// Sets [`ReadOptions::source`].
    #[must_use]
    pub fn with_source(self, source: Option<String>) -> Self {
        ReadOptions { source, ..self }
    }

    /// Sets [`ReadOptions::strict`].
    #[must_use]
    pub fn with_strict(self, strict: bool) -> Self {
        ReadOptions { strict, ..self }
    }
}
