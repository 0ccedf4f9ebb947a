//! The files and folders of a collection.
//!
//! ```text
//! INDEX/
//!   CURRENT                    one line: the current generation, and the BLAKE3 of its manifest
//!   lock                       held by a writer
//!   searches                   saved searches, and when papers came; only if some were saved
//!   generations/g000007/       manifest.json, a bitmap for each segment with deleted documents, places.map if it was made
//!   segments/s000003/          documents.blocks, fields.columns, words.lexical: immutable
//!   vectors/v000004/           vectors.index, tokens.u32: immutable; one folder for each segment and model
//!   checkpoint/                vectors that are not part of a generation yet
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
/// The lock of a running model switch.
pub const SWITCH_LOCK: &str = "switch.lock";
/// Folders of the generations.
pub const GENERATIONS: &str = "generations";
/// Folders of the segments.
pub const SEGMENTS: &str = "segments";
/// Folders of vectors.
pub const VECTORS: &str = "vectors";
/// Saved searches, and which papers there were when they were last asked.
pub const SEARCHES: &str = "searches";
/// The saved searches being written.
pub const SEARCHES_NEXT: &str = "searches.next";
/// The lock of a process that changes saved searches.
pub const SEARCHES_LOCK: &str = "searches.lock";
/// The folder of vectors that are not part of a generation yet.
pub const CHECKPOINT: &str = "checkpoint";
/// Documents of a segment.
pub const DOCUMENTS_FILE: &str = "documents.blocks";
/// Columns of a segment.
pub const COLUMNS_FILE: &str = "fields.columns";
/// Words of a segment. Segments of earlier versions have no such file.
pub const WORDS_FILE: &str = "words.lexical";
/// Vectors and graph of a segment.
pub const INDEX_FILE: &str = "vectors.index";
/// Tokens of each document of a segment.
pub const TOKENS_FILE: &str = "tokens.u32";
/// The manifest of a generation.
pub const MANIFEST_FILE: &str = "manifest.json";

/// The map of a generation, if one was made. No manifest names it.
pub const MAP_FILE: &str = "places.map";

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

/// The number in the name of a folder of a segment or of vectors.
pub fn object_number(name: &str) -> Option<u64> {
    numbered(name, 's').or_else(|| numbered(name, 'v'))
}

/// Whether this is a valid name for the folder of a segment: never one with a path separator.
pub fn is_segment(name: &str) -> bool {
    numbered(name, 's').is_some()
}

/// Whether this is a valid name for a folder of vectors.
pub fn is_vectors(name: &str) -> bool {
    numbered(name, 'v').is_some()
}

/// The number in a name such as `g000007`. Each number has one name: `g0000007` is refused.
fn numbered(name: &str, letter: char) -> Option<u64> {
    let digits = name.strip_prefix(letter)?;
    let long = (7..=18).contains(&digits.len()) && !digits.starts_with('0');
    let plain = (long || digits.len() == 6) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Whether a file or folder of this name belongs to the top folder of a collection.
pub fn is_ours(name: &str) -> bool {
    [CURRENT, NEXT, LOCK, SWITCH_LOCK, GENERATIONS, SEGMENTS, VECTORS, CHECKPOINT].contains(&name)
        || [SEARCHES, SEARCHES_NEXT, SEARCHES_LOCK].contains(&name)
        // Folders of version 1.
        || generation_number(name).is_some()
        || name.starts_with(".building-")
        || name.starts_with(STAGING)
}

/// The prefix of the folder in which documents are staged while they are read and embedded.
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
