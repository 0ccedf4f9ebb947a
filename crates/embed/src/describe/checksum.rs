//! SHA-256 of files: how a manifest pins the exact bytes of a model.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use semsearch_task::ErrorKind;
use sha2::{Digest, Sha256};

use super::manifest::{Manifest, ModelFile};

/// Why a file differs from the manifest's description.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChecksumError {
    /// The file is shorter or longer than it should be.
    #[error("{path} has {found} bytes, expected {expected}: {}", if found < expected { "the copy is truncated" } else { "it is not this file" })]
    Length {
        /// The file.
        path: PathBuf,
        /// Length in the manifest.
        expected: u64,
        /// Length on disk.
        found: u64,
    },
    /// The length is right, the contents are wrong.
    #[error("{path} is damaged or not the file it claims to be: SHA-256 is {found}, expected {expected}")]
    Contents {
        /// The file.
        path: PathBuf,
        /// SHA-256 in the manifest.
        expected: String,
        /// SHA-256 on disk.
        found: String,
    },
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
}

impl ChecksumError {
    /// What the error is about: the model, or the system if a file cannot be read.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            ChecksumError::Length { .. } | ChecksumError::Contents { .. } => ErrorKind::Model,
            ChecksumError::Io { .. } => ErrorKind::Io,
        }
    }

    /// Names the file by another path.
    #[cfg(feature = "hub")]
    pub(crate) fn at(mut self, name: PathBuf) -> Self {
        match &mut self {
            ChecksumError::Length { path, .. }
            | ChecksumError::Contents { path, .. }
            | ChecksumError::Io { path, .. } => *path = name,
        }
        self
    }
}

/// Length and SHA-256 (lower-case hex) of a file.
///
/// # Errors
/// The error of opening or reading the file.
pub(crate) fn sha256_file(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((bytes, hex(&hasher.finalize()))),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// SHA-256 of a text, lower-case hex.
#[must_use]
pub(crate) fn sha256_text(text: &str) -> String {
    sha256_bytes(text.as_bytes())
}

/// SHA-256 of bytes, lower-case hex.
#[must_use]
pub(crate) fn sha256_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Checks that `folder` holds `file` exactly as the manifest describes it.
///
/// The length is compared first, which is cheap and distinguishes a truncated copy from a changed one.
///
/// # Errors
/// [`ChecksumError`] names the file, what was expected and what was found.
pub(crate) fn verify(folder: &Path, file: &ModelFile) -> Result<(), ChecksumError> {
    let path = folder.join(&file.path);
    let found = std::fs::metadata(&path).map_err(|source| ChecksumError::Io { path: path.clone(), source })?.len();
    if found != file.bytes {
        return Err(ChecksumError::Length { path, expected: file.bytes, found });
    }
    let (_, found) = sha256_file(&path).map_err(|source| ChecksumError::Io { path: path.clone(), source })?;
    if found != file.sha256 {
        return Err(ChecksumError::Contents { path, expected: file.sha256.clone(), found });
    }
    Ok(())
}

/// Checks every file of `manifest` in `folder`.
///
/// # Errors
/// The error of the first file that differs.
pub(crate) fn verify_all(folder: &Path, manifest: &Manifest) -> Result<(), ChecksumError> {
    manifest.files.iter().try_for_each(|file| verify(folder, file))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha_256() {
        // FIPS 180-4, the example of one block.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_text("abc"), expected);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x"), "abc").unwrap();
        assert_eq!(sha256_file(&folder.path().join("x")).unwrap(), (3, expected.to_owned()));
    }

    #[test]
    fn truncation_and_damage_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let file = ModelFile { path: "x".into(), bytes: 3, sha256: sha256_text("abc") };
        std::fs::write(folder.path().join("x"), "ab").unwrap();
        assert!(matches!(verify(folder.path(), &file), Err(ChecksumError::Length { found: 2, .. })));
        std::fs::write(folder.path().join("x"), "abd").unwrap();
        assert!(matches!(verify(folder.path(), &file), Err(ChecksumError::Contents { .. })));
        std::fs::write(folder.path().join("x"), "abc").unwrap();
        verify(folder.path(), &file).unwrap();
    }
}
