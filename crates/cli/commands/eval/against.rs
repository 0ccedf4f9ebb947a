//! What answers are compared with: another mode, a run in a file, or another model.

use std::path::Path;

use clap::ValueEnum;
use semsearch_engine::Ranker;
use semsearch_eval::retrieval::{BeirFolder, Run};

use super::asked::Asked;
use crate::args::{EncoderArgs, Eval, ModeArg};
use crate::exit::UsageError;
use crate::output;

/// The name of the other configuration, and its rankings.
pub(super) fn find(
    name: &str,
    args: &Eval,
    set: &BeirFolder,
    runs: &[(String, Run)],
    asked: Option<&Asked>,
    offline: bool,
) -> anyhow::Result<(String, Run)> {
    if let Ok(mode) = ModeArg::from_str(name, true) {
        let ranker = Ranker::from(mode);
        // Asked already, as one of several modes.
        if let Some((name, run)) = runs.iter().find(|(name, _)| name == ranker.as_str()) {
            return Ok((name.clone(), run.clone()));
        }
        let Some(asked) = asked else {
            let problem = format!("a run is compared with another run; `{name}` is a mode of searching");
            return Err(UsageError(problem).into());
        };
        let run = asked.ask(&set.queries, ranker)?;
        return Ok((ranker.as_str().to_owned(), run));
    }
    if Path::new(name).is_file() {
        return Ok((name.to_owned(), Run::read(Path::new(name))?));
    }
    if args.index.is_some() || args.run.is_some() {
        let problem = format!(
            "--against: expected hybrid, dense, lexical or the file of a run, found `{name}`; two models are compared \
             over the documents of the folder, without --index and --run"
        );
        return Err(UsageError(problem).into());
    }
    let encoder = EncoderArgs {
        model: Some(name.to_owned()),
        max_tokens: None,
        windows: None,
        dim: None,
        query_prompt: None,
        passage_prompt: None,
        run: args.encoder.run,
    };
    output::say(format!("against the model {name}"));
    let other = Asked::open(args, set, &encoder, offline)?;
    // The first of the modes: it is what the others are beside.
    let ranker = other.rankers(&args.ranking)?[0];
    let run = other.ask(&set.queries, ranker)?;
    Ok((name.to_owned(), run))
}
