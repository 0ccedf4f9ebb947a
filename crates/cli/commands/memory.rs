//! `semsearch info --memory`: the size of each part of an index on disk and in memory.

use semsearch_report::info::Memory;

use crate::output::{self, thousands};

pub(super) fn human(report: &Memory) -> String {
    let mut text = format!(
        "{:<10} {:>12} {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}\n",
        "segment", "rows", "documents", "fields", "vectors", "graph", "to search", "to build"
    );
    for part in report.segments.iter().chain([&report.total]) {
        text.push_str(&format!(
            "{:<10} {:>12} {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}\n",
            part.segment,
            thousands(part.rows),
            output::bytes(part.documents_bytes),
            output::bytes(part.fields_bytes),
            output::bytes(part.vectors_bytes),
            output::bytes(part.graph_bytes),
            output::bytes(part.walk_bytes),
            output::bytes(part.build_bytes)
        ));
    }
    text.push_str(
        "to search: what graph search needs in memory; to build: an estimate, only while the graph is built\n",
    );
    text
}
