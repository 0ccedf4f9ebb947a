//! `semsearch remove`: removes papers from an index.

use std::path::Path;

use semsearch_engine::exact_id;
use semsearch_report::change::Removed;
use semsearch_store::{Collection, Selection, remove, would_remove};
use semsearch_task::NoProgress;

use crate::args::Remove;
use crate::exit::{Exit, UsageError};
use crate::output;
use crate::patience::Patience;
use crate::tally::Tally;
use crate::{near, setup, stdin};

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
    let filter = args.filters.filter()?;
    let selection = match (args.ids.is_empty(), filter.is_everything()) {
        (true, true) => {
            return Err(UsageError("name the papers by id, or choose them, such as by --where".to_owned()).into());
        }
        (false, false) => {
            return Err(UsageError("name the papers by id or choose them by flags, not both".to_owned()).into());
        }
        (false, true) if ids.is_empty() => {
            return Err(UsageError("there are no ids on standard input".to_owned()).into());
        }
        (false, true) => Selection::Ids(called(&path, ids)?),
        (true, false) => Selection::Where(filter),
    };
    let removed = match args.dry_run {
        true => would_remove(&path, &selection)?,
        false => Patience::of(args.wait).run(|| Ok(remove(&path, &selection, &NoProgress)?))?,
    };
    if !args.dry_run {
        super::searches::note_change(&path);
    }
    let summary = Removed::new(&removed, &path, args.dry_run);
    if args.json {
        output::print_json(&summary)?;
    } else {
        let tally = Tally { removed: Some(summary.removed), ..Tally::default() };
        let line = match args.dry_run {
            true => format!("dry run, nothing was removed: {}", tally.line(summary.documents)),
            false => tally.line(summary.documents),
        };
        output::print(&format!("{line}index: {}\n", summary.index))?;
    }
    if let Selection::Where(filter) = &selection
        && removed.documents == 0
    {
        near::tell_if_none_passes(&Collection::open(&path)?, filter)?;
    }
    Ok(if removed.documents > 0 { Exit::Success } else { Exit::NoHit })
}

/// The ids of papers that are named by id, arXiv id or DOI. A name that no paper has stays, to be refused with the others.
fn called(index: &Path, names: Vec<String>) -> anyhow::Result<Vec<String>> {
    let collection = Collection::open(index)?;
    let id = |name: String| Ok(exact_id(&collection, &name)?.unwrap_or(name));
    names.into_iter().map(id).collect()
}
