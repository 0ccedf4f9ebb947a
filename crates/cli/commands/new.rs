//! `semsearch new`: the papers that came into the index and answer saved searches.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use semsearch_engine::{Found, SearchOptions, Session};
use semsearch_report::ask::Hit;
use semsearch_report::searches::{New as Report, NewOfSearch};
use semsearch_store::{Collection, CollectionError, Filter, SavedSearch, SavedSearches};

use super::searches::unknown_searches;
use crate::args::{New, Since};
use crate::exit::{Exit, UsageError};
use crate::output::{self, FAINT, SCORE, STRONG, count, plain};
use crate::setup;
use crate::wrap::wrap;

pub(crate) fn run(args: &New, offline: bool) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let (collection, saved) = look(&path, args.peek)?;
    let searches = chosen(&saved, &args.names)?;
    let pool = setup::pool(&args.run)?;
    let mut session: Option<Session> = None;
    let mut news = Vec::with_capacity(searches.len());
    for search in &searches {
        let since = match args.since {
            Since::Last => Some(search.seen),
            Since::Time(seconds) => saved.look_before(seconds),
        };
        let came = saved.papers_after(since) as u64;
        if came == 0 {
            news.push(NewOfSearch::new(search, 0, &[]));
            continue;
        }
        let options = options(search)?;
        // A model is loaded only if something may be new.
        if session.is_none() {
            session = Some(setup::session(collection.clone(), args.model.as_deref(), &args.run, offline)?);
        }
        let Some(session) = &session else { continue };
        let answer = pool.install(|| session.searcher().search(&search.query, &options))?;
        let ranked = (1..).zip(&answer.hits);
        let found: Vec<(u64, &Found)> =
            ranked.filter(|(_, found)| answer.is_likely() && saved.came_after(&found.document.id, since)).collect();
        news.push(NewOfSearch::new(search, came, &found));
    }
    let report = Report::of(session.map(|session| session.model_name().to_owned()), news);
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report, output::width()))?;
    }
    if !args.peek && args.since == Since::Last {
        // Only now: whoever is stopped before has not seen them, and is shown them again.
        SavedSearches::change(&path, |saved_now| {
            searches.iter().for_each(|search| saved_now.see(&search.name, saved.last_look()));
            Ok::<_, CollectionError>(())
        })?;
    }
    let found: usize = report.searches.iter().map(|search| search.hits.len()).sum();
    if found == 0 {
        output::say("nothing is new");
    }
    Ok(if found > 0 { Exit::Success } else { Exit::NoHit })
}

/// The collection and its saved searches, which know of every paper of it. A `peek` writes nothing.
fn look(path: &Path, peek: bool) -> anyhow::Result<(Arc<Collection>, SavedSearches)> {
    // Opened after the lock is had, so that no other process knows of papers that this collection lacks.
    let look = |saved: &mut SavedSearches| -> Result<_, CollectionError> {
        let collection = Collection::open(path)?;
        // Without searches nothing is to be told, and nothing is written.
        if !saved.searches().is_empty() {
            saved.look(&collection)?;
        }
        Ok((Arc::new(collection), saved.clone()))
    };
    if peek {
        Collection::expect_folder(path)?;
        return Ok(look(&mut SavedSearches::read(path)?.unwrap_or_default())?);
    }
    Ok(SavedSearches::change(path, look)?)
}

/// The searches of these names; all without names.
fn chosen(saved: &SavedSearches, names: &[String]) -> Result<Vec<SavedSearch>, UsageError> {
    if saved.searches().is_empty() {
        return Err(UsageError("no search is saved; save one with `semsearch searches add NAME QUERY`".to_owned()));
    }
    let unknown: Vec<String> = names.iter().filter(|name| saved.find(name).is_none()).cloned().collect();
    if !unknown.is_empty() {
        return Err(unknown_searches(&unknown));
    }
    let is_chosen = |search: &&SavedSearch| names.is_empty() || names.contains(&search.name);
    Ok(saved.searches().iter().filter(is_chosen).cloned().collect())
}

/// How a saved search is asked.
fn options(search: &SavedSearch) -> anyhow::Result<SearchOptions> {
    let filter = match &search.filter {
        None => Filter::default(),
        Some(filter) => Filter::parse(filter)
            .with_context(|| format!("the filter of the saved search `{}`", plain(&search.name)))?,
    };
    Ok(SearchOptions::default().with_k(search.k).with_filter(filter))
}

/// For every search that has something new its name and question, then its papers.
fn human(report: &Report, width: usize) -> String {
    let mut text = String::new();
    for of_search in report.searches.iter().filter(|of_search| !of_search.hits.is_empty()) {
        let search = &of_search.search;
        let head = format!("{}: {}", plain(&search.name), plain(&search.query));
        for line in wrap(&head, width) {
            text.push_str(&format!("{STRONG}{line}{STRONG:#}\n"));
        }
        let told = format!("{} answer it, of {} that came", of_search.hits.len(), count(of_search.came, "paper"));
        text.push_str(&format!("{FAINT}{told}{FAINT:#}\n\n"));
        of_search.hits.iter().for_each(|hit| text.push_str(&human_hit(hit, width)));
        text.push('\n');
    }
    text
}

/// A paper: its rank among all papers, its score and title; then its id and date.
fn human_hit(hit: &Hit, width: usize) -> String {
    let indent = " ".repeat(hit.rank.to_string().len().max(3) + " -0.000  ".len());
    let room = width - indent.len();
    let title = if hit.title.trim().is_empty() { &hit.id } else { &hit.title };
    let mut text = String::new();
    for (line, place) in wrap(&plain(title), room).iter().zip(0..) {
        match place {
            0 => text
                .push_str(&format!("{:>3} {SCORE}{:>6.3}{SCORE:#}  {STRONG}{line}{STRONG:#}\n", hit.rank, hit.score)),
            _ => text.push_str(&format!("{indent}{STRONG}{line}{STRONG:#}\n")),
        }
    }
    let known = std::iter::once(hit.id.as_str()).chain(hit.date.as_deref()).chain(hit.link.as_deref());
    for line in wrap(&plain(&known.collect::<Vec<_>>().join(" · ")), room) {
        text.push_str(&format!("{indent}{FAINT}{line}{FAINT:#}\n"));
    }
    text
}
