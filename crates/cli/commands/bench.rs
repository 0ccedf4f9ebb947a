//! `semsearch bench`: what the graph misses, and what that buys.

use std::path::Path;

use anyhow::Context;
use semsearch_corpus::read_queries;
use semsearch_embed::{Encoder, TextKind};
use semsearch_eval::{EvaluateOptions, Evaluation, GraphPoint, Ladder, Rung, Speed, evaluate, measure_ladder};
use semsearch_store::Collection;
use semsearch_vector::normalise;
use serde::Serialize;

use super::plot;
use crate::args::Bench;
use crate::exit::Exit;
use crate::output::{self, FAINT, STRONG, count};
use crate::setup;

/// Titles used as questions when none are given.
const SAMPLED_TITLES: usize = 500;

/// `bench --json`.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    index: String,
    documents: u64,
    queries: usize,
    queries_from: String,
    k: usize,
    threads: usize,
    build_seconds: f64,
    bytes_per_vector: f64,
    exact: SpeedJson,
    exact_equal: usize,
    results: Vec<PointJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ladder: Option<LadderJson>,
}

#[derive(Serialize)]
struct SpeedJson {
    qps_1: f64,
    qps_all: f64,
    p50_us: f64,
    p95_us: f64,
    p99_us: f64,
}

#[derive(Serialize)]
struct PointJson {
    ef: usize,
    recall: f64,
    recall_low: f64,
    recall_high: f64,
    #[serde(flatten)]
    speed: SpeedJson,
}

#[derive(Serialize)]
struct LadderJson {
    rows: usize,
    rungs: Vec<RungJson>,
}

#[derive(Serialize)]
struct RungJson {
    name: &'static str,
    bytes_per_vector: usize,
    shared_bytes: usize,
    encode_seconds: f64,
    depths: Vec<DepthJson>,
}

#[derive(Serialize)]
struct DepthJson {
    rerank: usize,
    recall: f64,
    recall_low: f64,
    recall_high: f64,
    p50_us: f64,
}

pub(crate) fn run(args: &Bench, offline: bool) -> anyhow::Result<Exit> {
    if let Some(file) = &args.plot
        && let Some(folder) = file.parent().filter(|folder| *folder != Path::new(""))
    {
        // Measuring takes a while; a place that does not exist is better known before.
        std::fs::metadata(folder).with_context(|| format!("cannot write {}", file.display()))?;
    }
    let path = setup::index_path(&args.index)?;
    let collection = Collection::open(&path)?;
    let (texts, queries_from) = questions(args.queries.as_deref(), &collection)?;
    let session = setup::session(collection, None, &args.run, offline)?;
    let (collection, encoder) = (session.collection(), session.encoder());
    let pool = setup::pool(&args.run)?;

    output::say(format!("encoding {} ({queries_from})", count(texts.len() as u64, "question")));
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut queries = pool.install(|| encoder.encode(&borrowed, TextKind::Query))?.vectors;
    (0..queries.rows()).for_each(|row| normalise(queries.row_mut(row)));

    output::say(format!("measuring on {}", count(pool.current_num_threads() as u64, "thread")));
    let options = EvaluateOptions { k: args.k, efs: args.ef.clone() };
    let index = session.searcher().index();
    let evaluation = pool.install(|| evaluate(index, &queries, &options))?;
    let ladder = if args.no_ladder {
        None
    } else {
        output::say("measuring the same rows in fewer bytes (--no-ladder leaves this out)");
        Some(pool.install(|| measure_ladder(index, &queries, args.k, &[2 * args.k, 10 * args.k]))?)
    };
    let report = Report {
        schema: "semsearch.bench/1",
        index: path.display().to_string(),
        documents: collection.len() as u64,
        queries: texts.len(),
        queries_from,
        k: args.k,
        threads: pool.current_num_threads(),
        build_seconds: collection.manifest().seconds().1,
        bytes_per_vector: collection.sizes().bytes_per_vector(),
        exact: speed_json(&evaluation.exact),
        exact_equal: evaluation.exact_equal,
        results: evaluation.graph.iter().map(point_json).collect(),
        ladder: ladder.as_ref().map(ladder_json),
    };
    if let Some(file) = &args.plot {
        let svg = plot::recall_against_speed(&report_title(&report), args.k, &evaluation)?;
        std::fs::write(file, svg).with_context(|| format!("cannot write {}", file.display()))?;
        output::say(format!("plot: {}", file.display()));
    }
    if args.json {
        output::print_json(&report)?;
    } else {
        let mut text = human(&report, &evaluation);
        if let Some(ladder) = &ladder {
            text.push_str(&human_ladder(&report, ladder));
        }
        output::print(&text)?;
    }
    Ok(Exit::Success)
}

/// The questions and where they came from.
fn questions(file: Option<&Path>, collection: &Collection) -> anyhow::Result<(Vec<String>, String)> {
    if let Some(file) = file {
        let queries = read_queries(file)?;
        return Ok((queries.into_iter().map(|query| query.text).collect(), file.display().to_string()));
    }
    // Evenly spread over the collection, the same ones every time.
    let step = collection.len().div_ceil(SAMPLED_TITLES).max(1);
    let mut titles = Vec::with_capacity(SAMPLED_TITLES);
    for row in collection.rows().step_by(step) {
        let title = collection.document(row)?.title;
        if !title.trim().is_empty() {
            titles.push(title);
        }
    }
    Ok((titles, "titles of papers in the index".to_owned()))
}

fn speed_json(speed: &Speed) -> SpeedJson {
    let Speed { qps_1, qps_all, p50_us, p95_us, p99_us } = *speed;
    SpeedJson { qps_1, qps_all, p50_us, p95_us, p99_us }
}

fn point_json(point: &GraphPoint) -> PointJson {
    PointJson {
        ef: point.ef,
        recall: point.recall.mean,
        recall_low: point.recall.low,
        recall_high: point.recall.high,
        speed: speed_json(&point.speed),
    }
}

fn ladder_json(ladder: &Ladder) -> LadderJson {
    let rung_json = |rung: &Rung| RungJson {
        name: rung.name,
        bytes_per_vector: rung.bytes_per_vector,
        shared_bytes: rung.shared_bytes,
        encode_seconds: rung.encode_seconds,
        depths: rung
            .depths
            .iter()
            .map(|depth| DepthJson {
                rerank: depth.rerank,
                recall: depth.recall.mean,
                recall_low: depth.recall.low,
                recall_high: depth.recall.high,
                p50_us: depth.p50_us,
            })
            .collect(),
    };
    LadderJson { rows: ladder.rows, rungs: ladder.rungs.iter().map(rung_json).collect() }
}

fn report_title(report: &Report) -> String {
    format!("{}, {}", count(report.documents, "paper"), count(report.queries as u64, "question"))
}

fn human(report: &Report, evaluation: &Evaluation) -> String {
    let k = report.k;
    let mut text = format!(
        "{} · {} · k {k} · built in {} · {:.0} bytes a vector\n\n",
        count(report.documents, "paper"),
        count(report.queries as u64, "question"),
        output::seconds(report.build_seconds),
        report.bytes_per_vector,
    );
    let recall_title = format!("recall@{k}");
    text.push_str(&format!(
        "{STRONG}{:>6}  {recall_title:>9}  {:>15}  {:>9}  {:>9}  {:>6}  {:>6}  {:>6}{STRONG:#}\n",
        "ef", "95 % interval", "1 thread", "all", "p50", "p95", "p99"
    ));
    for point in &evaluation.graph {
        let recall = point.recall;
        let interval = format!("{:.4}–{:.4}", recall.low, recall.high);
        text.push_str(&format!("{:>6}  {:>9.4}  {interval:>15}  {}\n", point.ef, recall.mean, columns(&point.speed)));
    }
    let equal = format!("{} of {} equal", evaluation.exact_equal, report.queries);
    text.push_str(&format!("{:>6}  {equal:>26}  {}\n", "exact", columns(&evaluation.exact)));
    text.push_str(&format!(
        "\n{FAINT}Queries a second on 1 and on {}, latencies in µs;\nencoding the question comes on top. Exact: equal \
         to comparing every row in f32.{FAINT:#}\n",
        count(report.threads as u64, "thread")
    ));
    text
}

/// One line a rung: its size, the recall of a scan alone and with the best rows scored again, the last with its
/// interval and time.
fn human_ladder(report: &Report, ladder: &Ladder) -> String {
    let depths: Vec<usize> =
        ladder.rungs.first().map_or_else(Vec::new, |rung| rung.depths.iter().map(|d| d.rerank).collect());
    let titles: String = depths.iter().skip(1).map(|depth| format!("  {:>6}", format!("R {depth}"))).collect();
    let mut text = format!(
        "\n{STRONG}{:<12}  {:>5}  {:>4}  {:>6}{titles}  {:>13}  {:>6}  {:>6}{STRONG:#}\n",
        "rows in", "bytes", "size", "scan", "95 % interval", "p50", "encode"
    );
    let largest = ladder.rungs.first().map_or(0, |rung| rung.bytes_per_vector);
    for rung in &ladder.rungs {
        let Some(last) = rung.depths.last() else { continue };
        let recalls: String = rung.depths.iter().map(|depth| format!("  {:>6.4}", depth.recall.mean)).collect();
        text.push_str(&format!(
            "{:<12}  {:>5}  {:>4}{recalls}  {:>13}  {:>6}  {:>6}\n",
            rung.name,
            output::thousands(rung.bytes_per_vector as u64),
            format!("1/{:.0}", largest as f64 / rung.bytes_per_vector.max(1) as f64),
            format!("{:.4}–{:.4}", last.recall.low, last.recall.high),
            output::thousands(last.p50_us.round() as u64),
            output::seconds(rung.encode_seconds),
        ));
    }
    let of =
        if ladder.rows as u64 == report.documents { "all".to_owned() } else { output::thousands(ladder.rows as u64) };
    text.push_str(&format!(
        "\n{FAINT}Scans of {of} rows: recall@{}, then with the R best scored again in f32;\ninterval and p50, in µs on 1 \
         thread, at the largest R. The graph keeps 4-bit\nrows, and f32 to score again.{FAINT:#}\n",
        report.k
    ));
    text
}

fn columns(speed: &Speed) -> String {
    let whole = |value: f64| output::thousands(value.round() as u64);
    format!(
        "{:>9}  {:>9}  {:>6}  {:>6}  {:>6}",
        whole(speed.qps_1),
        whole(speed.qps_all),
        whole(speed.p50_us),
        whole(speed.p95_us),
        whole(speed.p99_us)
    )
}
