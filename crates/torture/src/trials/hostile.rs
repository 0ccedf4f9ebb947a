//! Forged files: changed on purpose, with all checksums recomputed. The answer may be wrong, but it must come within seconds,
//! without a panic, and without more memory than the files justify.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use semsearch_testing::{Random, mend};

use super::damage::{FEWEST_LINKS, collection, files, index_of, short, spoil, two_levels};
use crate::change::Change;
use crate::encoder::Models;
use crate::examine::{self, Trouble, caught, examine};
use crate::expected::Expected;
use crate::folder;
use crate::papers::paper;
use crate::report::Report;
use crate::settings::Settings;

/// The longest time of an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// After this many times [`PATIENCE`], the process ends. The factor allows for a busy machine.
const BUSY: u32 = 12;
/// Bytes of address space by which the process may grow; files this small need far less.
const SPACE: u64 = 1 << 30;

/// Runs the trial with as many changed files as `settings` says.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("hostile", settings.seed);
    let models = Models::new();
    let scratch = settings.scratch()?;
    let (template, root) = (scratch.path().join("template"), scratch.path().join("index"));
    let expected = collection(&template, &models, settings.seed)?;
    let mut seen = Seen::default();
    let (watched, watch) = mpsc::channel::<Option<String>>();
    let watcher = thread::spawn(move || guard(&watch));
    let space = address_space();
    folder::copy(&template, &root)?;
    // The pointer has no number but a checksum.
    let mut whole = files(&root)?;
    whole.retain(|(path, _)| !path.ends_with("CURRENT"));
    let manifest = manifest_of(&root)?;
    let kept: Vec<(PathBuf, Vec<u8>)> = [root.join("CURRENT"), manifest.clone()]
        .into_iter()
        .map(|path| fs::read(&path).map(|bytes| (path, bytes)))
        .collect::<Result<_, _>>()?;

    for number in 0..settings.amount {
        let mut random = Random::part(settings.seed, 1 + number);
        let Some((path, bytes)) = random.pick(&whole) else { continue };
        let mut changed = bytes.clone();
        let what = change(&mut changed, *path == manifest, &mut random);
        mend::file(&path.file_name().unwrap_or_default().to_string_lossy(), &mut changed);
        spoil(path, &changed)?;
        mend::manifest::vouch_for(&root, path)?;
        report.runs += 1;
        let what = format!("{}: {what} (change {number})", short(path, &root));
        let _ = watched.send(Some(what.clone()));
        let writes = number % 16 == 0;
        let outcome = caught(|| exercise(&root, &models, &expected, settings.seed, writes));
        seen.note(&mut report, &root, &what, outcome);
        if let (Some(before), Some(now)) = (space, address_space())
            && now > before + SPACE
        {
            report.fault(format!("{what}: {} MiB of address space were asked for", (now - before) >> 20));
            break;
        }
        if writes {
            folder::clear(&root)?;
            folder::copy(&template, &root)?;
        } else {
            spoil(path, bytes)?;
            for (path, bytes) in &kept {
                fs::write(path, bytes)?;
            }
        }
    }
    let root = scratch.path().join("two levels");
    two_levels(&root, &models)?;
    let path = index_of(&root)?;
    for (number, (what, bytes)) in forged_links(&fs::read(&path)?, settings).into_iter().enumerate() {
        spoil(&path, &bytes)?;
        mend::manifest::vouch_for(&root, &path)?;
        report.runs += 1;
        let what = format!("{}: {what} (change {number} with two levels)", short(&path, &root));
        let _ = watched.send(Some(what.clone()));
        seen.note(&mut report, &root, &what, caught(|| ask(&root, &models, settings.seed)));
    }
    let _ = watched.send(None);
    drop(watched);
    let slow = watcher.join().unwrap_or_default();
    slow.into_iter().for_each(|what| report.fault(what));
    report.note = format!("{} refused, {} answered", seen.refused, seen.answered);
    Ok(report)
}

/// The number of changed collections that refused to answer, and of those that answered.
#[derive(Default)]
struct Seen {
    refused: u64,
    answered: u64,
}

impl Seen {
    /// Counts an outcome, or reports it as a fault.
    fn note(&mut self, report: &mut Report, root: &Path, what: &str, outcome: Result<(), Trouble>) {
        match outcome {
            Ok(()) => self.answered += 1,
            // A wrong answer is allowed: it follows from the forged files.
            Err(Trouble::Wrong(text)) if !text.starts_with("panicked") => self.answered += 1,
            Err(Trouble::Refused(error)) if !crate::examine::names_a_file(&error, root) => {
                report.fault(format!("{what}: no file is named: {error:#}"));
            }
            Err(Trouble::Refused(_) | Trouble::Missing) => self.refused += 1,
            Err(trouble) => report.fault(format!("{what}: {trouble}")),
        }
    }
}

/// Forged versions of the index of [`two_levels`]. The first have more links a member than any program writes, the others have
/// a few changed bytes. All their checksums hold.
fn forged_links(whole: &[u8], settings: &Settings) -> Vec<(String, Vec<u8>)> {
    let forged = [2, 256, 257, 300, 4096].map(|links| {
        let file = mend::index::with_links(whole, 2 * FEWEST_LINKS, links);
        (format!("{links} links a member of an upper level"), file)
    });
    let changed = (0..settings.amount / 10).map(|number| {
        let mut random = Random::part(settings.seed, u64::MAX - number);
        let mut file = whole.to_vec();
        let what = change(&mut file, false, &mut random);
        mend::index::mend(&mut file);
        (what, file)
    });
    forged.into_iter().chain(changed).collect()
}

fn manifest_of(root: &Path) -> anyhow::Result<PathBuf> {
    let current = fs::read_to_string(root.join("CURRENT"))?;
    let generation = current.split(' ').next().context("a pointer names a generation")?;
    Ok(root.join("generations").join(generation).join("manifest.json"))
}

/// Reads and searches a collection in every way, ignoring the answers; with `writes`, also changes it.
fn exercise(root: &Path, models: &Models, expected: &Expected, seed: u64, writes: bool) -> Result<(), Trouble> {
    let seen = examine(root, models, expected, seed);
    // Searches before verifying, so that searches meet unverified blocks.
    let asked = ask(root, models, seed);
    if writes {
        for change in [Change::Embed(vec![paper(9_000, 0), paper(1, 2)]), Change::RemoveYear(2003), Change::Vacuum] {
            change.make(root, models)?;
        }
    }
    seen.and(asked)
}

fn ask(root: &Path, models: &Models, seed: u64) -> Result<(), Trouble> {
    use semsearch_engine::{SearchOptions, Searcher, Strategy};
    use semsearch_store::{Collection, Filter};

    let collection = Collection::open(root)?;
    let encoder = models.of(examine::model(&collection, models)?).clone();
    let searcher = Searcher::new(collection, encoder)?;
    let mut random = Random::new(seed);
    for strategy in [Strategy::Graph, Strategy::Exact, Strategy::Auto] {
        for filter in [Filter::default(), Filter::parse("year >= 2005 and venue ~ \"venue\"")?] {
            let options = SearchOptions::default().with_strategy(strategy).with_filter(filter);
            searcher.search(&crate::papers::question(&mut random), &options)?;
        }
    }
    Ok(())
}

/// Changes a few bytes: flips a bit, or sets a number to a value that code may not expect.
fn change(bytes: &mut [u8], is_text: bool, random: &mut Random) -> String {
    let end = if random.percent(50) && !is_text { bytes.len().min(4096) } else { bytes.len() };
    let byte = random.below(end as u64) as usize;
    if is_text {
        // Mostly another digit, so that the file stays valid JSON.
        let digits: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at].is_ascii_digit()).collect();
        let at = random.pick(&digits).copied().filter(|_| random.percent(80)).unwrap_or(byte);
        if let Some(place) = bytes.get_mut(at) {
            *place =
                if place.is_ascii_digit() { b'0' + random.below(10) as u8 } else { *place ^ (1 << random.below(7)) };
        }
        return format!("byte {at}");
    }
    if random.percent(50) {
        let bit = random.below(8);
        if let Some(place) = bytes.get_mut(byte) {
            *place ^= 1 << bit;
        }
        return format!("bit {bit} of byte {byte}");
    }
    let at = byte & !3;
    let number: u64 = match random.below(6) {
        0 => 0,
        1 => u64::MAX,
        2 => 1 << random.below(64),
        3 => random.below(300),
        4 => i64::MAX as u64,
        _ => random.number(),
    };
    let width = if random.percent(50) { 4 } else { 8 };
    if let Some(place) = bytes.get_mut(at..at + width) {
        place.copy_from_slice(&number.to_le_bytes()[..width]);
    }
    format!("{width} bytes from {at} on set to {number:#x}")
}

/// Waits for each answer, and ends the process if none comes, since a thread cannot be ended.
fn guard(watch: &mpsc::Receiver<Option<String>>) -> Vec<String> {
    let mut slow = Vec::new();
    let Ok(Some(mut what)) = watch.recv() else { return slow };
    let mut started = Instant::now();
    loop {
        match watch.recv_timeout(PATIENCE * BUSY) {
            Ok(next) => {
                if started.elapsed() > PATIENCE {
                    slow.push(format!("{what}: the answer took {:?}", started.elapsed()));
                }
                let Some(next) = next else { return slow };
                (what, started) = (next, Instant::now());
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return slow,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                crate::say(&format!("hostile: no answer comes any more: {what}"));
                std::process::exit(1);
            }
        }
    }
}

/// The largest address space of this process so far; `None` if the system does not say.
fn address_space() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib << 10)
}
