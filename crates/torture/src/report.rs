//! What a test has found.

use std::fmt::Write;

/// What a test has found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The test.
    pub test: &'static str,
    /// How often something was tried.
    pub runs: u64,
    /// From which all of it follows.
    pub seed: u64,
    /// What should not be.
    pub faults: Vec<String>,
    /// What else there is to tell.
    pub note: String,
}

/// Faults that are told one by one; of more, there is only the number.
const TOLD: usize = 20;

impl Report {
    /// Nothing was tried yet.
    #[must_use]
    pub fn new(test: &'static str, seed: u64) -> Self {
        Report { test, runs: 0, seed, faults: Vec::new(), note: String::new() }
    }

    /// Notes what should not be.
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

/// One line a test.
#[must_use]
pub fn table(reports: &[Report]) -> String {
    let mut table = format!("{:<10} {:>8} {:>20} {:>7}  \n", "test", "runs", "seed", "faults");
    for Report { test, runs, seed, faults, note } in reports {
        let _ = writeln!(table, "{test:<10} {runs:>8} {seed:>20} {:>7}  {note}", faults.len());
    }
    table
}
