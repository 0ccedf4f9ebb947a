//! `semsearch searches`: saves searches, lists and forgets them; notes which papers came for them.

use std::path::Path;

use semsearch_report::searches::{Search, Searches as Report};
use semsearch_store::{Collection, CollectionError, SavedSearch, SavedSearches};

use crate::args::{Searches, SearchesAdd, SearchesList, SearchesRemove};
use crate::exit::{Exit, UsageError};
use crate::output::{self, FAINT, STRONG, plain};
use crate::setup;

/// The longest name of a search, in letters.
const LONGEST_NAME: usize = 64;

pub(crate) fn run(args: &Searches) -> anyhow::Result<Exit> {
    match args {
        Searches::Add(args) => add(args),
        Searches::List(args) => list(args),
        Searches::Remove(args) => remove(args),
    }
}

fn add(args: &SearchesAdd) -> anyhow::Result<Exit> {
    let query = args.query.join(" ");
    let (name, query) = (args.name.trim(), query.trim());
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(UsageError(format!("a name has 1 to {LONGEST_NAME} letters, signs or digits")).into());
    }
    if query.is_empty() {
        return Err(UsageError("the query is empty; ask in a few plain words".to_owned()).into());
    }
    let filter = args.filters.filter()?;
    let expression = (!filter.is_everything()).then(|| filter.to_string());
    let search = SavedSearch::new(name, query, expression, args.k);
    let path = setup::index_path(&args.index)?;
    let is_new = SavedSearches::change(&path, |saved| {
        if saved.find(name).is_some() {
            return Ok(false);
        }
        saved.look(&Collection::open(&path)?)?;
        Ok::<_, CollectionError>(saved.add(search))
    })?;
    if !is_new {
        return Err(UsageError(format!("there is a search `{}` already; remove it first", plain(name))).into());
    }
    output::say(format!("saved; `semsearch new` shows the papers that come from now on and answer `{}`", plain(name)));
    report(args.json, &path)?;
    Ok(Exit::Success)
}

/// Prints the saved searches as JSON, if asked for.
fn report(is_json: bool, path: &Path) -> anyhow::Result<()> {
    if is_json {
        output::print_json(&Report::from(&SavedSearches::read(path)?.unwrap_or_default()))?;
    }
    Ok(())
}

fn list(args: &SearchesList) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    Collection::expect_folder(&path)?;
    let saved = SavedSearches::read(&path)?.unwrap_or_default();
    let report = Report::from(&saved);
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&report.searches.iter().map(human).collect::<String>())?;
    }
    Ok(if report.searches.is_empty() { Exit::NoHit } else { Exit::Success })
}

/// A search on a line.
fn human(search: &Search) -> String {
    let filter = search.filter.as_ref().map(|filter| format!(" · {}", plain(filter))).unwrap_or_default();
    let line = format!("{STRONG}{}{STRONG:#}  {}", plain(&search.name), plain(&search.query));
    output::item(&format!("{line}  {FAINT}first {}{filter}{FAINT:#}", search.k))
}

fn remove(args: &SearchesRemove) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let unknown = SavedSearches::change(&path, |saved| {
        let unknown: Vec<String> = args.names.iter().filter(|name| saved.find(name).is_none()).cloned().collect();
        if unknown.is_empty() {
            args.names.iter().for_each(|name| {
                saved.remove(name);
            });
        }
        Ok::<_, CollectionError>(unknown)
    })?;
    match &unknown[..] {
        [] => {
            report(args.json, &path)?;
            Ok(Exit::Success)
        }
        names => Err(unknown_searches(names).into()),
    }
}

/// The error of names that no search has.
pub(super) fn unknown_searches(names: &[String]) -> UsageError {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", plain(name))).collect();
    UsageError(format!("no search is saved as {}; `semsearch searches list` names those there are", names.join(", ")))
}

/// Notes for saved searches which papers came into an index or left it, after a command that changed it. A failure is said,
/// and does not fail that command: the next `semsearch new` notes what came until then.
pub(crate) fn note_change(path: &Path) {
    let noted = || -> Result<(), CollectionError> {
        match SavedSearches::read(path)? {
            None => Ok(()),
            Some(_) => SavedSearches::change(path, |saved| saved.look(&Collection::open(path)?)),
        }
    };
    if let Err(error) = noted() {
        output::complain(format!("the index has changed, but not the list of papers for saved searches: {error}"));
    }
}
