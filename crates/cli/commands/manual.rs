//! `semsearch completions` and `semsearch man`, both generated from the definition of the arguments.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::Exit;
use crate::{manual, output};

pub(crate) fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "semsearch", &mut script);
    output::print_bytes(&script)?;
    Ok(Exit::Success)
}

/// Prints the page of the program, or writes those of all commands.
pub(crate) fn man(out: Option<&Path>, markdown: bool) -> anyhow::Result<Exit> {
    let Some(folder) = out else {
        output::print_bytes(manual::page().as_bytes())?;
        return Ok(Exit::Success);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    for file in if markdown { manual::book() } else { manual::pages() } {
        let path = folder.join(file.name);
        std::fs::write(&path, file.text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(Exit::Success)
}
