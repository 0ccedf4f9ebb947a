//! `semsearch export`: writes papers and vectors for other programs.

use semsearch_engine::exchange::export;
use semsearch_report::change::Exported;
use semsearch_store::Collection;

use crate::args::Export;
use crate::exit::Exit;
use crate::output::{self, count};
use crate::setup;

pub(crate) fn run(args: &Export) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let filter = args.filters.filter()?;
    let collection = Collection::open(&path)?;
    let exported = export(&collection, &filter, args.format.into(), &args.to)?;
    let summary = Exported::new(&exported, &path);
    if args.json {
        output::print_json(&summary)?;
    } else {
        let papers = count(summary.documents, "paper");
        output::print(&format!("{papers} in {}\n", summary.files.join(", ")))?;
    }
    Ok(if exported.documents > 0 { Exit::Success } else { Exit::NoHit })
}
