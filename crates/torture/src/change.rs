//! What is done to a collection.

use std::path::Path;

use semsearch_corpus::Document;
use semsearch_embed::Encoder;
use semsearch_engine::switch::{self, SwitchError, SwitchOptions};
use semsearch_engine::{IngestOptions, ingest};
use semsearch_store::{Collection, CollectionError, Filter, RemoveError, Selection, compact, remove};
use semsearch_task::NoProgress;
use semsearch_testing::Random;

use crate::encoder::{Models, Which};
use crate::expected::Expected;
use crate::papers::{YEARS, corpus, paper};

/// Memory for texts on their way through the encoder.
const MEMORY: u64 = 1 << 20;

/// One change.
#[derive(Clone, Debug)]
pub enum Change {
    /// Papers come in: new, changed and known ones.
    Embed(Vec<Document>),
    /// Papers go.
    Remove(Vec<String>),
    /// All papers of a year go.
    RemoveYear(i32),
    /// Segments are merged.
    Vacuum,
    /// Questions are put to another model, once it has embedded everything.
    Switch(Which),
}

impl Change {
    /// A change that makes sense for what is there: below `limit` documents it grows, above it shrinks.
    #[must_use]
    pub fn random(random: &mut Random, there: &Expected, limit: u64) -> Self {
        let len = there.len() as u64;
        let grows = len < 4 || random.below(limit) * 2 > len;
        match random.below(100) {
            0..5 if len > 0 => Change::Vacuum,
            98..100 if len > 0 => Change::Switch(there.model().other()),
            5..12 if len > limit / 4 => Change::RemoveYear(2000 + random.below(YEARS) as i32),
            _ if grows => {
                let most = if random.percent(10) { limit / 3 } else { 12 };
                let most = 1 + random.below(most);
                let mut papers: Vec<Document> = Vec::new();
                for _ in 0..=random.below(most) {
                    let paper = paper(random.below(2 * limit), random.below(5));
                    if papers.iter().all(|other| other.id != paper.id) {
                        papers.push(paper);
                    }
                }
                Change::Embed(papers)
            }
            _ => {
                let ids: Vec<&String> = there.ids().collect();
                let count = 1 + random.below((len / 4).clamp(1, 12));
                let picked = (0..count).filter_map(|_| random.pick(&ids).map(|id| (*id).clone()));
                Change::Remove(picked.collect())
            }
        }
    }

    /// What should be there afterwards.
    pub fn foresee(&self, expected: &mut Expected, models: &Models) {
        match self {
            Change::Embed(papers) => papers.iter().for_each(|paper| expected.put(paper, models)),
            Change::Remove(ids) => expected.remove(ids),
            Change::RemoveYear(year) => expected.remove_year(*year),
            Change::Vacuum => {}
            Change::Switch(model) => expected.switch(*model),
        }
    }

    /// Makes the change; tells the generation that is current then.
    ///
    /// # Errors
    /// What the engine says.
    pub fn make(&self, root: &Path, models: &Models) -> anyhow::Result<u64> {
        let manifest = match self {
            Change::Embed(papers) => {
                let encoder = &**models.of(active(root, models)?);
                let options = IngestOptions::new(&*encoder.model().name).with_memory_bytes(MEMORY);
                ingest(&corpus(papers.clone()), encoder, root, &options, &NoProgress)?.manifest
            }
            Change::Remove(ids) => remove(root, &Selection::Ids(ids.clone()), &NoProgress)?.manifest,
            Change::RemoveYear(year) => {
                let filter = Filter::parse(&format!("year = {year}"))?;
                remove(root, &Selection::Where(filter), &NoProgress)?.manifest
            }
            Change::Vacuum => compact(root, &NoProgress)?.manifest,
            Change::Switch(model) => {
                let encoder = &**models.of(*model);
                let model_reference = encoder.model().name.clone();
                let options = SwitchOptions::new(model_reference).with_memory_bytes(MEMORY);
                let prepared = switch::prepare(root, encoder, None, &options, &NoProgress)?;
                switch::commit_to(root, &prepared.model.fingerprint)?
            }
        };
        Ok(manifest.generation)
    }

    /// As [`make`](Self::make), where the change may have been made already.
    ///
    /// # Errors
    /// What the engine says, except that papers to be removed are not there.
    pub fn make_again(&self, root: &Path, models: &Models) -> anyhow::Result<()> {
        match self.make(root, models) {
            Err(error) if matches!(error.downcast_ref(), Some(RemoveError::Unknown { .. })) => Ok(()),
            Err(error) if matches!(error.downcast_ref(), Some(SwitchError::Active { .. })) => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    /// What it is, for a table.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Change::Embed(_) => "embed",
            Change::Remove(_) => "remove",
            Change::RemoveYear(_) => "remove by filter",
            Change::Vacuum => "vacuum",
            Change::Switch(_) => "switch",
        }
    }
}

/// The model of the collection in `root`, the first one if there is none yet.
fn active(root: &Path, models: &Models) -> anyhow::Result<Which> {
    match Collection::open(root) {
        Ok(collection) => Ok(models.by_fingerprint(&collection.manifest().active).unwrap_or_default()),
        Err(CollectionError::Missing { .. }) => Ok(Which::First),
        Err(error) => Err(error.into()),
    }
}
