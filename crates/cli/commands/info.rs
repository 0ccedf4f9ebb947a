//! `semsearch info`: what an index is.

use semsearch_engine::switch::{OtherModel, SwitchState, status};
use semsearch_store::Collection;
use semsearch_vector::simd;
use serde::Serialize;

use crate::args::Info;
use crate::exit::Exit;
use crate::output::{self, STRONG, count, thousands};
use crate::setup;

/// `info --json`.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    index: String,
    documents: u64,
    /// Documents that were removed and whose space has not been given back.
    removed: u64,
    segments: usize,
    generation: u64,
    /// What made this generation of the one before.
    change: String,
    records: u64,
    merged: u64,
    skipped: u64,
    model: String,
    model_reference: String,
    precision: String,
    fingerprint: String,
    dimension: usize,
    max_tokens: usize,
    truncated: u64,
    truncated_share: f64,
    tokens: u64,
    /// Models that have embedded its papers, too, or are at it.
    other_models: Vec<OtherReport>,
    m: usize,
    ef_construction: usize,
    seconds_encode: f64,
    seconds_index: f64,
    bytes: Bytes,
    bytes_per_vector: f64,
    created_unix: u64,
    written_by: String,
}

#[derive(Serialize)]
struct OtherReport {
    name: String,
    fingerprint: String,
    dimension: usize,
    /// As in `model switch --status --json`.
    #[serde(serialize_with = "in_a_word")]
    state: SwitchState,
    embedded: u64,
}

fn in_a_word<S: serde::Serializer>(state: &SwitchState, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.as_str())
}

impl From<OtherModel> for OtherReport {
    fn from(OtherModel { model, state, embedded, .. }: OtherModel) -> Self {
        let dimension = model.dimension();
        let (name, fingerprint) = (model.name().to_owned(), model.fingerprint);
        OtherReport { name, fingerprint, dimension, state, embedded }
    }
}

#[derive(Serialize)]
struct Bytes {
    documents: u64,
    fields: u64,
    vectors: u64,
    graph: u64,
    other_models: u64,
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
    if args.memory {
        return super::memory::run(&collection, args.json);
    }
    let (manifest, model, sizes) = (collection.manifest(), collection.model(), collection.sizes());
    let documents = manifest.documents();
    let (seconds_encode, seconds_index) = manifest.seconds();
    let report = Report {
        schema: "semsearch.info/1",
        index: path.display().to_string(),
        documents,
        removed: manifest.segments.iter().map(|segment| segment.removed).sum(),
        segments: manifest.segments.len(),
        generation: manifest.generation,
        change: manifest.change.clone(),
        records: manifest.intake.records,
        merged: manifest.intake.merged,
        skipped: manifest.intake.skipped,
        model: model.name().to_owned(),
        model_reference: model.reference.clone(),
        precision: model.precision.clone(),
        fingerprint: model.fingerprint.clone(),
        dimension: model.dimension(),
        max_tokens: model.max_tokens,
        truncated: manifest.truncated(),
        truncated_share: manifest.truncated() as f64 / sizes.rows.max(1) as f64,
        tokens: manifest.tokens(),
        other_models: status(&collection)?.others.into_iter().map(OtherReport::from).collect(),
        m: manifest.graph.m,
        ef_construction: manifest.graph.ef_construction,
        seconds_encode,
        seconds_index,
        bytes: Bytes {
            documents: sizes.documents,
            fields: sizes.fields,
            vectors: sizes.vectors,
            graph: sizes.graph,
            other_models: sizes.other_models,
            total: sizes.total(),
        },
        bytes_per_vector: sizes.bytes_per_vector(),
        created_unix: manifest.created_unix,
        written_by: manifest.written_by.clone(),
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
    let graph = format!(
        "HNSW, m {}, ef_construction {}, built in {}",
        report.m,
        report.ef_construction,
        output::seconds(report.seconds_index)
    );
    let mut parts = format!("generation {}, {}", report.generation, count(report.segments as u64, "segment"));
    if report.removed > 0 {
        parts.push_str(&format!(", {} removed and not yet vacuumed", thousands(report.removed)));
    }
    let mut rows = vec![
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
        ("parts", parts),
        ("model", format!("{} ({} dimensions, {})", report.model, report.dimension, report.precision)),
        ("fingerprint", report.fingerprint.clone()),
    ];
    rows.extend(report.other_models.iter().map(|other| {
        let OtherReport { name, dimension, embedded, .. } = other;
        let (embedded, of) = (thousands(*embedded), thousands(report.documents));
        let what = match other.state {
            SwitchState::Embedding => format!("{embedded} of {of} papers embedded"),
            SwitchState::Ready => "ready to be cut over to".to_owned(),
            SwitchState::Previous => "answered before".to_owned(),
        };
        ("beside it", format!("{name} ({dimension} dimensions): {what}"))
    }));
    rows.extend([
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
                "{}: documents {}, fields {}, vectors {}, graph {} ({:.0} bytes a vector)",
                output::bytes(report.bytes.total),
                output::bytes(report.bytes.documents),
                output::bytes(report.bytes.fields),
                output::bytes(report.bytes.vectors),
                output::bytes(report.bytes.graph),
                report.bytes_per_vector
            ),
        ),
    ]);
    rows.iter().map(|(name, value)| format!("{STRONG}{name:<12}{STRONG:#} {value}\n")).collect()
}
