//! Reports of trials.

use std::fmt::Write;

/// The result of a trial.
#[derive(Clone, Debug)]
pub struct Report {
    /// The name of the trial.
    pub test: &'static str,
    /// The number of runs.
    pub runs: u64,
    /// The seed of the run.
    pub seed: u64,
    /// The faults that were found.
    pub faults: Vec<String>,
    /// Other results, in words.
    pub note: String,
}

/// At most this many faults are listed; more are only counted.
const TOLD: usize = 20;

impl Report {
    /// A report without runs.
    #[must_use]
    pub fn new(test: &'static str, seed: u64) -> Self {
        Report { test, runs: 0, seed, faults: Vec::new(), note: String::new() }
    }

    /// Adds a fault.
    pub fn fault(&mut self, what: impl Into<String>) {
        self.faults.push(what.into());
    }

    /// The faults that were found, for the message of a failed test.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = table(std::slice::from_ref(self));
        for fault in self.faults.iter().take(TOLD) {
            let _ = writeln!(text, "{}: {fault}", self.test);
        }
        if self.faults.len() > TOLD {
            let _ = writeln!(text, "{}: and {} more", self.test, self.faults.len() - TOLD);
        }
        text
    }
}

/// The reports as a table, one line a trial.
#[must_use]
pub fn table(reports: &[Report]) -> String {
    let mut table = format!("{:<10} {:>8} {:>20} {:>7}  \n", "test", "runs", "seed", "faults");
    for Report { test, runs, seed, faults, note } in reports {
        let _ = writeln!(table, "{test:<10} {runs:>8} {seed:>20} {:>7}  {note}", faults.len());
    }
    table
}
