//! The bytes of a checkpoint.
//!
//! ```text
//! head      magic, version, dimension, hash of the fingerprint, checksum             96 bytes
//! records   key of the passage · tokens · truncated · vector · checksum              32 + 4 · dimension bytes each
//! ```
//!
//! Numbers are little-endian. A checksum is the beginning of the BLAKE3 of everything before it in the head or the
//! record.

use semsearch_embed::Fingerprint;
use semsearch_store::Key;

const MAGIC: &[u8; 8] = b"SEMSCKP\n";
const VERSION: u32 = 1;
/// Bytes of the head.
pub(super) const HEAD: usize = 96;
/// Bytes of a record without its vector.
pub(super) const FRAME: usize = 32;
/// Where the vector of a record begins.
const VECTOR: usize = 24;

/// The number of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(pub(super) u32);

impl Slot {
    /// The slot `records` further on.
    pub(crate) fn after(self, records: usize) -> Slot {
        Slot(self.0 + records as u32)
    }
}

/// What a record holds beside the vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The key of the passage.
    pub(crate) key: Key,
    /// Tokens that were encoded.
    pub(crate) tokens: u32,
    /// Whether the passage lost its end.
    pub(crate) truncated: bool,
}

/// Bytes of a record with a vector of `dim` numbers; a dimension that no file can have gives the largest number.
pub(super) fn record_bytes(dim: usize) -> usize {
    FRAME.saturating_add(dim.saturating_mul(4))
}

/// The head of a checkpoint.
pub(super) fn head(fingerprint: &Fingerprint, dim: usize) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..8].copy_from_slice(MAGIC);
    head[8..12].copy_from_slice(&VERSION.to_le_bytes());
    head[12..16].copy_from_slice(&(dim as u32).to_le_bytes());
    head[16..80].copy_from_slice(hashed(fingerprint.as_str()).as_bytes());
    let check: [u8; 16] = first(blake3::hash(&head[..80]));
    head[80..].copy_from_slice(&check);
    head
}

/// The name of the file for vectors of this fingerprint.
pub(super) fn file_name(fingerprint: &str) -> String {
    format!("{}.vectors", &hashed(fingerprint)[..16])
}

/// Appends a record to `out`.
pub(super) fn write_record(out: &mut Vec<u8>, facts: Facts, vector: &[f32]) {
    let start = out.len();
    out.extend(facts.key.0);
    out.extend(facts.tokens.to_le_bytes());
    out.extend(u32::from(facts.truncated).to_le_bytes());
    vector.iter().for_each(|number| out.extend(number.to_le_bytes()));
    let check: [u8; 8] = first(blake3::hash(&out[start..]));
    out.extend(check);
}

/// The facts of a record; `None` if its checksum does not match.
pub(super) fn read_facts(record: &[u8]) -> Option<Facts> {
    let (body, check) = record.split_last_chunk::<8>()?;
    let (key, rest) = body.split_first_chunk::<16>()?;
    let (tokens, rest) = rest.split_first_chunk::<4>()?;
    let (truncated, _) = rest.split_first_chunk::<4>()?;
    let is_whole = first::<8>(blake3::hash(body)) == *check;
    is_whole.then(|| Facts {
        key: Key(*key),
        tokens: u32::from_le_bytes(*tokens),
        truncated: u32::from_le_bytes(*truncated) != 0,
    })
}

/// Copies the vector of a record to `vector`.
pub(super) fn read_vector(record: &[u8], vector: &mut [f32]) {
    for (number, bytes) in vector.iter_mut().zip(record[VECTOR..].as_chunks().0) {
        *number = f32::from_le_bytes(*bytes);
    }
}

/// A fingerprint in 64 digits, whatever it is made of.
fn hashed(fingerprint: &str) -> String {
    blake3::hash(fingerprint.as_bytes()).to_hex().to_string()
}

fn first<const N: usize>(hash: blake3::Hash) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&hash.as_bytes()[..N]);
    bytes
}
