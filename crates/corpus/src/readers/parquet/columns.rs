//! Which columns are read, and their values as JSON.
//!
//! A column of a nested table is a list of leaf values with two numbers beside each: how much of its path exists (the
//! definition level), and at which list of the path it continues (the repetition level). Only columns with at most one
//! list in their path are read. A value with repetition level 0 begins a row; one with the highest definition level is not
//! null.

use std::collections::VecDeque;
use std::fs::File;
use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::data_type::ByteArray;
use parquet::file::metadata::RowGroupMetaData;
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};
use serde_json::Value;

use super::fault::Fault;
use super::pages::Pages;
use crate::date::Date;
use crate::error::Mismatch;
use crate::readers::delimited::{self, value_of};

/// A column that is read.
pub(super) struct Choice {
    /// The field that the column fills.
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
    /// Days since 1970.
    Days,
    /// Units of time since 1970, `per_second` of them a second.
    Ticks {
        per_second: i64,
    },
}

/// The columns that fill fields of a paper.
pub(super) fn choose(schema: &SchemaDescriptor) -> Vec<Choice> {
    let columns = schema.columns().iter().enumerate();
    columns.filter_map(|(index, column)| choice(index, column)).collect()
}

fn choice(index: usize, column: &ColumnDescriptor) -> Option<Choice> {
    let path = column.path().parts();
    let name = delimited::name_of(path.first()?);
    let is_list = column.max_rep_level() == 1;
    let kind = kind_of(column, delimited::is_known(&name))?;
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
    match column.physical_type() {
        Type::BYTE_ARRAY if is_json => Some(Kind::Json),
        Type::BYTE_ARRAY if is_text || (is_known && !is_decimal) => Some(Kind::Text),
        Type::INT32 if is_date => Some(Kind::Days),
        Type::INT64 if per_second.is_some() => per_second.map(|per_second| Kind::Ticks { per_second }),
        Type::BOOLEAN | Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE if !is_decimal => Some(Kind::Number),
        _ => None,
    }
}

/// A value of the file.
enum Cell {
    Bytes(ByteArray),
    Bool(bool),
    Whole(i64),
    Real(f64),
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
            _ => (0, VecDeque::new()),
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
        Ok(match (cell, self.kind) {
            (Cell::Bytes(bytes), Kind::Json) => {
                let value = serde_json::from_slice(bytes.data());
                Some(value.map_err(|error| Mismatch::new(format!("JSON in `{}`", self.name), error.to_string()))?)
            }
            (Cell::Bytes(bytes), _) => {
                let text = std::str::from_utf8(bytes.data())
                    .map_err(|_| Mismatch::new(format!("UTF-8 text in `{}`", self.name), "other bytes"))?;
                Some(if self.is_list { text.into() } else { value_of(&self.name, text) })
            }
            (Cell::Bool(truth), _) => Some(truth.into()),
            (Cell::Whole(days), Kind::Days) => Some(day(days).unwrap_or_else(|| days.into())),
            (Cell::Whole(ticks), Kind::Ticks { per_second }) => {
                Some(day(ticks.div_euclid(per_second).div_euclid(86_400)).unwrap_or_else(|| ticks.into()))
            }
            (Cell::Whole(number), _) => Some(number.into()),
            // Some programs write whole numbers with gaps, such as years, as floats.
            (Cell::Real(number), _) if number.fract() == 0.0 && number.abs() < 1e15 => Some((number as i64).into()),
            (Cell::Real(number), _) => serde_json::Number::from_f64(number).map(Value::Number),
        })
    }
}

/// The date `days` after 1970-01-01, as text.
fn day(days: i64) -> Option<Value> {
    // Counted in eras of 400 years from the first of March of the year 0, so that leap days come last.
    let days = days.checked_add(719_468)?;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = u8::try_from(of_year - (153 * month + 2) / 5 + 1).ok()?;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = i32::try_from(era.checked_mul(400)?.checked_add(year + later)?).ok()?;
    Date::new(year, u8::try_from(month).ok(), Some(day)).ok().map(|date| date.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, date) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (18_383, "2020-05-01"),
            (-719_162, "0001-01-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(day(days), Some(Value::from(date)));
        }
        assert_eq!((day(2_932_897), day(i64::MAX), day(i64::MIN)), (None, None, None));
    }
}
