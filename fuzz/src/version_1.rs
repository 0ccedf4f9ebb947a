//! A collection of the first version, as `repair` reads it.

use std::path::{Path, PathBuf};

use semsearch_testing::mend::manifest::pointer;
use serde_json::{Value, json};

use crate::whole::{self, Files};
use crate::{mend, scratch, sections};

/// Files of such a collection, by which an input calls them.
pub const FILES: [&str; 5] = [
    "CURRENT",
    "g000001/collection.json",
    "g000001/documents.idx",
    "g000001/documents.jsonl",
    "g000001/index/vectors.index",
];

const DESCRIPTION: &str = FILES[1];
const LIST: &str = FILES[2];
const LINES: &str = FILES[3];
const INDEX: &str = FILES[4];

/// The files, each behind a line `=== NAME`; the index is folded. Without a pointer, checksums are made to hold.
#[must_use]
pub fn collection_v1(input: &[u8]) -> bool {
    let mut files = Files::new();
    for (name, content) in sections::split(input).filter(|(name, _)| FILES.contains(name)) {
        let content = if name == INDEX { mend::unfold(content) } else { content.to_vec() };
        files.insert(PathBuf::from(name), content);
    }
    if files.is_empty() {
        return false;
    }
    if !files.contains_key(Path::new(FILES[0])) {
        mend_all(&mut files);
    }
    let root = whole::put("version 1", &files);
    assert!(whole::ask(&root).is_err(), "it is none of this version");
    if let Some(verdict) = whole::look(&root) {
        assert!(!verdict.is_whole(), "it is none of this version: {verdict:?}");
    }
    whole::mend_for_good(&root);
    let _ = scratch::folder("version 1");
    true
}

fn mend_all(files: &mut Files) {
    if let Some(index) = files.get_mut(Path::new(INDEX)) {
        mend::index(index);
    }
    let lines = files.get(Path::new(LINES)).cloned().unwrap_or_default();
    if let Some(list) = files.get_mut(Path::new(LIST)) {
        check_lines(list, &lines);
    }
    let list = files.get(Path::new(LIST)).map(|list| blake3::hash(list).to_hex().to_string());
    let Some(description) = files.get_mut(Path::new(DESCRIPTION)) else { return };
    if let (Some(list), Ok(mut parsed)) = (list, serde_json::from_slice::<Value>(description)) {
        let entries = parsed.get_mut("files").and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten().filter(|entry| entry["path"] == "documents.idx") {
            *entry = json!({"path": "documents.idx", "blake3": list});
        }
        *description = serde_json::to_vec(&parsed).unwrap_or_default();
    }
    let line = pointer("g000001", description).into_bytes();
    files.insert(PathBuf::from(FILES[0]), line);
}

/// Makes each entry of the list have the checksum of its line: their number, then for each its start, its length, eight
/// bytes of BLAKE3 and, if a byte says so, two days. Numbers are of seven bits a byte, the last of which has no eighth.
fn check_lines(list: &mut [u8], lines: &[u8]) {
    let mut at = 0;
    let Some(entries) = number(list, &mut at) else { return };
    for _ in 0..entries {
        let (Some(start), Some(len)) = (number(list, &mut at), number(list, &mut at)) else { return };
        let line = usize::try_from(start).ok().zip(usize::try_from(start.saturating_add(len)).ok());
        let line = line.and_then(|(start, end)| lines.get(start..end)).unwrap_or_default();
        let check = blake3::hash(line);
        let Some(place) = list.get_mut(at..at + 8) else { return };
        place.copy_from_slice(&check.as_bytes()[..8]);
        at += 8;
        let days = list.get(at) == Some(&1);
        at += 1;
        if days && number(list, &mut at).and(number(list, &mut at)).is_none() {
            return;
        }
    }
}

fn number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for place in 0..9 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
