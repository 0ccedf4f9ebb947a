//! The `semsearch` program: reads the command line, runs one subcommand, and ends with a documented code.

mod advice;
mod args;
mod commands;
mod completion;
mod exit;
mod failure;
mod filters;
mod guesses;
mod help;
mod hits;
mod interrupt;
mod manual;
mod model_flags;
mod narrow;
mod near;
mod output;
mod patience;
mod progress;
mod setup;
mod stdin;
mod table;
mod tally;
mod wrap;
mod written;

use std::process::ExitCode;

use crate::args::Command;

fn main() -> ExitCode {
    let arguments = guesses::arranged(std::env::args_os());
    let failures = failure::Form::of_arguments(arguments.iter().cloned());
    match completion::answer() {
        Ok(true) => return exit::Exit::Success.into(),
        Ok(false) => {}
        Err(error) => return failure::refuse(&error, failures).into(),
    }
    if arguments.len() < 2 {
        return commands::welcome::run().into();
    }
    let cli = match guesses::parse(arguments) {
        Ok(cli) => cli,
        Err(error) => return failure::refuse(&error, failures).into(),
    };
    output::set_up(cli.global.quiet, cli.global.verbose, cli.global.color.into());
    interrupt::install();
    let offline = cli.global.offline;
    let outcome = match &cli.command {
        Command::Embed(args) => commands::embed::run(args, offline),
        Command::Inspect(args) => commands::inspect::run(args),
        Command::Ask(args) => commands::ask::run(args, offline),
        Command::Serve(args) => commands::serve::run(args, offline),
        Command::Mcp(args) => commands::mcp::run(args, offline),
        Command::Similar(args) => commands::similar::run(args),
        Command::Show(args) => commands::show::run(args),
        Command::Open(args) => commands::open::run(args),
        Command::List(args) => commands::list::run(args),
        Command::Remove(args) => commands::remove::run(args),
        Command::Vacuum(args) => commands::vacuum::run(args),
        Command::Verify(args) => commands::verify::run(args),
        Command::Export(args) => commands::export::run(args, offline),
        Command::Import(args) => commands::import::run(args, offline),
        Command::Repair(args) => commands::repair::run(args, offline),
        Command::Facets(args) => commands::facets::run(args, offline),
        Command::Count(args) => commands::count::run(args),
        Command::Dupes(args) => commands::dupes::run(args),
        Command::Map(args) => commands::map::run(args, offline),
        Command::Searches(args) => commands::searches::run(args),
        Command::New(args) => commands::new::run(args, offline),
        Command::Encode(args) => commands::encode::run(args, offline),
        Command::Bench(args) => commands::bench::run(args, offline),
        Command::Eval(args) => commands::eval::run(args, offline),
        Command::Selftest(args) => commands::selftest::run(args, offline),
        Command::Info(args) => commands::info::run(args),
        Command::Doctor(args) => commands::doctor::run(args),
        Command::Model(args) => commands::model::run(args, offline),
        Command::Completions { shell, install } => commands::manual::completions(*shell, *install),
        Command::Man { command, out, overwrite, markdown } => {
            commands::manual::man(command, out.as_deref(), overwrite.overwrite, *markdown)
        }
    };
    outcome.unwrap_or_else(|error| failure::report(&error, failures)).into()
}
