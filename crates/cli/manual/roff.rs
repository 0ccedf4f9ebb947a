//! Pages for `man`.
//!
//! Tables and examples stand between `.nf` and `.fi`, which leave lines as they are.

use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::facts;
use super::page::{Block, Flag, Page};

/// A page as `man` reads it.
pub(super) fn render(page: &Page) -> String {
    let name = page.words.join("-");
    let mut out = Roff::new();
    let version = concat!("semsearch ", env!("CARGO_PKG_VERSION"));
    out.control("TH", [name.as_str(), "1", "", version, "semsearch"]);
    out.control("SH", ["NAME"]).text([roman(format!("{name} - {}", page.about))]);
    let arguments = page.usage.strip_prefix(&page.words.join(" ")).unwrap_or_default();
    out.control("SH", ["SYNOPSIS"]).text([bold(page.words.join(" ")), roman(arguments)]);
    if !page.blocks.is_empty() {
        out.control("SH", ["DESCRIPTION"]);
        blocks(&mut out, &page.blocks);
    }
    if !page.groups.is_empty() {
        out.control("SH", ["COMMANDS"]);
        for (heading, commands) in &page.groups {
            out.control("SS", [heading.as_str()]);
            for (command, about) in commands {
                out.control("TP", []).text([bold(format!("{} {command}", page.words.join(" ")))]).text([roman(about)]);
            }
        }
    }
    if !page.sections.is_empty() {
        out.control("SH", ["OPTIONS"]);
        for (heading, flags) in &page.sections {
            out.control("SS", [heading.as_str()]);
            flags.iter().for_each(|flag| render_flag(&mut out, flag));
        }
    }
    if !page.examples.is_empty() {
        out.control("SH", ["EXAMPLES"]);
        lines(&mut out, page.examples.iter().map(String::as_str));
    }
    out.control("SH", ["EXIT STATUS"]);
    if let Some(exit) = &page.exit {
        out.text([roman(exit)]);
    }
    terms(&mut out, facts::EXIT, bold);
    out.control("SH", ["ENVIRONMENT"]);
    terms(&mut out, facts::ENVIRONMENT, bold);
    out.control("SH", ["FILES"]);
    terms(&mut out, facts::FILES, italic);
    out.control("SH", ["SEE ALSO"]);
    let above = page.words[..page.words.len() - 1].join("-");
    let groups = page.groups.iter().flat_map(|(_, commands)| commands);
    let below = groups.map(|(command, _)| format!("{name}-{command}"));
    let others: Vec<String> = Some(above).filter(|above| !above.is_empty()).into_iter().chain(below).collect();
    let others = others.iter().map(|other| format!("{other}(1)")).collect::<Vec<_>>().join(", ");
    out.text([roman(others)]);
    out.render()
}

fn render_flag(out: &mut Roff, flag: &Flag) {
    out.control("TP", []).text([bold(&flag.term)]);
    blocks(out, &flag.blocks);
    if let Some(default) = &flag.default {
        out.text([roman("(default: "), bold(default), roman(")")]);
    }
    if flag.values.iter().all(|(_, what)| what.is_empty()) {
        if !flag.values.is_empty() {
            let names = flag.values.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            out.text([roman(format!("One of {names}."))]);
        }
        return;
    }
    out.control("RS", []);
    for (name, what) in &flag.values {
        out.control("TP", []).text([bold(name)]).text([roman(what)]);
    }
    out.control("RE", []);
}

fn terms(out: &mut Roff, table: &[(&str, &str)], style: impl Fn(String) -> Inline) {
    for (term, what) in table {
        out.control("TP", []).text([style((*term).to_owned())]).text([roman(*what)]);
    }
}

fn blocks(out: &mut Roff, blocks: &[Block]) {
    for (place, block) in blocks.iter().enumerate() {
        match block {
            Block::Prose(prose) => {
                if place > 0 {
                    out.control("sp", []);
                }
                out.text([roman(prose)]);
            }
            Block::Lines(text) => lines(out, text.iter().map(String::as_str)),
        }
    }
}

/// Lines that stay as they are.
fn lines<'a>(out: &mut Roff, lines: impl Iterator<Item = &'a str>) {
    out.control("sp", []).control("nf", []);
    for line in lines {
        out.text([roman(line)]);
    }
    out.control("fi", []);
}
