//! `semsearch completions` and `semsearch man`, both generated from the definition of the arguments.

use std::path::Path;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::Exit;
use crate::output;

pub(crate) fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "semsearch", &mut script);
    output::print_bytes(&script)?;
    Ok(Exit::Success)
}

pub(crate) fn man(out: Option<&Path>) -> anyhow::Result<Exit> {
    let command = Cli::command();
    if let Some(folder) = out {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        clap_mangen::generate_to(command, folder)
            .with_context(|| format!("cannot write the pages into {}", folder.display()))?;
        return Ok(Exit::Success);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).context("cannot render the page")?;
    output::print_bytes(&page)?;
    Ok(Exit::Success)
}
