//! `semsearch count`: how many papers have some words in a row, and how often.

use semsearch_engine::count::{Same, count_phrase, words_of};
use semsearch_index::RowSet;
use semsearch_report::count::Count as Report;
use semsearch_store::Collection;

use crate::args::Count;
use crate::exit::{Exit, UsageError};
use crate::output::{self, FAINT, SCORE, STRONG, count, plain, thousands};
use crate::{near, setup};

pub(crate) fn run(args: &Count) -> anyhow::Result<Exit> {
    let same = if args.forms { Same::Form } else { Same::Written };
    if let Some(empty) = args.phrases.iter().find(|phrase| words_of(phrase, same).is_empty()) {
        let problem = format!("there is no word in \"{}\"; a word has letters or digits", plain(empty));
        return Err(UsageError(problem).into());
    }
    let filter = args.filters.filter()?;
    let collection = Collection::open(&setup::index_path(&args.index)?)?;
    let passing = collection.passing(&filter)?;
    let papers: usize = passing.iter().map(RowSet::len).sum();
    let mut found = 0;
    for phrase in &args.phrases {
        let counted = count_phrase(&collection, phrase, same, &passing)?;
        found += counted.papers;
        let report = Report::new(phrase, same, &counted, &filter, collection.len() as u64, papers as u64);
        if args.json {
            output::print_json(&report)?;
        } else {
            output::print(&human(&report))?;
            if counted.papers == 0 && !args.forms {
                forms(&collection, phrase, &passing)?.into_iter().for_each(output::say);
            }
        }
    }
    if !args.json {
        output::say(match filter.is_everything() {
            true => format!("of {}", count(papers as u64, "paper")),
            false => format!("of {} that pass {filter}", count(papers as u64, "paper")),
        });
    }
    near::tell_if_none_passes(&collection, &filter)?;
    Ok(if found > 0 { Exit::Success } else { Exit::NoHit })
}

/// Says that other forms of the words are there, if they are.
fn forms(collection: &Collection, phrase: &str, passing: &[RowSet]) -> anyhow::Result<Option<String>> {
    let counted = count_phrase(collection, phrase, Same::Form, passing)?;
    let verb = if counted.papers == 1 { "has" } else { "have" };
    let papers = count(counted.papers, "paper");
    Ok((counted.papers > 0)
        .then(|| format!("{papers} {verb} other forms of \"{}\"; --forms counts them", plain(phrase))))
}

/// The phrase, then what was counted, then where.
fn human(report: &Report) -> String {
    let phrase = format!("{STRONG}{}{STRONG:#}", plain(&report.phrase));
    let papers = format!("{SCORE}{}{SCORE:#}", count(report.papers, "paper"));
    if report.papers == 0 {
        return format!("{phrase}\n  {papers}\n");
    }
    let place = |name: &str, place: &semsearch_report::count::Place| match place.papers {
        0 => format!("no {name}"),
        papers => format!("{}, {}", count(papers, name), times(place.occurrences)),
    };
    format!(
        "{phrase}\n  {papers}, {}\n  {FAINT}{} · {}{FAINT:#}\n",
        times(report.occurrences),
        place("title", &report.title),
        place("abstract", &report.r#abstract)
    )
}

/// `once`, `12 times`.
fn times(number: u64) -> String {
    if number == 1 { "once".to_owned() } else { format!("{} times", thousands(number)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(papers: u64, title: u64, text: u64) -> Report {
        let place = |papers: u64| serde_json::json!({ "papers": papers, "occurrences": papers * 1000 });
        serde_json::from_value(serde_json::json!({
            "schema": "semsearch.count/1",
            "phrase": "a \u{1b}phrase",
            "words": ["a", "phrase"],
            "forms": false,
            "filter": null,
            "documents": 9,
            "passing": 9,
            "papers": papers,
            "occurrences": (title + text) * 1000,
            "title": place(title),
            "abstract": place(text),
        }))
        .unwrap()
    }

    #[test]
    fn places_are_counted_apart_and_nothing_is_said_in_a_word() {
        let bare = |report: &Report| anstream::adapter::strip_str(&human(report)).to_string();
        assert_eq!(
            bare(&report(2, 0, 2)),
            "a phrase\n  2 papers, 2,000 times\n  no title · 2 abstracts, 2,000 times\n"
        );
        assert_eq!(bare(&report(0, 0, 0)), "a phrase\n  0 papers\n");
        assert_eq!(times(1), "once");
    }
}
