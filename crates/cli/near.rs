//! What is said when nothing was found: what a filter would nearly have matched, and how near the scores came.

use semsearch_engine::{Demand, demands};
use semsearch_report::ask::Answer;
use semsearch_report::shared::{Near, NearValue, Years};
use semsearch_store::{Collection, CollectionError, Filter};

use crate::output::{self, count, plain};

/// What each part of a filter that no paper passes matches by itself; nothing if papers pass it.
pub(crate) fn of(collection: &Collection, filter: &Filter) -> Result<Vec<Near>, CollectionError> {
    Near::of(collection, filter)
}

/// Says of each field that a question names which papers would have it, where none has.
pub(crate) fn demanded(collection: &Collection, question: &str) -> Result<Vec<String>, CollectionError> {
    let mut lines = Vec::new();
    for Demand { typed, filter, .. } in demands(question) {
        let near = of(collection, &filter)?;
        if near.is_empty() {
            continue;
        }
        let alike =
            near.iter().find_map(|part| alike(part, false)).map(|alike| format!("; {alike}")).unwrap_or_default();
        lines.push(format!("no paper has `{}`, which the question demands{alike}", plain(&typed)));
    }
    Ok(lines)
}

/// Says why nothing was found. `best_left_out` is the best score below the least one.
pub(crate) fn nothing(
    collection: &Collection,
    filter: &Filter,
    best_left_out: Option<f32>,
) -> Result<Vec<String>, CollectionError> {
    if let Some(best) = best_left_out {
        return Ok(vec![below(best)]);
    }
    if filter.is_everything() {
        return Ok(vec![match collection.is_empty() {
            true => EMPTY.to_owned(),
            false => DEMANDED.to_owned(),
        }]);
    }
    let passing = passing(collection, filter)?;
    if passing > 0 {
        let papers = count(passing, "paper");
        return Ok(vec![format!("{papers} passing the filter, and none has all that the query demands")]);
    }
    Ok(no_paper_passes(filter, &of(collection, filter)?))
}

/// Says why an answer of a server has no papers.
pub(crate) fn nothing_of(answer: &Answer) -> Vec<String> {
    if let Some(best) = answer.best_left_out {
        return vec![below(best)];
    }
    match &answer.filter {
        Some(filter) if !answer.near.is_empty() => no_paper_passes(filter, &answer.near),
        Some(_) => vec!["papers pass the filter, and none has all that the query demands".to_owned()],
        None if answer.documents == 0 => vec![EMPTY.to_owned()],
        None => vec![DEMANDED.to_owned()],
    }
}

const EMPTY: &str = "the index holds no papers";
const DEMANDED: &str = "no paper has all that the query demands";

fn below(best: f32) -> String {
    format!("no paper has the score that --min-score asks for; the best has {best:.3}")
}

/// Says so if no paper passes a filter.
pub(crate) fn tell_if_none_passes(collection: &Collection, filter: &Filter) -> Result<(), CollectionError> {
    let near = of(collection, filter)?;
    if !near.is_empty() {
        no_paper_passes(filter, &near).into_iter().for_each(output::say);
    }
    Ok(())
}

/// Says that no paper passes a filter, and what nearly does.
fn no_paper_passes(filter: &impl std::fmt::Display, near: &[Near]) -> Vec<String> {
    let mut lines = vec![format!("no paper in the index passes the filter: {filter}")];
    lines.extend(near.iter().filter_map(|part| alike(part, near.len() > 1)));
    if near.len() > 1 && near.iter().all(|part| part.papers > 0) {
        let alone = near.iter().map(|part| format!("{} for {}", papers(part.papers), plain(&part.filter)));
        lines.push(format!("each part has papers by itself: {}", alone.collect::<Vec<_>>().join(", ")));
    }
    lines
}

/// What is like a part that no paper passes. Of several parts, each that has none is named.
fn alike(Near { filter, papers: own, having, values, years, .. }: &Near, is_one_of_several: bool) -> Option<String> {
    if *own > 0 {
        return None;
    }
    let about = if is_one_of_several { format!("no paper has {}", plain(filter)) } else { String::new() };
    let near = match (&values[..], years) {
        ([], Some(Years { first, last, .. })) => Some(format!("papers here are from {first} to {last}")),
        ([], None) if *having == Some(0) => Some("no paper here has any value of this field".to_owned()),
        ([], None) => None,
        (values, _) => {
            let have = |NearValue { value, papers: number, .. }: &NearValue| {
                let verb = if *number == 1 { "has" } else { "have" };
                format!("{} {verb} {}", papers(*number), plain(value))
            };
            let have = values.iter().map(have).collect::<Vec<_>>().join(", ");
            Some(
                have + &containing(filter, values)
                    .map(|filter| format!("; try --where '{filter}'"))
                    .unwrap_or_default(),
            )
        }
    };
    match (is_one_of_several, near) {
        (true, Some(near)) => Some(format!("{about}; {near}")),
        (true, None) => Some(about),
        (false, near) => near,
    }
}

/// The filter that takes texts that hold another, in place of one that takes it whole, if that is what keeps values out.
fn containing(filter: &str, values: &[NearValue]) -> Option<String> {
    let (field, text) = filter.split_once(" = ")?;
    let is_one = field.chars().all(char::is_alphanumeric) && !text.contains(['\'', '(']) && !text.contains(" or ");
    let bare = text.trim_matches('"').to_lowercase();
    let is_held = values.iter().any(|near| near.value.to_lowercase().contains(&bare));
    (is_one && is_held).then(|| plain(&format!("{field} ~ {text}")))
}

fn papers(number: u64) -> String {
    count(number, "paper")
}

fn passing(collection: &Collection, filter: &Filter) -> Result<u64, CollectionError> {
    Ok(collection.passing(filter)?.iter().map(|rows| rows.len() as u64).sum())
}
