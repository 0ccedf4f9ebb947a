//! Where everything is in the folder of a collection.
//!
//! ```text
//! INDEX/
//!   CURRENT                    one line: the generation that counts, and the BLAKE3 of its manifest
//!   lock                       held by a writer
//!   generations/g000007/       manifest.json, and a bitmap for each segment with removed documents
//!   segments/s000003/          documents.blocks, fields.columns: immutable
//!   vectors/v000004/           vectors.index, tokens.u32: immutable; one folder for each segment and model
//!   checkpoint/                vectors that were made and are in no generation yet
//! ```

use std::path::{Path, PathBuf};

/// Version of the manifest, and with it of the folder.
pub const SCHEMA: &str = "semsearch.collection/2";
/// The pointer.
pub const CURRENT: &str = "CURRENT";
/// The pointer being written.
pub const NEXT: &str = "CURRENT.next";
/// The lock of writers.
pub const LOCK: &str = "lock";
/// The lock of a running change of the model.
pub const SWITCH_LOCK: &str = "switch.lock";
/// Folders of the generations.
pub const GENERATIONS: &str = "generations";
/// Folders of the segments.
pub const SEGMENTS: &str = "segments";
/// Folders of vectors.
pub const VECTORS: &str = "vectors";
/// Vectors that are in no generation yet.
pub const CHECKPOINT: &str = "checkpoint";
/// Documents of a segment.
pub const DOCUMENTS_FILE: &str = "documents.blocks";
/// Columns of a segment.
pub const COLUMNS_FILE: &str = "fields.columns";
/// Vectors and graph of a segment.
pub const INDEX_FILE: &str = "vectors.index";
/// Tokens of each document of a segment.
pub const TOKENS_FILE: &str = "tokens.u32";
/// The list of all that belongs to a generation.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The folder of a generation.
pub fn generation(root: &Path, number: u64) -> PathBuf {
    root.join(GENERATIONS).join(generation_name(number))
}

/// `g000007` is generation 7.
pub fn generation_name(number: u64) -> String {
    format!("g{number:06}")
}

/// The number of a generation's folder.
pub fn generation_number(name: &str) -> Option<u64> {
    numbered(name, 'g')
}

/// The number of a segment's folder, or of vectors'.
pub fn object_number(name: &str) -> Option<u64> {
    numbered(name, 's').or_else(|| numbered(name, 'v'))
}

/// Whether this can be the folder of a segment; a name that leads elsewhere cannot.
pub fn is_segment(name: &str) -> bool {
    numbered(name, 's').is_some()
}

/// Whether this can be the folder of vectors.
pub fn is_vectors(name: &str) -> bool {
    numbered(name, 'v').is_some()
}

/// Each number has one name: `g0000007` would be another folder than that of generation 7.
fn numbered(name: &str, letter: char) -> Option<u64> {
    let digits = name.strip_prefix(letter)?;
    let long = (7..=18).contains(&digits.len()) && !digits.starts_with('0');
    let plain = (long || digits.len() == 6) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Whether a collection has something of this name at its top.
pub fn is_ours(name: &str) -> bool {
    [CURRENT, NEXT, LOCK, SWITCH_LOCK, GENERATIONS, SEGMENTS, VECTORS, CHECKPOINT].contains(&name)
        // Folders of version 1.
        || generation_number(name).is_some()
        || name.starts_with(".building-")
        || name.starts_with(STAGING)
}

/// How the folder begins in which documents wait while they are read and embedded.
pub const STAGING: &str = ".staging-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_numbers_and_lead_nowhere_else() {
        assert_eq!(generation_number(&generation_name(7)), Some(7));
        assert_eq!(generation_number("g12345678"), Some(12_345_678));
        for odd in ["", "g", "g1", "g00000x", "../../etc", "g0000000000000000000000", "s000001", "g-00001", "g0000007"]
        {
            assert_eq!(generation_number(odd), None, "{odd}");
        }
        assert!(is_segment("s000001") && !is_segment("v000001") && !is_segment("s000001/.."));
        assert!(is_vectors("v000001") && object_number("v000012") == Some(12));
    }
}
