//! `semsearch model distill`: makes a static model from a transformer.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use semsearch_corpus::{ReadOptions, read_corpus};
use semsearch_embed::{DistillOptions, ModelStore, Weights, distill};
use semsearch_report::model::{ModelChanged, ModelDone};
use semsearch_task::{Progress, Stage};

use crate::args::{Distill, WeightsArg};
use crate::exit::{Exit, UsageError};
use crate::output::{self, count};
use crate::setup;

/// The time between two progress lines when standard error is not a terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

pub(crate) fn run(args: &Distill, store: &ModelStore, offline: bool) -> anyhow::Result<Exit> {
    let started = Instant::now();
    check_weights(args)?;
    if let Some(name) = &args.name {
        store.check_new_name(name)?;
    }
    let teacher = setup::load_teacher(&args.teacher, &args.run, offline)?;
    let name = args.name.clone().unwrap_or_else(|| format!("static-{}", teacher.manifest().name));
    store.check_new_name(&name)?;
    let texts = read_texts(args)?;
    let weights = match args.weights {
        Some(WeightsArg::None) => Weights::None,
        Some(WeightsArg::Zipf) => Weights::Zipf,
        Some(WeightsArg::Idf) => Weights::Idf(&texts),
        None if texts.is_empty() => Weights::Zipf,
        None => Weights::Idf(&texts),
    };
    let options = DistillOptions::new(args.dim).with_weights(weights).with_precision(args.table.into());
    let progress = Bar::new();
    let pool = setup::pool(&args.run)?;
    let outcome = pool.install(|| distill(&teacher, &name, &options, &progress));
    progress.bar.finish_and_clear();
    let distilled = outcome?;
    let model = distilled.install(store)?;
    if args.json {
        let report = ModelChanged::new(ModelDone::Distilled, &model, started.elapsed());
        output::print_json(&report.with_explained(distilled.explained))?;
        return Ok(Exit::Success);
    }
    let size: u64 = model.manifest.files.iter().map(|file| file.bytes).sum();
    output::print(&format!(
        "{name} is in {}: {} dimensions, {:.0} % of the variance, {}, made in {}\ntry: semsearch embed INPUT... --model {name}\n",
        model.path.display(),
        model.manifest.dimension,
        100.0 * distilled.explained,
        output::bytes(size),
        output::seconds(started.elapsed().as_secs_f64()),
    ))?;
    Ok(Exit::Success)
}

fn check_weights(args: &Distill) -> Result<(), UsageError> {
    match args.weights {
        Some(WeightsArg::Idf) if args.corpus.is_empty() => {
            Err(UsageError("--weights idf counts tokens in texts; name some with --corpus".to_owned()))
        }
        Some(WeightsArg::Zipf | WeightsArg::None) if !args.corpus.is_empty() => {
            Err(UsageError("--corpus is read for --weights idf only; leave one of the two out".to_owned()))
        }
        _ => Ok(()),
    }
}

/// The passages of the corpus.
fn read_texts(args: &Distill) -> anyhow::Result<Vec<String>> {
    if args.corpus.is_empty() {
        return Ok(Vec::new());
    }
    let corpus = read_corpus(&args.corpus, &ReadOptions::default(), &semsearch_task::NoProgress, &mut |_| {})?;
    let texts: Vec<String> = corpus.documents.iter().map(|document| document.passage()).collect();
    output::say(format!("counting tokens in {}", count(texts.len() as u64, "text")));
    Ok(texts)
}

/// A progress bar on a terminal, a line from time to time elsewhere.
struct Bar {
    bar: ProgressBar,
    state: Mutex<(usize, Instant)>,
}

impl Bar {
    fn new() -> Self {
        let wanted = std::io::stderr().is_terminal() && !output::is_quiet();
        let bar = if wanted {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) =
            ProgressStyle::with_template("distilling {bar:24} {human_pos}/{human_len} tokens, {eta} left")
        {
            bar.set_style(style.progress_chars("━╸ "));
        }
        Bar { bar, state: Mutex::new((0, Instant::now())) }
    }
}

impl Progress for Bar {
    fn begin(&self, _stage: Stage, total: usize) {
        self.bar.set_length(total as u64);
    }

    fn advance(&self, pieces: usize, _tokens: usize) {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.0 += pieces;
        self.bar.set_position(state.0 as u64);
        if self.bar.is_hidden() && state.1.elapsed() >= LINE_EVERY {
            state.1 = Instant::now();
            let of = self.bar.length().unwrap_or_default();
            output::say(format!(
                "distilling {} of {} tokens",
                output::thousands(state.0 as u64),
                output::thousands(of)
            ));
        }
    }
}
