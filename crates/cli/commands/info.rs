//! `semsearch info`: what an index is.

use semsearch_engine::{Collection, FileRecord};
use serde::Serialize;

use crate::args::Info;
use crate::exit::Exit;
use crate::output::{self, STRONG, thousands};
use crate::setup;

/// `info --json`.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    index: String,
    documents: u64,
    records: u64,
    merged: u64,
    skipped: u64,
    model: String,
    model_reference: String,
    fingerprint: String,
    dimension: usize,
    max_tokens: usize,
    truncated: u64,
    truncated_share: f64,
    tokens: u64,
    m: Option<usize>,
    ef_construction: Option<usize>,
    seconds_encode: f64,
    seconds_index: f64,
    bytes: Bytes,
    bytes_per_vector: f64,
    created_unix: u64,
    written_by: String,
}

#[derive(Serialize)]
struct Bytes {
    documents: u64,
    vectors: u64,
    graph: u64,
    total: u64,
}

pub(crate) fn run(args: &Info) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let collection = Collection::open(&path)?;
    let description = collection.description();
    let index = collection.index();
    let sizes = index.sizes();
    let of_documents = |file: &&FileRecord| file.path.starts_with("documents");
    let documents: u64 = description.files.iter().filter(of_documents).map(|file| file.bytes).sum();
    let graph_params = index.hnsw_params();
    let report = Report {
        schema: "semsearch.info/1",
        index: path.display().to_string(),
        documents: description.documents,
        records: description.records,
        merged: description.merged,
        skipped: description.skipped,
        model: description.model.manifest.name.clone(),
        model_reference: description.model.reference.clone(),
        fingerprint: description.model.fingerprint.clone(),
        dimension: description.model.dimension(),
        max_tokens: description.model.max_tokens,
        truncated: description.truncated,
        truncated_share: description.truncated as f64 / description.documents.max(1) as f64,
        tokens: description.tokens,
        m: graph_params.map(|params| params.m),
        ef_construction: graph_params.map(|params| params.ef_construction),
        seconds_encode: description.seconds_encode,
        seconds_index: description.seconds_index,
        bytes: Bytes {
            documents,
            vectors: sizes.vectors_bytes,
            graph: sizes.graph_bytes,
            total: documents + sizes.total_bytes(),
        },
        bytes_per_vector: sizes.bytes_per_vector(),
        created_unix: description.created_unix,
        written_by: description.written_by.clone(),
    };
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report))?;
    }
    Ok(Exit::Success)
}

fn human(report: &Report) -> String {
    let graph = match (report.m, report.ef_construction) {
        (Some(m), Some(ef)) => {
            format!("HNSW, m {m}, ef_construction {ef}, built in {}", output::seconds(report.seconds_index))
        }
        _ => "none".to_owned(),
    };
    let rows = [
        ("index", report.index.clone()),
        (
            "papers",
            format!(
                "{} from {} records, {} merged, {} left out",
                thousands(report.documents),
                thousands(report.records),
                thousands(report.merged),
                thousands(report.skipped)
            ),
        ),
        ("model", format!("{} ({} dimensions)", report.model, report.dimension)),
        ("fingerprint", report.fingerprint.clone()),
        (
            "cut",
            format!(
                "{} papers ({:.1} %) longer than {} tokens",
                thousands(report.truncated),
                report.truncated_share * 100.0,
                report.max_tokens
            ),
        ),
        ("encoded", format!("{} tokens in {}", thousands(report.tokens), output::seconds(report.seconds_encode))),
        ("graph", graph),
        (
            "size",
            format!(
                "{}: documents {}, vectors {}, graph {} ({:.0} bytes a vector)",
                output::bytes(report.bytes.total),
                output::bytes(report.bytes.documents),
                output::bytes(report.bytes.vectors),
                output::bytes(report.bytes.graph),
                report.bytes_per_vector
            ),
        ),
    ];
    rows.iter().map(|(name, value)| format!("{STRONG}{name:<12}{STRONG:#} {value}\n")).collect()
}
