//! Runs trials by name and prints a table of what they found.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser, Subcommand};
use semsearch_torture::report::{Report, table};
use semsearch_torture::trials::{Settings, TRIALS, kill, memory, points, readers};
use semsearch_torture::{say, usual_folder};

/// Kills writers, fails file operations and damages collections, and checks the answers afterwards.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run trials.
    Run(Run),
    /// Run as a process that a trial starts.
    #[command(hide = true, subcommand)]
    Worker(Worker),
}

#[derive(Args)]
struct Run {
    /// The trials to run; all trials if none is named.
    #[arg(value_parser = TRIALS.iter().map(|(name, ..)| *name).collect::<Vec<_>>())]
    trials: Vec<String>,
    /// The seed, which is printed with the results. Random if not given.
    #[arg(long)]
    seed: Option<u64>,
    /// Run the amounts for a release instead of those for every change.
    #[arg(long)]
    long: bool,
    /// The amount (runs, operations or seconds) instead of the usual one.
    #[arg(long, visible_aliases = ["ops", "seconds"], value_name = "N")]
    runs: Option<u64>,
    /// The folder for collections.
    #[arg(long, default_value_os_t = usual_folder())]
    folder: PathBuf,
}

#[derive(Subcommand)]
enum Worker {
    Kill { root: PathBuf, log: PathBuf, history: PathBuf, seed: u64, first: u64 },
    Abort { root: PathBuf, seed: u64, kind: usize, point: String, nth: u64 },
    Read { root: PathBuf, log: PathBuf, stop: PathBuf, asked: String, number: u64 },
    Look { root: PathBuf },
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Run(run) => trials(&run),
        Command::Worker(worker) => {
            match worker {
                Worker::Kill { root, log, history, seed, first } => kill::worker(&root, &log, &history, seed, first)?,
                Worker::Abort { root, seed, kind, point, nth } => points::worker(&root, seed, kind, &point, nth)?,
                Worker::Read { root, log, stop, asked, number } => readers::worker(&root, &log, &stop, &asked, number)?,
                Worker::Look { root } => memory::worker(&root)?,
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn trials(run: &Run) -> anyhow::Result<ExitCode> {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let seed = run.seed.unwrap_or(clock);
    say(&format!("seed {seed}"));
    let mut reports: Vec<Report> = Vec::new();
    for &(name, short, long, trial) in TRIALS {
        if !run.trials.is_empty() && !run.trials.iter().any(|wanted| wanted == name) {
            continue;
        }
        let amount = run.runs.unwrap_or(if run.long { long } else { short });
        let settings = Settings { seed, amount, folder: run.folder.clone(), program: std::env::current_exe()? };
        let started = Instant::now();
        let mut report = trial(&settings)?;
        report.note = format!("{}; {:.0} s", report.note, started.elapsed().as_secs_f64());
        say(&report.text());
        reports.push(report);
    }
    say(&table(&reports));
    let clean = reports.iter().all(|report| report.faults.is_empty());
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
