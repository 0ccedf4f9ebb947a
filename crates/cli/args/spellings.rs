//! The names that flags go by beside their own, because other programs call them so.

use clap::Command;

/// The definition of the arguments, with every name that a flag goes by.
pub(super) fn with_other_names(command: Command) -> Command {
    let has = |id: &str| command.get_arguments().any(|argument| argument.get_id() == id);
    let (counts, limits, is_json) = (has("k"), has("limit"), has("json"));
    let mut command = command;
    if counts {
        command = command.mut_arg("k", |k| {
            let k = k.visible_short_alias('n').visible_alias("limit").aliases(["top", "top-k"]);
            // So that it is said what is wrong with -1, and not that it is no flag.
            k.allow_negative_numbers(true)
        });
    } else if limits {
        command = command.mut_arg("limit", |limit| limit.short('k').visible_short_alias('n'));
    }
    if is_json {
        command = command.mut_arg("json", |json| json.short('j'));
    }
    command.mut_subcommands(with_other_names)
}
