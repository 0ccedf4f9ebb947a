//! `semsearch open`: hands the addresses of papers to the system.

use std::process::{Command, Stdio};

use anyhow::Context;
use semsearch_store::Collection;

use super::show::{found, told};
use crate::args::OpenPaper;
use crate::exit::{Exit, UsageError};
use crate::output::{self, plain};
use crate::setup;

pub(crate) fn run(args: &OpenPaper) -> anyhow::Result<Exit> {
    let collection = Collection::open(&setup::index_path(&args.index)?)?;
    let (documents, missing) = found(&collection, &args.papers)?;
    let mut links = Vec::with_capacity(documents.len());
    // All are looked up before the first is opened.
    for document in documents {
        let link = document.link().filter(|link| is_address(link));
        links.push(link.ok_or_else(|| {
            UsageError(format!("paper `{}` has no web address, no DOI and no arXiv id", plain(&document.id)))
        })?);
    }
    for link in &links {
        if args.print {
            output::print(&format!("{link}\n"))?;
        } else {
            hand_over(link)?;
            output::say(format!("opened {link}"));
        }
    }
    told(missing)
}

/// Whether a link is an address of the web. Anything else could name a program or a file of this machine.
fn is_address(link: &str) -> bool {
    let is_web = ["http://", "https://"].iter().any(|scheme| link.to_ascii_lowercase().starts_with(scheme));
    is_web && !link.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"')
}

/// Hands an address to the system.
pub(super) fn hand_over(link: &str) -> anyhow::Result<()> {
    // The empty text is the title that `start` takes a quoted first argument for.
    let (program, before): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(before).arg(link).stdin(Stdio::null()).stdout(Stdio::null());
    let advice = || format!("`{program}` cannot open {link}; --print prints the address");
    let status = command.status().with_context(advice)?;
    match status.success() {
        true => Ok(()),
        false => Err(anyhow::anyhow!("it ended with {status}").context(advice())),
    }
}
