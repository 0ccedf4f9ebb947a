//! Missing files, truncated files and flipped bits: either the answer is right, or an error names the damaged file.

use std::fs;
use std::path::{Path, PathBuf};

use semsearch_testing::Random;
use semsearch_testing::mend::edges;

use crate::change::Change;
use crate::encoder::Models;
use crate::examine::{Trouble, caught, examine, names_a_file};
use crate::expected::Expected;
use crate::folder;
use crate::papers::paper;
use crate::report::Report;
use crate::settings::Settings;

/// Truncations at random places for every 2,000 bit flips.
const CUTS: u64 = 500;

/// Runs the trial with as many flipped bits as `settings` says.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("damage", settings.seed);
    let models = Models::new();
    let scratch = settings.scratch()?;
    let root = scratch.path().join("index");
    let expected = collection(&root, &models, settings.seed)?;
    let files = files(&root)?;
    if let Err(trouble) = examine(&root, &models, &expected, settings.seed) {
        report.fault(format!("before anything was damaged: {trouble}"));
    }
    let (mut noticed, mut harmless) = (0_u64, 0_u64);
    let mut ask = |path: &Path, damaged: Option<&[u8]>, whole: &[u8], what: String| -> anyhow::Result<()> {
        fs::remove_file(path)?;
        damaged.map_or(Ok(()), |damaged| fs::write(path, damaged))?;
        report.runs += 1;
        match caught(|| examine(&root, &models, &expected, settings.seed)) {
            Ok(()) => harmless += 1,
            Err(Trouble::Refused(error)) if names_a_file(&error, &root) => noticed += 1,
            Err(trouble) => report.fault(format!("{}: {what}: {trouble}", short(path, &root))),
        }
        let _ = fs::remove_file(path);
        Ok(fs::write(path, whole)?)
    };

    for (path, whole) in &files {
        ask(path, None, whole, "lost".to_owned())?;
    }
    let mut random = Random::part(settings.seed, 1);
    for (path, whole) in &files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let near = edges(&name, whole).into_iter().flat_map(|edge| edge.saturating_sub(8)..=edge + 8);
        let mut cuts: Vec<usize> = near.filter(|cut| *cut < whole.len()).collect();
        cuts.dedup();
        for cut in cuts {
            ask(path, Some(&whole[..cut]), whole, format!("cut at {cut} of {}", whole.len()))?;
        }
    }
    for _ in 0..CUTS * settings.amount.div_ceil(2_000) {
        let Some((path, whole)) = random.pick(&files) else { continue };
        let cut = random.below(whole.len() as u64) as usize;
        ask(path, Some(&whole[..cut]), whole, format!("cut at {cut} of {}", whole.len()))?;
    }
    for number in 0..settings.amount {
        let mut random = Random::part(settings.seed, 2 + number);
        let Some((path, whole)) = random.pick(&files) else { continue };
        let mut damaged = whole.clone();
        // Half of the flips are in first pages, on which everything else depends.
        let end = if random.percent(50) { whole.len().min(4096) } else { whole.len() };
        let (byte, bit) = (random.below(end as u64) as usize, random.below(8));
        if let Some(place) = damaged.get_mut(byte) {
            *place ^= 1 << bit;
        }
        ask(path, Some(&damaged), whole, format!("bit {bit} of byte {byte} flipped (flip {number})"))?;
    }
    report.note = format!("{noticed} refused, {harmless} harmless");
    Ok(report)
}

/// Makes a collection of several segments with deleted rows. Returns its expected content.
pub(super) fn collection(root: &Path, models: &Models, seed: u64) -> anyhow::Result<Expected> {
    Ok(collection_before(root, models, seed)?.1)
}

/// As [`collection`]; also returns the expected content before its last change.
pub(super) fn collection_before(root: &Path, models: &Models, seed: u64) -> anyhow::Result<(Expected, Expected)> {
    let first = Random::part(seed, 0).below(1000);
    let papers = |numbers: std::ops::Range<u64>| numbers.map(|number| paper(first + number, 0)).collect();
    let id = |number: u64| format!("p{}", first + number);
    let (mut before, mut expected) = (Expected::default(), Expected::default());
    for change in [
        Change::Embed(papers(0..60)),
        Change::Embed(papers(60..85)),
        Change::Embed(papers(85..90)),
        Change::Remove(vec![id(3), id(50), id(70)]),
    ] {
        change.make(root, models)?;
        before = expected.clone();
        change.foresee(&mut expected, models);
    }
    Ok((before, expected))
}

/// The files of the current generation of a collection, with their content.
pub(super) fn files(root: &Path) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let current = fs::read_to_string(root.join("CURRENT"))?;
    let generation = root.join("generations").join(current.split(' ').next().unwrap_or_default());
    let mut files = Vec::new();
    for path in folder::files(root)? {
        let bytes = fs::read(&path)?;
        let counts = !path.starts_with(root.join("generations")) || path.starts_with(&generation);
        if counts && !bytes.is_empty() {
            files.push((path, bytes));
        }
    }
    Ok(files)
}

/// Replaces a file by one with other content. A file that is open elsewhere keeps its content.
pub(super) fn spoil(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::remove_file(path)?;
    fs::write(path, bytes)
}

pub(super) fn short(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
