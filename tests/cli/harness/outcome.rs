//! How a run ended, as a chain of expectations: `outcome.code(3).says("no index").prints_nothing()`.

use std::process::Output;

use serde_json::Value;

/// How a run ended. Whatever a test asks, no run may ever have panicked.
#[derive(Debug)]
pub(crate) struct Outcome {
    command: String,
    status: std::process::ExitStatus,
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
        outcome
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
