//! `semsearch embed`: embeds papers and adds them to an index.

use std::path::Path;
use std::time::Instant;

use semsearch_corpus::{Merge, Numbered, ReadEvent, ReadOptions, Replaced, Report};
use semsearch_embed::TextKind;
use semsearch_engine::model::reference_of;
use semsearch_engine::{IngestOptions, Intake, IntakeMode};
use semsearch_report::change::Embedded;
use semsearch_store::{Collection, CollectionError, GraphRecord};
use semsearch_task::Progress;

use crate::args::Embed;
use crate::exit::Exit;
use crate::interrupt::Graceful;
use crate::output::{self, count};
use crate::progress::IngestProgress;
use crate::setup;

/// The number of malformed records that are shown one by one; the rest are only counted.
const SHOWN_BAD: u64 = 5;

/// The parts of inputs without papers that are named.
const SHOWN_NOT_READ: u64 = 5;

/// How many papers of one name, or of one id, are listed without `--verbose`.
const SHOWN_NAMESAKES: u64 = 5;

pub(crate) fn run(args: &Embed, offline: bool) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let defaults = GraphRecord::default();
    let (m, ef_construction) = (args.m.unwrap_or(defaults.m), args.ef_construction.unwrap_or(defaults.ef_construction));
    defaults.with_m(m).with_ef_construction(ef_construction).params().check()?;
    let target = setup::index_path(&args.index)?;
    // An existing index keeps its model, unless another one is named.
    let (encoder, recorded) = match Collection::open(&target) {
        Ok(collection) if !args.replace => {
            let encoder = setup::load_collection_encoder(&collection, &args.encoder, offline)?;
            (encoder, Some(collection.model().reference.clone()).filter(|_| args.encoder.model.is_none()))
        }
        Err(error) if !args.replace && !matches!(error, CollectionError::Missing { .. }) => return Err(error.into()),
        _ => (setup::load_encoder(&args.encoder, TextKind::Passage, offline)?, None),
    };
    let reference = recorded.unwrap_or_else(|| reference_of(args.encoder.model(), &encoder));
    let pool = setup::pool(&args.encoder.run)?;
    let options = IngestOptions::new(reference)
        .with_graph(args.m, args.ef_construction)
        .with_half(args.half.then_some(true))
        .with_memory_bytes(args.memory)
        .with_fresh(args.fresh);
    let progress = IngestProgress::new();
    let ingested = {
        let _graceful = Graceful::begin();
        let intake = read(args, &target, &progress)?;
        let outcome = pool.install(|| intake.embed(&encoder, &options, &progress));
        progress.finish();
        outcome?
    };
    super::searches::note_change(&target);
    let embedded = Embedded::new(&ingested, &target, started.elapsed(), peak_memory_bytes());
    if args.json {
        output::print_json(&embedded)?;
    } else {
        output::print(&human(&embedded, ingested.manifest.model().max_seq_length))?;
    }
    Ok(Exit::Success)
}

fn read(args: &Embed, target: &Path, watch: &dyn Progress) -> anyhow::Result<Intake> {
    let options = ReadOptions::new()
        .with_skip_bad(args.skip_bad)
        .with_strict(args.strict)
        .with_page_year(args.page_year)
        .with_keep_duplicates(args.keep_duplicates)
        .with_table(args.table.clone());
    let mode = match (args.replace, args.fresh) {
        (true, _) => IntakeMode::Replace,
        (false, true) => IntakeMode::Refresh,
        (false, false) => IntakeMode::Add,
    };
    let (mut bad, mut numbered, mut replaced, mut not_read) = (0, 0, 0, 0);
    let mut hear = |event: ReadEvent<'_>| match event {
        ReadEvent::Skipped(error) => {
            bad += 1;
            if bad <= SHOWN_BAD {
                output::say(format!("left out: {error}"));
            }
        }
        ReadEvent::Decoded { path, encoding, is_guess: true } => output::say(format!(
            "{} is not UTF-8; read as {encoding}, so check the accents of a few papers",
            path.display()
        )),
        ReadEvent::Decoded { path, encoding, .. } => {
            output::say(format!("{} is read as {encoding}, as it says of itself", path.display()));
        }
        ReadEvent::NotRead { path, part, why } => {
            not_read += 1;
            if output::is_verbose() || not_read <= SHOWN_NOT_READ {
                output::say(format!("not read: {part} in {}: found {why}", path.display()));
            }
        }
        ReadEvent::Merged(merge) if output::is_verbose() => tell_merge(merge),
        ReadEvent::Numbered(document) => {
            numbered += 1;
            if output::is_verbose() || numbered <= SHOWN_NAMESAKES {
                tell_numbered(document);
            }
        }
        ReadEvent::Replaced(document) => {
            replaced += 1;
            if output::is_verbose() || replaced <= SHOWN_NAMESAKES {
                tell_replaced(document);
            }
        }
        _ => {}
    };
    let intake = Intake::read(target, mode, &args.inputs, &options, &mut hear, watch)?;
    if bad > SHOWN_BAD {
        output::say(format!("left out: {} more", bad - SHOWN_BAD));
    }
    if !output::is_verbose() {
        if not_read > SHOWN_NOT_READ {
            output::say(format!(
                "not read: {} more; --verbose lists them",
                output::thousands(not_read - SHOWN_NOT_READ)
            ));
        }
        for (all, what) in [(numbered, "names that another paper has"), (replaced, "replaced papers")] {
            if all > SHOWN_NAMESAKES {
                output::say(format!("{} more {what}; --verbose lists them", output::thousands(all - SHOWN_NAMESAKES)));
            }
        }
    }
    let report = intake.report();
    let papers = intake.documents() as u64 + intake.unchanged();
    let mut text = format!(
        "read {} from {}: {} after merging {}",
        count(report.records, "record"),
        count(report.inputs.len() as u64, "input"),
        count(papers, "document"),
        count(report.merged, "duplicate"),
    );
    if intake.model().is_some() {
        text.push_str(&format!(
            "; {} new, {} changed, {} already in the index",
            output::thousands(intake.documents() as u64 - intake.changed()),
            output::thousands(intake.changed()),
            output::thousands(intake.unchanged()),
        ));
    }
    output::say(text);
    tell_left_out(report);
    Ok(intake)
}

/// Tells which fields and records were left out, though they are not malformed.
pub(crate) fn tell_left_out(report: &Report) {
    if report.passed_over > 0 {
        let records = count(report.passed_over, "record");
        output::say(format!("{records} passed over: neither title nor abstract"));
    }
    for account in &report.not_understood {
        let place = account.source.as_ref().map(|source| format!(" in {}, line {}", source.file, source.line));
        output::say(format!(
            "{} not understood in {}, for example `{}`{}",
            account.field,
            count(account.records, "record"),
            account.example,
            place.unwrap_or_default(),
        ));
    }
}

fn tell_merge(merge: &Merge) {
    let places: Vec<String> = merge.sources.iter().map(|source| format!("{}:{}", source.file, source.line)).collect();
    let by: Vec<String> = merge.by.iter().map(ToString::to_string).collect();
    output::say(format!(
        "merged {} by {}: {} ({})",
        count(merge.records, "record"),
        by.join(", "),
        merge.title,
        places.join(", ")
    ));
}

fn tell_numbered(document: &Numbered) {
    let Numbered { id, key, title, source, .. } = document;
    output::say(format!("kept as {id}, since {key} is another paper: {title} ({}:{})", source.file, source.line));
}

fn tell_replaced(document: &Replaced) {
    let Replaced { id, before, after, .. } = document;
    output::say(format!("another paper under the same id {id}: {after}; before: {before}"));
}

/// The largest resident set so far. `None` except on Linux, the only system where a file tells it.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn human(summary: &Embedded, max_seq_length: usize) -> String {
    let embedded = summary.added + summary.changed;
    let mut lines = Vec::new();
    if embedded == 0 {
        lines.push(format!(
            "nothing to embed: the index has all of these papers, {} in all",
            output::thousands(summary.documents)
        ));
    } else {
        lines.push(format!(
            "{} embedded with {} in {} ({}/s, {} tokens/s), indexed in {}",
            count(embedded, "paper"),
            summary.model,
            output::seconds(summary.seconds_encode),
            output::thousands(summary.documents_per_second.round() as u64),
            output::thousands(summary.tokens_per_second as u64),
            output::seconds(summary.seconds_index),
        ));
    }
    if summary.resumed > 0 {
        lines.push(format!("{} of them by an interrupted run", output::thousands(summary.resumed)));
    }
    if summary.taken_over > 0 {
        lines.push(format!(
            "{} of them had the same text in the index, and keep its vector",
            output::thousands(summary.taken_over)
        ));
    }
    if summary.skipped > 0 {
        lines.push(format!("{} left out", count(summary.skipped, "malformed record")));
    }
    if summary.truncated > 0 {
        lines.push(format!(
            "{} of them longer than {max_seq_length} tokens, and truncated",
            output::thousands(summary.truncated)
        ));
    }
    if embedded > 0 && summary.documents > embedded {
        lines.push(format!("{} in the index now", count(summary.documents, "paper")));
    }
    lines.push(format!("index: {}", summary.index));
    lines.join("\n") + "\n"
}
