//! What compressing documents in blocks saves and costs, for each compressor and each number of documents in a block.
//!
//! `cargo bench -p semsearch-benches --bench documents` uses `data/demo_papers.jsonl`; names of JSONL files, plain or
//! `.gz`, behind `--` take its place. `--features flate2/zlib-rs` measures DEFLATE as zlib-rs does it, otherwise as
//! miniz_oxide does.
//!
//! Times are the processor's, of one thread, so that other work on the machine changes little. One random document is a
//! block decompressed into newly allocated memory. Decision 0012 has the figures and what follows from them.

use std::fs::File;
use std::io::{BufReader, Read, Write};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// Documents that are read in random order.
const READ: usize = 4000;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A way to make blocks small and large again; the second step is told how large.
struct Codec {
    name: String,
    compress: Box<Compressing>,
    decompress: Box<Decompressing>,
}

type Compressing = dyn Fn(&[u8]) -> Result<Vec<u8>>;
type Decompressing = dyn Fn(&[u8], usize) -> Result<Vec<u8>>;

fn main() -> Result<()> {
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/demo_papers.jsonl").to_owned();
    let mut lines = Vec::new();
    for file in if files.is_empty() { vec![demo] } else { files } {
        lines.extend(read_lines(&file)?);
    }
    let bytes: usize = lines.iter().map(Vec::len).sum();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} documents, {bytes} bytes", lines.len())?;
    writeln!(out, "{:<20} {:>9} {:>6} {:>9} {:>14}", "compressor", "documents", "ratio", "MB/s in", "us a document")?;
    for codec in codecs() {
        for documents in [8, 16, 32, 64] {
            let blocks: Vec<Vec<u8>> = lines.chunks(documents).map(|block| block.concat()).collect();
            let before = processor_seconds();
            let packed = blocks.iter().map(|block| (codec.compress)(block)).collect::<Result<Vec<_>>>()?;
            let compressing = processor_seconds() - before;
            let packed_bytes: usize = packed.iter().map(Vec::len).sum();
            // One pass that is not timed, which also compares what comes back.
            for (block, packed) in blocks.iter().zip(&packed) {
                assert!((codec.decompress)(packed, block.len())? == *block, "{} gives something else back", codec.name);
            }
            let before = processor_seconds();
            for step in 0..READ {
                let at = step * 7919 % blocks.len();
                std::hint::black_box((codec.decompress)(&packed[at], blocks[at].len())?);
            }
            let reading = (processor_seconds() - before) / READ as f64;
            writeln!(
                out,
                "{:<20} {documents:>9} {:>6.2} {:>9.0} {:>14.1}",
                codec.name,
                bytes as f64 / packed_bytes as f64,
                bytes as f64 / compressing / 1e6,
                reading * 1e6
            )?;
        }
    }
    Ok(())
}

fn read_lines(path: &str) -> Result<Vec<Vec<u8>>> {
    let file = BufReader::new(File::open(path)?);
    let mut bytes = Vec::new();
    if path.ends_with(".gz") {
        flate2::bufread::MultiGzDecoder::new(file).read_to_end(&mut bytes)?;
    } else {
        { file }.read_to_end(&mut bytes)?;
    }
    Ok(bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect())
}

fn codecs() -> Vec<Codec> {
    let mut codecs: Vec<Codec> = [1, 3, 6, 9].map(deflate).into();
    codecs.push(Codec {
        name: "lz4_flex".to_owned(),
        compress: Box::new(|raw| Ok(lz4_flex::block::compress(raw))),
        decompress: Box::new(|packed, len| Ok(lz4_flex::block::decompress(packed, len)?)),
    });
    codecs.push(Codec {
        name: "ruzstd, fastest".to_owned(),
        compress: Box::new(|raw| {
            Ok(ruzstd::encoding::compress_to_vec(raw, ruzstd::encoding::CompressionLevel::Fastest))
        }),
        decompress: Box::new(|packed, len| {
            let mut raw = vec![0; len];
            ruzstd::decoding::FrameDecoder::new().decode_all(packed, &mut raw)?;
            Ok(raw)
        }),
    });
    codecs
}

fn deflate(level: u32) -> Codec {
    let compress = move |raw: &[u8]| {
        let mut packed = Vec::with_capacity(raw.len() + raw.len() / 8 + 64);
        let mut compress = Compress::new(Compression::new(level), false);
        match compress.compress_vec(raw, &mut packed, FlushCompress::Finish)? {
            Status::StreamEnd => Ok(packed),
            _ => Err("there is no room for what was compressed".into()),
        }
    };
    let decompress = |packed: &[u8], len| {
        let mut raw = vec![0; len];
        Decompress::new(false).decompress(packed, &mut raw, FlushDecompress::Finish)?;
        Ok(raw)
    };
    Codec { name: format!("DEFLATE, level {level}"), compress: Box::new(compress), decompress: Box::new(decompress) }
}

/// Of this thread.
fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
