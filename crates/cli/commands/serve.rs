//! `semsearch serve`: a page and an API over HTTP.

use semsearch_server::{Server, ServerError, ServerOptions};
use semsearch_store::Collection;

use crate::args::Serve;
use crate::exit::{Exit, UsageError};
use crate::interrupt::{self, Graceful};
use crate::output::{self, count};
use crate::setup;

pub(crate) fn run(args: &Serve, offline: bool) -> anyhow::Result<Exit> {
    setup::threads(&args.run)?;
    let path = setup::index_path(&args.index)?;
    let session = setup::session(Collection::open(&path)?, args.model.as_deref(), &args.run, offline)?;
    let mut options =
        ServerOptions::new(args.address()).with_hosts(args.allow_host.clone()).with_token(args.token.clone());
    if let Some(threads) = args.run.threads {
        options = options.with_threads(2 * usize::from(threads));
    }
    let reopen = setup::reopen(path, args.model.as_deref(), &args.run, offline);
    let server = Server::bind(&session, Box::new(reopen), options).map_err(|error| match error {
        ServerError::Open(_) => {
            anyhow::Error::from(UsageError(format!("{error}; add --token TOKEN, or set SEMSEARCH_TOKEN")))
        }
        ServerError::Token => UsageError(error.to_string()).into(),
        error => error.into(),
    })?;
    let address = server.address()?;
    let papers = count(session.collection().len() as u64, "paper");
    drop(session);
    output::say(format!("{papers} at http://{address}; Ctrl-C stops"));
    if args.open {
        let page = format!("http://{address}/");
        if let Err(error) = super::open::hand_over(&page) {
            output::say(format!("{error:#}"));
        }
    }
    let graceful = Graceful::begin();
    server.run(interrupt::stopped)?;
    drop(graceful);
    Ok(Exit::Success)
}
