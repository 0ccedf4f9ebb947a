//! Columns: the fields of a segment's documents, one column a field. They answer filters and facets without reading a
//! document.
//!
//! | file | holds |
//! | --- | --- |
//! | `field` | which fields there are |
//! | `writer` | documents in, the file out |
//! | `error` | why a file cannot be read |
//! | `layout` | header and table of columns, described in `crates/store/COLUMNS.md` |
//! | `numbers` | a column of whole numbers, or of dates |
//! | `texts`, `spelling` | a column of texts: distinct values with their rows |
//! | `fold` | the form in which texts are compared |
//! | `naming` | whether a typed name names a person |
//! | `days` | the days a document may have been published on |
//!
//! A column is checked and opened when it is first used: a filter by date reads two bytes a document, however many authors
//! there are. `COLUMNS.md` says how large the columns of 60,000 papers are.

mod days;
mod error;
mod field;
mod fold;
mod layout;
mod naming;
mod numbers;
mod spelling;
mod texts;
mod writer;

use std::sync::OnceLock;

use semsearch_corpus::Date;
use semsearch_index::{RowId, RowSet};

use error::damaged;
use layout::Section;
use numbers::Numbers;
use texts::Texts;

pub(crate) use days::Days;
#[cfg(test)]
pub(crate) use days::known_date;
pub use error::ColumnsError;
pub use field::{DocumentField, Field, NumberField, TextField};
pub(crate) use fold::fold;
#[cfg(test)]
pub(crate) use naming::names;
pub(crate) use writer::ColumnsWriter;
#[cfg(test)]
pub(crate) use writer::{authors_count, known_year};

/// The index of the first column of numbers; column 0 is the date. Columns of texts follow.
const NUMBERS: usize = 1;
const TEXTS: usize = 4;

/// The columns of a segment.
#[derive(Debug)]
pub struct Columns {
    file: Vec<u8>,
    rows: usize,
    columns: Vec<Section>,
    /// The columns of texts, each opened on first use.
    texts: [OnceLock<Texts>; 5],
}

impl Columns {
    /// Opens the content of a file of columns. Header and table are checked now, every column when it is first used.
    ///
    /// # Errors
    /// [`ColumnsError`] says which part is not what it should be.
    pub fn decode(file: impl Into<Vec<u8>>) -> Result<Self, ColumnsError> {
        let file = file.into();
        let (rows, columns) = layout::read(&file)?;
        let rows = rows as usize;
        // Sets of rows are allocated by this number, so it must be real: every row has at least one byte in the first column.
        if columns[0].bytes.len() < rows {
            return Err(damaged(columns[0].name, format!("it is too short for {rows} rows")));
        }
        Ok(Columns { file, rows, columns, texts: Default::default() })
    }

    /// The number of documents.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Checks every column, including columns that were not used yet.
    ///
    /// # Errors
    /// [`ColumnsError`] says which column is damaged.
    pub fn verify(&self) -> Result<(), ColumnsError> {
        self.dates(|_| true)?;
        for field in Field::ALL {
            self.having(field)?;
        }
        Ok(())
    }

    /// The rows whose days are known and for which `keep` is true.
    pub(crate) fn dates(&self, keep: impl Fn(Days) -> bool) -> Result<RowSet, ColumnsError> {
        let section = &self.columns[0];
        let mut set = RowSet::empty(self.rows);
        let numbers = Numbers::read(section.name, section.checked(&self.file)?, self.rows)?;
        // Sixty thousand papers of twenty years have a few thousand distinct dates: `keep` is called once for each.
        let mut seen: Vec<Option<bool>> = vec![None; numbers.distinct().unwrap_or(0)];
        numbers.for_each(|row, number| {
            let Some(number) = number else { return Ok(()) };
            let place = usize::try_from(number.wrapping_sub(numbers.min())).ok().filter(|place| *place < seen.len());
            let kept = match place.and_then(|place| seen[place]) {
                Some(kept) => kept,
                None => {
                    let date = days::unpacked(number);
                    let date = date.ok_or_else(|| damaged(section.name, "it holds a day that is none"))?;
                    let kept = keep(Days::of(date));
                    if let Some(place) = place {
                        seen[place] = Some(kept);
                    }
                    kept
                }
            };
            if kept {
                set.insert(RowId(row as u32));
            }
            Ok(())
        })?;
        Ok(set)
    }

    /// Hands the rows that have a date, or else a year, to `visit`, in order.
    pub(crate) fn each_date(&self, mut visit: impl FnMut(RowId, Date)) -> Result<(), ColumnsError> {
        let section = &self.columns[0];
        Numbers::read(section.name, section.checked(&self.file)?, self.rows)?.for_each(|row, number| {
            let Some(number) = number else { return Ok(()) };
            let date = days::unpacked(number).ok_or_else(|| damaged(section.name, "it holds a day that is none"))?;
            visit(RowId(row as u32), date);
            Ok(())
        })
    }

    /// The rows that have a number for which `keep` is true.
    pub(crate) fn numbers(&self, field: NumberField, keep: impl Fn(i64) -> bool) -> Result<RowSet, ColumnsError> {
        let mut set = RowSet::empty(self.rows);
        self.each_number(field, |row, number| {
            if keep(number) {
                set.insert(row);
            }
        })?;
        Ok(set)
    }

    /// Hands the rows that have a number to `visit`, in order.
    pub(crate) fn each_number(
        &self,
        field: NumberField,
        mut visit: impl FnMut(RowId, i64),
    ) -> Result<(), ColumnsError> {
        let section = &self.columns[NUMBERS + field.place()];
        Numbers::read(section.name, section.checked(&self.file)?, self.rows)?.for_each(|row, number| {
            if let Some(number) = number {
                visit(RowId(row as u32), number);
            }
            Ok(())
        })
    }

    /// The distinct values of a field of texts.
    pub(crate) fn texts(&self, field: TextField) -> Result<Values<'_>, ColumnsError> {
        let cell = &self.texts[field.place()];
        let texts = match cell.get() {
            Some(texts) => texts,
            None => {
                let section = &self.columns[TEXTS + field.place()];
                section.checked(&self.file)?;
                let opened = Texts::read(section.name, &self.file, section.bytes.clone(), self.rows)?;
                cell.get_or_init(|| opened)
            }
        };
        Ok(Values { fields: self, texts })
    }

    /// The rows that have a value for a field; none for a field that has no column.
    pub(crate) fn having(&self, field: Field) -> Result<RowSet, ColumnsError> {
        match field {
            Field::Date => self.dates(|_| true),
            Field::Number(field) => self.numbers(field, |_| true),
            Field::Text(field) => {
                let values = self.texts(field)?;
                Ok(values.rows_of(0..values.len()))
            }
            Field::Document(_) => Ok(RowSet::empty(self.rows)),
        }
    }
}

/// The distinct values of one field of texts, sorted by their folded form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'a> {
    fields: &'a Columns,
    texts: &'a Texts,
}

impl<'a> Values<'a> {
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// The value whose folded form is `folded`.
    pub(crate) fn find(&self, folded: &str) -> Option<usize> {
        self.texts.find(&self.fields.file, folded)
    }

    /// The values whose folded form begins with `prefix`.
    pub(crate) fn starting(&self, prefix: &str) -> std::ops::Range<usize> {
        self.texts.starting(&self.fields.file, prefix)
    }

    /// The values whose folded form contains `part`.
    pub(crate) fn containing(&self, part: &str) -> Vec<usize> {
        self.texts.containing(&self.fields.file, part)
    }

    /// The values that a typed name names, in whatever order its words are.
    pub(crate) fn named(&self, typed: &str) -> Vec<usize> {
        let Some(word) = naming::rarest_word(typed) else { return self.containing(typed) };
        self.containing(word).into_iter().filter(|&value| naming::names(typed, self.folded(value))).collect()
    }

    /// The rows that have at least one of `values`.
    pub(crate) fn rows_of(&self, values: impl IntoIterator<Item = usize>) -> RowSet {
        let mut set = RowSet::empty(self.fields.rows);
        values.into_iter().for_each(|value| self.texts.add_rows(&self.fields.file, value, &mut set));
        set
    }

    /// The number of `rows` that have a value.
    pub(crate) fn count(&self, value: usize, rows: &RowSet) -> u64 {
        let mut count = 0;
        self.texts.for_each_row(&self.fields.file, value, |row| count += u64::from(rows.contains(row)));
        count
    }

    /// The folded form of a value.
    pub(crate) fn folded(&self, value: usize) -> &'a str {
        self.texts.folded(&self.fields.file, value)
    }

    /// The most frequent spelling of a value.
    pub(crate) fn spelling(&self, value: usize) -> String {
        self.texts.spelling(&self.fields.file, value)
    }
}

#[cfg(test)]
mod tests;
