//! `semsearch remove`: removes papers from an index.

use std::path::Path;

use semsearch_engine::{SearchError, exact_id, find_paper};
use semsearch_report::change::Removed;
use semsearch_report::shared::TitledPaper;
use semsearch_store::{Collection, Selection, remove, would_remove};
use semsearch_task::NoProgress;

use crate::args::Remove;
use crate::exit::{Exit, UsageError};
use crate::output::{self, count, plain, thousands};
use crate::patience::Patience;
use crate::tally::Tally;
use crate::{near, setup, stdin};

/// How many papers that would be removed are named.
const SHOWN: usize = 10;
/// How many names that no paper has are told apart.
const TOLD: usize = 5;

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
        (true, true) if args.filters.is_given() => {
            return Err(UsageError(format!(
                "these flags choose all papers, and `remove` takes no index empty; `semsearch embed INPUT... --replace` puts \
                 others in their place, and to drop the index, delete the folder {}",
                path.display()
            ))
            .into());
        }
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
        true => would_remove(&path, &selection, if args.json { usize::MAX } else { SHOWN })?,
        false => Patience::of(args.wait).run(|| Ok(remove(&path, &selection, &NoProgress)?))?,
    };
    if !args.dry_run {
        super::searches::note_change(&path);
    }
    let summary = Removed::new(&removed, &path, args.dry_run);
    if args.json {
        output::print_json(&summary)?;
    } else {
        let line = match args.dry_run {
            true => {
                let (would, left) = (count(summary.removed, "paper"), count(summary.documents, "paper"));
                let papers = named(&summary.papers, summary.removed);
                format!("dry run: {would} would be removed, {left} would be left in the index\n{papers}")
            }
            false => Tally { removed: Some(summary.removed), ..Tally::default() }.line(summary.documents),
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

/// Papers that would be removed, a line each, and how many more there are.
pub(crate) fn named(papers: &[TitledPaper], all: u64) -> String {
    let line = |paper: &TitledPaper| match paper.title.trim().is_empty() {
        true => format!("  {}\n", plain(&paper.id)),
        false => format!("  {}  {}\n", plain(&paper.id), plain(&paper.title)),
    };
    let lines: String = papers.iter().take(SHOWN).map(line).collect();
    match all.saturating_sub(papers.len().min(SHOWN) as u64) {
        0 => lines,
        more => format!("{lines}  and {} more; --json names them all\n", thousands(more)),
    }
}

/// The ids of papers that are named by id, arXiv id, DOI or key. Names that no paper has are refused, all at once.
fn called(index: &Path, names: Vec<String>) -> anyhow::Result<Vec<String>> {
    let collection = Collection::open(index)?;
    let (mut ids, mut strange) = (Vec::with_capacity(names.len()), Vec::new());
    for name in names {
        match exact_id(&collection, &name)? {
            Some(id) => ids.push(id),
            None => strange.push(name),
        }
    }
    if strange.is_empty() {
        return Ok(ids);
    }
    let told = strange.iter().take(TOLD).map(|name| stranger(&collection, name)).collect::<anyhow::Result<Vec<_>>>()?;
    let more = strange.len().saturating_sub(TOLD);
    let more = if more > 0 { format!("; and {more} more that no paper has") } else { String::new() };
    Err(UsageError(format!("nothing was removed: {}{more}", told.join("; "))).into())
}

/// What is said of a name that no paper has: which ids begin so, since only whole ids remove a paper.
fn stranger(collection: &Collection, name: &str) -> anyhow::Result<String> {
    let shown = plain(name);
    Ok(match find_paper(collection, name) {
        Ok(paper) => {
            format!("`{shown}` is only the beginning of an id; the whole is {}", collection.document(paper)?.id)
        }
        Err(SearchError::SeveralPapers { papers, named, .. }) => {
            let dots = if named.len() < papers { ", ..." } else { "" };
            format!("{papers} ids begin with `{shown}`, expected a whole one: {}{dots}", named.join(", "))
        }
        Err(SearchError::SeveralOfKey { papers, named, .. }) => {
            let dots = if named.len() < papers { ", ..." } else { "" };
            format!(
                "{papers} papers have the key `{shown}` in their sources, expected the id of one: {}{dots}",
                named.join(", ")
            )
        }
        Err(SearchError::NoPaper { .. }) => {
            format!("no paper has the id, arXiv id or DOI `{shown}`; `semsearch list` shows ids")
        }
        Err(error) => return Err(error.into()),
    })
}
