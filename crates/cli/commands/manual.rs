//! `semsearch completions` and `semsearch man`, both from the definition of the arguments.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;
use clap_complete::Shell;

use crate::completion::{self, install};
use crate::exit::{Exit, UsageError};
use crate::{manual, output, written};

/// Prints the completions of a shell, or installs them.
pub(crate) fn completions(shell: Option<Shell>, install: bool) -> anyhow::Result<Exit> {
    let shell = match shell {
        Some(shell) => shell,
        None => install::shell_of_user()?,
    };
    if !install {
        output::print_bytes(&completion::script(shell).context("cannot make the script")?)?;
        return Ok(Exit::Success);
    }
    let done = install::install(shell)?;
    let verb = if done.replaced { "replaced" } else { "wrote" };
    output::print(&format!("{verb} {}, the completions of {shell}\n{}\n", done.path.display(), done.next))?;
    Ok(Exit::Success)
}

/// Prints the page of a command, or writes those of all commands.
pub(crate) fn man(command: &[String], out: Option<&Path>, overwrite: bool, markdown: bool) -> anyhow::Result<Exit> {
    let Some(folder) = out else {
        let unknown =
            || UsageError(format!("no command is called `{}`; `semsearch --help` lists all", command.join(" ")));
        let page = manual::page(command).ok_or_else(unknown)?;
        if !std::io::stdout().is_terminal() {
            output::print_bytes(page.as_bytes())?;
            return Ok(Exit::Success);
        }
        if !is_shown(&page) {
            output::print(&manual::help(command).ok_or_else(unknown)?)?;
        }
        output::say("`semsearch man --out DIR` writes all pages into a folder");
        return Ok(Exit::Success);
    };
    if folder == Path::new("-") {
        let problem = "--out takes a folder; without it, a page goes to standard output";
        return Err(UsageError(problem.to_owned()).into());
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let files = if markdown { manual::book() } else { manual::pages() };
    files.iter().try_for_each(|file| written::expect_writable(&folder.join(&file.name), overwrite))?;
    files.iter().try_for_each(|file| written::write(&folder.join(&file.name), file.text.as_bytes(), overwrite))?;
    output::say(format!("wrote {} into {}", output::count(files.len() as u64, "page"), folder.display()));
    Ok(Exit::Success)
}

/// Shows a page on the terminal as `man` shows pages; not if there is no program that can.
fn is_shown(page: &str) -> bool {
    [("man", &["-l", "-"][..]), ("mandoc", &["-a"])].iter().any(|(program, arguments)| {
        let mut command = Command::new(program);
        command.args(*arguments).stdin(Stdio::piped()).stderr(Stdio::null());
        let Ok(mut shown) = command.spawn() else { return false };
        // A reader that has seen enough closes its input.
        let written = shown.stdin.take().map(|mut input| input.write_all(page.as_bytes()));
        shown.wait().is_ok_and(|status| status.success()) && written.is_some()
    })
}
