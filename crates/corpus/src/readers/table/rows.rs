//! Rows whose values have types of their own, as Parquet, Arrow and data bases hold them.

use serde_json::{Map, Value};

use super::Columns;
use crate::error::Mismatch;
use crate::notes::Note;
use crate::readers::cells::nested;
use crate::readers::field_names::meaning as meaning_of;
use crate::readers::headings::meanings;
use crate::readers::{arxiv, openalex, semantic_scholar};
use crate::record::Record;

/// The columns of a table, and how a row of them is read.
#[derive(Debug)]
pub(crate) struct Rows {
    headings: Vec<String>,
    columns: Columns,
    theirs: Option<Theirs>,
}

/// The rows of a provider, which have fields within fields.
#[derive(Debug, Clone, Copy)]
struct Theirs {
    parse: fn(&str) -> Result<Record, Mismatch>,
}

impl Rows {
    pub(crate) fn of(headings: &[&str]) -> Rows {
        Rows {
            headings: headings.iter().map(|&heading| heading.to_owned()).collect(),
            columns: Columns::of(headings),
            theirs: theirs(headings),
        }
    }

    /// The columns, if one of them holds a title or an abstract.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "of Parquet and Arrow"))]
    pub(crate) fn of_papers(headings: &[&str]) -> Result<Rows, Mismatch> {
        let rows = Rows::of(headings);
        match rows.theirs.is_some() || rows.columns.holds_text() {
            true => Ok(rows),
            false => Err(rows.columns.without_text()),
        }
    }

    /// What the table calls the fields.
    pub(crate) fn note(&self) -> Note {
        Note::Named(self.columns.origins())
    }

    /// How many columns are known, if it is a table of papers.
    pub(crate) fn known(&self) -> Option<usize> {
        self.columns.known().or(self.theirs.map(|_| 2))
    }

    /// The record of a row. Fields within `more` have no column.
    pub(crate) fn record(&self, mut values: Vec<Value>, more: Map<String, Value>) -> Result<Record, Mismatch> {
        if let Some(theirs) = self.theirs {
            let fields: Map<String, Value> =
                self.headings.iter().zip(&values).map(|(name, value)| (name.clone(), as_theirs(value))).collect();
            // What their reader refuses is read by the names of the columns.
            if let Ok(record) = (theirs.parse)(&Value::Object(fields).to_string()) {
                return Ok(record);
            }
        }
        self.columns.record_with(more, |place| Ok(values.get_mut(place).map(Value::take).unwrap_or_default()))
    }
}

/// Which columns of fields within fields are read: those that have a known name, or all of a provider's.
#[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "of Parquet and Arrow"))]
pub(crate) fn are_read(headings: &[&str]) -> Vec<bool> {
    let is_theirs = theirs(headings).is_some();
    let known = headings.iter().zip(meanings(headings));
    known.map(|(heading, known)| is_theirs || known.is_some() || meaning_of(heading).is_some()).collect()
}

/// Whether the columns are those of a provider, whose rows have a reader of their own.
#[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "of Parquet and Arrow"))]
pub(crate) fn has_own_reader(headings: &[&str]) -> bool {
    theirs(headings).is_some()
}

fn theirs(headings: &[&str]) -> Option<Theirs> {
    let has = |name: &str| headings.contains(&name);
    let parse = if has("id") && has("title") && has("abstract") && (has("versions") || has("authors_parsed")) {
        arxiv::record
    } else if has("id") && (has("authorships") || has("abstract_inverted_index")) {
        openalex::record
    } else if (has("paperId") || has("corpusid")) && has("title") {
        semantic_scholar::record
    } else {
        return None;
    };
    Some(Theirs { parse })
}

/// A value as the JSON of a provider has it.
fn as_theirs(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with(['[', '{']) => nested(text).unwrap_or_else(|| value.clone()),
        _ => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_of_arxiv_are_read_with_their_fields_within_fields() {
        let rows = Rows::of(&["id", "title", "abstract", "versions", "update_date", "authors_parsed", "categories"]);
        let values = vec![
            json!("0704.0001"),
            json!("On Tides"),
            json!("The sea moves."),
            json!([{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}]),
            json!(1_227_657_600_000_i64),
            json!([["Dune", "Ada", ""]]),
            json!(["hep-ph", "cs.CL"]),
        ];
        let document = rows.record(values, Map::new()).unwrap().document;
        assert_eq!(document.date.map(|date| date.to_string()).as_deref(), Some("2007-04-02"));
        assert_eq!(
            (document.authors, document.keywords),
            (vec!["Ada Dune".to_owned()], vec!["hep-ph".into(), "cs.CL".into()])
        );
    }

    #[test]
    fn a_table_without_titles_and_abstracts_is_refused() {
        let found = Rows::of_papers(&["id", "Betreff"]).unwrap_err().found;
        assert_eq!(found, "the columns `id`, `Betreff`");
    }
}
