//! The map as a page, and as one file to send.
//!
//! Both have the same parts and the same script. The page asks the server for the papers; the file carries them, asks nobody,
//! and says so to the browser by its policy.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Response, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use semsearch_report::map::Map;

use super::assets::{MAP_SCRIPT, MAP_STYLE, STYLE, address};
use super::numbers;
use super::{failed, page};
use crate::parameters::{FILTERS, Parameters, SEARCH};
use crate::problem::Problem;
use crate::state::State;

/// What papers can be coloured by.
const COLOURS: [(&str, &str); 3] = [("topic", "Topic"), ("year", "Year"), ("category", "Category")];

/// What a file may do: run its own script and style, and nothing with any host.
const ALONE: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// `GET /map`.
pub(crate) async fn map(state: Arc<State>, query: Option<String>) -> Result<Response<Body>, Problem> {
    let parameters = match Parameters::of_query(query.as_deref(), &[&SEARCH, &FILTERS]) {
        Ok(parameters) => parameters,
        Err(problem) => return Ok(failed(&Parameters::default(), 0, &problem)),
    };
    let papers = match state.newest().await {
        Ok(newest) => newest.searcher.collection().len(),
        Err(problem) => return Ok(failed(&parameters, 0, &problem)),
    };
    Ok(page(StatusCode::OK, of_server(&parameters, papers)))
}

fn of_server(parameters: &Parameters, papers: usize) -> Markup {
    let question = parameters.first("q");
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Map · semsearch" }
                link rel="icon" href=(address("icon.svg"));
                link rel="stylesheet" href=(address("style.css"));
                link rel="stylesheet" href=(address("map.css"));
                script src=(address("map.js")) defer {}
            }
            body {
                a .skip href="#map-canvas" { "To the map" }
                header .top {
                    a .name href="/" { "semsearch" }
                    form #ask role="search" action="/map" method="get" {
                        label .hidden for="q" { "Question" }
                        input #q name="q" type="search" value=(question) autocomplete="off" spellcheck="false" maxlength="4000"
                            placeholder={ "Light up the answers among " (numbers::papers(papers)) };
                        button type="submit" { "Search" }
                    }
                    a .to #to-papers href=(parameters.without("offset", parameters.first("offset"))) { "Papers" }
                }
                (parts("Map", None))
            }
        }
    }
}

/// A map as a file that needs no server: what `map` shows, with the titles and addresses of its papers.
///
/// # Errors
/// If the map cannot be written as JSON, which means that it holds a number that is none.
pub fn map_file(map: &Map, title: &str, colour: Option<&str>) -> Result<String, serde_json::Error> {
    // Within a script only `<` could end it.
    let data = serde_json::to_string(map)?.replace('<', "\\u003c");
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(ALONE);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(MAP_STYLE)) }
            }
            body {
                (parts(title, colour))
                script #map-data type="application/json" { (PreEscaped(data)) }
                script { (PreEscaped(MAP_SCRIPT)) }
            }
        }
    };
    Ok(markup.into_string())
}

/// What the script works with.
fn parts(title: &str, colour: Option<&str>) -> Markup {
    html! {
        main .mapped {
            div .map-tools {
                h1 { (title) }
                p #map-status role="status" {}
                label .hidden for="map-colour" { "Colour by" }
                select #map-colour { @for (value, name) in COLOURS { option value=(value) { "Colour by " (name.to_lowercase()) } } }
                button #map-in type="button" aria-label="Zoom in" { "+" }
                button #map-out type="button" aria-label="Zoom out" { "−" }
                button #map-all type="button" { "Show all" }
            }
            div .map-body {
                div #map-view data-colour=[colour] {
                    canvas #map-canvas tabindex="0" role="application" aria-label="Map" {}
                    div #map-tip hidden aria-hidden="true" {}
                }
                div .map-side {
                    h2 #map-legend-title { "Colours: press one to see it alone" }
                    div #map-legend role="group" aria-labelledby="map-legend-title" {}
                    details #map-regions { summary { "Regions as a list" } ul #map-list {} }
                }
            }
            p #map-said .hidden role="status" aria-live="polite" {}
            noscript { p { "The map needs scripts." } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(title: &str) -> Map {
        serde_json::from_value(serde_json::json!({
            "schema": "semsearch.map/1", "model": "m", "generation": 1, "filter": null, "documents": 1, "side": 65535,
            "papers": {"id": ["a"], "title": [title], "link": [null], "x": [7], "y": [7], "year": [null], "category": [null], "region": [0]},
            "categories": [], "regions": [{"terms": [title], "x": 7, "y": 7, "papers": 1, "parent": null}],
        }))
        .unwrap()
    }

    #[test]
    fn no_title_can_end_the_data_or_begin_markup() {
        for title in ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u{2028}", "&lt;"] {
            let file = map_file(&map(title), title, Some("year")).unwrap();
            let (_, rest) = file.split_once("<script id=\"map-data\" type=\"application/json\">").unwrap();
            let (data, rest) = rest.split_once("</script>").unwrap();
            assert!(rest.starts_with("<script>// The map"), "{}", &rest[..40]);
            assert_eq!(serde_json::from_str::<Map>(data).unwrap(), map(title));
            assert!(!data.contains('<'));
            assert_eq!(file.matches("<script").count() - MAP_SCRIPT.matches("<script").count(), 2);
        }
    }

    #[test]
    fn a_file_asks_no_host() {
        let file = map_file(&map("a"), "a", None).unwrap();
        assert!(
            !file.contains(" src=") && !file.contains("<link") && !file.contains("url(") && !file.contains("@import")
        );
        assert!(file.contains("default-src &#39;none&#39;") || file.contains("default-src 'none'"));
    }
}
