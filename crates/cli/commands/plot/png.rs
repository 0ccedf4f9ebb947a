//! Pixels as a PNG file (W3C, Portable Network Graphics, third edition): three chunks, and no filter of rows.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Encodes rows of red, green and blue bytes.
pub(super) fn encode(pixels: &[u8], width: u32, height: u32) -> io::Result<Vec<u8>> {
    let mut header = Vec::with_capacity(13);
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    // Eight bits a channel, colours without transparency; the only compression, the only kind of filters, not interlaced.
    header.extend([8, 2, 0, 0, 0]);
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::best());
    for row in pixels.chunks_exact(width as usize * 3) {
        // Most of a plot is paper, which compresses well as it is.
        rows.write_all(&[0])?;
        rows.write_all(row)?;
    }
    let mut file = SIGNATURE.to_vec();
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"IDAT", &rows.finish()?);
    chunk(&mut file, b"IEND", &[]);
    Ok(file)
}

fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    file.extend((content.len() as u32).to_be_bytes());
    let checked = file.len();
    file.extend(kind);
    file.extend(content);
    file.extend(crc32fast::hash(&file[checked..]).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_encoded_can_be_read_chunk_by_chunk() {
        let pixels = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7];
        let file = encode(&pixels, 2, 2).unwrap();
        let mut rest = file.strip_prefix(SIGNATURE).unwrap();
        let mut kinds = Vec::new();
        while !rest.is_empty() {
            let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
            let (kind, content) = (&rest[4..8], &rest[8..8 + length]);
            assert_eq!(rest[8 + length..][..4], crc32fast::hash(&rest[4..8 + length]).to_be_bytes());
            if kind == b"IDAT" {
                let mut rows = Vec::new();
                flate2::read::ZlibDecoder::new(content).read_to_end(&mut rows).unwrap();
                assert_eq!(rows, [[0].as_slice(), &pixels[..6], &[0], &pixels[6..]].concat());
            }
            kinds.push(String::from_utf8_lossy(kind).into_owned());
            rest = &rest[12 + length..];
        }
        assert_eq!(kinds, ["IHDR", "IDAT", "IEND"]);
    }
}
