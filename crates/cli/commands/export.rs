//! `semsearch export`: papers and vectors out to other programs.

use semsearch_engine::exchange::export;
use semsearch_store::Collection;
use serde::Serialize;

use crate::args::Export;
use crate::exit::Exit;
use crate::output::{self, count};
use crate::setup;

/// `export --json`.
#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    documents: u64,
    files: Vec<String>,
    index: String,
}

pub(crate) fn run(args: &Export) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let filter = args.filters.filter()?;
    let collection = Collection::open(&path)?;
    let exported = export(&collection, &filter, args.format.into(), &args.to)?;
    let summary = Summary {
        schema: "semsearch.exported/1",
        documents: exported.documents,
        files: exported.files.iter().map(|file| file.display().to_string()).collect(),
        index: path.display().to_string(),
    };
    if args.json {
        output::print_json(&summary)?;
    } else {
        let papers = count(summary.documents, "paper");
        output::print(&format!("{papers} in {}\n", summary.files.join(", ")))?;
    }
    Ok(if exported.documents > 0 { Exit::Success } else { Exit::NoHit })
}
