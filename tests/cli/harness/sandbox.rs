//! A folder to run the binary in.
//!
//! It is working directory, home and data directory in one, so that paths in tests are short, every sandbox has a
//! default index of its own, and nothing of the user's is read or written.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use super::{Outcome, PAPERS, TOY, real_model};

/// Where an index is in a sandbox when no flag says otherwise.
pub(crate) const DEFAULT_INDEX: &str = "data/semsearch/index";

/// A run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(240);

/// A folder to run the binary in.
pub(crate) struct Sandbox {
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, PathBuf)>,
}

impl Sandbox {
    /// An empty one, which knows no model but those given by folder, such as [`TOY`].
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Sandbox { folder, variables: Vec::new() }
    }

    /// One that can use the real model by its name; `None`, and a line that says so, where it is not on this machine.
    pub(crate) fn with_real_model() -> Option<Self> {
        let model = real_model()?;
        let mut sandbox = Sandbox::new();
        // In our own store the model lies one level down, in the Hugging Face cache three:
        // `models--owner--name/snapshots/<revision>`.
        let (variable, depth) =
            if model.join("semsearch-model.toml").exists() { ("SEMSEARCH_MODELS", 1) } else { ("HF_HUB_CACHE", 3) };
        let store = model.ancestors().nth(depth).expect("a model lies in a store");
        sandbox.variables.push((variable, store.to_owned()));
        Some(sandbox)
    }

    /// One whose default index holds [`PAPERS`], embedded with the toy model.
    pub(crate) fn with_papers() -> Self {
        let sandbox = Sandbox::new();
        sandbox.write("papers.jsonl", PAPERS);
        sandbox.run(&["embed", "papers.jsonl", "--model", TOY]).code(0);
        sandbox
    }

    /// The full path of something in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("the sandbox can be written");
    }

    /// Runs `semsearch` with `arguments`, its input empty, to its end.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        self.run_with_input(arguments, "")
    }

    /// Runs `semsearch` with something on its standard input.
    pub(crate) fn run_with_input<S: AsRef<OsStr>>(&self, arguments: &[S], input: impl Into<Vec<u8>>) -> Outcome {
        self.finish(self.command(arguments), input)
    }

    /// Runs `semsearch` with environment variables set.
    pub(crate) fn run_with_variables<S: AsRef<OsStr>>(&self, arguments: &[S], variables: &[(&str, &str)]) -> Outcome {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        self.finish(command, "")
    }

    /// Runs a prepared command to its end.
    pub(crate) fn finish(&self, command: std::process::Command, input: impl Into<Vec<u8>>) -> Outcome {
        let described = format!("{command:?}");
        let mut command = assert_cmd::Command::from_std(command);
        let output = command.write_stdin(input).timeout(PATIENCE).output().expect("the program starts");
        Outcome::new(described, output)
    }

    /// `semsearch` with `arguments`, to be started by the test itself.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> std::process::Command {
        let mut command = self.command_of(env!("CARGO_BIN_EXE_semsearch"));
        command.args(arguments);
        command
    }

    /// Another program, run as `semsearch` is: in this folder, and with nothing of the user's environment that could
    /// change what `semsearch` does.
    pub(crate) fn command_of(&self, program: impl AsRef<OsStr>) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        for (name, _) in std::env::vars_os() {
            if is_heeded(&name.to_string_lossy()) {
                command.env_remove(name);
            }
        }
        command.current_dir(self.folder.path());
        command.env("HOME", self.folder.path());
        command.env("XDG_DATA_HOME", self.path("data"));
        command.env("XDG_CACHE_HOME", self.path("cache"));
        // No test may reach for the network; the one that asks what happens without it sets this itself.
        command.env("HF_HUB_OFFLINE", "1");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Whether `semsearch`, or a library in it, looks at an environment variable.
fn is_heeded(name: &str) -> bool {
    let families = ["XDG_", "HF_", "HUGGINGFACE_", "SEMSEARCH_", "RAYON_", "CLICOLOR"];
    families.iter().any(|family| name.starts_with(family)) || ["NO_COLOR", "CI", "COLUMNS"].contains(&name)
}
