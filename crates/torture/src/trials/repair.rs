//! Damages a collection and repairs it. Afterwards the collection is whole and a second repair changes nothing. A single
//! flipped bit costs no document; documents lost to larger damage are named.

use std::error::Error;
use std::fs;
use std::path::Path;

use semsearch_embed::Encoder;
use semsearch_engine::repair::{Repaired, repair};
use semsearch_store::{ModelRecord, verify};
use semsearch_task::NoProgress;
use semsearch_testing::Random;

use super::damage::{collection_before, files, short};
use crate::encoder::{Models, Words};
use crate::examine::{Trouble, caught, examine, read_all, which};
use crate::expected::Expected;
use crate::folder;
use crate::report::Report;
use crate::settings::Settings;

/// The greatest length of larger damage in bytes.
const LARGER: u64 = 4096;

/// Runs the trial for as many damaged files as `settings` says.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("repair", settings.seed);
    let models = Models::new();
    let scratch = settings.scratch()?;
    let (root, copy) = (scratch.path().join("index"), scratch.path().join("copy"));
    let (before, after) = collection_before(&root, &models, settings.seed)?;
    let states = States { before, after, models };
    let files = files(&root)?;
    let (mut bits, mut lost) = (0_u64, 0_u64);
    for number in 0..settings.amount {
        let mut random = Random::part(settings.seed, 1 + number);
        let Some((path, whole)) = random.pick(&files) else { continue };
        let name = short(path, &root);
        let (damaged, what) = damage(whole, &mut random);
        let is_bit = damaged.len() == whole.len() && what.starts_with("bit");
        bits += u64::from(is_bit);
        folder::clear(&copy)?;
        folder::copy(&root, &copy)?;
        fs::write(copy.join(&name), damaged)?;
        report.runs += 1;
        match caught(|| states.mend(&copy, &name, is_bit, settings.seed)) {
            Ok(gone) => lost += gone,
            Err(trouble) => report.fault(format!("{name}: {what} (damage {number}): {trouble}")),
        }
    }
    report.note = format!("{bits} single bits; {lost} documents named as lost to larger damage");
    Ok(report)
}

/// A file with one bit flipped, or with a piece removed or overwritten; and a description of the damage.
fn damage(whole: &[u8], random: &mut Random) -> (Vec<u8>, String) {
    let mut damaged = whole.to_vec();
    let at = random.below(whole.len() as u64) as usize;
    let end = at.saturating_add(1 + random.below(LARGER) as usize).min(whole.len());
    match random.below(5) {
        0 => {
            damaged.truncate(at);
            (damaged, format!("cut at {at} of {}", whole.len()))
        }
        1 => {
            damaged[at..end].iter_mut().for_each(|byte| *byte = random.below(256) as u8);
            (damaged, format!("bytes {at} to {end} overwritten"))
        }
        2 => {
            damaged[at..end].fill(0);
            (damaged, format!("bytes {at} to {end} are zeros"))
        }
        _ => {
            let bit = random.below(8);
            damaged[at] ^= 1 << bit;
            (damaged, format!("bit {bit} of byte {at} flipped"))
        }
    }
}

/// The expected content before the last change and after it.
struct States {
    before: Expected,
    after: Expected,
    models: Models,
}

impl States {
    /// Repairs the collection, and checks the result. Returns the number of lost documents.
    fn mend(&self, root: &Path, file: &str, is_bit: bool, seed: u64) -> Result<u64, Trouble> {
        let repaired = self.repair(root)?;
        let lost = repaired.lost.len();
        if is_bit && lost > 0 {
            return Err(Trouble::Wrong(format!("a single bit cost {lost} documents")));
        }
        let is_list = file.ends_with(".removed");
        if is_bit || (lost == 0 && !is_list) {
            // If the manifest is lost, the last change is lost, too.
            let may_go_back = !is_bit && file.ends_with("manifest.json");
            let states = [Some(&self.after), Some(&self.before)];
            match which(root, &self.models, if may_go_back { &states } else { &states[..1] })? {
                0 => examine(root, &self.models, &self.after, seed)?,
                _ => examine(root, &self.models, &self.before, seed)?,
            }
        } else {
            // Remaining documents are unchanged. If the deletes are lost, some deleted documents come back.
            let (_, _, documents) = read_all(root, &self.models)?;
            let all = if is_list { &self.before } else { &self.after };
            let is_true = |document: &_| all.documents().contains(&document);
            let least = self.after.len().saturating_sub(lost);
            let most = all.len() - lost;
            if !(least..=most).contains(&documents.len()) || !documents.iter().all(is_true) {
                let found = documents.len();
                return Err(Trouble::Wrong(format!("{found} documents, not {least} to {most}; {lost} named as lost")));
            }
        }
        let verdict = verify(root, &NoProgress)?;
        if !verdict.is_whole() {
            return Err(Trouble::Wrong(format!("not whole after a repair: {:?}", verdict.damages)));
        }
        let again = self.repair(root)?;
        match again.actions.first() {
            None => Ok(lost as u64),
            Some(action) => Err(Trouble::Wrong(format!("a second repair: {}", action.text))),
        }
    }

    fn repair(&self, root: &Path) -> Result<Repaired, Trouble> {
        let encoder_of = |record: &ModelRecord| -> Result<Box<dyn Encoder>, Box<dyn Error + Send + Sync>> {
            let which = self.models.by_fingerprint(&record.fingerprint).ok_or("a model that there never was")?;
            Ok(Box::new(Words::clone(self.models.of(which))))
        };
        Ok(repair(root, &encoder_of, &NoProgress)?)
    }
}
