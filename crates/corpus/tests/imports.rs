//! Lists of papers in the forms that databases, reference managers and data tools write, read and compared field by field.
//!
//! The lists are in `imports/lists`, the right values in `imports/right`, one file of values for each group of formats. A field
//! that a right paper does not name must be empty in the paper that was read; `id` and `extra` are compared where they are
//! named, and of `extra` only the fields that are named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semsearch_corpus::{Document, ReadOptions, read_corpus};
use semsearch_task::NoProgress;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What reading a list must give.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Right {
    /// The name of the format.
    format: Option<String>,
    /// The papers, in order.
    #[serde(default)]
    papers: Vec<Map<String, Value>>,
    /// How many records were passed over, because they have neither title nor abstract.
    #[serde(default)]
    passed_over: u64,
    /// A part of the message, if the list must be refused.
    refused: Option<String>,
}

/// The fields that are compared.
const FIELDS: [&str; 11] =
    ["title", "abstract", "authors", "organization", "date", "year", "venue", "doi", "arxiv", "url", "keywords"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/imports")
}

fn all_right() -> BTreeMap<String, Right> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder().join("right")).unwrap() {
        let path = entry.unwrap().path();
        let lists: BTreeMap<String, Right> = serde_json::from_slice(&std::fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for (name, right) in lists {
            assert!(all.insert(name.clone(), right).is_none(), "{name} is described twice");
        }
    }
    all
}

/// What is wrong with the papers of a list.
fn faults(name: &str, right: &Right) -> Vec<String> {
    let path = folder().join("lists").join(name);
    let read = read_corpus(&[path], &ReadOptions::new().with_keep_duplicates(true), &NoProgress, &mut |_| ());
    match (&right.refused, read) {
        (Some(part), Err(error)) if error.to_string().contains(part) => Vec::new(),
        (Some(part), Err(error)) => vec![format!("refused without `{part}`: {error}")],
        (Some(_), Ok(corpus)) => vec![format!("read as {} papers", corpus.documents.len())],
        (None, Err(error)) => vec![format!("refused: {error}")],
        (None, Ok(corpus)) => {
            let mut faults = Vec::new();
            let (papers, passed_over) = (corpus.documents.len(), corpus.report.passed_over);
            if (papers, passed_over) != (right.papers.len(), right.passed_over) {
                let expected = (right.papers.len(), right.passed_over);
                faults.push(format!("papers and records passed over: {:?} for {expected:?}", (papers, passed_over)));
            }
            let format = corpus.report.inputs[0].format.to_string();
            if right.format.as_ref().is_some_and(|right| *right != format) {
                faults.push(format!("the format {format}"));
            }
            let pairs = corpus.documents.iter().zip(&right.papers);
            faults.extend(pairs.enumerate().flat_map(|(at, (paper, right))| {
                differences(paper, right).into_iter().map(move |what| format!("paper {}: {what}", at + 1))
            }));
            faults
        }
    }
}

fn differences(paper: &Document, right: &Map<String, Value>) -> Vec<String> {
    let read = serde_json::to_value(paper).unwrap();
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    let unknown =
        right.keys().filter(|name| !FIELDS.contains(&name.as_str()) && !["id", "extra"].contains(&name.as_str()));
    let mut differences: Vec<String> = unknown.map(|name| format!("a right value for `{name}`")).collect();
    for name in FIELDS.into_iter().chain(right.contains_key("id").then_some("id")) {
        let (found, expected) = (&read[name], right.get(name).unwrap_or(&Value::Null));
        if found != expected && !(is_empty(found) && is_empty(expected)) {
            differences.push(format!("{name} is {found} for {expected}"));
        }
    }
    for (name, expected) in right.get("extra").and_then(Value::as_object).into_iter().flatten() {
        if paper.extra.get(name) != Some(expected) {
            differences.push(format!("extra.{name} is {:?} for {expected}", paper.extra.get(name)));
        }
    }
    differences
}

#[test]
fn every_list_is_read_with_its_right_values() {
    let all = all_right();
    let wrong: Vec<String> = all
        .iter()
        .flat_map(|(name, right)| faults(name, right).into_iter().map(move |fault| format!("{name}: {fault}")))
        .collect();
    assert!(wrong.is_empty(), "{} faults in {} lists:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

#[test]
fn every_list_has_right_values() {
    let lists = folder().join("lists");
    let named: BTreeSet<String> = all_right().into_keys().collect();
    let top = |name: &String| name.split('/').next().unwrap_or_default().to_owned();
    let described: BTreeSet<String> = named.iter().map(top).collect();
    let there: BTreeSet<String> = std::fs::read_dir(&lists)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(there.symmetric_difference(&described).collect::<Vec<_>>(), Vec::<&String>::new());
}
