//! Reporting a failure: text for people, one JSON document for programs.

use std::ffi::OsString;

use clap::error::ErrorKind as ParseErrorKind;
use semsearch_report::error::{Failure, FailureKind};

use crate::exit::Exit;
use crate::{advice, exit, output};

/// The form in which a failure is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text.
    Text,
    /// The last line on standard error is a [`Failure`].
    Json,
}

impl Form {
    /// JSON if the arguments ask for JSON. Looks at the raw arguments, because a failure to parse them is reported, too.
    pub(crate) fn of_arguments(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut flags = arguments.into_iter().take_while(|argument| argument != "--");
        let is_json = |flag: OsString| flag == "--json" || flag == "--jsonl" || is_short(&flag.to_string_lossy());
        if flags.any(is_json) { Form::Json } else { Form::Text }
    }
}

/// Whether an argument is `-j`, alone or with other flags that take no value, as in `-qj`.
fn is_short(argument: &str) -> bool {
    argument
        .strip_prefix('-')
        .is_some_and(|letters| letters.contains('j') && letters.chars().all(|c| "jqv".contains(c)))
}

/// Reports why a run failed, and returns its exit code.
pub(crate) fn report(error: &anyhow::Error, form: Form) -> Exit {
    if exit::is_closed_pipe(error) {
        return Exit::Success;
    }
    let kind = exit::kind(error);
    let code = Exit::from(kind);
    let (message, causes) = words(error);
    let advice = advice::advice(error);
    match form {
        Form::Text => {
            let mut text = format!("semsearch: {message}");
            for cause in causes {
                text.push_str(&format!("\n  because: {cause}"));
            }
            if let Some(advice) = advice {
                text.push_str(&format!("\n  help: {advice}"));
            }
            output::complain(text);
        }
        Form::Json => {
            // The first line of a message says what failed, the other lines say why.
            let mut lines = message.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
            let first = lines.next().unwrap_or_default();
            let causes = lines.chain(causes).collect();
            output::complain_json(&Failure::new(code as u8, FailureKind::from(kind), first, causes, advice));
        }
    }
    code
}

/// The message of the error, and those of its causes, each once.
fn words(error: &anyhow::Error) -> (String, Vec<String>) {
    let message = error.to_string();
    let mut causes = Vec::new();
    let mut said = message.clone();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // A wrapper may repeat its cause word for word.
        if !said.contains(&cause) {
            causes.push(cause.clone());
        }
        said = cause;
    }
    (message, causes)
}

/// Reports arguments that cannot be parsed, or prints the help or version that they ask for.
pub(crate) fn refuse(error: &clap::Error, form: Form) -> Exit {
    let is_help = matches!(error.kind(), ParseErrorKind::DisplayHelp | ParseErrorKind::DisplayVersion);
    if is_help {
        // A closed pipe is not a failure.
        let _ = error.print();
        return Exit::Success;
    }
    if form == Form::Text {
        output::complain(error.render().ansi().to_string().trim_end());
        return Exit::Usage;
    }
    let text = error.render().to_string();
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let is_advice = |line: &str| line.starts_with("tip: ") || line.starts_with("Usage: ");
    // Details below the first line, such as the missing arguments.
    let (advice, causes): (Vec<&str>, Vec<&str>) =
        lines.filter(|line| !line.starts_with("For more information")).partition(|line| is_advice(line));
    let causes = causes.into_iter().map(str::to_owned).collect();
    let advice = advice.into_iter().map(|line| line.trim_start_matches("tip: ")).collect::<Vec<_>>().join("; ");
    let advice = Some(advice).filter(|advice| !advice.is_empty());
    output::complain_json(&Failure::new(Exit::Usage as u8, FailureKind::Usage, message, causes, advice));
    Exit::Usage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_json_where_results_are() {
        let form = |arguments: &[&str]| Form::of_arguments(arguments.iter().map(OsString::from));
        assert_eq!(form(&["semsearch", "ask", "x", "--json"]), Form::Json);
        assert_eq!(form(&["semsearch", "ask", "--jsonl", "x"]), Form::Json);
        assert_eq!(form(&["semsearch", "ask", "-qj", "x"]), Form::Json);
        assert_eq!(form(&["semsearch", "ask", "x"]), Form::Text);
        assert_eq!(form(&["semsearch", "ask", "-just"]), Form::Text);
        assert_eq!(form(&["semsearch", "ask", "--", "--json"]), Form::Text);
    }
}
