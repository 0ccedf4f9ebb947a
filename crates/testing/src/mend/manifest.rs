//! The manifest of a generation, which records length and checksum of every file, and `CURRENT`, which has the checksum of
//! the manifest.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::page::PAGE;

/// What a manifest says of the file of this name with these bytes.
#[must_use]
pub fn record(name: &str, bytes: &[u8]) -> Value {
    let hex = |bytes: &[u8]| blake3::hash(bytes).to_hex().to_string();
    json!({"path": name, "bytes": bytes.len(), "blake3": hex(bytes), "head": hex(&bytes[..bytes.len().min(PAGE)])})
}

/// The content of `CURRENT` for the generation of this name with this manifest.
#[must_use]
pub fn pointer(generation: &str, manifest: &[u8]) -> String {
    format!("{generation} {}\n", blake3::hash(manifest).to_hex())
}

/// Makes the manifest of `generation` say what is true of its files. `content` gives the bytes of the file at a path below
/// the collection, or `None` for a file whose record is to stay as it is.
pub fn records(manifest: &mut Value, generation: &str, content: &mut dyn FnMut(&Path) -> Option<Vec<u8>>) {
    let mut fit = |entry: &mut Value, folder: &Path| {
        let Some(name) = entry["path"].as_str().map(str::to_owned) else { return };
        if let Some(bytes) = content(&folder.join(&name)) {
            *entry = record(&name, &bytes);
        }
    };
    for segment in list(manifest, "segments") {
        let folder = Path::new("segments").join(segment["name"].as_str().unwrap_or_default());
        list(segment, "files").iter_mut().for_each(|entry| fit(entry, &folder));
        if let Some(entry) = segment.get_mut("removed_rows") {
            fit(entry, &Path::new("generations").join(generation));
        }
        for vectors in list(segment, "vectors") {
            let folder = Path::new("vectors").join(vectors["name"].as_str().unwrap_or_default());
            list(vectors, "files").iter_mut().for_each(|entry| fit(entry, &folder));
        }
    }
}

/// The list under a name, empty if there is no list.
fn list<'a>(value: &'a mut Value, name: &str) -> &'a mut [Value] {
    value.get_mut(name).and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
}

/// The name of the current generation of the collection at `root`.
///
/// # Errors
/// If `CURRENT` cannot be read.
pub fn current(root: &Path) -> io::Result<String> {
    let line = fs::read_to_string(root.join("CURRENT"))?;
    Ok(line.split(' ').next().unwrap_or_default().to_owned())
}

/// Rewrites the manifest of the current generation with the length and the checksums that the file at `path` has now, and
/// `CURRENT` with the checksum of that manifest.
///
/// # Errors
/// If the manifest cannot be read or written.
pub fn vouch_for(root: &Path, path: &Path) -> io::Result<()> {
    let generation = current(root)?;
    let manifest_path = root.join("generations").join(&generation).join("manifest.json");
    if path != manifest_path {
        let mut manifest: Value = serde_json::from_slice(&fs::read(&manifest_path)?)?;
        let bytes = fs::read(path)?;
        records(&mut manifest, &generation, &mut |found| (root.join(found) == path).then(|| bytes.clone()));
        fs::write(&manifest_path, serde_json::to_vec_pretty(&manifest)?)?;
    }
    point(root)
}

/// Rewrites `CURRENT` with the checksum of the manifest it names, whatever the manifest holds.
///
/// # Errors
/// If the manifest cannot be read or `CURRENT` cannot be written.
pub fn point(root: &Path) -> io::Result<()> {
    let generation = current(root)?;
    let manifest = fs::read(root.join("generations").join(&generation).join("manifest.json"))?;
    fs::write(root.join("CURRENT"), pointer(&generation, &manifest))
}
