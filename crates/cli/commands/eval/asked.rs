//! What answers queries: an index, or the documents of the folder in a temporary one.

use std::path::Path;

use anyhow::Context;
use semsearch_corpus::ReadOptions;
use semsearch_embed::TextKind;
use semsearch_engine::model::reference_of;
use semsearch_engine::{IngestError, IngestOptions, Intake, IntakeMode, Ranker, SearchOptions, Session};
use semsearch_eval::retrieval::{BeirFolder, Measure, Query, Run, ask, not_in};
use semsearch_report::Answerer;
use semsearch_store::Collection;

use crate::args::{EncoderArgs, Eval, RankingArgs};
use crate::commands::ranking::{options, rankers};
use crate::exit::UsageError;
use crate::output::{self, count};
use crate::progress::IngestProgress;
use crate::setup;

/// Hits of a query where no measure looks further.
const DEPTH: usize = 100;

/// An opened index. A temporary one goes when this goes.
pub(super) struct Asked {
    session: Session,
    pool: rayon::ThreadPool,
    /// How queries are answered, but for what ranks.
    options: SearchOptions,
    /// How many relevant documents the index lacks.
    missing: usize,
    // Last, so that the index is closed before its folder is removed.
    temporary: Option<tempfile::TempDir>,
}

impl Asked {
    /// Opens the index that was named, or embeds the documents of the folder with `encoder`.
    pub(super) fn open(args: &Eval, set: &BeirFolder, encoder: &EncoderArgs, offline: bool) -> anyhow::Result<Asked> {
        let pool = setup::pool(&encoder.run)?;
        let (collection, insisted, temporary) = match &args.index {
            Some(index) => (Collection::open(index)?, encoder.model.as_deref(), None),
            None => {
                let folder = embedded(args, set, encoder, &pool, offline)?;
                // The index has recorded the model.
                (Collection::open(&folder.path().join("index"))?, None, Some(folder))
            }
        };
        let missing = not_in(&collection, &set.judgements)?;
        expect_some(&collection, set, &missing)?;
        let session = setup::session(collection, insisted, &encoder.run, offline)?;
        let options = options(&args.ranking, args.exact, depth(args));
        Ok(Asked { session, pool, options, missing: missing.len(), temporary })
    }

    /// The modes to measure.
    pub(super) fn rankers(&self, ranking: &RankingArgs) -> anyhow::Result<Vec<Ranker>> {
        Ok(rankers(ranking, self.session.searcher().has_words()?))
    }

    /// The rankings of all queries.
    pub(super) fn ask(&self, queries: &[Query], ranker: Ranker) -> anyhow::Result<Run> {
        let options = self.options.clone().with_ranker(Some(ranker));
        let progress = IngestProgress::new();
        let run = self.pool.install(|| ask(self.session.searcher(), queries, &options, &progress));
        progress.finish();
        Ok(run?)
    }

    /// What answered, for the report.
    pub(super) fn described(&self) -> Answerer<'_> {
        Answerer::Search {
            collection: self.session.collection(),
            is_temporary: self.temporary.is_some(),
            model: self.session.model_name(),
            depth: self.options.k,
            missing: self.missing,
        }
    }
}

/// Hits of a query: as asked, or as far as the measures look.
fn depth(args: &Eval) -> usize {
    let looked_at = args.metrics.iter().filter_map(|&measure| match measure {
        Measure::Ndcg(k) | Measure::Recall(k) | Measure::Precision(k) => Some(k.get()),
        _ => None,
    });
    args.k.unwrap_or_else(|| looked_at.max().unwrap_or(DEPTH).max(DEPTH))
}

/// Embeds the documents of the folder into a temporary one, `index` within it.
fn embedded(
    args: &Eval,
    set: &BeirFolder,
    encoder_args: &EncoderArgs,
    pool: &rayon::ThreadPool,
    offline: bool,
) -> anyhow::Result<tempfile::TempDir> {
    let Some(corpus) = &set.corpus else {
        let folder = args.folder.display();
        let problem = format!("{folder} has no corpus.jsonl; name an index of its documents with --index");
        return Err(UsageError(problem).into());
    };
    let encoder = setup::load_encoder(encoder_args, TextKind::Passage, offline)?;
    let folder =
        tempfile::Builder::new().prefix("semsearch-eval-").tempdir().context("cannot make a temporary folder")?;
    let index = folder.path().join("index");
    let progress = IngestProgress::new();
    // A judgement names a document, so none is merged with another.
    let read = ReadOptions::new().with_keep_duplicates(true);
    let inputs = [corpus.clone()];
    let intake = Intake::read(&index, IntakeMode::Add, &inputs, &read, &mut |_| {}, &progress)?;
    let documents = count(intake.documents() as u64, "document");
    output::say(format!("embedding {documents} of {} into a temporary folder", corpus.display()));
    let options = IngestOptions::new(reference_of(encoder_args.model(), &encoder));
    let outcome = pool.install(|| intake.embed(&encoder, &options, &progress));
    progress.finish();
    outcome.map_err(|error| match error {
        // What was embedded goes with the temporary folder.
        IngestError::Stopped { .. } => IngestError::Stopped { kept: 0 },
        other => other,
    })?;
    Ok(folder)
}

/// Refuses an index that holds none of the documents that answer.
fn expect_some(collection: &Collection, set: &BeirFolder, missing: &[String]) -> Result<(), UsageError> {
    let judged = set.judgements.iter().flat_map(|(_, grades)| grades);
    let relevant: std::collections::HashSet<&String> =
        judged.filter(|&(_, &grade)| grade > 0).map(|(document, _)| document).collect();
    match missing.first() {
        Some(id) if missing.len() == relevant.len() => Err(UsageError(format!(
            "{}: expected the documents of {}, such as `{id}`, found none of {}",
            shown(collection.root()),
            set.judgements_file.display(),
            count(relevant.len() as u64, "relevant one")
        ))),
        _ => Ok(()),
    }
}

fn shown(path: &Path) -> String {
    format!("the index {}", path.display())
}
