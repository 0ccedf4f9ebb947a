//! `semsearch bench`: what the graph misses, and what that buys.

use std::path::Path;

use anyhow::Context;
use semsearch_corpus::read_queries;
use semsearch_embed::{Encoder, TextKind};
use semsearch_engine::{Collection, EvaluateOptions, Evaluation, GraphPoint, Speed, evaluate};
use semsearch_index::RowId;
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
    results: Vec<PointJson>,
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
    let encoder = setup::load_query_encoder(&collection, None, &args.run, offline)?;
    collection.expect_model(&encoder)?;
    let pool = setup::pool(&args.run)?;

    output::say(format!("encoding {} ({queries_from})", count(texts.len() as u64, "question")));
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut queries = pool.install(|| encoder.encode(&borrowed, TextKind::Query))?.vectors;
    (0..queries.rows()).for_each(|row| normalise(queries.row_mut(row)));

    output::say(format!("measuring on {}", count(pool.current_num_threads() as u64, "thread")));
    let options = EvaluateOptions { k: args.k, efs: args.ef.clone() };
    let index = collection.index();
    let evaluation = pool.install(|| evaluate(index, &queries, &options))?;
    let report = Report {
        schema: "semsearch.bench/1",
        index: path.display().to_string(),
        documents: collection.description().documents,
        queries: texts.len(),
        queries_from,
        k: args.k,
        threads: pool.current_num_threads(),
        build_seconds: collection.description().seconds_index,
        bytes_per_vector: index.sizes().bytes_per_vector(),
        exact: speed_json(&evaluation.exact),
        results: evaluation.graph.iter().map(point_json).collect(),
    };
    if let Some(file) = &args.plot {
        let svg = plot::recall_against_speed(&report_title(&report), args.k, &evaluation)?;
        std::fs::write(file, svg).with_context(|| format!("cannot write {}", file.display()))?;
        output::say(format!("plot: {}", file.display()));
    }
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report, &evaluation))?;
    }
    Ok(Exit::Success)
}

/// The questions and where they came from.
fn questions(file: Option<&Path>, collection: &Collection) -> anyhow::Result<(Vec<String>, String)> {
    if let Some(file) = file {
        let queries = read_queries(file)?;
        return Ok((queries.into_iter().map(|query| query.text).collect(), file.display().to_string()));
    }
    let documents = collection.documents();
    // Evenly spread over the collection, the same ones every time.
    let step = documents.len().div_ceil(SAMPLED_TITLES).max(1);
    let mut titles = Vec::with_capacity(SAMPLED_TITLES);
    for row in (0..documents.len()).step_by(step) {
        let title = documents.get(RowId(u32::try_from(row)?))?.title;
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
    text.push_str(&format!("{:>6}  {:>9}  {:>15}  {}\n", "exact", "1", "", columns(&evaluation.exact)));
    text.push_str(&format!(
        "\n{FAINT}Queries a second on 1 and on {}; latencies in µs; encoding the question comes on top.{FAINT:#}\n",
        count(report.threads as u64, "thread")
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
