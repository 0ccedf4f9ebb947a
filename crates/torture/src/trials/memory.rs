//! Enormous lengths and counts in files, read by a process with little memory: they are refused before memory is allocated.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use semsearch_testing::{Random, mend};

use super::damage::{collection, short, spoil};
use crate::encoder::Models;
use crate::examine::{Trouble, examine, names_a_file};
use crate::folder;
use crate::report::Report;
use crate::settings::Settings;

/// The address space of the process in KiB: enough for the program and its threads.
const KIB: u64 = 600 << 10;

/// Numbers that are far too large: the file, the offset, the width in bytes, the number, and what it stands for.
const CLAIMS: &[(&str, usize, usize, u64, &str)] = &[
    ("vectors.index", 16, 8, 1 << 63, "length"),
    ("vectors.index", 24, 4, u32::MAX as u64, "sections"),
    ("vectors.index", 32, 8, 1 << 40, "rows"),
    ("vectors.index", 32, 8, 0x7f80_0000, "rows"),
    ("vectors.index", 40, 4, u32::MAX as u64, "dimensions"),
    ("vectors.index", 40, 4, 65_536, "dimensions"),
    ("vectors.index", 68, 4, u32::MAX as u64, "bytes of codes"),
    ("vectors.index", 72, 4, 4_096, "links"),
    ("vectors.index", 72, 4, u32::MAX as u64, "links"),
    ("vectors.index", 96, 4, 32, "levels"),
    ("vectors.index", 272, 8, 1 << 63, "length of the rows"),
    ("vectors.index", 264, 8, u64::MAX, "place of the rows"),
    ("vectors.index", 284, 4, 1 << 31, "rows of a block"),
    ("documents.blocks", 16, 8, 1 << 63, "length"),
    ("documents.blocks", 24, 4, u32::MAX as u64, "sections"),
    ("documents.blocks", 32, 8, 1 << 40, "rows"),
    ("documents.blocks", 32, 8, 0x7f80_0000, "rows"),
    ("documents.blocks", 40, 8, 1 << 40, "identities"),
    ("documents.blocks", 40, 8, 0xffff_fffe, "identities"),
    ("documents.blocks", 48, 8, u64::MAX, "bytes decompressed"),
    ("documents.blocks", 272, 8, 1 << 63, "length of the blocks"),
    ("documents.blocks", 264, 8, u64::MAX, "place of the blocks"),
    ("fields.columns", 12, 4, u32::MAX as u64, "columns"),
    ("fields.columns", 16, 8, 1 << 40, "rows"),
    ("fields.columns", 24, 8, 1 << 63, "length of a column"),
    ("fields.columns", 36, 8, u64::MAX, "length of a column"),
    ("fields.columns", 72, 8, 1 << 40, "length of a column"),
];

/// Keys of numbers in the manifest.
const RECORDS: &[&str] =
    &["rows", "removed", "generation", "dimension", "bytes", "tokens", "max_tokens", "m", "dimension"];

/// Tries as many claims as `settings` says.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("memory", settings.seed);
    let models = Models::new();
    let scratch = settings.scratch()?;
    let (template, root) = (scratch.path().join("template"), scratch.path().join("index"));
    collection(&template, &models, settings.seed)?;
    let (mut refused, mut answered) = (0_u64, 0_u64);
    // First without a claim, to notice a limit that is too low.
    folder::copy(&template, &root)?;
    if let Some(fault) = look(settings, &root)?.1 {
        report.fault(format!("within {KIB} KiB, nothing changed: {fault}"));
    }
    for number in 0..settings.amount {
        let mut random = Random::part(settings.seed, number);
        folder::clear(&root)?;
        folder::copy(&template, &root)?;
        let what = match CLAIMS.get(number as usize) {
            Some(&(file, at, width, claim, what)) => {
                let path = some_file(&root, file, &mut random)?;
                set(&root, &path, at, width, claim)?;
                format!("{}: {claim:#x} as {what}", short(&path, &root))
            }
            None => in_manifest(&root, number - CLAIMS.len() as u64)?,
        };
        report.runs += 1;
        match look(settings, &root)? {
            (_, Some(fault)) => report.fault(format!("{what}: {fault}")),
            (true, None) => refused += 1,
            (false, None) => answered += 1,
        }
    }
    report.note = format!("{} MiB of address space, {refused} refused, {answered} answered", KIB >> 10);
    Ok(report)
}

fn some_file(root: &Path, name: &str, random: &mut Random) -> anyhow::Result<PathBuf> {
    let files: Vec<PathBuf> = folder::files(root)?.into_iter().filter(|path| path.ends_with(name)).collect();
    random.pick(&files).cloned().ok_or_else(|| anyhow::anyhow!("there is no {name}"))
}

fn set(root: &Path, path: &Path, at: usize, width: usize, claim: u64) -> anyhow::Result<()> {
    let mut bytes = fs::read(path)?;
    if let Some(place) = bytes.get_mut(at..at + width) {
        place.copy_from_slice(&claim.to_le_bytes()[..width]);
    }
    mend::file(&path.file_name().unwrap_or_default().to_string_lossy(), &mut bytes);
    spoil(path, &bytes)?;
    Ok(mend::manifest::vouch_for(root, path)?)
}

/// Makes a number of the manifest enormous.
fn in_manifest(root: &Path, number: u64) -> anyhow::Result<String> {
    let current = fs::read_to_string(root.join("CURRENT"))?;
    let generation = current.split(' ').next().unwrap_or_default();
    let path = root.join("generations").join(generation).join("manifest.json");
    let text = fs::read_to_string(&path)?;
    let key = RECORDS[(number % RECORDS.len() as u64) as usize];
    let claims = ["1099511627776", "4294967296", "9223372036854775808", "18446744073709551615", "2147483647", "-1"];
    let claim = claims[(number / RECORDS.len() as u64 + number) as usize % claims.len()];
    let pattern = format!("\"{key}\": ");
    let changed = match text.split_once(&pattern) {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
            format!("{before}{pattern}{claim}{rest}")
        }
        None => text,
    };
    fs::write(&path, changed)?;
    mend::manifest::point(root)?;
    Ok(format!("manifest: {claim} as {key}"))
}

/// Lets a process with little memory examine the collection. Returns whether it was refused, and the fault if there is one.
fn look(settings: &Settings, root: &Path) -> anyhow::Result<(bool, Option<String>)> {
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -c 0; ulimit -v {KIB}; exec \"$@\""), "sh"])
        .arg(&settings.program)
        .args(["worker", "look"])
        .arg(root)
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::null())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let errors = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Ok(match output.status.code() {
        Some(0) => (text == "refused", None),
        _ => (false, Some(format!("{}: {text} {errors}", output.status))),
    })
}

/// The process with little memory. It reports whether the collection was refused.
///
/// # Errors
/// If the refusal names no file.
pub fn worker(root: &Path) -> anyhow::Result<()> {
    let models = Models::new();
    match examine(root, &models, &crate::expected::Expected::default(), 0) {
        Err(Trouble::Refused(error)) if names_a_file(&error, root) => crate::say("refused"),
        Err(Trouble::Refused(error)) => return Err(error.context("names no file")),
        // Wrong answers are allowed here: only reading counts.
        Ok(()) | Err(Trouble::Wrong(_) | Trouble::Missing) => crate::say("answered"),
    }
    Ok(())
}
