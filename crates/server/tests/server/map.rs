//! The map: of all papers, made once for each generation, and shown by a page without inline scripts.

use crate::harness::{Running, embed};

#[test]
fn the_map_has_a_place_for_every_paper_and_is_sent_once() {
    let server = Running::demo();
    let first = server.get("/api/map");
    assert_eq!(first.status, 200, "{first:?}");
    let map = first.json();
    for field in ["id", "x", "y", "year", "category", "region"] {
        assert_eq!(map["papers"][field].as_array().unwrap().len(), 225, "{field}");
    }
    assert!(map["papers"].get("title").is_none() && map["regions"].as_array().unwrap().len() > 3);
    let tag = first.header("etag").unwrap().to_owned();
    let again = server.send("GET", "/api/map", &[("If-None-Match", &tag)], b"");
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    assert_eq!(server.get("/api/map?titles=1").status, 400);

    let folder = tempfile::tempdir().unwrap();
    let papers = folder.path().join("more.jsonl");
    std::fs::write(&papers, r#"{"id": "n", "title": "Tidal harbours", "abstract": "Harbours and tides."}"#).unwrap();
    embed(&server.index, &papers);
    let newer = server.send("GET", "/api/map", &[("If-None-Match", &tag)], b"");
    assert_eq!((newer.status, newer.json()["papers"]["id"].as_array().unwrap().len()), (200, 226));
    assert!(server.get("/metrics").body.contains("/api/map"));
}

#[test]
fn requests_at_the_same_time_get_the_same_map() {
    let server = Running::demo();
    let bodies: Vec<String> = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(|| server.get("/api/map"))).collect();
        asking
            .into_iter()
            .map(|asked| asked.join().unwrap())
            .map(|reply| (reply.status, reply.body))
            .map(|(status, body)| {
                assert_eq!(status, 200);
                body
            })
            .collect()
    });
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[test]
fn the_page_of_the_map_keeps_the_question_and_has_no_script_of_its_own() {
    let server = Running::demo();
    let page = server.get("/map?q=%3Cb%3Ekv+cache");
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("value=\"&lt;b>kv cache\"") || page.body.contains("value=\"&lt;b&gt;kv cache\""),
        "{}",
        page.body
    );
    assert!(page.body.contains("href=\"/?q=%3Cb%3Ekv+cache\""), "{}", page.body);
    assert_eq!(page.body.matches("<script").count(), 1);
    assert!(!page.body.contains(" style=") && page.body.contains("/map.js\" defer"));
    for asset in ["map.js", "map.css"] {
        assert_eq!(server.get(&format!("/assets/0/{asset}")).status, 200);
    }
    let search = server.get("/?q=kv+cache").body;
    assert!(search.contains("href=\"/map?q=kv+cache\""), "{search}");
    assert!(server.get("/").body.contains("href=\"/map\""));
    assert_eq!(server.get("/map?nonsense=1").status, 400);
}
