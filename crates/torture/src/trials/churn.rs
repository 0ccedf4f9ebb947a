//! Ten rounds that each replace 30 % of all papers. Recall afterwards must be that of a collection built from scratch.

use std::path::Path;

use semsearch_corpus::Document;
use semsearch_engine::Searcher;
use semsearch_store::Collection;
use semsearch_testing::Random;

use crate::change::Change;
use crate::encoder::Models;
use crate::examine::{Trouble, caught, walk};
use crate::expected::Expected;
use crate::papers::{paper, question};
use crate::report::Report;
use crate::settings::Settings;

const ROUNDS: u64 = 10;
const QUESTIONS: u64 = 200;
/// The greatest allowed loss of recall.
const LOSS: f64 = 0.01;

/// Runs the trial with as many papers as `settings` says.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("churn", settings.seed);
    let models = Models::new();
    let scratch = settings.scratch()?;
    let (root, fresh) = (scratch.path().join("index"), scratch.path().join("fresh"));
    let mut random = Random::part(settings.seed, 0);
    let mut expected = Expected::default();
    // Papers with distinct texts: equal texts would only make equal scores.
    let mut next = 0;
    let mut some = |count: u64| -> Vec<Document> {
        let mut papers = Vec::new();
        while (papers.len() as u64) < count {
            if next % 8 != 0 {
                papers.push(paper(next, 0));
            }
            next += 1;
        }
        papers
    };
    let mut worst: f64 = 1.0;
    for round in 0..=ROUNDS {
        let share = settings.amount * 3 / 10;
        let changes = match round {
            0 => vec![Change::Embed(some(settings.amount))],
            _ => {
                let mut ids: Vec<String> = expected.ids().cloned().collect();
                let gone = (0..share).map(|_| ids.swap_remove(random.below(ids.len() as u64) as usize)).collect();
                vec![Change::Remove(gone), Change::Embed(some(share))]
            }
        };
        for change in &changes {
            change.make(&root, &models)?;
            change.foresee(&mut expected, &models);
        }
        report.runs += 1;
        match caught(|| recall(&root, &models, &expected, settings.seed)) {
            Ok(recall) => worst = worst.min(recall),
            Err(trouble) => report.fault(format!("round {round}: {trouble}")),
        }
    }
    Change::Embed(expected.documents().into_iter().cloned().collect()).make(&fresh, &models)?;
    let (churned, rebuilt) = (
        caught(|| recall(&root, &models, &expected, settings.seed)),
        caught(|| recall(&fresh, &models, &expected, settings.seed)),
    );
    match (churned, rebuilt) {
        (Ok(churned), Ok(rebuilt)) => {
            if churned + LOSS < rebuilt {
                report.fault(format!("recall {churned:.4}, of a fresh collection {rebuilt:.4}"));
            }
            report.note =
                format!("{} papers, recall {churned:.4}, fresh {rebuilt:.4}, worst round {worst:.4}", settings.amount);
        }
        (churned, rebuilt) => report.fault(format!("after all rounds: {churned:?}, afresh: {rebuilt:?}")),
    }
    Ok(report)
}

fn recall(root: &Path, models: &Models, expected: &Expected, seed: u64) -> Result<f64, Trouble> {
    let collection = Collection::open(root)?;
    let searcher = Searcher::new(collection, models.of(expected.model()).clone())?;
    let mut random = Random::part(seed, 1);
    let (mut right, mut all) = (0, 0);
    for _ in 0..QUESTIONS {
        let (found, of) = walk(&searcher, models, expected, &question(&mut random))?;
        (right, all) = (right + found, all + of);
    }
    Ok(f64::from(right as u32) / f64::from(all.max(1) as u32))
}
