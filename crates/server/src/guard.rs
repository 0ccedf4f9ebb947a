//! Who may ask: checked before a request is routed, on every route alike.
//!
//! A page of the web can have a browser send requests to this machine, and, by pointing a name of its own at it, read the
//! answers. So `Host` must be a name of this machine, or one that the user allowed, and `Origin`, where a browser sends one,
//! must be that of the same page. A server that other machines can reach wants a token as well.

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};

use crate::problem::Problem;

/// The cookie that holds the token in a browser.
pub(crate) const COOKIE: &str = "semsearch_token";

/// What a request must show.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    /// Names beside those of this machine under which it may be called, without a port.
    hosts: Vec<String>,
    token: Option<String>,
}

impl Guard {
    pub(crate) fn new(hosts: Vec<String>, token: Option<String>) -> Self {
        Guard { hosts: hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect(), token }
    }

    /// Refuses a request that a page of another site may have caused, or that lacks the token.
    pub(crate) fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        if *method == Method::TRACE || *method == Method::CONNECT {
            return Err(Problem {
                allow: Some("GET, HEAD, POST"),
                ..Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no such method here")
            });
        }
        let forbidden = |what: String| Problem::new(StatusCode::FORBIDDEN, what);
        let host = self.host(uri, headers).map_err(forbidden)?;
        let mut origins = headers.get_all(header::ORIGIN).iter();
        if let Some(origin) = origins.next() {
            let is_own = origins.next().is_none() && origin.to_str().is_ok_and(|origin| is_origin_of(origin, &host));
            if !is_own {
                return Err(forbidden(
                    "the header `Origin` is not that of this server: pages of other sites are not answered".to_owned(),
                ));
            }
        }
        match &self.token {
            Some(token) if !shown_tokens(headers).any(|shown| is_same(token, shown)) => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "expected the token of this server: `Authorization: Bearer TOKEN`, or open the page with ?token=TOKEN once",
            )),
            _ => Ok(()),
        }
    }

    /// Whether a text is the token.
    pub(crate) fn is_token(&self, text: &str) -> bool {
        self.token.as_ref().is_some_and(|token| is_same(token, text))
    }

    /// The host that the request is for, in lower case with its port.
    fn host(&self, uri: &Uri, headers: &HeaderMap) -> Result<String, String> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else {
            return Err("expected one header `Host`".to_owned());
        };
        let host = host.to_str().map_err(|_| "the header `Host` is no name".to_owned())?.to_ascii_lowercase();
        // A request line with an address in full must name the same host.
        if uri.authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(&host)) {
            return Err("the header `Host` is not the host of the address".to_owned());
        }
        let name = without_port(&host).ok_or("the header `Host` is no name")?;
        let is_allowed =
            ["localhost", "127.0.0.1", "[::1]"].contains(&name) || self.hosts.iter().any(|host| host == name);
        match is_allowed {
            true => Ok(host),
            false => Err(format!(
                "this server is not called `{name}`, and answers only to the names that it was started with"
            )),
        }
    }
}

/// The name in `name:port`; `None` if the port is no number.
fn without_port(host: &str) -> Option<&str> {
    let end_of_name = if host.starts_with('[') { host.find(']')? + 1 } else { host.find(':').unwrap_or(host.len()) };
    let (name, port) = host.split_at(end_of_name);
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    (is_port && !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_[]:".contains(c)))
        .then_some(name)
}

fn is_origin_of(origin: &str, host: &str) -> bool {
    let origin = origin.to_ascii_lowercase();
    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")).is_some_and(|own| own == host)
}

/// The tokens that a request shows: in its header, in its cookie.
fn shown_tokens(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let bearer =
        headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = cookies.flat_map(|cookies| cookies.split("; "));
    bearer.chain(cookies.filter_map(|cookie| cookie.strip_prefix(COOKIE)?.strip_prefix('=')))
}

/// Compares in a time that tells nothing of where the texts differ.
fn is_same(token: &str, shown: &str) -> bool {
    token.len() == shown.len() && token.bytes().zip(shown.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(guard: &Guard, given: &[(header::HeaderName, &str)]) -> u16 {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(name, value.parse().unwrap());
        }
        match guard.check(&Method::GET, &Uri::from_static("/api/search"), &headers) {
            Ok(()) => 200,
            Err(problem) => problem.status.as_u16(),
        }
    }

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let guard = Guard::new(vec!["papers.Lan".to_owned()], None);
        let of = |host: &str| status(&guard, &[(header::HOST, host)]);
        for host in
            ["localhost", "localhost:7700", "LOCALHOST:1", "127.0.0.1:80", "[::1]:7700", "[::1]", "papers.lan:80"]
        {
            assert_eq!(of(host), 200, "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "0.0.0.0:7700",
            "localhost:x",
            "localhost:99999",
            "evil.example#localhost",
            "localhost@evil.example",
            "[::2]",
            "[::1",
            "127.1",
            "2130706433",
            "localhost:80:80",
            "localhost/",
        ] {
            assert_eq!(of(host), 403, "{host}");
        }
        assert_eq!(status(&guard, &[]), 403);
        assert_eq!(status(&guard, &[(header::HOST, "localhost"), (header::HOST, "evil.example")]), 403);
    }

    #[test]
    fn only_the_own_page_may_ask_from_a_browser() {
        let guard = Guard::new(Vec::new(), None);
        let of = |origin: &str| status(&guard, &[(header::HOST, "localhost:7700"), (header::ORIGIN, origin)]);
        assert_eq!(of("http://localhost:7700"), 200);
        for origin in [
            "null",
            "",
            "http://localhost",
            "http://localhost:7701",
            "http://127.0.0.1:7700",
            "http://evil.example",
            "file://",
            "http://localhost:7700.evil.example",
            "http://localhost:7700/",
            "ftp://localhost:7700",
        ] {
            assert_eq!(of(origin), 403, "{origin}");
        }
    }

    #[test]
    fn a_token_is_wanted_where_there_is_one() {
        let guard = Guard::new(Vec::new(), Some("secret".to_owned()));
        let with =
            |name: header::HeaderName, value: &str| status(&guard, &[(header::HOST, "localhost"), (name, value)]);
        assert_eq!(status(&guard, &[(header::HOST, "localhost")]), 401);
        assert_eq!(with(header::AUTHORIZATION, "Bearer secret"), 200);
        assert_eq!(with(header::COOKIE, "a=b; semsearch_token=secret"), 200);
        for wrong in ["Bearer secre", "Bearer secretx", "Basic secret", "secret", "Bearer "] {
            assert_eq!(with(header::AUTHORIZATION, wrong), 401, "{wrong}");
        }
        assert!(guard.is_token("secret") && !guard.is_token(""));
        assert!(!Guard::default().is_token(""));
    }
}
