//! What the server did, in the text form of Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the times that are counted, in seconds.
const BOUNDS: [f64; 12] = [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 4.096];

/// The routes that are counted; what is no route counts as the last one.
pub(crate) const ROUTES: [&str; 15] = [
    "/",
    "/assets",
    "/api/search",
    "/api/papers",
    "/api/similar",
    "/api/facets",
    "/api/map",
    "/v1/embeddings",
    "/v1/models",
    "/mcp",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "other",
];

/// Counts since the start.
#[derive(Default)]
pub(crate) struct Metrics {
    routes: [Route; ROUTES.len()],
    kept: AtomicU64,
}

#[derive(Default)]
struct Route {
    /// Answers by their time, the slowest ones last.
    times: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
    /// Answers by the hundreds of their status.
    statuses: [AtomicU64; 6],
}

impl Metrics {
    /// Counts an answer of a route.
    pub(crate) fn count(&self, route: usize, status: u16, took: Duration) {
        let Some(route) = self.routes.get(route) else { return };
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|&bound| seconds <= bound).unwrap_or(BOUNDS.len());
        route.times[bucket].fetch_add(1, Ordering::Relaxed);
        route.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        route.statuses[usize::from(status / 100).min(5)].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an answer that was kept from before.
    pub(crate) fn count_kept(&self) {
        self.kept.fetch_add(1, Ordering::Relaxed);
    }

    /// All counts. `waiting` requests stand in the line, and answers come from generation `generation` of `documents` papers.
    pub(crate) fn text(&self, waiting: usize, generation: u64, documents: usize) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        _ = self.write(&mut text, waiting, generation, documents);
        text
    }

    fn write(&self, text: &mut String, waiting: usize, generation: u64, documents: usize) -> std::fmt::Result {
        writeln!(text, "# HELP semsearch_requests_total Answers by route and status.")?;
        writeln!(text, "# TYPE semsearch_requests_total counter")?;
        for (name, route) in ROUTES.iter().zip(&self.routes) {
            for (hundreds, count) in route.statuses.iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    writeln!(text, "semsearch_requests_total{{route=\"{name}\",status=\"{hundreds}xx\"}} {count}")?;
                }
            }
        }
        writeln!(text, "# HELP semsearch_request_seconds Time from the request to its answer.")?;
        writeln!(text, "# TYPE semsearch_request_seconds histogram")?;
        for (name, route) in ROUTES.iter().zip(&self.routes) {
            let counts: Vec<u64> = route.times.iter().map(|count| count.load(Ordering::Relaxed)).collect();
            let total: u64 = counts.iter().sum();
            if total == 0 {
                continue;
            }
            let mut below = 0;
            for (bound, count) in BOUNDS.iter().zip(&counts) {
                below += count;
                writeln!(text, "semsearch_request_seconds_bucket{{route=\"{name}\",le=\"{bound}\"}} {below}")?;
            }
            writeln!(text, "semsearch_request_seconds_bucket{{route=\"{name}\",le=\"+Inf\"}} {total}")?;
            let seconds = route.micros.load(Ordering::Relaxed) as f64 / 1e6;
            writeln!(text, "semsearch_request_seconds_sum{{route=\"{name}\"}} {seconds}")?;
            writeln!(text, "semsearch_request_seconds_count{{route=\"{name}\"}} {total}")?;
        }
        for (name, kind, help, value) in [
            (
                "semsearch_kept_answers_total",
                "counter",
                "Searches answered from memory.",
                self.kept.load(Ordering::Relaxed),
            ),
            ("semsearch_waiting", "gauge", "Requests that wait for a thread.", waiting as u64),
            ("semsearch_generation", "gauge", "The generation of the collection.", generation),
            ("semsearch_documents", "gauge", "Papers in the collection.", documents as u64),
        ] {
            writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up() {
        let metrics = Metrics::default();
        metrics.count(2, 200, Duration::from_millis(3));
        metrics.count(2, 404, Duration::from_secs(9));
        metrics.count(99, 200, Duration::ZERO);
        metrics.count_kept();
        let text = metrics.text(3, 7, 225);
        for line in [
            "semsearch_requests_total{route=\"/api/search\",status=\"2xx\"} 1",
            "semsearch_request_seconds_bucket{route=\"/api/search\",le=\"0.002\"} 0",
            "semsearch_request_seconds_bucket{route=\"/api/search\",le=\"0.004\"} 1",
            "semsearch_request_seconds_bucket{route=\"/api/search\",le=\"+Inf\"} 2",
            "semsearch_request_seconds_count{route=\"/api/search\"} 2",
            "semsearch_kept_answers_total 1",
            "semsearch_waiting 3",
            "semsearch_documents 225",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
