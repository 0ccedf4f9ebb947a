//! Pages of a column, decompressed within bounds.
//!
//! The `parquet` crate could decompress pages, but two of its decompressors write without bound, and its zstd is a C
//! library. So the crate is told that the column is not compressed. It then hands out pages as they are in the file, and
//! they are decompressed here.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use brotli_decompressor::Decompressor;
use flate2::read::MultiGzDecoder;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::Result;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use ruzstd::decoding::StreamingDecoder;

use super::differences;
use super::fault::{Fault, damaged};
use super::footer::{PageHeader, page_header};
use crate::error::Mismatch;

/// The largest page that is read, in bytes once decompressed. Writers end pages at about a megabyte.
pub(super) const LARGEST_PAGE: usize = 256 << 20;

/// Bytes of Brotli data that are read at once.
const BROTLI_BUFFER: usize = 4096;

/// The most values that a page may claim: a few bytes can claim any number of nulls.
const MOST_VALUES: u32 = 1 << 26;

/// The most values of a dictionary, and the most lengths of texts in a page. The crate makes room for all of them before
/// it reads the first.
const MOST_ENTRIES: usize = 1 << 22;

/// The pages of one column within a group of rows.
pub(super) struct Pages {
    raw: SerializedPageReader<File>,
    compression: Compression,
    file: Arc<File>,
    /// Where the next page begins, and where the column ends.
    at: u64,
    end: u64,
    /// Where the next page ends, once its header was looked at.
    ahead: Option<u64>,
    /// How many bytes the next page says that it holds.
    unpacked: u64,
    /// The highest levels of repetition and of definition.
    levels: [i16; 2],
}

/// Bytes that usually hold a page's header, and the most that it may take, since it quotes values.
const HEADERS: [u64; 2] = [1 << 12, 1 << 24];

impl Pages {
    /// Opens a column of a file of `length` bytes.
    pub(super) fn open(
        column: &ColumnChunkMetaData,
        rows: i64,
        file: &Arc<File>,
        length: u64,
    ) -> std::result::Result<Pages, Fault> {
        let compression = column.compression();
        if compression == Compression::LZO {
            return Err(Mismatch::new(
                "columns that are compressed in another way",
                "LZO; write the file again with zstd",
            )
            .into());
        }
        // The crate would allocate as many bytes as the column claims to have, and panic on a negative number.
        let begin = column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let end = u64::try_from(begin).ok().zip(u64::try_from(column.compressed_size()).ok());
        let end = end.and_then(|(begin, size)| begin.checked_add(size));
        let Some(end) = end.filter(|end| *end <= length) else {
            return Err(Mismatch::new(
                format!("a column within the {length} bytes of the file"),
                format!("one that begins at byte {begin} and is {} long", column.compressed_size()),
            )
            .into());
        };
        let plain = column.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build()?;
        let rows = usize::try_from(rows).unwrap_or(0);
        let raw = SerializedPageReader::new(Arc::clone(file), &plain, rows, None)?;
        let at = u64::try_from(begin).unwrap_or(end);
        let levels = [column.column_descr().max_rep_level(), column.column_descr().max_def_level()];
        Ok(Pages { raw, compression, file: Arc::clone(file), at, end, ahead: None, unpacked: 0, levels })
    }

    /// Looks at the header of the next page before the crate does.
    fn look_ahead(&mut self) -> Result<()> {
        let mut at = self.at;
        while self.ahead.is_none() {
            if at >= self.end {
                self.ahead = Some(at);
                break;
            }
            let header = self.header(at)?;
            at = at.saturating_add(header.len).saturating_add(header.page);
            if !header.is_index {
                self.ahead = Some(at);
                self.unpacked = header.unpacked;
            }
        }
        Ok(())
    }

    /// Refuses a page for whose values the crate would make room that they cannot fill.
    fn check(&self, page: &Page) -> Result<()> {
        let (encoding, from) = match page {
            Page::DictionaryPage { buf, num_values, .. } => return within_bytes(*num_values as usize, buf.len()),
            Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, .. } => {
                let [repeated, defined] = self.levels;
                let levels = [(repeated, *rep_level_encoding), (defined, *def_level_encoding)];
                (*encoding, values_from(buf, *num_values, levels))
            }
            Page::DataPageV2 { encoding, def_levels_byte_len, rep_levels_byte_len, .. } => {
                (*encoding, (*def_levels_byte_len as usize).checked_add(*rep_levels_byte_len as usize))
            }
        };
        let values = from.and_then(|from| page.buffer().get(from..));
        let values = values.ok_or_else(|| damaged("its levels are longer than it is"))?;
        differences::check(encoding, values, u64::from(page.num_values()).min(MOST_ENTRIES as u64))
    }

    fn header(&self, at: u64) -> Result<PageHeader> {
        let mut file = &*self.file;
        let left = self.end - at;
        for len in HEADERS {
            let mut bytes = vec![0; len.min(left) as usize];
            file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut bytes))?;
            if let Some(header) = page_header(&bytes) {
                return Ok(header);
            }
            if len >= left {
                break;
            }
        }
        Err(damaged("it has no header"))
    }
}

/// Where the values of a page begin, behind levels up to these numbers.
fn values_from(page: &[u8], count: u32, levels: [(i16, Encoding); 2]) -> Option<usize> {
    let mut from = 0_usize;
    for (highest, encoding) in levels.into_iter().filter(|(highest, _)| *highest > 0) {
        from = from.checked_add(match encoding {
            Encoding::RLE => 4 + u32::from_le_bytes(*page.get(from..)?.first_chunk()?) as usize,
            _ => (count as usize * (16 - highest.leading_zeros() as usize)).div_ceil(8),
        })?;
    }
    Some(from)
}

/// Decompresses a page except its first `plain` bytes, which are not compressed, into at most `most` bytes. The page says that
/// it holds `unpacked` bytes.
fn decompressed(compression: Compression, page: &[u8], plain: usize, unpacked: usize, most: usize) -> Result<Vec<u8>> {
    let (plain, packed) = page.split_at_checked(plain).ok_or_else(|| damaged("its levels are longer than it is"))?;
    let mut whole = plain.to_vec();
    // A page of nothing but nulls.
    if packed.is_empty() {
        return Ok(whole);
    }
    match compression {
        Compression::SNAPPY => {
            let length = snap::raw::decompress_len(packed).map_err(damaged)?;
            // Three bytes make 64 at most.
            if length > most || length / 32 > packed.len() {
                return Err(damaged(format!("{} bytes claim to hold {length}", packed.len())));
            }
            whole.resize(plain.len() + length, 0);
            let written = snap::raw::Decoder::new().decompress(packed, &mut whole[plain.len()..]).map_err(damaged)?;
            whole.truncate(plain.len() + written);
        }
        Compression::GZIP(_) => read_all(MultiGzDecoder::new(packed), &mut whole, most)?,
        Compression::ZSTD(_) => read_all(StreamingDecoder::new(packed).map_err(damaged)?, &mut whole, most)?,
        Compression::BROTLI(_) => read_all(Decompressor::new(packed, BROTLI_BUFFER), &mut whole, most)?,
        Compression::LZ4_RAW => whole.extend(lz4_block(packed, unpacked.saturating_sub(plain.len()), most)?),
        Compression::LZ4 => whole.extend(lz4_of_hadoop(packed, unpacked.saturating_sub(plain.len()), most)?),
        _ => whole.extend_from_slice(packed),
    }
    Ok(whole)
}

/// The content of an LZ4 block that says that it holds `length` bytes.
fn lz4_block(packed: &[u8], length: usize, most: usize) -> Result<Vec<u8>> {
    // One byte makes 255 at most.
    if length > most || length / 256 > packed.len() {
        return Err(damaged(format!("{} bytes claim to hold {length}", packed.len())));
    }
    let mut whole = vec![0; length];
    let written = lz4_flex::block::decompress_into(packed, &mut whole).map_err(damaged)?;
    match written == length {
        true => Ok(whole),
        false => Err(damaged(format!("it holds {written} bytes and says {length}"))),
    }
}

/// The content of LZ4 blocks with their lengths in front, as Hadoop writes them. The format does not say how its first
/// LZ4 is framed, and some programs write a single block without a frame.
fn lz4_of_hadoop(packed: &[u8], length: usize, most: usize) -> Result<Vec<u8>> {
    let framed = || {
        let (mut rest, mut whole) = (packed, Vec::new());
        while let Some((unpacked, behind)) = rest.split_first_chunk::<4>() {
            let (size, blocks) = behind.split_first_chunk::<4>()?;
            let (unpacked, size) = (u32::from_be_bytes(*unpacked) as usize, u32::from_be_bytes(*size) as usize);
            let (block, behind) = blocks.split_at_checked(size)?;
            if whole.len() + unpacked > length {
                return None;
            }
            whole.extend(lz4_block(block, unpacked, most).ok()?);
            rest = behind;
        }
        (rest.is_empty() && whole.len() == length).then_some(whole)
    };
    framed().map_or_else(|| lz4_block(packed, length, most), Ok)
}

/// Whether a dictionary of so many bytes can hold as many values as it claims: each takes one byte at least.
fn within_bytes(values: usize, bytes: usize) -> Result<()> {
    match values <= bytes.min(MOST_ENTRIES) {
        true => Ok(()),
        false => Err(damaged(format!("a dictionary of {bytes} bytes claims {values} values"))),
    }
}

/// Reads to the end; an error if there are more than `most` bytes.
fn read_all(reader: impl Read, whole: &mut Vec<u8>, most: usize) -> Result<()> {
    let beyond = most as u64 + 1;
    match reader.take(beyond).read_to_end(whole) {
        Ok(length) if length as u64 == beyond => Err(damaged(format!("it holds more than {most} bytes"))),
        Ok(_) => Ok(()),
        Err(error) => Err(damaged(error)),
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        self.look_ahead()?;
        self.at = self.ahead.take().unwrap_or(self.end);
        let Some(mut page) = self.raw.get_next_page()? else {
            return Ok(None);
        };
        if page.num_values() > MOST_VALUES || page.buffer().len() > LARGEST_PAGE {
            return Err(damaged(format!("it claims {} values in {} bytes", page.num_values(), page.buffer().len())));
        }
        let unpacked = usize::try_from(self.unpacked).unwrap_or(usize::MAX);
        match &mut page {
            _ if self.compression == Compression::UNCOMPRESSED => {}
            Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => {
                *buf = decompressed(self.compression, buf, 0, unpacked, LARGEST_PAGE)?.into()
            }
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, is_compressed, .. } => {
                if *is_compressed {
                    let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                    let levels = usize::try_from(levels).unwrap_or(usize::MAX);
                    *buf = decompressed(self.compression, buf, levels, unpacked, LARGEST_PAGE)?.into();
                }
            }
        }
        self.check(&page)?;
        Ok(Some(page))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.look_ahead()?;
        self.raw.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.look_ahead()?;
        self.at = self.ahead.take().unwrap_or(self.end);
        self.raw.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.look_ahead()?;
        self.raw.at_record_boundary()
    }
}

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn all() -> [Compression; 5] {
        [
            Compression::SNAPPY,
            Compression::GZIP(Default::default()),
            Compression::ZSTD(Default::default()),
            Compression::LZ4,
            Compression::LZ4_RAW,
        ]
    }

    fn packed(compression: Compression, text: &[u8]) -> Vec<u8> {
        match compression {
            Compression::SNAPPY => snap::raw::Encoder::new().compress_vec(text).unwrap(),
            Compression::GZIP(_) => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(text).unwrap();
                encoder.finish().unwrap()
            }
            Compression::LZ4_RAW => lz4_flex::block::compress(text),
            Compression::LZ4 => {
                let block = lz4_flex::block::compress(text);
                let lengths = [text.len() as u32, block.len() as u32].map(u32::to_be_bytes).concat();
                [lengths, block].concat()
            }
            _ => compress_to_vec(text, CompressionLevel::Fastest),
        }
    }

    #[test]
    fn what_stands_in_front_of_compressed_bytes_is_kept() {
        for compression in all() {
            let page = [b"levels".to_vec(), packed(compression, b"values")].concat();
            assert_eq!(decompressed(compression, &page, 6, 12, 100).unwrap(), b"levelsvalues");
            assert_eq!(decompressed(compression, b"levels", 6, 6, 100).unwrap(), b"levels");
            assert!(decompressed(compression, b"levels", 7, 7, 100).is_err());
        }
    }

    #[test]
    fn a_page_that_swells_is_given_up() {
        for compression in all() {
            let page = packed(compression, &[7; 100_000]);
            assert_eq!(decompressed(compression, &page, 0, 100_000, 100_000).unwrap().len(), 100_000);
            let error = decompressed(compression, &page, 0, 100_000, 99_999).unwrap_err().to_string();
            assert!(error.contains("bytes"), "{error}");
        }
        // Four gigabytes claimed by ten bytes.
        let error = decompressed(Compression::SNAPPY, b"\xff\xff\xff\xff\x0f12345", 0, 0, usize::MAX).unwrap_err();
        assert!(error.to_string().contains("10 bytes claim to hold 4294967295"), "{error}");
    }

    #[test]
    fn a_dictionary_holds_no_more_values_than_bytes() {
        assert!(within_bytes(3, 12).is_ok() && within_bytes(0, 0).is_ok());
        let error = within_bytes(6_000_000, 73).unwrap_err().to_string();
        assert!(error.contains("a dictionary of 73 bytes claims 6000000 values"), "{error}");
        assert!(within_bytes(MOST_ENTRIES + 1, usize::MAX).is_err());
    }

    #[test]
    fn every_cut_of_a_compressed_page_is_an_error() {
        let text: Vec<u8> = (0..2_000u32).flat_map(|number| (number * number % 251).to_le_bytes()).collect();
        for compression in all() {
            let page = packed(compression, &text);
            for end in (1..page.len()).step_by(17) {
                let outcome = decompressed(compression, &page[..end], 0, text.len(), 1 << 20);
                assert!(outcome.is_err(), "{compression:?} cut at {end}");
            }
        }
    }
}
