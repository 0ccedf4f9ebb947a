//! Cases: a collection, a change of it, and the states expected before and after the change.

use std::path::Path;

use semsearch_corpus::Document;
use semsearch_testing::Random;

use crate::change::Change;
use crate::encoder::Models;
use crate::examine::{Trouble, examine, which};
use crate::expected::Expected;
use crate::folder;
use crate::papers::paper;

/// A collection, a change of it, and the expected content before and after.
pub(crate) struct Case {
    pub(crate) kind: &'static str,
    /// `None` if the collection does not exist yet.
    pub(crate) before: Option<Expected>,
    /// `None` if the case only searches.
    pub(crate) change: Option<Change>,
    pub(crate) after: Expected,
}

/// Papers in the collections of cases.
const PAPERS: u64 = 20;

impl Case {
    /// The kinds of cases, by number.
    pub(crate) const KINDS: [&'static str; 6] = ["embed", "add", "remove", "vacuum", "switch", "search"];

    /// The case of a kind, and the collection for it in `root`.
    pub(crate) fn prepare(kind: usize, seed: u64, root: &Path, models: &Models) -> anyhow::Result<Self> {
        let mut random = Random::part(seed, 1000 + kind as u64);
        let first = random.below(1000);
        let mut before = Expected::default();
        let papers = |numbers: std::ops::Range<u64>, edition| -> Vec<Document> {
            numbers.map(|number| paper(first + number, edition)).collect()
        };
        let name = Self::KINDS[kind];
        if name == "embed" {
            let change = Change::Embed(papers(0..PAPERS, 0));
            let mut after = before;
            change.foresee(&mut after, models);
            return Ok(Case { kind: name, before: None, change: Some(change), after });
        }
        // Two segments with deleted rows, and a generation before the current one.
        let id = |number: u64| format!("p{}", first + number);
        let history = [
            Change::Embed(papers(0..PAPERS - 4, 0)),
            Change::Embed(papers(PAPERS - 4..PAPERS + 2, 0)),
            Change::Remove(vec![id(random.below(PAPERS - 4)), id(PAPERS)]),
        ];
        for change in history {
            change.make(root, models)?;
            change.foresee(&mut before, models);
        }
        let change = match name {
            "add" => {
                let known = random.below(PAPERS - 6);
                let mut all = papers(known..known + 3, 1);
                all.extend(papers(PAPERS + 5..PAPERS + 8, 0));
                all.extend(papers(PAPERS - 1..PAPERS, 0));
                Some(Change::Embed(all))
            }
            "remove" => Some(Change::RemoveYear(2000 + ((first + PAPERS - 2) % crate::papers::YEARS) as i32)),
            "vacuum" => Some(Change::Vacuum),
            "switch" => Some(Change::Switch(before.model().other())),
            _ => None,
        };
        let mut after = before.clone();
        change.iter().for_each(|change| change.foresee(&mut after, models));
        Ok(Case { kind: name, before: Some(before), change, after })
    }

    /// Checks the collection after a change that may have failed: it must be in the old state or the new one, a later change
    /// must work, and no unused files may be left. `done` says that the change reported success.
    pub(crate) fn settle(&self, root: &Path, models: &Models, done: bool, seed: u64) -> Result<(), Trouble> {
        let old = match &self.before {
            Some(before) => which(root, models, &[Some(&self.after), Some(before)])?,
            None => which(root, models, &[Some(&self.after), None])?,
        } == 1;
        if old && done && self.change.is_some() {
            // Merging segments leaves the same documents.
            return Err(Trouble::Wrong("the change was acknowledged and is not there".to_owned()));
        }
        match (&self.before, old) {
            (Some(before), true) => examine(root, models, before, seed)?,
            (None, true) => {}
            (_, false) => examine(root, models, &self.after, seed)?,
        }
        if let Some(change) = &self.change {
            change.make_again(root, models)?;
        }
        examine(root, models, &self.after, seed)?;
        let mut later = self.after.clone();
        let change = Change::Embed(vec![paper(5_000, 0)]);
        change.make(root, models)?;
        change.foresee(&mut later, models);
        examine(root, models, &later, seed)?;
        let litter = folder::litter(root)?;
        if litter.is_empty() {
            Ok(())
        } else {
            Err(Trouble::Wrong(format!("what no generation names is left: {litter:?}")))
        }
    }
}
