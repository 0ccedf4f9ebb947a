//! Copying and measuring the folder of a collection, and finding files that should not be in it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Copies a folder with all its content.
///
/// # Errors
/// What the system says.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?
        } else {
            fs::copy(entry.path(), target).map(drop)?
        }
    }
    Ok(())
}

/// Removes a folder, if there is one.
///
/// # Errors
/// What the system says.
pub fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// All files below a folder, in alphabetical order.
///
/// # Errors
/// What the system says.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { found.extend(files(&entry.path())?) } else { found.push(entry.path()) }
    }
    found.sort();
    Ok(found)
}

/// Bytes of all files below a folder.
///
/// # Errors
/// What the system says.
pub fn bytes(folder: &Path) -> io::Result<u64> {
    if !folder.exists() {
        return Ok(0);
    }
    files(folder)?.iter().map(|file| Ok(fs::metadata(file)?.len())).sum()
}

/// A hash of the names and bytes of all files below a folder, which may be missing.
///
/// # Errors
/// What the system says.
pub fn digest(folder: &Path) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    if folder.exists() {
        for file in files(folder)? {
            let (name, bytes) = (file.strip_prefix(folder).unwrap_or(&file).to_string_lossy(), fs::read(&file)?);
            // Lengths keep apart names and bytes that are divided differently.
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
            hasher.update(&(bytes.len() as u64).to_le_bytes()).update(&bytes);
        }
    }
    Ok(hasher.finalize())
}

/// The name of a lock file of the collection in `root` that is locked.
///
/// # Errors
/// What the system says.
pub fn locked(root: &Path) -> io::Result<Option<&'static str>> {
    for name in ["lock", "switch.lock"] {
        let file = match fs::File::open(root.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(Some(name)),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

/// The files in the folder of a collection that belong to no generation. Right after a change, the list should be empty.
///
/// # Errors
/// What the system says.
pub fn litter(root: &Path) -> io::Result<Vec<String>> {
    let names = |folder: &Path| -> io::Result<BTreeSet<String>> {
        match fs::read_dir(folder) {
            Ok(entries) => entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(error),
        }
    };
    let mut needed = BTreeSet::new();
    let generations = names(&root.join("generations"))?;
    for generation in &generations {
        let manifest = fs::read(root.join("generations").join(generation).join("manifest.json"))?;
        let manifest: Value = serde_json::from_slice(&manifest)?;
        for segment in manifest["segments"].as_array().into_iter().flatten() {
            let vectors = segment["vectors"].as_array().into_iter().flatten();
            needed.extend(vectors.chain([segment]).filter_map(|object| object["name"].as_str().map(str::to_owned)));
        }
    }
    let objects = names(&root.join("segments"))?.into_iter().chain(names(&root.join("vectors"))?);
    let mut litter: Vec<String> = objects.filter(|object| !needed.contains(object)).collect();
    let ours = ["CURRENT", "lock", "switch.lock", "generations", "segments", "vectors"];
    litter.extend(names(root)?.into_iter().filter(|name| !ours.contains(&&**name)));
    if generations.len() > 2 {
        litter.push(format!("{} generations", generations.len()));
    }
    Ok(litter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_other_names_or_bytes_has_another_digest() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let mut seen = vec![digest(&root.join("missing")).unwrap()];
        for (name, bytes) in [("a", "b"), ("ab", ""), ("a", ""), ("a", "bc"), ("c", "b")] {
            fs::write(root.join(name), bytes).unwrap();
            seen.push(digest(root).unwrap());
            assert_eq!(seen.last(), Some(&digest(root).unwrap()));
        }
        let different: BTreeSet<_> = seen.iter().map(|hash| hash.to_hex().to_string()).collect();
        assert_eq!(different.len(), seen.len());
    }

    #[test]
    fn a_lock_is_noticed_while_it_is_held() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(locked(folder.path()).unwrap(), None);
        let lock = fs::File::create(folder.path().join("switch.lock")).unwrap();
        assert_eq!(locked(folder.path()).unwrap(), None);
        lock.lock().unwrap();
        assert_eq!(locked(folder.path()).unwrap(), Some("switch.lock"));
        drop(lock);
        assert_eq!(locked(folder.path()).unwrap(), None);
    }
}
