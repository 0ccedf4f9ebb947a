//! Rows of a table as records, whatever kind of file holds the table: text, Parquet, Arrow, Excel, a data base.
//!
//! A column has a name of JSON lines ([`jsonl`](super::jsonl)) in any case, or that of a data base or a reference manager
//! ([`headings`](super::headings)): `Title` is `title`, `Source title` is `venue`. There must be a column for the title
//! or for the abstract. What a column of another name holds is kept in `extra`.
//!
//! The value of a cell is turned into what its field holds ([`values`]). One that the field cannot be stays in `extra`
//! under the name of the field.
//!
//! | rows of                    | known by the columns                          | read as                              |
//! |----------------------------|-----------------------------------------------|--------------------------------------|
//! | arXiv's metadata           | `versions` or `authors_parsed`                | [`arxiv`](super::arxiv)              |
//! | OpenAlex                   | `authorships` or `abstract_inverted_index`    | [`openalex`](super::openalex)        |
//! | Semantic Scholar           | `paperId` or `corpusid`                       | [`semantic_scholar`](super::semantic_scholar) |
//!
//! These three have fields within fields. A table of theirs as text is read by the names of its columns.

use serde_json::{Map, Value};

use super::headings::{OF_PUBMED, meanings};
use super::jsonl::record;
use crate::document::Document;
use crate::error::{Mismatch, snippet};
use crate::identifiers;
use crate::record::{IdOrigin, Record};
use crate::slug::slug;

#[cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "columns of fields within fields come with features"))]
pub(crate) mod rows;
pub(crate) mod values;

/// Columns of searched text.
const TEXTS: [&str; 4] = ["title", "abstract", "text", "summary"];

/// All known columns.
const KNOWN: [&str; 32] = [
    "id",
    "_id",
    "paper_id",
    "arxiv_id",
    "authors",
    "author",
    "authors_count",
    "n_authors",
    "organization",
    "organisation",
    "affiliation",
    "date",
    "published",
    "published_date",
    "created",
    "update_date",
    "year",
    "venue",
    "journal",
    "journal-ref",
    "doi",
    "arxiv",
    "url",
    "link",
    "keywords",
    "categories",
    "tags",
    "comments",
    "abstract",
    "text",
    "title",
    "summary",
];

/// A column of a table.
#[derive(Debug, PartialEq, Eq)]
struct Column {
    /// The place of its cell in a row.
    place: usize,
    heading: String,
    /// The name of JSON lines, or the heading.
    name: String,
}

/// The columns of a table, in the order in which their cells are looked at.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<Column>,
    count: usize,
    /// Whether titles end with a full stop, and names with initials.
    is_of_pubmed: bool,
}

impl Columns {
    pub(super) fn of(headings: &[&str]) -> Columns {
        let headings: Vec<&str> =
            headings.iter().map(|heading| heading.trim().trim_start_matches('\u{feff}').trim()).collect();
        let mut columns: Vec<(usize, Column)> = Vec::with_capacity(headings.len());
        for (place, (heading, meaning)) in headings.iter().zip(meanings(&headings)).enumerate() {
            let (rank, name) =
                meaning.map_or_else(|| (0, name_of(heading)), |known| (known.rank, known.name.to_owned()));
            columns.push((rank, Column { place, heading: (*heading).to_owned(), name }));
        }
        columns.sort_by_key(|(rank, _)| *rank);
        Columns {
            columns: columns.into_iter().map(|(_, column)| column).collect(),
            count: headings.len(),
            is_of_pubmed: headings.iter().any(|heading| heading.eq_ignore_ascii_case(OF_PUBMED)),
        }
    }

    /// The number of columns.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How many columns have known names, if some column holds a title or an abstract and another is known too.
    pub(super) fn known(&self) -> Option<usize> {
        let count = self.columns.iter().filter(|column| is_known(&column.name)).count();
        (self.holds_text() && count >= 2).then_some(count)
    }

    /// Whether some column holds a title or an abstract.
    pub(super) fn holds_text(&self) -> bool {
        self.columns.iter().any(|column| TEXTS.contains(&column.name.as_str()))
    }

    /// The place of the title, or else that of the abstract.
    pub(super) fn place_of_text(&self) -> Option<usize> {
        TEXTS.iter().find_map(|text| self.columns.iter().find(|column| column.name == *text)).map(|column| column.place)
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
        let (mut fields, mut odd) = (Map::new(), Map::new());
        for Column { place, heading, name } in &self.columns {
            let value = cell(*place)
                .map_err(|fault| Mismatch::new(format!("{} in `{heading}`", fault.expected), fault.found))?;
            // Of two columns for one field, the second one is kept under its heading.
            let key = if fields.contains_key(name) { heading } else { name };
            if key.is_empty() || fields.contains_key(key) || values::says_nothing(name, &value) {
                continue;
            }
            if key != name {
                fields.insert(key.clone(), value);
                continue;
            }
            match values::value_of(name, value, self.is_of_pubmed) {
                Ok(Value::Null) => {}
                Ok(value) => _ = fields.insert(key.clone(), value),
                Err(value) => _ = odd.insert(key.clone(), value),
            }
        }
        for (name, value) in more {
            if fields.contains_key(&name) || odd.contains_key(&name) {
                continue;
            }
            match values::value_of(&name, value, false) {
                Ok(value) => _ = fields.insert(name, value),
                Err(value) => _ = odd.insert(name, value),
            }
        }
        record_of(fields, odd)
    }
}

/// The record of fields under the names of JSON lines, whose values were turned into what the fields hold. What they cannot
/// be is in `odd`.
fn record_of(mut fields: Map<String, Value>, odd: Map<String, Value>) -> Result<Record, Mismatch> {
    if !TEXTS.iter().any(|&name| fields.contains_key(name)) {
        fields.extend(odd);
        let document = Document { extra: fields, ..Document::default() };
        return Ok(Record { document, id_origin: IdOrigin::Made });
    }
    if !TEXTS[1..].iter().any(|&name| fields.contains_key(name)) {
        fields.insert("abstract".to_owned(), Value::String(String::new()));
    }
    // A paper without a title is named by its abstract.
    let has_name = ["title", "id", "_id", "paper_id", "arxiv_id"].iter().any(|&name| fields.contains_key(name));
    if !has_name && let Some(Value::String(text)) = TEXTS[1..].iter().find_map(|&name| fields.get(name)) {
        fields.insert("id".to_owned(), slug(text).into());
    }
    let mut record = record(fields);
    if !has_name {
        record.id_origin = IdOrigin::Made;
    }
    for (name, value) in odd {
        record.document.extra.entry(name).or_insert(value);
    }
    Ok(record)
}

/// A column's name as JSON lines spell it; unchanged if they do not know it.
pub(crate) fn name_of(cell: &str) -> String {
    let name = cell.trim().trim_start_matches('\u{feff}');
    let lower = name.to_lowercase();
    if is_known(&lower) { lower } else { name.to_owned() }
}

/// Whether JSON lines know a name.
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
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
        assert_eq!((document.id.as_str(), document.title.as_str()), ("", ""));
    }
}
