//! Makes the columns of a segment's documents.

use semsearch_corpus::Document;

use super::days::{known_date, packed};
use super::texts::TextsWriter;
use super::{layout, numbers};

/// The fields of documents, collected one by one in row order.
#[derive(Debug, Default)]
pub(crate) struct ColumnsWriter {
    rows: u32,
    dates: Vec<Option<i64>>,
    years: Vec<Option<i64>>,
    comments: Vec<Option<i64>>,
    authors: Vec<Option<i64>>,
    /// Venue, category, org, author, source.
    texts: [TextsWriter; 5],
}

impl ColumnsWriter {
    pub(crate) fn new() -> Self {
        ColumnsWriter::default()
    }

    /// Adds a document.
    pub(crate) fn push(&mut self, document: &Document) {
        let row = self.rows;
        self.rows += 1;
        self.dates.push(known_date(document).map(packed));
        self.years.push(known_year(document));
        self.comments.push(document.comments.map(i64::from));
        self.authors.push(authors_count(document));
        let [venue, category, org, author, source] = &mut self.texts;
        document.venue.iter().for_each(|text| venue.push(row, text));
        document.keywords.iter().for_each(|text| category.push(row, text));
        document.organization.iter().for_each(|text| org.push(row, text));
        document.authors.iter().for_each(|text| author.push(row, text));
        document.source.iter().for_each(|place| source.push(row, &place.file));
    }

    /// The content of the file.
    pub(crate) fn finish(self) -> Vec<u8> {
        let ColumnsWriter { rows, dates, years, comments, authors, texts } = self;
        let [date, year, comments, authors] = [dates, years, comments, authors].map(|values| numbers::write(&values));
        let [venue, category, org, author, source] = texts.map(|values| values.finish(rows));
        layout::write(rows, &[date, year, comments, authors, venue, category, org, author, source])
    }
}

/// The year of a document, or the year of its date.
pub(crate) fn known_year(document: &Document) -> Option<i64> {
    document.year.or_else(|| document.date.map(|date| date.year())).map(i64::from)
}

/// The number of authors that a document states, or else the number of authors it names.
pub(crate) fn authors_count(document: &Document) -> Option<i64> {
    let named = Some(document.authors.len() as i64).filter(|count| *count > 0);
    document.authors_count.map(i64::from).or(named)
}
