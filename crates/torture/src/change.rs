//! What is done to a collection.

use std::path::Path;

use semsearch_corpus::Document;
use semsearch_engine::{Filter, IngestOptions, RemoveError, Selection, Unwatched, ingest, remove, vacuum};

use crate::encoder::Words;
use crate::expected::Expected;
use crate::papers::{YEARS, corpus, paper};
use crate::random::Random;

/// One change. Changing the model belongs here as soon as the engine can do it.
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
}

impl Change {
    /// A change that makes sense for what is there: below `limit` documents it grows, above it shrinks.
    #[must_use]
    pub fn random(random: &mut Random, there: &Expected, limit: u64) -> Self {
        let len = there.len() as u64;
        let grows = len < 4 || random.below(limit) * 2 > len;
        match random.below(100) {
            0..5 if len > 0 => Change::Vacuum,
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

    /// Whether there is anything to change in an empty folder.
    #[must_use]
    pub fn needs_collection(&self) -> bool {
        !matches!(self, Change::Embed(_))
    }

    /// What should be there afterwards.
    pub fn foresee(&self, expected: &mut Expected, encoder: &Words) {
        match self {
            Change::Embed(papers) => papers.iter().for_each(|paper| expected.put(paper, encoder)),
            Change::Remove(ids) => expected.remove(ids),
            Change::RemoveYear(year) => expected.remove_year(*year),
            Change::Vacuum => {}
        }
    }

    /// Makes the change; tells the generation that is current then.
    ///
    /// # Errors
    /// What the engine says.
    pub fn make(&self, root: &Path, encoder: &Words) -> anyhow::Result<u64> {
        let manifest = match self {
            Change::Embed(papers) => {
                let options = IngestOptions { memory_bytes: 1 << 20, ..IngestOptions::new(&*encoder_name(encoder)) };
                ingest(&corpus(papers.clone()), encoder, root, &options, &Unwatched)?.manifest
            }
            Change::Remove(ids) => remove(root, &Selection::Ids(ids.clone()), &Unwatched)?.manifest,
            Change::RemoveYear(year) => {
                let filter = Filter::parse(&format!("year = {year}"))?;
                remove(root, &Selection::Where(filter), &Unwatched)?.manifest
            }
            Change::Vacuum => vacuum(root, &Unwatched)?.manifest,
        };
        Ok(manifest.generation)
    }

    /// As [`make`](Self::make), where the change may have been made already.
    ///
    /// # Errors
    /// What the engine says, except that papers to be removed are not there.
    pub fn make_again(&self, root: &Path, encoder: &Words) -> anyhow::Result<()> {
        match self.make(root, encoder) {
            Err(error) if matches!(error.downcast_ref(), Some(RemoveError::Unknown { .. })) => Ok(()),
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
        }
    }
}

fn encoder_name(encoder: &Words) -> String {
    use semsearch_embed::Encoder;
    encoder.manifest().name.clone()
}
