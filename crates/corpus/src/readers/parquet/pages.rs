//! Pages of a column, decompressed within bounds.
//!
//! The `parquet` crate would decompress them itself, but two of its decompressors write on for as long as the data
//! goes, and its zstd is a C library. So the crate is told that the column is not compressed, which makes it hand out
//! pages as they stand in the file, and they are decompressed here.

use std::fs::File;
use std::io::{BufReader, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use ruzstd::decoding::StreamingDecoder;

use super::Fault;
use crate::error::Mismatch;

/// The largest page that is read, in bytes once decompressed. Writers end pages at about a megabyte.
pub(super) const LARGEST_PAGE: usize = 256 << 20;

/// The most values that a page may claim: a few bytes can claim any number of nulls.
const MOST_VALUES: u32 = 1 << 26;

/// The pages of one column within a group of rows.
pub(super) struct Pages {
    raw: SerializedPageReader<File>,
    compression: Compression,
}

impl Pages {
    /// Opens a column of a file of `length` bytes.
    pub(super) fn open(
        column: &ColumnChunkMetaData,
        rows: i64,
        file: &Arc<File>,
        length: u64,
    ) -> std::result::Result<Pages, Fault> {
        let compression = column.compression();
        let codec = match compression {
            Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_) | Compression::ZSTD(_) => None,
            Compression::LZ4 | Compression::LZ4_RAW => Some("LZ4"),
            Compression::BROTLI(_) => Some("Brotli"),
            Compression::LZO => Some("LZO"),
        };
        if let Some(codec) = codec {
            return Err(Mismatch::new(
                "columns as they are or compressed with snappy, gzip or zstd",
                format!("{codec}; write the file with one of them"),
            )
            .into());
        }
        // The crate would allocate what the column claims to be long, and take a negative number as a bug of its own.
        let begin = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let end = u64::try_from(begin).ok().zip(u64::try_from(column.compressed_size()).ok());
        let end = end.and_then(|(begin, size)| begin.checked_add(size));
        if end.is_none_or(|end| end > length) {
            return Err(Mismatch::new(
                format!("a column within the {length} bytes of the file"),
                format!("one that begins at byte {begin} and is {} long", column.compressed_size()),
            )
            .into());
        }
        let plain = column.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build()?;
        let rows = usize::try_from(rows).unwrap_or(0);
        Ok(Pages { raw: SerializedPageReader::new(Arc::clone(file), &plain, rows, None)?, compression })
    }

    /// Decompresses all of a page but its first `plain` bytes.
    fn decompressed(&self, page: &[u8], plain: usize) -> Result<Vec<u8>> {
        let wrong = |what: &str| ParquetError::General(format!("a page is damaged: {what}"));
        let (plain, packed) = page.split_at_checked(plain).ok_or_else(|| wrong("its levels are longer than it is"))?;
        let mut whole = plain.to_vec();
        if packed.is_empty() {
            return Ok(whole);
        }
        let failed = |error: &dyn std::fmt::Display| wrong(&error.to_string());
        match self.compression {
            Compression::SNAPPY => {
                let length = snap::raw::decompress_len(packed).map_err(|error| failed(&error))?;
                // Snappy makes at most 64 bytes of three.
                if length > LARGEST_PAGE || length / 32 > packed.len() {
                    return Err(wrong("it claims to be larger than it can be"));
                }
                let begin = whole.len();
                whole.resize(begin + length, 0);
                let written = snap::raw::Decoder::new().decompress(packed, &mut whole[begin..]);
                whole.truncate(begin + written.map_err(|error| failed(&error))?);
            }
            Compression::GZIP(_) => read_all(MultiGzDecoder::new(packed), &mut whole)?,
            Compression::ZSTD(_) => {
                let decoder = StreamingDecoder::new(BufReader::new(packed)).map_err(|error| failed(&error))?;
                read_all(decoder, &mut whole)?;
            }
            _ => whole.extend_from_slice(packed),
        }
        Ok(whole)
    }

    fn check(&self, values: u32, length: usize) -> Result<()> {
        if values > MOST_VALUES || length > LARGEST_PAGE {
            let message = format!("a page of {values} values in {length} bytes is larger than any that is read");
            return Err(ParquetError::General(message));
        }
        Ok(())
    }
}

/// Reads to the end, unless that lies beyond the largest page.
fn read_all(reader: impl Read, whole: &mut Vec<u8>) -> Result<()> {
    let most = LARGEST_PAGE as u64 + 1;
    let read = reader.take(most).read_to_end(whole);
    match read {
        Ok(length) if length as u64 == most => {
            Err(ParquetError::General("a page is larger than any that is read".into()))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(ParquetError::General(format!("a page is damaged: {error}"))),
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let Some(mut page) = self.raw.get_next_page()? else {
            return Ok(None);
        };
        self.check(page.num_values(), page.buffer().len())?;
        if self.compression == Compression::UNCOMPRESSED {
            return Ok(Some(page));
        }
        match &mut page {
            Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => *buf = self.decompressed(buf, 0)?.into(),
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, is_compressed, .. } => {
                if *is_compressed {
                    let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                    let levels = usize::try_from(levels).unwrap_or(usize::MAX);
                    *buf = self.decompressed(buf, levels)?.into();
                }
            }
        }
        Ok(Some(page))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.raw.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.raw.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.raw.at_record_boundary()
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}
