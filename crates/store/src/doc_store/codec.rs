//! Compressing and decompressing a block.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The compression level. Higher levels take more time and save little; see decision 0012.
const LEVEL: u32 = 3;
/// One byte of DEFLATE decompresses to at most this many bytes.
const MAX_RATIO: u64 = 1032;

/// A compressor that reuses its memory for every block.
pub(super) struct Compressor(Compress);

impl Compressor {
    pub(super) fn new() -> Self {
        // Without the zlib header and trailer: blocks already have a checksum.
        Compressor(Compress::new(Compression::new(LEVEL), false))
    }

    pub(super) fn compress(&mut self, raw: &[u8]) -> Result<Vec<u8>, flate2::CompressError> {
        self.0.reset();
        let mut packed = Vec::with_capacity(raw.len() / 2 + 64);
        loop {
            let taken = self.0.total_in() as usize;
            let rest = raw.get(taken..).unwrap_or_default();
            if self.0.compress_vec(rest, &mut packed, FlushCompress::Finish)? == Status::StreamEnd {
                return Ok(packed);
            }
            packed.reserve(packed.capacity().max(64));
        }
    }
}

/// Whether `packed` compressed bytes can decompress to `raw` bytes. Checked before `raw` bytes are allocated.
pub(super) fn is_possible(packed: u64, raw: u64) -> bool {
    raw <= packed.saturating_mul(MAX_RATIO)
}

/// Decompresses `packed` to exactly `raw` bytes. The error says what is wrong.
pub(super) fn decompress(packed: &[u8], raw: usize) -> Result<Vec<u8>, String> {
    let mut inflate = Decompress::new(false);
    let mut bytes = vec![0; raw];
    let status = inflate.decompress(packed, &mut bytes, FlushDecompress::Finish);
    let status = status.map_err(|error| format!("it cannot be decompressed ({error})"))?;
    if status != Status::StreamEnd || inflate.total_out() != raw as u64 {
        return Err(format!("it does not decompress to {raw} bytes"));
    }
    if inflate.total_in() != packed.len() as u64 {
        return Err("something follows its compressed bytes".to_owned());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_whatever_they_are() {
        let mut compressor = Compressor::new();
        let mixed: Vec<u8> = (0..100_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for raw in [&b""[..], b"\n", &[0; 300_000], &mixed] {
            let packed = compressor.compress(raw).unwrap();
            assert!(is_possible(packed.len() as u64, raw.len() as u64), "{} of {}", packed.len(), raw.len());
            assert_eq!(decompress(&packed, raw.len()).unwrap(), raw);
        }
    }

    #[test]
    fn another_length_than_the_recorded_one_is_refused() {
        let packed = Compressor::new().compress(&[7; 5000]).unwrap();
        for raw in [0, 1, 4999, 5001, 1 << 20] {
            decompress(&packed, raw).unwrap_err();
        }
        let mut longer = packed.clone();
        longer.push(0);
        decompress(&longer, 5000).unwrap_err();
        decompress(&packed[..packed.len() - 1], 5000).unwrap_err();
    }
}
