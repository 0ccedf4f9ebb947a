//! `semsearch info --memory`: the size of each part of an index on disk and in memory.

use semsearch_report::info::Memory;

use crate::output::{self, thousands};
use crate::table::turned;

/// The columns of the table.
const COLUMNS: usize = 77;

pub(super) fn human(report: &Memory) -> String {
    let line = |cells: [String; 7]| {
        let [segment, rows, rest @ ..] = cells;
        let rest: String = rest.iter().map(|cell| format!(" {cell:>10}")).collect();
        format!("{segment:<10} {rows:>11}{rest}\n")
    };
    let heads = ["segment", "rows", "documents", "fields", "words", "vectors", "graph"].map(str::to_owned);
    let is_narrow = output::width() < COLUMNS;
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut text = if is_narrow { String::new() } else { line(heads.clone()) };
    for part in report.segments.iter().chain([&report.total]) {
        let bytes = [part.documents_bytes, part.fields_bytes, part.words_bytes, part.vectors_bytes, part.graph_bytes];
        let [documents, fields, words, vectors, graph] = bytes.map(output::bytes);
        let cells = [part.segment.clone(), thousands(part.rows), documents, fields, words, vectors, graph];
        match is_narrow {
            true => rows.push(cells.to_vec()),
            false => text.push_str(&line(cells)),
        }
    }
    text.push_str(&turned(&heads, &rows));
    text.push_str(&output::item(&format!(
        "in memory: graph search {}; while the graph is built, by estimate, {}",
        output::bytes(report.total.walk_bytes),
        output::bytes(report.total.build_bytes)
    )));
    text
}
