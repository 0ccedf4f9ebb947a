//! `semsearch model switch`: changes the model of an index while the index goes on answering.

mod choose;
mod difference;

use std::path::Path;

use semsearch_corpus::read_queries;
use semsearch_embed::{SentenceTransformer, TextKind};
use semsearch_engine::model::reference_of;
use semsearch_engine::switch::{
    Prepared, SampleQuery, SwitchError, SwitchOptions, SwitchStatus, Totals, commit, commit_to, compare_models, forget,
    forget_one, prepare, prepared, previous, rollback, sample_queries, status,
};
use semsearch_report::shared::{Agreement, ModelState};
use semsearch_report::switch::{Done, SwitchModel, SwitchOther, SwitchRun, Switched};
use semsearch_store::{Collection, Manifest, ModelRecord};

use self::choose::choose;
use self::difference::share;
use crate::args::{EncoderArgs, Switch};
use crate::exit::{Exit, UsageError};
use crate::interrupt::Graceful;
use crate::model_flags::switch_command;
use crate::output::{self, STRONG, count, plain};
use crate::patience::Patience;
use crate::progress::IngestProgress;
use crate::setup;

/// The number of titles that are used as queries for the comparison if no queries are given.
const SAMPLED_TITLES: usize = 200;

pub(crate) fn run(args: &Switch, offline: bool) -> anyhow::Result<Exit> {
    let path = setup::index_path(&args.index)?;
    if args.name.is_none() && args.queries.is_some() {
        return Err(UsageError("--queries compares two models; name the new one".to_owned()).into());
    }
    let job = Job { args, path: &path, offline };
    let earlier = Collection::open(&path)?.manifest().clone();
    let (done, run, comparison) = match (&args.name, args.commit, args.rollback, args.forget) {
        (None, true, _, _) => {
            let run = job.cut_over(commit, |manifest| prepared(manifest).first().copied())?;
            (Done::Committed, run, None)
        }
        (None, _, true, _) => {
            let run = job.cut_over(rollback, previous)?;
            (Done::RolledBack, run, None)
        }
        (None, _, _, true) => {
            let (_, any) = job.patiently(|| Ok(forget(&path)?))?;
            (if any { Done::Forgotten } else { Done::None }, None, None)
        }
        (Some(name), _, _, true) => {
            let collection = Collection::open(&path)?;
            let Some(model) = choose(&collection, name, args)? else {
                let problem = format!("the index has no vectors of another model `{name}` used like that");
                return Err(UsageError(problem).into());
            };
            drop(collection);
            let (_, any) = job.patiently(|| Ok(forget_one(&path, &model.fingerprint)?))?;
            (if any { Done::Forgotten } else { Done::None }, None, None)
        }
        (Some(name), committing, ..) => {
            let (prepared, comparison) = job.embed(name)?;
            if committing {
                job.patiently(|| Ok(commit_to(&path, &prepared.model.fingerprint)?))?;
            }
            (if committing { Done::Committed } else { Done::Embedded }, Some(prepared.totals), comparison)
        }
        (None, ..) => (Done::None, None, None),
    };
    let collection = Collection::open(&path)?;
    let (manifest, status) = (collection.manifest(), status(&collection)?);
    let models = earlier.models.iter();
    let dropped: Vec<ModelRecord> =
        models.filter(|model| manifest.model_of(&model.fingerprint).is_none()).cloned().collect();
    let report = Switched::new(done, collection.root(), manifest.generation, &status)
        .with_run(run)
        .with_dropped(&dropped)
        .with_comparison(comparison.as_ref());
    if args.json {
        output::print_json(&report)?;
    } else {
        output::print(&human(&report, &status, earlier.previous.as_deref()))?;
    }
    Ok(Exit::Success)
}

/// The arguments, and the index.
struct Job<'a> {
    args: &'a Switch,
    path: &'a Path,
    offline: bool,
}

impl Job<'_> {
    /// Makes a change, and waits for other processes if the user has the patience.
    fn patiently<T>(&self, change: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
        Patience::of(self.args.wait).run(change)
    }

    /// Embeds with the model of this name, and compares it with the active one.
    fn embed(&self, name: &str) -> anyhow::Result<(Prepared, Option<semsearch_engine::switch::Comparison>)> {
        let collection = Collection::open(self.path)?;
        let Switch { max_tokens, windows, dim, query_prompt, passage_prompt, run, .. } = self.args.clone();
        let encoder =
            EncoderArgs { model: Some(name.to_owned()), max_tokens, windows, dim, query_prompt, passage_prompt, run };
        let (new, reference) = match choose(&collection, name, self.args)? {
            Some(known) => {
                let new = setup::load_recorded(&known, TextKind::Passage, &run, self.offline)?;
                let reference = setup::reference_now(&known, &new, self.offline);
                (new, reference)
            }
            None => {
                let record = collection.model();
                let new = setup::load_collection_encoder(self.path, record, &encoder, self.offline)?;
                let reference = reference_of(name, &new);
                (new, reference)
            }
        };
        let old = self.load_active(&collection);
        let queries = self.queries(&collection)?;
        drop(collection);
        let prepared = self.prepare(&new, old.as_ref(), reference)?;
        let Some(old) = old else { return Ok((prepared, None)) };
        let collection = Collection::open(self.path)?;
        let queries = match queries {
            Some(queries) => queries,
            None => sample_queries(&collection, SAMPLED_TITLES)?,
        };
        let pool = setup::pool(&self.args.run)?;
        let comparison = pool.install(|| compare_models(&collection, &old, &new, &queries, self.args.examples))?;
        Ok((prepared, comparison))
    }

    /// The user's own queries, if there are any.
    fn queries(&self, collection: &Collection) -> anyhow::Result<Option<Vec<SampleQuery>>> {
        let Some(file) = &self.args.queries else { return Ok(None) };
        if collection.is_empty() {
            return Err(UsageError("the index holds no paper to ask for".to_owned()).into());
        }
        Ok(Some(read_queries(file)?.into_iter().map(|query| SampleQuery::new(query.text)).collect()))
    }

    /// The active model, for queries. Without it no alignment is fitted and no answers are compared; the switch goes on.
    fn load_active(&self, collection: &Collection) -> Option<SentenceTransformer> {
        match setup::load_recorded(collection.model(), TextKind::Query, &self.args.run, self.offline) {
            Ok(encoder) => Some(encoder),
            Err(error) => {
                let name = &collection.model().name();
                output::say(format!("note: {name} cannot be loaded ({error}); its answers are not compared"));
                None
            }
        }
    }

    fn prepare(
        &self,
        new: &SentenceTransformer,
        old: Option<&SentenceTransformer>,
        model_reference: String,
    ) -> anyhow::Result<Prepared> {
        let options = SwitchOptions::new(model_reference).with_memory_bytes(self.args.memory);
        let pool = setup::pool(&self.args.run)?;
        let progress = IngestProgress::new();
        let _graceful = Graceful::begin();
        let old = old.map(|old| old as &dyn semsearch_embed::Encoder);
        let outcome = self.patiently(|| Ok(pool.install(|| prepare(self.path, new, old, &options, &progress))?));
        progress.finish();
        outcome
    }

    /// Makes another model the active one. Papers that it has not embedded yet are embedded first.
    fn cut_over(
        &self,
        switch: impl Fn(&Path) -> Result<Manifest, SwitchError>,
        chosen: impl Fn(&Manifest) -> Option<&ModelRecord>,
    ) -> anyhow::Result<Option<Totals>> {
        let missing = self.patiently(|| match switch(self.path) {
            Ok(_) => Ok(None),
            Err(SwitchError::Incomplete { missing, .. }) => Ok(Some(missing)),
            Err(error) => Err(error.into()),
        })?;
        let Some(missing) = missing else { return Ok(None) };
        let collection = Collection::open(self.path)?;
        let Some(model) = chosen(collection.manifest()).cloned() else {
            // Another process has cut over in the meantime; the status below says what is active now.
            return self.patiently(|| Ok(switch(self.path).map(|_| None)?));
        };
        drop(collection);
        output::say(format!("{} embedded with {} first", papers_are(missing), model.name()));
        let encoder = setup::load_recorded(&model, TextKind::Passage, &self.args.run, self.offline)?;
        let prepared = self.prepare(&encoder, None, model.reference)?;
        self.patiently(|| Ok(switch(self.path)?))?;
        Ok(Some(prepared.totals))
    }
}

fn papers_are(number: u64) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{} came since and {verb}", count(number, "paper"))
}

/// The name of a model, and what tells it from others of that name.
fn called(model: &SwitchModel) -> String {
    match &model.told_apart {
        Some(words) => format!("{} ({})", model.name, plain(words)),
        None => model.name.clone(),
    }
}

/// The report for people. `before_previous` is the fingerprint of the model to which `--rollback` would have gone back until
/// now.
fn human(report: &Switched, status: &SwitchStatus, before_previous: Option<&str>) -> String {
    let active = called(&report.active);
    let mut text = String::new();
    if let Some(SwitchRun { embedded, resumed, seconds_encode, .. }) = report.run.filter(|run| run.embedded > 0) {
        let before = if resumed > 0 { format!(", {} before", output::thousands(resumed)) } else { String::new() };
        let took = output::seconds(seconds_encode);
        text.push_str(&format!("{} embedded in {took}{before}\n", count(embedded, "paper")));
    }
    if let Some(comparison) = &report.comparison {
        text.push_str(&difference::human(comparison, output::is_verbose()));
    }
    let did = match report.done {
        Done::Committed => "switched: ",
        Done::RolledBack => "back: ",
        Done::Forgotten if report.others.is_empty() => "vectors of other models dropped; ",
        Done::Forgotten => "vectors dropped; ",
        _ => "",
    };
    text.push_str(&format!("{did}the index answers with {STRONG}{active}{STRONG:#}\n"));
    for (other, known) in report.others.iter().zip(&status.others) {
        let command = switch_command(&known.model, status.all());
        let is_former = report.done == Done::Committed && before_previous == Some(&known.model.fingerprint);
        if is_former && other.state == ModelState::Ready {
            let name = called(&other.model);
            text.push_str(&format!(
                "{name}: kept, although two models answered after it; `{command} --forget` drops its vectors\n"
            ));
        } else {
            text.push_str(&human_other(other, report, &command));
        }
    }
    if report.others.is_empty() && report.done == Done::None {
        text.push_str("there is no other model in it; `semsearch model switch NAME` embeds it with one\n");
    }
    text
}

fn human_other(other: &SwitchOther, report: &Switched, command: &str) -> String {
    let SwitchOther { model, state, embedded, bridge, .. } = other;
    let name = called(model);
    let are_several = report.others.iter().filter(|other| other.state == ModelState::Ready).count() > 1;
    let mut text = match state {
        ModelState::Embedding => {
            let so_far = format!("{} of {}", output::thousands(*embedded), count(report.documents, "paper"));
            match report.is_running {
                true => format!("{name}: {so_far} embedded, at work\n"),
                false => format!("{name}: {so_far} embedded; go on with `{command}`\n"),
            }
        }
        ModelState::Ready if are_several => format!("{name}: ready; cut over with `{command} --commit`\n"),
        ModelState::Ready => format!("{name}: ready; cut over with `semsearch model switch --commit`\n"),
        // `Previous`, and states that later versions may add.
        _ => {
            format!("{name}: kept; `semsearch model switch --rollback` goes back to it, `--forget` drops its vectors\n")
        }
    };
    if let (Some(bridge), ModelState::Embedding) = (bridge, state) {
        let verdict = match bridge.is_used {
            true => format!("`semsearch ask --model {}` is answered through an alignment (bridge)", model.name),
            false => "its alignment (bridge) finds too little to answer questions".to_owned(),
        };
        text.push_str(&format!("  {verdict}: {}\n", human_overlap(&bridge.agreement, bridge.fitted_on)));
    }
    text
}

/// The overlap@10 of an alignment, in words.
pub(crate) fn human_overlap(agreement: &Agreement, fitted_on: u64) -> String {
    format!(
        "{} of the ten papers it would find itself, by {} and {}; fitted on {}",
        share(agreement.bridged),
        count(agreement.questions, "title"),
        count(agreement.documents, "paper"),
        output::thousands(fitted_on)
    )
}
