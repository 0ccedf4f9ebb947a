//! Makes all checksums fit what is in the files, as somebody would who changed them on purpose.
//!
//! Written from FORMAT.md of the index, DOCUMENTS.md and FIELDS.md, and not with the code that reads the files.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

const PAGE: usize = 4096;

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk::<4>()?;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

fn u64_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk::<8>()?;
    usize::try_from(u64::from_le_bytes(*bytes)).ok()
}

fn put(bytes: &mut [u8], at: usize, number: u32) {
    if let Some(place) = bytes.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<4>) {
        *place = number.to_le_bytes();
    }
}

fn span(bytes: &[u8], start: usize, len: usize) -> Option<&[u8]> {
    bytes.get(start..start.checked_add(len)?)
}

/// Mends the file of this name, as far as its own checksums go.
pub fn mend(name: &str, bytes: &mut [u8]) {
    match name {
        "vectors.index" => index(bytes),
        "documents.blocks" => documents(bytes),
        "fields.columns" => fields(bytes),
        _ => {}
    }
}

fn page(bytes: &mut [u8]) {
    if let Some(page) = bytes.get(..PAGE - 4) {
        let check = crc32c::crc32c(page);
        put(bytes, PAGE - 4, check);
    }
}

/// Lines of the table of an index: kind, offset, length, bytes of a block, first check.
fn index_lines(bytes: &[u8]) -> Vec<(usize, usize, usize, usize, usize)> {
    let count = u32_at(bytes, 24).unwrap_or(0).min(95);
    let line = |number: usize| {
        let at = 256 + 40 * number;
        let step = u32_at(bytes, at + 24)?.checked_mul(u32_at(bytes, at + 28)?)?;
        Some((u32_at(bytes, at)?, u64_at(bytes, at + 8)?, u64_at(bytes, at + 16)?, step, u64_at(bytes, at + 32)?))
    };
    (0..count).filter_map(line).collect()
}

fn index(bytes: &mut [u8]) {
    let lines = index_lines(bytes);
    let place = |kind| lines.iter().find(|line| line.0 == kind).copied();
    if let (Some(checks), Some(roots)) = (place(12), place(13)) {
        let sections = lines.iter().filter(|line| line.0 < 12).map(|line| (*line, checks.1));
        for ((_, start, len, step, first), into) in sections.chain([((0, checks.1, checks.2, checks.3, 0), roots.1)]) {
            let Some(section) = span(bytes, start, len).filter(|_| step > 0) else { continue };
            let found: Vec<u32> = section.chunks(step).map(crc32c::crc32c).collect();
            for (number, check) in found.into_iter().enumerate() {
                let at = first.checked_add(number).and_then(|number| number.checked_mul(4)?.checked_add(into));
                if let Some(at) = at.filter(|at| *at >= PAGE) {
                    put(bytes, at, check);
                }
            }
        }
        if let Some(found) = span(bytes, roots.1, roots.2) {
            let check = crc32c::crc32c(found);
            put(bytes, 28, check);
        }
    }
    page(bytes);
}

fn documents(bytes: &mut [u8]) {
    let section = |bytes: &[u8], number: usize| {
        let at = 256 + 24 * (number - 1);
        Some((u64_at(bytes, at + 8)?, u64_at(bytes, at + 16)?))
    };
    if let (Some((blocks, _)), Some((table, len))) = (section(bytes, 1), section(bytes, 2)) {
        for at in (0..len / 20).filter_map(|number| table.checked_add(20 * number)) {
            let packed = || {
                let start = blocks.checked_add(u64_at(bytes, at)?)?;
                span(bytes, start, u32_at(bytes, at + 8)?).map(crc32c::crc32c)
            };
            match packed() {
                Some(check) => put(bytes, at + 16, check),
                None if at > bytes.len() => break,
                None => {}
            }
        }
    }
    let tables = (2..=5).filter_map(|number| section(bytes, number));
    let checks: Vec<u8> = tables
        .filter_map(|(start, len)| span(bytes, start, len))
        .flat_map(|table| table.chunks(4096).flat_map(|chunk| crc32c::crc32c(chunk).to_le_bytes()))
        .collect();
    if let Some((start, _)) = section(bytes, 6)
        && let Some(end) = start.checked_add(checks.len())
        && let Some(place) = bytes.get_mut(start..end)
    {
        place.copy_from_slice(&checks);
        let check = crc32c::crc32c(&checks);
        put(bytes, 28, check);
    }
    page(bytes);
}

fn fields(bytes: &mut [u8]) {
    let mut start = 136;
    for line in (24..132).step_by(12) {
        let Some(len) = u64_at(bytes, line) else { return };
        let Some(column) = span(bytes, start, len) else { break };
        let check = crc32c::crc32c(column);
        put(bytes, line + 8, check);
        start += len;
    }
    if let Some(head) = bytes.get(..132) {
        let check = crc32c::crc32c(head);
        put(bytes, 132, check);
    }
}

/// Where the sections of a file begin and end.
#[must_use]
pub fn edges(name: &str, bytes: &[u8]) -> Vec<usize> {
    let mut edges = vec![0, bytes.len()];
    match name {
        "vectors.index" => {
            edges.push(PAGE);
            edges.extend(index_lines(bytes).iter().flat_map(|line| [line.1, line.1.saturating_add(line.2)]));
        }
        "documents.blocks" => {
            edges.push(PAGE);
            let lines = (0..6).map(|line| 256 + 24 * line);
            edges.extend(lines.filter_map(|at| u64_at(bytes, at + 8)?.checked_add(u64_at(bytes, at + 16)?)));
        }
        "fields.columns" => {
            let mut end = 136;
            edges.extend([24, 132, end]);
            for line in (24..132).step_by(12) {
                end += u64_at(bytes, line).unwrap_or(0).min(bytes.len());
                edges.push(end);
            }
        }
        _ => {}
    }
    edges.retain(|edge| *edge <= bytes.len());
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// Writes the manifest of the current generation anew, with the length and checksums that `path` has now, and the pointer
/// to it.
///
/// # Errors
/// If there is no manifest to mend.
pub fn record(root: &Path, path: &Path) -> io::Result<()> {
    let current = fs::read_to_string(root.join("CURRENT"))?;
    let generation = current.split(' ').next().unwrap_or_default();
    let manifest_path = root.join("generations").join(generation).join("manifest.json");
    if path != manifest_path {
        let mut manifest: Value = serde_json::from_slice(&fs::read(&manifest_path)?)?;
        let bytes = fs::read(path)?;
        let names: Vec<&str> = path.iter().rev().take(2).filter_map(|name| name.to_str()).collect();
        if let [file, folder] = names[..] {
            for segment in manifest["segments"].as_array_mut().into_iter().flatten() {
                mend_records(segment, folder, file, &bytes);
                if folder == generation && segment["removed_rows"]["path"] == file {
                    segment["removed_rows"] = file_record(file, &bytes);
                }
                segment["vectors"].as_array_mut().into_iter().flatten().for_each(|vectors| {
                    mend_records(vectors, folder, file, &bytes);
                });
            }
        }
        fs::write(&manifest_path, serde_json::to_vec_pretty(&manifest)?)?;
    }
    point(root)
}

fn mend_records(object: &mut Value, folder: &str, file: &str, bytes: &[u8]) {
    if object["name"] == folder {
        let records = object["files"].as_array_mut().into_iter().flatten();
        records.filter(|record| record["path"] == file).for_each(|record| *record = file_record(file, bytes));
    }
}

fn file_record(file: &str, bytes: &[u8]) -> Value {
    let hex = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    json!({"path": file, "bytes": bytes.len(), "blake3": hex(bytes), "head": hex(&bytes[..bytes.len().min(PAGE)])})
}

/// Has the pointer vouch for the manifest it names, whatever is in it.
///
/// # Errors
/// If there is none.
pub fn point(root: &Path) -> io::Result<()> {
    let current = fs::read_to_string(root.join("CURRENT"))?;
    let generation = current.split(' ').next().unwrap_or_default();
    let manifest = fs::read(root.join("generations").join(generation).join("manifest.json"))?;
    fs::write(root.join("CURRENT"), format!("{generation} {}\n", blake3::hash(&manifest).to_hex()))
}
