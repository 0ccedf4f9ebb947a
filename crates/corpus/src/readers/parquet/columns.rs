//! Which columns are read, and their values as JSON.
//!
//! A column of a nested table is a list of leaf values with two numbers beside each: how much of its path exists (the
//! definition level), and at which list of the path it continues (the repetition level). Here columns with at most one
//! list in their path are read. A value with repetition level 0 begins a row; one with the highest definition level is not
//! null. Columns of other shapes are read by [`nested`](super::nested).

use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::data_type::ByteArray;
use parquet::file::metadata::RowGroupMetaData;
use parquet::schema::types::{ColumnDescriptor, SchemaDescPtr, SchemaDescriptor};
use serde_json::Value;

use super::fault::Fault;
use super::pages::Pages;
use crate::error::Mismatch;
use crate::readers::table::rows::{are_read, has_own_reader};
use crate::readers::values;

/// A column that is read.
pub(super) struct Choice {
    /// The name of the column.
    pub(super) name: String,
    /// The place of the column among all leaf columns.
    index: usize,
    kind: Kind,
    is_list: bool,
    highest: i16,
}

/// The meaning of a column's values.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    /// Any value, as JSON text.
    Json,
    Number,
    /// Whole numbers, as so many parts of ten.
    Decimal {
        scale: i32,
    },
    /// Sixteen bytes.
    Uuid,
    /// Days since 1970.
    Days,
    /// Units of time since 1970, `per_second` of them a second.
    Ticks {
        per_second: i64,
    },
    /// Nanoseconds of a day, and the day.
    Julian,
}

/// The columns of a table that are read.
pub(super) struct Choices {
    /// Those that are values, or lists of them.
    pub(super) flat: Vec<Choice>,
    /// Those that hold fields within fields, as a table of their own.
    pub(super) nested: Option<SchemaDescPtr>,
    /// Those that have a known name, and values that no field can be.
    pub(super) unread: Vec<String>,
}

/// The columns that fill fields of a paper.
pub(super) fn choose(schema: &SchemaDescriptor) -> Choices {
    let roots = schema.root_schema().get_fields();
    let names: Vec<&str> = roots.iter().map(|root| root.name()).collect();
    let mut leaves: Vec<Vec<usize>> = vec![Vec::new(); roots.len()];
    for index in 0..schema.num_columns() {
        if let Some(of_root) = leaves.get_mut(schema.get_column_root_idx(index)) {
            of_root.push(index);
        }
    }
    let (mut flat, mut nested, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for (((root, leaves), are_read), name) in roots.iter().zip(leaves).zip(are_read(&names)).zip(&names) {
        let choices = leaves.iter().filter_map(|&index| choice(index, &schema.column(index), are_read));
        let choices: Vec<Choice> = choices.collect();
        let is_value = root.is_primitive() || leaves.len() == 1 && !choices.is_empty();
        let has_names = choices.len() == 1 && (!are_read || is_of_people(name)) && !has_own_reader(&names);
        if is_value || has_names {
            if are_read && choices.is_empty() {
                unread.push((*name).to_owned());
            }
            flat.extend(choices);
        } else if are_read {
            nested.push(Arc::clone(root));
        }
    }
    let table =
        (!nested.is_empty()).then(|| parquet::schema::types::Type::group_type_builder("nested").with_fields(nested));
    let nested =
        table.and_then(|table| table.build().ok()).map(|table| Arc::new(SchemaDescriptor::new(Arc::new(table))));
    Choices { flat, nested, unread }
}

fn is_of_people(name: &str) -> bool {
    matches!(name.to_lowercase().as_str(), "authors" | "author")
}

fn choice(index: usize, column: &ColumnDescriptor, is_known: bool) -> Option<Choice> {
    let path = column.path().parts();
    let name = path.first()?.clone();
    let is_list = column.max_rep_level() == 1;
    let kind = kind_of(column, is_known)?;
    // `authors.list.element` is a list of text; `authors.list.element.name` is the name in a list of groups.
    let wrappers = ["list", "bag", "array", "element", "item", "array_element", "tuple"];
    let inside = path.get(1..)?.iter().filter(|part| !wrappers.contains(&part.as_str())).collect::<Vec<_>>();
    let is_read = match (column.max_rep_level(), inside.as_slice()) {
        (0, []) => true,
        (1, []) => matches!(kind, Kind::Text),
        (1, [only]) => matches!(kind, Kind::Text) && only.as_str() == "name",
        _ => false,
    };
    is_read.then(|| Choice { name, index, kind, is_list, highest: column.max_def_level() })
}

/// The meaning of a column's values; `None` if they cannot fill a field. Bytes without a declared type count as text under
/// a known name; under any other they may be a picture.
fn kind_of(column: &ColumnDescriptor, is_known: bool) -> Option<Kind> {
    let (logical, converted) = (column.logical_type_ref(), column.converted_type());
    let is_json = matches!(logical, Some(LogicalType::Json)) || converted == ConvertedType::JSON;
    let is_text = matches!(logical, Some(LogicalType::String | LogicalType::Enum))
        || matches!(converted, ConvertedType::UTF8 | ConvertedType::ENUM);
    let per_second = match (logical, converted) {
        (Some(LogicalType::Timestamp(time)), _) => match time.unit {
            TimeUnit::MILLIS => Some(1_000),
            TimeUnit::MICROS => Some(1_000_000),
            TimeUnit::NANOS => Some(1_000_000_000),
        },
        (_, ConvertedType::TIMESTAMP_MILLIS) => Some(1_000),
        (_, ConvertedType::TIMESTAMP_MICROS) => Some(1_000_000),
        _ => None,
    };
    let is_date = matches!(logical, Some(LogicalType::Date)) || converted == ConvertedType::DATE;
    let is_decimal = matches!(logical, Some(LogicalType::Decimal(_))) || converted == ConvertedType::DECIMAL;
    let is_of_bytes = matches!(column.physical_type(), Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY);
    match column.physical_type() {
        _ if is_decimal => is_known.then(|| Kind::Decimal { scale: column.type_scale() }),
        Type::FIXED_LEN_BYTE_ARRAY if matches!(logical, Some(LogicalType::Uuid)) => Some(Kind::Uuid),
        Type::FIXED_LEN_BYTE_ARRAY if logical.is_some() && !is_text => None,
        Type::BYTE_ARRAY if is_json => Some(Kind::Json),
        _ if is_of_bytes => (is_text || is_known).then_some(Kind::Text),
        Type::INT96 => Some(Kind::Julian),
        Type::INT32 if is_date => Some(Kind::Days),
        Type::INT64 if per_second.is_some() => per_second.map(|per_second| Kind::Ticks { per_second }),
        Type::BOOLEAN | Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE => Some(Kind::Number),
        _ => None,
    }
}

/// A value of the file.
enum Cell {
    Bytes(ByteArray),
    Bool(bool),
    Whole(i64),
    Real(f64),
    /// A day, counted from the first one of Julius Scaliger's.
    Julian(u32),
}

/// A column that is being read.
pub(super) struct Column {
    name: String,
    kind: Kind,
    is_list: bool,
    highest: i16,
    reader: ColumnReader,
    /// The values of the rows in hand (`None` for null), each with whether it begins a row.
    cells: VecDeque<(Option<Cell>, bool)>,
}

impl Column {
    pub(super) fn open(
        choice: &Choice,
        group: &RowGroupMetaData,
        file: &Arc<File>,
        length: u64,
    ) -> Result<Column, Fault> {
        let chunk = group.columns().get(choice.index).ok_or_else(|| {
            Mismatch::new(format!("the column `{}` in every group of rows", choice.name), "one without it")
        })?;
        let pages = Pages::open(chunk, group.num_rows(), file, length)?;
        Ok(Column {
            name: choice.name.clone(),
            kind: choice.kind,
            is_list: choice.is_list,
            highest: choice.highest,
            reader: get_column_reader(chunk.column_descr_ptr(), Box::new(pages)),
            cells: VecDeque::new(),
        })
    }

    /// Takes the next rows in hand.
    pub(super) fn read(&mut self, rows: usize) -> Result<(), Fault> {
        let (mut defined, mut repeated) = (Vec::new(), Vec::new());
        macro_rules! cells {
            ($reader:expr, $cell:expr) => {{
                let mut values = Vec::new();
                let (read, _, _) = $reader.read_records(rows, Some(&mut defined), Some(&mut repeated), &mut values)?;
                (read, values.into_iter().map($cell).collect::<VecDeque<Cell>>())
            }};
        }
        let (read, mut values) = match &mut self.reader {
            ColumnReader::ByteArrayColumnReader(reader) => cells!(reader, Cell::Bytes),
            ColumnReader::BoolColumnReader(reader) => cells!(reader, Cell::Bool),
            ColumnReader::Int32ColumnReader(reader) => cells!(reader, |value| Cell::Whole(i64::from(value))),
            ColumnReader::Int64ColumnReader(reader) => cells!(reader, Cell::Whole),
            ColumnReader::FloatColumnReader(reader) => cells!(reader, |value| Cell::Real(f64::from(value))),
            ColumnReader::DoubleColumnReader(reader) => cells!(reader, Cell::Real),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => cells!(reader, |value| Cell::Bytes(value.into())),
            ColumnReader::Int96ColumnReader(reader) => cells!(reader, |value| Cell::Julian(value.data()[2])),
        };
        if read != rows {
            let expected = format!("as many values in the column `{}` as there are rows", self.name);
            return Err(Mismatch::new(expected, format!("{read} where {rows} are left")).into());
        }
        let levels = if self.highest == 0 { values.len() } else { defined.len() };
        for at in 0..levels {
            let is_there = defined.get(at).is_none_or(|&level| level == self.highest);
            let value = if is_there { values.pop_front() } else { None };
            let begins = !self.is_list || repeated.get(at).is_none_or(|&level| level == 0);
            self.cells.push_back((value, begins));
        }
        Ok(())
    }

    /// The column's value in the next row, if it has one.
    pub(super) fn next_value(&mut self) -> Result<Option<Value>, Mismatch> {
        let Some((first, _)) = self.cells.pop_front() else {
            return Ok(None);
        };
        if !self.is_list {
            return first.map_or(Ok(None), |cell| self.value(cell));
        }
        let mut list = Vec::from_iter(first);
        while let Some((next, false)) = self.cells.front_mut() {
            list.extend(next.take());
            self.cells.pop_front();
        }
        let texts: Result<Vec<Value>, Mismatch> =
            list.into_iter().map(|cell| Ok(self.value(cell)?.unwrap_or_default())).collect();
        texts.map(|texts| Some(Value::Array(texts)))
    }

    fn value(&self, cell: Cell) -> Result<Option<Value>, Mismatch> {
        let date = |days: i64| values::day(days).map(|date| Value::from(date.to_string()));
        Ok(match (cell, self.kind) {
            (Cell::Bytes(bytes), Kind::Json) => {
                let value = serde_json::from_slice(bytes.data());
                Some(value.map_err(|error| Mismatch::new(format!("JSON in `{}`", self.name), error.to_string()))?)
            }
            (Cell::Bytes(bytes), Kind::Uuid) => Some(uuid(bytes.data()).into()),
            (Cell::Bytes(bytes), Kind::Decimal { scale }) => decimal(whole_of(bytes.data()), scale),
            (Cell::Bytes(bytes), _) => Some(text(&self.name, bytes.data())?),
            (Cell::Bool(truth), _) => Some(truth.into()),
            (Cell::Whole(days), Kind::Days) => Some(date(days).unwrap_or_else(|| days.into())),
            (Cell::Whole(ticks), Kind::Ticks { per_second }) => {
                Some(date(ticks.div_euclid(per_second).div_euclid(86_400)).unwrap_or_else(|| ticks.into()))
            }
            (Cell::Whole(number), Kind::Decimal { scale }) => decimal(i128::from(number), scale),
            (Cell::Whole(number), _) => Some(number.into()),
            (Cell::Julian(day), _) => date(i64::from(day) - FIRST_OF_1970),
            // Some programs write whole numbers with gaps, such as years, as floats.
            (Cell::Real(number), _) if number.fract() == 0.0 && number.abs() < 1e15 => Some((number as i64).into()),
            (Cell::Real(number), _) => serde_json::Number::from_f64(number).map(Value::Number),
        })
    }
}

/// The first of January 1970 among the days of [`Cell::Julian`].
const FIRST_OF_1970: i64 = 2_440_588;

/// Bytes as text. Those of an id need not be text: it may be a number of sixteen bytes.
fn text(name: &str, bytes: &[u8]) -> Result<Value, Mismatch> {
    let is_id = ["id", "_id", "paper_id"].iter().any(|id| id.eq_ignore_ascii_case(name));
    match std::str::from_utf8(bytes) {
        Ok(text) if is_id && text.contains(char::is_control) => Ok(uuid(bytes).into()),
        // Text of a fixed length is filled up.
        Ok(text) => Ok(text.trim_end_matches('\0').into()),
        Err(_) if is_id => Ok(uuid(bytes).into()),
        Err(_) => Err(Mismatch::new(format!("UTF-8 text in `{name}`"), "other bytes")),
    }
}

/// Bytes in hexadecimal digits; sixteen of them as a UUID is written.
fn uuid(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if bytes.len() == 16 && matches!(at, 4 | 6 | 8 | 10) {
            digits.push('-');
        }
        digits.push_str(&format!("{byte:02x}"));
    }
    digits
}

/// A whole number of at most sixteen bytes, the highest first.
fn whole_of(bytes: &[u8]) -> i128 {
    let begin = if bytes.first().is_some_and(|&byte| byte >= 0x80) { -1 } else { 0 };
    bytes.iter().fold(begin, |number: i128, &byte| (number << 8) | i128::from(byte))
}

fn decimal(number: i128, scale: i32) -> Option<Value> {
    let number = number as f64 / 10f64.powi(scale);
    match number.fract() == 0.0 && number.abs() < 1e15 {
        true => Some((number as i64).into()),
        false => serde_json::Number::from_f64(number).map(Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_numbers_and_names() {
        assert_eq!(whole_of(&[0x07, 0xe4]), 2020);
        assert_eq!(whole_of(&[0xff, 0xfe]), -2);
        assert_eq!(decimal(20_200, 1), Some(2020.into()));
        assert_eq!(uuid(&[0xab; 16]), "abababab-abab-abab-abab-abababababab");
        assert_eq!(uuid(&[1, 255]), "01ff");
        assert_eq!(text("title", b"On Tides\0\0").unwrap(), Value::from("On Tides"));
        assert!(text("title", b"\xff").is_err() && text("ID", b"\xff").is_ok());
    }
}
