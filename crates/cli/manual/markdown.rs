//! Pages for the book in `docs/`.

use super::facts;
use super::page::{Block, Flag, Page};

/// The head of every page: it is not to be edited.
const MADE: &str =
    "<!-- Made from the command line by `SEMSEARCH_WRITE_DOCS=1 cargo test --workspace --test book`. -->\n\n";

/// The name of a command's page.
pub(super) fn file_name(words: &[String]) -> String {
    format!("{}.md", words[1..].join("-"))
}

/// The page that lists all commands.
pub(super) fn contents(pages: &[Page]) -> String {
    let mut text = format!("{MADE}# Commands\n\n");
    let Some(root) = pages.first() else { return text };
    for (heading, commands) in &root.groups {
        text.push_str(&format!("## {heading}\n\n| command | does |\n| --- | --- |\n"));
        for (command, about) in commands {
            text.push_str(&format!("| [`semsearch {command}`]({command}.md) | {} |\n", cell(about)));
        }
        text.push('\n');
    }
    let global = root.sections.iter().filter(|(heading, _)| heading == "Global options");
    global.for_each(|section| options(&mut text, section));
    for (heading, table) in [("Exit codes", facts::EXIT), ("Environment", facts::ENVIRONMENT), ("Files", facts::FILES)]
    {
        text.push_str(&format!("## {heading}\n\n| | |\n| --- | --- |\n"));
        for (term, what) in table {
            text.push_str(&format!("| `{term}` | {} |\n", cell(what)));
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}

/// The page of a command.
pub(super) fn render(page: &Page) -> String {
    let name = page.words.join(" ");
    let mut text = format!("{MADE}# {name}\n\n{}.\n\n```text\n{}\n```\n\n", prose(&page.about), page.usage);
    for (_, commands) in &page.groups {
        text.push_str("| command | does |\n| --- | --- |\n");
        let folder = page.words[1..].join("-");
        for (command, about) in commands {
            text.push_str(&format!("| [`{name} {command}`]({folder}-{command}.md) | {} |\n", cell(about)));
        }
        text.push('\n');
    }
    blocks(&mut text, &page.blocks, "");
    if !page.examples.is_empty() {
        text.push_str(&format!("## Examples\n\n```sh\n{}\n```\n\n", page.examples.join("\n")));
    }
    page.sections
        .iter()
        .filter(|(heading, _)| heading != "Global options")
        .for_each(|section| options(&mut text, section));
    if let Some(exit) = &page.exit {
        text.push_str(&format!("## Exit codes\n\n{}\n\n", prose(exit)));
    }
    text.push_str(
        "[All commands](README.md), with the flags that every command takes, exit codes and environment variables.\n",
    );
    text
}

fn options(text: &mut String, (heading, flags): &(String, Vec<Flag>)) {
    text.push_str(&format!("## {heading}\n\n"));
    for flag in flags {
        text.push_str(&format!("- `{}`\n\n", flag.term));
        blocks(text, &flag.blocks, "  ");
        let names: Vec<String> = flag.values.iter().map(|(name, _)| format!("`{name}`")).collect();
        if flag.values.iter().any(|(_, what)| !what.is_empty()) {
            for (name, what) in &flag.values {
                text.push_str(&format!("  - `{name}`: {}\n", prose(what)));
            }
            text.push('\n');
        } else if !names.is_empty() {
            text.push_str(&format!("  One of {}.\n\n", names.join(", ")));
        }
        if let Some(default) = &flag.default {
            text.push_str(&format!("  Default: `{default}`.\n\n"));
        }
    }
}

fn blocks(text: &mut String, blocks: &[Block], indent: &str) {
    for block in blocks {
        match block {
            Block::Prose(paragraph) => text.push_str(&format!("{indent}{}\n\n", prose(paragraph))),
            Block::Lines(lines) => {
                text.push_str(&format!("{indent}```text\n"));
                for line in lines {
                    text.push_str(&format!("{indent}{}\n", line.trim_end()));
                }
                text.push_str(&format!("{indent}```\n\n"));
            }
        }
    }
}

/// A paragraph in which nothing outside of code is read as a tag or as emphasis.
fn prose(text: &str) -> String {
    let mut in_code = false;
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        in_code ^= letter == '`';
        if !in_code && matches!(letter, '<' | '*' | '_' | '[') {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe
}

/// The same within a table.
fn cell(text: &str) -> String {
    prose(text).replace('|', "\\|")
}
