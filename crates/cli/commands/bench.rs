//! `semsearch bench`: recall and speed of the graph, and of vectors in fewer bytes.

use std::path::Path;

use semsearch_corpus::read_queries;
use semsearch_embed::{Encoder, TextKind};
use semsearch_eval::{EvaluateOptions, evaluate, sweep_quantisation};
use semsearch_report::bench::{self as report, QuantisationSweep, Speed};
use semsearch_store::Collection;
use semsearch_task::NoProgress;
use semsearch_vector::normalise;

use super::plot;
use crate::args::Bench;
use crate::exit::{Exit, UsageError};
use crate::output::{self, FAINT, STRONG, count};
use crate::setup;
use crate::table::turned;

/// The columns of the tables.
const COLUMNS: usize = 79;
/// The number of titles that are used as questions if no questions are given.
const SAMPLED_TITLES: usize = 500;

pub(crate) fn run(args: &Bench, offline: bool) -> anyhow::Result<Exit> {
    // Measuring takes a while, so a folder that does not exist is reported first.
    let overwrite = args.overwrite.overwrite;
    args.plot.as_deref().map(|file| plot::expect_plot(file, overwrite)).transpose()?;
    let path = setup::index_path(&args.index)?;
    let collection = Collection::open(&path)?;
    let (texts, queries_from) = questions(args.queries.as_deref(), &collection)?;
    let session = setup::session(collection, args.model.as_deref(), &args.run, offline)?;
    if session.searcher().alignment().is_some() {
        let name = &session.encoder().model().name;
        return Err(UsageError(format!(
            "model `{name}` has not embedded all papers; finish with `semsearch model switch {name}`"
        ))
        .into());
    }
    let (collection, encoder) = (session.collection(), session.encoder());
    let pool = setup::pool(&args.run)?;

    output::say(format!("encoding {} ({queries_from})", count(texts.len() as u64, "question")));
    let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut queries = pool.install(|| encoder.encode(&borrowed, TextKind::Query))?.vectors;
    (0..queries.rows()).for_each(|row| normalise(queries.row_mut(row)));

    output::say(format!("measuring on {}", count(pool.current_num_threads() as u64, "thread")));
    let options = EvaluateOptions::new(args.k, args.ef.clone());
    let index = session.searcher().index();
    let evaluation = pool.install(|| evaluate(index, &queries, &options))?;
    let ladder = if args.no_ladder {
        None
    } else {
        output::say("measuring the same rows in fewer bytes (--no-ladder leaves this out)");
        Some(pool.install(|| sweep_quantisation(index, &queries, args.k, &[2 * args.k, 10 * args.k], &NoProgress))?)
    };
    let asked = (texts.len(), queries_from.as_str());
    let fingerprint = session.searcher().fingerprint();
    let report = report::Bench::new(collection, fingerprint, &evaluation, asked, args.k, pool.current_num_threads())
        .with_ladder(ladder.as_ref());
    if let Some(file) = &args.plot {
        let about = plot::about(Some(session.model_name()), Some(&report.index));
        plot::write(file, &plot::RecallAgainstSpeed { bench: &report, about }, overwrite)?;
    }
    if args.json {
        output::print_json(&report)?;
    } else {
        let mut text = human(&report);
        if let Some(ladder) = &report.ladder {
            text.push_str(&human_ladder(&report, ladder));
        }
        output::print(&text)?;
    }
    Ok(Exit::Success)
}

/// The questions, and where they come from in words.
fn questions(file: Option<&Path>, collection: &Collection) -> anyhow::Result<(Vec<String>, String)> {
    if let Some(file) = file {
        let queries = read_queries(file)?;
        return Ok((queries.into_iter().map(|query| query.text).collect(), file.display().to_string()));
    }
    // Evenly spread over the collection, the same ones every time.
    let step = collection.len().div_ceil(SAMPLED_TITLES).max(1);
    let mut titles = Vec::with_capacity(SAMPLED_TITLES);
    for row in collection.doc_ids().step_by(step) {
        let title = collection.document(row)?.title;
        if !title.trim().is_empty() {
            titles.push(title);
        }
    }
    Ok((titles, "titles of papers in the index".to_owned()))
}

/// What the columns mean.
const LEGEND: &str = "ef: papers the graph keeps in view; more find more and take longer. Recall: the share of the true nearest \
                      that it finds. p50: half of the questions take no longer; p95, p99: 95 and 99 %. docs/measuring.md says \
                      more.";

fn human(report: &report::Bench) -> String {
    let k = report.k;
    let head = format!(
        "{} · {} · k {k} · built in {} · {:.0} bytes a vector",
        count(report.documents, "paper"),
        count(report.queries, "question"),
        output::seconds(report.build_seconds),
        report.bytes_per_vector,
    );
    let mut text = output::item(&head) + "\n";
    if output::width() < COLUMNS {
        return text + &narrow(report);
    }
    let recall_title = format!("recall@{k}");
    text.push_str(&format!(
        "{STRONG}{:>6}  {recall_title:>9}  {:>15}  {:>9}  {:>9}  {:>6}  {:>6}  {:>6}{STRONG:#}\n",
        "ef", "95 % interval", "1 thread", "all", "p50", "p95", "p99"
    ));
    for point in &report.results {
        let report::BeamResult { ef, recall, recall_low, recall_high, speed, .. } = point;
        let interval = format!("{recall_low:.4}–{recall_high:.4}");
        text.push_str(&format!("{ef:>6}  {recall:>9.4}  {interval:>15}  {}\n", columns(speed)));
    }
    let equal = format!("{} of {} equal", report.exact_equal, report.queries);
    text.push_str(&format!("{:>6}  {equal:>26}  {}\n", "exact", columns(&report.exact)));
    text.push_str(&format!(
        "\n{FAINT}Queries a second on 1 and on {}, latencies in µs;\nencoding the question comes on top. Exact: equal \
         to comparing every row in f32.{FAINT:#}\n",
        count(report.threads, "thread")
    ));
    text + &output::faint_item(LEGEND)
}

/// A block for each beam width, where lines are short.
fn narrow(report: &report::Bench) -> String {
    let heads = ["ef", &format!("recall@{}", report.k), "95 % interval", "1 thread", "all", "p50", "p95", "p99"];
    let whole = |value: f64| output::thousands(value.round() as u64);
    let speeds =
        |speed: &Speed| [speed.qps_1, speed.qps_all, speed.p50_us, speed.p95_us, speed.p99_us].map(whole).to_vec();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for point in &report.results {
        let interval = format!("{:.4}–{:.4}", point.recall_low, point.recall_high);
        rows.push(
            [vec![point.ef.to_string(), format!("{:.4}", point.recall), interval], speeds(&point.speed)].concat(),
        );
    }
    let equal = format!("{} of {} equal", report.exact_equal, report.queries);
    rows.push([vec!["exact".to_owned(), equal, String::new()], speeds(&report.exact)].concat());
    turned(&heads.map(str::to_owned), &rows)
        + "\n"
        + &output::item(&format!(
            "Queries a second on 1 and on {}, latencies in µs; encoding the question comes on top. Exact: equal to comparing \
             every row in f32.",
            count(report.threads, "thread")
        ))
        + &output::faint_item(LEGEND)
}

/// The encodings as blocks, where lines are short.
fn narrow_ladder(report: &report::Bench, ladder: &QuantisationSweep) -> String {
    let depths = ladder.rungs.first().map_or(&[][..], |rung| &rung.depths);
    let depths = depths.iter().skip(1).map(|depth| format!("R {}", depth.rerank));
    let mut heads: Vec<String> = ["rows in", "bytes", "scan"].map(str::to_owned).to_vec();
    heads.extend(depths);
    heads.extend(["95 % interval", "p50", "encode"].map(str::to_owned));
    let mut rows = Vec::new();
    for rung in &ladder.rungs {
        let Some(last) = rung.depths.last() else { continue };
        let mut row = vec![rung.name.clone(), output::thousands(rung.bytes_per_vector)];
        row.extend(rung.depths.iter().map(|depth| format!("{:.4}", depth.recall)));
        row.push(format!("{:.4}–{:.4}", last.recall_low, last.recall_high));
        row.push(output::thousands(last.p50_us.round() as u64));
        row.push(output::seconds(rung.encode_seconds));
        rows.push(row);
    }
    format!("\n{}\n", turned(&heads, &rows))
        + &output::item(&format!(
            "Scans of rows: recall@{}, then with the R best scored again in f32; interval and p50, in µs on 1 thread, at the \
             largest R.",
            report.k
        ))
}

/// A line for each encoding: its size, and the recall of a scan without and with reranking. The largest depth of reranking
/// also has its interval and time.
fn human_ladder(report: &report::Bench, ladder: &QuantisationSweep) -> String {
    if output::width() < COLUMNS {
        return narrow_ladder(report, ladder);
    }
    let depths: Vec<u64> =
        ladder.rungs.first().map_or_else(Vec::new, |rung| rung.depths.iter().map(|d| d.rerank).collect());
    let titles: String = depths.iter().skip(1).map(|depth| format!("  {:>6}", format!("R {depth}"))).collect();
    let mut text = format!(
        "\n{STRONG}{:<12}  {:>5}  {:>4}  {:>6}{titles}  {:>13}  {:>6}  {:>6}{STRONG:#}\n",
        "rows in", "bytes", "size", "scan", "95 % interval", "p50", "encode"
    );
    let largest = ladder.rungs.first().map_or(0, |rung| rung.bytes_per_vector);
    for rung in &ladder.rungs {
        let Some(last) = rung.depths.last() else { continue };
        let recalls: String = rung.depths.iter().map(|depth| format!("  {:>6.4}", depth.recall)).collect();
        text.push_str(&format!(
            "{:<12}  {:>5}  {:>4}{recalls}  {:>13}  {:>6}  {:>6}\n",
            rung.name,
            output::thousands(rung.bytes_per_vector),
            format!("1/{:.0}", largest as f64 / rung.bytes_per_vector.max(1) as f64),
            format!("{:.4}–{:.4}", last.recall_low, last.recall_high),
            output::thousands(last.p50_us.round() as u64),
            output::seconds(rung.encode_seconds),
        ));
    }
    let of = if ladder.rows == report.documents { "all".to_owned() } else { output::thousands(ladder.rows) };
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
