//! The fields that papers can be chosen by, with the number of papers of each value.

use maud::{Markup, html};
use semsearch_store::Years;

use super::numbers::{papers, thousands};
use crate::parameters::Parameters;

/// The most values of a field that are shown.
const SHOWN: usize = 8;

/// A field and its values, most papers first.
pub(super) struct Choice {
    pub(super) name: &'static str,
    pub(super) heading: &'static str,
    pub(super) values: Vec<(String, u64)>,
}

/// All fields.
pub(super) fn sidebar(parameters: &Parameters, choices: &[Choice]) -> Markup {
    html! {
        aside .sidebar aria-label="Choose papers" {
            @for choice in choices.iter().filter(|choice| !choice.values.is_empty()) {
                section {
                    h2 { (choice.heading) }
                    @if choice.name == "year" { (histogram(parameters, &choice.values)) } @else { (values(parameters, choice)) }
                }
            }
        }
    }
}

/// A bar for each year; a click chooses a year, and the script lets one draw over several.
fn histogram(parameters: &Parameters, values: &[(String, u64)]) -> Markup {
    let mut years: Vec<(i32, u64)> =
        values.iter().filter_map(|(year, count)| Some((year.parse().ok()?, *count))).collect();
    years.sort_unstable();
    let (Some(&(first, _)), Some(&(last, _))) = (years.first(), years.last()) else { return html! {} };
    // A single paper of 1898 must not make all others one bar.
    let first = first.max(last - 29);
    let most = years.iter().map(|(_, count)| *count).max().unwrap_or(1);
    let of = |year: i32| years.iter().find(|(known, _)| *known == year).map_or(0, |(_, count)| *count);
    html! {
        div .years data-years {
            @for year in first..=last {
                @let count = of(year);
                @let tenths = (count * 10).div_ceil(most.max(1));
                a .bar.{ "h" (tenths) }.is-chosen[is_chosen(parameters, year)] href=(parameters.with("year", &year.to_string())) data-year=(year)
                    title={ (year) ": " (papers(whole(count))) } aria-label={ (year) ", " (papers(whole(count))) } {}
            }
        }
        p .ends { span { (first) } span { (last) } }
    }
}

fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Whether papers of a year pass what is chosen.
fn is_chosen(parameters: &Parameters, year: i32) -> bool {
    parameters.first("year").parse::<Years>().is_ok_and(|years| years.holds(year))
}

fn values(parameters: &Parameters, choice: &Choice) -> Markup {
    html! {
        ul {
            @for (value, count) in choice.values.iter().take(SHOWN) {
                li {
                    a href=(parameters.with(choice.name, value)) { span { (value) } span .count { (thousands(whole(*count))) } }
                }
            }
        }
    }
}

/// What is chosen already, each with a way to let it go.
pub(super) fn chosen(parameters: &Parameters) -> Markup {
    let mut chosen = parameters.filters().peekable();
    html! {
        @if chosen.peek().is_some() {
            p .chosen {
                @for (name, value) in chosen {
                    a href=(parameters.without(name, value)) aria-label={ "Remove " (name) " " (value) } { (name) ": " (value) " ×" }
                }
            }
        }
    }
}
