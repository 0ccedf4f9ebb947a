//! `semsearch mcp`: tools for an agent, over standard input and output.

use std::io;

use semsearch_store::Collection;

use crate::args::Mcp;
use crate::exit::Exit;
use crate::output::{self, count};
use crate::setup;

pub(crate) fn run(args: &Mcp, offline: bool) -> anyhow::Result<Exit> {
    setup::threads(&args.run)?;
    let path = setup::index_path(&args.index)?;
    let session = setup::session(Collection::open(&path)?, args.model.as_deref(), &args.run, offline)?;
    let reopen = setup::reopen(path, args.model.as_deref(), &args.run, offline);
    if output::is_verbose() {
        output::say(format!("{} for an agent", count(session.collection().len() as u64, "paper")));
    }
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let threads = 2 * args.run.threads.map_or(cores, usize::from);
    semsearch_server::answer_agent(&session, Box::new(reopen), threads, io::BufReader::new(io::stdin()), io::stdout())?;
    Ok(Exit::Success)
}
