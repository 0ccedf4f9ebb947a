//! What pages of other sites, hostile papers and broken clients try.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use semsearch_testing::Random;
use serde_json::json;

use crate::harness::Running;

/// Every address that there is, and some that there are not.
const PATHS: [&str; 18] = [
    "/",
    "/?q=a",
    "/results?q=a",
    "/papers/a",
    "/papers/a.bib",
    "/assets/0/app.js",
    "/api/search?q=a",
    "/api/papers",
    "/api/papers/a",
    "/api/papers/a/similar",
    "/api/facets?by=year",
    "/v1/embeddings",
    "/v1/models",
    "/mcp",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
];

#[test]
fn names_that_are_not_this_machine_get_nothing_on_any_route() {
    let server = Running::demo();
    let port = server.address.port();
    let hosts = [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("0.0.0.0:{port}"),
        "localhost.evil.example".to_owned(),
    ];
    let origins = ["null", "http://evil.example", "https://localhost", "http://127.0.0.1:1", "file://"];
    for path in PATHS.into_iter().chain(["/nowhere"]) {
        for method in ["GET", "POST", "OPTIONS", "DELETE"] {
            for host in &hosts {
                assert_eq!(server.send(method, path, &[("Host", host)], b"").status, 403, "{method} {path} for {host}");
            }
            for origin in origins {
                let reply = server.send(method, path, &[("Origin", origin)], b"");
                assert_eq!(reply.status, 403, "{method} {path} from {origin}");
                assert!(reply.header("access-control-allow-origin").is_none());
            }
        }
    }
    let own = format!("http://127.0.0.1:{port}");
    assert_eq!(server.send("GET", "/healthz", &[("Origin", &own)], b"").status, 200);
    let absolute =
        format!("GET http://evil.example/metrics HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    assert_eq!(server.raw(absolute.as_bytes()).status, 403);
}

#[test]
fn a_token_is_wanted_on_every_route() {
    let token = "0123456789abcdef";
    let server = Running::over(&crate::harness::demo(), |options| options.with_token(Some(token.to_owned())));
    for path in PATHS {
        assert_eq!(server.get(path).status, 401, "{path}");
        let shown = server.send("GET", path, &[("Authorization", &format!("Bearer {token}"))], b"").status;
        assert!(shown != 401 && shown != 403, "{path}: {shown}");
    }
    let entry = server.get(&format!("/?token={token}"));
    assert_eq!((entry.status, entry.header("location")), (303, Some("/")));
    let cookie = entry.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(server.send("GET", "/", &[("Cookie", cookie)], b"").status, 200);
    assert_eq!(server.get("/?token=0123456789abcdeX").status, 401);
}

/// Texts that would run a script if one of them reached a page as it is.
fn hostile() -> Vec<String> {
    let scripts = [
        "alert(1)",
        "alert`1`",
        "fetch('/metrics')",
        "eval('1')",
        "top.x=1",
        "setTimeout(alert,1)",
        "&#97;lert(1)",
        "al\\u0065rt(1)",
        "location='//evil.example'",
        "import('//evil.example')",
        "new Function('x')()",
        "/**/alert(1)//",
        "self['al'+'ert'](1)",
        "throw onerror=alert,1",
        "\u{ff1c}alert(1)\u{ff1e}",
    ];
    let mut texts = Vec::new();
    for script in scripts {
        for form in [
            "<script>{}</script>",
            "<img src=x onerror={}>",
            "\"><svg onload={}>",
            "'><body onload={}>",
            "<a href=\"javascript:{}\">x</a>",
            "</title><script>{}</script>",
            "</mark></b><script>{}</script>",
            "\" autofocus onfocus={} x=\"",
            "' onmouseover='{}",
            "<iframe srcdoc=\"<script>{}</script>\">",
            "<style>@import '{}';</style>",
            "<math><mtext></p><script>{}</script>",
            "&lt;script&gt;{}&lt;/script&gt;",
            "<scr\u{0}ipt>{}</script>",
            "\u{202e}<script>{}</script>",
            "<!--<script>{}--></script>",
            "<details open ontoggle={}>",
            "{{constructor.constructor('{}')()}}",
            "${{{}}}",
            "<base href=//evil.example><script>{}</script>",
        ] {
            texts.push(form.replace("{}", script));
        }
    }
    texts
}

#[test]
fn hostile_papers_are_shown_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.jsonl");
    let lines: Vec<String> = hostile()
        .iter()
        .enumerate()
        .map(|(at, text)| {
            json!({"id": format!("{text} {at}"), "title": format!("Tides {text}"), "abstract": format!("The sea {text} moves. {text}"),
                "authors": [text, "Ada"], "venue": text, "organization": text, "keywords": [text], "year": 2000 + at % 20,
                "url": if at % 2 == 0 { format!("javascript:{text}") } else { format!("https://a.example/{text}") }})
            .to_string()
        })
        .collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let server = Running::over(&path, |options| options);
    let mut pages =
        vec![server.get("/"), server.get("/?q=tides+script+alert"), server.get("/results?q=tides&offset=20")];
    for text in hostile() {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        pages.push(server.get(&format!("/?q={encoded}")));
        pages.push(server.get(&format!("/?q=tides&venue={encoded}")));
        pages.push(server.get(&format!("/?q=tides&where={encoded}")));
        pages.push(server.get(&format!("/papers/{encoded}%200")));
    }
    assert!(pages.iter().filter(|page| page.status == 200).count() > 100);
    for page in &pages {
        assert!(page.status < 500, "{page:?}");
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'; script-src 'self'"));
        let mut rest = page.body.as_str();
        while let Some(at) = rest.find('<') {
            rest = &rest[at + 1..];
            let tag: String =
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/' || *c == '!').collect();
            let known = [
                "!DOCTYPE", "html", "head", "meta", "title", "link", "script", "body", "a", "header", "form", "label",
                "input", "select", "option", "button", "span", "main", "p", "dialog", "h1", "h2", "h3", "ol", "ul",
                "li", "q", "aside", "section", "div", "strong", "time", "b", "mark", "article", "dl", "dt", "dd",
                "code", "kbd",
            ];
            assert!(known.contains(&tag.trim_start_matches('/')), "<{tag} in {}", page.body);
            let whole = &rest[..rest.find('>').unwrap()];
            let outside_quotes: String = whole.split('"').step_by(2).collect();
            assert!(!outside_quotes.contains(" on"), "<{whole}>");
            assert!(tag != "script" || whole.starts_with("script src=\"/assets/"), "<{whole}>");
            assert!(!whole.contains("href=\"javascript:"), "<{whole}>");
        }
    }
}

#[test]
fn nothing_outside_the_collection_is_opened() {
    let server = Running::demo();
    for way in [
        "..",
        "%2e%2e",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f%2e%2e%2fCargo.toml",
        "....//",
        "%00",
        "%ff",
        "app.js%00",
        "..\\..\\x",
        "%c0%ae%c0%ae",
    ] {
        for path in ["/assets/", "/papers/", "/api/papers/", "/"] {
            let reply = server.get(&format!("{path}{way}"));
            assert!((400..500).contains(&reply.status) || reply.body.contains("<form"), "{path}{way}: {reply:?}");
            assert!(!reply.body.contains("root:") && !reply.body.contains("[package]"), "{path}{way}");
        }
    }
    for field in ["model", "path", "url", "index"] {
        let reply = server.post("/api/search", &json!({"queries": [{"q": "a", field: "/etc"}]}).to_string());
        assert_eq!(reply.status, 400, "{field}");
    }
}

#[test]
fn bodies_of_any_kind_are_answered_and_never_with_a_fault() {
    // SEMSEARCH_BODIES=100000 takes minutes, and is what a release is tried with.
    let turns = std::env::var("SEMSEARCH_BODIES").ok().and_then(|turns| turns.parse().ok()).unwrap_or(1500);
    let server = Running::demo();
    let mut random = Random::new(16);
    let seeds = [
        r#"{"queries": ["kv cache", {"q": "images", "k": 3, "year": "2020..", "explain": true}]}"#,
        r#"{"model": "static", "input": ["a text", "another"], "dimensions": 8, "encoding_format": "base64"}"#,
        r#"{"model": "static", "input": [[1, 2, 3], [99999999, 4294967295]]}"#,
        r#"{"ids": ["a", "b"], "format": "bibtex"}"#,
    ];
    let paths = ["/api/search", "/v1/embeddings", "/v1/embeddings", "/api/papers"];
    for turn in 0..turns {
        let mut body = seeds[turn % seeds.len()].as_bytes().to_vec();
        for _ in 0..random.below(6) {
            let at = random.index(body.len());
            match random.below(4) {
                0 => body[at] = random.index(256) as u8,
                1 => body.truncate(at),
                2 => body.splice(at..at, b"[{\"q\":-1e999,".iter().copied()).for_each(drop),
                _ => body.extend_from_within(at..),
            }
            if body.is_empty() {
                break;
            }
        }
        let reply = server.send("POST", paths[turn % paths.len()], &[], &body);
        assert!((200..500).contains(&reply.status), "{}: {reply:?}", String::from_utf8_lossy(&body));
    }
    assert_eq!(server.get("/readyz").status, 200);
}

#[test]
fn too_much_is_refused() {
    let server = Running::demo();
    let large = format!(r#"{{"queries": ["{}"]}}"#, "a".repeat(1 << 20));
    assert_eq!(server.post("/api/search", &large).status, 413);
    assert_eq!(server.get(&format!("/api/search?q={}", "a+".repeat(20_000))).status / 100, 4);
    let reply = server.send("GET", "/healthz", &[("X-Long", &"a".repeat(20_000))], b"");
    assert!(reply.status == 431 || reply.status == 0, "{reply:?}");
    for junk in [
        "",
        "\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "\u{16}\u{3}\u{1}",
        "POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(junk.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut reply = String::new();
        _ = stream.read_to_string(&mut reply);
        assert!(reply.is_empty() || reply.starts_with("HTTP/1.1 4"), "{junk:?}: {reply}");
    }
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn clients_that_send_nothing_do_not_stand_in_the_way() {
    let server = Running::demo();
    let idle: Vec<TcpStream> = (0..300)
        .map(|number| {
            let mut stream = TcpStream::connect(server.address).unwrap();
            stream.write_all(&b"GET / HTTP/1.1\r\nHost: loc"[..number % 26]).unwrap();
            stream
        })
        .collect();
    assert_eq!(server.get("/api/search?q=kv+cache").status, 200);
    let begun = Instant::now();
    for mut stream in idle.into_iter().take(20) {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut rest = Vec::new();
        _ = stream.read_to_end(&mut rest);
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "they are sent away");
}
