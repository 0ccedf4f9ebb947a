//! Documents and vectors in one Parquet file, for data frames and databases.
//!
//! ```text
//! id, title, abstract       text
//! authors, keywords         lists of text
//! organization, venue, doi, arxiv, url, date          text, or null
//! year, authors_count, comments                       whole numbers, or null
//! extra                     JSON with the fields that have no column, or null
//! vector                    a list of f32, the same number in each row
//! ```
//!
//! A missing field is null, an empty list is an empty list. Under the key [`RECORD`] the file's metadata has the
//! content of `export.json`. The `parquet` crate writes the format: pages packed with Snappy, except for vectors, which
//! no packing makes smaller. The corpus reader reads everything but the vectors.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use semsearch_corpus::Document;

/// The key under which a file's metadata says what made its vectors.
pub(super) const RECORD: &str = "semsearch.export";

/// The number of rows held in memory and written as one group: about 6 MB of vectors of 384 numbers.
const ROWS: usize = 4096;

const COLUMNS: &str = "
message papers {
    REQUIRED BYTE_ARRAY id (STRING);
    REQUIRED BYTE_ARRAY title (STRING);
    REQUIRED BYTE_ARRAY abstract (STRING);
    REQUIRED GROUP authors (LIST) { REPEATED GROUP list { REQUIRED BYTE_ARRAY element (STRING); } }
    REQUIRED GROUP keywords (LIST) { REPEATED GROUP list { REQUIRED BYTE_ARRAY element (STRING); } }
    OPTIONAL BYTE_ARRAY organization (STRING);
    OPTIONAL BYTE_ARRAY venue (STRING);
    OPTIONAL BYTE_ARRAY doi (STRING);
    OPTIONAL BYTE_ARRAY arxiv (STRING);
    OPTIONAL BYTE_ARRAY url (STRING);
    OPTIONAL BYTE_ARRAY date (STRING);
    OPTIONAL INT32 year;
    OPTIONAL INT64 authors_count;
    OPTIONAL INT64 comments;
    OPTIONAL BYTE_ARRAY extra (JSON);
    REQUIRED GROUP vector (LIST) { REPEATED GROUP list { REQUIRED FLOAT element; } }
}";

/// A Parquet file that is being written.
pub(super) struct ParquetWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    rows: Rows,
}

/// Rows of the current group, in columns.
#[derive(Default)]
struct Rows {
    count: usize,
    id: Column<ByteArray>,
    title: Column<ByteArray>,
    summary: Column<ByteArray>,
    authors: Column<ByteArray>,
    keywords: Column<ByteArray>,
    /// `organization` to `date`.
    texts: [Column<ByteArray>; 6],
    year: Column<i32>,
    authors_count: Column<i64>,
    comments: Column<i64>,
    extra: Column<ByteArray>,
    vector: Column<f32>,
}

/// Values of a column. Where values may be missing or be lists, `defined` says for each place whether there is a value,
/// and `repeated` whether it continues the list before it.
#[derive(Default)]
struct Column<T> {
    values: Vec<T>,
    defined: Vec<i16>,
    repeated: Vec<i16>,
}

impl<T> Column<T> {
    fn push(&mut self, value: T) {
        self.values.push(value);
    }

    fn push_if_there(&mut self, value: Option<T>) {
        self.defined.push(i16::from(value.is_some()));
        self.values.extend(value);
    }

    fn push_list(&mut self, list: impl IntoIterator<Item = T>) {
        let before = self.values.len();
        self.values.extend(list);
        match self.values.len() - before {
            0 => {
                self.defined.push(0);
                self.repeated.push(0);
            }
            length => {
                self.defined.extend(std::iter::repeat_n(1, length));
                self.repeated.extend((0..length).map(|at| i16::from(at > 0)));
            }
        }
    }

    /// Writes the column as the next one of a group, and clears it.
    fn write<D: DataType<T = T>, W: Write + Send>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        let Column { values, defined, repeated } = self;
        let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("no column is left".to_owned()))?;
        let [given, begun] = [&*defined, &*repeated].map(|levels| (!levels.is_empty()).then_some(levels.as_slice()));
        column.typed::<D>().write_batch(values, given, begun)?;
        column.close()?;
        values.clear();
        defined.clear();
        repeated.clear();
        Ok(())
    }
}

impl<W: Write + Send> ParquetWriter<W> {
    /// Begins a file; `record` is JSON that says what made the vectors.
    pub(super) fn begin(out: W, record: String) -> Result<Self, ParquetError> {
        let schema = Arc::new(parse_message_type(COLUMNS)?);
        let vector = ColumnPath::from(["vector", "list", "element"].map(str::to_owned).to_vec());
        let summary = ColumnPath::from("abstract");
        let mut properties = WriterProperties::builder()
            .set_created_by(format!("semsearch {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(vec![KeyValue::new(RECORD.to_owned(), record)]))
            .set_compression(Compression::SNAPPY)
            .set_column_compression(vector.clone(), Compression::UNCOMPRESSED);
        // What hardly repeats is not worth a dictionary, and its extremes say nothing.
        for column in [ColumnPath::from("id"), ColumnPath::from("title"), summary, vector] {
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_statistics_enabled(column, EnabledStatistics::None);
        }
        let writer = SerializedFileWriter::new(out, schema, Arc::new(properties.build()))?;
        Ok(ParquetWriter { writer, rows: Rows::default() })
    }

    /// Adds a document with its vector.
    pub(super) fn push(&mut self, document: Document, vector: &[f32]) -> Result<(), ParquetError> {
        self.rows.push(document, vector);
        if self.rows.count == ROWS { self.flush() } else { Ok(()) }
    }

    /// Ends the file and gives back what it was written to.
    pub(super) fn finish(mut self) -> Result<W, ParquetError> {
        self.flush()?;
        self.writer.into_inner()
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        if self.rows.count == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        self.rows.write(&mut group)?;
        group.close()?;
        Ok(())
    }
}

impl Rows {
    fn push(&mut self, document: Document, vector: &[f32]) {
        let Document { id, title, r#abstract, authors, keywords, extra, .. } = document;
        let Document { organization, venue, doi, arxiv, url, date, year, authors_count, comments, .. } = document;
        let bytes = |text: String| ByteArray::from(text.into_bytes());
        self.count += 1;
        self.id.push(bytes(id));
        self.title.push(bytes(title));
        self.summary.push(bytes(r#abstract));
        self.authors.push_list(authors.into_iter().map(bytes));
        self.keywords.push_list(keywords.into_iter().map(bytes));
        let texts = [organization, venue, doi, arxiv, url, date.map(|date| date.to_string())];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.push_if_there(text.map(bytes));
        }
        self.year.push_if_there(year);
        self.authors_count.push_if_there(authors_count.map(i64::from));
        self.comments.push_if_there(comments.map(i64::from));
        let extra = (!extra.is_empty()).then(|| bytes(serde_json::Value::Object(extra).to_string()));
        self.extra.push_if_there(extra);
        self.vector.push_list(vector.iter().copied());
    }

    /// In the order of [`COLUMNS`].
    fn write<W: Write + Send>(&mut self, group: &mut SerializedRowGroupWriter<'_, W>) -> Result<(), ParquetError> {
        self.count = 0;
        for column in [&mut self.id, &mut self.title, &mut self.summary, &mut self.authors, &mut self.keywords] {
            column.write::<ByteArrayType, W>(group)?;
        }
        for column in &mut self.texts {
            column.write::<ByteArrayType, W>(group)?;
        }
        self.year.write::<Int32Type, W>(group)?;
        self.authors_count.write::<Int64Type, W>(group)?;
        self.comments.write::<Int64Type, W>(group)?;
        self.extra.write::<ByteArrayType, W>(group)?;
        self.vector.write::<FloatType, W>(group)
    }
}
