//! `semsearch info --memory`: the size of each part of an index on disk and in memory.

use semsearch_report::info::Memory;

use crate::output::{self, thousands};

pub(super) fn human(report: &Memory) -> String {
    let line = |cells: [String; 7]| {
        let [segment, rows, rest @ ..] = cells;
        let rest: String = rest.iter().map(|cell| format!(" {cell:>10}")).collect();
        format!("{segment:<10} {rows:>11}{rest}\n")
    };
    let mut text = line(["segment", "rows", "documents", "fields", "words", "vectors", "graph"].map(str::to_owned));
    for part in report.segments.iter().chain([&report.total]) {
        let bytes = [part.documents_bytes, part.fields_bytes, part.words_bytes, part.vectors_bytes, part.graph_bytes];
        let [documents, fields, words, vectors, graph] = bytes.map(output::bytes);
        text.push_str(&line([part.segment.clone(), thousands(part.rows), documents, fields, words, vectors, graph]));
    }
    text.push_str(&format!(
        "in memory: graph search {}; while the graph is built, by estimate, {}\n",
        output::bytes(report.total.walk_bytes),
        output::bytes(report.total.build_bytes)
    ));
    text
}
