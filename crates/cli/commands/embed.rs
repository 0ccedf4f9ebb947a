//! `semsearch embed`: embeds papers and adds them to an index.

use std::path::Path;
use std::time::Instant;

use semsearch_corpus::{KnownSource, Merge, Numbered, ReadEvent, ReadOptions, Replaced, Report};
use semsearch_embed::TextKind;
use semsearch_engine::model::reference_of;
use semsearch_engine::settings::told_apart;
use semsearch_engine::{IngestOptions, Intake, IntakeMode, Unlike};
use semsearch_report::change::Embedded;
use semsearch_store::{Collection, CollectionError, GraphRecord, Manifest};
use semsearch_task::{ErrorKind, Progress};

use crate::args::{Embed, SyncArg};
use crate::exit::Exit;
use crate::interrupt::Graceful;
use crate::model_flags::{quoted, switch_command};
use crate::output::{self, count};
use crate::patience::Patience;
use crate::progress::IngestProgress;
use crate::setup;
use crate::tally::Tally;

/// The number of malformed records that are shown one by one; the rest are only counted.
const SHOWN_BAD: u64 = 5;

/// The parts of inputs without papers that are named.
const SHOWN_NOT_READ: u64 = 5;

/// How many papers of one name, or of one id, are listed without `--verbose`.
const SHOWN_NAMESAKES: u64 = 5;

pub(crate) fn run(args: &Embed, offline: bool) -> anyhow::Result<Exit> {
    let started = Instant::now();
    let target = setup::index_path(&args.index)?;
    let mut patience = Patience::of(args.wait);
    patience.until_free(&target);
    // What an index was made with stays with it until the user says otherwise.
    let held = held(&target, args.replace)?;
    let before = held.as_ref().map_or_else(GraphRecord::default, |held| held.graph);
    let (m, ef_construction) = (args.m.unwrap_or(before.m), args.ef_construction.unwrap_or(before.ef_construction));
    before.with_m(m).with_ef_construction(ef_construction).params().check()?;
    let (encoder, reference) = match &held {
        Some(held) => {
            let record = held.model();
            let encoder = setup::load_collection_encoder(&target, record, &args.encoder, offline)?;
            let reference = match &args.encoder.model {
                Some(asked) => reference_of(asked, &encoder),
                None => setup::reference_now(record, &encoder, offline),
            };
            (encoder, reference)
        }
        None => {
            let encoder = setup::load_encoder(&args.encoder, TextKind::Passage, offline)?;
            let reference = reference_of(args.encoder.model(), &encoder);
            (encoder, reference)
        }
    };
    let pool = setup::pool(&args.encoder.run)?;
    let options = IngestOptions::new(reference)
        .with_graph(Some(m), Some(ef_construction))
        .with_half(Some(args.half.unwrap_or(before.half)))
        .with_memory_bytes(args.memory)
        .with_fresh(args.fresh);
    let progress = IngestProgress::new();
    let ingested = {
        let _graceful = Graceful::begin();
        let intake = patience.run(|| read(args, &target, &progress))?;
        let outcome = pool.install(|| intake.embed(&encoder, &options, &progress));
        progress.finish();
        outcome?
    };
    super::searches::note_change(&target);
    if let Some(held) = &held {
        tell_dropped(held, &ingested.manifest);
    }
    let embedded = Embedded::new(&ingested, &target, started.elapsed(), peak_memory_bytes());
    if args.json {
        output::print_json(&embedded)?;
    } else {
        output::print(&human(&embedded, &ingested.manifest, held.is_some()))?;
    }
    Ok(Exit::Success)
}

/// The manifest of the index, if there is one. Of an index that is to be replaced, only the manifest has to be whole.
fn held(target: &Path, is_replaced: bool) -> anyhow::Result<Option<Manifest>> {
    let read = match is_replaced {
        true => Collection::read_manifest(target),
        false => Collection::open(target).map(|collection| collection.manifest().clone()),
    };
    match read {
        Ok(manifest) => Ok(Some(manifest)),
        Err(CollectionError::Missing { .. }) => Ok(None),
        Err(error) if is_replaced && error.kind() == ErrorKind::Damaged => {
            output::say(format!(
                "note: what the index was made with cannot be read ({error}); defaults are used instead"
            ));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Tells which other models had embedded the papers that were replaced.
fn tell_dropped(before: &Manifest, after: &Manifest) {
    let dropped = before
        .models
        .iter()
        .filter(|model| model.fingerprint != before.active && after.model_of(&model.fingerprint).is_none());
    for model in dropped {
        let apart = told_apart(model, &before.models);
        let name = if apart.is_empty() { model.name().to_owned() } else { format!("{} ({apart})", model.name()) };
        let command = switch_command(model, &before.models);
        output::say(format!("the vectors of {name} went with the papers; `{command}` embeds the new ones"));
    }
}

fn read(args: &Embed, target: &Path, watch: &dyn Progress) -> anyhow::Result<Intake> {
    let options = ReadOptions::new()
        .with_skip_bad(args.skip_bad)
        .with_strict(args.strict)
        .with_page_year(args.page_year)
        .with_keep_duplicates(args.keep_duplicates)
        .with_table(args.table.clone())
        .with_source(args.source.clone());
    let mode = match (args.replace, args.sync, args.fresh) {
        (true, ..) => IntakeMode::Replace,
        (_, Some(sync), _) => mode_of(sync),
        (.., true) => IntakeMode::Refresh,
        _ => IntakeMode::Add,
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
        ReadEvent::Recognised { path, source } => tell_recognised(path, source, args.sync.is_some()),
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
    let tally = intake.tally();
    let mut text = format!(
        "read {} from {}: {}",
        count(report.records, "record"),
        count(report.inputs.len() as u64, "input"),
        count(tally.added + tally.changed + tally.unchanged, "paper"),
    );
    if report.merged > 0 {
        text.push_str(&format!(" after merging {}", count(report.merged, "duplicate")));
    }
    if report.joined > 0 {
        text.push_str(&format!("; {} that another source has too", output::thousands(report.joined)));
    }
    output::say(text);
    if args.sync.is_some() {
        tell_unsafe(report, intake.unlike(), "was");
    }
    for (from, to) in intake.renamed() {
        output::say(format!("the source {from} is called {to} from now on"));
    }
    if intake.tally().detached > 0 {
        output::say(match intake.tally().detached {
            1 => "1 paper left a source and stays, since another source has it".to_owned(),
            papers => format!("{} left a source and stay, since another source has them", count(papers, "paper")),
        });
    }
    tell_left_out(report);
    Ok(intake)
}

/// What becomes of papers that left their source.
pub(crate) fn mode_of(sync: SyncArg) -> IntakeMode {
    match sync {
        SyncArg::Half => IntakeMode::Sync,
        SyncArg::All => IntakeMode::SyncAll,
    }
}

/// Tells why nothing was removed, or would be.
pub(crate) fn tell_unsafe(report: &Report, unlike: &[Unlike], was: &str) {
    if report.skipped > 0 {
        output::say(format!(
            "nothing {was} removed, since what left a source cannot be told from records that could not be read"
        ));
    }
    for Unlike { source, papers, read, .. } in unlike {
        output::say(format!(
            "{source} has {} of the {} that the index has from a source of this name, so it may be another one or a part of it, \
             and nothing {was} removed; if all others are to go, say so with --sync=all",
            output::thousands(*read),
            count(*papers, "paper"),
        ));
    }
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

fn tell_recognised(path: &Path, source: &KnownSource, is_sync: bool) {
    let KnownSource { name, wanted, shared, papers, .. } = source;
    let advice = match wanted {
        Some(_) => String::new(),
        None => "; --source gives it another name".to_owned(),
    };
    let of = format!("{} of its {} are from there", output::thousands(*shared), count(*papers, "paper"));
    output::say(match path.ends_with(name) {
        true => format!("{} is the source {name}: {of}", path.display()),
        false => format!("{} is the source {name} under another name: {of}{advice}", path.display()),
    });
    match wanted {
        _ if !is_sync => {}
        Some(wanted) => {
            output::say(format!("so nothing is removed this time; the next --sync of the source {wanted} does"));
        }
        None => output::say(format!("so nothing is removed this time; once it is called {name}, --sync does")),
    }
}

fn tell_merge(merge: &Merge) {
    let places: Vec<String> = merge.sources.iter().map(|source| format!("{}:{}", source.file, source.line)).collect();
    let by: Vec<String> = merge.by.iter().map(ToString::to_string).collect();
    let what = match (merge.records, merge.is_joined) {
        (1, _) => "joined 1 record to a paper of another source".to_owned(),
        (records, false) => format!("merged {}", count(records, "record")),
        (records, true) => format!("merged {}, and joined them to a paper of another source", count(records, "record")),
    };
    output::say(format!("{what} by {}: {} ({})", by.join(", "), merge.title, places.join(", ")));
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

fn human(summary: &Embedded, manifest: &Manifest, was_there: bool) -> String {
    let mut lines = Vec::new();
    if summary.encoded > 0 {
        lines.push(format!(
            "{} embedded with {} in {} ({}/s, {} tokens/s), indexed in {}",
            count(summary.encoded, "paper"),
            summary.model,
            output::seconds(summary.seconds_encode),
            output::thousands(summary.documents_per_second.round() as u64),
            output::thousands(summary.tokens_per_second as u64),
            output::seconds(summary.seconds_index),
        ));
    } else {
        lines.push("nothing to embed".to_owned());
    }
    if summary.resumed > 0 {
        lines.push(format!("{} embedded by an interrupted run", count(summary.resumed, "paper")));
    }
    if summary.taken_over > 0 {
        let (papers, keep, their) = match summary.taken_over {
            1 => (count(1, "paper"), "keeps", "its"),
            many => (count(many, "paper"), "keep", "their"),
        };
        lines.push(format!("{papers} {keep} the vector that {their} text has in the index"));
    }
    if summary.skipped > 0 {
        lines.push(format!("{} left out", count(summary.skipped, "malformed record")));
    }
    // Of papers that keep their vectors, that was told when these were made.
    if summary.truncated > 0 && summary.taken_over < summary.stored {
        lines.push(truncated(summary, manifest, was_there));
    }
    let tally = Tally {
        new: Some(summary.added),
        changed: Some(summary.changed).filter(|_| was_there),
        unchanged: Some(summary.unchanged).filter(|_| was_there),
        removed: Some(summary.removed).filter(|&removed| was_there && removed > 0),
    };
    lines.push(tally.line(summary.documents).trim_end().to_owned());
    lines.push(format!("index: {}", summary.index));
    lines.join("\n") + "\n"
}

/// How many papers were truncated, and what reads them whole.
fn truncated(summary: &Embedded, manifest: &Manifest, was_there: bool) -> String {
    let model = manifest.model();
    let longest = output::thousands(model.max_seq_length as u64);
    let share = 100.0 * summary.truncated_share;
    let what = format!("{} of {}", output::thousands(summary.truncated), count(summary.stored, "paper"));
    // A change of the index that others ask goes beside it; one that was just made is made again.
    let how = match was_there {
        true => format!("`semsearch model switch {} --windows mean`", quoted(&model.reference)),
        false => "the same command with --replace --windows mean".to_owned(),
    };
    format!("{what} ({share:.0} %) longer than {longest} tokens, and truncated; {how} reads them whole")
}
