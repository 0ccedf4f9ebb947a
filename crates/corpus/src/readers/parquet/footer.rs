//! The footer of a Parquet file: its description, at the end.
//!
//! ```text
//! PAR1 … pages … | description | its length, 4 bytes, little-endian | PAR1
//! ```
//!
//! The description is Thrift in its compact form. The `parquet` crate reads it, and recurses as deep as its columns nest,
//! which a small file may claim to be a million levels. So the nesting is counted first, by a walk that only knows how to
//! pass over Thrift values.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

use super::fault::Fault;
use crate::error::Mismatch;

/// The deepest nesting of columns: more than any table of papers has, and little enough for a small stack.
const DEEPEST: usize = 64;

/// The longest description that is read, in bytes.
const LONGEST: u64 = 256 << 20;

/// Reads the description of a file of `length` bytes.
pub(super) fn read(mut file: &File, length: u64) -> Result<ParquetMetaData, Fault> {
    let mut tail = [0; 8];
    if length < 12 {
        return Err(not_whole(format!("{length} bytes")));
    }
    let mut read_at = |at: u64, buffer: &mut [u8]| {
        file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(buffer)).map_err(Fault::Io)
    };
    read_at(length - 8, &mut tail)?;
    let [size @ .., _, _, _, _] = tail;
    match &tail[4..] {
        b"PAR1" => {}
        b"PARE" => return Err(not_whole("one that is encrypted".to_owned())),
        _ => return Err(not_whole("another end, so the file may be cut short".to_owned())),
    }
    let size = u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
    // Room for the mark at the beginning and for the tail.
    if size > length - 12 || size > LONGEST {
        return Err(not_whole(format!("a description of {size} bytes in a file of {length}")));
    }
    let mut description = vec![0; size as usize];
    read_at(length - 8 - size, &mut description)?;
    match depth(&description) {
        None => return Err(not_whole("a description that breaks off or nests without end".to_owned())),
        Some(depth) if depth > DEEPEST => return Err(not_whole(format!("columns nested {depth} deep"))),
        Some(_) => {}
    }
    Ok(ParquetMetaDataReader::decode_metadata(&description)?)
}

fn not_whole(found: String) -> Fault {
    Mismatch::new("a whole Parquet file, which ends in its description and `PAR1`", found).into()
}

/// How deep the columns nest in a description; `None` if the description is malformed.
fn depth(description: &[u8]) -> Option<usize> {
    const SCHEMA: i16 = 2;
    let mut thrift = Thrift { bytes: description };
    let mut deepest = 0;
    let mut field = 0;
    while let Some(kind) = thrift.field(&mut field)? {
        if field != SCHEMA || kind != LIST {
            thrift.skip(kind, 0)?;
            continue;
        }
        let (length, kind) = thrift.list()?;
        if kind != STRUCT {
            return None;
        }
        // The number of children of each open group that are still to come.
        let mut open: Vec<u64> = Vec::new();
        for _ in 0..length {
            let children = thrift.children()?;
            while open.last() == Some(&0) {
                open.pop();
            }
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            open.push(children);
            deepest = deepest.max(open.len());
            if deepest > DEEPEST {
                return Some(deepest);
            }
        }
    }
    Some(deepest)
}

/// The header of a page, as far as it is needed.
#[derive(Debug, PartialEq)]
pub(super) struct PageHeader {
    /// Bytes of the header.
    pub(super) len: u64,
    /// Bytes of the page behind the header.
    pub(super) page: u64,
    /// Bytes of the page once it is decompressed.
    pub(super) unpacked: u64,
    /// Whether the page is an index, which is passed over.
    pub(super) is_index: bool,
}

/// Reads the header of a page at the beginning of `bytes`. `None` if the header is malformed or goes on behind `bytes`.
///
/// The `parquet` crate reads headers too. It passes over lists in them for as long as they claim to be, even after the end
/// of the file, so a few bytes keep it busy for minutes. No page has a list in its header, so a header with a list is
/// malformed here.
pub(super) fn page_header(bytes: &[u8]) -> Option<PageHeader> {
    const KIND: i16 = 1;
    const UNPACKED: i16 = 2;
    const PACKED: i16 = 3;
    const I32: u8 = 5;
    const INDEX: i64 = 1;
    let mut thrift = Thrift { bytes };
    let (mut field, mut kind, mut page, mut unpacked) = (0, None, None, None);
    while let Some(of) = thrift.field(&mut field)? {
        match (field, of) {
            (KIND, I32) => kind = Some(signed(thrift.number()?)?),
            (UNPACKED, I32) => unpacked = Some(u64::try_from(signed(thrift.number()?)?).ok()?),
            (PACKED, I32) => page = Some(u64::try_from(signed(thrift.number()?)?).ok()?),
            _ => thrift.skip_plain(of, 0)?,
        }
    }
    let len = (bytes.len() - thrift.bytes.len()) as u64;
    Some(PageHeader { len, page: page?, unpacked: unpacked?, is_index: kind? == INDEX })
}

const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// A walk over Thrift in its compact form, which passes over values.
struct Thrift<'a> {
    bytes: &'a [u8],
}

impl Thrift<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(byte)
    }

    fn pass(&mut self, count: u64) -> Option<()> {
        self.bytes = self.bytes.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    /// A number in groups of seven bits.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// The kind of the next field, whose number is put into `field`; `Some(None)` at the end of the struct.
    fn field(&mut self, field: &mut i16) -> Option<Option<u8>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        *field = match byte >> 4 {
            0 => signed(self.number()?)?.try_into().ok()?,
            step => field.checked_add(i16::from(step))?,
        };
        Some(Some(byte & 0x0f))
    }

    /// The length of a list and the kind of its items.
    fn list(&mut self) -> Option<(u64, u8)> {
        let byte = self.byte()?;
        let length = if byte >> 4 == 15 { self.number()? } else { u64::from(byte >> 4) };
        Some((length, byte & 0x0f))
    }

    /// Passes over one column's description and says how many children the column has.
    fn children(&mut self) -> Option<u64> {
        const CHILDREN: i16 = 5;
        const I32: u8 = 5;
        let (mut field, mut children) = (0, 0);
        while let Some(kind) = self.field(&mut field)? {
            if field == CHILDREN && kind == I32 {
                children = u64::try_from(signed(self.number()?)?).ok()?;
            } else {
                self.skip(kind, 0)?;
            }
        }
        Some(children)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        const MAP: u8 = 11;
        if depth > DEEPEST {
            return None;
        }
        match kind {
            // The kind itself holds a truth value.
            1 | 2 => Some(()),
            3 => self.pass(1),
            4..=6 => self.number().map(|_| ()),
            7 => self.pass(8),
            8 => {
                let length = self.number()?;
                self.pass(length)
            }
            LIST | 10 => {
                let (length, kind) = self.list()?;
                self.skip_all(length, &[kind], depth)
            }
            MAP => match self.number()? {
                0 => Some(()),
                length => {
                    let kinds = self.byte()?;
                    self.skip_all(length, &[kinds >> 4, kinds & 0x0f], depth)
                }
            },
            STRUCT => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.skip(kind, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Passes over a value that a page's header may hold: a number, a truth value, a text, or a struct of these.
    fn skip_plain(&mut self, kind: u8, depth: usize) -> Option<()> {
        const DEEPEST: usize = 4;
        match kind {
            1..=6 | 8 => self.skip(kind, 0),
            STRUCT if depth < DEEPEST => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.skip_plain(kind, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Passes over items. Each takes at least a byte, so a claimed length that is too large fails at the end of the bytes.
    fn skip_all(&mut self, length: u64, kinds: &[u8], depth: usize) -> Option<()> {
        for _ in 0..length {
            for &kind in kinds {
                match kind {
                    1 | 2 => self.pass(1)?,
                    kind => self.skip(kind, depth + 1)?,
                }
            }
        }
        Some(())
    }
}

/// A number whose lowest bit is its sign.
fn signed(number: u64) -> Option<i64> {
    Some((number >> 1) as i64 ^ -((number & 1) as i64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A description whose columns nest `depth` deep: each has one child but the last.
    fn nested(depth: u64) -> Vec<u8> {
        // Field 2, a list; its length in full.
        let mut bytes = vec![0x29, 0xfc];
        let mut length = depth;
        while length >= 0x80 {
            bytes.push(length as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        for level in 0..depth {
            // Field 4, a name of one letter; field 5, one child or none.
            bytes.extend([0x48, 1, b'a', 0x15, if level + 1 == depth { 0 } else { 2 }, 0]);
        }
        bytes.push(0);
        bytes
    }

    #[test]
    fn nesting_is_counted_without_recursion() {
        assert_eq!(depth(&nested(1)), Some(1));
        assert_eq!(depth(&nested(40)), Some(40));
        assert_eq!(depth(&nested(1_000_000)), Some(DEEPEST + 1));
    }

    #[test]
    fn siblings_do_not_nest() {
        // A root with three children.
        let bytes = [0x29, 0x4c, 0x55, 6, 0, 0x55, 0, 0, 0x55, 0, 0, 0x55, 0, 0, 0];
        assert_eq!(depth(&bytes), Some(2));
    }

    #[test]
    fn lengths_that_lie_end_with_the_bytes() {
        // A list of 2^63 bytes in field 1.
        let bytes = [0x19, 0xf3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert_eq!(depth(&bytes), None);
    }

    #[test]
    fn a_header_of_a_page_has_no_list() {
        // A data page of 7 bytes packed: kind, both lengths, and a struct with a number and a truth value.
        let header = [0x15, 0, 0x15, 20, 0x15, 14, 0x2c, 0x15, 8, 0x11, 0, 0];
        let whole = PageHeader { len: header.len() as u64, page: 7, unpacked: 10, is_index: false };
        assert_eq!(page_header(&[&header[..], b"content"].concat()), Some(whole));
        (0..header.len()).for_each(|end| assert_eq!(page_header(&header[..end]), None));
        // That header with a list of 2^31 - 1 doubles, one of truth values, or a map in field 9.
        for list in [&[0x49, 0xf7][..], &[0x49, 0xf1], &[0x4b]] {
            let list = [list, &[0xff, 0xff, 0xff, 0xff, 0x07, 0x77]].concat();
            let header = [&header[..header.len() - 1], &list, &[0]].concat();
            assert_eq!(page_header(&header), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (depth(&bytes), page_header(&bytes));
        }
    }
}
