//! How the answers of two models differ, for people: a screen of it, or all of it.

use semsearch_report::shared::Interval;
use semsearch_report::switch::{Comparison, Example, Moved, Pick};

use crate::output::{self, FAINT, STRONG, count, plain};
use crate::wrap::wrap;

/// The number of papers that an example names among those that came in, and among those that fell out.
const SHOWN_MOVES: usize = 5;

/// The letters of a title that tell something; with less room its ranks stand below it.
const SHORTEST: usize = 24;

/// The figures, and examples. Without `whole`, an example is told in a few lines, and there is one of each kind.
pub(super) fn human(comparison: &Comparison, whole: bool) -> String {
    let Comparison { queries, overlap_at_10, rbo, first_kept, depth, examples, .. } = comparison;
    let mut text = format!(
        "over {}: {} of the first ten are the same, the first one for {:.0} %; rank-biased overlap {:.2} ({:.2} to \
         {:.2})\n",
        count(*queries, "question"),
        share(*overlap_at_10),
        first_kept * 100.0,
        rbo.mean,
        rbo.low,
        rbo.high,
    );
    text.push_str(&output::faint_item(LEGEND));
    text.push('\n');
    let mut hidden = 0;
    for (number, example) in examples.iter().enumerate() {
        let is_first = number == 0 || examples[number - 1].pick != example.pick;
        match (whole, is_first) {
            (true, _) => text.push_str(&in_full(example, *depth)),
            (false, true) => text.push_str(&in_brief(example, *depth)),
            (false, false) => hidden += 1,
        }
    }
    if !whole && !examples.is_empty() {
        let more = if hidden > 0 { format!("{} and ", count(hidden, "more example")) } else { String::new() };
        text.push_str(&output::faint_item(&format!("{more}every paper that moved: --verbose, or --json")));
    }
    text
}

/// What the figures mean.
const LEGEND: &str = "in parentheses the 95 % interval; rank-biased overlap compares whole rankings, the first ranks most: 1 is \
                      the same order, 0 nothing in common; docs/comparing.md says more";

fn in_full(example: &Example, depth: u64) -> String {
    let mut text = head(example);
    for (sign, moves, now) in moves(example) {
        for one in moves.iter().take(SHOWN_MOVES) {
            let room = output::width().saturating_sub(4);
            for (number, line) in wrap(&moved(one, now, depth), room).iter().enumerate() {
                let start = if number == 0 { format!("  {sign} ") } else { "    ".to_owned() };
                text.push_str(&format!("{start}{line}\n"));
            }
        }
        if moves.len() > SHOWN_MOVES {
            text.push_str(&format!("  {sign} and {} more\n", moves.len() - SHOWN_MOVES));
        }
    }
    text + "\n"
}

/// The best paper that came in and the best that fell out, a line each.
fn in_brief(example: &Example, depth: u64) -> String {
    let mut text = head(example);
    for (sign, moves, now) in moves(example) {
        let Some(one) = moves.first() else { continue };
        let (title, ranks) = titled(one, now, depth);
        let room = output::width().saturating_sub(ranks.chars().count() + 6);
        if room < SHORTEST {
            let title = shortened(&title, output::width().saturating_sub(4));
            text.push_str(&format!("  {sign} {title}\n    {ranks}\n"));
        } else {
            text.push_str(&format!("  {sign} {}  {ranks}\n", shortened(&title, room)));
        }
    }
    text + "\n"
}

fn head(Example { query, pick, overlap_at_10, .. }: &Example) -> String {
    let why = match pick {
        Pick::MostDifferent => "differs most",
        _ => "as most do",
    };
    let same = format!("{:.0} of ten the same, {why}", overlap_at_10 * 10.0);
    format!("{STRONG}{}{STRONG:#}\n  {FAINT}{same}{FAINT:#}\n", shortened(&plain(query), output::width()))
}

/// What came in, with `+`, and what fell out, with `-`.
fn moves(example: &Example) -> [(char, &[Moved], bool); 2] {
    [('+', &example.came_in, true), ('-', &example.fell_out, false)]
}

fn moved(one: &Moved, came_in: bool, depth: u64) -> String {
    let (title, ranks) = titled(one, came_in, depth);
    format!("{title}  {ranks}")
}

/// The title of a paper, and its ranks now and before.
fn titled(Moved { id, title, old_rank, new_rank, .. }: &Moved, came_in: bool, depth: u64) -> (String, String) {
    let rank =
        |rank: &Option<u64>| rank.map_or_else(|| format!("not in the first {depth}"), |rank| format!("rank {rank}"));
    let ranks = match came_in {
        true => format!("({}, was {})", rank(new_rank), rank(old_rank).replace("rank ", "")),
        false => format!("(was {}, now {})", rank(old_rank), rank(new_rank).replace("rank ", "")),
    };
    (plain(if title.trim().is_empty() { id } else { title }), ranks)
}

/// A share in per cent, with its interval.
pub(super) fn share(Interval { mean, low, high }: Interval) -> String {
    format!("{:.0} % ({:.0} to {:.0})", mean * 100.0, low * 100.0, high * 100.0)
}

/// A text on one line of so many letters.
fn shortened(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison() -> Comparison {
        let paper = |number: u64| serde_json::json!({ "id": number.to_string(), "title": "A title of some length that goes on and on, as titles do".repeat(2), "old_rank": number, "new_rank": null });
        let example = |pick: &str| serde_json::json!({ "query": "a question", "pick": pick, "overlap_at_10": 0.2, "rbo": 0.1, "came_in": (1..9).map(paper).collect::<Vec<_>>(), "fell_out": (1..9).map(paper).collect::<Vec<_>>() });
        let interval = serde_json::json!({ "mean": 0.5, "low": 0.4, "high": 0.6 });
        serde_json::from_value(serde_json::json!({
            "queries": 200, "overlap_at_10": interval, "rbo": interval, "first_kept": 0.5, "depth": 50,
            "examples": [example("most_different"), example("most_different"), example("median"), example("median")],
        }))
        .unwrap()
    }

    #[test]
    fn a_screen_is_enough_unless_all_is_wanted() {
        let (brief, whole) = (human(&comparison(), false), human(&comparison(), true));
        assert!(brief.lines().count() <= 18, "{brief}");
        assert!(brief.contains("2 more examples and every paper that moved: --verbose"), "{brief}");
        assert!(whole.lines().count() > 60 && !whole.contains("--verbose"), "{whole}");
        assert!(brief.contains("rank-biased overlap compares whole rankings"), "{brief}");
    }
}
