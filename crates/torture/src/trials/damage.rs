//! Missing files, truncated files and flipped bits: either the answer is right, or an error names the damaged file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use semsearch_embed::Encoder;
use semsearch_engine::{IngestOptions, ingest};
use semsearch_task::NoProgress;
use semsearch_testing::Random;
use semsearch_testing::mend::edges;

use crate::change::Change;
use crate::encoder::{Models, Which};
use crate::examine::{Trouble, caught, examine, names_a_file};
use crate::expected::Expected;
use crate::folder;
use crate::papers::{corpus, paper};
use crate::report::Report;
use crate::settings::Settings;

/// Truncations at random places for every 2,000 bit flips.
const CUTS: u64 = 500;
/// The fewest links of a node that a build takes.
pub(super) const FEWEST_LINKS: usize = 2;
/// The fewest papers of which, with the fewest links, an index with two upper levels is made.
const PAPERS_OF_TWO_LEVELS: u64 = 1024;

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
    let mut seen = Seen::default();
    let mut damaged =
        Damaged { root: &root, models: &models, expected: &expected, seed: settings.seed, seen: &mut seen };
    damaged.is_right_when_whole(&mut report);
    for (path, whole) in &files {
        damaged.ask(path, None, whole, "lost", &mut report)?;
    }
    let mut random = Random::part(settings.seed, 1);
    for (path, whole) in &files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let near = edges(&name, whole).into_iter().flat_map(|edge| edge.saturating_sub(8)..=edge + 8);
        let mut cuts: Vec<usize> = near.filter(|cut| *cut < whole.len()).collect();
        cuts.dedup();
        for cut in cuts {
            damaged.ask(path, Some(&whole[..cut]), whole, &format!("cut at {cut} of {}", whole.len()), &mut report)?;
        }
    }
    for _ in 0..CUTS * settings.amount.div_ceil(2_000) {
        let Some((path, whole)) = random.pick(&files) else { continue };
        let cut = random.below(whole.len() as u64) as usize;
        damaged.ask(path, Some(&whole[..cut]), whole, &format!("cut at {cut} of {}", whole.len()), &mut report)?;
    }
    for number in 0..settings.amount {
        let mut random = Random::part(settings.seed, 2 + number);
        let Some((path, whole)) = random.pick(&files) else { continue };
        let (flipped, what) = flip(whole, &mut random);
        damaged.ask(path, Some(&flipped), whole, &format!("{what} (flip {number})"), &mut report)?;
    }

    let root = scratch.path().join("two levels");
    let expected = two_levels(&root, &models)?;
    let path = index_of(&root)?;
    let whole = fs::read(&path)?;
    let mut damaged =
        Damaged { root: &root, models: &models, expected: &expected, seed: settings.seed, seen: &mut seen };
    damaged.is_right_when_whole(&mut report);
    for number in 0..settings.amount / 10 {
        let (flipped, what) = flip(&whole, &mut Random::part(settings.seed, u64::MAX - number));
        damaged.ask(&path, Some(&flipped), &whole, &format!("{what} (flip {number} with two levels)"), &mut report)?;
    }
    report.note = format!("{} refused, {} harmless", seen.noticed, seen.harmless);
    Ok(report)
}

/// The number of damaged collections that refused to answer, and of those that answered right.
#[derive(Default)]
struct Seen {
    noticed: u64,
    harmless: u64,
}

/// A collection whose files are damaged, one at a time.
struct Damaged<'a> {
    root: &'a Path,
    models: &'a Models,
    expected: &'a Expected,
    seed: u64,
    seen: &'a mut Seen,
}

impl Damaged<'_> {
    fn is_right_when_whole(&self, report: &mut Report) {
        if let Err(trouble) = examine(self.root, self.models, self.expected, self.seed) {
            report.fault(format!("before anything was damaged: {trouble}"));
        }
    }

    /// Puts `damaged`, or no file, in the place of the file `path`, examines the collection, and puts `whole` back.
    fn ask(
        &mut self,
        path: &Path,
        damaged: Option<&[u8]>,
        whole: &[u8],
        what: &str,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        fs::remove_file(path)?;
        damaged.map_or(Ok(()), |damaged| fs::write(path, damaged))?;
        report.runs += 1;
        match caught(|| examine(self.root, self.models, self.expected, self.seed)) {
            Ok(()) => self.seen.harmless += 1,
            Err(Trouble::Refused(error)) if names_a_file(&error, self.root) => self.seen.noticed += 1,
            Err(trouble) => report.fault(format!("{}: {what}: {trouble}", short(path, self.root))),
        }
        let _ = fs::remove_file(path);
        Ok(fs::write(path, whole)?)
    }
}

/// Flips a bit of a file. Half of the flips are in first pages, on which everything else depends.
fn flip(whole: &[u8], random: &mut Random) -> (Vec<u8>, String) {
    let mut flipped = whole.to_vec();
    let end = if random.percent(50) { whole.len().min(4096) } else { whole.len() };
    let (byte, bit) = (random.below(end as u64) as usize, random.below(8));
    if let Some(place) = flipped.get_mut(byte) {
        *place ^= 1 << bit;
    }
    (flipped, format!("bit {bit} of byte {byte} flipped"))
}

/// Makes a collection of one segment whose index has two upper levels. Only with two upper levels does graph search follow
/// links on a level between the top and the lowest. Returns its expected content.
pub(super) fn two_levels(root: &Path, models: &Models) -> anyhow::Result<Expected> {
    let encoder = &**models.of(Which::First);
    let options = IngestOptions::new(&*encoder.model().name).with_graph(Some(FEWEST_LINKS), None);
    let papers: Vec<_> = (0..PAPERS_OF_TWO_LEVELS).map(|number| paper(number, 0)).collect();
    ingest(&corpus(papers.clone()), encoder, root, &options, &NoProgress)?;
    let mut expected = Expected::default();
    Change::Embed(papers).foresee(&mut expected, models);
    Ok(expected)
}

/// The path of the only index below `root`.
pub(super) fn index_of(root: &Path) -> anyhow::Result<PathBuf> {
    let files = folder::files(root)?;
    files.into_iter().find(|path| path.ends_with("vectors.index")).context("a collection has an index")
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
