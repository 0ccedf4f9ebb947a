//! The `semsearch` program: reads the command line, runs one subcommand, and ends with a documented code.

mod args;
mod commands;
mod exit;
mod filters;
mod interrupt;
mod output;
mod progress;
mod setup;
mod stdin;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = Cli::parse();
    output::set_up(&cli.global);
    interrupt::install();
    let offline = cli.global.offline;
    let outcome = match &cli.command {
        Command::Embed(args) => commands::embed::run(args, offline),
        Command::Ask(args) => commands::ask::run(args, offline),
        Command::Remove(args) => commands::remove::run(args),
        Command::Vacuum(args) => commands::vacuum::run(args),
        Command::Verify(args) => commands::verify::run(args),
        Command::Export(args) => commands::export::run(args),
        Command::Import(args) => commands::import::run(args, offline),
        Command::Repair(args) => commands::repair::run(args, offline),
        Command::Facets(args) => commands::facets::run(args, offline),
        Command::Encode(args) => commands::encode::run(args, offline),
        Command::Bench(args) => commands::bench::run(args, offline),
        Command::Info(args) => commands::info::run(args),
        Command::Model(args) => commands::model::run(args, offline),
        Command::Completions { shell } => commands::manual::completions(*shell),
        Command::Man { out } => commands::manual::man(out.as_deref()),
    };
    outcome.unwrap_or_else(|error| report(&error)).into()
}

/// Prints an error and its causes, each once, and gives its exit code.
fn report(error: &anyhow::Error) -> Exit {
    let code = exit::code(error);
    if code == Exit::Success {
        return code;
    }
    let mut text = format!("semsearch: {error}");
    let mut said = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // A wrapper that repeats its cause word for word adds nothing.
        if !said.contains(&cause) {
            text.push_str(&format!("\n  because: {cause}"));
        }
        said = cause;
    }
    output::complain(text);
    code
}
