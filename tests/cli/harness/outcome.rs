//! How a run ended, as a chain of expectations: `outcome.code(3).says("no index").prints_nothing()`.
//!
//! Whatever a test asks, every JSON document that a run prints or says is compared with its schema.

use std::process::Output;

use serde_json::Value;

use super::schema::expect_schema;

/// How a run ended. Whatever a test asks, no run may ever have panicked.
#[derive(Debug)]
pub(crate) struct Outcome {
    command: String,
    pub(crate) status: std::process::ExitStatus,
    /// What it printed: the results.
    pub(crate) stdout: String,
    /// What it said: the talk.
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn new(command: String, output: Output) -> Self {
        let outcome = Outcome {
            command,
            status: output.status,
            stdout: String::from_utf8(output.stdout).expect("results are UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("talk is UTF-8"),
        };
        assert!(!outcome.stderr.contains("panicked at"), "{}", outcome.described());
        outcome.expect_schemas();
        outcome
    }

    /// Expects every document it printed with `--json` or `--jsonl`, and the failure it said, to have the form of its schema.
    fn expect_schemas(&self) {
        // Not what a terminal shows, which both streams come to.
        let is_piped = self.command.contains(concat!("\"", env!("CARGO_BIN_EXE_semsearch"), "\""))
            && !self.command.contains("pty");
        if !is_piped || !(self.command.contains("\"--json\"") || self.command.contains("\"--jsonl\"")) {
            return;
        }
        let parse = |line: &str| -> Value {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}\n{}", self.described()))
        };
        self.stdout.lines().map(parse).for_each(|document| expect_schema(&document));
        self.stderr.lines().filter(|line| line.starts_with('{')).map(parse).for_each(|failure| expect_schema(&failure));
    }

    /// Expects it to have ended with `code`.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "exit code\n{}", self.described());
        self
    }

    /// Expects `text` among what it said on standard error.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "expected it to say {text:?}\n{}", self.described());
        self
    }

    /// Expects `text` among what it printed on standard output.
    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "expected it to print {text:?}\n{}", self.described());
        self
    }

    /// Expects nothing on standard output, as befits a failure.
    #[track_caller]
    pub(crate) fn prints_nothing(self) -> Self {
        assert!(self.stdout.is_empty(), "expected it to print nothing\n{}", self.described());
        self
    }

    /// Expects nothing on standard error.
    #[track_caller]
    pub(crate) fn says_nothing(self) -> Self {
        assert!(self.stderr.is_empty(), "expected it to say nothing\n{}", self.described());
        self
    }

    /// What it printed, as one JSON document.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}", self.described()))
    }

    /// What it printed, as one JSON document a line.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}\n{}", self.described()));
        self.stdout.lines().map(parse).collect()
    }

    fn described(&self) -> String {
        let Outcome { command, status, stdout, stderr } = self;
        format!("{command}\n{status}\n--- standard output\n{stdout}\n--- standard error\n{stderr}")
    }
}
