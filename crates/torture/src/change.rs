//! Changes of a collection.

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
    /// Embeds papers: new, changed and unchanged ones.
    Embed(Vec<Document>),
    /// Removes papers by id.
    Remove(Vec<String>),
    /// Removes all papers of a year.
    RemoveYear(i32),
    /// Merges all segments.
    Vacuum,
    /// Embeds everything with another model, and makes it the active one.
    Switch(Which),
}

impl Change {
    /// A random change: below `limit` documents it mostly adds papers, above it mostly removes them.
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

    /// Applies the change to the expected content.
    pub fn foresee(&self, expected: &mut Expected, models: &Models) {
        match self {
            Change::Embed(papers) => papers.iter().for_each(|paper| expected.put(paper, models)),
            Change::Remove(ids) => expected.remove(ids),
            Change::RemoveYear(year) => expected.remove_year(*year),
            Change::Vacuum => {}
            Change::Switch(model) => expected.switch(*model),
        }
    }

    /// Makes the change. Returns the generation that is current afterwards.
    ///
    /// # Errors
    /// Those of the engine.
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
    /// Those of the engine, except for papers to be removed that are not in the collection.
    pub fn make_again(&self, root: &Path, models: &Models) -> anyhow::Result<()> {
        match self.make(root, models) {
            Err(error) if matches!(error.downcast_ref(), Some(RemoveError::Unknown { .. })) => Ok(()),
            Err(error) if matches!(error.downcast_ref(), Some(SwitchError::Active { .. })) => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    /// The name of the change, for a table.
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
