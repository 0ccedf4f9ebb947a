//! What is answered: the same as on the command line.

use semsearch_engine::{Request, SearchOptions};
use semsearch_report::ask::Answer;
use serde_json::{Value, json};

use crate::harness::{Running, session};

fn without_times(mut value: Value) -> Value {
    value.as_object_mut().unwrap().remove("took_us");
    value
}

#[test]
fn a_search_says_what_ask_says_with_json() {
    let server = Running::demo();
    let session = session(&server.index);
    for question in ["efficient KV cache compression", "image editing", "\"long context\" -retrieval"] {
        let options = SearchOptions::default().with_k(7).with_reasons(true);
        let request = Request::new(question);
        let answer = session.searcher().answer(&request, &options).unwrap();
        let expected = serde_json::to_string(&Answer::new(&request, "static", &answer, &options)).unwrap();
        let expected = serde_json::from_str(&expected).unwrap();
        let query = question.replace(' ', "+").replace('"', "%22");
        let reply = server.get(&format!("/api/search?q={query}&k=7&explain=true"));
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
        assert_eq!(without_times(reply.json()), without_times(expected), "{question}");
    }
}

#[test]
fn pages_of_an_answer_follow_each_other() {
    let server = Running::demo();
    let ids = |path: &str| -> Vec<String> {
        let hits = server.get(path).json()["hits"].clone();
        hits.as_array().unwrap().iter().map(|hit| format!("{} {}", hit["rank"], hit["id"])).collect()
    };
    let all = ids("/api/search?q=language+models&k=20");
    assert_eq!(all.len(), 20);
    assert_eq!(
        [ids("/api/search?q=language+models&k=10"), ids("/api/search?q=language+models&k=10&offset=10")].concat(),
        all
    );
}

#[test]
fn many_questions_are_answered_in_their_order() {
    let server = Running::demo();
    let questions: Vec<String> = (0..60).map(|number| format!("question {number} about images")).collect();
    let mut queries: Vec<Value> = questions.iter().map(|question| json!(question)).collect();
    queries.push(json!({"q": "image editing", "k": 2, "year": "2024"}));
    let reply = server.post("/api/search", &json!({"queries": queries}).to_string());
    let answers = reply.json()["answers"].clone();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 61);
    for (answer, question) in answers.iter().zip(&questions) {
        assert_eq!(answer["query"], json!(question));
    }
    assert_eq!((answers[60]["hits"].as_array().unwrap().len(), &answers[60]["filter"]), (2, &json!("year = 2024")));
    let wrong = server.post("/api/search", r#"{"queries": ["a", {"q": "b", "limit": 3}]}"#);
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("question 2: `limit` is no parameter here"), "{wrong:?}");
}

#[test]
fn a_paper_its_neighbours_and_counts_are_there() {
    let server = Running::demo();
    let first = server.get("/api/search?q=kv+cache&k=1").json()["hits"][0].clone();
    let id = first["id"].as_str().unwrap();
    let paper = server.get(&format!("/api/papers/{id}")).json();
    assert_eq!((&paper["title"], &paper["abstract"]), (&first["title"], &first["abstract"]));
    let similar = server.get(&format!("/api/papers/{id}/similar?k=3")).json();
    assert_eq!(
        (similar["schema"].as_str(), similar["hits"].as_array().unwrap().len()),
        (Some("semsearch.similar/1"), 3)
    );
    assert!(similar["hits"].as_array().unwrap().iter().all(|hit| hit["id"] != first["id"]));
    let years = server.get("/api/facets?by=year&limit=50").json();
    let counted: u64 = years["values"].as_array().unwrap().iter().map(|value| value["papers"].as_u64().unwrap()).sum();
    assert_eq!(Some(counted + years["without"].as_u64().unwrap()), years["documents"].as_u64());
    let about = server.get("/api/facets?by=year&q=kv+cache&top=10").json();
    assert_eq!((about["papers"].as_u64(), about["top"].as_u64()), (Some(10), Some(10)));
    for (path, status) in
        [("/api/papers/nobody", 404), ("/api/papers/nobody/similar", 404), ("/api/facets?by=colour", 400)]
    {
        let reply = server.get(path);
        assert_eq!((reply.status, reply.header("content-type")), (status, Some("application/problem+json")), "{path}");
        assert_eq!(reply.json()["status"], json!(status));
    }
}

#[test]
fn a_name_may_have_slashes_as_dois_do() {
    let folder = tempfile::tempdir().unwrap();
    let papers = folder.path().join("papers.jsonl");
    let lines = [
        json!({"id": "tides", "title": "On tides", "abstract": "The sea moves.", "doi": "10.1234/abc.1011", "year": 2000}),
        json!({"id": "a/similar", "title": "On likeness", "abstract": "All is like all."}),
    ];
    std::fs::write(&papers, lines.map(|line| line.to_string() + "\n").concat()).unwrap();
    let server = Running::over(&papers, |options| options);
    for name in ["10.1234/abc.1011", "10.1234%2Fabc.1011", "tides"] {
        assert_eq!(server.get(&format!("/api/papers/{name}")).json()["id"], "tides", "{name}");
        let alike = server.get(&format!("/api/papers/{name}/similar")).json();
        assert_eq!(alike["hits"][0]["id"], "a/similar", "{name}");
        let page = server.get(&format!("/papers/{name}"));
        assert!(page.status == 200 && page.body.contains("On tides"), "{name}: {page:?}");
    }
    assert_eq!(server.get("/api/papers/a%2Fsimilar").json()["id"], "a/similar");
    assert_eq!(server.get("/api/papers/a%2Fsimilar/similar").json()["hits"][0]["id"], "tides");
    for nobody in ["/api/papers/10.1234/nobody", "/api/papers/10.1234/nobody/similar", "/papers/a/b"] {
        assert_eq!(server.get(nobody).status, 404, "{nobody}");
    }
    let counts = server.get("/api/facets?by=keyword").json();
    assert_eq!(counts["by"], "category");
    let page = server.get("/?q=tides").body;
    assert!(page.contains("2000: 1 paper") && !page.contains("1 papers"), "{page}");
}

#[test]
fn a_citation_is_the_paper_in_that_format() {
    let server = Running::demo();
    let id = server.get("/api/search?q=kv+cache&k=1").json()["hits"][0]["id"].as_str().unwrap().to_owned();
    let of = |ending: &str| server.get(&format!("/papers/{id}.{ending}"));
    assert!(of("bib").body.starts_with('@'), "{:?}", of("bib"));
    assert!(of("ris").body.starts_with("TY  - "), "{:?}", of("ris"));
    assert!(of("json").json().is_array());
    assert_eq!(of("exe").status, 404);
}

#[test]
fn many_papers_come_in_their_order_and_in_the_format_that_is_asked_for() {
    let server = Running::demo();
    let hits = server.get("/api/search?q=kv+cache&k=3").json()["hits"].clone();
    let ids: Vec<&str> = hits.as_array().unwrap().iter().rev().map(|hit| hit["id"].as_str().unwrap()).collect();
    let ask = |body: Value| server.post("/api/papers", &body.to_string());
    let papers = ask(json!({"ids": ids})).json()["papers"].clone();
    assert_eq!(papers.as_array().unwrap().iter().map(|paper| paper["id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
    assert_eq!(ask(json!({"ids": ids, "format": "bibtex"})).body.matches("\n@").count(), 2);
    assert_eq!(ask(json!({"ids": ids, "format": "ris"})).body.matches("ER  - ").count(), 3);
    assert_eq!(ask(json!({"ids": ids, "format": "csl"})).json().as_array().unwrap().len(), 3);
    // The beginning of an id is another paper's: a list must not get that one instead.
    let missing = ask(json!({"ids": [ids[0], "gone", &ids[1][..ids[1].len() - 1]]}));
    assert_eq!(missing.status, 404);
    assert_eq!(missing.json()["missing"], json!(["gone", &ids[1][..ids[1].len() - 1]]));
    for wrong in
        [json!({}), json!({"ids": []}), json!({"ids": [7]}), json!({"ids": ["a"], "format": "docx"}), json!([])]
    {
        assert_eq!(ask(wrong.clone()).status, 400, "{wrong}");
    }
}

#[test]
fn the_description_names_what_there_is() {
    let server = Running::demo();
    let described = server.get("/openapi.json").json();
    assert_eq!(described["openapi"], json!("3.1.0"));
    let text = described.to_string();
    for (at, _) in text.match_indices("#/components/schemas/") {
        let name: String = text[at + "#/components/schemas/".len()..].chars().take_while(|c| *c != '"').collect();
        assert!(described["components"]["schemas"][&name].is_object(), "{name} is not described");
    }
    for (path, operations) in described["paths"].as_object().unwrap() {
        let real = path.replace("{id}", "nobody");
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let status = server.send(method, &real, &[], b"").status;
            let is_described = operations.get(method.to_lowercase()).is_some();
            assert_eq!(status != 405, is_described, "{method} {path}: {status}");
            if is_described {
                let responses = &operations[&method.to_lowercase()]["responses"];
                assert!(responses.get(status.to_string()).is_some(), "{method} {path}: {status} is not described");
            }
        }
    }
}

#[test]
fn the_page_works_without_its_script() {
    let server = Running::demo();
    let empty = server.get("/").body;
    assert!(empty.contains("<form id=\"ask\"") && empty.contains("Ask 225 papers"), "{empty}");
    let page = server.get("/?q=kv+cache").body;
    assert!(page.matches("class=\"card\"").count() == 20, "{page}");
    assert!(page.contains("rel=\"next\"") && server.get("/?q=kv+cache&offset=20").body.contains("start=\"21\""));
    assert!(server.get("/?q=kv+cache&year=1890").body.contains("No paper passes the filter"));
    let wrong = server.get("/?q=kv+cache&year=abc");
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("This did not work"), "{wrong:?}");
    let results = server.get("/results?q=kv+cache&explain=1").body;
    assert!(results.starts_with("<aside") && results.contains("<mark>") && results.contains("<b>KV</b>"), "{results}");
    assert_eq!(server.get("/papers/nobody").status, 404);
}

#[test]
fn every_file_of_the_page_is_there_and_kept_as_long_as_it_stays_the_same() {
    let server = Running::demo();
    let page = server.get("/").body;
    let of_version = page.split("\"").filter(|part| part.starts_with("/assets/")).collect::<Vec<_>>();
    assert_eq!(of_version.len(), 3, "{of_version:?}");
    let folder = of_version[0].rsplit_once('/').unwrap().0.to_owned();
    let katex = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/katex");
    let mut names = vec!["app.js".to_owned(), "katex/katex.min.js".to_owned(), "katex/katex.min.css".to_owned()];
    for font in std::fs::read_dir(katex.join("fonts")).unwrap() {
        names.push(format!("katex/fonts/{}", font.unwrap().file_name().into_string().unwrap()));
    }
    for name in &names {
        let reply = server.get(&format!("{folder}/{name}"));
        assert_eq!(reply.status, 200, "{name}");
        assert!(reply.header("cache-control").unwrap().contains("immutable"), "{name}");
        // A page of another version may be open while the program is exchanged.
        let other = server.get(&format!("/assets/0000/{name}"));
        assert_eq!((other.status, other.header("cache-control")), (200, Some("no-store")), "{name}");
    }
    let style = server.get(&format!("{folder}/katex/katex.min.css")).body;
    for part in style.split("url(").skip(1) {
        let font = part.split(')').next().unwrap();
        assert!(names.contains(&format!("katex/{font}")), "{font}");
    }
}
