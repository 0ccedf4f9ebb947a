//! The links of a document, and whether they lead anywhere.

use std::path::{Component, Path, PathBuf};

use super::read;

/// The links of a file that lead nowhere: to no file, or to no heading.
pub(crate) fn dead(file: &Path) -> Vec<String> {
    let text = read(file);
    let mut dead = Vec::new();
    for link in of(&text) {
        if link.contains("://") || link.starts_with("mailto:") {
            continue;
        }
        let (target, anchor) = link.split_once('#').unwrap_or((&link, ""));
        let path = if target.is_empty() { file.to_owned() } else { normal(&file.parent().unwrap().join(target)) };
        let is_dead = !path.exists()
            || !anchor.is_empty() && path.extension().is_some_and(|ending| ending == "md") && !has(&path, anchor);
        if is_dead {
            dead.push(format!("{}: {link}", file.display()));
        }
    }
    dead
}

/// The targets of all links and pictures of a Markdown text.
pub(crate) fn of(text: &str) -> Vec<String> {
    let text = without_code(text);
    let mut found = Vec::new();
    for (at, _) in text.match_indices("](") {
        let rest = &text[at + 2..];
        let Some(end) = rest.find(')') else { continue };
        let target = rest[..end].split_whitespace().next().unwrap_or_default();
        found.push(target.trim_matches(['<', '>']).to_owned());
    }
    found
}

/// The targets of all links and pictures of a page of HTML.
pub(crate) fn of_html(text: &str) -> Vec<String> {
    let attributes = ["href=\"", "src=\""];
    attributes
        .iter()
        .flat_map(|attribute| text.match_indices(attribute).map(|(at, found)| at + found.len()))
        .filter_map(|at| text[at..].split('"').next().map(|target| target.replace("%20", " ")))
        .collect()
}

/// A path without `..`.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

/// Whether a file has a heading with this anchor, made as GitHub and mdBook make them.
fn has(path: &Path, anchor: &str) -> bool {
    let text = read(path);
    let mut in_code = false;
    text.lines().any(|line| {
        in_code ^= line.trim_start().starts_with("```");
        !in_code && line.starts_with('#') && slug(line.trim_start_matches('#')) == anchor
    })
}

fn slug(heading: &str) -> String {
    let letters = heading.trim().chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    letters.collect::<String>().to_lowercase().replace(' ', "-")
}

/// A text with its code left out.
fn without_code(text: &str) -> String {
    let mut in_block = false;
    let mut rest = String::with_capacity(text.len());
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            rest.push_str(line);
            rest.push('\n');
        }
    }
    rest.split('`').step_by(2).collect::<Vec<_>>().join("``")
}
