//! Columns of fields within fields: authors with their parts, a map, a list of lists.
//!
//! The `parquet` crate puts such values together again. It gets the pages from [`Pages`], which bounds them.

use std::fs::File;
use std::sync::Arc;

use parquet::bloom_filter::Sbbf;
use parquet::column::page::PageReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::RowGroupReader;
use parquet::record::reader::{ReaderIter, RowIter, TreeBuilder};
use parquet::record::{Field, Row};
use parquet::schema::types::{SchemaDescPtr, Type};
use serde_json::{Map, Value};

use super::fault::Fault;
use super::pages::Pages;
use crate::error::Mismatch;
use crate::readers::values;

/// The values of the nested columns, row by row.
pub(super) struct Nested {
    rows: ReaderIter,
}

impl Nested {
    pub(super) fn open(
        columns: &SchemaDescPtr,
        group: &RowGroupMetaData,
        file: &Arc<File>,
        length: u64,
        at_once: usize,
    ) -> std::result::Result<Nested, Fault> {
        let group = Group { metadata: group.clone(), file: Arc::clone(file), length };
        let rows = TreeBuilder::new().with_batch_size(at_once).as_iter(Arc::clone(columns), &group)?;
        Ok(Nested { rows })
    }

    /// The values of the next row, in the order of the columns.
    pub(super) fn next_values(&mut self) -> std::result::Result<Vec<Value>, Fault> {
        match self.rows.next() {
            Some(row) => Ok(row?.into_columns().into_iter().map(|(_, field)| value(field)).collect()),
            None => Err(Mismatch::new("as many values in each column as there are rows", "fewer").into()),
        }
    }
}

/// A group of rows whose pages are bounded.
struct Group {
    metadata: RowGroupMetaData,
    file: Arc<File>,
    length: u64,
}

impl RowGroupReader for Group {
    fn metadata(&self) -> &RowGroupMetaData {
        &self.metadata
    }

    fn num_columns(&self) -> usize {
        self.metadata.num_columns()
    }

    fn get_column_page_reader(&self, index: usize) -> Result<Box<dyn PageReader>> {
        let column =
            self.metadata.columns().get(index).ok_or_else(|| ParquetError::General("no such column".into()))?;
        let pages = Pages::open(column, self.metadata.num_rows(), &self.file, self.length);
        Ok(Box::new(pages.map_err(|fault| match fault {
            Fault::Io(error) => ParquetError::External(Box::new(error)),
            Fault::File(Mismatch { expected, found }) => {
                ParquetError::General(format!("expected {expected}, found {found}"))
            }
        })?))
    }

    fn get_column_bloom_filter(&self, _index: usize) -> Option<&Sbbf> {
        None
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

/// A value as JSON. Groups are no deeper than the file's description, which was checked.
fn value(field: Field) -> Value {
    let date = |days: i64| values::day(days).map_or(Value::Null, |date| date.to_string().into());
    match field {
        Field::Null => Value::Null,
        Field::Bool(truth) => truth.into(),
        Field::Byte(number) => number.into(),
        Field::Short(number) => number.into(),
        Field::Int(number) | Field::TimeMillis(number) => number.into(),
        Field::Long(number) | Field::TimeMicros(number) => number.into(),
        Field::UByte(number) => number.into(),
        Field::UShort(number) => number.into(),
        Field::UInt(number) => number.into(),
        Field::ULong(number) => number.into(),
        Field::Float16(number) => real(f64::from(number)),
        Field::Float(number) => real(f64::from(number)),
        Field::Double(number) => real(number),
        Field::Decimal(_) => Value::Null,
        Field::Str(text) => text.into(),
        Field::Bytes(bytes) => std::str::from_utf8(bytes.data()).map_or(Value::Null, Value::from),
        Field::Date(days) => date(i64::from(days)),
        Field::TimestampMillis(ticks) => date(ticks.div_euclid(86_400_000)),
        Field::TimestampMicros(ticks) => date(ticks.div_euclid(86_400_000_000)),
        Field::Group(row) => object(row),
        Field::ListInternal(list) => list.elements().iter().cloned().map(value).collect::<Vec<_>>().into(),
        Field::MapInternal(map) => {
            let name = |key: &Field| match value(key.clone()) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            let fields: Map<String, Value> =
                map.entries().iter().map(|(key, inner)| (name(key), value(inner.clone()))).collect();
            fields.into()
        }
    }
}

/// The fields of a group that are there.
fn object(row: Row) -> Value {
    let fields = row.into_columns().into_iter().map(|(name, field)| (name, value(field)));
    fields.filter(|(_, value)| !value.is_null()).collect::<Map<String, Value>>().into()
}

fn real(number: f64) -> Value {
    match number.fract() == 0.0 && number.abs() < 1e15 {
        true => (number as i64).into(),
        false => serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number),
    }
}
