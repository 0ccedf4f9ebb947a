//! `semsearch import`: adds papers with vectors that were made elsewhere.

use std::path::Path;

use anyhow::Context;
use semsearch_corpus::ReadOptions;
use semsearch_embed::{Encoder, Fingerprint, TextKind};
use semsearch_engine::exchange::{ExportRecord, ImportOptions, import, record_in};
use semsearch_engine::model::{record_of, reference_of};
use semsearch_engine::{Intake, IntakeMode};
use semsearch_report::change::Imported;
use semsearch_store::{Collection, ModelRecord};

use crate::args::{Import, PrecisionArg};
use crate::exit::{Exit, UsageError};
use crate::interrupt::Graceful;
use crate::output::{self, count};
use crate::patience::Patience;
use crate::progress::IngestProgress;
use crate::setup;
use crate::tally::Tally;

pub(crate) fn run(args: &Import, offline: bool) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    let vectors = vectors(args)?;
    let model = match (&args.model_record, &args.fingerprint) {
        (Some(record), _) => recorded(record)?,
        (None, Some(fingerprint)) => at_hand(args, &path, fingerprint, offline)?,
        (None, None) => match record_in(vectors)? {
            Some(record) => record.model,
            None => {
                let problem =
                    "say which model made the vectors: --model-record export.json, or --fingerprint and --model";
                return Err(UsageError(problem.to_owned()).into());
            }
        },
    };
    let pool = setup::pool(&args.encoder.run)?;
    let progress = IngestProgress::new();
    let imported = {
        let _graceful = Graceful::begin();
        // Row N is the vector of record N, so records are not merged.
        let options = ReadOptions::new().with_keep_duplicates(true);
        let intake = Patience::of(args.wait)
            .run(|| Ok(Intake::read(&path, IntakeMode::Add, &args.documents, &options, &mut |_| {}, &progress)?))?;
        let options = ImportOptions::default().with_normalise(args.normalise);
        let outcome = pool.install(|| import(intake, vectors, &model, options, &progress));
        progress.finish();
        outcome?
    };
    super::searches::note_change(&path);
    let summary = Imported::new(&imported, &path);
    if args.json {
        output::print_json(&summary)?;
    } else {
        let normalised = match summary.normalised {
            0 => String::new(),
            rows => format!("{} scaled to length 1\n", count(rows, "vector")),
        };
        let tally = Tally {
            new: Some(summary.added),
            changed: Some(summary.changed),
            unchanged: Some(summary.unchanged),
            ..Tally::default()
        };
        output::print(&format!("{normalised}{}index: {}\n", tally.line(summary.documents), summary.index))?;
    }
    Ok(Exit::Success)
}

/// The file of the vectors: the table that holds papers and vectors, unless another one is named.
fn vectors(args: &Import) -> Result<&Path, UsageError> {
    match (&args.vectors, &args.documents[..]) {
        (Some(vectors), _) => Ok(vectors),
        (None, [table]) if is_table(table) => Ok(table),
        (None, [papers]) if !papers.exists() => {
            let papers = papers.display();
            Err(UsageError(format!(
                "{papers}: no such file; `import` takes vectors that were made elsewhere, `semsearch embed {papers}` embeds papers"
            )))
        }
        (None, [papers]) => {
            let papers = papers.display();
            Err(UsageError(format!(
                "{papers} holds no vectors, which `import` takes from --vectors FILE or from a Parquet table that `export` \
                 wrote; to make them, type `semsearch embed {papers}`"
            )))
        }
        (None, _) => Err(UsageError(
            "name the file of the vectors with --vectors; only a single Parquet table has papers and vectors"
                .to_owned(),
        )),
    }
}

/// Whether a file may be a Parquet table, by how it begins.
fn is_table(path: &Path) -> bool {
    let mut begins = [0; 4];
    let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut begins));
    read.is_ok() && begins == *b"PAR1"
}

/// The model of an `export.json`.
fn recorded(path: &Path) -> anyhow::Result<ModelRecord> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let record: ExportRecord = serde_json::from_slice(&bytes)
        .map_err(|error| UsageError(format!("{} is not a record of an export: {error}", path.display())))?;
    Ok(record.model)
}

/// The record of the model of the index, or of one on this machine, which must have this fingerprint.
fn at_hand(args: &Import, path: &Path, fingerprint: &str, offline: bool) -> anyhow::Result<ModelRecord> {
    // The index knows its own model, however it is used.
    if let Ok(collection) = Collection::open(path)
        && collection.model().fingerprint == fingerprint
    {
        return Ok(collection.model().clone());
    }
    let mut wanted = args.encoder.clone();
    // A fingerprint names its precision, which need not be the one that this model computes papers in by default.
    if wanted.run.precision == PrecisionArg::Auto {
        let is_full = Fingerprint::space_of(fingerprint) == fingerprint;
        wanted.run.precision = if is_full { PrecisionArg::F32 } else { PrecisionArg::Int8 };
    }
    let encoder = setup::load_encoder(&wanted, TextKind::Passage, offline)?;
    let found = encoder.fingerprint().to_string();
    if found != fingerprint {
        let name = args.encoder.model();
        return Err(UsageError(format!("model `{name}` has fingerprint {found}, not {fingerprint}")).into());
    }
    Ok(record_of(&encoder, &reference_of(args.encoder.model(), &encoder)))
}
