//! `semsearch info`: describes an index.

use semsearch_engine::switch::status;
use semsearch_report::info::{Cpu, Info, Memory, OtherModel};
use semsearch_report::shared::ModelState;
use semsearch_store::Collection;

use crate::args;
use crate::exit::Exit;
use crate::output::{self, count, thousands};
use crate::setup;

/// The sources that are named one by one.
const SHOWN_SOURCES: usize = 5;

pub(crate) fn run(args: &args::Info) -> anyhow::Result<Exit> {
    if args.cpu {
        return cpu(args.json);
    }
    let path = setup::index_path(&args.index)?;
    let collection = Collection::open(&path)?;
    if args.memory {
        return memory(&Memory::new(&collection), args.json);
    }
    let report = Info::new(&collection, &status(&collection)?)?;
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report))?;
    }
    Ok(Exit::Success)
}

/// Prints the size of each part on disk and in memory.
fn memory(report: &Memory, json: bool) -> anyhow::Result<Exit> {
    if json {
        output::print_json(report)?;
    } else {
        output::print(&super::memory::human(report))?;
    }
    Ok(Exit::Success)
}

/// Prints the kernels that this machine can run, fastest first, and the ones that are used.
fn cpu(json: bool) -> anyhow::Result<Exit> {
    let report = Cpu::of_this_machine();
    if json {
        output::print_json(&report)?;
        return Ok(Exit::Success);
    }
    let others: Vec<String> =
        report.available.iter().skip(1).map(|kernels| format!("{} / {}", kernels.f32, kernels.int8)).collect();
    let rows = [
        ("cores", report.cores.to_string()),
        ("f32", report.f32),
        ("int8", report.int8),
        ("others", others.join(", ")),
    ];
    output::print(&rows.iter().map(|(name, value)| output::row(&format!("{name:<12}"), value)).collect::<String>())?;
    Ok(Exit::Success)
}

fn human(report: &Info) -> String {
    let graph = format!(
        "HNSW, m {}, ef_construction {}, built in {}",
        report.m,
        report.ef_construction,
        output::seconds(report.seconds_index)
    );
    let mut parts = format!("generation {}, {}", report.generation, count(report.segments, "segment"));
    if report.removed > 0 {
        parts.push_str(&format!(", {} removed and not yet vacuumed", thousands(report.removed)));
    }
    let mut rows = vec![
        ("index", report.index.clone()),
        ("papers", papers(report)),
        ("parts", parts),
        ("model", format!("{} ({} dimensions, {})", report.model, report.dimension, report.precision)),
        ("made with", made_with(report)),
        ("fingerprint", report.fingerprint.clone()),
    ];
    rows.extend(report.other_models.iter().map(|other| {
        let OtherModel { name, dimension, embedded, told_apart, .. } = other;
        let used = told_apart.as_ref().map_or_else(|| format!("{dimension} dimensions"), |words| output::plain(words));
        let (embedded, of) = (thousands(*embedded), thousands(report.documents));
        let what = match other.state {
            ModelState::Embedding => format!("{embedded} of {of} papers embedded"),
            ModelState::Ready => "ready to be cut over to".to_owned(),
            // `Previous`, and states that later versions may add.
            _ => "answered before".to_owned(),
        };
        ("beside it", format!("{name} ({used}): {what}"))
    }));
    rows.extend([
        (
            "truncated",
            format!(
                "{} ({:.1} %) longer than {} tokens",
                count(report.truncated, "paper"),
                report.truncated_share * 100.0,
                report.max_tokens
            ),
        ),
        ("encoded", format!("{} tokens in {}", thousands(report.tokens), output::seconds(report.seconds_encode))),
        ("graph", graph),
        (
            "size",
            format!(
                "{}: documents {}, fields {}, words {}, vectors {}, graph {} ({:.0} bytes a vector)",
                output::bytes(report.bytes.total),
                output::bytes(report.bytes.documents),
                output::bytes(report.bytes.fields),
                output::bytes(report.bytes.words),
                output::bytes(report.bytes.vectors),
                output::bytes(report.bytes.graph),
                report.bytes_per_vector
            ),
        ),
    ]);
    rows.iter().map(|(name, value)| output::row(&format!("{name:<12}"), value)).collect()
}

/// How many papers there are, and from which sources.
fn papers(report: &Info) -> String {
    let mut text = thousands(report.documents);
    if report.sources.is_empty() {
        return text;
    }
    text.push_str(&format!(" from {}: ", count(report.sources.len() as u64, "source")));
    let shown = report.sources.iter().take(SHOWN_SOURCES);
    let shown: Vec<String> =
        shown.map(|source| format!("{} ({})", output::plain(&source.name), thousands(source.documents))).collect();
    text.push_str(&shown.join(", "));
    if report.sources.len() > SHOWN_SOURCES {
        text.push_str(&format!(" and {} more", report.sources.len() - SHOWN_SOURCES));
    }
    text
}

/// The settings of the model, which stay with the index.
fn made_with(report: &Info) -> String {
    let mut settings = vec![format!("{} tokens", thousands(report.max_tokens)), format!("windows {}", report.windows)];
    if report.dimension < report.full_dimension {
        settings.push(format!("{} of {} dimensions", report.dimension, report.full_dimension));
    }
    for (name, prompt) in [("query prompt", &report.query_prompt), ("passage prompt", &report.passage_prompt)] {
        if !prompt.is_empty() {
            settings.push(format!("{name} {prompt:?}"));
        }
    }
    if report.half {
        settings.push("vectors in half precision".to_owned());
    }
    settings.join(", ")
}
