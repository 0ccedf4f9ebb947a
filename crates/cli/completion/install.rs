//! Where a shell looks for its script.
//!
//! What is installed asks the program for its script when a shell starts, so a new version needs no new installation.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap_complete::Shell;
use etcetera::BaseStrategy;

use super::VARIABLE;
use crate::exit::UsageError;

/// What was installed.
pub(crate) struct Installed {
    /// The file.
    pub(crate) path: PathBuf,
    /// Whether there was one before.
    pub(crate) replaced: bool,
    /// What is left to do.
    pub(crate) next: String,
}

/// Installs the completions of a shell for this user.
pub(crate) fn install(shell: Shell) -> anyhow::Result<Installed> {
    let base = etcetera::choose_base_strategy().context("cannot find your home folder")?;
    let (path, text, next) = place(shell, &base.data_dir(), &base.config_dir())?;
    let replaced = path.exists();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Installed { path, replaced, next })
}

/// The file of a shell, what is in it, and what is left to do.
fn place(shell: Shell, data: &Path, config: &Path) -> Result<(PathBuf, String, String), UsageError> {
    let asks = format!("{VARIABLE}={shell} semsearch");
    match shell {
        Shell::Bash => Ok((
            data.join("bash-completion/completions/semsearch"),
            format!("command -v semsearch >/dev/null && source <({asks})\n"),
            "Open a new shell. The package bash-completion has to be installed.".to_owned(),
        )),
        Shell::Zsh => {
            let folder = data.join("zsh/site-functions");
            let next = format!(
                "Put `fpath=({} $fpath)` before `compinit` in ~/.zshrc, if it is not there, and open a new shell.",
                folder.display()
            );
            let text = format!(
                "#compdef semsearch\nsource <({asks})\n(( $+functions[_clap_dynamic_completer_semsearch] )) && \
                 _clap_dynamic_completer_semsearch \"$@\"\n"
            );
            Ok((folder.join("_semsearch"), text, next))
        }
        Shell::Fish => Ok((
            config.join("fish/completions/semsearch.fish"),
            format!("command -q semsearch; and {asks} | source\n"),
            "Open a new shell.".to_owned(),
        )),
        other => Err(UsageError(format!(
            "completions of {other} are not installed by semsearch; `semsearch completions {other}` prints them for your profile"
        ))),
    }
}

/// The shell of this user, as the system has it.
pub(crate) fn shell_of_user() -> Result<Shell, UsageError> {
    Shell::from_env()
        .ok_or_else(|| UsageError("cannot tell your shell: name it, as in `semsearch completions bash`".to_owned()))
}
