//! Arrow: tables as programs hold them in memory, written down as a file (`.arrow`, Feather 2) or as a stream.
//!
//! Columns have the names that [`table`](super::table) knows. Text, numbers, truth values, days and times are read, lists
//! of text and values from a dictionary; under known names also groups, maps and lists of them. All other columns are
//! passed over.
//!
//! The `arrow-ipc` crate reads the format. It believes what a file says of its lengths, so the messages are walked over
//! first and their lengths held against that of the file. A panic of the crate on an inconsistent file becomes an error.
//!
//! Buffers may be compressed with LZ4. Zstandard would need a C library here, and few programs write it without being asked.
//!
//! Cost: one batch of rows, as the program wrote it.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::{Block, CompressionType, root_as_footer, root_as_message};
use arrow_schema::{ArrowError, DataType, TimeUnit};
use serde_json::{Map, Value};

use super::table::rows::{Rows, are_read};
use super::values::day;
use crate::document::Source;
use crate::error::{Mismatch, ReadError};
use crate::input::Input;
use crate::record::{Record, Records};

/// What a file begins and ends with.
const MAGIC: &[u8] = b"ARROW1";

/// What a message of a stream begins with.
const CONTINUES: [u8; 4] = [0xff; 4];

/// The longest description of a batch.
const LONGEST_DESCRIPTION: usize = 64 << 20;

/// The largest buffer of a batch, once it is decompressed.
const LARGEST_BUFFER: u64 = 4 << 30;

/// How deep values may nest.
const DEEPEST: usize = 16;

fn damaged(found: impl ToString) -> Mismatch {
    Mismatch::new("a whole Arrow file", found.to_string())
}

pub(crate) fn open(input: Input, name: String) -> Result<Records, ReadError> {
    let (path, notes) = (input.path().to_owned(), input.notes());
    let is_file = input.head().starts_with(MAGIC);
    let mut file = input.into_file()?;
    let failure = |mismatch: Mismatch| mismatch.up_to_the_end(&path, 1);
    let checked = if is_file { check_file(&mut file) } else { check_stream(&mut file) };
    checked.map_err(failure)?;
    file.rewind().map_err(|source| ReadError::reading(&path, None, source))?;
    let (schema, batches): (_, Batches) = match is_file {
        true => {
            let reader =
                guarded(|| FileReader::try_new(BufReader::new(file), None).map_err(damaged)).map_err(failure)?;
            (reader.schema(), Box::new(reader))
        }
        false => {
            let reader =
                guarded(|| StreamReader::try_new(BufReader::new(file), None).map_err(damaged)).map_err(failure)?;
            (reader.schema(), Box::new(reader))
        }
    };
    let headings: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let wanted: Vec<bool> = are_read(&headings)
        .into_iter()
        .zip(schema.fields())
        .map(|(is_known, field)| is_known || is_flat(field.data_type()))
        .collect();
    let rows = Rows::of_papers(&headings).map_err(failure)?;
    notes.add(rows.note());
    Ok(Box::new(Table { path, name, batches, rows, wanted, batch: None, at: 0, row: 0, ended: false }))
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Whether values of a type are kept under names that are not known.
fn is_flat(of: &DataType) -> bool {
    match of {
        DataType::List(item) | DataType::LargeList(item) => {
            matches!(item.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => false,
        other => !other.is_nested(),
    }
}

/// Runs code of the `arrow` crates. Their panics mean that the file is inconsistent.
fn guarded<T>(work: impl FnOnce() -> Result<T, Mismatch>) -> Result<T, Mismatch> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(damaged("one that its reader gives up on")))
}

/// Holds the lengths that the list of batches at the end of a file tells against that of the file.
fn check_file(file: &mut File) -> Result<(), Mismatch> {
    let length = file.metadata().map_err(damaged)?.len();
    let end = MAGIC.len() as u64 + 4;
    let mut tail = [0; MAGIC.len() + 4];
    let tail_at = length.checked_sub(end).ok_or_else(|| damaged(format!("{length} bytes")))?;
    read_at(file, tail_at, &mut tail)?;
    let size = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]));
    let is_whole = tail.ends_with(MAGIC) && size <= LONGEST_DESCRIPTION as u64;
    let Some(footer_at) = tail_at.checked_sub(size).filter(|_| is_whole) else {
        return Err(damaged("another end, so the file may be cut short"));
    };
    let mut footer = vec![0; size as usize];
    read_at(file, footer_at, &mut footer)?;
    let blocks: Vec<Block> = guarded(|| {
        let footer = root_as_footer(&footer).map_err(damaged)?;
        let all = [footer.dictionaries(), footer.recordBatches()].into_iter().flatten();
        Ok(all.flat_map(|blocks| blocks.iter().copied()).collect())
    })?;
    for block in blocks {
        let place = |number: i64| u64::try_from(number).map_err(|_| damaged("a batch in front of the file"));
        let (at, size, body) =
            (place(block.offset())?, place(block.metaDataLength().into())?, place(block.bodyLength())?);
        let body_at = at.saturating_add(size);
        if size < 8 || size > LONGEST_DESCRIPTION as u64 || body_at.saturating_add(body) > length {
            return Err(damaged(format!("a batch of {body} bytes at byte {at} of {length}")));
        }
        let mut description = vec![0; size as usize];
        read_at(file, at, &mut description)?;
        let begin = if description.starts_with(&CONTINUES) { 8 } else { 4 };
        guarded(|| check_buffers(file, &description[begin..], body_at, body))?;
    }
    Ok(())
}

fn read_at(file: &mut File, at: u64, bytes: &mut [u8]) -> Result<(), Mismatch> {
    file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(bytes)).map_err(damaged)
}

/// Walks over the messages of a stream, and holds the lengths that they tell against that of the file.
fn check_stream(file: &mut File) -> Result<(), Mismatch> {
    let length = file.metadata().map_err(damaged)?.len();
    let mut at = 0;
    loop {
        let mut front = [0; 8];
        // A stream may just end.
        if length.saturating_sub(at) < 8 || read_at(file, at, &mut front).is_err() {
            return Ok(());
        }
        let size = u32::from_le_bytes([front[4], front[5], front[6], front[7]]) as usize;
        if !front.starts_with(&CONTINUES) || size == 0 {
            return Ok(());
        }
        at += 8;
        if size > LONGEST_DESCRIPTION || size as u64 > length.saturating_sub(at) {
            return Err(damaged(format!("a description of {size} bytes")));
        }
        let mut description = vec![0; size];
        read_at(file, at, &mut description)?;
        at += size as u64;
        let message = guarded(|| Ok(root_as_message(&description).map_err(damaged)?.bodyLength()))?;
        let body = u64::try_from(message).unwrap_or(u64::MAX);
        if body > length.saturating_sub(at) {
            return Err(damaged(format!("a batch of {body} bytes, so it may be cut short")));
        }
        guarded(|| check_buffers(file, &description, at, body))?;
        at += body;
    }
}

/// Checks how much the compressed buffers of a batch say that they hold.
fn check_buffers(file: &mut File, description: &[u8], body: u64, length: u64) -> Result<(), Mismatch> {
    let message = root_as_message(description).map_err(damaged)?;
    let batch = message.header_as_record_batch().or_else(|| message.header_as_dictionary_batch()?.data());
    if batch.and_then(|batch| batch.compression()).is_some_and(|of| of.codec() == CompressionType::ZSTD) {
        return Err(damaged("batches compressed with Zstandard; write the file with LZ4, or as Parquet"));
    }
    let Some((batch, buffers)) = batch.and_then(|batch| Some((batch, batch.buffers()?))) else { return Ok(()) };
    for buffer in buffers {
        let (offset, size) = (u64::try_from(buffer.offset()).unwrap_or(u64::MAX), buffer.length());
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        if offset.saturating_add(size) > length {
            return Err(damaged("a buffer beyond its batch"));
        }
        if batch.compression().is_none() || size < 8 {
            continue;
        }
        let mut claimed = [0; 8];
        read_at(file, body + offset, &mut claimed)?;
        // Minus one: it is not compressed. One byte of LZ4 makes 255 at most.
        let claimed = i64::from_le_bytes(claimed);
        let most = LARGEST_BUFFER.min(size.saturating_mul(256));
        if claimed != -1 && u64::try_from(claimed).map_or(true, |claimed| claimed > most) {
            return Err(damaged(format!("{size} bytes that claim to hold {claimed}")));
        }
    }
    Ok(())
}

struct Table {
    path: PathBuf,
    /// The value of [`Source::file`].
    name: String,
    batches: Batches,
    rows: Rows,
    /// Which columns are read.
    wanted: Vec<bool>,
    batch: Option<RecordBatch>,
    /// The next row of the batch.
    at: usize,
    /// The number of the row handed out last, counted from 1.
    row: u64,
    ended: bool,
}

impl Table {
    fn next_row(&mut self) -> Result<Option<Result<Record, Mismatch>>, Mismatch> {
        loop {
            if let Some(batch) = self.batch.as_ref().filter(|batch| self.at < batch.num_rows()) {
                let columns = batch.columns().iter().zip(&self.wanted);
                let value = |(column, is_wanted): (&std::sync::Arc<dyn Array>, &bool)| match is_wanted {
                    true => value(column.as_ref(), self.at, DEEPEST),
                    false => Value::Null,
                };
                let values = columns.map(value).collect();
                self.at += 1;
                self.row += 1;
                return Ok(Some(self.rows.record(values, Map::new())));
            }
            match self.batches.next() {
                None => return Ok(None),
                Some(Ok(batch)) => (self.batch, self.at) = (Some(batch), 0),
                Some(Err(error)) => return Err(damaged(error)),
            }
        }
    }
}

impl Iterator for Table {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        Some(match guarded(|| self.next_row()) {
            Ok(None) => {
                self.ended = true;
                return None;
            }
            Ok(Some(Ok(mut record))) => {
                let place = Source { file: self.name.clone(), line: self.row, rank: None, key: None };
                record.document.source = vec![place];
                Ok(record)
            }
            Ok(Some(Err(Mismatch { expected, found }))) => {
                Err(ReadError::Row { path: self.path.clone(), row: self.row, expected, found })
            }
            Err(mismatch) => {
                self.ended = true;
                Err(mismatch.up_to_the_end(&self.path, 1))
            }
        })
    }
}

/// The value at a place of a column as JSON.
fn value(array: &dyn Array, at: usize, depth: usize) -> Value {
    if depth == 0 || array.is_null(at) {
        return Value::Null;
    }
    macro_rules! number {
        ($of:ty) => {
            array.as_primitive::<$of>().value(at)
        };
    }
    let date = |days: i64| day(days).map_or(Value::Null, |date| date.to_string().into());
    let bytes = |bytes: &[u8]| std::str::from_utf8(bytes).map_or(Value::Null, Value::from);
    let list = |items: &dyn Array| (0..items.len()).map(|at| value(items, at, depth - 1)).collect::<Vec<_>>().into();
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(at).into(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(at).into(),
        DataType::Utf8View => array.as_string_view().value(at).into(),
        DataType::Binary => bytes(array.as_binary::<i32>().value(at)),
        DataType::LargeBinary => bytes(array.as_binary::<i64>().value(at)),
        DataType::BinaryView => bytes(array.as_binary_view().value(at)),
        DataType::FixedSizeBinary(_) => bytes(array.as_fixed_size_binary().value(at)),
        DataType::Boolean => array.as_boolean().value(at).into(),
        DataType::Int8 => number!(Int8Type).into(),
        DataType::Int16 => number!(Int16Type).into(),
        DataType::Int32 => number!(Int32Type).into(),
        DataType::Int64 => number!(Int64Type).into(),
        DataType::UInt8 => number!(UInt8Type).into(),
        DataType::UInt16 => number!(UInt16Type).into(),
        DataType::UInt32 => number!(UInt32Type).into(),
        DataType::UInt64 => number!(UInt64Type).into(),
        DataType::Float16 => real(f64::from(number!(Float16Type))),
        DataType::Float32 => real(f64::from(number!(Float32Type))),
        DataType::Float64 => real(number!(Float64Type)),
        DataType::Date32 => date(i64::from(number!(Date32Type))),
        DataType::Date64 => date(number!(Date64Type).div_euclid(86_400_000)),
        DataType::Timestamp(unit, _) => {
            let (ticks, per_second) = match unit {
                TimeUnit::Second => (number!(TimestampSecondType), 1),
                TimeUnit::Millisecond => (number!(TimestampMillisecondType), 1_000),
                TimeUnit::Microsecond => (number!(TimestampMicrosecondType), 1_000_000),
                TimeUnit::Nanosecond => (number!(TimestampNanosecondType), 1_000_000_000),
            };
            date(ticks.div_euclid(per_second).div_euclid(86_400))
        }
        DataType::List(_) => list(array.as_list::<i32>().value(at).as_ref()),
        DataType::LargeList(_) => list(array.as_list::<i64>().value(at).as_ref()),
        DataType::ListView(_) => list(array.as_list_view::<i32>().value(at).as_ref()),
        DataType::LargeListView(_) => list(array.as_list_view::<i64>().value(at).as_ref()),
        DataType::FixedSizeList(_, _) => list(array.as_fixed_size_list().value(at).as_ref()),
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let named = fields
                .iter()
                .zip(columns)
                .map(|(field, column)| (field.name().clone(), value(column.as_ref(), at, depth - 1)));
            named.filter(|(_, value)| !value.is_null()).collect::<Map<String, Value>>().into()
        }
        DataType::Map(_, _) => {
            let entries = array.as_map().value(at);
            let [keys, values] = entries.columns() else { return Value::Null };
            let name = |at: usize| match value(keys.as_ref(), at, depth - 1) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            (0..entries.len())
                .map(|at| (name(at), value(values.as_ref(), at, depth - 1)))
                .collect::<Map<String, Value>>()
                .into()
        }
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let place = value(dictionary.keys(), at, depth - 1).as_u64().and_then(|place| usize::try_from(place).ok());
            let values = dictionary.values();
            place
                .filter(|&place| place < values.len())
                .map_or(Value::Null, |place| value(values.as_ref(), place, depth - 1))
        }
        _ => Value::Null,
    }
}

fn real(number: f64) -> Value {
    match number.fract() == 0.0 && number.abs() < 1e15 {
        true => (number as i64).into(),
        false => serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<usize, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let input = Input::open(file.path()).map_err(|error| error.to_string())?;
        let records = open(input, "x".to_owned()).map_err(|error| error.to_string())?;
        let read: Result<Vec<Record>, ReadError> = records.collect();
        read.map(|records| records.len()).map_err(|error| error.to_string())
    }

    fn whole(name: &str) -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports/lists").join(name)).unwrap()
    }

    #[test]
    fn a_file_that_is_cut_short_says_so() {
        for name in ["lz4.feather", "written/arrow_stream.arrows"] {
            let bytes = whole(name);
            for end in (16..bytes.len() - 16).step_by(61) {
                match read(&bytes[..end]) {
                    Err(error) => assert!(error.contains("a whole Arrow file"), "{name} cut at {end}: {error}"),
                    Ok(rows) => assert!(rows <= 3, "{name} cut at {end}: {rows} rows"),
                }
            }
        }
    }

    proptest! {
        #[test]
        fn damage_never_panics(at in 8usize..4000, byte: u8, is_file: bool) {
            let mut bytes = whole(if is_file { "lz4.feather" } else { "written/arrow_stream.arrows" });
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = read(&bytes);
        }
    }
}
