//! What `ask` is asked: questions and texts of the command line, of a file, and of standard input, where they are one a line,
//! JSON lines with ids, or one text whose lines are wrapped.

use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::Path;

use anyhow::Context;
use semsearch_engine::{Combine, Request};
use semsearch_eval::retrieval::query_of_line;

use crate::args::Ask;
use crate::exit::UsageError;
use crate::{output, stdin};

/// What is asked; `None` if a file holds many questions.
pub(super) fn request(args: &Ask) -> anyhow::Result<Option<Request>> {
    let several = &args.several;
    let query = (!args.query.is_empty()).then(|| args.query.join(" "));
    let request = match (query, &several.file, &several.batch) {
        (_, _, Some(_)) if !(args.json || args.jsonl || several.trec) => {
            return Err(UsageError("--batch writes for programs: add --jsonl, --json or --trec".to_owned()).into());
        }
        (_, _, Some(_)) => return Ok(None),
        (_, Some(file), _) => Request::of_prose(&text_of(file)?),
        (Some(query), _, _) => Request::new(query),
        _ => {
            let combine = if several.any { Combine::Any } else { Combine::All };
            Request::of_several(&several.questions, combine)
        }
    };
    if request.texts.is_empty() || request.texts.iter().any(|text| text.trim().is_empty()) {
        let what = if several.file.is_some() { "the file holds no text" } else { "the query is empty" };
        return Err(UsageError(format!("{what}; ask in a few plain words")).into());
    }
    Ok(Some(request.with_like(&args.like).with_unlike(&args.unlike)))
}

/// What several questions are taken for, where nobody has said it: the answer would not show it.
pub(super) fn taken_for(args: &Ask, request: &Request) -> Option<String> {
    let is_said = args.several.all || args.several.any;
    if is_said || args.json || args.jsonl || args.several.questions.len() < 2 {
        return None;
    }
    let all = match request.texts.len() {
        2 => "both questions".to_owned(),
        several => format!("all {several} questions"),
    };
    Some(format!("a paper has to answer {all}; --any for one of them"))
}

/// The text of a file, or of standard input for `-`.
fn text_of(file: &Path) -> anyhow::Result<String> {
    if file == Path::new("-") {
        return stdin::text();
    }
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        UsageError(format!("{}: expected UTF-8 text, found other bytes at byte {place}", file.display())).into()
    })
}

/// A question of standard input.
pub(super) struct Asked {
    /// The id that it came with.
    pub(super) id: Option<String>,
    /// Its number, from 1.
    pub(super) number: u64,
    pub(super) request: Request,
}

/// Hands every question of standard input to `answer`, as soon as it is there.
pub(super) fn each(mut answer: impl FnMut(Asked) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let head = stdin::head()?;
    let head = String::from_utf8_lossy(&head);
    if begins_with_json(&head) {
        return each_of_json(answer);
    }
    if let Some(lines) = wrapped(&head).filter(|_| !std::io::stdin().is_terminal()) {
        match is_one_text(lines) {
            Some(true) => {
                let text = stdin::text()?;
                return answer(Asked { id: None, number: 1, request: Request::of_prose(&text) });
            }
            Some(false) => {}
            None => output::say(
                "note: standard input looks like one text with wrapped lines; each line is asked on its own, and \
                 `semsearch ask --file -` asks the text as one",
            ),
        }
    }
    let mut number = 0;
    for line in stdin::lines() {
        let line = line?;
        if !line.trim().is_empty() {
            number += 1;
            answer(Asked { id: None, number, request: Request::new(line) })?;
        }
    }
    Ok(())
}

fn each_of_json(mut answer: impl FnMut(Asked) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut number = 0;
    for (line, place) in stdin::lines().zip(1_u64..) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        number += 1;
        let query = query_of_line(Path::new("standard input"), place, &line, number)?;
        answer(Asked { id: Some(query.id), number, request: Request::new(query.text) })?;
    }
    Ok(())
}

/// Whether the first line is a JSON object: a brace, and behind it a name or another brace. LaTeX begins otherwise.
fn begins_with_json(head: &str) -> bool {
    let behind = head.trim_start_matches('\u{feff}').trim_start().strip_prefix('{');
    behind.is_some_and(|behind| behind.trim_start().starts_with(['"', '}']))
}

/// The number of lines if they are those of one text, wrapped at a width. A line of it ends where the next word would not
/// have fitted any more; questions of their own end anywhere.
fn wrapped(head: &str) -> Option<usize> {
    /// Nobody wraps narrower, and nobody wider than this; a longer line is a paragraph.
    const WIDTHS: std::ops::RangeInclusive<usize> = 40..=130;
    /// What an editor that fills lines evenly leaves free.
    const SLACK: usize = 4;
    let lines: Vec<&str> = head.lines().map(str::trim_end).collect();
    let width = lines.iter().map(|line| line.chars().count()).max().filter(|width| WIDTHS.contains(width))?;
    let (mut pairs, mut full, mut open) = (0, 0, 0);
    for pair in lines.windows(2) {
        let (line, next) = (pair[0], pair[1].trim_start());
        if line.trim().is_empty() || next.is_empty() {
            continue;
        }
        let first = next.split_whitespace().next().unwrap_or_default().chars().count();
        pairs += 1;
        full += usize::from(line.chars().count() + 1 + first + SLACK > width);
        open += usize::from(!line.ends_with(['.', '?', '!']));
    }
    (pairs >= 2 && full * 10 >= pairs * 9 && open * 2 >= pairs).then_some(lines.len())
}

/// Asks on the terminal whether the lines are one text; `None` if nobody is there to be asked.
fn is_one_text(lines: usize) -> Option<bool> {
    if output::is_quiet() || !std::io::stderr().is_terminal() {
        return None;
    }
    let mut terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
    write!(terminal, "standard input looks like one text of {lines} lines or more; ask it as one? [Y/n] ").ok()?;
    let mut reply = String::new();
    BufReader::new(terminal).read_line(&mut reply).ok()?;
    Some(!reply.trim().to_lowercase().starts_with('n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSTRACT: &str = "\
Large language models keep the keys and values of all tokens in a cache,
which grows with the length of the input. We compress the cache in groups
of eight tokens, and measure what is lost on eleven tasks. The loss stays
below one percent at a quarter of the size.
";

    #[test]
    fn a_wrapped_text_is_told_from_questions() {
        assert_eq!(wrapped(ABSTRACT), Some(4));
        for questions in [
            "efficient KV cache compression\nimage generation on a phone\nwhat do agents remember\n",
            "How do transformers attend to very long inputs?\nWhat is distillation good for in practice?\nWhy?\n",
            "one question that is long enough to be as wide as a line of a text\n",
            "",
        ] {
            assert_eq!(wrapped(questions), None, "{questions}");
        }
    }

    #[test]
    fn json_is_told_from_text_in_braces() {
        assert!(begins_with_json("{\"_id\": 1, \"text\": \"tides\"}\n") && begins_with_json("\n { \"text\": 1}"));
        assert!(!begins_with_json("{\\em tides}") && !begins_with_json("tides") && !begins_with_json("{tides}"));
    }
}
