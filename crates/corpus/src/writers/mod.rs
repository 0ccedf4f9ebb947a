//! Lists of papers out, in the formats that reference managers and spreadsheets read.
//!
//! | file    | what it writes                                       |
//! |---------|------------------------------------------------------|
//! | `bibtex`| BibTeX: one entry a paper                            |
//! | `citation_keys` | the keys of its entries                      |
//! | `ris`   | RIS                                                  |
//! | `csl`   | CSL-JSON: one list                                   |
//! | `csv`   | CSV, with what has no column of its own as JSON      |
//! | `jsonl` | JSON lines: one object a paper                       |
//! | `kinds` | what the formats call an article, a book and so on   |
//!
//! What was read from a format and is written in it reads again as the same papers: `tests/round_trips.rs`. Of papers from
//! another format, fields that the format has no place for are written as notes or under their own names.
//!
//! Cost: one paper; of BibTeX also the keys of the entries before.

use std::io::{self, Write};

use self::citation_keys::CitationKeys;
use crate::document::Document;

mod bibtex;
mod citation_keys;
mod csl;
mod csv;
mod jsonl;
mod kept;
mod kinds;
mod ris;

pub use jsonl::fields_of;

/// The format of a written list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListForm {
    /// BibTeX.
    Bibtex,
    /// RIS.
    Ris,
    /// CSL-JSON.
    Csl,
    /// CSV with a line of column names.
    Csv,
    /// JSON lines.
    Jsonl,
}

/// A list of papers that is being written.
///
/// ```
/// # fn main() -> std::io::Result<()> {
/// use semsearch_corpus::{Document, ListForm, ListWriter};
///
/// let mut list = ListWriter::begin(Vec::new(), ListForm::Ris)?;
/// list.push(&Document::new("tides", "On Tides", "The sea moves.").with_year(Some(1898)))?;
/// let text = String::from_utf8(list.finish()?).unwrap();
/// assert_eq!(text, "TY  - GEN\r\nTI  - On Tides\r\nPY  - 1898\r\nAB  - The sea moves.\r\nER  - \r\n\r\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ListWriter<W> {
    out: W,
    form: ListForm,
    is_empty: bool,
    keys: CitationKeys,
}

impl<W: Write> ListWriter<W> {
    /// Begins a list.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn begin(mut out: W, form: ListForm) -> io::Result<ListWriter<W>> {
        if form == ListForm::Csv {
            csv::write_head(&mut out)?;
        }
        Ok(ListWriter { out, form, is_empty: true, keys: CitationKeys::default() })
    }

    /// Writes a paper.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn push(&mut self, document: &Document) -> io::Result<()> {
        let is_first = std::mem::replace(&mut self.is_empty, false);
        match self.form {
            ListForm::Bibtex => bibtex::write(&mut self.out, document, &self.keys.next(document)),
            ListForm::Ris => ris::write(&mut self.out, document),
            ListForm::Csl => {
                self.out.write_all(if is_first { b"[\n" } else { b",\n" })?;
                csl::write(&mut self.out, document)
            }
            ListForm::Csv => csv::write(&mut self.out, document),
            ListForm::Jsonl => jsonl::write(&mut self.out, document),
        }
    }

    /// Ends the list.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn finish(mut self) -> io::Result<W> {
        if self.form == ListForm::Csl {
            self.out.write_all(if self.is_empty { b"[]\n" } else { b"\n]\n" })?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}
