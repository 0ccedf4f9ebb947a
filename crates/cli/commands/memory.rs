//! `semsearch info --memory`: what each part of an index takes on disk, and in memory.

use semsearch_store::Collection;
use serde::Serialize;

use crate::exit::Exit;
use crate::output::{self, thousands};

/// `info --memory --json`.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    index: String,
    segments: Vec<Part>,
    total: Part,
}

/// What a segment takes, or all of them.
#[derive(Default, Serialize)]
struct Part {
    segment: String,
    rows: u64,
    documents_bytes: u64,
    fields_bytes: u64,
    vectors_bytes: u64,
    graph_bytes: u64,
    other_models_bytes: u64,
    /// Of these, what has to be in memory for a walk through the graph.
    walk_bytes: u64,
    /// What building its graph takes, in memory and for a while.
    build_bytes: u64,
}

pub(crate) fn run(collection: &Collection, json: bool) -> anyhow::Result<Exit> {
    let active = &collection.manifest().active;
    let ef_construction = collection.manifest().graph.ef_construction as u64;
    let mut total = Part { segment: "all".to_owned(), ..Part::default() };
    let mut segments = Vec::new();
    for segment in collection.segments() {
        let record = segment.record();
        let fields = record.files.iter().filter(|file| file.path.ends_with(".columns"));
        let mut part = Part {
            segment: record.name.clone(),
            rows: record.rows,
            documents_bytes: segment.documents().sizes().file_bytes,
            fields_bytes: fields.map(|file| file.bytes).sum(),
            ..Part::default()
        };
        for vectors in segment.vectors() {
            let sizes = vectors.index().sizes();
            if vectors.record().fingerprint != *active {
                part.other_models_bytes += sizes.file_bytes;
                continue;
            }
            part.vectors_bytes = sizes.vectors_bytes;
            part.graph_bytes = sizes.graph_bytes();
            part.walk_bytes = sizes.hot_bytes;
            // Candidates for links with their scores, and a copy of the rows in a byte a number; rows are mapped.
            part.build_bytes = record.rows * (ef_construction * BYTES_A_CANDIDATE + vectors.index().dim() as u64);
        }
        for (sum, own) in [
            (&mut total.rows, part.rows),
            (&mut total.documents_bytes, part.documents_bytes),
            (&mut total.fields_bytes, part.fields_bytes),
            (&mut total.vectors_bytes, part.vectors_bytes),
            (&mut total.graph_bytes, part.graph_bytes),
            (&mut total.other_models_bytes, part.other_models_bytes),
            (&mut total.walk_bytes, part.walk_bytes),
            (&mut total.build_bytes, part.build_bytes),
        ] {
            *sum += own;
        }
        segments.push(part);
    }
    let index = collection.root().display().to_string();
    let report = Report { schema: "semsearch.memory/1", index, segments, total };
    if json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report))?;
    }
    Ok(Exit::Success)
}

/// Bytes a row for each candidate that building considers. With the rows in bytes that makes 2.5 kB for a row of 384
/// numbers at the default of 64 candidates, which is what was measured.
const BYTES_A_CANDIDATE: u64 = 33;

fn human(report: &Report) -> String {
    let mut text = format!(
        "{:<10} {:>12} {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}\n",
        "segment", "rows", "documents", "fields", "vectors", "graph", "for a walk", "to build"
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
    text.push_str("for a walk: what should fit in memory; to build: expected, and only while the graph is built\n");
    text
}
