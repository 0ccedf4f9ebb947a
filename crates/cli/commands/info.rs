//! `semsearch info`: what an index is.

use semsearch_engine::{Collection, FileRecord};
use semsearch_vector::simd;
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
    precision: &'static str,
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

/// `info --cpu --json`.
#[derive(Serialize)]
struct CpuReport {
    schema: &'static str,
    cores: usize,
    f32: &'static str,
    int8: &'static str,
    available: Vec<KernelReport>,
}

#[derive(Serialize)]
struct KernelReport {
    f32: &'static str,
    int8: &'static str,
}

pub(crate) fn run(args: &Info) -> anyhow::Result<Exit> {
    if args.cpu {
        return cpu(args.json);
    }
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
        precision: description.model.precision.as_str(),
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
            graph: sizes.graph_bytes(),
            total: documents + sizes.file_bytes,
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

/// Which kernels this machine can run, fastest first, and which are used.
fn cpu(json: bool) -> anyhow::Result<Exit> {
    let best = simd::best();
    let available =
        simd::available().iter().map(|kernels| KernelReport { f32: kernels.name, int8: kernels.int8 }).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let report = CpuReport { schema: "semsearch.cpu/1", cores, f32: best.name, int8: best.int8, available };
    if json {
        output::print_json(&report)?;
        return Ok(Exit::Success);
    }
    let others: Vec<String> =
        report.available.iter().skip(1).map(|kernels| format!("{} / {}", kernels.f32, kernels.int8)).collect();
    let rows = [
        ("cores", cores.to_string()),
        ("f32", best.name.to_owned()),
        ("int8", best.int8.to_owned()),
        ("others", others.join(", ")),
    ];
    output::print(
        &rows.iter().map(|(name, value)| format!("{STRONG}{name:<12}{STRONG:#} {value}\n")).collect::<String>(),
    )?;
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
        ("model", format!("{} ({} dimensions, {})", report.model, report.dimension, report.precision)),
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
