//! Random changes and queries, compared with a sorted map and with brute force.

use std::sync::Arc;

use semsearch_engine::Searcher;
use semsearch_store::Collection;
use semsearch_testing::Random;

use crate::change::Change;
use crate::encoder::Models;
use crate::examine::{Trouble, caught, exact, examine, walk};
use crate::expected::Expected;
use crate::papers::{YEARS, question};
use crate::report::Report;
use crate::settings::Settings;

/// The number of documents around which the collection stays.
const LIMIT: u64 = 400;
/// The least mean recall of graph search among the best ten.
const RECALL: f64 = 0.95;

/// Runs as many operations as `settings` says.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("model", settings.seed);
    let models = Models::new();
    let scratch = settings.scratch()?;
    let root = scratch.path().join("index");
    let mut expected = Expected::default();
    let (mut right, mut all, mut changes) = (0_usize, 0_usize, 0_u64);
    let first = Change::random(&mut Random::part(settings.seed, 0), &expected, LIMIT);
    first.make(&root, &models)?;
    first.foresee(&mut expected, &models);
    let mut open = Some(Arc::new(Collection::open(&root)?));

    for number in 1..=settings.amount {
        let mut random = Random::part(settings.seed, number);
        report.runs += 1;
        let outcome = match random.below(100) {
            // A reader that was opened before the change still sees the old generation.
            0..12 => {
                open = None;
                let change = Change::random(&mut random, &expected, LIMIT);
                changes += 1;
                caught(|| {
                    change.make(&root, &models).map_err(|error| Trouble::Wrong(format!("{}: {error:#}", change.name())))
                })
                .and_then(|_| {
                    change.foresee(&mut expected, &models);
                    counts(&root, &expected)
                })
            }
            12..15 => caught(|| examine(&root, &models, &expected, number)),
            _ => caught(|| {
                let collection = match open.take() {
                    Some(collection) => collection,
                    None => Arc::new(Collection::open(&root)?),
                };
                let searcher = Searcher::new(collection.clone(), models.of(expected.model()).clone())?;
                let asked = question(&mut random);
                let year = random.percent(30).then(|| 2000 + random.below(YEARS) as i32);
                if random.percent(50) {
                    exact(&searcher, &models, &expected, &asked, year)?;
                } else {
                    let (found, of) = walk(&searcher, &models, &expected, &asked)?;
                    (right, all) = (right + found, all + of);
                }
                drop(searcher);
                open = random.percent(90).then_some(collection);
                Ok(())
            }),
        };
        if let Err(trouble) = outcome {
            report.fault(format!("operation {number}: {trouble}"));
            if report.faults.len() > 20 {
                break;
            }
        }
    }
    let recall = right as f64 / all.max(1) as f64;
    if recall < RECALL {
        report.fault(format!("walks found {recall:.4} of the best ten"));
    }
    report.note = format!("{changes} changes, recall of walks {recall:.4}, {} documents at the end", expected.len());
    Ok(report)
}

fn counts(root: &std::path::Path, expected: &Expected) -> Result<(), Trouble> {
    let collection = Collection::open(root)?;
    let ids = collection.doc_ids().count();
    if ids != expected.len() || collection.len() != expected.len() {
        return Err(Trouble::Wrong(format!("{ids} documents instead of {}", expected.len())));
    }
    Ok(())
}
