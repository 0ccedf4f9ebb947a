//! `semsearch remove`: papers out.

use semsearch_engine::{Selection, Unwatched, remove};
use serde::Serialize;

use crate::args::Remove;
use crate::exit::{Exit, UsageError};
use crate::output::{self, count};
use crate::{setup, stdin};

/// `remove --json`.
#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    removed: u64,
    documents: u64,
    generation: u64,
    index: String,
}

pub(crate) fn run(args: &Remove) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let mut ids = Vec::new();
    for id in &args.ids {
        if id != "-" {
            ids.push(id.clone());
            continue;
        }
        for line in stdin::lines() {
            let line = line?;
            if !line.trim().is_empty() {
                ids.push(line.trim().to_owned());
            }
        }
    }
    if ids.is_empty() {
        return Err(UsageError("there are no ids on standard input".to_owned()).into());
    }
    let removed = remove(&path, &Selection::Ids(ids), &Unwatched)?;
    let summary = Summary {
        schema: "semsearch.remove/1",
        removed: removed.documents,
        documents: removed.manifest.documents(),
        generation: removed.manifest.generation,
        index: path.display().to_string(),
    };
    if args.json {
        output::print_json(&summary)?;
    } else {
        output::print(&format!(
            "{} removed, {} left\nindex: {}\n",
            count(summary.removed, "paper"),
            output::thousands(summary.documents),
            summary.index
        ))?;
    }
    Ok(if removed.documents > 0 { Exit::Success } else { Exit::NoHit })
}
