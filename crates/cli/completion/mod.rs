//! Completions: the shell asks this program, so that models, papers and categories are those of this machine.
//!
//! The script that a shell reads calls `semsearch` with `SEMSEARCH_COMPLETE` set and the words typed so far. What can follow
//! comes from the definition of the arguments, and for some values from the models and the index.
//!
//! | file         | holds                                       |
//! |--------------|---------------------------------------------|
//! | `candidates` | values from models and from the index       |
//! | `install`    | where a shell looks for its script          |

mod candidates;
pub(crate) mod install;

use clap::{Arg, Command};
use clap_complete::engine::ArgValueCompleter;
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};

use crate::args::definition;

/// The variable that a shell sets to ask.
const VARIABLE: &str = "SEMSEARCH_COMPLETE";

/// Answers a shell that asks what can follow. False if none does.
pub(crate) fn answer() -> Result<bool, clap::Error> {
    if std::env::var_os(VARIABLE).is_none() {
        return Ok(false);
    }
    let current = std::env::current_dir().ok();
    let asked = CompleteEnv::with_factory(command).var(VARIABLE).bin("semsearch").completer("semsearch");
    asked.try_complete(std::env::args_os(), current.as_deref())
}

/// The script of a shell.
pub(crate) fn script(shell: Shell) -> std::io::Result<Vec<u8>> {
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(&shell.to_string()) {
        completer.write_registration(VARIABLE, "semsearch", "semsearch", "semsearch", &mut script)?;
        script.push(b'\n');
    }
    Ok(script)
}

/// The command line with what is asked of models and the index.
fn command() -> Command {
    complete(definition(), &[])
}

fn complete(command: Command, above: &[String]) -> Command {
    let words = [above, &[command.get_name().to_owned()]].concat();
    let path: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = command.mut_args(|argument| with_values(argument, &path));
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, |below| complete(below, &words)))
}

/// An argument with what can be its value.
fn with_values(argument: Arg, path: &[&str]) -> Arg {
    let completer = match (argument.get_id().as_str(), path) {
        ("model", _) | ("teacher", _) | ("name", ["model", "show" | "pull" | "switch" | "remove"]) => {
            ArgValueCompleter::new(candidates::models)
        }
        ("index", _) => ArgValueCompleter::new(candidates::indexes),
        ("papers" | "ids" | "id" | "like" | "unlike", _) => ArgValueCompleter::new(candidates::ids),
        ("names", ["new"] | ["searches", "remove"]) => ArgValueCompleter::new(candidates::searches),
        ("category", _) => ArgValueCompleter::new(candidates::categories),
        ("venue", _) => ArgValueCompleter::new(candidates::venues),
        ("author", _) => ArgValueCompleter::new(candidates::authors),
        ("org", _) => ArgValueCompleter::new(candidates::organizations),
        ("source", _) => ArgValueCompleter::new(candidates::sources),
        ("year", _) => ArgValueCompleter::new(candidates::years),
        ("expression", _) => ArgValueCompleter::new(candidates::fields),
        _ => return argument,
    };
    argument.add(completer)
}
