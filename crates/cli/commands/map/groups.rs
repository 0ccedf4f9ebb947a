//! Which papers have which colour: the same as on the page, whose script is `map.js` of the server.

use std::collections::HashMap;

use semsearch_report::map::Map;

use super::name::name;
use crate::args::ColourArg;

/// Colours on white and on black.
type Colours = [&'static str; 2];

/// Colours that are told apart on white and on black, also by most who see few colours.
const COLOURS: [Colours; 12] = [
    ["#1f6fd6", "#6aa9ff"],
    ["#d9480f", "#ff9a5c"],
    ["#0a8f6c", "#3fd0a4"],
    ["#a13fc4", "#d597f2"],
    ["#b58900", "#e6c34a"],
    ["#c2255c", "#ff86ad"],
    ["#0b8fa8", "#58cfe4"],
    ["#5c7c0e", "#a9cf52"],
    ["#7a4b2b", "#cf9f7d"],
    ["#5146c7", "#a39bff"],
    ["#8a1f1f", "#f08b8b"],
    ["#3b6b52", "#8fc4a8"],
];
/// The colour of what has none of its own.
const REST: Colours = ["#8a909c", "#767d8a"];
/// From old to new.
const YEARS: [Colours; 5] = [
    ["#443983", "#4b54c9"],
    ["#31688e", "#3c8cc4"],
    ["#21918c", "#36b9b0"],
    ["#35b779", "#7fd86a"],
    ["#c99a00", "#fde725"],
];

/// Papers of one colour.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) colours: Colours,
    /// Their places among the papers of the map.
    pub(super) papers: Vec<usize>,
}

/// All papers by their colours. Groups without papers are left out.
pub(super) fn groups(map: &Map, by: ColourArg) -> Vec<Group> {
    let mut groups = match by {
        ColourArg::Topic => by_topic(map),
        ColourArg::Year => by_year(map),
        ColourArg::Category => by_category(map),
    };
    groups.retain(|group| !group.papers.is_empty());
    groups
}

fn by_topic(map: &Map) -> Vec<Group> {
    let coarse: Vec<usize> = (0..map.regions.len()).filter(|&number| map.regions[number].parent.is_none()).collect();
    let mut groups: Vec<Group> = coarse
        .iter()
        .enumerate()
        .map(|(place, &number)| Group {
            name: name(&map.regions[number]),
            colours: COLOURS[place % COLOURS.len()],
            papers: Vec::new(),
        })
        .collect();
    for (paper, region) in map.papers.region.iter().enumerate() {
        let region = map.regions.get(usize::from(*region)).and_then(|found| found.parent).unwrap_or(*region);
        if let Some(place) = coarse.iter().position(|number| *number == usize::from(region)) {
            groups[place].papers.push(paper);
        }
    }
    groups
}

fn by_category(map: &Map) -> Vec<Group> {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    map.papers.category.iter().flatten().for_each(|code| *counts.entry(*code).or_default() += 1);
    let mut most: Vec<(u32, usize)> = counts.into_iter().collect();
    most.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    most.truncate(COLOURS.len());
    let named = |code: u32| map.categories.get(code as usize).cloned().unwrap_or_default();
    let mut groups: Vec<Group> = most
        .iter()
        .zip(COLOURS)
        .map(|((code, _), colours)| Group { name: named(*code), colours, papers: Vec::new() })
        .collect();
    groups.push(Group { name: "other or none".to_owned(), colours: REST, papers: Vec::new() });
    for (paper, code) in map.papers.category.iter().enumerate() {
        let place = code.and_then(|code| most.iter().position(|(other, _)| *other == code));
        groups[place.unwrap_or(most.len())].papers.push(paper);
    }
    groups
}

fn by_year(map: &Map) -> Vec<Group> {
    let mut known: Vec<i32> = map.papers.year.iter().flatten().copied().collect();
    known.sort_unstable();
    // A single paper of 1898 must not make all others one colour.
    let first = known.get(known.len() * 3 / 100).copied().unwrap_or(0);
    let last = known.last().copied().unwrap_or(0);
    let years = last - first + 1;
    let spans = years.clamp(1, YEARS.len() as i32);
    let begin = |span: i32| first + (years * span + spans - 1) / spans;
    let mut groups: Vec<Group> = (0..spans)
        .map(|span| {
            let (from, to) = (begin(span), begin(span + 1) - 1);
            let name = match span {
                0 if known.first().is_some_and(|earliest| *earliest < from) => format!("up to {to}"),
                _ if from == to => from.to_string(),
                _ => format!("{from}–{to}"),
            };
            let shade = if spans == 1 { 2 } else { span * (YEARS.len() as i32 - 1) / (spans - 1) };
            Group { name, colours: YEARS[shade as usize], papers: Vec::new() }
        })
        .collect();
    groups.push(Group { name: "no year".to_owned(), colours: REST, papers: Vec::new() });
    for (paper, year) in map.papers.year.iter().enumerate() {
        let span = year.map(|year| (1..spans).rev().find(|&span| year >= begin(span)).unwrap_or(0));
        groups[span.unwrap_or(spans) as usize].papers.push(paper);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(years: &[Option<i32>], categories: &[Option<u32>]) -> Map {
        let papers = years.len();
        serde_json::from_value(serde_json::json!({
            "schema": "semsearch.map/1", "model": "m", "generation": 1, "filter": null, "documents": papers, "side": 65535,
            "papers": {"id": vec!["a"; papers], "x": vec![7; papers], "y": vec![7; papers], "year": years,
                "category": categories, "region": (0..papers).map(|at| 1 + at % 2).collect::<Vec<_>>()},
            "categories": (0..40).map(|code| format!("c{code}")).collect::<Vec<_>>(),
            "regions": [{"terms": ["a"], "x": 7, "y": 7, "papers": papers, "parent": null},
                {"terms": ["b"], "x": 7, "y": 7, "papers": papers, "parent": 0},
                {"terms": ["c", "d"], "x": 7, "y": 7, "papers": papers, "parent": null}],
        }))
        .unwrap()
    }

    #[test]
    fn every_paper_has_one_colour_whatever_it_is_coloured_by() {
        let years: Vec<Option<i32>> = (0..200).map(|at| (at % 7 != 0).then_some(2010 + at % 15)).collect();
        let codes: Vec<Option<u32>> = (0..200).map(|at| (at % 3 != 0).then_some(at % 40)).collect();
        for by in [ColourArg::Topic, ColourArg::Year, ColourArg::Category] {
            let groups = groups(&map(&years, &codes), by);
            let mut papers: Vec<usize> = groups.iter().flat_map(|group| group.papers.clone()).collect();
            papers.sort_unstable();
            assert_eq!(papers, (0..200).collect::<Vec<_>>(), "{by:?}");
        }
        let topics = groups(&map(&years, &codes), ColourArg::Topic);
        assert_eq!(topics.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["a", "c, d"]);
        let few = groups(&map(&[Some(2024), None, Some(2026)], &[None; 3]), ColourArg::Year);
        assert_eq!(few.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["2024", "2026", "no year"]);
    }

    #[test]
    fn a_paper_from_long_ago_does_not_spread_the_years() {
        let years: Vec<Option<i32>> = [1898].into_iter().chain((0..99).map(|at| 2020 + at % 5)).map(Some).collect();
        let groups = groups(&map(&years, &[None; 100]), ColourArg::Year);
        assert_eq!(groups[0].name, "up to 2020");
        assert_eq!(groups.len(), 5);
    }
}
