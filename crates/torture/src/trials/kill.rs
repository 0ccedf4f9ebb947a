//! Kills a process that changes a collection, at a random moment, again and again.
//!
//! The process logs every change outside of the collection, before it begins and after the engine returned. A change logged as
//! done must be in the collection; the one change that was only begun may be in it as a whole, or not at all.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context;
use semsearch_testing::Random;

use crate::change::Change;
use crate::encoder::Models;
use crate::examine::{caught, examine, which};
use crate::expected::Expected;
use crate::report::Report;
use crate::settings::Settings;

/// The number of documents around which a collection stays.
const LIMIT: u64 = 120;
/// The number of kills that one collection goes through.
const LIVES: u64 = 40;

/// Runs the trial with as many kills as `settings` says.
///
/// # Errors
/// If the trial itself cannot go on.
pub fn run(settings: &Settings) -> anyhow::Result<Report> {
    let mut report = Report::new("kill", settings.seed);
    let models = Models::new();
    let (mut acknowledged, mut unfinished) = (0, 0);
    let mut random = Random::part(settings.seed, u64::MAX);
    let mut life = 0;
    'lives: while report.runs < settings.amount {
        let seed = settings.seed.wrapping_add(life);
        life += 1;
        let scratch = settings.scratch()?;
        let (root, log, history) =
            (scratch.path().join("index"), scratch.path().join("log"), scratch.path().join("history"));
        fs::write(&history, "")?;
        let mut state = Expected::default();
        let mut next = 0;
        for _ in 0..LIVES.min(settings.amount - report.runs) {
            fs::write(&log, "")?;
            work_and_kill(settings, &[&root, &log, &history], seed, next, &mut random)?;
            report.runs += 1;

            let noted = fs::read_to_string(&log)?;
            let mut outcome = Ok(());
            for line in noted.lines() {
                let (word, number) = line.split_once(' ').context("a note is a word and a number")?;
                match word {
                    "done" => {
                        let number: u64 = number.parse()?;
                        made(number, seed, &mut state, &models);
                        note(&history, &format!("{number}"))?;
                        next = number + 1;
                        acknowledged += 1;
                    }
                    "begin" => next = number.parse()?,
                    _ => outcome = Err(crate::examine::Trouble::Wrong(line.to_owned())),
                }
            }
            let begun = noted.lines().last().is_some_and(|line| line.starts_with("begin"));
            let mut after = state.clone();
            if begun {
                made(next, seed, &mut after, &models);
            }
            let before = if state.is_empty() && fs::read(&history)?.is_empty() { None } else { Some(&state) };
            let found = outcome.and_then(|()| {
                caught(|| {
                    let number = which(&root, &models, &[before, Some(&after)])?;
                    let expected = if number == 0 { before } else { Some(&after) };
                    if let Some(expected) = expected {
                        examine(&root, &models, expected, seed ^ report.runs)?;
                    }
                    Ok(number)
                })
            });
            match found {
                Ok(number) => {
                    if begun && number == 1 {
                        state = after;
                        note(&history, &next.to_string())?;
                        next += 1;
                        unfinished += 1;
                    } else if begun {
                        // The next process begins with another change.
                        next += 1;
                    }
                }
                Err(trouble) => {
                    report.fault(format!("kill {}, life of seed {seed}, change {next}: {trouble}", report.runs));
                    continue 'lives;
                }
            }
        }
    }
    report.note = format!("{acknowledged} changes acknowledged, {unfinished} killed after they were made");
    Ok(report)
}

/// Change number `number` of a history.
fn change(number: u64, seed: u64, state: &Expected) -> Change {
    Change::random(&mut Random::part(seed, number), state, LIMIT)
}

fn made(number: u64, seed: u64, state: &mut Expected, models: &Models) {
    change(number, seed, state).foresee(state, models);
}

fn note(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = fs::File::options().append(true).create(true).open(path)?;
    // In one write, so that the line is written as a whole or not at all.
    file.write_all(format!("{line}\n").as_bytes())
}

fn work_and_kill(
    settings: &Settings,
    places: &[&Path; 3],
    seed: u64,
    first: u64,
    random: &mut Random,
) -> anyhow::Result<()> {
    let [_, log, _] = places;
    let mut child = Command::new(&settings.program)
        .args(["worker", "kill"])
        .args(places)
        .args([seed.to_string(), first.to_string()])
        .stdout(Stdio::null())
        .spawn()?;
    let started = Instant::now();
    while fs::metadata(log)?.len() == 0 && child.try_wait()?.is_none() {
        anyhow::ensure!(started.elapsed() < Duration::from_secs(60), "the worker does not begin");
        sleep(Duration::from_millis(1));
    }
    // Mostly during the first change, sometimes after several.
    let micros = if random.percent(70) { random.below(15_000) } else { random.below(150_000) };
    sleep(Duration::from_micros(micros));
    child.kill()?;
    let status = child.wait()?;
    anyhow::ensure!(status.code().is_none(), "the worker ended by itself: {status}");
    Ok(())
}

/// The process that is killed.
///
/// # Errors
/// If a change fails.
pub fn worker(root: &Path, log: &Path, history: &Path, seed: u64, first: u64) -> anyhow::Result<()> {
    let models = Models::new();
    let mut state = Expected::default();
    for line in fs::read_to_string(history)?.lines() {
        made(line.parse()?, seed, &mut state, &models);
    }
    for number in first.. {
        let change = change(number, seed, &state);
        note(log, &format!("begin {number}"))?;
        if let Err(error) = change.make(root, &models) {
            note(log, &format!("failed {}: {error:#}", change.name()))?;
            // The process that reads this line kills this one.
            loop {
                sleep(Duration::from_secs(1));
            }
        }
        change.foresee(&mut state, &models);
        note(log, &format!("done {number}"))?;
    }
    Ok(())
}
