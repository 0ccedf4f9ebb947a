//! `semsearch map`: an index as a picture, a page and a document.

use serde_json::Value;

use crate::harness::{DEMO, Sandbox, text};

fn demo() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.run(&["embed", DEMO, "--model", "static", "-q"]).code(0);
    sandbox
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect()
}

#[test]
fn a_document_has_a_place_and_a_region_for_every_paper() {
    let sandbox = demo();
    let map = sandbox.run(&["map", "--json"]).code(0).json();
    for field in ["id", "title", "link", "x", "y", "year", "category", "region"] {
        assert_eq!(map["papers"][field].as_array().unwrap().len(), 225, "{field}");
    }
    let regions = map["regions"].as_array().unwrap();
    let coarse: u64 =
        regions.iter().filter(|region| region["parent"].is_null()).map(|r| r["papers"].as_u64().unwrap()).sum();
    assert_eq!(coarse, 225);
    for (number, region) in regions.iter().enumerate() {
        let own = numbers(&map["papers"]["region"]).iter().filter(|of| **of == number as u64).count();
        assert!(own as u64 <= region["papers"].as_u64().unwrap());
        assert!(!region["terms"].as_array().unwrap().is_empty(), "{region}");
    }
    assert_eq!(sandbox.run(&["map", "--json", "--threads", "1"]).code(0).json(), map, "kept");
    let listed = sandbox.run(&["list", "--since", "2025", "--json"]).code(0).json();
    let some = sandbox.run(&["map", "--since", "2025", "--json"]).code(0).json();
    assert_eq!(some["papers"]["id"].as_array().unwrap().len() as u64, listed["passing"].as_u64().unwrap());
    let at = |map: &Value, id: &str| {
        let place = map["papers"]["id"].as_array().unwrap().iter().position(|known| known == id).unwrap();
        [&map["papers"]["x"][place], &map["papers"]["y"][place]].map(|x| x.as_u64().unwrap())
    };
    for paper in listed["papers"].as_array().unwrap() {
        let id = text(paper, "/id");
        assert_eq!(at(&some, id), at(&map, id), "a filter moves no paper");
    }
}

#[test]
fn a_question_lights_up_what_ask_finds() {
    let sandbox = demo();
    let map = sandbox.run(&["map", "kv", "cache", "-k", "7", "--json"]).code(0).json();
    let asked = sandbox.run(&["ask", "kv cache", "-k", "7", "--json"]).json();
    let ids: Vec<&str> =
        numbers(&map["asked"]["hits"]).iter().map(|hit| map["papers"]["id"][*hit as usize].as_str().unwrap()).collect();
    let hits: Vec<&str> = asked["hits"].as_array().unwrap().iter().map(|hit| text(hit, "/id")).collect();
    assert_eq!((text(&map, "/asked/query"), ids), ("kv cache", hits));
    sandbox.run(&["map", "kv cache"]).code(0).prints("answer");
    sandbox.run(&["map", " "]).code(2).says("the query is empty").prints_nothing();
}

#[test]
fn a_page_asks_no_host_and_a_picture_is_one() {
    let sandbox = demo();
    sandbox
        .run(&["map", "--html", "map.html", "--svg", "map.svg", "--by", "year"])
        .code(0)
        .says("page: map.html")
        .prints_nothing();
    let page = std::fs::read_to_string(sandbox.path("map.html")).unwrap();
    assert!(page.contains("default-src 'none'") && page.contains("data-colour=\"year\""), "{}", &page[..600]);
    for reaches in [" src=", "<link", "url(", "@import"] {
        assert!(!page.contains(reaches), "{reaches}");
    }
    let (_, data) = page.split_once("<script id=\"map-data\" type=\"application/json\">").unwrap();
    let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    assert_eq!(data["papers"]["title"].as_array().unwrap().len(), 225);
    let picture = std::fs::read_to_string(sandbox.path("map.svg")).unwrap();
    assert_eq!(picture.matches("h0").count(), 225 + picture.matches("stroke-width=\"12\"").count());
    assert!(picture.contains("prefers-color-scheme:dark") && picture.contains("<tspan"));
    assert_eq!(sandbox.run(&["map", "--svg", "-"]).code(0).stdout.matches("</svg>").count(), 1);
}

#[test]
fn files_that_are_there_stay_and_what_cannot_be_is_refused_before_any_work() {
    let sandbox = demo();
    sandbox.write("mine.svg", "mine");
    sandbox.run(&["map", "--svg", "mine.svg"]).code(2).says("mine.svg exists already; --overwrite replaces it");
    assert_eq!(std::fs::read_to_string(sandbox.path("mine.svg")).unwrap(), "mine");
    sandbox.run(&["map", "--svg", "mine.svg", "--overwrite", "-q"]).code(0).says_nothing();
    assert!(std::fs::read_to_string(sandbox.path("mine.svg")).unwrap().starts_with("<svg"));
    sandbox.run(&["map", "--html", "nowhere/map.html"]).code(5).says("cannot write nowhere/map.html").prints_nothing();
    sandbox.run(&["map", "--html", "-", "--svg", "-"]).code(2).says("standard output can take one").prints_nothing();
    sandbox.run(&["map", "--json", "--svg", "-"]).code(2).says("standard output can take one").prints_nothing();
    sandbox.run(&["map", "-k", "3"]).code(2).prints_nothing();
    sandbox.run(&["map", "--index", "nothing"]).code(3).prints_nothing();
    sandbox.run(&["map", "--year", "1890"]).code(1).says("no paper in the index passes the filter");
    let none = sandbox.run(&["map", "--year", "1890", "--json"]).code(1).json();
    assert_eq!(none["papers"]["id"], serde_json::json!([]));
}

#[test]
fn a_damaged_map_is_told_and_made_again() {
    let sandbox = demo();
    let before = sandbox.run(&["map"]).code(0).stdout;
    let file = sandbox.path("data/semsearch/index/generations/g000001/places.map");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[200] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    sandbox.run(&["verify"]).code(0).prints("the map will be made again");
    let again = sandbox.run(&["map"]).code(0).says("the map is made again");
    assert_eq!(again.stdout, before);
    sandbox.run(&["map"]).code(0).says_nothing();
}
