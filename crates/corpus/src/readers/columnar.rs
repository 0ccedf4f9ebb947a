//! Tables in JSON: columns, or names of columns and rows of cells.
//!
//! pandas writes `{"title": {"0": …, "1": …}, "abstract": {…}}` unless it is told otherwise, `{"columns": […], "data": [[…], …]}`
//! for `orient="split"`, and `{"title": […], "abstract": […]}` for a dictionary of lists. A record is one row of it.
//!
//! The first row is complete only at the end of the file, so the file is read whole, up to [`LARGEST`].

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use super::json;
use crate::error::{Mismatch, ReadError};
use crate::input::Bytes;
use crate::lines::utf8;

/// The largest file that is read whole, in bytes.
const LARGEST: usize = 64 << 20;

/// The rows of a table, each as the text of an object.
pub(super) struct Rows {
    bytes: Bytes,
    table: Option<std::vec::IntoIter<Map<String, Value>>>,
    row: Vec<u8>,
}

impl Rows {
    pub(super) fn new(bytes: Bytes) -> Rows {
        Rows { bytes, table: None, row: Vec::new() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.bytes.path
    }

    /// The next row. All begin on the line of the table.
    pub(super) fn next(&mut self) -> Option<Result<(u64, &[u8]), ReadError>> {
        let table = match &mut self.table {
            Some(table) => table,
            None => match read(&mut self.bytes) {
                Ok(rows) => self.table.insert(rows.into_iter()),
                Err(error) => {
                    self.table = Some(Vec::new().into_iter());
                    return Some(Err(error));
                }
            },
        };
        self.row = Value::Object(table.next()?).to_string().into_bytes();
        Some(Ok((1, &self.row)))
    }
}

fn read(bytes: &mut Bytes) -> Result<Vec<Map<String, Value>>, ReadError> {
    let mut text = Vec::new();
    bytes.reader.by_ref().take(LARGEST as u64 + 1).read_to_end(&mut text).map_err(|source| bytes.failure(source))?;
    let table = if text.len() > LARGEST {
        let expected = format!("columns of at most {} MiB", LARGEST >> 20);
        Err(Mismatch::new(expected, "more; write one object a line, with `to_json(orient=\"records\", lines=True)`"))
    } else {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        utf8(text).and_then(|text| json::object(text, "a table in columns")).and_then(rows)
    };
    table.map_err(|mismatch| mismatch.up_to_the_end(&bytes.path, 1))
}

fn rows(mut table: Map<String, Value>) -> Result<Vec<Map<String, Value>>, Mismatch> {
    if let (Some(Value::Array(names)), Some(Value::Array(_))) = (table.get("columns"), table.get("data")) {
        let names: Vec<String> =
            names.iter().map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned)).collect();
        let Some(Value::Array(cells)) = table.remove("data") else { return Ok(Vec::new()) };
        return cells.into_iter().map(|row| of_cells(&names, row)).collect();
    }
    let mut rows: Vec<Map<String, Value>> = Vec::new();
    // The first column says in which order rows come, by their names.
    let mut places = std::collections::HashMap::new();
    for (name, column) in table {
        let cells: Vec<(Option<String>, Value)> = match column {
            Value::Object(cells) => cells.into_iter().map(|(row, cell)| (Some(row), cell)).collect(),
            Value::Array(cells) => cells.into_iter().map(|cell| (None, cell)).collect(),
            other => return Err(Mismatch::new(format!("a column in `{name}`"), super::fields::kind_of(&other))),
        };
        for (at, (row, cell)) in cells.into_iter().enumerate() {
            let next = rows.len();
            let place = row.map_or(at, |row| *places.entry(row).or_insert(next));
            if place >= rows.len() {
                rows.resize_with(place + 1, Map::new);
            }
            if let Some(row) = rows.get_mut(place) {
                row.insert(name.clone(), cell);
            }
        }
    }
    Ok(rows)
}

fn of_cells(names: &[String], row: Value) -> Result<Map<String, Value>, Mismatch> {
    match row {
        Value::Array(cells) if cells.len() == names.len() => Ok(names.iter().cloned().zip(cells).collect()),
        Value::Array(cells) => {
            Err(Mismatch::new(format!("rows of {} cells", names.len()), format!("one of {}", cells.len())))
        }
        other => Err(Mismatch::new("a list of cells", super::fields::kind_of(&other))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(table: Value) -> Value {
        rows(table.as_object().unwrap().clone()).unwrap().into()
    }

    #[test]
    fn rows_are_put_together() {
        let expected = json!([{"title": "T", "year": 1}, {"title": "U", "year": null}]);
        assert_eq!(read(json!({"title": {"0": "T", "1": "U"}, "year": {"1": null, "0": 1}})), expected);
        assert_eq!(read(json!({"title": ["T", "U"], "year": [1, null]})), expected);
        assert_eq!(
            read(json!({"columns": ["title", "year"], "index": [0, 1], "data": [["T", 1], ["U", null]]})),
            expected
        );
    }

    #[test]
    fn what_is_no_table_is_named() {
        let fault = |table: Value| rows(table.as_object().unwrap().clone()).unwrap_err();
        assert_eq!(fault(json!({"columns": ["a"], "data": [[1, 2]]})).found, "one of 2");
        assert_eq!(fault(json!({"title": {"0": "T"}, "x": 3})).expected, "a column in `x`");
    }
}
