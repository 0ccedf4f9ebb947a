//! Rows of a table as records, whatever kind of file holds the table: text, Parquet, Arrow, Excel, a data base.
//!
//! A column has a name of JSON lines ([`jsonl`](super::jsonl)) in any case, or that of a data base or a reference manager
//! ([`headings`](super::headings)): `Title` is `title`, `Source title` is `venue`. There must be a column for the title
//! or for the abstract. What a column of another name holds is kept in `extra`.
//!
//! A cell becomes a value in the form of JSON ([`cell`]), and a row is read as an object of JSON lines is. A value that its field
//! cannot be stays in `extra`.
//!
//! | rows of                    | known by the columns                          | read as                              |
//! |----------------------------|-----------------------------------------------|--------------------------------------|
//! | arXiv's metadata           | `versions` or `authors_parsed`                | [`arxiv`](super::arxiv)              |
//! | OpenAlex                   | `authorships` or `abstract_inverted_index`    | [`openalex`](super::openalex)        |
//! | Semantic Scholar           | `paperId` or `corpusid`                       | [`semantic_scholar`](super::semantic_scholar) |
//!
//! These three have fields within fields. A table of theirs as text is read by the names of its columns.

use serde_json::{Map, Value};

use super::field_names::{Field, meaning as meaning_of};
use super::headings::{Writer, meanings};
use super::jsonl::record;
use super::origins::name_of;
use crate::error::{Mismatch, snippet};
use crate::identifiers;
use crate::origin::Origin;
use crate::record::{IdOrigin, Record};

#[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "columns of fields within fields come with features"))]
pub(crate) mod cell;
pub(crate) mod rows;

/// A column of a table.
#[derive(Debug, PartialEq, Eq)]
struct Column {
    /// The place of its cell in a row.
    place: usize,
    heading: String,
    /// The name of JSON lines, or the heading.
    name: String,
    /// What the name means.
    field: Option<Field>,
}

/// The columns of a table, in the order in which their cells are looked at.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Column>,
    count: usize,
    writer: Writer,
}

impl Columns {
    pub(super) fn of(headings: &[&str]) -> Columns {
        let headings: Vec<&str> =
            headings.iter().map(|heading| heading.trim().trim_start_matches('\u{feff}').trim()).collect();
        let mut columns: Vec<(usize, Column)> = Vec::with_capacity(headings.len());
        for (place, (heading, meaning)) in headings.iter().zip(meanings(&headings)).enumerate() {
            let (rank, name) = meaning.map_or((0, *heading), |known| (known.rank, known.name));
            let field = meaning_of(name).map(|(field, _)| field);
            // Kept under its own heading, it would be an id.
            let is_keywords_plus = field == Some(Field::Keywords) && heading.eq_ignore_ascii_case("id");
            let heading = if is_keywords_plus { "Keywords Plus" } else { *heading };
            columns.push((rank, Column { place, heading: heading.to_owned(), name: name.to_owned(), field }));
        }
        columns.sort_by_key(|(rank, _)| *rank);
        Columns {
            columns: columns.into_iter().map(|(_, column)| column).collect(),
            count: headings.len(),
            writer: Writer::of(&headings),
        }
    }

    /// What the table calls the fields.
    pub(super) fn origins(&self) -> Vec<Origin> {
        let named = self.columns.iter().filter_map(|column| Some((column.field?, column.heading.clone())));
        named.map(|(field, heading)| Origin::new(name_of(field), heading)).collect()
    }

    /// The number of columns.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many columns have known names, if some column holds a title or an abstract and another is known too.
    pub(super) fn known(&self) -> Option<usize> {
        let count = self.columns.iter().filter(|column| column.field.is_some()).count();
        (self.holds_text() && count >= 2).then_some(count)
    }

    /// Whether some column holds a title or an abstract.
    pub(super) fn holds_text(&self) -> bool {
        self.columns.iter().any(Column::is_text)
    }

    /// The place of the title, or else that of the abstract.
    pub(super) fn place_of_text(&self) -> Option<usize> {
        let of = |field: Field| self.columns.iter().find(|column| column.field == Some(field));
        of(Field::Title).or_else(|| of(Field::Abstract)).map(|column| column.place)
    }

    /// The complaint about a table without a title or an abstract.
    #[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "of Parquet and Arrow"))]
    pub(super) fn without_text(&self) -> Mismatch {
        let mut headings: Vec<(usize, String)> =
            self.columns.iter().map(|column| (column.place, snippet(&column.heading))).collect();
        headings.sort();
        let shown: Vec<String> = headings.into_iter().map(|(_, heading)| heading).collect();
        Mismatch::new(
            "a column `title` or `abstract` (rename the column that holds it)",
            format!("the columns {}", shown.join(", ")),
        )
    }

    /// The record of a row. `cell` gives the value of the column at a place, text or what the file holds; null is no value.
    pub(super) fn record(&self, cell: impl FnMut(usize) -> Result<Value, Mismatch>) -> Result<Record, Mismatch> {
        self.record_with(Map::new(), cell)
    }

    /// The record of a row that has more fields than there are columns.
    fn record_with(
        &self,
        more: Map<String, Value>,
        mut cell: impl FnMut(usize) -> Result<Value, Mismatch>,
    ) -> Result<Record, Mismatch> {
        let mut fields = Map::new();
        for Column { place, heading, name, field } in &self.columns {
            let value = cell(*place)
                .map_err(|fault| Mismatch::new(format!("{} in `{heading}`", fault.expected), fault.found))?;
            // Of two columns for one field, the second one is kept under its heading.
            let key = if fields.contains_key(name) { heading } else { name };
            if key.is_empty() || fields.contains_key(key) || cell::says_nothing(*field, &value) {
                continue;
            }
            let value = if key == name { cell::value(*field, name, value, self.writer) } else { value };
            fields.insert(key.clone(), value);
        }
        for (name, value) in more {
            fields.entry(name).or_insert(value);
        }
        Ok(record(fields))
    }
}

impl Column {
    /// Whether the column holds titles or abstracts.
    fn is_text(&self) -> bool {
        matches!(self.field, Some(Field::Title | Field::Abstract))
    }
}

/// Takes the id of a row for a name within its table, unless it names the paper outside of it too. A cell of text does not
/// say whether `12` is a number.
pub(super) fn with_local_id(mut record: Record) -> Record {
    let id = &record.document.id;
    let is_name_everywhere = identifiers::doi(id).is_some() || identifiers::arxiv(id).is_some() || id.contains("://");
    if record.id_origin == IdOrigin::Given && !is_name_everywhere {
        record.id_origin = IdOrigin::Local;
    }
    record
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::document::Document;

    fn read(headings: &[&str], cells: &[Value]) -> Document {
        Columns::of(headings).record(|place| Ok(cells.get(place).cloned().unwrap_or_default())).unwrap().document
    }

    #[test]
    fn the_best_of_two_columns_for_one_field_is_looked_at_first() {
        let columns = Columns::of(&["\u{feff}Authors", "Author full names", "Source title", "Volume"]);
        let shown: Vec<_> =
            columns.columns.iter().map(|column| (column.heading.as_str(), column.name.as_str())).collect();
        let expected =
            [("Volume", "Volume"), ("Author full names", "authors"), ("Authors", "authors"), ("Source title", "venue")];
        assert_eq!(shown, expected);
    }

    #[test]
    fn words_for_nothing_are_no_value_but_as_a_title() {
        let document = read(
            &["title", "abstract", "authors", "year", "doi", "Volume"],
            &[json!("None"), json!("nan"), json!("NULL"), json!("NaN"), json!("NA"), json!("NA")],
        );
        assert_eq!((document.title.as_str(), document.r#abstract.as_str()), ("None", ""));
        assert!(document.authors.is_empty() && document.extra.is_empty(), "{document:?}");
    }

    #[test]
    fn a_value_that_a_field_cannot_be_is_kept() {
        let document =
            read(&["title", "year", "venue", "doi"], &[json!("T"), json!("in press"), json!({"x": 1}), json!("odd")]);
        assert_eq!(Value::Object(document.extra), json!({"year": "in press", "venue": {"x": 1}, "doi": "odd"}));
    }

    #[test]
    fn a_row_without_text_is_handed_out() {
        let document = read(&["id", "title", "year"], &[json!("a"), Value::Null, json!(2020)]);
        assert_eq!((document.id.as_str(), document.title.as_str()), ("a", ""));
    }
}
